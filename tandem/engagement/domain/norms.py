"""Good manners in business mail of a language: the norm packs, as shipped and as an organisation changed them."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from tandem.core.errors import InvalidInput

HERE = Path(__file__).parent / "locales"
TAGS = ("en-US", "en-GB", "de", "fr", "es", "nl", "ja")
FALLBACK = "en-GB"
# What an organisation may change; patterns that the validators need stay with the product.
CHANGEABLE: Mapping[str, type] = MappingProxyType(
    {"greeting": str, "greeting_first_only": str, "closing": str, "closings": list, "least_days": int,
     "meeting": str, "forbidden": dict}
)  # fmt: skip
LISTS = ("greeting_words", "openers", "nudges", "spam", "informal", "next_step", "deflecting", "vague_subjects")


@dataclass(frozen=True, slots=True, kw_only=True)
class Norms:
    """The norms of one language.

    tag : such as "en-US"; language : ISO 639-1
    greeting, greeting_first_only : with {first} and {last}; the second where the last name is not known
    closing : a formula above the sender's name; empty: none is used; closings : all that may stand there
    least_days : working days between two touches, at least
    meeting : how a meeting is asked for here, as an example for writers
    asks_directly : whether a meeting may be asked for in so many words
    date_form : with {day} and {month}; months : names as they stand in a date
    decimal, thousands : marks of numbers
    forbidden : pattern to what to write instead: translations word for word, and what is bad manners
    The rest are patterns: greetings as they are met, openers of the shelf, nudges that carry nothing new, words of spam
    filters, familiar address where formal is due, requests that name a next step, answers that answer nothing, subjects
    that say nothing.
    """

    tag: str
    language: str
    name: str
    greeting: str
    greeting_first_only: str
    closing: str
    closings: tuple[str, ...]
    least_days: int
    meeting: str
    asks_directly: bool
    date_form: str
    months: tuple[str, ...]
    decimal: str
    thousands: str
    note: str
    forbidden: tuple[tuple[re.Pattern[str], str], ...]
    greeting_words: tuple[re.Pattern[str], ...]
    openers: tuple[re.Pattern[str], ...]
    nudges: tuple[re.Pattern[str], ...]
    spam: tuple[re.Pattern[str], ...]
    informal: tuple[re.Pattern[str], ...]
    next_step: tuple[re.Pattern[str], ...]
    deflecting: tuple[re.Pattern[str], ...]
    vague_subjects: tuple[re.Pattern[str], ...]

    def greet(self, first: str, last: str) -> str:
        """The greeting of somebody."""
        form = self.greeting if last or "{last}" not in self.greeting else self.greeting_first_only
        return form.format(first=first, last=last)


def norms_of(tag: str, overrides: Mapping[str, Any] | None = None) -> Norms:
    """The norms of a language tag; of its language where the region has none; of English where neither has.

    overrides : what the organisation changed, as `checked_overrides` gave it

    >>> norms_of("de-AT").tag, norms_of("en").tag, norms_of("sv").tag
    ('de', 'en-GB', 'en-GB')
    """
    return _norms(known_tag(tag), overrides or {}) if overrides else _shipped(known_tag(tag))


def known_tag(tag: str) -> str:
    """The pack that a tag is served by."""
    wanted = tag.strip().replace("_", "-").casefold()
    by_folded = {one.casefold(): one for one in TAGS}
    if wanted in by_folded:
        return by_folded[wanted]
    if wanted == "en-ca":
        return "en-US"
    return by_folded.get(wanted.split("-")[0], FALLBACK)


def has_pack(tag: str) -> bool:
    """Whether we can write in a language at all."""
    base = tag.strip().replace("_", "-").casefold().split("-")[0]
    return any(one.casefold().split("-")[0] == base for one in TAGS)


def checked_overrides(values: Mapping[str, Any]) -> dict[str, Any]:
    """What an organisation wants otherwise, checked. Raises InvalidInput naming the field."""
    for name, value in values.items():
        if name not in CHANGEABLE:
            raise InvalidInput(
                f"{name} is no norm that can be changed.", hint=f"Change one of {', '.join(CHANGEABLE)}.",
                code="norms.unknown_field", context={"field": name},
            )  # fmt: skip
        if not isinstance(value, CHANGEABLE[name]):
            raise InvalidInput(f"{name} must be a {CHANGEABLE[name].__name__}.", context={"field": name})
    for name in ("greeting", "greeting_first_only"):
        _check_form(name, values.get(name))
    for pattern in values.get("forbidden", {}):
        _compiled(pattern)
    if not 1 <= values.get("least_days", 1) <= 60:
        raise InvalidInput("Days between touches are 1 to 60.", context={"field": "least_days"})
    return dict(values)


def _check_form(name: str, value: object) -> None:
    if value is None:
        return
    try:
        told = str(value).format(first="Ada", last="Ek")
    except (KeyError, IndexError, ValueError) as error:
        hint = "Use {first} and {last} alone, such as Guten Tag {first} {last},"
        raise InvalidInput(f"{name} can't be filled.", hint=hint, context={"field": name}) from error
    if "Ada" not in told and "Ek" not in told:
        raise InvalidInput(f"{name} names nobody.", hint="Put {first} or {last} into it.", context={"field": name})


def _compiled(pattern: str) -> re.Pattern[str]:
    try:
        return re.compile(pattern, re.I)
    except re.error as error:
        raise InvalidInput(f"{pattern!r} is no pattern: {error}.", context={"field": "forbidden"}) from error


@cache
def _shipped(tag: str) -> Norms:
    return _norms(tag, {})


@cache
def document_of(tag: str) -> Mapping[str, Any]:
    """A pack as its file has it."""
    return tomllib.loads((HERE / f"{tag}.toml").read_text(encoding="utf-8"))


@cache
def english_words() -> Mapping[str, Any]:
    """The patterns that both packs of English share."""
    return tomllib.loads((HERE / "en.toml").read_text(encoding="utf-8"))


def _norms(tag: str, overrides: Mapping[str, Any]) -> Norms:
    shared = english_words() if tag.startswith("en-") else {}
    told = {**shared, **document_of(tag), **overrides}
    forbidden = {
        **shared.get("forbidden", {}),
        **document_of(tag).get("forbidden", {}),
        **overrides.get("forbidden", {}),
    }
    values: dict[str, Any] = {name: told[name] for name in _PLAIN}
    values |= {name: _patterns(told.get(name, ())) for name in LISTS}
    return Norms(
        closings=tuple(told["closings"]),
        months=tuple(told["months"]),
        forbidden=tuple((_compiled(pattern), remedy) for pattern, remedy in forbidden.items()),
        **values,
    )


_PLAIN = (
    "tag", "language", "name", "greeting", "greeting_first_only", "closing", "least_days", "meeting", "asks_directly",
    "date_form", "decimal", "thousands", "note",
)  # fmt: skip


def _patterns(words: Sequence[str]) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(word, re.I) for word in words)


@cache
def all_openers() -> tuple[re.Pattern[str], ...]:
    """Openers and nudges of the shelf in all languages: they are none of them better in another one."""
    return tuple(one for tag in TAGS for one in (*_shipped(tag).openers, *_shipped(tag).nudges))
