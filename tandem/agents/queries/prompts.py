"""Which prompt a task is asked with, and its other versions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings

from tandem.agents.contracts import Task
from tandem.agents.domain.evals import DECIDING
from tandem.agents.domain.prompts import PACKAGED, PromptState, PromptText, hash_of, normal
from tandem.agents.models import EvalRun, PromptVersion
from tandem.core.errors import NotFound


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


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptRow:
    """A version as pages and the shell show it.

    number : 0 is the packaged text
    passed : engines whose latest run with this text, on the set in force, passed the gate
    """

    number: int
    text: str
    hash: str
    state: PromptState
    author: str
    note: str
    created_at: datetime | None
    live_from: datetime | None
    passed: tuple[str, ...] = ()


def prompt_versions(task: Task[Any, Any]) -> list[PromptRow]:
    """Every version of a task's prompt, newest first, the packaged one last. Two queries."""
    rows = list(PromptVersion.objects.filter(task=task.name).order_by("-number"))
    passed = _passed(task.name)
    packaged = packaged_prompt(task.prompt)
    has_live = any(row.state == PromptState.LIVE for row in rows)
    found = [
        PromptRow(
            number=row.number, text=row.text, hash=row.hash, state=PromptState(row.state), author=row.author_name,
            note=row.note, created_at=row.created_at, live_from=row.live_from, passed=passed.get(row.hash, ()),
        )
        for row in rows
    ]  # fmt: skip
    first = PromptRow(
        number=PACKAGED, text=packaged.text, hash=packaged.hash,
        state=PromptState.RETIRED if has_live else PromptState.LIVE, author="Comes with the product", note="",
        created_at=None, live_from=None, passed=passed.get(packaged.hash, ()),
    )  # fmt: skip
    return [*found, first]


def get_version(task: Task[Any, Any], number: int) -> PromptRow:
    """One version. Raises NotFound."""
    for row in prompt_versions(task):
        if row.number == number:
            return row
    raise NotFound(f"{task.name} has no prompt {number}.", hint="See AI, Prompts for the versions there are.")


def _passed(task_name: str) -> dict[str, tuple[str, ...]]:
    """Prompt hash to the engines whose latest deciding run with it passed. One query."""
    runs = EvalRun.objects.filter(task=task_name, kind__in=[kind.value for kind in DECIDING]).order_by("at", "id")
    latest: dict[tuple[str, str], bool] = {}
    for prompt_hash, engine, is_passed in runs.values_list("prompt_hash", "engine", "is_passed"):
        latest[(prompt_hash, engine)] = is_passed
    found: dict[str, list[str]] = {}
    for (prompt_hash, engine), is_passed in sorted(latest.items()):
        if is_passed:
            found.setdefault(prompt_hash, []).append(engine)
    return {prompt_hash: tuple(engines) for prompt_hash, engines in found.items()}


def folder() -> Path:
    """Where the texts in force lie as plain files, one a task, for the customer to keep and edit."""
    return Path(settings.DATA_DIR) / "prompts"


def file_of(task_name: str) -> Path:
    """The file of a task's prompt."""
    return folder() / f"{task_name}.txt"
