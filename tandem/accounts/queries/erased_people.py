"""Erased people as imports know them: hashes of their addresses, of what sources called them, and of their names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from tandem.accounts.models import ErasedContact, ErasedTrace
from tandem.compliance.queries.erased import ErasedAddresses, trace_hashes
from tandem.core.redaction import core_digits

MOST_KNOWN = 200_000
_NO_PART = frozenset(" \t\r\n\f\v\x1f\u00a0@<>()[]{}\\,;:\"'|=")  # what no mail address holds
_LONGEST_ADDRESS = 254
_CAPITAL = "A-Z\u00c0-\u00de\u0100-\u017f\u0386-\u03ab\u0400-\u042f"
_WORD = rf"[{_CAPITAL}][\w'’.-]*"
_RUN = re.compile(rf"{_WORD}(?:,?[ \u00a0]+{_WORD})+")
# Begins with a set of signs, which the engine skips to; what stands before is looked at then.
_NUMBER = re.compile(
    r"[+(\d](?<![\w.+][+(\d])"
    r"(?:(?<=[+(0])[\d\s().\-/\u00a0]{6,22}\d|(?<=\d)\d{2}[-. ]\d{3}[-. ]\d{4})(?!\d)"
)
_MARKS = dict.fromkeys(map(ord, " ()+.-/\t\n\r\u00a0"))
TAIL = 8  # digits that a number ends in, with or without its country; a shorter one could be many people's


def is_erased_contact(contact_id: int) -> bool:
    """Whether this id was a contact who was erased."""
    return ErasedContact.objects.filter(contact_id=contact_id).exists()


class ErasedPeople:
    """Everybody erased so far, asked for by an import once a batch. False when there is nobody."""

    def __init__(self) -> None:
        self._addresses = ErasedAddresses()
        traces = list(ErasedTrace.objects.values_list("kind", "key_hash", "words"))
        self._records, self._names, self._numbers = (
            frozenset(hashed for of, hashed, _ in traces if of == kind)
            for kind in (ErasedTrace.Kind.RECORD, ErasedTrace.Kind.NAME, ErasedTrace.Kind.NUMBER)
        )
        self._lengths = sorted({words for kind, _, words in traces if kind == ErasedTrace.Kind.NAME})
        self._known: dict[str, bool] = {}

    def __bool__(self) -> bool:
        """Whether anybody was erased."""
        return bool(self._addresses) or bool(self._records or self._names or self._numbers)

    def has_address(self, text: str, *, country: str = "") -> bool:
        """Whether a mail address or phone number is an erased person's."""
        return bool(text) and self._addresses.has(text, country=country)

    def has_record(self, source: str, entity: str, key: str) -> bool:
        """Whether a source's record was an erased person's."""
        return bool(key) and self._is_trace(self._records, record_trace(source, entity, key))

    def has_name(self, name: str) -> bool:
        """Whether a whole name is an erased person's, which nobody else here bore then."""
        return self._is_trace(self._names, " ".join(name.split()).casefold())

    def has_number(self, phone: str, *, country: str = "") -> bool:
        """Whether a phone number, with or without its country, is an erased person's.

        Its last digits are looked up first: reading a number takes long, and most are nobody's. Only where an erasure
        left no such trace (it came back from the log, and the contact did not) each number is read.
        """
        digits = phone.translate(_MARKS)
        if len(digits) >= TAIL and self._is_trace(self._numbers, tail_trace(digits)):
            return self._is_trace(self._numbers, core_digits(phone))
        return 2 * self._addresses.numbers > len(self._numbers) and self.has_address(phone, country=country)

    def _is_trace(self, among: frozenset[str], text: str) -> bool:
        if not among:
            return False
        if text not in self._known:
            if len(self._known) > MOST_KNOWN:
                self._known.clear()
            self._known[text] = not among.isdisjoint(trace_hashes(text))
        return self._known[text]

    def hits_in(self, text: str) -> Iterator[Hit]:
        """Where erased people stand in a text: mail addresses, phone numbers, and names with capital letters, also with
        the family name first."""
        if self._addresses:
            for start, address in _addresses_in(text):
                if self._addresses.has(address):
                    yield Hit(start, "addresses", address)
        if self._numbers or self._addresses.numbers:
            for found in _NUMBER.finditer(text):
                if self.has_number(found[0]):
                    yield Hit(found.start(), "numbers", found[0])
        if self._lengths and " " in text:
            for found in _RUN.finditer(text):
                yield from (Hit(found.start(), "names", name) for name in self._names_of(found[0]))

    def _names_of(self, run: str) -> Iterator[str]:
        """Names of erased people in a run of words with capital letters."""
        words = run.replace("\u00a0", " ").split()
        for length in self._lengths:
            for start in range(len(words) - length + 1):
                name = _in_order(words[start : start + length])
                if self.has_name(name):
                    yield name


class Hit(NamedTuple):
    """Somebody erased in a text. kind : the set of `Mentioned` it belongs to"""

    position: int
    kind: str
    value: str


def _addresses_in(text: str) -> Iterator[tuple[int, str]]:
    """Whatever stands about an @ like a mail address, with its place."""
    sign = text.find("@")
    while sign >= 0:
        start, end = sign, sign + 1
        while start > 0 and sign - start < _LONGEST_ADDRESS and text[start - 1] not in _NO_PART:
            start -= 1
        while end < len(text) and end - sign < _LONGEST_ADDRESS and text[end] not in _NO_PART:
            end += 1
        yield start, text[start:end].strip(".")
        sign = text.find("@", end)


def _in_order(words: list[str]) -> str:
    """A name as it is said: what stands before a comma is the family name."""
    if words[0][-1] == ",":
        words = [*words[1:], words[0]]
    return " ".join(words).replace(",", "").rstrip(".")


def tail_trace(digits: str) -> str:
    """What is hashed of a number's end."""
    return f"tail:{digits[-TAIL:]}"


def record_trace(source: str, entity: str, key: str) -> str:
    """What is hashed of a source's record."""
    return f"{source}:{entity}:{key}"


@dataclass(slots=True)
class Mentioned:
    """What of erased people stands somewhere: mail addresses, names, phone numbers as they are written there."""

    addresses: set[str] = field(default_factory=set)
    names: set[str] = field(default_factory=set)
    numbers: set[str] = field(default_factory=set)


def mentioned_in(people: ErasedPeople, text: str) -> Mentioned | None:
    """Which erased people a text mentions; None: nobody."""
    found: Mentioned | None = None
    for hit in people.hits_in(text):
        found = found or Mentioned()
        getattr(found, hit.kind).add(hit.value)
    return found
