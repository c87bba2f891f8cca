"""Reads of what proves the ledger: checkpoints, the keys that sign them, and when the chain was last recomputed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings

from tandem.compliance.contracts import Checkpoint, SignatureState, SigningKey, Verification
from tandem.compliance.domain import chain, signing
from tandem.compliance.models import LedgerEntry
from tandem.compliance.queries.ledger import LEDGER, entries_about, head
from tandem.core.errors import DataUnreadable

VERIFIED = "compliance.ledger_verified"
SIGNING_KEYS, KEY_ADDED = "signing_keys:1", "compliance.signing_key_added"
MOST_KEPT = 400  # one a day: more than a year


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptCheckpoint:
    """A checkpoint that a night left in the folder. `file` is its name there."""

    file: str
    checkpoint: Checkpoint
    state: SignatureState


def last_verification() -> tuple[datetime, Verification] | None:
    """When the whole chain was last recomputed by the night, and what was found; None: never."""
    rows = LedgerEntry.objects.filter(subject=LEDGER, action=VERIFIED).order_by("-number")
    row = rows.values_list("at", "facts").first()
    if row is None:
        return None
    told = json.loads(row[1])
    found = Verification(entries=told["entries"], head=told["head"], broken_at=told["broken_at"], reason=told["reason"])
    return row[0], found


def take_checkpoint(*, now: datetime) -> Checkpoint:
    """Where the ledger stands, without signature; `actions.sign_checkpoint` gives one that can leave the house."""
    number, last = head()
    return Checkpoint(number=number, hash=last, at=now, installation=installation())


def read_checkpoint(text: str) -> Checkpoint:
    """A checkpoint as it was written down, signed or not. Raises DataUnreadable."""
    try:
        read = json.loads(text)
        return Checkpoint(
            number=int(read["number"]),
            hash=str(read["hash"]),
            at=datetime.fromisoformat(read["at"]),
            installation=str(read.get("installation", "")),
            public_key=str(read.get("public_key", "")),
            signature=str(read.get("signature", "")),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DataUnreadable(
            "This is no checkpoint of a ledger.", hint="Give a file written by `tandem ledger checkpoint`."
        ) from error


def kept_checkpoints(folder: Path, *, limit: int = MOST_KEPT) -> Sequence[KeptCheckpoint]:
    """The checkpoints that nights left in a folder, newest first. Raises DataUnreadable."""
    files = sorted(folder.glob("*.json"), reverse=True)[:limit] if folder.is_dir() else []
    known = {key.public_key for key in signing_keys()} if files else set()
    read = [(file.name, read_checkpoint(file.read_text(encoding="utf-8"))) for file in files]
    return [KeptCheckpoint(file=name, checkpoint=one, state=signing.state(one, known)) for name, one in read]


def installation() -> str:
    """By which name this ledger is known outside: the beginning of its first entry's hash; zeros when it is empty."""
    first = LedgerEntry.objects.filter(number=1).values_list("hash", flat=True).first()
    return (first or chain.BEFORE_THE_FIRST)[: signing.INSTALLATION_LETTERS]


def signing_keys() -> Sequence[SigningKey]:
    """Every public key that has signed checkpoints of this ledger, oldest first."""
    keys: list[SigningKey] = []
    for entry in entries_about(SIGNING_KEYS):
        told = json.loads(entry.facts)
        key, by = str(told["public_key"]), str(told["endorsed_by"])
        fits = bool(by) and signing.is_endorsed(key, by=by, signature=str(told["endorsement"]))
        is_endorsed = fits and any(one.public_key == by for one in keys)
        keys.append(
            SigningKey(
                public_key=key, number=entry.number, at=entry.at, endorsed_by=by, is_endorsed=is_endorsed or not keys
            )
        )
    return keys


def held_seeds() -> Sequence[str]:
    """The private keys of this installation, the one to sign with first; empty: none has been made yet."""
    if settings.SIGNING_KEYS:
        return list(settings.SIGNING_KEYS)
    file: Path = settings.SIGNING_KEY_FILE
    return file.read_text(encoding="ascii").split() if file.exists() else []
