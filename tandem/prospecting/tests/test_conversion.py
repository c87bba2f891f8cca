"""Signal lists against firmographic lists: intervals, and "not enough data" instead of a guess."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tandem.accounts.models import Opportunity
from tandem.prospecting.actions import lists as making
from tandem.prospecting.models import ProspectList
from tandem.prospecting.queries.conversion import compare
from tests.company import NOW, Company


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
