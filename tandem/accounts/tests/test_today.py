"""Today tells what changed and what needs a person, to each only what they may see."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tandem.accounts.models import OpportunityChange
from tandem.accounts.queries.sources import Freshness
from tandem.accounts.queries.today import Moved, news, waiting
from tests.company import NOW

YESTERDAY = NOW - timedelta(days=1)
pytestmark = pytest.mark.django_db


def change(company: Any, word: str, field: str, old: str | None, new: str | None, hours: int = 3) -> None:
    OpportunityChange.objects.create(
        opportunity=company.deals[word], field=field, old=old, new=new, at=NOW - timedelta(hours=hours),
        origin="snapshot", source=company.sources["crm"],
    )  # fmt: skip


def test_changes_of_a_deal_are_told_from_first_to_last_value(company: Any) -> None:
    OpportunityChange.objects.all().delete()
    change(company, "kroeger_line", "close_on", "2026-11-30", "2026-12-05", hours=9)
    change(company, "kroeger_line", "close_on", "2026-12-05", "2026-12-20", hours=2)
    change(company, "kroeger_line", "stage", "Discovery", "Proposal", hours=5)
    change(company, "kroeger_line", "amount", "10", "20", hours=6)
    change(company, "kroeger_line", "amount", "20", "10", hours=5)
    change(company, "kroeger_line", "next_step", None, "Call", hours=99)
    told = news(company.actor("revops"), since=YESTERDAY)
    (deal,) = told.changed_deals.shown
    assert deal.moved == (
        Moved(field="stage", old="Discovery", new="Proposal"),
        Moved(field="close_on", old="2026-11-30", new="2026-12-20"),
    )
    assert deal.slipped_days == 20
    assert [one.id for one in told.slipped.shown] == [company.deals["kroeger_line"].id]
    assert told.by_field == (("stage", 1), ("close_on", 1))
    assert not told.is_empty


def test_a_seller_is_told_of_the_own_book_only(company: Any) -> None:
    OpportunityChange.objects.all().delete()
    change(company, "kroeger_line", "stage", "Discovery", "Proposal")
    assert news(company.actor("seller"), since=YESTERDAY).changed_deals.count == 1
    assert news(company.actor("liam"), since=YESTERDAY).changed_deals.count == 0
    for who, sees in (("seller", False), ("manager", True), ("revops", True)):
        todo = waiting(company.actor(who), since=YESTERDAY, now=NOW, today=NOW.date())
        assert (todo.late_sources is not None) is sees
    seller = waiting(company.actor("seller"), since=YESTERDAY, now=NOW, today=NOW.date())
    assert (seller.pairs, seller.dead_jobs, seller.refused) == (None, None, None)


def test_what_needs_a_person_is_counted_and_named(company: Any) -> None:
    todo = waiting(company.actor("revops"), since=NOW - timedelta(days=10), now=NOW, today=NOW.date())
    assert todo.pairs == 2
    assert {deal.id for deal in todo.overdue.shown} == {
        deal.id
        for deal in company.deals.values()
        if not deal.is_closed and deal.close_on and deal.close_on < NOW.date()
    }
    assert {deal.id for deal in todo.unassigned.shown} == {company.deals["walk_in"].id}
    assert todo.refused is not None
    assert {(load.load_id, load.refused, load.has_failed) for load in todo.refused.shown} == {
        (company.loads["leads"].id, 3, False), (company.loads["broken"].id, 0, True),
    }  # fmt: skip
    assert todo.late_sources is not None
    assert all(row.freshness in (Freshness.LATE, Freshness.SILENT) for row in todo.late_sources)
    assert todo.dead_jobs == 0
    quiet = {account.name: account.at for account in todo.quiet.shown}
    assert all(at is None or at < NOW - timedelta(days=30) for at in quiet.values())


def test_new_and_closed_deals_and_new_accounts_are_told(company: Any) -> None:
    deal, account = company.deals["kroeger_line"], company.accounts["kroeger"]
    deal.created_at = account.created_at = NOW - timedelta(hours=1)
    deal.is_closed = deal.is_won = True
    deal.closed_on = NOW.date()
    deal.save()
    account.save()
    told = news(company.actor("manager"), since=YESTERDAY)
    assert [one.id for one in told.new_deals.shown] == [deal.id]
    assert [one.id for one in told.won.shown] == [deal.id]
    assert [(one.id, one.name) for one in told.new_accounts.shown] == [(account.id, account.name)]
    assert told.lost.count == 0


def test_the_page_costs_a_bounded_number_of_statements(company: Any) -> None:
    for word in company.deals:
        for field in ("stage", "amount", "close_on"):
            change(company, word, field, "1", "2")
    with CaptureQueriesContext(connection) as captured:
        news(company.actor("revops"), since=YESTERDAY)
        waiting(company.actor("revops"), since=datetime(2020, 1, 1, tzinfo=UTC), now=NOW, today=date(2026, 11, 24))
    assert len(captured) <= 24
