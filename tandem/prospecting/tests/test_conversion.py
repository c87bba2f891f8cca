"""Signal lists against firmographic lists: intervals, and "not enough data" instead of a guess."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tandem.accounts.models import Opportunity
from tandem.prospecting.actions import lists as making
from tandem.prospecting.domain.list_comparison import compared, share_of
from tandem.prospecting.models import ProspectList
from tandem.prospecting.queries.conversion import compare
from tests.company import NOW, Company


@given(st.integers(0, 500), st.integers(0, 500), st.integers(0, 500), st.integers(0, 500))
def test_intervals_hold_the_share_and_the_difference(first: int, n: int, second: int, m: int) -> None:
    one, other = share_of(min(first, n), n), share_of(min(second, m), m)
    assert 0 <= one.low <= one.value + 1e-12
    assert one.value - 1e-12 <= one.high <= 1
    found = compared(one, other)
    assert found.low - 1e-12 <= found.difference <= found.high + 1e-12
    assert not (found.differs and min(n, m) < 30)


def test_the_figures_are_those_of_the_sources() -> None:
    found = compared(share_of(56, 70), share_of(48, 80))  # Newcombe 1998, table II, example (a), method 10
    assert (round(found.difference, 4), round(found.low, 4), round(found.high, 4)) == (0.2, 0.0524, 0.3339)
    assert found.differs


@pytest.mark.django_db
def test_an_account_is_judged_after_ninety_days_by_deals_that_opened_then(company: Company) -> None:
    actor, then = company.actor("revops"), NOW - timedelta(days=120)
    alpine, kroeger = company.accounts["alpine"].id, company.accounts["kroeger"].id
    old = making.list_from_accounts("Old", [alpine, kroeger], actor=actor, now=then)
    making.list_from_accounts("New", [alpine], actor=actor, now=NOW)
    ProspectList.objects.filter(id=old.list_id).update(origin="signals")
    ProspectList.objects.exclude(id=old.list_id).update(origin="firmographic")
    Opportunity.objects.filter(account_id__in=[alpine, kroeger]).delete()
    for account_id, days in ((alpine, 30), (kroeger, 100)):
        at = then + timedelta(days=days)
        Opportunity.objects.create(name="D", account_id=account_id, stage="New", created_at=at, updated_at=at)
    found = compare(actor, now=NOW)
    assert (found.comparison.first.hits, found.comparison.first.n) == (1, 2)
    assert (found.comparison.second.n, found.waiting) == (0, 1)
    assert not found.comparison.is_enough
