"""Secrets of others that must be kept readable (keys of providers): sealed with a key derived from the secret key.

Fernet (AES-128-CBC with HMAC-SHA256) under a key that HKDF-SHA256 (RFC 5869) makes of Django's `SECRET_KEY`. Who
changes that keeps the old one in `SECRET_KEY_FALLBACKS`, or enters the secrets again.
"""

from __future__ import annotations

import base64

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from tandem.core.errors import Conflict

SHOWN_CHARACTERS = 4


def seal(secret: str) -> str:
    """The secret as it may stand in a table; empty stays empty."""
    return _locks().encrypt(secret.encode()).decode() if secret else ""


def unseal(sealed: str) -> str:
    """The secret again. Raises Conflict when it was sealed with a key that is gone."""
    if not sealed:
        return ""
    try:
        return _locks().decrypt(sealed.encode()).decode()
    except InvalidToken as error:
        raise Conflict(
            "A stored secret can't be read: it was sealed with another secret key.",
            hint="Enter the secret again, or restore the secret key it was sealed with.",
            code="secrets.key",
        ) from error


def hint_of(secret: str) -> str:
    """What a page may show of a secret: its last characters."""
    return f"…{secret[-SHOWN_CHARACTERS:]}" if len(secret) > 3 * SHOWN_CHARACTERS else "…"


def _locks() -> MultiFernet:
    keys = (str(settings.SECRET_KEY), *(str(key) for key in settings.SECRET_KEY_FALLBACKS))
    return MultiFernet([Fernet(_derived(key)) for key in keys])


def _derived(key: str) -> bytes:
    derive = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=b"tandem stored secrets 1")
    return base64.urlsafe_b64encode(derive.derive(key.encode()))
