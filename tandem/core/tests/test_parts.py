"""Template parts escape what comes in, and refuse marks that do not exist."""

from __future__ import annotations

from datetime import date

import pytest
from django.template import Context, Template, TemplateSyntaxError

EVIL = '<script>alert("1")</script>'
SAFE = "&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;"


def draw(source: str, **context: object) -> str:
    return Template(source).render(Context(context))


@pytest.mark.parametrize(
    "source",
    [
        "{% tag evil %}",
        '{% tag evil "ai" %}',
        '{% stamp "block" evil %}',
        "{% byline ai=evil person=evil system=evil ruling='allow' rule=evil %}",
        '{% why evil "why-x" %}',
        "{% why 'x' evil %}",
        '{% why_q "why-x" evil %}',
        "{% spark values evil %}",
        "{% icon evil %}",
        "{% empty evil evil evil evil %}",
        "{% not_enough_data 1 2 evil evil %}",
        "{{ evil|plain }}",
    ],
)
def test_text_never_becomes_markup(source):
    drawn = draw(source, evil=EVIL, values=[1, 2])
    assert "<script" not in drawn
    assert SAFE in drawn


def test_a_byline_names_ai_then_person_then_gate_and_leaves_out_who_took_no_part():
    drawn = draw("{% byline rule='Allowed' ruling='allow' person='Approved' ai='Drafted' %}")
    assert drawn.index("Drafted") < drawn.index("Approved") < drawn.index("Allowed")
    assert draw("{% byline person='Approved' %}").count("<span") == 2


def test_shape_word_and_colour_come_together():
    assert draw("{% tag 'Blocked' 'block' %}") == (
        '<span class="tag tag-block"><svg class="mk mk-block" aria-hidden="true"><use href="#m-block"/></svg>'
        "Blocked</span>"
    )
    with pytest.raises(TemplateSyntaxError, match="no mark"):
        draw("{% mark 'magic' %}")


def test_why_fetches_from_an_address_and_opens_what_is_on_the_page():
    fetched = draw("{% why '€5k' '/accounts/3/why/pipeline' %}")
    assert 'href="/accounts/3/why/pipeline"' in fetched
    assert 'hx-target="#panel"' in fetched
    here = draw("{% why '€5k' 'why-pipeline' %}")
    assert here == '<a class="why" href="#why-pipeline" data-why>€5k</a>'


@pytest.mark.parametrize("name", ["money", "money_full", "number", "percent", "day", "moment", "ago", "plain"])
def test_what_is_not_known_is_a_dash_and_never_a_zero(name):
    assert draw("{{ value|" + name + " }}", value=None) == (
        '<span class="muted" aria-hidden="true">–</span><span class="vh">none</span>'
    )


def test_a_day_carries_its_date_for_machines(now):
    assert draw("{{ on|day }}", on=date(2026, 11, 25)) == '<time datetime="2026-11-25">Wed 25 Nov</time>'


@pytest.mark.parametrize(("value", "width"), [(None, "0.0"), (0.5, "20.0"), (7, "40.0"), (-1, "0.0")])
def test_a_bar_stays_inside_its_track(value, width):
    assert f'width="{width}" height="4"/></svg>' in draw("{% bar value %}", value=value)


def test_a_line_of_one_value_is_not_drawn():
    assert "<polyline" not in draw("{% spark values %}", values=[3])
    assert 'aria-label="from 5 to 5"' in draw("{% spark values %}", values=[5, 5])
