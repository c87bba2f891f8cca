"""Finding a person in text and taking them out: mail addresses, phone numbers and whole names, however written.

A key is found in any case, with plus tags and Gmail's dots, phone numbers with any marks between their digits and with
or without their country; also inside JSON text and web addresses (`\\u00e4`, `%40`). What merely contains a key (the
address of somebody else that ends alike) is left alone.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from contextlib import suppress
from functools import cached_property
from typing import Any

MARK = "[erased]"
LEAST_DIGITS = 6
GMAIL, GMAIL_END = frozenset({"gmail.com", "googlemail.com"}), "mail.com"  # dots before the sign mean nothing there
# Where a key may begin: after no letter, or after an escape that ends in one (JSON "\n", "\u003c"; "%3C" in addresses).
_ESCAPED = r"(?<=%[0-9A-Fa-f]{2})|(?<=\\[nrtbf])|(?<=\\u[0-9A-Fa-f]{4})"
_BEFORE_MAIL = rf"(?:(?<![\w.+%-])|{_ESCAPED})"
_AFTER_MAIL = r"(?![\w-]|\.\w)"
_BEFORE_WORD = rf"(?:(?<!\w)|{_ESCAPED})"
_BETWEEN_DIGITS = r"[\s().\-/\u00a0\u2010-\u2015]{0,3}"
_NOT_DIGITS = b" ().-/\t\r\n" + bytes(range(0x80, 0x100))  # what may stand between the digits of a number, and more
_LOOSELY_BETWEEN_DIGITS = "[^0-9A-Za-z]{0,3}"
_BETWEEN_NAMES = r"(?:\s+|[._\-+]|%20|\\n)"
_AT = "(?:@|%40)"


class Redactor:
    """Takes one person's keys out of text.

    emails, phones : in any usual form; what can't be one is looked for as it stands
    names : whole names of two words or more; a single word could mean anybody and is passed over
    """

    def __init__(self, *, emails: Iterable[str] = (), phones: Iterable[str] = (), names: Iterable[str] = ()) -> None:
        self.emails = tuple(dict.fromkeys(email.strip().casefold() for email in emails if email.strip()))
        self.phones = tuple(dict.fromkeys(digits for phone in phones if (digits := core_digits(phone))))
        split = (tuple(name.split()) for name in names)
        self.names = tuple(dict.fromkeys(words for words in split if len(words) > 1))
        self._codes = {core_digits(phone): _country_code(phone) for phone in phones}

    def mentions(self, text: str) -> bool:
        """Whether a key stands in the text."""
        return self._keys is not None and self._keys.search(text) is not None

    def mentions_in_long(self, text: str) -> bool:
        """The same as `mentions`, much faster where most texts hold no key."""
        return self.may_mention(text.encode("utf-8", "surrogatepass")) and self.mentions(text)

    def may_mention(self, data: bytes) -> bool:
        """Whether UTF-8 text may hold a key: true for every text that does, and fast."""
        small = data.lower()
        if any(fragment in small for fragment in self._fragment_bytes):
            return True
        return bool(self.phones) and any(digits in data.translate(None, _NOT_DIGITS) for digits in self._phone_bytes)

    def kinds_in(self, text: str) -> set[str]:
        """Which kinds of key stand in the text: "mail address", "phone number", "name"."""
        return {kind for kind, pattern in self._by_kind.items() if pattern.search(text)}

    def clean(self, text: str) -> str:
        """The text with a mark in place of every key; the same text when there is none."""
        while self._keys is not None and self._keys.search(text):  # once more if taking one out has joined another
            text = self._keys.sub(MARK, text)
        return text

    def clean_closely(self, text: str, *, others: Iterable[str] = ()) -> str:
        """The same, and each part of the names too: for texts in which the person took part.

        others : names of others who took part; a word that they bear as well is left
        """
        text = self.clean(text)
        if self._parts is None:
            return text
        kept = {word.casefold() for name in others for word in name.split()}
        return self._parts.sub(lambda found: found[0] if found[0].casefold() in kept else MARK, text)

    def clean_value(self, value: Any) -> Any:
        """A JSON value with every text in it cleaned, the words of objects too. Equal to the value when none was."""
        if isinstance(value, str):
            return self.clean(value)
        if isinstance(value, dict):
            return {self.clean(word): self.clean_value(one) for word, one in value.items()}
        if isinstance(value, list):
            return [self.clean_value(one) for one in value]
        return value

    def is_whole(self, text: str) -> bool:
        """Whether the text is a key and nothing else."""
        return text.strip() != MARK and self.clean(text.strip()) == MARK

    @cached_property
    def fragments(self) -> tuple[str, ...]:
        """Texts of which at least one stands, in some case, in any text that mentions the person by mail or name.

        For a database or an engine to narrow what is to be read: plain letters, whatever way text files write others.
        An empty one stands in every text.
        """
        found = [_plain_part(email) for email in self.emails]
        found += [_longest_plain(words) for words in self.names]
        return tuple(dict.fromkeys(found))

    @cached_property
    def loose(self) -> str:
        """A pattern without look-around, for engines that have none, that every mention fits in some case."""
        plain = [re.escape(fragment) for fragment in self.fragments]
        return "|".join([*plain, *(_LOOSELY_BETWEEN_DIGITS.join(digits) for digits in self.phones)])

    @cached_property
    def _fragment_bytes(self) -> tuple[bytes, ...]:
        return tuple(fragment.lower().encode() for fragment in self.fragments)

    @cached_property
    def _phone_bytes(self) -> tuple[bytes, ...]:
        return tuple(digits.encode() for digits in self.phones)

    @cached_property
    def _by_kind(self) -> dict[str, re.Pattern[str]]:
        kinds = {
            "mail address": [_mail_pattern(email) for email in self.emails],
            "phone number": [_phone_pattern(digits, self._codes[digits]) for digits in self.phones],
            "name": [_name_pattern(words) for words in self.names],
        }
        return {kind: re.compile("|".join(found), re.IGNORECASE) for kind, found in kinds.items() if found}

    @cached_property
    def _keys(self) -> re.Pattern[str] | None:
        patterns = [pattern.pattern for pattern in self._by_kind.values()]
        return re.compile("|".join(patterns), re.IGNORECASE) if patterns else None

    @cached_property
    def _parts(self) -> re.Pattern[str] | None:
        words = sorted({word.strip(".,") for name in self.names for word in name if len(word.strip(".,")) > 1})
        choice = "|".join(_letters(word) for word in words)
        return re.compile(rf"{_BEFORE_WORD}(?:{choice})(?!\w)") if words else None


def _plain_part(email: str) -> str:
    """A part of a mail address that stands in every spelling of it."""
    local, _, host = email.rpartition("@")
    return GMAIL_END if host in GMAIL else _longest_plain(re.split(r"[+.]", local))


def _longest_plain(words: Iterable[str]) -> str:
    return max((run for word in words for run in re.findall(r"[\x21-\x7e]+", word)), key=len, default="")


def core_digits(phone: str) -> str:
    """The digits of a phone number without country code and leading zeros; "" when there are too few.

    >>> core_digits("+44 20 7946 0958"), core_digits("(020) 7946 0958")
    ('2079460958', '2079460958')
    """
    number = _parsed(phone)
    digits = str(number.national_number) if number is not None else re.sub(r"\D", "", phone).lstrip("0")
    return digits if len(digits) >= LEAST_DIGITS else ""


def _country_code(phone: str) -> str:
    number = _parsed(phone)
    return str(number.country_code) if number is not None else r"\d{1,3}"


def _parsed(phone: str) -> Any:
    """The number, where it names its country."""
    import phonenumbers

    text = phone.strip().removeprefix("tel:")
    text = "+" + text[2:] if text.startswith("00") else text
    try:
        return phonenumbers.parse(text, None)
    except phonenumbers.NumberParseException:
        return None


def _mail_pattern(email: str) -> str:
    local, _, host = email.rpartition("@")
    if not local:
        return _BEFORE_MAIL + _letters(email) + _AFTER_MAIL
    local = local.split("+", 1)[0] or local
    if host in GMAIL:
        spelled = r"\.?".join(map(_letter, local.replace(".", "")))
        hosts = "(?:gmail|googlemail)\\.com"
    else:
        spelled, hosts = _letters(local), "(?:" + "|".join(map(_letters, _hosts(host))) + ")"
    return rf"{_BEFORE_MAIL}{spelled}(?:(?:\+|%2B)[^\s@\"'<>,;%]*)?{_AT}{hosts}{_AFTER_MAIL}"


def _hosts(host: str) -> list[str]:
    """The host as it stands, as ASCII and as people read it."""
    import idna

    found = [host]
    with suppress(idna.IDNAError, UnicodeError):
        found += [idna.encode(host, uts46=True).decode("ascii"), idna.decode(host)]
    return list(dict.fromkeys(found))


def _phone_pattern(digits: str, code: str) -> str:
    spelled = _BETWEEN_DIGITS.join(digits)
    abroad = rf"(?:\+|00|%2B){_BETWEEN_DIGITS}{code}{_BETWEEN_DIGITS}(?:\(?0\)?{_BETWEEN_DIGITS})?"
    bare = rf"{code}{_BETWEEN_DIGITS}|" if code.isdigit() else ""
    return rf"{_BEFORE_WORD}(?:{abroad}|{bare}\(?0?)?{spelled}(?!\d)"


def _name_pattern(words: tuple[str, ...]) -> str:
    spelled = [_letters(word) for word in words]
    forward = _BETWEEN_NAMES.join(spelled)
    reverse = rf"{spelled[-1]},?\s+" + _BETWEEN_NAMES.join(spelled[:-1])
    return rf"{_BEFORE_WORD}(?:{forward}|{reverse})(?!\w)"


def _letters(text: str) -> str:
    return "".join(map(_letter, text))


def _letter(letter: str) -> str:
    """A letter in any of the ways in which text files write it."""
    if letter.isascii():
        return re.escape(letter)
    ways = {letter, unicodedata.normalize("NFD", letter), unicodedata.normalize("NFC", letter)}
    ways |= {f"\\u{ord(case):04x}" for case in (letter.lower(), letter.upper()) if len(case) == 1}
    ways |= {"".join(f"%{byte:02X}" for byte in letter.encode())}
    return "(?:" + "|".join(re.escape(way) for way in sorted(ways)) + ")"
