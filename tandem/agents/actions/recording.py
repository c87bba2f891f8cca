"""Writing down what runs came to: one by one where a model was asked, in bulk where none was."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from pydantic import BaseModel

from tandem.agents.contracts import RunRequest, RunResult, RunState, Task, Tier, Violation
from tandem.agents.domain.canonical import as_json, canonical, content_hash
from tandem.agents.models import AgentRun, ModelCall
from tandem.core import bulk, ledger
from tandem.core.actors import Actor

COLUMNS = (
    "id", "task", "subject", "subject_kind", "subject_number", "actor_kind", "actor_id", "actor_name", "seller_id",
    "campaign", "region", "value", "engine", "tier", "state", "prompt_hash", "input_hash", "input", "output",
    "evidence_ids", "violations", "because", "tokens_in", "tokens_out", "cost", "tries", "seconds", "started_at",
)  # fmt: skip
MOST_DIGITS = 18


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How one run ended, before it is written down. calls : ids of its calls of models"""

    request: RunRequest[Any]
    state: RunState
    output: BaseModel | None
    engine: str
    tier: Tier
    because: str
    violations: tuple[Violation, ...] = ()
    tokens_in: int = 0
    tokens_out: int = 0
    cost: Decimal = Decimal(0)
    seconds: float = 0.0
    calls: tuple[int, ...] = field(default=())


def record(
    task: Task[Any, Any], outcomes: Sequence[Outcome], *, prompt_hash: str, actor: Actor, now: datetime
) -> list[RunResult[Any]]:
    """Write runs down with one entry of the ledger; returns their results in the same order. One transaction."""
    if not outcomes:
        return []
    with transaction.atomic():
        ids = bulk.reserve_ids(AgentRun, len(outcomes))
        rows = [_row(pk, task, one, prompt_hash, actor, now) for pk, one in zip(ids, outcomes, strict=True)]
        bulk.upsert(AgentRun, COLUMNS, rows, conflict=(), update=None)
        for pk, one in zip(ids, outcomes, strict=True):
            if one.calls:
                ModelCall.objects.filter(id__in=one.calls).update(run_id=pk)
        _note(task, ids, outcomes, prompt_hash, actor)
    return [result_of(pk, one, prompt_hash) for pk, one in zip(ids, outcomes, strict=True)]


def _note(
    task: Task[Any, Any], ids: range, outcomes: Sequence[Outcome], prompt_hash: str, actor: Actor
) -> None:  # fmt: skip
    if len(outcomes) == 1:
        one = outcomes[0]
        ledger.append(
            actor, "agents.task_run", subject=one.request.subject, run=ids[0], task=task.name, engine=one.engine,
            state=one.state.value, cost=str(one.cost), prompt=prompt_hash,
        )  # fmt: skip
        return
    states = [one.state.value for one in outcomes]
    engines = sorted({one.engine for one in outcomes})
    ledger.append(
        actor, "agents.tasks_run", subject=f"task:{task.name}", first=ids[0], last=ids[-1], runs=len(ids),
        engines=engines, states={word: states.count(word) for word in sorted(set(states))},
        prompt=prompt_hash,
    )  # fmt: skip


def _row(
    pk: int, task: Task[Any, Any], one: Outcome, prompt_hash: str, actor: Actor, now: datetime
) -> tuple[Any, ...]:  # fmt: skip
    request = one.request
    told, input_hash = _storable(request.input)
    kind, number = split_subject(request.subject)
    return (
        pk, task.name, request.subject, kind, number, actor.kind.value, actor.id, actor.name, request.seller_id,
        request.campaign, request.region, request.value, one.engine, one.tier.value, one.state.value, prompt_hash,
        input_hash, told, _storable(one.output)[0] if one.output is not None else None,
        [piece.id for piece in task.evidence(request.input)], [asdict(each) for each in one.violations], one.because,
        one.tokens_in, one.tokens_out, one.cost, len(one.calls), one.seconds, now,
    )  # fmt: skip


def _storable(model: BaseModel) -> tuple[Any, str]:
    """A model as JSON that every database takes (no null characters, no halves of pairs), and the hash of all of it."""
    told = as_json(model)
    text = canonical(told)
    clean = text.encode("utf-8", "replace").decode().replace("\\u0000", "\\ufffd")
    return (told if clean == text else json.loads(clean)), content_hash(text)


def split_subject(subject: str) -> tuple[str, int | None]:
    """Kind and number of a subject.

    >>> split_subject("account:42"), split_subject("search:paris offices")
    (('account', 42), ('search', None))
    """
    kind, _, rest = subject.partition(":")
    is_number = rest.isascii() and rest.isdecimal() and len(rest) <= MOST_DIGITS
    return kind[:20], int(rest) if is_number else None


def result_of(run_id: int, one: Outcome, prompt_hash: str) -> RunResult[Any]:
    """An outcome as callers get it."""
    return RunResult(
        run_id=run_id, state=one.state, output=one.output, engine=one.engine, tier=one.tier, prompt_hash=prompt_hash,
        cost=one.cost, because=one.because, violations=one.violations,
    )  # fmt: skip
