"""Having tasks done by the built-in engine: written down, held to the guards, in bulk."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tandem.access.actions import create_agent, revoke_agent
from tandem.agents.actions.running import run, run_many
from tandem.agents.contracts import Claim, GroundedText, RunState, Tier
from tandem.agents.models import AgentRun
from tandem.agents.tests.small_task import SMALL, News, Note, about
from tandem.compliance import queries as compliance
from tandem.core.actors import Actor, ActorKind, built_in_agent
from tandem.core.errors import NotAllowed, PolicyBlocked

pytestmark = pytest.mark.django_db
WORKER = built_in_agent("worker", "worker")


def test_without_a_model_the_built_in_engine_answers_and_it_is_written_down(now: datetime) -> None:
    found = run(SMALL, about(3, campaign="spring"), actor=WORKER, now=now)
    assert found.state is RunState.DONE
    assert found.output is not None
    assert found.output.note.text == "Company 3 opened a plant in Lyon."
    assert (found.engine, found.tier, found.cost) == ("built-in", Tier.RULES, Decimal(0))
    assert found.because == "The task's own tier: fast. No fast model is connected."
    row = AgentRun.objects.get(id=found.run_id)
    assert (row.task, row.subject_kind, row.subject_number, row.campaign) == ("tests.note", "account", 3, "spring")
    assert row.evidence_ids == ["signal:news/1"]
    assert row.output == found.output.model_dump(mode="json")
    assert row.prompt_hash == found.prompt_hash
    assert row.started_at == now
    (entry,) = compliance.entries_about("account:3")
    assert entry.action == "agents.task_run"


def test_many_are_done_without_a_query_for_each(now: datetime) -> None:
    requests, plain = [about(number) for number in range(1, 2_401)], replace(SMALL, guards=frozenset())
    seen: list[tuple[int, int]] = []
    started = time.monotonic()
    with CaptureQueriesContext(
        connection,
    ) as few:
        found = run_many(plain, requests, actor=WORKER, now=now, progress=lambda done, of: seen.append((done, of)))
    assert time.monotonic() - started < 20
    assert len(few) < 40
    assert [one.output.note.text for one in found if one.output][:2] == [
        "Company 1 opened a plant in Lyon.", "Company 2 opened a plant in Lyon.",
    ]  # fmt: skip
    assert seen == [(2_000, 2_400), (2_400, 2_400)]
    ids = [one.run_id for one in found]
    assert ids == sorted(set(ids))
    assert AgentRun.objects.filter(id=ids[-1]).get().subject == "account:2400"
    assert len(compliance.entries_about("task:tests.note")) == 2


def test_an_answer_that_breaks_the_guards_is_refused_also_from_the_built_in_engine(now: datetime) -> None:
    def lies(news: News) -> Note:
        return Note(
            note=GroundedText(claims=[Claim(text="They bought Acme.", evidence_ids=["signal:x/9"])]), is_hot=True
        )

    found = run(replace(SMALL, built_in=lies), about(1), actor=WORKER, now=now)
    assert (found.state, found.output) == (RunState.REFUSED, None)
    assert found.violations[0].guard == "grounding"
    assert AgentRun.objects.get().output is None


def test_a_task_of_people_is_not_finished_by_software_alone(now: datetime, company) -> None:  # type: ignore[no-untyped-def]
    human = replace(SMALL, name="creative_framing")
    with pytest.raises(PolicyBlocked):
        run(human, about(1), actor=WORKER, now=now)
    assert not AgentRun.objects.exists()


def test_an_agent_needs_the_scope_and_stops_when_it_is_revoked(now: datetime, company) -> None:  # type: ignore[no-untyped-def]
    olga = company.actor("olga")
    made = create_agent(
        name="scribe", purpose="notes", scopes=["tasks.run"], answerable_id=olga.id, actor=olga, now=now
    )
    agent = Actor(kind=ActorKind.AGENT, id=made, name="scribe", scopes=frozenset({"tasks.run"}))
    assert run(SMALL, about(1), actor=agent, now=now).state is RunState.DONE
    with pytest.raises(NotAllowed):
        run(SMALL, about(1), actor=replace(agent, scopes=frozenset({"tasks.read"})), now=now)
    revoke_agent(agent_id=made, reason="done", actor=olga, now=now)
    with pytest.raises(NotAllowed):
        run(SMALL, about(1), actor=agent, now=now)
    assert AgentRun.objects.count() == 1


def test_what_no_database_holds_is_replaced_before_it_is_stored(now: datetime) -> None:
    found = run(SMALL, about(1, "A null \x00 and half a pair \ud83d here."), actor=WORKER, now=now)
    stored = AgentRun.objects.get(id=found.run_id)
    assert stored.input["pieces"] == ["A null \ufffd and half a pair ? here."]
