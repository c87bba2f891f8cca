"""Erased people as imports know them: hashes of their addresses, of what sources called them, and of their names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from tandem.accounts.models import ErasedContact, ErasedTrace
from tandem.compliance.queries.erased import ErasedAddresses, trace_hashes

MOST_KNOWN = 200_000
_ADDRESS = re.compile(r"[^\s@<>()\[\]{}\\,;:\"'|=]+@[^\s@<>()\[\]{}\\,;:\"'|=]+")
_CAPITAL = "A-Z\u00c0-\u00de\u0100-\u017f\u0386-\u03ab\u0400-\u042f"
_WORD = rf"[{_CAPITAL}][\w'’.-]*"
_RUN = re.compile(rf"{_WORD}(?:[ \u00a0]+{_WORD})+")


def is_erased_contact(contact_id: int) -> bool:
    """Whether this id was a contact who was erased."""
    return ErasedContact.objects.filter(contact_id=contact_id).exists()


class ErasedPeople:
    """Everybody erased so far, asked for by an import once a batch. False when there is nobody."""

    def __init__(self) -> None:
        self._addresses = ErasedAddresses()
        traces = list(ErasedTrace.objects.values_list("kind", "key_hash", "words"))
        self._records = frozenset(hashed for kind, hashed, _ in traces if kind == ErasedTrace.Kind.RECORD)
        self._names = frozenset(hashed for kind, hashed, _ in traces if kind == ErasedTrace.Kind.NAME)
        self._lengths = sorted({words for kind, _, words in traces if kind == ErasedTrace.Kind.NAME})
        self._known: dict[str, bool] = {}

    def __bool__(self) -> bool:
        """Whether anybody was erased."""
        return bool(self._addresses) or bool(self._records) or bool(self._names)

    def has_address(self, text: str, *, country: str = "") -> bool:
        """Whether a mail address or phone number is an erased person's."""
        return bool(text) and self._addresses.has(text, country=country)

    def has_record(self, source: str, entity: str, key: str) -> bool:
        """Whether a source's record was an erased person's."""
        return bool(key) and not self._records.isdisjoint(trace_hashes([record_trace(source, entity, key)]))

    def has_name(self, name: str) -> bool:
        """Whether a whole name is an erased person's, which nobody else here bore then."""
        small = " ".join(name.split()).casefold()
        if small not in self._known:
            if len(self._known) > MOST_KNOWN:
                self._known.clear()
            self._known[small] = not self._names.isdisjoint(trace_hashes([small]))
        return self._known[small]

    def addresses_in(self, text: str) -> Iterator[str]:
        """Mail addresses of erased people that stand in a text."""
        if "@" in text:
            found = (one.strip(".") for one in _ADDRESS.findall(text))
            yield from (one for one in found if self.has_address(one))

    def names_in(self, text: str) -> Iterator[str]:
        """Names of erased people that stand in a text with capital letters."""
        if not self._lengths or " " not in text:
            return
        for run in _RUN.findall(text):
            words = [word.rstrip(".") for word in run.split()]
            for length in self._lengths:
                grams = (" ".join(words[start : start + length]) for start in range(len(words) - length + 1))
                yield from (gram for gram in grams if self.has_name(gram))


def record_trace(source: str, entity: str, key: str) -> str:
    """What is hashed of a source's record."""
    return f"{source}:{entity}:{key}"


def found_in(people: ErasedPeople, texts: Iterable[str]) -> tuple[set[str], set[str]]:
    """Addresses and names of erased people in any of the texts."""
    addresses: set[str] = set()
    names: set[str] = set()
    for text in texts:
        addresses.update(people.addresses_in(text))
        names.update(people.names_in(text))
    return addresses, names
