"""What the runs of a batch share: the task, its prompt in force, who asks, and the ways to the models."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tandem.agents.contracts import Task
from tandem.agents.domain.asking import Door
from tandem.agents.domain.prompts import PromptText
from tandem.agents.domain.routing import Endpoint
from tandem.agents.queries.endpoints import doors
from tandem.core.actors import Actor
from tandem.core.errors import NotAllowed


@dataclass(slots=True, kw_only=True)
class Setting:
    """What all runs of a batch share. failures : endpoint id to runs in a row without an answer from it"""

    task: Task[Any, Any]
    prompt: PromptText
    actor: Actor
    now: datetime
    schema: Mapping[str, Any]
    uses_cache: bool = True
    doors: dict[int, Door] = field(default_factory=dict)
    failures: dict[int, int] = field(default_factory=dict)

    def door(self, endpoint: Endpoint) -> Door:
        """The way to an endpoint, looked up once. Raises AppError when its key can't be read or it has ended."""
        if endpoint.id not in self.doors:
            found = doors([endpoint.id])
            if endpoint.id not in found:
                raise NotAllowed(f"{endpoint.name} was taken away.", hint="Reload the page.")
            self.doors.update(found)
        return self.doors[endpoint.id]
