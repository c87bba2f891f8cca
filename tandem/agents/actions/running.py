"""Having AI tasks done: the one door for every room.

    result = run(TASK, RunRequest(input=..., subject="account:42"), actor=actor, now=now)
    results = run_many(TASK, requests, actor=actor, now=now, progress=progress)

Who answers is the routing policy's choice; whoever does, the guards hold, it is written down, and there is an answer
unless even the built-in engine's breaks the guards. Call neither inside a transaction: a model may be waited for.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tandem.access.actions import require
from tandem.agents.actions.conducting import Ask, Tally, asked, built_in, conduct
from tandem.agents.actions.recording import Outcome, record
from tandem.agents.actions.setting import Setting
from tandem.agents.connectors.models import answer
from tandem.agents.contracts import BUILT_IN, Input, Output, RunRequest, RunResult, RunState, Task
from tandem.agents.domain.asking import Reply
from tandem.agents.domain.prompts import PromptText
from tandem.agents.domain.routing import Endpoint
from tandem.agents.queries.endpoints import find_by_name
from tandem.agents.queries.policy import Plan, find_endpoint, load_policy
from tandem.agents.queries.prompts import prompt_in_force
from tandem.agents.queries.work_division import is_ai_executable
from tandem.core.actors import Actor
from tandem.core.errors import PolicyBlocked

AT_ONCE = 8  # calls of models under way at the same time
ROWS_AT_ONCE = 2_000  # built-in runs written in one transaction

Progress = Callable[[int, int], object]
Course = Generator[Ask, Reply, Outcome]


def run(task: Task[Input, Output], request: RunRequest[Input], *, actor: Actor, now: datetime) -> RunResult[Output]:
    """Have one thing done; see `run_many`."""
    return run_many(task, [request], actor=actor, now=now)[0]


def run_many(
    task: Task[Input, Output],
    requests: Sequence[RunRequest[Input]],
    *,
    actor: Actor,
    now: datetime,
    progress: Progress | None = None,
) -> list[RunResult[Output]]:
    """Have many things done; results in the order of the requests, each written down as soon as it is there.

    What no model is to do is done at once and written in bulk, without a query for each; models are asked several at a
    time. An interrupted call leaves what was written; done again, models' answers come from the cache.

    actor : a person, or an agent with the scope to run tasks
    progress : called with (done, of)

    Raises NotAllowed without the right or when the agent is stopped, PolicyBlocked when software acts by itself and the
    task is a person's.
    """
    _require(task, actor)
    if not requests:
        return []
    setting = _setting(task, actor, now)
    policy = load_policy(task, today=now.date())
    plans = [policy.plan(request) for request in requests]
    batch = _Batch(setting=setting, size=len(requests), progress=progress)
    plain = [place for place, plan in enumerate(plans) if not plan.endpoints]
    for start in range(0, len(plain), ROWS_AT_ONCE):
        some = plain[start : start + ROWS_AT_ONCE]
        batch.keep(some, [built_in(task, requests[place], Tally(notes=[plans[place].because])) for place in some])
    _drive(batch, [(place, requests[place], plan) for place, plan in enumerate(plans) if plan.endpoints])
    return batch.in_order()


def run_with(
    task: Task[Input, Output],
    request: RunRequest[Input],
    *,
    engine: str,
    actor: Actor,
    now: datetime,
    prompt: PromptText | None = None,
) -> RunResult[Output]:
    """Have one engine do it, whatever the routing says: for evals and for trying a model. No cache, no fallback.

    engine : "built-in", an endpoint's name or "provider:model"; its gate and regions are not asked, so the input must
        be nobody's data: a frozen set, a made-up sample
    prompt : asked with in place of the one in force, such as a draft on its way through the gate

    Raises NotAllowed without the right "task.decide", NotFound for an engine that is not known.
    """
    require(actor, "task.decide")
    setting = _setting(task, actor, now, prompt)
    setting.uses_cache = False
    tally = Tally(notes=["Asked by name."])
    batch = _Batch(setting=setting, size=1)
    if engine == BUILT_IN:
        batch.keep([0], [built_in(task, request, tally)])
        return batch.in_order()[0]
    endpoint = find_endpoint(find_by_name(engine).id)
    _turn(batch, [(0, _alone(setting, request, endpoint, tally))])
    return batch.in_order()[0]


def _alone(
    setting: Setting, request: RunRequest[Any], endpoint: Endpoint, tally: Tally
) -> Generator[Ask, Reply, Outcome]:
    output = yield from asked(setting, request, endpoint, tally)
    state = RunState.REFUSED if output is None else RunState.DONE
    return tally.outcome(request, state, output, endpoint.engine, endpoint.tier)


def _require(task: Task[Any, Any], actor: Actor) -> None:
    require(actor, "task.edit" if actor.is_agent else "task.view")
    if actor.is_agent and not is_ai_executable(task.name):
        raise PolicyBlocked(
            f"{task.title} is a person's work; software does not finish it by itself.",
            hint="Let a person do it, or change the division of work under AI, Work.",
            code="agents.human_owned",
            context={"task": task.name},
        )


def _setting(task: Task[Any, Any], actor: Actor, now: datetime, prompt: PromptText | None = None) -> Setting:
    schema = task.output_type.model_json_schema()
    return Setting(task=task, prompt=prompt or prompt_in_force(task), actor=actor, now=now, schema=schema)


@dataclass(slots=True, kw_only=True)
class _Batch:
    """Runs that are done together, as far as they are done."""

    setting: Setting
    size: int
    progress: Progress | None = None
    results: dict[int, RunResult[Any]] = field(default_factory=dict)

    def keep(self, places: Sequence[int], outcomes: Sequence[Outcome]) -> None:
        """Write outcomes down. An agent that was stopped meanwhile writes nothing more."""
        setting = self.setting
        if setting.actor.is_agent and setting.actor.id:
            require(setting.actor, "task.edit")
        found = record(setting.task, outcomes, prompt_hash=setting.prompt.hash, actor=setting.actor, now=setting.now)
        self.results.update(zip(places, found, strict=True))
        if self.progress is not None:
            self.progress(len(self.results), self.size)

    def in_order(self) -> list[RunResult[Any]]:
        """Every result at its request's place."""
        return [self.results[place] for place in range(self.size)]


