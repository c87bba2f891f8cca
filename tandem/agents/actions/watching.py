"""The weekly look at live answers: do they still keep the guards, who gave them, how long are they."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from pydantic import ValidationError

from tandem.access.actions import require
from tandem.agents.contracts import RunState, Task
from tandem.agents.domain.evals import EvalKind
from tandem.agents.domain.guards import check, count_words, words_of
from tandem.agents.domain.quality import BASELINE_WEEKS, LiveFigures, drifted
from tandem.agents.models import AgentRun, EvalRun
from tandem.agents.queries.prompts import prompt_in_force
from tandem.agents.queries.quality import EVAL_SUBJECTS
from tandem.agents.queries.tasks import known_tasks
from tandem.core import ledger
from tandem.core.actors import Actor

WEEK = timedelta(days=7)
SAMPLE = 200


def watch_live(*, actor: Actor, now: datetime) -> list[int]:
    """Look at a sample of the past week's answers of each task and engine; returns the ids of what was written.

    Nothing is asked anew: the answers that were given are held to today's guards. Once a week for each task and engine.
    Raises NotAllowed without "task.decide".
    """
    require(actor, "task.decide")
    written = []
    for task in known_tasks():
        for engine in _engines(task, now):
            figures = _figures(task, engine, now)
            if figures is not None:
                written.append(_keep(task, engine, figures, actor=actor, now=now))
    return written


def _runs(task: Task[Any, Any], now: datetime) -> Any:
    runs = AgentRun.objects.filter(task=task.name, started_at__gt=now - WEEK, started_at__lte=now)
    return runs.exclude(subject_kind__in=EVAL_SUBJECTS)


def _engines(task: Task[Any, Any], now: datetime) -> list[str]:
    """Engines that answered in the past week and were not looked at in it."""
    seen = EvalRun.objects.filter(task=task.name, kind=EvalKind.LIVE.value, at__gt=now - WEEK)
    done = set(seen.values_list("engine", flat=True))
    return sorted(set(_runs(task, now).values_list("engine", flat=True).distinct()) - done)


def _figures(task: Task[Any, Any], engine: str, now: datetime) -> LiveFigures | None:
    """The figures of a sample spread evenly over the week; None: nothing can be read any more."""
    ids = list(_runs(task, now).filter(engine=engine).order_by("id").values_list("id", flat=True))
    picked = ids[:: max(1, len(ids) // SAMPLE)][:SAMPLE]
    clean = own = words = read = 0
    for row in AgentRun.objects.filter(id__in=picked).only("state", "input", "output"):
        own += row.state in (RunState.DONE.value, RunState.CACHED.value)
        if row.input is None or row.output is None:
            continue
        answer = _read(task, row)
        read += 1
        clean += answer is not None and not check(task, *answer)
        words += count_words(words_of(task, answer[1])) if answer is not None else 0
    if not read:
        return None
    return LiveFigures(answers=len(picked), clean=clean / read, own=own / len(picked), mean_words=words / read)


def _read(task: Task[Any, Any], row: AgentRun) -> tuple[Any, Any] | None:
    try:
        return task.input_type.model_validate(row.input), task.output_type.model_validate(row.output)
    except ValidationError:
        return None


def _keep(task: Task[Any, Any], engine: str, now_figures: LiveFigures, *, actor: Actor, now: datetime) -> int:
    before = EvalRun.objects.filter(task=task.name, engine=engine, kind=EvalKind.LIVE.value).order_by("-at", "-id")
    weeks = [
        LiveFigures(answers=row.cases, clean=row.guards_ok, own=row.expectations_ok, mean_words=row.mean_words)
        for row in before[:BASELINE_WEEKS]
    ]
    told = drifted(now_figures, weeks)
    tier = _runs(task, now).filter(engine=engine).values_list("tier", flat=True).first() or ""
    with transaction.atomic():
        row = EvalRun.objects.create(
            task=task.name, engine=engine, tier=tier, kind=EvalKind.LIVE.value,
            prompt_hash=prompt_in_force(task).hash, set_hash="", cases=now_figures.answers, schema_ok=1.0,
            guards_ok=now_figures.clean, expectations_ok=now_figures.own, mean_words=now_figures.mean_words,
            is_passed=not told, gate={"drifted": list(told)}, asked_by_kind=actor.kind.value, asked_by=actor.name,
            at=now,
        )  # fmt: skip
        ledger.append(
            actor, "agents.live_watched", subject=f"task:{task.name}", engine=engine, run=row.pk, drifted=list(told)
        )  # fmt: skip
    return int(row.pk)
