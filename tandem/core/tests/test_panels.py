"""The Why? panel never shows parts that do not add up."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.template import Context, Template
from hypothesis import given
from hypothesis import strategies as st

from tandem.core import panels
from tandem.core.panels import Part, SourceValue, Why


def why(*amounts: Decimal | float, total: Decimal | float | None = None) -> Why:
    parts = tuple(Part(label=f"part {at}", amount=amount) for at, amount in enumerate(amounts))
    return Why(key="x", title="Why?", parts=parts, total=total, currency="EUR")


def draw(panel: Why) -> str:
    return Template("{% why_panel panel %}").render(Context({"panel": panel}))


@given(st.lists(st.decimals(-(10**6), 10**6, places=2), min_size=1, max_size=12))
def test_parts_that_add_up_are_drawn_end_to_end_within_their_track(amounts):
    drawn = why(*amounts, total=sum(amounts, Decimal(0))).drawn
    assert len(drawn) == len(amounts)
    for bar in drawn:
        assert bar.start >= 0
        assert bar.start + bar.width <= panels.BAR_WIDTH + 1


@given(st.lists(st.decimals(-(10**6), 10**6, places=2), min_size=1, max_size=12), st.decimals(1, 10**6, places=2))
def test_a_panel_that_would_lie_is_refused(amounts, off):
    with pytest.raises(ValueError, match="add up to"):
        why(*amounts, total=sum(amounts, Decimal(0)) + off * (1 + len(amounts)))


def test_floats_may_differ_in_their_last_digits():
    assert why(0.1, 0.2, total=0.3).told_total == "€0.3"


def test_parts_need_a_total():
    with pytest.raises(ValueError, match="without a total"):
        why(1)


def test_the_panel_shows_sum_sources_and_method_escaped():
    panel = Why(
        key="employees",
        title="Why <640>?",
        parts=(Part(label="<i>One</i>", amount=Decimal(-5)), Part(label="Two", amount=Decimal(8))),
        total=Decimal(3),
        sources=(SourceValue(source="CRM", value="640", is_winner=True), SourceValue(source="List", value="")),
        facts=(("Rule", "newest wins"),),
        interval="1 to 5, 80%",
    )
    drawn = draw(panel)
    assert 'id="why-employees"' in drawn
    assert "&lt;i&gt;One&lt;/i&gt;" in drawn
    assert "−5" in drawn
    assert "newest wins" in drawn
    assert "1 to 5, 80%" in drawn
    assert "<p>nothing</p>" in drawn


def test_a_press_gets_the_panel_and_an_address_by_itself_gets_a_page(rf):
    request = rf.get("/accounts/1/why/x")
    request.actor, request.htmx = None, False
    assert b"<!doctype html>" in panels.respond(request, why(3, total=3)).content
    request.htmx = True
    part = panels.respond(request, why(3, total=3)).content.decode()
    assert part.startswith('<aside class="panel" id="panel"')
