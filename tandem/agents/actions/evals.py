"""Running evals, and what a run must reach."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from pydantic import ValidationError

from tandem.access.actions import require
from tandem.agents.actions.running import run_with
from tandem.agents.contracts import BUILT_IN, RunRequest, RunResult, Task, Tier, Violation
from tandem.agents.domain.canonical import as_json
from tandem.agents.domain.evals import CaseResult, EvalCase, EvalKind, Thresholds, figures, mismatches
from tandem.agents.domain.guards import SCHEMA, count_words, words_of
from tandem.agents.domain.prompts import PromptText
from tandem.agents.models import EvalCaseResult, EvalGate, EvalRun
from tandem.agents.queries.endpoints import find_by_name
from tandem.agents.queries.evals import frozen_set, gate_of, gate_open
from tandem.agents.queries.policy import active_endpoints
from tandem.agents.queries.prompts import get_version, prompt_in_force
from tandem.agents.queries.tasks import get_task, known_tasks
from tandem.core import ledger
from tandem.core.actors import Actor
from tandem.core.errors import DataUnreadable, InvalidInput

DRIFT_EVERY = timedelta(days=7)
Progress = Callable[[int, int], object]


def evaluate(
    task_name: str,
    *,
    engine: str,
    actor: Actor,
    now: datetime,
    version: int | None = None,
    kind: EvalKind = EvalKind.GATE,
    progress: Progress | None = None,
) -> int:
    """Have an engine do every case of a task's frozen set; returns the run's id. It opens or shuts the gate.

    engine : "built-in", an endpoint's name or "provider:model"
    version : the prompt to ask with; None: the one in force

    Raises NotAllowed without "task.decide", NotFound for an unknown task, engine or version, InvalidInput for a task
    without a set, DataUnreadable for a set that does not fit the task.
    """
    require(actor, "task.decide")
    task = get_task(task_name)
    frozen = frozen_set(task)
    if frozen is None:
        raise InvalidInput(f"{task.title} has no eval set.", hint="Without one no model goes live for it.")
    prompt = prompt_in_force(task) if version is None else _as_text(task, version)
    told, tier = _engine(engine)
    inputs = [_input(task, case) for case in frozen.cases]
    began, results, cost = time.monotonic(), list[CaseResult](), Decimal(0)
    for case, given in zip(frozen.cases, inputs, strict=True):
        request = RunRequest(input=given, subject=f"eval:{task.name}:{case.number}")
        found = run_with(task, request, engine=engine, prompt=prompt, actor=actor, now=now)
        results.append(judge(task, case, found))
        cost += found.cost
        if progress is not None:
            progress(len(results), len(inputs))
    row = EvalRun(
        task=task.name, engine=told, tier=tier.value, kind=kind.value, prompt_hash=prompt.hash, set_hash=frozen.hash,
        seconds=time.monotonic() - began, cost=cost, asked_by_kind=actor.kind.value, asked_by=actor.name, at=now,
    )  # fmt: skip
    return _keep(row, results, actor)


def _as_text(task: Task[Any, Any], version: int) -> PromptText:
    row = get_version(task, version)
    return PromptText(text=row.text, version=row.number, hash=row.hash)


def _engine(engine: str) -> tuple[str, Tier]:
    if engine == BUILT_IN:
        return BUILT_IN, Tier.RULES
    found = find_by_name(engine)
    return found.engine, Tier(found.tier)


def _input(task: Task[Any, Any], case: EvalCase) -> Any:
    try:
        return task.input_type.model_validate(case.input)
    except ValidationError as error:
        first = error.errors()[0]
        raise DataUnreadable(
            f"Case {case.number} does not fit the task: {'.'.join(map(str, first['loc']))}: {first['msg']}.",
            hint="Put the case right; the set must fit the task's input.",
            context={"task": task.name, "row": case.number},
        ) from error


def judge(task: Task[Any, Any], case: EvalCase, found: RunResult[Any]) -> CaseResult:
    """What an answer to a case came to."""
    if found.output is None:
        wrong = found.violations or (Violation(guard=SCHEMA, message=found.because or "There was no answer."),)
        fits = bool(found.violations) and all(one.guard != SCHEMA for one in found.violations)
        return CaseResult(
            number=case.number, note=case.note, schema_ok=fits, guards_ok=False, expectations_ok=False, wrong=wrong
        )
    output = as_json(found.output)
    missed = mismatches(output, case.expect)
    return CaseResult(
        number=case.number, note=case.note, schema_ok=True, guards_ok=True, expectations_ok=not missed,
        words=count_words(words_of(task, found.output)), wrong=missed, output=output,
    )  # fmt: skip


def _keep(row: EvalRun, results: Sequence[CaseResult], actor: Actor) -> int:
    gate, shares = gate_of(row.task), figures(results)
    row.cases, row.mean_words = shares.cases, shares.mean_words
    row.schema_ok, row.guards_ok = shares.schema_ok, shares.guards_ok
    row.expectations_ok, row.is_passed, row.gate = shares.expectations_ok, shares.reaches(gate), gate.as_dict()
    with transaction.atomic():
        row.save(force_insert=True)
        EvalCaseResult.objects.bulk_create(
            [
                EvalCaseResult(
                    run=row, number=one.number, note=one.note[:300], schema_ok=one.schema_ok, guards_ok=one.guards_ok,
                    expectations_ok=one.expectations_ok, words=one.words, output=one.output,
                    wrong=[{"guard": str(bad.guard), "span": bad.span, "message": bad.message} for bad in one.wrong],
                )
                for one in results
            ],
            batch_size=90,
        )  # fmt: skip
        ledger.append(
            actor, "agents.evaluated", subject=f"task:{row.task}", engine=row.engine, run=row.pk,
            is_passed=row.is_passed, prompt_hash=row.prompt_hash, set_hash=row.set_hash,
        )  # fmt: skip
    return int(row.pk)


def set_gate(task_name: str, thresholds: Thresholds, *, actor: Actor, now: datetime) -> None:
    """Say what runs of a task must reach. Runs that are there keep what they were held against.

    Raises NotAllowed without "task.manage", NotFound, InvalidInput for a share outside 0 to 1.
    """
    require(actor, "task.manage")
    task, told = get_task(task_name), thresholds.as_dict()
    if any(not 0 < share <= 1 for share in told.values()):
        raise InvalidInput("A threshold is no share.", hint="Give numbers above 0, up to 1.")
    with transaction.atomic():
        EvalGate.objects.update_or_create(
            task=task.name, defaults={**told, "changed_by": actor.name, "changed_at": now}
        )  # fmt: skip
        ledger.append(actor, "agents.gate_set", subject=f"task:{task.name}", **told)


def watch_drift(*, actor: Actor, now: datetime, progress: Progress | None = None) -> list[int]:
    """Repeat the evals of every engine in use that were not run for a week; returns the runs' ids.

    In use: the built-in engine of every task with a set, and each connected model whose gate is open. A model that
    fails here answers no more until it passes again. Raises NotAllowed without "task.decide".
    """
    require(actor, "task.decide")
    due = [(task, engine) for task in known_tasks() if task.eval_set is not None for engine in _due(task, now)]
    done = []
    for task, engine in due:
        done.append(evaluate(task.name, engine=engine, kind=EvalKind.DRIFT, actor=actor, now=now))
        if progress is not None:
            progress(len(done), len(due))
    return done


def _due(task: Task[Any, Any], now: datetime) -> list[str]:
    engines = [BUILT_IN, *(one.engine for one in active_endpoints() if gate_open(task.name, one.engine))]
    recent = set(
        EvalRun.objects.filter(task=task.name, prompt_hash=prompt_in_force(task).hash, at__gt=now - DRIFT_EVERY)
        .values_list("engine", flat=True)
        .distinct()
    )
    return [engine for engine in dict.fromkeys(engines) if engine not in recent]
