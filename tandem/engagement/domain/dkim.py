"""Signing mail (RFC 6376, relaxed/relaxed; Ed25519 by RFC 8463), at a moment that is told.

The moment is an argument, so that a mail has the same bytes whenever it is made: leave to send is bound to them.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from tandem.core.errors import InvalidInput

# Signed wherever they stand; the first four once more than they stand, so that nobody can add another of them.
OVERSIGNED = ("from", "to", "subject", "reply-to")
SIGNED = frozenset(
    {
        *OVERSIGNED, "date", "message-id", "in-reply-to", "references", "mime-version", "content-type",
        "auto-submitted", "list-unsubscribe", "list-unsubscribe-post", "feedback-id",
    }
)  # fmt: skip
LEAST_RSA_BITS = 1_024  # RFC 8301
_FOLDS = re.compile(rb"\r\n(?=[ \t])")
_BLANKS = re.compile(rb"[ \t]+")
_BLANK_ENDS = re.compile(rb"[ \t]+(?=\r\n)")


@dataclass(frozen=True, slots=True, kw_only=True)
class DkimKey:
    """A private key with the place where its public half stands: <selector>._domainkey.<domain>."""

    domain: str
    selector: str
    private: RSAPrivateKey | Ed25519PrivateKey

    @property
    def algorithm(self) -> str:
        """As the signature names it."""
        return "rsa-sha256" if isinstance(self.private, RSAPrivateKey) else "ed25519-sha256"

    def signature(self, told: bytes) -> bytes:
        """Of the headers in normal form. Both algorithms give the same signature for the same bytes."""
        if isinstance(self.private, RSAPrivateKey):
            return self.private.sign(told, PKCS1v15(), hashes.SHA256())
        return self.private.sign(hashlib.sha256(told).digest())


def read_key(pem: str, *, domain: str, selector: str) -> DkimKey:
    """A key from PEM. Raises InvalidInput when it is none, too short, or of another kind than RSA and Ed25519."""
    try:
        private = load_pem_private_key(pem.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise InvalidInput(
            f"The DKIM key of {domain} can't be read.", hint="Give a private key as PEM, without a password.",
            code="dkim.key",
        ) from error  # fmt: skip
    is_known = isinstance(private, (RSAPrivateKey, Ed25519PrivateKey))
    if not is_known or (isinstance(private, RSAPrivateKey) and private.key_size < LEAST_RSA_BITS):
        raise InvalidInput(
            f"The DKIM key of {domain} is too short or of a kind that mail servers don't read.",
            hint="Use RSA with 2,048 bits, or Ed25519.",
            code="dkim.key",
        )
    assert isinstance(private, (RSAPrivateKey, Ed25519PrivateKey))
    return DkimKey(domain=domain, selector=selector, private=private)


def signature_header(headers: Sequence[tuple[str, bytes]], body: bytes, key: DkimKey, *, at: datetime) -> bytes:
    """The DKIM-Signature header of a mail, with its CR LF.

    headers : (name, value as it stands on the wire, folds and all), each name once; body : with CR LF line ends
    at : the moment of the signature
    """
    by_name = {name.lower(): value for name, value in headers}
    names = [name.lower() for name, _ in headers if name.lower() in SIGNED]
    body_hash = base64.b64encode(hashlib.sha256(_relaxed_body(body)).digest()).decode()
    own = (
        f"v=1; a={key.algorithm}; c=relaxed/relaxed; d={key.domain}; s={key.selector};\r\n"
        f" t={int(at.timestamp())}; h={':'.join(names)}:{':'.join(OVERSIGNED)};\r\n bh={body_hash};\r\n b="
    ).encode("ascii")
    told = b"".join(_relaxed_header(name, by_name[name]) + b"\r\n" for name in names)
    signature = base64.b64encode(key.signature(told + _relaxed_header("dkim-signature", own))).decode("ascii")
    lines = [signature[start : start + 72] for start in range(0, len(signature), 72)]
    return b"DKIM-Signature: " + own + "\r\n ".join(lines).encode("ascii") + b"\r\n"


def _relaxed_header(name: str, value: bytes) -> bytes:
    """RFC 6376, 3.4.2."""
    return name.encode("ascii") + b":" + _BLANKS.sub(b" ", _FOLDS.sub(b"", value)).strip(b" ")


def _relaxed_body(body: bytes) -> bytes:
    """RFC 6376, 3.4.4: blanks at line ends and empty lines at the end do not count, other blanks count as one."""
    told = _BLANKS.sub(b" ", _BLANK_ENDS.sub(b"", body)).rstrip(b"\r\n")
    return told + b"\r\n" if told else b""
