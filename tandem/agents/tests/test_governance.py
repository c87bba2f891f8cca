"""Prompts, evals and the division of work: nothing goes live that has not passed, everything goes back with one command."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from typer.testing import CliRunner

from tandem.agents.actions import conducting
from tandem.agents.actions.evals import evaluate, set_gate, watch_drift
from tandem.agents.actions.prompts import go_live, roll_back, sync_folder, write_draft
from tandem.agents.actions.running import run
from tandem.agents.actions.tasks import register
from tandem.agents.actions.watching import watch_live
from tandem.agents.actions.work import give
from tandem.agents.contracts import BUILT_IN, RunState, Tier
from tandem.agents.domain.evals import Thresholds, mismatches
from tandem.agents.domain.prompts import diff
from tandem.agents.domain.quality import LiveFigures, done_too_cheaply, drifted
from tandem.agents.domain.work import WorkOwner
from tandem.agents.models import AgentRun, EvalRun, PromptVersion
from tandem.agents.queries import tasks as registry
from tandem.agents.queries.evals import gate_open
from tandem.agents.queries.prompts import file_of, prompt_in_force
from tandem.agents.queries.quality import AlarmKind, alarms, board, cases_of
from tandem.agents.queries.work_division import is_ai_executable
from tandem.agents.tests.connected import WORKER, connect
from tandem.agents.tests.small_task import SMALL, about
from tandem.cli.main import app
from tandem.compliance.models import LedgerEntry
from tandem.core.actors import built_in_agent
from tandem.core.errors import Conflict, InvalidInput, NotAllowed, PolicyBlocked
from tests.company import Company
from tests.model_server import ModelServer, Way

pytestmark = pytest.mark.django_db
MODEL = "anthropic:claude-haiku-4-5"
TASK = replace(SMALL, eval_set=Path(__file__).with_name("small_eval.jsonl"))
NAME = TASK.name


@pytest.fixture(autouse=True)
def _only_this_task(monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path) -> None:
    monkeypatch.setattr(registry, "_tasks", {})
    monkeypatch.setattr(conducting, "FIRST_WAIT", 0.01)
    settings.DATA_DIR = tmp_path
    register(TASK)


def draft(text: str, now: datetime) -> int:
    return write_draft(NAME, text, note="shorter", actor=WORKER, now=now)


def test_a_model_answers_only_after_its_gate_and_no_more_after_it_fails(now: datetime, settings: Any) -> None:
    with ModelServer() as server:
        connect(server, now=now, settings=settings)
        assert not gate_open(NAME, MODEL)
        assert run(TASK, about(3, region="us"), actor=WORKER, now=now).engine == BUILT_IN
        evaluate(NAME, engine="small", actor=WORKER, now=now)
        assert gate_open(NAME, MODEL)
        assert run(TASK, about(4, region="us"), actor=WORKER, now=now).engine == MODEL
    with ModelServer(otherwise=Way.LYING) as server:
        connect(server, now=now, settings=settings, name="other", model="claude-haiku-4-5")
        failed = evaluate(NAME, engine="other", actor=WORKER, now=now + timedelta(minutes=1))
    assert not gate_open(NAME, MODEL)
    assert {case.guards_ok for case in cases_of(failed)} == {False}
    assert [one.kind for one in alarms(now=now)] == [AlarmKind.FAILED]
    assert run(TASK, about(5, region="us"), actor=WORKER, now=now).state is RunState.DONE


def test_a_prompt_goes_live_through_its_gate_pins_what_it_scored_and_goes_back(now: datetime, settings: Any) -> None:
    packaged = prompt_in_force(TASK)
    with ModelServer() as server:
        connect(server, now=now, settings=settings)
        evaluate(NAME, engine="small", actor=WORKER, now=now)
        number = draft("Write one sentence on the company. Cite what it rests on.", now)
        with pytest.raises(PolicyBlocked, match="has not passed the gate with version 1"):
            go_live(NAME, number, actor=WORKER, now=now)
        assert prompt_in_force(TASK) == packaged
        evaluate(NAME, engine="small", version=number, actor=WORKER, now=now)
        told = str(server.requests[-1][1])
    assert "Write one sentence on the company." in told
    live = go_live(NAME, number, actor=WORKER, now=now)
    assert (live.version, prompt_in_force(TASK).hash) == (1, live.hash)
    assert gate_open(NAME, MODEL)
    assert set(EvalRun.objects.values_list("prompt_hash", flat=True)) == {packaged.hash, live.hash}
    assert file_of(NAME).read_text() == live.text
    assert roll_back(NAME, actor=WORKER, now=now) == packaged
    assert file_of(NAME).read_text() == packaged.text
    with pytest.raises(Conflict):
        roll_back(NAME, actor=WORKER, now=now)
    actions = list(
        LedgerEntry.objects.filter(subject=f"task:{NAME}").order_by("number").values_list("action", flat=True)
    )
    assert [one for one in actions if "prompt" in one] == [
        "agents.prompt_drafted", "agents.prompt_live", "agents.prompt_rolled_back",
    ]  # fmt: skip


def test_rolling_back_twice_goes_back_two_versions(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    from tandem.agents.actions import prompts

    monkeypatch.setattr(prompts, "active_endpoints", list)
    for place, text in enumerate(("First text.", "Second text.", "Third text."), start=1):
        at = now + timedelta(hours=place)
        number = draft(text, at)
        EvalRun.objects.create(
            task=NAME, engine=MODEL, tier="fast", kind="gate", prompt_hash=PromptVersion.objects.get(number=number).hash,
            set_hash="x", cases=1, schema_ok=1, guards_ok=1, expectations_ok=1, is_passed=True, gate={},
            asked_by_kind="agent", asked_by="test", at=at,
        )  # fmt: skip
        go_live(NAME, number, actor=WORKER, now=at)
    later = now + timedelta(days=1)
    assert [roll_back(NAME, actor=WORKER, now=later).version for _ in range(3)] == [2, 1, 0]
    assert PromptVersion.objects.filter(state="live").count() == 0


def test_a_file_that_was_edited_becomes_a_draft_and_nothing_else(now: datetime) -> None:
    assert sync_folder(actor=WORKER, now=now) == {}
    file = file_of(NAME)
    assert file.read_text() == prompt_in_force(TASK).text
    file.write_text("Be brief.\r\nCite everything.  ")
    assert sync_folder(actor=WORKER, now=now) == {NAME: 1}
    assert sync_folder(actor=WORKER, now=now) == {}
    assert prompt_in_force(TASK).version == 0
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(InvalidInput, match=r"tests\.note\.txt can't be read"):
        sync_folder(actor=WORKER, now=now)
    for text in ("", "x" * 30_000):
        with pytest.raises(InvalidInput):
            draft(text, now)
    assert PromptVersion.objects.count() == 1


def test_sellers_and_agents_without_the_right_change_nothing(company: Company, now: datetime) -> None:
    for actor in (company.actor("seller"), built_in_agent("mallory")):
        for action in (
            lambda actor=actor: write_draft(NAME, "x", note="", actor=actor, now=now),
            lambda actor=actor: evaluate(NAME, engine=BUILT_IN, actor=actor, now=now),
            lambda actor=actor: set_gate(NAME, Thresholds(), actor=actor, now=now),
            lambda actor=actor: give("research", WorkOwner.HUMAN, why="so", actor=actor, now=now),
        ):
            with pytest.raises(NotAllowed):
                action()
    assert not PromptVersion.objects.exists()
    assert not EvalRun.objects.exists()


def test_the_weekly_repeat_runs_what_is_due_and_its_gate_can_be_stricter(now: datetime) -> None:
    assert len(watch_drift(actor=WORKER, now=now)) == 1
    assert watch_drift(actor=WORKER, now=now + timedelta(days=6)) == []
    assert len(watch_drift(actor=WORKER, now=now + timedelta(days=8))) == 1
    assert alarms(now=now + timedelta(days=9)) == ()
    assert [one.kind for one in alarms(now=now + timedelta(days=30))] == [AlarmKind.LATE]
    assert [row.is_open for row in board()] == [True]
    set_gate(NAME, Thresholds(schema_ok=0.5, guards_ok=0.5, expectations_ok=0.5), actor=WORKER, now=now)
    newest = evaluate(NAME, engine=BUILT_IN, actor=WORKER, now=now)
    assert EvalRun.objects.get(id=newest).gate == {"schema_ok": 0.5, "guards_ok": 0.5, "expectations_ok": 0.5}
    with pytest.raises(InvalidInput):
        set_gate(NAME, Thresholds(schema_ok=0.0), actor=WORKER, now=now)


def test_live_answers_are_held_to_todays_guards_once_a_week(now: datetime) -> None:
    for number in range(3):
        run(TASK, about(number), actor=WORKER, now=now)
    spoiled = AgentRun.objects.order_by("id").first()
    assert spoiled is not None
    spoiled.output = {
        "note": {"claims": [{"text": "It has 777 plants.", "evidence_ids": ["signal:news/1"]}]},
        "is_hot": True,
    }
    spoiled.save()
    (written,) = watch_live(actor=WORKER, now=now + timedelta(hours=1))
    row = EvalRun.objects.get(id=written)
    assert (row.cases, round(row.guards_ok, 3), row.expectations_ok, row.is_passed) == (3, 0.667, 1.0, True)
    assert watch_live(actor=WORKER, now=now + timedelta(hours=2)) == []


def test_drift_is_told_from_chance() -> None:
    week = LiveFigures(answers=200, clean=0.99, own=0.98, mean_words=60)
    assert drifted(replace(week, clean=0.97), [week] * 4) == ()
    assert drifted(replace(week, clean=0.85), [week] * 4) == ("answers that keep the guards: 85%, was 99%",)
    assert drifted(replace(week, mean_words=90), [week]) == ("words an answer: 90, was 60",)
    assert drifted(replace(week, answers=12, clean=0.2), [week]) == ()


def test_large_work_done_by_the_smallest_model_is_noticed() -> None:
    tiers = {"a.brief": Tier.STRONG, "a.label": Tier.FAST}
    counts = {"a.brief": {Tier.FAST: 30, Tier.STRONG: 10}, "a.label": {Tier.FAST: 900}}
    (found,) = done_too_cheaply(counts, tiers, has_strong=True)
    assert (found.task, found.share, found.by) == ("a.brief", 0.75, Tier.FAST)
    assert done_too_cheaply({"a.brief": {Tier.RULES: 500}}, tiers, has_strong=False) == ()
    assert len(done_too_cheaply({"a.brief": {Tier.RULES: 500}}, tiers, has_strong=True)) == 1


def test_a_persons_work_is_not_finished_by_software(company: Company, now: datetime) -> None:
    assert is_ai_executable(NAME)
    assert not is_ai_executable("negotiation.answer")
    give(
        NAME,
        WorkOwner.HUMAN,
        title="Notes",
        why="We want to read them ourselves",
        actor=company.actor("revops"),
        now=now,
    )
    assert not is_ai_executable(NAME)
    with pytest.raises(PolicyBlocked, match="is a person's work"):
        run(TASK, about(3), actor=WORKER, now=now)
    assert not AgentRun.objects.exists()
    with pytest.raises(NotAllowed):
        give(NAME, WorkOwner.AI, why="I can", actor=WORKER, now=now)
    for kind, why in (("Bad Kind", "so"), ("fine_kind", ""), ("fine_kind", "no title")):
        with pytest.raises(InvalidInput):
            give(kind, WorkOwner.AI, why=why, actor=company.actor("revops"), now=now)


def test_expectations_read_paths_and_say_what_was_there() -> None:
    told = {"claims": [{"text": "Opened in Lyon"}], "verdict": "pass", "n": 3}
    assert mismatches(told, {"claims[0].text": {"contains": "lyon"}, "claims.length": 1, "verdict": {"one_of": ["fit", "PASS"]}, "n": {"at_least": 3}, "*": {"lacks": "Paris"}}) == ()  # fmt: skip
    (one,) = mismatches(told, {"claims[1].text": "x"})
    assert one.message == "claims[1].text is nothing; is 'x' was expected."
    assert [line.sign for line in diff("a\nb", "a\nc")] == [" ", "-", "+"]


def test_the_shell_runs_evals_and_rolls_back(now: datetime) -> None:
    shell = CliRunner()
    done = shell.invoke(app, ["agents", "eval", NAME, "--json"])
    assert (done.exit_code, '"passed": true' in done.stdout) == (0, True), done.output
    nothing = shell.invoke(app, ["agents", "rollback", NAME, "--json"])
    assert nothing.exit_code != 0


def test_pages_lead_a_new_text_to_its_gate(company: Company, client_of: Callable[..., Client], now: datetime) -> None:
    client = client_of("revops")
    kept = client.post(f"/ai/prompts/{NAME}/draft", {"text": "Be brief.\nCite.", "note": "shorter"})
    assert (kept.status_code, kept["Location"]) == (302, f"/ai/prompts/{NAME}?version=1")
    page = client.get(f"/ai/prompts/{NAME}?version=1").content.decode()
    assert "+ Be brief." in page
    refused = client.post(f"/ai/prompts/{NAME}/live", {"version": "1"})
    assert (refused.status_code, "No model has passed the gate" in refused.content.decode()) == (403, True)
    ran = client.post("/ai/evals/run", {"task": NAME, "engine": BUILT_IN})
    assert ran.status_code == 302
    for address in ("/ai/evals", ran["Location"], "/ai/prompts", "/ai/work", f"/ai/evals/gate/{NAME}", "/ai/requests"):
        assert client.get(address).status_code == 200, address
    given = client.post("/ai/work/give", {"kind": "research", "owner": "human", "why": "pilot"})
    assert (given.status_code, is_ai_executable("prospecting.brief")) == (302, False)
    assert client_of("seller").post("/ai/work/give", {"kind": "research", "owner": "ai", "why": "x"}).status_code == 403
