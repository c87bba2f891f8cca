"""The night: in order, resumable, one failure does not stop the rest."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tandem.core import clock, jobs, ledger, nightly
from tandem.core.actors import built_in_agent
from tandem.core.errors import InvalidInput, ProviderFailed
from tandem.core.jobs import registry
from tandem.core.models import Job, JobState

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
DAY = date(2026, 11, 24)
ACTOR = built_in_agent("shell")
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_registry(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(nightly, "_steps", {})
    monkeypatch.setattr(registry, "_periodic", {})
    monkeypatch.setattr(registry, "_is_discovered", True)
    with clock.at(NOW):
        yield


@pytest.fixture(autouse=True)
def entries(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str, dict[str, list[str]]]]:
    written: list[tuple[str, str, dict[str, list[str]]]] = []

    def write(*, actor, action, subject, facts):
        written.append((action, subject, dict(facts)))
        return ledger.Receipt(number=len(written), hash="0")

    monkeypatch.setattr(ledger, "_writer", write)
    return written


@pytest.fixture
def ran() -> list[str]:
    """Four steps: pull, then resolve, then score; tidy needs nobody. `ran` is the order they ran in."""
    seen: list[str] = []
    add("score", seen, after=("resolve",))
    add("tidy", seen)
    add("resolve", seen, after=("pull",))
    add("pull", seen)
    return seen


def add(name: str, seen: list[str], after: tuple[str, ...] = (), error: Exception | None = None) -> None:
    def work(night, progress):
        assert (night.day, night.actor.is_agent) == (DAY, True)
        seen.append(name)
        if error:
            raise error

    nightly.step(name, title=name.capitalize(), after=after)(work)


def states(run: nightly.NightRun | None) -> dict[str, str]:
    assert run is not None
    return {one.name: one.state.value for one in run.steps}


def test_steps_run_after_those_they_need(ran):
    run = nightly.run(DAY, actor=ACTOR)
    assert ran == ["tidy", "pull", "resolve", "score"]
    assert run.succeeded
    assert set(states(run).values()) == {"done"}


def test_a_done_step_of_the_same_day_is_not_done_again(ran):
    nightly.run(DAY, actor=ACTOR)
    assert nightly.run(DAY, actor=ACTOR).succeeded
    assert len(ran) == 4


def test_from_a_step_on_everything_is_done_again(ran):
    nightly.run(DAY, actor=ACTOR)
    nightly.run(DAY, actor=ACTOR, from_step="resolve")
    assert ran[4:] == ["resolve", "score"]


def test_one_step_alone_is_done_again_without_the_others(ran):
    run = nightly.run(DAY, actor=ACTOR, only="score")
    nightly.run(DAY, actor=ACTOR, only="score")
    assert ran == ["score", "score"]
    assert states(run) == {"score": "done"}


def test_a_step_nobody_registered_is_refused_with_the_names_there_are(ran):
    with pytest.raises(InvalidInput) as refused:
        nightly.run(DAY, actor=ACTOR, only="sore")
    assert refused.value.hint == "Steps: tidy, pull, resolve, score."
    assert ran == []
    assert Job.objects.count() == 0


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (ProviderFailed("crm.example is silent.", hint="Try later."), "crm.example is silent. Try later."),
        (ZeroDivisionError("division by zero"), "ZeroDivisionError: division by zero"),
    ],
)
def test_a_failed_step_stops_those_that_need_it_and_nobody_else(ran, entries, error, told):
    add("pull", ran, error=error)
    run = nightly.run(DAY, actor=ACTOR)
    assert not run.succeeded
    assert states(run) == {"tidy": "done", "pull": "failed", "resolve": "skipped", "score": "skipped"}
    assert [step.error for step in run.steps] == ["", told, "Pull: failed.", "Resolve: skipped."]
    assert states(nightly.last_run()) == states(run)
    facts = {"done": ["tidy"], "failed": ["pull"], "skipped": ["resolve", "score"]}
    assert entries == [("core.nightly_ran", "night:2026-11-24", facts)]


def test_the_next_try_goes_on_where_the_night_failed(ran):
    add("resolve", ran, after=("pull",), error=OSError("disk full"))
    nightly.run(DAY, actor=ACTOR)
    add("resolve", ran, after=("pull",))
    assert nightly.run(DAY, actor=ACTOR).succeeded
    assert ran == ["tidy", "pull", "resolve", "resolve", "score"]


def test_another_day_is_another_night(ran, monkeypatch):
    nightly.run(DAY, actor=ACTOR)
    monkeypatch.setitem(globals(), "DAY", DAY + timedelta(days=1))
    nightly.run(DAY, actor=ACTOR)
    assert len(ran) == 8
    last = nightly.last_run()
    assert last is not None
    assert last.day == date(2026, 11, 25)


def test_a_step_that_another_process_holds_is_left_to_it_until_its_lease_is_over(ran):
    def killed(night, progress):
        raise KeyboardInterrupt

    nightly.step("pull", title="Pull")(killed)
    with pytest.raises(KeyboardInterrupt):
        nightly.run(DAY, actor=ACTOR)
    assert states(nightly.last_run()) == {"tidy": "done", "pull": "running", "resolve": "waiting", "score": "waiting"}
    add("pull", ran)
    assert states(nightly.run(DAY, actor=ACTOR))["pull"] == "running"
    with clock.at(NOW + timedelta(hours=1)):
        assert nightly.run(DAY, actor=ACTOR).succeeded
    assert ran == ["tidy", "pull", "resolve", "score"]


def test_a_failed_step_can_be_run_again_from_the_jobs_page(ran):
    add("tidy", ran, error=OSError("disk full"))
    nightly.run(DAY, actor=ACTOR)
    add("tidy", ran)
    jobs.rerun(Job.objects.get(state=JobState.DEAD).id, ACTOR)
    assert jobs.run_worker(once=True) == 1
    assert states(nightly.last_run())["tidy"] == "done"


def test_the_duration_of_a_step_is_kept():
    def work(night, progress):
        Job.objects.update(claimed_at=NOW - timedelta(seconds=90))

    nightly.step("slow", title="Slow")(work)
    assert [step.seconds for step in nightly.run(DAY, actor=ACTOR).steps] == [90.0]


def test_the_caller_is_told_which_step_runs_and_how_far_it_is(ran):
    nightly.step("pull", title="Pull")(lambda night, progress: progress(5, 10, "row 5"))
    told = []
    nightly.run(DAY, actor=ACTOR, only="pull", progress=lambda *values: told.append(values))
    assert told == [(0, 1, "Pull"), (0, 1, "Pull: row 5"), (1, 1, "")]


def test_the_last_night_is_one_query(ran):
    assert nightly.last_run() is None
    nightly.run(DAY, actor=ACTOR)
    with CaptureQueriesContext(
        connection,
    ) as seen:
        run = nightly.last_run()
    assert len(seen) == 1
    assert run is not None
    assert run.finished_at == NOW
    assert run.as_dict()["steps"][0]["finished_at"] == "2026-11-24T02:00:00+00:00"


def test_the_worker_runs_the_night_once(ran):
    jobs.every(nightly.NIGHT_TASK, nightly.NIGHT_TASK, jobs.Daily(nightly.STARTS_AT))
    jobs.run_worker(once=True)
    jobs.run_worker(once=True)
    assert ran == ["tidy", "pull", "resolve", "score"]


def test_steps_that_wait_for_each_other_or_for_nobody_are_a_mistake():
    add("a", [], after=("b",))
    with pytest.raises(LookupError, match="'b', which nobody registered"):
        nightly.steps()
    add("b", [], after=("a",))
    with pytest.raises(LookupError, match="wait for each other"):
        nightly.steps()
