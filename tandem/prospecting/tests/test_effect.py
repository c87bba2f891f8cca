"""Time spared: a range out of what was counted and what was entered, and no word without a baseline."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from tandem.accounts.models import Account
from tandem.compliance.models import LedgerEntry
from tandem.prospecting.domain.time_saved import Before, Done, time_saved
from tandem.prospecting.models import ListTimeBaseline, Rationale
from tandem.prospecting.queries.effect import effect
from tests.company import NOW, Company

SAID = {"hours": "12.5", "accounts": "25", "measured_on": "2026-10-02", "method": "time sheets of six weeks"}


@given(
    st.floats(0.5, 60), st.integers(1, 500), st.integers(30, 10_000), st.integers(0, 10_000), st.integers(1, 500)
)  # fmt: skip
def test_nobody_is_spared_more_than_they_spent_and_the_ends_stand_in_order(
    hours: float, accounts: int, researched: int, ready: int, sellers: int
) -> None:
    done = Done(researched=researched, ready=ready, people=0, lists=0, sellers=sellers)
    found = time_saved(Before(hours=hours, accounts=accounts), done)
    assert 0 <= found.least <= found.most <= hours
    assert found.reason == ""


def test_without_a_baseline_sellers_or_work_there_is_no_figure() -> None:
    done, before = Done(researched=29, ready=5, people=0, lists=0, sellers=2), Before(hours=10, accounts=20)
    assert "Nobody has entered" in time_saved(None, done).reason
    assert "30 are needed" in time_saved(before, done).reason
    assert time_saved(before, Done(researched=90, ready=5, people=0, lists=0, sellers=0)).most == 0


@pytest.mark.django_db
def test_revops_enters_the_baseline_and_everybody_sees_what_came_of_it(
    company: Company, client_of: Callable[..., Client], django_assert_max_num_queries: Any
) -> None:
    revops, address = client_of("revops"), "/prospecting/effect/baseline"
    assert "Not enough data. Nobody has entered yet" in revops.get("/prospecting/effect").content.decode()
    wrong = revops.post(address, {**SAID, "hours": "200", "measured_on": "2027-01-01"})
    assert (wrong.status_code, ListTimeBaseline.objects.count()) == (422, 0)
    assert revops.post(address, {**SAID, "measured_on": "2027-01-01"}).status_code == 422
    assert client_of("seller").post(address, SAID).status_code == 403
    assert ListTimeBaseline.objects.count() == 0
    assert revops.post(address, SAID).status_code == 302
    assert LedgerEntry.objects.filter(action="prospecting.baseline_entered").count() == 1
    accounts = [
        Account.objects.create(
            name=f"Firm {one}", owner=company.people["liam"], type="prospect", created_at=NOW, updated_at=NOW
        )
        for one in range(40)
    ]
    Rationale.objects.bulk_create(
        Rationale(
            account=one, verdict="fits", claims=[], icp_version=0, engine="rules", prompt_hash="", run_id=0,
            input_hash="", created_at=NOW - timedelta(days=number),
        )
        for number, one in enumerate(accounts)
    )  # fmt: skip
    found = effect(company.actor("liam"), now=NOW)
    assert (found.done.researched, found.done.sellers) == (29, 1), "four weeks, and only those"
    Rationale.objects.update(created_at=NOW)
    found = effect(company.actor("liam"), now=NOW)
    assert (found.saved.least, found.saved.most) == (0.0, 5.0)  # 40 accounts of half an hour in four weeks
    assert effect(company.actor("seller"), now=NOW).done.researched == 0, "what another seller's book has is not mine"
    liam = client_of("liam")
    with django_assert_max_num_queries(25):
        page = liam.get("/prospecting/effect").content.decode()
    assert "0.0 to 5.0 hours per seller and week" in page
    assert ("time sheets of six weeks" in page, 'name="hours"' in page) == (True, False)
