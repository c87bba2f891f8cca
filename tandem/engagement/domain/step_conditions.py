"""Conditions of steps: words that must hold when a touch is due, and what a channel itself asks of a person.

A word stands alone ("has_phone") or takes values after a colon ("in_country:DE+AT"). Who can't be reached on a channel
is passed over there, whatever the plan says; nothing is ever guessed to hold.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from tandem.compliance.contracts.gate import Road
from tandem.engagement.contracts import CHANNELS, Step

Told = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class StepFacts:
    """What is known of one person when a touch is due.

    has_phone : a number a person may dial: one is known, and nobody asked not to be called
    has_mobile : a number that takes text messages
    has_replied, colleague_replied : wrote in their own words since the enrollment began; absence notes are none
    had_meeting : one took place, or stands in the calendar, since the enrollment began
    before_was_done : the touch before left, or was done
    country : ISO 3166-1 alpha-2; language : ISO 639-1; empty: not known
    """

    has_email: bool = False
    has_phone: bool = False
    has_mobile: bool = False
    has_linkedin: bool = False
    has_replied: bool = False
    colleague_replied: bool = False
    had_meeting: bool = False
    before_was_done: bool = True
    country: str = ""
    language: str = ""


Test = Callable[[StepFacts, frozenset[str]], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Word:
    """A condition's meaning. value : pattern of what stands after the colon; empty: it stands alone"""

    label: str
    holds: Test
    value: str = ""
    example: str = ""


_WORDS: Mapping[str, _Word] = MappingProxyType(
    {
        "has_email": _Word(label="a mail address is known", holds=lambda facts, _: facts.has_email),
        "has_phone": _Word(label="a number to call is known", holds=lambda facts, _: facts.has_phone),
        "has_mobile": _Word(label="a mobile number is known", holds=lambda facts, _: facts.has_mobile),
        "has_linkedin": _Word(label="a LinkedIn profile is known", holds=lambda facts, _: facts.has_linkedin),
        "no_reply_yet": _Word(label="they have not answered", holds=lambda facts, _: not facts.has_replied),
        "colleague_replied": _Word(label="a colleague has answered", holds=lambda facts, _: facts.colleague_replied),
        "no_colleague_replied": _Word(
            label="no colleague has answered", holds=lambda facts, _: not facts.colleague_replied
        ),
        "no_meeting_yet": _Word(label="no meeting was held or set", holds=lambda facts, _: not facts.had_meeting),
        "before_was_done": _Word(label="the touch before was done", holds=lambda facts, _: facts.before_was_done),
        "in_country": _Word(
            label="they are in", holds=lambda facts, places: facts.country in places, value="[A-Z]{2}", example="DE+AT"
        ),
        "not_in_country": _Word(
            label="they are known to be outside",
            holds=lambda facts, places: bool(facts.country) and facts.country not in places,
            value="[A-Z]{2}",
            example="US",
        ),
        "in_language": _Word(
            label="they read", holds=lambda facts, words: facts.language in words, value="[a-z]{2}", example="de+en"
        ),
    }
)
CHANNEL_NEEDS: Mapping[Road, str] = MappingProxyType(
    {
        Road.EMAIL: "has_email",
        Road.LINKEDIN: "has_linkedin",
        Road.SMS: "has_mobile",
        Road.WHATSAPP: "has_mobile",
        Road.PHONE_MANUAL: "has_phone",
        Road.VOICEMAIL_AI: "has_phone",
    }
)


def known_conditions() -> tuple[tuple[str, str, str], ...]:
    """Every word with what it means and an example: (word, meaning, "in_country:DE+AT")."""
    return tuple((word, one.label, f"{word}:{one.example}" if one.example else word) for word, one in _WORDS.items())


def condition_fault(text: str) -> Told | None:
    """What is wrong with a condition and the remedy; None: it can be read."""
    word, values = _split(text)
    one = _WORDS.get(word)
    if one is None:
        return f"{text[:60]!r} is no condition.", f"Known are {', '.join(_WORDS)}."
    if bool(values) != bool(one.value):
        return f"{text[:60]!r} can't be read.", f"Write {word}{f':{one.example}' if one.example else ''}."
    if any(re.fullmatch(one.value, value) is None for value in values):
        return f"{text[:60]!r} names what is none.", f"Write {word}:{one.example}."
    return None


def in_words(text: str) -> str:
    """A condition as a page tells it.

    >>> in_words("in_country:DE+AT")
    'they are in DE or AT'
    """
    word, values = _split(text)
    one = _WORDS.get(word)
    return text if one is None else " ".join([one.label, " or ".join(sorted(values))]).strip()


def holds(text: str, facts: StepFacts) -> bool:
    """Whether a condition holds; one that can't be read does not."""
    word, values = _split(text)
    one = _WORDS.get(word)
    return one is not None and condition_fault(text) is None and one.holds(facts, values)


def unmet(step: Step, facts: StepFacts) -> str:
    """Why a touch is passed over, in words: its channel can't reach them, or a condition fails. Empty: it is due."""
    need = CHANNEL_NEEDS[step.channel]
    if not holds(need, facts):
        return f"{CHANNELS[step.channel]} does not reach them: it needs that {in_words(need)}."
    for text in step.conditions:
        if not holds(text, facts):
            return f"Its condition does not hold: {in_words(text)}."
    return ""


def _split(text: str) -> tuple[str, frozenset[str]]:
    word, _, values = text.partition(":")
    return word.strip(), frozenset(value.strip() for value in values.split("+") if value.strip())
