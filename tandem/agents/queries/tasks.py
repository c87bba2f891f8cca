"""Which AI tasks there are: rooms above register theirs at start-up."""

from __future__ import annotations

import re
from typing import Any

from tandem.agents.contracts import Task
from tandem.core.errors import NotFound

NAME = re.compile(r"[a-z_]+\.[a-z_]+")

_tasks: dict[str, Task[Any, Any]] = {}


def keep_task(task: Task[Any, Any]) -> None:
    """Remember a task for the life of the process; the same name again replaces it. Raises ValueError for a bad one."""
    if not NAME.fullmatch(task.name):
        raise ValueError(f"{task.name!r} is no name of a task; write room.task in lower case")
    _tasks[task.name] = task


def known_tasks() -> tuple[Task[Any, Any], ...]:
    """Every registered task, by name."""
    return tuple(_tasks[name] for name in sorted(_tasks))


def get_task(name: str) -> Task[Any, Any]:
    """One task. Raises NotFound naming those that are known."""
    if name not in _tasks:
        raise NotFound(f"There is no AI task {name!r}.", hint=f"Known: {', '.join(sorted(_tasks)) or 'none'}.")
    return _tasks[name]
