"""The outcome board opens in few queries for everybody who may see it, keeps volume apart, and opens to the people."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from tandem.core.errors import InvalidInput, NotAllowed
from tandem.engagement.actions.spending import write_spend
from tandem.engagement.models import Campaign, OutreachSpend
from tandem.engagement.tests.test_outcomes_followed import at_work, enrolled, heard
from tandem.engagement.tests.test_outcomes_followed import campaign as campaign
from tests.company import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def written_to(company, campaign) -> Campaign:
    for number, contact in enumerate(at_work(company)[:6]):
        one = enrolled(campaign, contact, sent=2)
        if number < 2:
            heard(one, kind="reply", label="positive_info")
    return campaign


def test_the_board_shows_outcomes_and_volume_apart(client_of, written_to, django_assert_max_num_queries):
    client = client_of("revops")
    with django_assert_max_num_queries(20):
        text = client.get("/outreach/outcomes").content.decode()
    assert "2 of 6" in text
    assert "not enough data" in text
    assert "Open and click rates are left out" in text
    assert text.index("What came of it") < text.index("Operational")


def test_a_figure_opens_to_its_people(client_of, written_to, company):
    text = client_of("revops").get("/outreach/outcomes/people?measure=positive").content.decode()
    names = [one.name for one in at_work(company)[:6]]
    assert [name in text for name in names] == [True, True, False, False, False, False]


def test_a_cost_is_written_once_a_month_and_kind(company):
    actor = company.actor("revops")
    for amount in (Decimal(900), Decimal(1_000)):
        write_spend(date(2026, 11, 17), "tools", amount, actor=actor, now=NOW)
    row = OutreachSpend.objects.get()
    assert (row.month, row.amount) == (date(2026, 11, 1), Decimal(1_000))


def test_a_cost_that_is_none_or_not_ones_own_business_changes_nothing(company):
    with pytest.raises(InvalidInput):
        write_spend(date(2026, 11, 1), "tools", Decimal(-1), actor=company.actor("revops"), now=NOW)
    with pytest.raises(NotAllowed):
        write_spend(date(2026, 11, 1), "tools", Decimal(1), actor=company.actor("seller"), now=NOW)
    assert not OutreachSpend.objects.exists()
