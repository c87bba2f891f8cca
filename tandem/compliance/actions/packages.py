"""The package with somebody's data: parts as stores give them, one file at the end, fetched once, removed in time.

A part that was written is not collected again when a run broke off. Files lie in the data folder under `rights`,
readable by this installation's user alone, and never in archives or exports.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shutil
import zipfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.db import transaction

from tandem.access.actions import require
from tandem.access.queries import get_organisation
from tandem.compliance.actions.ledger import append
from tandem.compliance.contracts.rights import PersonKeys, PersonStore
from tandem.compliance.domain.rights import packing
from tandem.compliance.models import RightsPackage, RightsRequest
from tandem.compliance.queries.explaining import explain
from tandem.compliance.queries.rights import get_request, package_of
from tandem.core import exits
from tandem.core.actors import Actor
from tandem.core.errors import Conflict, NotFound

KEEP_DAYS = 30
EXPLANATION = "explanation"


def folder() -> Path:
    """Where packages and their parts lie."""
    found: Path = settings.DATA_DIR / "rights"
    found.mkdir(mode=0o700, parents=True, exist_ok=True)
    return found


def _parts(request_id: int) -> Path:
    found = folder() / f"parts-{request_id}"
    found.mkdir(mode=0o700, exist_ok=True)
    return found


def keep_part(request_id: int, position: int, store: PersonStore, person: PersonKeys) -> int:
    """Write down what a store holds about the person; returns how many items."""
    items = [packing.item_as_dict(item) for item in store.collect(person)]
    part = {"name": store.name, "title": store.title, "items": items}
    _write(_parts(request_id) / f"{position:03}.json", part)
    return len(items)


def keep_explanation(row: RightsRequest, person: PersonKeys, now: datetime) -> int:
    """Write down which decisions were taken about the person; returns how many."""
    told = explain(person, now=now, places=[place for place in row.places.split(",") if place])
    _write(_parts(row.id) / f"{EXPLANATION}.json", packing.explanation_as_dict(told))
    return len(told.past)


def _write(file: Path, document: object) -> None:
    half = file.with_suffix(".half")
    with _private(half) as stream:
        stream.write(json.dumps(document, ensure_ascii=False, default=str).encode())
    half.replace(file)


def _private(file: Path) -> IO[bytes]:
    """A new file that only this user may read."""
    return os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb")


def pack(row: RightsRequest, person: PersonKeys, now: datetime) -> RightsPackage:
    """Make one file of the parts; a file that was made before goes."""
    parts = _parts(row.id)
    document = {
        "format": packing.FORMAT,
        "request": row.id,
        "kind": row.kind,
        "made_at": now.isoformat(),
        "by": get_organisation().name,
        "person": {name: list(getattr(person, name)) for name in ("emails", "phones", "names")},
        "stores": [json.loads(file.read_bytes()) for file in sorted(parts.glob("[0-9]*.json"))],
        "explanation": _read_explanation(parts),
    }
    name = f"request-{row.id}-{secrets.token_hex(8)}.zip"
    with _private(folder() / name) as stream:
        _zip(stream, document)
    made = _remember(row, name, packing.count_items(document), now)
    shutil.rmtree(parts)
    return made


def _read_explanation(parts: Path) -> Any:
    file = parts / f"{EXPLANATION}.json"
    return json.loads(file.read_bytes()) if file.exists() else None


def _zip(stream: IO[bytes], document: dict[str, Any]) -> None:
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("data.json", json.dumps(document, ensure_ascii=False, indent=1))
        archive.writestr("summary.html", packing.summary(document))
        archive.writestr("schema.txt", packing.SCHEMA)


def _remember(row: RightsRequest, name: str, items: int, now: datetime) -> RightsPackage:
    file = folder() / name
    before = RightsPackage.objects.filter(request=row).first()
    if before is not None:
        _remove_file(before.file)
    made, _ = RightsPackage.objects.update_or_create(
        request=row,
        defaults={
            "file": name, "sha256": hashlib.sha256(file.read_bytes()).hexdigest(), "size": file.stat().st_size,
            "items": items, "made_at": now, "keep_until": now + timedelta(days=KEEP_DAYS), "fetched_at": None,
            "fetched_by": "", "removed_at": None,
        },
    )  # fmt: skip
    return made


def fetch(request_id: int, *, actor: Actor, now: datetime) -> tuple[str, Iterator[bytes]]:
    """Hand the package out, once; it is gone from here with that. Returns the file's name and its bytes.

    Raises NotAllowed without "request.export", NotFound, Conflict when it was fetched or removed already.
    """
    require(actor, "request.export")
    get_request(actor, request_id)
    made = package_of(request_id)
    if made is None:
        raise NotFound(f"Request {request_id} has no package.", hint="Carry the request out first.")
    file = folder() / made.file
    if made.fetched_at is not None or not made.file or not file.exists():
        raise Conflict(
            "The package was fetched or removed already.",
            hint="Make it anew on the request's page.",
            code="package.gone",
        )
    exits.leave(actor, what=f"request:{request_id}", part="package")
    stream = file.open("rb")
    with transaction.atomic():
        taken = RightsPackage.objects.filter(id=made.id, fetched_at=None, removed_at=None).update(
            fetched_at=now, fetched_by=actor.name, file="", removed_at=now
        )
        if not taken:
            stream.close()
            raise Conflict("Somebody else fetched it this moment.", hint="Ask them.", code="package.gone")
        append(
            actor=actor, action="compliance.package_fetched", subject=f"request:{request_id}",
            facts={"sha256": made.sha256, "items": made.items},
        )  # fmt: skip
    file.unlink(missing_ok=True)
    return f"request-{request_id}.zip", _chunks(stream)


def _chunks(stream: IO[bytes]) -> Iterator[bytes]:
    with stream:
        while chunk := stream.read(1 << 16):
            yield chunk


def remove_past(*, actor: Actor, now: datetime) -> int:
    """Remove packages whose time is over, and files no row knows; returns how many files went."""
    gone = 0
    for made in RightsPackage.objects.filter(removed_at=None, keep_until__lte=now):
        gone += remove(made, actor=actor, now=now)
    known = set(RightsPackage.objects.filter(removed_at=None).values_list("file", flat=True))
    for file in folder().glob("request-*.zip"):
        if file.name not in known and file.stat().st_mtime < (now - timedelta(days=1)).timestamp():
            file.unlink()
            gone += 1
    return gone


def remove(made: RightsPackage, *, actor: Actor, now: datetime) -> int:
    """Remove a package and its parts before its time; returns 1 when a file went."""
    had = int(bool(made.file))
    _remove_file(made.file)
    shutil.rmtree(folder() / f"parts-{made.request_id}", ignore_errors=True)
    with transaction.atomic():
        if RightsPackage.objects.filter(id=made.id, removed_at=None).update(file="", removed_at=now):
            append(actor=actor, action="compliance.package_removed", subject=f"request:{made.request_id}", facts={})
    return had


def remove_parts(request_id: int) -> int:
    """Remove what a run that broke off left; returns how many files."""
    found = folder() / f"parts-{request_id}"
    count = sum(1 for _ in found.glob("*")) if found.exists() else 0
    shutil.rmtree(found, ignore_errors=True)
    return count


def _remove_file(name: str) -> None:
    if name:
        (folder() / name).unlink(missing_ok=True)
