"""Evals: which model may answer which task live, and what its figures are."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from tandem.agents.contracts import BUILT_IN, Task
from tandem.agents.domain.evals import DECIDING, EvalSet, Thresholds, read_set
from tandem.agents.models import EvalGate, EvalRun
from tandem.agents.queries.prompts import prompt_in_force
from tandem.agents.queries.tasks import known_tasks


def gate_open(task_name: str, engine: str) -> bool:
    """Whether this engine may answer this task live.

    The built-in engine always may. A model may when its latest run on the task's frozen set, with the prompt in force,
    reached every threshold; a changed prompt or a changed set closes the gate until it is run again.

    engine : "built-in" or "provider:model"
    """
    if engine == BUILT_IN:
        return True
    task = next((one for one in known_tasks() if one.name == task_name), None)
    if task is None or task.eval_set is None:
        return False
    latest = latest_run(task, engine, prompt_hash=prompt_in_force(task).hash)
    return latest is not None and latest.is_passed


def latest_run(task: Task[Any, Any], engine: str, *, prompt_hash: str) -> EvalRun | None:
    """The latest run that decides: on the task's present set, with this prompt; None: there is none."""
    frozen = frozen_set(task)
    if frozen is None:
        return None
    runs = EvalRun.objects.filter(task=task.name, engine=engine, prompt_hash=prompt_hash, set_hash=frozen.hash)
    return runs.filter(kind__in=[kind.value for kind in DECIDING]).order_by("-at", "-id").first()


def frozen_set(task: Task[Any, Any]) -> EvalSet | None:
    """The task's frozen set; None: it has none. Raises DataUnreadable for a broken one."""
    if task.eval_set is None:
        return None
    return _read(task.eval_set, task.eval_set.stat().st_mtime_ns)


@lru_cache(maxsize=64)
def _read(file: Path, _changed: int) -> EvalSet:
    return read_set(file)


def gate_of(task_name: str) -> Thresholds:
    """What a run of the task must reach: its own thresholds, else the house's."""
    row = EvalGate.objects.filter(task=task_name).first()
    if row is None:
        return Thresholds()
    return Thresholds(schema_ok=row.schema_ok, guards_ok=row.guards_ok, expectations_ok=row.expectations_ok)


def tasks_with_sets() -> list[str]:
    """Names of the registered tasks that have a frozen set."""
    return [task.name for task in known_tasks() if task.eval_set is not None]
