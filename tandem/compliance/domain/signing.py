"""Signatures of checkpoints and of the keys that make them: Ed25519 (RFC 8032). Pure.

A checkpoint's signature is over the UTF-8 bytes of six lines joined by "\\n": the word "tandem-checkpoint-1",
installation, number, hash, time (ISO 8601, UTC, microseconds, "+00:00"), public key. A new key is endorsed by the key
before it with a signature over three lines: the word "tandem-signing-key-1", the old public key, the new public key.
Keys and signatures are written in hex. `compliance.verifier` repeats it on its own.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import UTC

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from tandem.compliance.contracts import Checkpoint, SignatureState
from tandem.compliance.contracts.ledger import CHECKPOINT_LAYOUT
from tandem.core.errors import InvalidInput

KEY_LAYOUT = "tandem-signing-key-1"
INSTALLATION_LETTERS = 16
SEED_BYTES = 32


def public_key(seed: str) -> str:
    """The public key, hex, that goes with a private one (its 32 bytes in hex). Raises InvalidInput."""
    return _private(seed).public_key().public_bytes_raw().hex()


def words(checkpoint: Checkpoint) -> bytes:
    """What a checkpoint's signature is over."""
    at = checkpoint.at.astimezone(UTC).isoformat(timespec="microseconds")
    lines = (
        CHECKPOINT_LAYOUT,
        checkpoint.installation,
        str(checkpoint.number),
        checkpoint.hash,
        at,
        checkpoint.public_key,
    )
    return "\n".join(lines).encode()


def sign(checkpoint: Checkpoint, seed: str) -> Checkpoint:
    """The checkpoint with public key and signature."""
    keyed = replace(checkpoint, public_key=public_key(seed))
    return replace(keyed, signature=_private(seed).sign(words(keyed)).hex())


def state(checkpoint: Checkpoint, known: Collection[str] | None = None) -> SignatureState:
    """What its signature is worth.

    known : public keys that the ledger names; None: the key is not asked about
    """
    if not checkpoint.signature and not checkpoint.public_key:
        return SignatureState.UNSIGNED
    if not _fits(checkpoint.public_key, checkpoint.signature, words(checkpoint)):
        return SignatureState.BAD
    if known is not None and checkpoint.public_key not in known:
        return SignatureState.UNKNOWN_KEY
    return SignatureState.GOOD


def endorse(new_public_key: str, *, seed: str) -> str:
    """The old key's signature for a new one, hex."""
    return _private(seed).sign(_endorsement(public_key(seed), new_public_key)).hex()


def is_endorsed(new_public_key: str, *, by: str, signature: str) -> bool:
    """Whether the key `by` signed for the new one."""
    return _fits(by, signature, _endorsement(by, new_public_key))


def _endorsement(old: str, new: str) -> bytes:
    return "\n".join((KEY_LAYOUT, old, new)).encode()


def _private(seed: str) -> Ed25519PrivateKey:
    try:
        raw = bytes.fromhex(seed)
        if len(raw) != SEED_BYTES:
            raise ValueError(len(raw))
    except ValueError as error:
        raise InvalidInput(
            "A signing key is not 64 hexadecimal characters.",
            hint="Correct TANDEM_SIGNING_KEY, or the file signing_key in the data folder; `openssl rand -hex 32` makes "
            "a new one.",
            code="ledger.signing_key",
        ) from error
    return Ed25519PrivateKey.from_private_bytes(raw)


def _fits(key: str, signature: str, signed: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(key)).verify(bytes.fromhex(signature), signed)
    except (ValueError, InvalidSignature):
        return False
    return True
