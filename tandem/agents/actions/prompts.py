"""Writes of prompts: a draft, going live through the gate, rolling back, and reading the folder of plain files.

A text is never changed: every edit is a new version. What models are asked with changes only by `go_live` and
`roll_back`; both write the file in the folder anew, so that it holds the text in force.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max

from tandem.access.actions import require
from tandem.agents.contracts import BUILT_IN, Task
from tandem.agents.domain.prompts import PACKAGED, PromptState, PromptText, hash_of, normal
from tandem.agents.models import PromptVersion
from tandem.agents.queries.evals import gate_open
from tandem.agents.queries.policy import active_endpoints
from tandem.agents.queries.prompts import file_of, folder, get_version, prompt_in_force, prompt_versions
from tandem.agents.queries.tasks import get_task, known_tasks
from tandem.core import ledger
from tandem.core.actors import Actor
from tandem.core.errors import Conflict, InvalidInput, PolicyBlocked

LONGEST = 20_000
BYTES_READ = 4 * LONGEST


def write_draft(task_name: str, text: str, *, note: str, actor: Actor, now: datetime) -> int:
    """Keep a text as a new draft; returns its number. A text that is there already is that version.

    Raises NotAllowed without "task.manage", NotFound for an unknown task, InvalidInput for an empty or endless text.
    """
    require(actor, "task.manage")
    task = get_task(task_name)
    text = _checked(text)
    told = hash_of(text)
    known = next((one.number for one in prompt_versions(task) if one.hash == told), None)
    if known is not None:
        return known
    try:
        with transaction.atomic():
            last = PromptVersion.objects.filter(task=task.name).aggregate(last=Max("number"))["last"] or PACKAGED
            row = PromptVersion.objects.create(
                task=task.name, number=last + 1, text=text, hash=told, state=PromptState.DRAFT.value,
                author_id=None if actor.is_agent else actor.id, author_name=actor.name, note=note.strip()[:300],
                created_at=now,
            )  # fmt: skip
            ledger.append(
                actor, "agents.prompt_drafted", subject=f"task:{task.name}", number=row.number, prompt_hash=told
            )
    except IntegrityError as error:
        raise Conflict("Somebody kept a draft at the same moment.", hint="Save yours again.") from error
    return row.number


def _checked(text: str) -> str:
    if not text.strip():
        raise InvalidInput("The prompt is empty.", hint="Write what the model is to do.")
    if len(text) > LONGEST:
        raise InvalidInput(f"The prompt has {len(text):,} letters.", hint=f"At most {LONGEST:,} are allowed.")
    if "\x00" in text:
        raise InvalidInput("The prompt holds a null character.", hint="Save it as plain UTF-8 text.")
    return normal(text)


def go_live(task_name: str, number: int, *, actor: Actor, now: datetime) -> PromptText:
    """Ask models with this version from now on.

    Every model that answers the task now must have passed the gate with it, at least one model in any case: else all
    would fall silent, or a text nobody has tried would speak.

    Raises NotAllowed without "task.decide", NotFound, Conflict when it is live, PolicyBlocked when the gate is shut.
    """
    require(actor, "task.decide")
    task = get_task(task_name)
    version = get_version(task, number)
    if version.state is PromptState.LIVE:
        raise Conflict(f"Version {number} is live already.")
    passed = {engine for engine in version.passed if engine != BUILT_IN}
    silenced = sorted({one.engine for one in active_endpoints() if gate_open(task.name, one.engine)} - passed)
    if silenced or not passed:
        missing = ", ".join(silenced) or "no model"
        told = f"{missing} has not passed the gate with version {number}." if silenced else (
            f"No model has passed the gate with version {number}."
        )  # fmt: skip
        raise PolicyBlocked(
            told,
            hint="Run its evals first; what fails there would fail live.",
            code="agents.gate_shut",
            context={"task": task.name, "version": number},
        )
    return _put_live(task, number, "agents.prompt_live", actor=actor, now=now)


def roll_back(task_name: str, *, actor: Actor, now: datetime) -> PromptText:
    """Go back to the text that was live before; to the packaged one when there was none. No gate: it was live.

    Raises NotAllowed without "task.decide", NotFound, Conflict when the packaged text is in force.
    """
    require(actor, "task.decide")
    task = get_task(task_name)
    live = PromptVersion.objects.filter(task=task.name, state=PromptState.LIVE.value).first()
    if live is None:
        raise Conflict(f"{task.title} is asked with the packaged prompt; there is nothing to go back to.")
    before = (
        PromptVersion.objects.filter(task=task.name, state=PromptState.RETIRED.value, live_from__lt=live.live_from)
        .order_by("-live_from", "-number")
        .first()
    )
    number = before.number if before is not None else PACKAGED
    return _put_live(task, number, "agents.prompt_rolled_back", actor=actor, now=now)


def _put_live(task: Task[Any, Any], number: int, action: str, *, actor: Actor, now: datetime) -> PromptText:
    """Retire what is live and let the version live. A version that was live keeps the moment at which it first was, so
    that rolling back twice goes back two steps.
    """
    with transaction.atomic():
        rows = PromptVersion.objects.filter(task=task.name)
        rows.filter(state=PromptState.LIVE.value).update(state=PromptState.RETIRED.value)
        if number != PACKAGED:
            going_back = action == "agents.prompt_rolled_back"
            changed = {"state": PromptState.LIVE.value} | ({} if going_back else {"live_from": now})
            if not rows.filter(number=number).update(**changed):
                raise Conflict("The version is gone.", hint="Reload the page.")
        told = prompt_in_force(task)
        ledger.append(actor, action, subject=f"task:{task.name}", number=number, prompt_hash=told.hash)
    _write_file(task.name, told.text)
    return told


def sync_folder(*, actor: Actor, now: datetime) -> dict[str, int]:
    """Make the folder and the versions agree; returns task name to the number of the draft its file became.

    A file that is not there is written with the text in force. A file with a text that is in no version becomes a
    draft; nothing in the folder goes live by itself.

    Raises NotAllowed without "task.manage", InvalidInput naming a file that is no prompt.
    """
    require(actor, "task.manage")
    found: dict[str, int] = {}
    for task in known_tasks():
        file = file_of(task.name)
        if not file.exists():
            _write_file(task.name, prompt_in_force(task).text)
            continue
        text = _read_file(task.name)
        if hash_of(text) not in {row.hash for row in prompt_versions(task)}:
            found[task.name] = write_draft(task.name, text, note=f"Edited in {file.name}", actor=actor, now=now)
    return found


def _read_file(task_name: str) -> str:
    file = file_of(task_name)
    try:
        with file.open("rb") as stream:
            return stream.read(BYTES_READ + 1).decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(
            f"{file.name} can't be read.", hint="Save it as plain UTF-8 text.", context={"file": file.name}
        ) from error


def _write_file(task_name: str, text: str) -> None:
    """Whole or not at all."""
    folder().mkdir(parents=True, exist_ok=True)
    file = file_of(task_name)
    half = file.with_name(f".{file.name}.half")
    half.write_text(text, encoding="utf-8")
    half.replace(file)
