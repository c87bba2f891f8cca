"""Which prompt a task is asked with, and its other versions."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from tandem.agents.contracts import Task
from tandem.agents.domain.prompts import PACKAGED, PromptState, PromptText, hash_of, normal
from tandem.agents.models import PromptVersion


def prompt_in_force(task: Task[Any, Any]) -> PromptText:
    """The live version of a task's prompt; the packaged text until one has gone live. One query."""
    row = PromptVersion.objects.filter(task=task.name, state=PromptState.LIVE).first()
    if row is None:
        return packaged_prompt(task.prompt)
    return PromptText(text=row.text, version=row.number, hash=row.hash)


@cache
def packaged_prompt(file: Path) -> PromptText:
    """The first version, which comes with the product."""
    text = normal(file.read_text(encoding="utf-8"))
    return PromptText(text=text, version=PACKAGED, hash=hash_of(text))
