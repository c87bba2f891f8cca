"""The key of this installation: with it others write to it and know its hand. A file in the data folder, never in the
database, never in an archive; made when it is first asked for."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path

from django.conf import settings

from tandem.compliance.domain.sealing import SEED_BYTES, KeyPair, fingerprint, key_pair


def installation_keys() -> KeyPair:
    """Both secret keys. Raises InvalidInput when the file is damaged."""
    file = Path(settings.INSTALLATION_KEY_FILE)
    if not file.exists():
        _make(file)
    return key_pair(file.read_bytes())


def public_key() -> str:
    """What partners enter of this installation."""
    return installation_keys().public


def public_fingerprint() -> str:
    """The public key, short enough to be compared by telephone."""
    return fingerprint(public_key())


def _make(file: Path) -> None:
    """Written whole under another name, then linked: of two processes at once the first one's key stands."""
    file.parent.mkdir(parents=True, exist_ok=True)
    made = file.with_name(f"{file.name}.{secrets.token_hex(8)}")
    with os.fdopen(os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
        stream.write(secrets.token_bytes(SEED_BYTES))
    with suppress(FileExistsError):
        file.hardlink_to(made)
    made.unlink()
