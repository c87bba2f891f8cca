"""One run with models, step by step: who is asked, what is retried, repaired, given up, and who answers then.

A generator that yields calls and is sent their replies: it reads and writes between calls and never during one, so
that no transaction is ever open while the network is waited for, and many runs can wait at the same time.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from pydantic import BaseModel, ValidationError

from tandem.agents.actions import caching, metering
from tandem.agents.actions.recording import Outcome
from tandem.agents.actions.setting import Setting
from tandem.agents.contracts import BUILT_IN, RunRequest, RunState, Task, Tier, Violation
from tandem.agents.domain.asking import Door, Question, Reply, Trouble, Turn, bound_of, feedback_on, question_of
from tandem.agents.domain.canonical import as_json
from tandem.agents.domain.guards import check
from tandem.agents.domain.routing import Endpoint
from tandem.agents.queries.policy import Plan
from tandem.core.errors import AppError, NotAllowed

MOST_TRIES: Mapping[Trouble, int] = {Trouble.PASSING: 3, Trouble.SLOW: 2, Trouble.FINAL: 1, Trouble.DECLINED: 1}
MOST_REPAIRS = 2
FIRST_WAIT, LONGEST_WAIT = 0.5, 30.0
ASIDE_AFTER = 5  # runs in a row that an endpoint answered nothing to; the rest of the batch does not wait for it
SCHEMA = "schema"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """A call to be made, after so many seconds."""

    door: Door
    question: Question
    wait: float = 0.0


@dataclass(slots=True, kw_only=True)
class Tally:
    """What a run has come to so far."""

    notes: list[str]
    violations: tuple[Violation, ...] = ()
    calls: list[int] = field(default_factory=list)
    cost: Decimal = Decimal(0)
    tokens_in: int = 0
    tokens_out: int = 0
    started: float = field(default_factory=time.monotonic)
    is_halted: bool = False

    def add(self, call: metering.OpenCall, bill: metering.Bill) -> None:
        """Count a settled call."""
        self.calls.append(call.id)
        self.cost += bill.cost
        self.tokens_in += bill.tokens_in
        self.tokens_out += bill.tokens_out

    def outcome(
        self, request: RunRequest[Any], state: RunState, output: BaseModel | None, engine: str, tier: Tier
    ) -> Outcome:
        """The run as it ended."""
        return Outcome(
            request=request, state=state, output=output, engine=engine, tier=tier, because=" ".join(self.notes),
            violations=self.violations, tokens_in=self.tokens_in, tokens_out=self.tokens_out, cost=self.cost,
            seconds=time.monotonic() - self.started, calls=tuple(self.calls),
        )  # fmt: skip


def conduct(setting: Setting, request: RunRequest[Any], plan: Plan) -> Generator[Ask, Reply, Outcome]:
    """Ask the planned models one after the other; when none gives an answer that keeps the guards, the built-in engine.

    Raises NotAllowed when the acting agent was revoked or stopped on the way; what was spent stays counted.
    """
    tally = Tally(notes=[plan.because])
    for endpoint in plan.endpoints:
        kept = caching.kept_answer(setting, request, endpoint) if setting.uses_cache else None
        if kept is not None:
            tally.notes.append("The same was asked before.")
            return tally.outcome(request, RunState.CACHED, kept, endpoint.engine, endpoint.tier)
        output = yield from asked(setting, request, endpoint, tally)
        if output is not None:
            if setting.uses_cache:
                caching.keep_answer(setting, request, endpoint, output)
            return tally.outcome(request, RunState.DONE, output, endpoint.engine, endpoint.tier)
        if tally.is_halted:
            break
    return built_in(setting.task, request, tally)


def asked(
    setting: Setting, request: RunRequest[Any], endpoint: Endpoint, tally: Tally
) -> Generator[Ask, Reply, BaseModel | None]:
    """One endpoint's answer, with retries and repairs; None: it gave none that can be used, and the tally says why."""
    if setting.failures.get(endpoint.id, 0) >= ASIDE_AFTER:
        tally.notes.append(f"{endpoint.name} is left aside after {ASIDE_AFTER} runs without an answer.")
        return None
    try:
        output = yield from _asked(setting, request, endpoint, tally)
    except metering.OverBudget as over:
        tally.notes.append(str(over))
        tally.is_halted = True
        return None
    except NotAllowed as stop:
        if setting.actor.is_agent and setting.actor.id:
            raise
        tally.notes.append(stop.message)
        tally.is_halted = True
        return None
    setting.failures[endpoint.id] = 0 if output is not None else setting.failures.get(endpoint.id, 0) + 1
    return output


