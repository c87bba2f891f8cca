"""Runs as a place that holds people: told, erased, ended in time, kept by a hold."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from tandem.agents.actions.running import run
from tandem.agents.actions.stores import PastRuns, RunsStore
from tandem.agents.contracts import RunRequest
from tandem.agents.models import AgentRun, CachedAnswer
from tandem.agents.tests.connected import WORKER
from tandem.agents.tests.small_task import SMALL, News
from tandem.compliance.actions.holds import set_hold
from tandem.compliance.contracts.requests import HoldScope
from tandem.compliance.contracts.rights import PersonKeys
from tandem.compliance.queries.holds import held
from tandem.compliance.queries.retention import retained_kinds
from tandem.compliance.queries.stores import stores

pytestmark = pytest.mark.django_db
ANNA = PersonKeys(subjects=("contact:7",))


def note_on(subject: str, now: datetime) -> int:
    request = RunRequest(input=News(company="Kroeger", pieces=["Anna Berg joined in May."]), subject=subject)
    return run(SMALL, request, actor=WORKER, now=now).run_id


def test_the_rights_desk_knows_the_runs_and_the_retention_their_end() -> None:
    assert "agents.runs" in {store.name for store in stores()}
    assert "agents.runs" in {one.kind.name for one in retained_kinds()}


def test_a_person_is_told_what_was_asked_and_answered_and_it_goes_with_them(now: datetime) -> None:
    hers, others = note_on("contact:7", now), note_on("contact:77", now)
    CachedAnswer.objects.create(
        key="k", task="tests.note", subject="contact:7", engine="x", output={}, created_at=now, expires_at=now
    )
    (item,) = RunsStore().collect(ANNA)
    assert (item.key, item.data["input"]["pieces"]) == (f"run:{hers}", ["Anna Berg joined in May."])
    assert RunsStore().erase(ANNA, request="request:1", actor=WORKER, now=now) == 2
    row = AgentRun.objects.get(id=hers)
    assert (row.input, row.output, row.evidence_ids, row.erased_at) == (None, None, [], now)
    assert AgentRun.objects.get(id=others).input is not None
    assert list(RunsStore().collect(ANNA)) == []
    assert RunsStore().erase(ANNA, request="request:1", actor=WORKER, now=now) == 0
    assert not CachedAnswer.objects.exists()


def test_runs_end_in_time_unless_a_hold_keeps_them(now: datetime, company: Any) -> None:
    note_on("account:1", now), note_on("account:2", now)
    fresh = note_on("account:3", now + timedelta(days=90))
    set_hold(
        HoldScope.ACCOUNT, whom="account:2", name="dispute", reason="dispute", starts_on=date(2026, 1, 1),
        actor=company.actor("cleo"), now=now,
    )  # fmt: skip
    before = now + timedelta(days=1)
    assert PastRuns().count(before, held(now.date())) == (2, 1)
    assert PastRuns().delete(before, held(now.date()), actor=WORKER, now=now) == 1
    assert sorted(AgentRun.objects.values_list("subject", flat=True)) == ["account:2", "account:3"]
    assert AgentRun.objects.filter(id=fresh).exists()
