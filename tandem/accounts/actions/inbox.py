"""Files that come by themselves: those put into the inbox folder, and those uploaded through a page.

The inbox is `inbox` in the data folder: whatever exports land there are imported each night, files where they lie.
Uploads wait in `uploads` until the worker has imported them; then they go, their rows being kept in the warehouse.
"""

from __future__ import annotations

import re
import secrets
import shutil
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from tandem.access.actions import require
from tandem.access.queries import actor_of_person
from tandem.accounts.actions.imports import ImportReport, import_path
from tandem.accounts.models import StoredReport
from tandem.core import jobs, ledger
from tandem.core.actors import Actor, built_in_agent
from tandem.core.errors import InvalidInput, NotFound

IMPORT_TASK = "accounts.import_file"
SEEN = "inbox-seen"
MOST_UPLOAD_BYTES = 2 * 1024**3
LONGEST_NAME = 120
YOUNG_SECONDS = 60  # a file that changed this lately may still be being written
SETTLE_SECONDS = 2.0
UPLOADS_KEPT = timedelta(days=7)
Progress = Callable[[int, int | None, str], None]


def inbox_folder() -> Path:
    """Where files for the night are put."""
    return Path(settings.DATA_DIR) / "inbox"


def import_new_files(*, actor: Actor, now: datetime, progress: Progress | None = None) -> ImportReport | None:
    """Import the inbox if a file in it is new or has changed; None when none is.

    The folder is imported as one thing, so that its files come in the order in which they need each other; what had
    landed before is passed over. A file that is still being written is left for the next time.
    """
    require(actor, "source.manage")
    growing = _growing(inbox_folder())
    present = {name: state for name, state in _look(inbox_folder()).items() if name not in growing}
    stored = StoredReport.objects.filter(key=SEEN).first()
    if not present or (stored is not None and stored.body == present):
        return None
    leave_out = [inbox_folder() / name for name in growing]
    report = import_path(inbox_folder(), actor=actor, now=now, leave_out=leave_out, progress=progress)
    StoredReport.objects.update_or_create(key=SEEN, defaults={"computed_at": now, "body": present})
    return report


def _growing(folder: Path) -> set[str]:
    """Files whose size or time changes while we look twice; only where some changed a moment ago do we wait at all."""
    before = _look(folder)
    youngest = time.time_ns() - YOUNG_SECONDS * 1_000_000_000
    young = {name for name, (_, changed_at) in before.items() if changed_at > youngest}
    if not young:
        return set()
    time.sleep(SETTLE_SECONDS)
    after = _look(folder)
    return {name for name, state in after.items() if before.get(name) != state}


def sweep_uploads(*, actor: Actor, now: datetime) -> int:
    """Remove uploads older than a week that no job will import any more; returns how many.

    Their import died or was never begun; the Jobs page tells why, and the sender has the file.
    """
    require(actor, "source.manage")
    swept = 0
    for folder in sorted(_uploads().iterdir()) if _uploads().is_dir() else ():
        age = now - datetime.fromtimestamp(folder.stat().st_mtime, UTC)
        job = jobs.find_job_by_key(f"{IMPORT_TASK}:{folder.name}")
        is_due = job is not None and job.status in (jobs.JobStatus.WAITING, jobs.JobStatus.RUNNING)
        if age > UPLOADS_KEPT and folder.is_dir() and not is_due:
            with transaction.atomic():
                ledger.append(actor, "accounts.upload_swept", subject=f"upload:{folder.name}", days=age.days)
            shutil.rmtree(folder, ignore_errors=True)
            swept += 1
    return swept


def _look(folder: Path) -> dict[str, list[int]]:
    """Size and time of change of every file below a folder; hidden ones and half-written ones aside."""
    found: dict[str, list[int]] = {}
    for file in sorted(folder.rglob("*")) if folder.is_dir() else ():
        name = file.relative_to(folder)
        if file.is_file() and not any(part.startswith(".") for part in name.parts):
            state = file.stat()
            found[str(name)] = [state.st_size, state.st_mtime_ns]
    return found


def keep_upload(
    name: str, chunks: Iterable[bytes], *, actor: Actor, source_key: str = "", mapping: bytes | None = None
) -> int:
    """Keep an uploaded file and have the worker import it; returns the job's id.

    name : as the uploader's machine calls it; only its last part is used
    source_key : as for `import_path`; empty: told by the file
    mapping : contents of a mapping file; None: columns are recognised

    Raises NotAllowed, InvalidInput (no name, empty, too large).
    """
    require(actor, "source.manage")
    folder = _uploads() / secrets.token_hex(8)
    file = folder / _safe(name)
    folder.mkdir(parents=True)
    try:
        _write(file, chunks)
        if mapping is not None:
            (folder / ".mapping.toml").write_bytes(mapping)
        with transaction.atomic():
            payload = {
                "folder": folder.name,
                "file": file.name,
                "source_key": source_key,
                "person": None if actor.is_agent else actor.id,
            }
            ledger.append(actor, "accounts.file_uploaded", subject=f"upload:{folder.name}")
            return jobs.enqueue(IMPORT_TASK, payload, unique_key=f"{IMPORT_TASK}:{folder.name}")
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def import_upload(payload: dict[str, Any], *, now: datetime, progress: Progress | None = None) -> ImportReport:
    """Import an upload on behalf of whoever sent it, then remove it. May run again after a crash.

    Raises NotFound when the file is gone, NotAllowed when the sender may no longer import.
    """
    folder = (_uploads() / str(payload["folder"])).resolve()
    file = (folder / str(payload["file"])).resolve()
    if not file.is_relative_to(_uploads().resolve()) or not file.is_file():
        raise NotFound("The uploaded file is no longer there.", hint="Upload it again.")
    person = payload.get("person")
    actor = actor_of_person(int(person)) if person else built_in_agent("worker", "worker")
    if actor is None:
        raise NotFound("Whoever uploaded the file is no longer active.", hint="Somebody else has to upload it.")
    mapping = folder / ".mapping.toml"
    report = import_path(
        file,
        actor=actor,
        now=now,
        source_key=str(payload.get("source_key") or "") or None,
        mapping=mapping if mapping.exists() else None,
        progress=progress,
    )
    shutil.rmtree(folder, ignore_errors=True)
    return report


def _uploads() -> Path:
    return Path(settings.DATA_DIR) / "uploads"


def _safe(name: str) -> str:
    """The last part of a file name in letters that no file system and no shell takes amiss."""
    last = re.split(r"[\\/]", name)[-1].strip()
    safe = re.sub(r"[^\w.\- ()]+", "_", last).lstrip(".")[-LONGEST_NAME:]
    if not safe:
        raise InvalidInput("The file has no name.", hint="Give it a name with its usual ending, e.g. contacts.csv.")
    return safe


def _write(file: Path, chunks: Iterable[bytes]) -> None:
    size = 0
    with file.open("wb") as stream:
        for chunk in chunks:
            size += len(chunk)
            if size > MOST_UPLOAD_BYTES:
                raise InvalidInput(
                    "The file is larger than 2 GiB.", hint="Put it into the inbox folder, or use `tandem import`."
                )
            stream.write(chunk)
    if not size:
        raise InvalidInput("The file is empty.", hint="Export it again.", code="data.empty")
