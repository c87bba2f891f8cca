"""Prospects go when nobody has dealt with them for the time that was set; customers, open deals and held ones stay."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tandem.accounts.actions.aging import Prospects
from tandem.accounts.models import Contact, Opportunity
from tandem.accounts.queries.aged import aged_prospects
from tandem.compliance.actions.holds import set_hold
from tandem.compliance.contracts.requests import HoldScope
from tandem.compliance.models import Suppression
from tandem.compliance.queries.holds import HoldView, held
from tandem.core.actors import built_in_agent
from tests.company import Company

WORKER = built_in_agent("worker", "worker")
NOW = datetime(2026, 11, 24, 8, 40, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=900)
BEFORE = NOW - timedelta(days=730)


@pytest.fixture
def aged(company: Company, tmp_path: Path, settings: Any) -> Contact:
    """A contact of a company without deals whom nobody has dealt with for long; everybody else is fresh."""
    settings.DATA_DIR = tmp_path
    settings.WAREHOUSE_DIR = tmp_path / "warehouse"
    Contact.objects.update(last_activity_at=NOW)
    contact = company.contacts["sofia"]
    Opportunity.objects.filter(account=contact.account_id).update(
        is_closed=True, is_won=False, closed_on=LONG_AGO.date()
    )
    Contact.objects.filter(id=contact.id).update(created_at=LONG_AGO, last_activity_at=LONG_AGO)
    contact.refresh_from_db()
    return contact


def ids() -> list[int]:
    return [one[0] for one in aged_prospects(BEFORE)]


def test_whom_nobody_dealt_with_for_long_is_past_and_nobody_else(aged: Contact) -> None:
    assert ids() == [aged.id]
    Contact.objects.filter(id=aged.id).update(last_activity_at=NOW - timedelta(days=700))
    assert ids() == []
    Contact.objects.filter(id=aged.id).update(last_activity_at=None)
    assert ids() == [aged.id]
    Contact.objects.filter(id=aged.id).update(created_at=NOW)
    assert ids() == []


@pytest.mark.parametrize("deal", [{"is_closed": False, "closed_on": None}, {"is_won": True}])
def test_people_of_customers_and_of_open_deals_stay(deal: dict[str, Any], aged: Contact, company: Company) -> None:
    made = company.deals["walk_in"]
    Opportunity.objects.filter(id=made.id).update(
        **{"account_id": aged.account_id, "is_closed": True, "is_won": False, "closed_on": LONG_AGO.date(), **deal}
    )
    assert ids() == []


@pytest.mark.parametrize("by", ["person", "account", "address", "everything"])
def test_a_hold_keeps_them(by: str, aged: Contact, company: Company) -> None:
    scope = {"account": HoldScope.ACCOUNT, "everything": HoldScope.EVERYTHING}.get(by, HoldScope.PERSON)
    whom = {"person": f"contact:{aged.id}", "account": f"account:{aged.account_id}", "address": aged.email}.get(by, "")
    set_hold(
        scope,
        whom=whom,
        name="Matter",
        reason="Court",
        starts_on=NOW.date(),
        actor=company.actor("compliance"),
        now=NOW,
    )
    view = held(NOW.date())
    assert Prospects().count(BEFORE, view) == (1, 1)
    assert Prospects().delete(BEFORE, view, actor=WORKER, now=NOW) == 0
    assert Contact.objects.filter(id=aged.id).exists()


def test_who_is_past_is_erased_and_not_blocked_for_ever(aged: Contact) -> None:
    others = Contact.objects.count() - 1
    assert Prospects().count(BEFORE, HoldView()) == (1, 0)
    assert Prospects().delete(BEFORE, HoldView(), actor=WORKER, now=NOW) == 1
    assert (Contact.objects.count(), Contact.objects.filter(id=aged.id).exists()) == (others, False)
    assert not Suppression.objects.exists()
    assert Prospects().delete(BEFORE, HoldView(), actor=WORKER, now=NOW) == 0