def _asked(
    setting: Setting, request: RunRequest[Any], endpoint: Endpoint, tally: Tally
) -> Generator[Ask, Reply, BaseModel | None]:
    door = setting.door(endpoint)
    question = question_of(
        setting.prompt.text, as_json(request.input), list(setting.task.evidence(request.input)), setting.schema
    )
    troubles, repairs, wait = dict.fromkeys(Trouble, 0), 0, 0.0
    while True:
        reply = yield from _one_call(setting, request, endpoint, tally, Ask(door=door, question=question, wait=wait))
        trouble, wait = reply.trouble, 0.0
        if trouble is None or trouble is Trouble.UNREADABLE:
            output, wrong = judged(setting.task, request, reply)
            if not wrong:
                return output
            tally.violations = wrong
            if repairs == MOST_REPAIRS:
                tally.notes.append(f"{endpoint.name}: {wrong[0].message} Also after {MOST_REPAIRS} repairs.")
                return None
            repairs += 1
            question = replace(question, turns=(*question.turns, Turn(answer=reply.raw, feedback=feedback_on(wrong))))
            continue
        troubles[trouble] += 1
        wait = FIRST_WAIT * 2.0 ** (sum(troubles.values()) - 1) if reply.wait is None else reply.wait
        if troubles[trouble] >= MOST_TRIES[trouble] or wait > LONGEST_WAIT:
            tally.notes.append(f"{endpoint.name}: {reply.message}")
            return None


def _one_call(
    setting: Setting, request: RunRequest[Any], endpoint: Endpoint, tally: Tally, ask: Ask
) -> Generator[Ask, Reply, Reply]:
    """Open, call, settle: the only place where a call goes out."""
    bound = bound_of(
        ask.question, most_tokens=endpoint.most_tokens, price_in=endpoint.price_in, price_out=endpoint.price_out
    )
    call = metering.open_call(
        setting.task.name, request, endpoint, bound, actor=setting.actor, now=setting.now
    )  # fmt: skip
    reply = yield ask
    tally.add(call, metering.settle(call, reply, actor=setting.actor))
    return reply


def judged(
    task: Task[Any, Any], request: RunRequest[Any], reply: Reply
) -> tuple[BaseModel | None, tuple[Violation, ...]]:  # fmt: skip
    """The answer as the task's output, and everything that is wrong with it."""
    if reply.trouble is Trouble.UNREADABLE or reply.answer is None:
        return None, (Violation(guard=SCHEMA, message=reply.message or "The answer holds no JSON object."),)
    try:
        output = task.output_type.model_validate(reply.answer)
    except ValidationError as error:
        return None, tuple(
            Violation(guard=SCHEMA, span=".".join(str(part) for part in one["loc"]), message=one["msg"])
            for one in error.errors()
        )
    return output, tuple(check(task, request.input, output))


def built_in(task: Task[Any, Any], request: RunRequest[Any], tally: Tally) -> Outcome:
    """The built-in engine's answer, held to the same guards; refused when it breaks them."""
    was_asked = bool(tally.calls)
    try:
        output = task.built_in(request.input)
        wrong = tuple(check(task, request.input, output))
    except AppError as error:
        output, wrong = None, (Violation(guard="engine", message=error.message),)
    if wrong:
        tally.violations = wrong
        tally.notes.append("The built-in engine's answer broke the guards too." if was_asked else
                           "The built-in engine's answer broke the guards.")  # fmt: skip
        return tally.outcome(request, RunState.REFUSED, None, BUILT_IN, Tier.RULES)
    if was_asked:
        tally.notes.append("The built-in engine answered.")
    state = RunState.FELL_BACK if was_asked else RunState.DONE
    return tally.outcome(request, state, output, BUILT_IN, Tier.RULES)
