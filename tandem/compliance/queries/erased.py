"""Who was erased at their own request, as far as hashes tell: asked by imports, batch by batch."""

from __future__ import annotations

import re

from tandem.compliance.contracts import Address, AddressKind, SuppressionReason
from tandem.compliance.domain import addresses
from tandem.compliance.models import Suppression
from tandem.compliance.queries.keys import registry_keys

MOST_KNOWN = 200_000
# Most mail addresses are in their normal form already, and an import asks for every one of them.
_PLAIN_MAIL = re.compile(r"[a-z0-9_][a-z0-9._-]*@(?!www\.|(?:gmail|googlemail)\.com$)[a-z0-9][a-z0-9.-]*\.[a-z]{2,}")


def trace_hash(text: str) -> tuple[str, str]:
    """The keyed hash of something that is no address (a source's id of a person, a name), and the name of its key."""
    key = registry_keys()[0]
    return addresses.keyed_hash(_as_trace(text), key), addresses.key_id(key)


def trace_hashes(text: str) -> tuple[str, ...]:
    """Every hash under which such a text may stand, old keys included."""
    return tuple(addresses.keyed_hash(_as_trace(text), key) for key in registry_keys())


def _as_trace(text: str) -> Address:
    return Address(kind=AddressKind.ACCOUNT, value=f"trace:{text}")


class ErasedAddresses:
    """The addresses of erased people, as they stand at one moment. False when there is none.

    Tells only whether a given address is among them: nobody can list them.

    numbers : how many of them are phone numbers
    """

    def __init__(self) -> None:
        rows = list(Suppression.objects.filter(reason=SuppressionReason.ERASED.value).values_list("kind", "key_hash"))
        self._hashes = frozenset(hashed for _, hashed in rows)
        self.numbers = len({hashed for kind, hashed in rows if kind == AddressKind.PHONE.value})
        self._keys = tuple(registry_keys())
        self._known: dict[tuple[str, str], bool] = {}

    def __bool__(self) -> bool:
        """Whether anybody was erased at all."""
        return bool(self._hashes)

    def has(self, text: str, *, country: str = "") -> bool:
        """Whether a mail address or phone number, in any usual form, is an erased person's.

        country : for phone numbers without their country code, ISO 3166-1 alpha-2
        """
        asked = (text, country)
        if asked not in self._known:
            if len(self._known) > MOST_KNOWN:
                self._known.clear()
            self._known[asked] = self._look_up(text, country)
        return self._known[asked]

    def _look_up(self, text: str, country: str) -> bool:
        plain = text.strip().lower()
        if _PLAIN_MAIL.fullmatch(plain):
            address: Address | None = Address(kind=AddressKind.EMAIL, value=plain)
        else:
            address = addresses.read(text, country=country)
        return address is not None and any(addresses.keyed_hash(address, key) in self._hashes for key in self._keys)
