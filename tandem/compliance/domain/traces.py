"""What a person looks like as bytes: every key in the codings in which files keep text, for a look into raw files.

UTF-8, UTF-16 of both kinds, Latin-1, JSON escapes, percent escapes, and Base64 at its three alignments. Keys are
looked for without regard to case; in Base64, which has none to disregard, as they are given and in small letters.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import quote

from tandem.core.redaction import Redactor

MAIL, PHONE, NAME = "mail address", "phone number", "name"
WINDOW = 160  # bytes on either side that tell whether a key stands there or only a part of something longer
_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]+")
_BASE64_END = re.compile(rb"[A-Za-z0-9+/_-]+$")


@dataclass(frozen=True, slots=True)
class Needle:
    """One key in one coding. is_folded : `data` is in small letters and is looked for in small letters"""

    kind: str
    coding: str
    data: bytes
    is_folded: bool = True


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a key may stand in a block of bytes. around : the text about it"""

    offset: int
    kind: str
    coding: str
    around: str


class Traces:
    """One person's needles and how to look for them."""

    def __init__(self, *, emails: Iterable[str] = (), phones: Iterable[str] = (), names: Iterable[str] = ()) -> None:
        self._emails, self._phones, self._names = tuple(emails), tuple(phones), tuple(names)
        self.redactor = Redactor(emails=self._emails, phones=self._phones, names=self._names)

    @cached_property
    def needles(self) -> tuple[Needle, ...]:
        """Every key in every coding, each once."""
        found = [
            *(needle for email in self.redactor.emails for needle in _coded(MAIL, email, email)),
            *(needle for phone in self._phones for needle in _of_number(phone)),
            *(
                needle
                for name in self._names
                for text in _orders(name)
                for needle in _coded(NAME, text, text.casefold())
            ),
        ]
        return tuple({needle.data: needle for needle in found if len(needle.data) > 4}.values())

    @cached_property
    def overlap(self) -> int:
        """How many bytes of a block the next one must begin with, so that nothing falls between two."""
        return 2 * WINDOW + max((len(needle.data) for needle in self.needles), default=0)

    def spots(self, block: bytes, longer: Collection[bytes] = ()) -> Iterator[Spot]:
        """Where a key stands in the block, also where it is part of something longer: `Spot.around` tells.

        longer : things in small letters, of somebody else, that contain a key; where one of them stands is no spot
        """
        small = block.lower()
        packed = block.translate(None, b"\r\n")  # Base64 in mails is broken into lines
        for needle in self.needles:
            where = small if needle.is_folded else packed
            covering = [(whole.find(needle.data), whole) for whole in longer if needle.data in whole]
            start = where.find(needle.data)
            while start >= 0:
                if not any(where[start - at : start - at + len(whole)] == whole for at, whole in covering):
                    around = _around(block if needle.is_folded else packed, start, needle)
                    yield Spot(start, needle.kind, needle.coding, around)
                start = where.find(needle.data, start + len(needle.data))

    def longer_in(self, text: str) -> set[bytes]:
        """What of somebody else stands in a text and contains a key: an address that ends alike, a longer number."""
        if self._longer is None:
            return set()
        found = (one[0].casefold() for one in self._longer.finditer(text))
        return {one.encode() for one in found if not self.redactor.mentions(one)}

    @cached_property
    def _longer(self) -> re.Pattern[str] | None:
        keys = [rf"[\w.+%-]*{re.escape(email)}[\w.-]*" for email in self.redactor.emails]
        keys += [rf"[+\d]*{digits}\d*" for digits in self.redactor.phones]
        keys += [rf"\w*{re.escape(text)}\w*" for name in self._names for text in _orders(name)]
        return re.compile("|".join(keys), re.IGNORECASE) if keys else None


def _around(block: bytes, start: int, needle: Needle) -> str:
    """The text about a spot."""
    end = start + len(needle.data)
    if needle.coding == "base64":
        return _unpacked(block, start, end)
    first = max(0, start - WINDOW)
    if needle.coding.startswith("utf-16"):
        first += (start - first) % 2
    return block[first : end + WINDOW].decode(needle.coding, "replace")


def _coded(kind: str, text: str, small: str) -> Iterator[Needle]:
    """One text in every coding."""
    for case in dict.fromkeys((small, small.upper())) if not small.isascii() else (small,):
        yield Needle(kind, "utf-8", case.encode().lower())
        yield Needle(kind, "utf-16-le", case.encode("utf-16-le").lower())
        yield Needle(kind, "utf-16-be", case.encode("utf-16-be").lower())
        yield Needle(kind, "latin-1", case.encode("latin-1", "ignore").lower())
        yield Needle(kind, "ascii", json.dumps(case)[1:-1].encode().lower())
        yield Needle(kind, "ascii", quote(case, safe="").lower().encode())
        yield Needle(kind, "ascii", quote(case, safe="@").lower().encode())
    for case in dict.fromkeys((text, small)):
        for shift in range(3):
            yield Needle(kind, "base64", _in_base64(case.encode(), shift), is_folded=False)


def _in_base64(data: bytes, shift: int) -> bytes:
    """The signs of Base64 that depend on this data alone, when `shift` bytes of a group stand before it."""
    packed = base64.b64encode(b"\x00" * shift + data)
    start = (0, 2, 3)[shift]
    loose = (0, 3, 2)[
        (shift + len(data)) % 3
    ]  # the last group's signs that what follows would change, padding included
    return packed[start : len(packed) - loose]


def _unpacked(block: bytes, start: int, end: int) -> str:
    """The text of the Base64 in which a spot stands, at every alignment."""
    before = _BASE64_END.search(block[max(0, start - WINDOW) : start])
    after = _BASE64.match(block[end : end + WINDOW])
    run = (before[0] if before else b"") + block[start:end] + (after[0] if after else b"")
    run = run.translate(bytes.maketrans(b"-_", b"+/"))
    parts = (run[skip : skip + (len(run) - skip) // 4 * 4] for skip in range(4))
    return "\n".join(base64.b64decode(part).decode("utf-8", "replace") for part in parts)


def _of_number(phone: str) -> Iterator[Needle]:
    """A number: in every coding as systems write it, in UTF-8 in the ways of people as well."""
    import phonenumbers

    yield from _coded(PHONE, phone.strip(), phone.strip())
    try:
        number = phonenumbers.parse(phone, None)
    except phonenumbers.NumberParseException:
        return
    yield from _coded(PHONE, str(number.national_number), str(number.national_number))
    forms = phonenumbers.PhoneNumberFormat
    for form in (forms.INTERNATIONAL, forms.NATIONAL, forms.RFC3966):
        yield Needle(PHONE, "utf-8", phonenumbers.format_number(number, form).removeprefix("tel:").encode())


def _orders(name: str) -> list[str]:
    """A whole name as it is, and the family name first."""
    words = name.split()
    return [" ".join(words), f"{words[-1]}, {' '.join(words[:-1])}"] if len(words) > 1 else []
