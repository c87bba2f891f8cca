"""Registration of AI tasks: called in a room's `ready()`."""

from __future__ import annotations

from typing import Any

from tandem.agents.contracts import Task
from tandem.agents.queries.tasks import keep_task


def register(task: Task[Any, Any]) -> None:
    """Make a task known to pages, evals, routing and the division of work. The same name again replaces it."""
    keep_task(task)
