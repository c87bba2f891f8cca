"""Writes around the proof of the ledger: its nightly verification, signed checkpoints, the keys that sign them."""

from __future__ import annotations

import json
import secrets
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import transaction

from tandem.access.actions import require
from tandem.compliance import queries
from tandem.compliance.actions.ledger import append, lock_chain
from tandem.compliance.contracts import Checkpoint, Verification
from tandem.compliance.domain import signing
from tandem.core.actors import Actor
from tandem.core.errors import Conflict


def verify_ledger(*, actor: Actor, folder: Path, now: datetime) -> Verification:
    """Recompute the chain, also against the checkpoints in a folder, and write down what was found.

    The finding is an entry of the ledger. Where the chain holds, a new signed checkpoint of today goes into the folder;
    where it does not, the old checkpoints stay the proof.

    Raises NotAllowed without the right "ledger.view", DataUnreadable for a checkpoint that is none.
    """
    require(actor, "ledger.view")
    kept = [one.checkpoint for one in queries.kept_checkpoints(folder)]
    found = queries.verify(checkpoints=kept)
    facts = found.as_dict() | {"sentence": found.sentence}
    append(actor=actor, action=queries.VERIFIED, subject=queries.LEDGER, facts=facts)
    if found.holds:
        _keep_checkpoint(folder, sign_checkpoint(actor=actor, now=now))
    return found


def sign_checkpoint(*, actor: Actor, now: datetime) -> Checkpoint:
    """Where the ledger stands, signed with this installation's key; the key is made at the first call.

    A key that the ledger does not name yet becomes an entry first, endorsed by the key before it where that is at hand.

    Raises NotAllowed without the right "ledger.view", InvalidInput for a key that is none.
    """
    require(actor, "ledger.view")
    seeds = queries.held_seeds() or [_make_key_file()]
    _introduce(seeds[0], others=list(seeds[1:]), actor=actor)
    return signing.sign(queries.take_checkpoint(now=now), seeds[0])


def rotate_signing_key(*, actor: Actor) -> str:
    """Make a new signing key, endorsed by the present one, which is then forgotten; returns the new public key.

    Raises NotAllowed without the right "ledger.manage", Conflict when the key comes from the settings.
    """
    require(actor, "ledger.manage")
    if settings.SIGNING_KEYS:
        raise Conflict(
            "The signing key comes from TANDEM_SIGNING_KEY and can't be changed here.",
            hint="Put a new key before it, by comma; the next checkpoint brings it in. Then leave out the old one.",
            code="ledger.signing_key",
        )
    file: Path = settings.SIGNING_KEY_FILE
    old = queries.held_seeds() or [_make_key_file()]
    _introduce(old[0], others=list(old[1:]), actor=actor)
    new = secrets.token_hex(signing.SEED_BYTES)
    # Both lie in the file until the entry stands: whatever dies when, the next checkpoint finds the endorsing key.
    _write_key_file(file, [new, old[0]])
    _introduce(new, others=[old[0]], actor=actor)
    _write_key_file(file, [new])
    return signing.public_key(new)


def _introduce(seed: str, *, others: list[str], actor: Actor) -> None:
    """Name the key in the ledger, unless it is named already."""
    key = signing.public_key(seed)
    if key in {one.public_key for one in queries.signing_keys()}:
        return
    held = {signing.public_key(other): other for other in others}
    with transaction.atomic():
        lock_chain()
        known = [one.public_key for one in queries.signing_keys()]
        if key in known:  # somebody else was faster
            return
        by = next((one for one in reversed(known) if one in held), "")
        endorsement = signing.endorse(key, seed=held[by]) if by else ""
        facts = {"public_key": key, "endorsed_by": by, "endorsement": endorsement}
        append(actor=actor, action=queries.KEY_ADDED, subject=queries.SIGNING_KEYS, facts=facts)


def _make_key_file() -> str:
    """A new private key in the data folder, readable by the owner only; if another process was faster, its key."""
    file: Path = settings.SIGNING_KEY_FILE
    file.parent.mkdir(parents=True, exist_ok=True)
    made = file.with_name(f"{file.name}.{secrets.token_hex(8)}")
    made.touch(mode=0o600)
    made.write_text(secrets.token_hex(signing.SEED_BYTES) + "\n", encoding="ascii")
    with suppress(FileExistsError):
        file.hardlink_to(made)
    made.unlink()
    return file.read_text(encoding="ascii").split()[0]


def _write_key_file(file: Path, seeds: list[str]) -> None:
    made = file.with_name(f"{file.name}.{secrets.token_hex(8)}")
    made.touch(mode=0o600)
    made.write_text("\n".join(seeds) + "\n", encoding="ascii")
    made.replace(file)


def _keep_checkpoint(folder: Path, checkpoint: Checkpoint) -> None:
    """One file a day; the last of the day stands."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{checkpoint.at:%Y-%m-%d}.json"
    half = file.with_name(file.name + ".half")
    half.write_text(json.dumps(checkpoint.as_dict()) + "\n", encoding="utf-8")
    half.replace(file)