def _drive(batch: _Batch, work: Sequence[tuple[int, RunRequest[Any], Plan]]) -> None:
    _turn(batch, [(place, conduct(batch.setting, request, plan)) for place, request, plan in work])


def _turn(batch: _Batch, courses: Sequence[tuple[int, Course]]) -> None:
    """Step through runs, several at a time. Calls wait in threads; everything else happens here, in the caller's.

    When a run fails (the agent was stopped, the database is gone), no further one begins; those under way end and are
    written down, then the failure goes on to the caller.
    """
    if not courses:
        return
    rest = iter(courses)
    failures: list[Exception] = []
    with ThreadPoolExecutor(max_workers=min(AT_ONCE, len(courses)), thread_name_prefix="model") as pool:
        waiting: dict[Future[Reply], tuple[int, Course]] = {}

        def step(place: int, course: Course, reply: Reply | None) -> None:
            try:
                ask = next(course) if reply is None else course.send(reply)
            except StopIteration as end:
                batch.keep([place], [end.value])
            else:
                waiting[pool.submit(_answered, ask)] = (place, course)

        while True:
            while len(waiting) < AT_ONCE and not failures and (following := next(rest, None)) is not None:
                _guarded(step, *following, None, failures=failures)
            if not waiting:
                break
            for future in wait(waiting, return_when=FIRST_COMPLETED).done:
                _guarded(step, *waiting.pop(future), future.result(), failures=failures)
    if failures:
        raise failures[0]


def _guarded(
    step: Callable[[int, Course, Reply | None], None],
    place: int,
    course: Course,
    reply: Reply | None,
    *,
    failures: list[Exception],
) -> None:
    try:
        step(place, course, reply)
    except Exception as error:  # noqa: BLE001  raised again when the calls under way are settled
        failures.append(error)


def _answered(ask: Ask) -> Reply:
    if ask.wait:
        time.sleep(ask.wait)
    return answer(ask.door, ask.question)
