"""Files from one installation to another: sealed to the receiver, signed by the sender. Pure.

Layout: one line of magic, one line of JSON (who, to whom, what), then chunks of 64 KiB under ChaCha20-Poly1305, then an
Ed25519 signature over SHA-256 of everything before it. The file key comes from an ephemeral X25519 exchange with the
receiver's key by HKDF-SHA256 (RFC 7748, 5869, 8439); a nonce is the chunk's number and a mark on the last one, so that
nothing can be cut off, swapped or left out (the STREAM construction of Hoang, Reyhanitabar, Rogaway and Vizar, 2015).
The line of JSON is bound to every chunk. A public key is both halves, X25519 and Ed25519, in base64.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from tandem.core.errors import DataUnreadable, InvalidInput

MAGIC = b"tandem sealed file 1\n"
CHUNK_BYTES = 65_536
TAG_BYTES = 16
SIGNATURE_BYTES = 64
SEED_BYTES = 32
KEY_BYTES = 32
LONGEST_HEAD = 10_000
MOST_CHUNKS = 2**32


@dataclass(frozen=True, slots=True)
class KeyPair:
    """An installation's two secret keys, both made of one seed of 32 random bytes."""

    exchange: X25519PrivateKey
    signing: Ed25519PrivateKey

    @property
    def public(self) -> str:
        """What others need to write to this installation and to know its hand."""
        halves = self.exchange.public_key().public_bytes_raw() + self.signing.public_key().public_bytes_raw()
        return base64.urlsafe_b64encode(halves).decode()


def key_pair(seed: bytes) -> KeyPair:
    """Both keys of a seed. Raises InvalidInput unless it has 32 bytes."""
    if len(seed) != SEED_BYTES:
        raise InvalidInput("An installation's key has 32 bytes.", hint="Restore the file from a backup.")
    return KeyPair(
        exchange=X25519PrivateKey.from_private_bytes(_derive(seed, b"tandem exchange key 1")),
        signing=Ed25519PrivateKey.from_private_bytes(_derive(seed, b"tandem signing key 1")),
    )


def read_public(text: str) -> tuple[X25519PublicKey, Ed25519PublicKey]:
    """Both halves of a public key. Raises InvalidInput when it is none."""
    try:
        raw = base64.b64decode(text.strip(), altchars=b"-_", validate=True)
    except ValueError as error:
        raise _no_key() from error
    if len(raw) != 2 * KEY_BYTES:
        raise _no_key()
    return X25519PublicKey.from_public_bytes(raw[:KEY_BYTES]), Ed25519PublicKey.from_public_bytes(raw[KEY_BYTES:])


def fingerprint(public: str) -> str:
    """A public key short enough to be read out on the telephone: 16 hex digits in groups of four."""
    digits = hashlib.sha256(public.strip().encode()).hexdigest()[:16]
    return " ".join(digits[place : place + 4] for place in range(0, 16, 4))


def sign(content: bytes, keys: KeyPair) -> str:
    """A signature over the content, in base64."""
    return base64.urlsafe_b64encode(keys.signing.sign(content)).decode()


def is_signed(content: bytes, signature: str, public: str) -> bool:
    """Whether the holder of the public key signed exactly this content."""
    try:
        read_public(public)[1].verify(base64.urlsafe_b64decode(signature), content)
    except (InvalidSignature, InvalidInput, ValueError):
        return False
    return True


def seal(content: bytes, *, head: Mapping[str, Any], to: str, keys: KeyPair, ephemeral: bytes) -> bytes:
    """The content as a file that only the receiver can open.

    head : what may be read by anybody on the way, JSON-ready; nobody's personal data
    to : the receiver's public key
    ephemeral : 32 fresh random bytes, never used again

    Raises InvalidInput when `to` is no key.
    """
    receiver, _ = read_public(to)
    once = X25519PrivateKey.from_private_bytes(ephemeral)
    public = once.public_key().public_bytes_raw()
    told = {**head, "sender": keys.public, "key": base64.urlsafe_b64encode(public).decode()}
    line = json.dumps(told, sort_keys=True, ensure_ascii=False).encode() + b"\n"
    cipher = _cipher(once.exchange(receiver), public, receiver.public_bytes_raw())
    sealed = MAGIC + line + _encrypt(cipher, content, line)
    return sealed + keys.signing.sign(hashlib.sha256(sealed).digest())


