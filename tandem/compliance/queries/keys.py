"""The keys of address hashes and unsubscribe links, from the settings: outside the database, so that it alone tells
nobody's address."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.conf import settings

from tandem.compliance.contracts import Address
from tandem.compliance.domain import addresses


def registry_keys() -> Sequence[str]:
    """All keys, the one in use first."""
    keys: list[str] = settings.REGISTRY_KEYS
    return keys


def known_key_ids() -> frozenset[str]:
    """Names of the keys that are there."""
    return frozenset(addresses.key_id(key) for key in registry_keys())


def hashes_of(found: Iterable[Address]) -> dict[str, Address]:
    """Every hash under which the addresses may stand, old keys included."""
    return addresses.hashes(found, registry_keys())


def read_all(texts: Iterable[Address | str], *, country: str = "") -> list[Address]:
    """Addresses in their normal form; what can't be one is left out."""
    read = (text if isinstance(text, Address) else addresses.read(text, country=country) for text in texts)
    return [address for address in read if address is not None]
