"""Checks of a rule as it stands in a pack: every field known, of the right form, and making sense together.

What is refused names the file, the rule, the field and the remedy.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from tandem.compliance.domain.rules.facts import CHANNELS, KINDS, PURPOSES
from tandem.compliance.domain.rules.places import is_place
from tandem.core.errors import InvalidInput

EFFECTS: Mapping[str, str] = {
    "allow": "needs one of its ways; otherwise the contact is blocked",
    "permit": "says which basis there is; blocks nothing",
    "require": "asks for content, evidence or duties; blocks when its condition is not met",
    "forbid": "blocks when its condition is met",
    "window": "holds the contact outside its hours",
    "cap": "holds the contact when there were too many",
    "reference": "not decided on here: rights, retention, duties of sending systems, law not yet in force",
}
STATUSES = frozenset({"in_force", "pending", "vacated", "delayed", "suspended"})
CONFIDENCES: Mapping[str, str] = {
    "high": "read in the law's text or in several agreeing sources",
    "medium": "one good source, or the text with an open question of reading",
    "low": "a thin, secondary or old source: read the law before you rely on it",
}
HINT = "Mend the pack; docs/methods/decisions.md lists the fields and words."

_TEXTS = frozenset(
    "id version title effect status applies needs when basis gates retention as_of confidence stricter words".split()
)
_WORDS = frozenset("where channels kinds purposes windows content evidence prohibits duties".split())
_TABLES: Mapping[str, tuple[frozenset[str], frozenset[str]]] = {
    "source": (frozenset({"cite"}), frozenset({"url"})),
    "ways": (frozenset({"basis", "needs"}), frozenset({"outcome"})),
    "caps": (frozenset({"max", "hours"}), frozenset({"channels", "unless"})),
}
_FLAGS = frozenset({"follows_sender", "no_holidays", "needs_lawyer"})
_DAYS = ("from", "to")
_KNOWN = _TEXTS | _WORDS | _FLAGS | frozenset(_TABLES) | frozenset({*_DAYS, "deadlines"})
_NEEDED = ("id", "version", "title", "effect", "where", "source", "confidence", "needs_lawyer", "words")


def refused(message: str, file: str, rule: str, field: str = "", hint: str = HINT) -> InvalidInput:
    """What is wrong in a pack, and where."""
    context = {"file": file, "rule": rule, "field": field}
    return InvalidInput(
        message, hint=hint, code="rules.invalid", context={key: word for key, word in context.items() if word}
    )


def check_rule(told: object, file: str, number: int) -> None:
    """Refuse a rule that decisions would not understand. `number`: its place in the file, from 1."""
    if not isinstance(told, Mapping):
        raise refused(f"Rule {number} is no table.", file, "", hint="Begin each rule with a line [[rule]].")
    name = str(told.get("id", f"number {number}"))
    _check_fields(told, file, name)
    _check_forms(told, file, name)
    _check_words(told, file, name)
    _check_days(told, file, name)
    _check_parts(told, file, name)


def _check_fields(told: Mapping[str, Any], file: str, name: str) -> None:
    for key in _NEEDED:
        if key not in told:
            raise refused(f"{key} is missing.", file, name, key)
    for key in sorted(set(told) - _KNOWN):
        raise refused(f"{key} is no field of a rule; known: {', '.join(sorted(_KNOWN))}.", file, name, key)


def _check_forms(told: Mapping[str, Any], file: str, name: str) -> None:
    for key, value in told.items():
        if key in _TEXTS and not isinstance(value, str):
            raise refused(f"{key} can't be {value!r}: it is a text in quotes.", file, name, key)
        if key in _WORDS and not (isinstance(value, list) and all(isinstance(one, str) for one in value)):
            raise refused(f'{key} can\'t be {value!r}: it is a list such as ["email"].', file, name, key)
        if key in _FLAGS and not isinstance(value, bool):
            raise refused(f"{key} can't be {value!r}: write true or false.", file, name, key)
        if key in _TABLES:
            _check_tables(key, value, file, name)
        if key == "deadlines" and not isinstance(value, Mapping):
            raise refused('deadlines is a table such as {honour = "10 days"}.', file, name, key)


def _check_tables(key: str, value: object, file: str, name: str) -> None:
    needed, others = _TABLES[key]
    if not isinstance(value, list) or not all(isinstance(one, Mapping) for one in value):
        raise refused(f"{key} is a list of tables with {', '.join(sorted(needed))}.", file, name, key)
    for one in value:
        lacking, strange = needed - set(one), set(one) - needed - others
        if lacking or strange:
            said = f"misses {', '.join(sorted(lacking))}" if lacking else f"does not know {', '.join(sorted(strange))}"
            raise refused(f"A part of {key} {said}.", file, name, key)
        for part, word in one.items():
            is_fit = {"max": isinstance(word, int), "hours": isinstance(word, int), "channels": isinstance(word, list)}
            if not is_fit.get(part, isinstance(word, str)):
                raise refused(f"{part} in {key} can't be {word!r}.", file, name, key)


def _check_words(told: Mapping[str, Any], file: str, name: str) -> None:
    """Every value one that decisions understand."""
    for key, known in (("channels", CHANNELS), ("kinds", KINDS), ("purposes", PURPOSES)):
        strange = sorted(set(told.get(key, ())) - set(known))
        if strange:
            raise refused(f"{key} does not know {', '.join(strange)}; known: {', '.join(known)}.", file, name, key)
    for key, value, words in (
        ("effect", told["effect"], EFFECTS),
        ("status", told.get("status", "in_force"), STATUSES),
        ("confidence", told["confidence"], CONFIDENCES),
    ):
        if value not in words:
            raise refused(f"{key} {value!r} is not known; known: {', '.join(sorted(words))}.", file, name, key)
    strange = [place for place in told["where"] if not is_place(place)]
    if strange or not told["where"]:
        raise refused(
            f"where does not know {', '.join(strange) or 'any place'}.", file, name, "where",
            hint="Write countries (DE), states (US-TX), EEA, * for everywhere or XX for law that is not known.",
        )  # fmt: skip


def _check_days(told: Mapping[str, Any], file: str, name: str) -> None:
    for key in _DAYS:
        if key in told and type(told[key]) is not date:
            raise refused(f"{key} must be a date like 2026-08-02.", file, name, key, hint="Write it without quotes.")
    if "from" in told and "to" in told and told["from"] > told["to"]:
        raise refused(f"It ends ({told['to']}) before it starts ({told['from']}).", file, name, "to")


def _check_parts(told: Mapping[str, Any], file: str, name: str) -> None:
    """The parts that the effect needs."""
    effect = told["effect"]
    part = {"allow": "ways", "forbid": "when", "permit": "when", "cap": "caps"}.get(effect)
    if part and not told.get(part):
        raise refused(f"A rule with the effect {effect} needs {part}.", file, name, part)
    if effect != "reference" and not told.get("channels"):
        raise refused("A rule that decides needs channels.", file, name, "channels")
    if effect == "window" and not (told.get("windows") or told.get("no_holidays")):
        raise refused("A window needs windows or no_holidays.", file, name, "windows")
