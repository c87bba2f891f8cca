"""The log of erasures in the data folder, beside the registry keys: keyed hashes, outside database and archives.

An archive older than an erasure holds the person and lacks the hash that blocks them. After a restore the log says who
is to be erased again, before anybody sees them.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

from django.conf import settings

from tandem.compliance.actions.ledger import append
from tandem.compliance.actions.suppression import suppress_many
from tandem.compliance.contracts import Address, AddressKind, SuppressionEntry, SuppressionReason
from tandem.compliance.contracts.erasures import ErasureNote, ListsAddresses, ReplayReport
from tandem.compliance.contracts.rights import PersonKeys
from tandem.compliance.domain import addresses
from tandem.compliance.queries.erased import ErasedAddresses
from tandem.compliance.queries.keys import registry_keys
from tandem.compliance.queries.stores import stores, widen
from tandem.core import clock
from tandem.core.actors import Actor
from tandem.core.errors import DataUnreadable

LOG = "erasures.jsonl"
REPLAYED = "installation:1"


def note_erasure(found: Iterable[Address], *, request: str, now: datetime) -> None:
    """Write an erasure down, safely on disk, before it is carried out; one that is noted already is not noted again."""
    key = registry_keys()[0]
    keys = [(one.kind.value, addresses.keyed_hash(one, key), addresses.key_id(key)) for one in found]
    known = {noted for note in read_log() for noted in note.keys}
    if known.issuperset(keys):
        return
    line = json.dumps({"at": now.isoformat(timespec="seconds"), "request": request, "keys": keys})
    handle = os.open(_file(), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(handle, "a", encoding="ascii") as stream:
        stream.write(line + "\n")
        stream.flush()
        os.fsync(stream.fileno())


def read_log() -> list[ErasureNote]:
    """Every erasure noted so far. A last line that a power cut has broken off is passed over.

    Raises DataUnreadable when another line is no note: then nobody knows who was erased.
    """
    file = _file()
    lines = file.read_text("ascii", "replace").split("\n") if file.exists() else []
    notes = []
    for number, line in enumerate(filter(None, lines), 1):
        try:
            told = json.loads(line)
            keys = tuple((str(kind), str(hashed), str(key)) for kind, hashed, key in told["keys"])
            notes.append(ErasureNote(at=str(told["at"]), request=str(told["request"]), keys=keys))
        except (ValueError, KeyError, TypeError) as error:
            if line is lines[-1]:
                break
            raise DataUnreadable(
                f"Line {number} of {file.name} is no note of an erasure.",
                hint="Bring the file back from a backup; without it erased people could come back unnoticed.",
                context={"file": str(file), "line": number},
            ) from error
    return notes


def replay_erasures(*, actor: Actor, now: datetime) -> ReplayReport:
    """Block and erase again everybody whom the log or the registry names and who is here (again).

    Run by every restore, inside its transaction; run it by hand after bringing back files or a database by other means.

    Raises NotAllowed; DataUnreadable for a broken log or when a hash was made with a key that is gone.
    """
    notes = read_log()
    suppressed = _block(notes, actor=actor, now=now)
    erased = ErasedAddresses()
    found = changed = 0
    done: set[str] = set()
    for address in _held(erased):
        if address in done:
            continue
        kind = "phones" if addresses.read(address, kind=AddressKind.EMAIL) is None else "emails"
        person = widen(PersonKeys(**{kind: (address,)}))
        done |= {address, *person.addresses}
        found += 1
        for store in stores():
            changed += store.erase(person, request="erasure:replayed", actor=actor, now=now)
    if suppressed or found:
        facts = {"noted": len(notes), "suppressed": suppressed, "found": found, "changed": changed}
        append(actor=actor, action="compliance.erasures_replayed", subject=REPLAYED, facts=facts)
    return ReplayReport(noted=len(notes), suppressed=suppressed, found=found, changed=changed)


def replay_now(actor: Actor) -> None:
    """`replay_erasures` as a restore calls it."""
    replay_erasures(actor=actor, now=clock.now())


def _block(notes: Sequence[ErasureNote], *, actor: Actor, now: datetime) -> int:
    """Put hashes that the registry lacks into it; returns how many."""
    entries = [
        SuppressionEntry(
            address="", kind=AddressKind(kind), key_hash=hashed, key_id=key, reason=SuppressionReason.ERASED,
            evidence=note.request,
        )
        for note in notes
        for kind, hashed, key in note.keys
    ]  # fmt: skip
    if not entries:
        return 0
    report = suppress_many(entries, source="erased", actor=actor, now=now)
    if report.rejects:
        raise DataUnreadable(
            f"{len(report.rejects)} erasures were noted with a registry key that is not here.",
            hint="Bring the keys back (TANDEM_REGISTRY_KEYS, or the file registry_keys): without them nobody can tell "
            "who was erased.",
            code="erasure.key_missing",
        )
    return report.added


def _held(erased: ErasedAddresses) -> list[str]:
    """Addresses of erased people that a store holds, each once."""
    if not erased:
        return []
    listing = [store for store in stores() if isinstance(store, ListsAddresses)]
    return list(dict.fromkeys(one for store in listing for one in store.addresses() if one and erased.has(one)))


def _file() -> Path:
    return Path(settings.DATA_DIR) / LOG
