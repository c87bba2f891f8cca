"""The division of work: what software may finish by itself, and what a person owns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from tandem.agents.domain.work import DEFAULTS, WorkKind, WorkOwner, kind_of_task
from tandem.agents.models import WorkDivision


def work_kinds() -> Mapping[str, WorkKind]:
    """Every kind of work by its word: the house's division, with what RevOps decided on top. One query."""
    kinds = dict(DEFAULTS)
    for row in WorkDivision.objects.order_by("title"):
        known = kinds.get(row.kind)
        owner = WorkOwner(row.owner)
        kinds[row.kind] = (
            WorkKind(kind=row.kind, title=row.title, owner=owner, why=row.why)
            if known is None
            else replace(known, owner=owner, why=row.why)
        )
    return kinds


def is_ai_executable(task_name: str) -> bool:
    """Whether software may finish this task unattended: not when it, or the kind of work it is, is a person's.

    task_name : "room.task", or the word of a kind of work
    """
    kind = kind_of_task(task_name, work_kinds())
    return kind is None or kind.owner is WorkOwner.AI
