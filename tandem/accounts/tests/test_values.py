"""Stored values of changes are told in words, and keys of a source by the names behind them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tandem.accounts.models import OpportunityChange, SourceRecord
from tandem.accounts.queries import deals, timeline, today
from tandem.accounts.queries.timeline import Strand
from tandem.accounts.queries.values import field_in_words, name_of, value_in_words
from tests.company import NOW


@pytest.mark.parametrize(
    ("field", "stored", "told"),
    [
        ("amount", "180000", "€180k"),
        ("amount", "not a number", "not a number"),
        ("close_on", "2027-01-15", "15 Jan 2027"),
        ("close_on", "soon", "soon"),
        ("probability", "0.2", "20%"),
        ("forecast_category", "best_case", "best case"),
        ("next_step", "call_back", "call_back"),
        ("stage", None, None),
        ("stage", "", None),
    ],
)
def test_values_read_as_people_write_them(now, field, stored, told):
    assert value_in_words(field, stored, "EUR") == told


def test_an_amount_without_a_currency_is_a_bare_number():
    assert value_in_words("amount", "180000") == "180,000"


def test_fields_have_names_that_people_use():
    assert [field_in_words(word) for word in ("close_on", "forecast_category", "next_step")] == [
        "close date",
        "category",
        "next step",
    ]


def test_a_key_that_nobody_knows_is_not_shown_and_a_name_stays():
    assert name_of({}, 1, "0055g0TBp10x1K9AGI") == ""
    assert name_of({}, 1, "Maya Okafor") == "Maya Okafor"
    assert name_of({(1, "E17"): "Lena Vogt"}, 1, "E17") == "Lena Vogt"


@pytest.fixture
def keyed_change(company):
    """A change of owner and stage that the CRM tells by its keys."""
    crm = company.sources["crm"]
    for key, name in (("0055g0TBp10x1K9AGI", "Maya Okafor"), ("0055g0TBp10x1K8AGI", "Liam Byrne")):
        SourceRecord.objects.create(
            source=crm, entity="person", key=key, data={"name": name}, row_hash="x", observed_at=NOW
        )
    deal = company.deals["kroeger_line"]
    told = {"opportunity": deal, "at": NOW - timedelta(minutes=10), "by": "0055g0TBp10x1K9AGI", "source": crm}
    rows = [
        ("owner", "0055g0TBp10x1K8AGI", "0055g0TBp10x1K9AGI"),
        ("probability", "0.2", "0.4"),
        ("stage", "Negotiation", "Contract"),
        ("stage", "Contract", "Signature"),
    ]
    for at, (field, old, new) in enumerate(rows):
        OpportunityChange.objects.create(
            field=field, old=old, new=new, origin="field_history", **told | {"at": told["at"] + timedelta(0, 0, at)}
        )
    return deal


@pytest.mark.django_db
def test_a_timeline_names_people_instead_of_keys(keyed_change, company):
    shown = timeline.deal_timeline(company.actor("seller"), keyed_change.id, strand=Strand.DEALS)
    owner = next(item for item in shown.items if item.steps and item.steps[0].field == "owner")
    assert owner.by == "Maya Okafor"
    assert (owner.steps[0].old, owner.steps[0].new) == ("Liam Byrne", "Maya Okafor")


@pytest.mark.django_db
def test_the_history_of_a_deal_names_people_instead_of_keys(keyed_change, company):
    head = deals.get_deal(company.actor("seller"), keyed_change.id, today=NOW.date())
    change = next(change for change in head.changes if change.field == "owner")
    assert (change.old, change.new, change.by) == ("Liam Byrne", "Maya Okafor", "Maya Okafor")


@pytest.mark.django_db
def test_today_tells_first_and_last_value_and_leaves_out_what_follows_from_the_stage(keyed_change, company):
    news = today.news(company.actor("seller"), since=NOW - timedelta(hours=1))
    moved = news.changed_deals.shown[0].moved
    assert [(move.field, move.old, move.new) for move in moved] == [
        ("stage", "Negotiation", "Signature"),
        ("owner", "Liam Byrne", "Maya Okafor"),
    ]


@pytest.mark.django_db
def test_pages_show_no_stored_form(keyed_change, client_of):
    client = client_of("seller")
    for address in ("/", f"/deals/{keyed_change.id}"):
        page = client.get(address).content.decode()
        assert "0055g0TBp" not in page
        assert "<s>180000</s>" not in page
