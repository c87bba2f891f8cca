"""The token in an unsubscribe link: who, from what, by which message; signed, compact, without an end.

Layout before base64url without padding: version (1 byte), key id (4), address kind (1), address hash (16), purpose
(1), message id (0 to 64 bytes of UTF-8), signature (16: HMAC-SHA256 cut to 128 bits, RFC 2104). The address itself is
not in it. A token made under an old key holds for as long as that key is listed.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass

from tandem.compliance.contracts import Address, AddressKind, Purpose
from tandem.compliance.domain import addresses

VERSION = 1
LONGEST = 160  # characters of the longest token there can be
LONGEST_MESSAGE_ID = 64
_HEAD = 1 + addresses.KEY_ID_BYTES + 1 + addresses.HASH_BYTES + 1
_MAC = 16
_KINDS = tuple(AddressKind)
_PURPOSES = tuple(Purpose)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What a good token says. `address_hash` is hex under the key named by `key_id`."""

    kind: AddressKind
    address_hash: str
    key_id: str
    purpose: Purpose
    message_id: str


def make(address: Address, *, purpose: Purpose, message_id: str, keys: Sequence[str]) -> str:
    """A token signed with the first key.

    message_id : at most 64 bytes of UTF-8; raises ValueError beyond
    """
    named = message_id.encode()
    if len(named) > LONGEST_MESSAGE_ID:
        raise ValueError(f"A message id of {len(named)} bytes; at most {LONGEST_MESSAGE_ID} fit into a token")
    key = keys[0]
    body = b"".join(
        (
            bytes([VERSION]),
            bytes.fromhex(addresses.key_id(key)),
            bytes([_KINDS.index(address.kind)]),
            bytes.fromhex(addresses.keyed_hash(address, key)),
            bytes([_PURPOSES.index(purpose)]),
            named,
        )
    )
    return base64.urlsafe_b64encode(body + _signature(body, key)).rstrip(b"=").decode()


def read(token: str, keys: Sequence[str]) -> Claim | None:
    """What the token says; None for anything that was not made here, or was changed by one bit."""
    raw = _decoded(token)
    if raw is None:
        return None
    body, signature = raw[:-_MAC], raw[-_MAC:]
    named = body[1 : 1 + addresses.KEY_ID_BYTES].hex()
    key = next((key for key in keys if addresses.key_id(key) == named), None)
    if key is None or not hmac.compare_digest(signature, _signature(body, key)):
        return None
    kind, purpose, message = body[5], body[_HEAD - 1], body[_HEAD:]
    return Claim(
        kind=_KINDS[kind],
        address_hash=body[6 : 6 + addresses.HASH_BYTES].hex(),
        key_id=named,
        purpose=_PURPOSES[purpose],
        message_id=message.decode(),
    )


def _decoded(token: str) -> bytes | None:
    """The bytes of a token of the right size and version, written in the one way there is; None otherwise."""
    if not token or len(token) > LONGEST or not token.isascii():
        return None
    try:
        raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except (ValueError, binascii.Error):
        return None
    is_canonical = base64.urlsafe_b64encode(raw).rstrip(b"=").decode() == token
    return raw if is_canonical and len(raw) >= _HEAD + _MAC and raw[0] == VERSION else None


def _signature(body: bytes, key: str) -> bytes:
    return hmac.new(b"unsubscribe:" + key.encode(), body, hashlib.sha256).digest()[:_MAC]
