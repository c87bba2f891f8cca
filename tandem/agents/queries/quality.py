"""The eval board: every task and engine with its gate and figures, and what is wrong with the quality of AI work."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count

from tandem.agents.contracts import BUILT_IN, Task, Tier
from tandem.agents.domain.evals import DECIDING, EvalKind, Thresholds
from tandem.agents.domain.quality import CheapWork, done_too_cheaply
from tandem.agents.models import AgentRun, EvalCaseResult, EvalGate, EvalRun, PromptVersion
from tandem.agents.queries.evals import frozen_set
from tandem.agents.queries.policy import active_endpoints
from tandem.agents.queries.prompts import packaged_prompt
from tandem.agents.queries.tasks import known_tasks
from tandem.core.errors import NotFound

LATE = timedelta(days=14)
LOOK_BACK = timedelta(days=28)
NOT_JUDGED = frozenset({"agents.trial"})
HISTORY = 12
RUNS_READ = 2_000
EVAL_SUBJECTS = ("eval", "trial")


@dataclass(frozen=True, slots=True, kw_only=True)
class EvalFigures:
    """One run as boards show it; shares 0 to 1."""

    id: int
    task: str
    engine: str
    tier: str
    kind: EvalKind
    cases: int
    schema_ok: float
    guards_ok: float
    expectations_ok: float
    mean_words: float
    seconds: float
    cost: Any
    is_passed: bool
    prompt_hash: str
    set_hash: str
    asked_by: str
    at: datetime
    gate: dict[str, Any]


COLUMNS = tuple(EvalFigures.__dataclass_fields__)


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardRow:
    """A task and an engine.

    latest : the run that decides; None: never run with the prompt and set in force
    history : the runs on frozen sets, newest first, whatever the prompt
    is_open : the engine may answer the task live
    """

    task: Task[Any, Any]
    engine: str
    tier: Tier
    latest: EvalFigures | None
    history: tuple[EvalFigures, ...]
    is_open: bool
    cases: int


class AlarmKind:
    """Words for what is wrong."""

    FAILED = "failed"
    DRIFT = "drift"
    LATE = "late"
    CHEAP = "cheap"


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """One thing about the quality of AI work that needs a person. kind : a word of `AlarmKind`"""

    kind: str
    task: str
    engine: str
    text: str


def board() -> tuple[BoardRow, ...]:
    """Every task with every engine that could do it, but the trial of a model, which answers nobody. Three queries,
    however many there are.
    """
    runs = _recent()
    hashes = _hashes()
    engines = {BUILT_IN: Tier.RULES} | {one.engine: one.tier for one in active_endpoints()}
    rows = []
    for task in known_tasks():
        if task.name in NOT_JUDGED:
            continue
        frozen = frozen_set(task)
        for engine, tier in engines.items():
            history = [one for one in runs if (one.task, one.engine) == (task.name, engine) and one.kind in DECIDING]
            wanted = (frozen.hash if frozen else None, hashes[task.name])
            fitting = [one for one in history if (one.set_hash, one.prompt_hash) == wanted]
            latest = fitting[0] if fitting else None
            rows.append(
                BoardRow(
                    task=task, engine=engine, tier=tier, latest=latest, history=tuple(history[:HISTORY]),
                    is_open=engine == BUILT_IN or (latest is not None and latest.is_passed),
                    cases=len(frozen.cases) if frozen else 0,
                )
            )  # fmt: skip
    return tuple(rows)


def _recent() -> list[EvalFigures]:
    """The newest runs. One query."""
    return [_figures(row) for row in EvalRun.objects.order_by("-at", "-id").values(*COLUMNS)[:RUNS_READ]]


def _figures(row: dict[str, Any]) -> EvalFigures:
    return EvalFigures(**{**row, "kind": EvalKind(row["kind"])})


def _hashes() -> dict[str, str]:
    """Task to the hash of the prompt in force. One query."""
    live = dict(PromptVersion.objects.filter(state="live").values_list("task", "hash"))
    return {task.name: live.get(task.name) or packaged_prompt(task.prompt).hash for task in known_tasks()}


def alarms(*, now: datetime) -> tuple[Alarm, ...]:
    """What needs a person: engines that failed or drift, evals that are late, work done too cheaply. Five queries."""
    rows = board()
    found = [alarm for row in rows for alarm in _of_row(row, now)]
    found += _of_live(_recent())
    found += [
        Alarm(kind=AlarmKind.CHEAP, task=one.task, engine="", text=_cheap_in_words(one, rows))
        for one in cheap_work(now=now)
    ]
    return tuple(found)


def _of_row(row: BoardRow, now: datetime) -> list[Alarm]:
    if row.latest is not None and not row.latest.is_passed:
        told = f"{row.engine} failed the gate of {row.task.title.lower()}"
        told += "; its answers may not be used." if row.engine == BUILT_IN else "; it does not answer until it passes."
        return [Alarm(kind=AlarmKind.FAILED, task=row.task.name, engine=row.engine, text=told)]
    if row.latest is not None and now - row.latest.at > LATE and row.is_open:
        told = f"The evals of {row.task.title.lower()} with {row.engine} are older than {LATE.days} days."
        return [Alarm(kind=AlarmKind.LATE, task=row.task.name, engine=row.engine, text=told)]
    return []


def _of_live(runs: Sequence[EvalFigures]) -> list[Alarm]:
    """The newest week of each task and engine, when it differs from the weeks before."""
    seen: set[tuple[str, str]] = set()
    found = []
    for run in runs:
        if run.kind is not EvalKind.LIVE or (run.task, run.engine) in seen:
            continue
        seen.add((run.task, run.engine))
        if not run.is_passed:
            told = f"Answers of {run.engine} differ from the weeks before: {'; '.join(run.gate.get('drifted', []))}."
            found.append(Alarm(kind=AlarmKind.DRIFT, task=run.task, engine=run.engine, text=told))
    return found


def cheap_work(*, now: datetime) -> tuple[CheapWork, ...]:
    """Tasks for a large model that smaller ones did in the last four weeks. Two queries."""
    runs = AgentRun.objects.filter(started_at__gt=now - LOOK_BACK).exclude(subject_kind__in=EVAL_SUBJECTS)
    counts: dict[str, dict[Tier, int]] = {}
    for task, tier, count in runs.values_list("task", "tier").annotate(count=Count("id")).order_by("task", "tier"):
        counts.setdefault(task, {})[Tier(tier)] = count
    tiers = {task.name: task.tier for task in known_tasks()}
    has_strong = any(one.tier is Tier.STRONG for one in active_endpoints())
    return done_too_cheaply(counts, tiers, has_strong=has_strong)


def quality_by_tier(task_name: str, rows: Sequence[BoardRow]) -> dict[Tier, float]:
    """The best share of expectations met on the frozen set, 0 to 1, by tier; tiers without a run are left out."""
    found: dict[Tier, float] = {}
    for row in rows:
        if row.task.name == task_name and row.latest is not None:
            found[row.tier] = max(found.get(row.tier, 0.0), row.latest.expectations_ok)
    return found


def _cheap_in_words(work: CheapWork, rows: Sequence[BoardRow]) -> str:
    title = next((row.task.title for row in rows if row.task.name == work.task), work.task)
    quality = quality_by_tier(work.task, rows)
    told = f"{work.share:.0%} of {work.answers:,} answers to {title.lower()} came from below the large tier"
    if work.by in quality and Tier.STRONG in quality:
        told += f"; on the frozen set that tier meets {quality[work.by]:.0%} of what is expected"
        told += f", the large one {quality[Tier.STRONG]:.0%}"
    return told + "."


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptInForce:
    """A task with the prompt it is asked with. number : 0 is the packaged text; drafts : that wait for the gate"""

    task: Task[Any, Any]
    number: int
    author: str
    live_from: datetime | None
    drafts: int


def prompts_in_force() -> tuple[PromptInForce, ...]:
    """Every task's prompt. Two queries."""
    live = {row.task: row for row in PromptVersion.objects.filter(state="live").defer("text")}
    counts = (
        PromptVersion.objects.filter(state="draft").values_list("task").annotate(count=Count("id")).order_by("task")
    )
    drafts = dict(counts)
    found = []
    for task in known_tasks():
        row = live.get(task.name)
        found.append(
            PromptInForce(
                task=task, number=row.number if row else 0, author=row.author_name if row else "",
                live_from=row.live_from if row else None, drafts=drafts.get(task.name, 0),
            )
        )  # fmt: skip
    return tuple(found)