def read_head(sealed: bytes) -> dict[str, Any]:
    """What stands on a sealed file for everybody to read; not yet proved. Raises DataUnreadable."""
    return _parts(sealed)[0]


def open_sealed(sealed: bytes, *, keys: KeyPair, sender: str) -> bytes:
    """The content of a sealed file.

    sender : public key of whom it must come from

    Raises DataUnreadable when it is no such file, was altered or cut off, is for somebody else or from somebody else.
    """
    head, line, body = _parts(sealed)
    signature = sealed[-SIGNATURE_BYTES:]
    try:
        read_public(sender)[1].verify(signature, hashlib.sha256(sealed[:-SIGNATURE_BYTES]).digest())
    except InvalidSignature as error:
        raise DataUnreadable(
            "The file was altered on its way, or comes from another installation than it says.",
            hint="Have it sent again, and compare the fingerprint of the sender's key.",
        ) from error
    public = base64.urlsafe_b64decode(str(head["key"]))
    shared = keys.exchange.exchange(X25519PublicKey.from_public_bytes(public))
    try:
        return _decrypt(_cipher(shared, public, keys.exchange.public_key().public_bytes_raw()), body, line)
    except InvalidTag as error:
        raise DataUnreadable(
            "The file is not for this installation.", hint="It was sealed with another installation's key."
        ) from error


def _parts(sealed: bytes) -> tuple[dict[str, Any], bytes, bytes]:
    """Head, its line as it stands, and the chunks."""
    refused = DataUnreadable("This is no sealed file of Tandem, or it was cut off.", hint="Have it sent again.")
    if not sealed.startswith(MAGIC):
        raise refused
    end = sealed.find(b"\n", len(MAGIC), len(MAGIC) + LONGEST_HEAD)
    if end < 0 or len(sealed) < end + 1 + TAG_BYTES + SIGNATURE_BYTES:
        raise refused
    line = sealed[len(MAGIC) : end + 1]
    try:
        head = json.loads(line)
        if len(base64.urlsafe_b64decode(str(head["key"]))) != KEY_BYTES:
            raise refused
    except (ValueError, KeyError, TypeError) as error:
        raise refused from error
    return head, line, sealed[end + 1 : -SIGNATURE_BYTES]


def _cipher(shared: bytes, once: bytes, receiver: bytes) -> ChaCha20Poly1305:
    return ChaCha20Poly1305(_derive(shared, b"tandem sealed file 1", salt=once + receiver))


def _derive(secret: bytes, purpose: bytes, salt: bytes | None = None) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=KEY_BYTES, salt=salt, info=purpose).derive(secret)


def _nonce(number: int, *, is_last: bool) -> bytes:
    return number.to_bytes(11, "big") + (b"\1" if is_last else b"\0")


def _encrypt(cipher: ChaCha20Poly1305, content: bytes, bound: bytes) -> bytes:
    count = max(1, -(-len(content) // CHUNK_BYTES))
    if count > MOST_CHUNKS:
        raise InvalidInput("The rows are too many for one file.", hint="Split the source file.")
    pieces = (content[place * CHUNK_BYTES : (place + 1) * CHUNK_BYTES] for place in range(count))
    return b"".join(
        cipher.encrypt(_nonce(place, is_last=place == count - 1), piece, bound) for place, piece in enumerate(pieces)
    )


def _decrypt(cipher: ChaCha20Poly1305, body: bytes, bound: bytes) -> bytes:
    size = CHUNK_BYTES + TAG_BYTES
    count = max(1, -(-len(body) // size))
    pieces = (body[place * size : (place + 1) * size] for place in range(count))
    return b"".join(
        cipher.decrypt(_nonce(place, is_last=place == count - 1), piece, bound) for place, piece in enumerate(pieces)
    )


def _no_key() -> InvalidInput:
    return InvalidInput("That is no public key of an installation.", hint="`tandem region key` prints it there.")