def thresholds() -> dict[str, Thresholds]:
    """Task to its own thresholds, where it has some. One query."""
    return {
        row.task: Thresholds(schema_ok=row.schema_ok, guards_ok=row.guards_ok, expectations_ok=row.expectations_ok)
        for row in EvalGate.objects.all()
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseRow:
    """One case of a run; `wrong` : (guard, words, message) of what did not hold."""

    number: int
    note: str
    schema_ok: bool
    guards_ok: bool
    expectations_ok: bool
    words: int
    wrong: tuple[tuple[str, str, str], ...]
    output: Any

    @property
    def told(self) -> str:
        """The answer as JSON over several lines."""
        return json.dumps(self.output, ensure_ascii=False, indent=2)


def get_run(run_id: int) -> EvalFigures:
    """One eval run. Raises NotFound."""
    row = EvalRun.objects.filter(id=run_id).values(*COLUMNS).first()
    if row is None:
        raise NotFound(f"There is no eval run {run_id}.", hint="See AI, Evals.")
    return _figures(row)


def cases_of(run_id: int) -> tuple[CaseRow, ...]:
    """Every case of a run, those that failed first. One query."""
    rows = [
        CaseRow(
            number=row.number, note=row.note, schema_ok=row.schema_ok, guards_ok=row.guards_ok,
            expectations_ok=row.expectations_ok, words=row.words, output=row.output,
            wrong=tuple((one["guard"], one["span"], one["message"]) for one in row.wrong),
        )
        for row in EvalCaseResult.objects.filter(run_id=run_id).order_by("number")
    ]  # fmt: skip
    return tuple(sorted(rows, key=lambda row: (row.schema_ok and row.guards_ok and row.expectations_ok, row.number)))
