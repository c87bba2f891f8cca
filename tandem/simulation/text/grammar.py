"""Sentences grown from rules: a word list is a set of named rules, each with alternatives that may name other rules.

In an alternative `[a|b|]` is a choice (the last one may be empty), `{name}` a slot or another rule, and
`{#20-90/5}` a number of a range with a step. The rules are data in `lexicon/<language>/*.toml`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from random import Random
from typing import Any

from tandem.simulation import lexicon

LANGUAGES = ("en", "de", "fr", "es")
PARTS = ("common", "mail", "talk")
_SPACES = re.compile(r"\s{2,}| (?=[,.;?!)])")
_STARTS = re.compile(r"(?<=[a-zäöüßéèàóíáúñ0-9][.?!] )[a-zäöüéèàóíáúñ]")
_THOUSANDS = {"en": ",", "de": ".", "fr": " ", "es": "."}
_PRIMES = (3, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61)

Slots = Mapping[str, str]


class Choice:
    """Alternatives, each a sequence of texts, slots, numbers and further choices."""

    __slots__ = ("key", "options")

    def __init__(self, options: list[list[Any]], key: int) -> None:
        self.options, self.key = options, key


class Slot:
    """A place filled by the caller, or by the rule of that name."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name


class Number:
    """A number from a range with a step."""

    __slots__ = ("count", "low", "step")

    def __init__(self, low: int, high: int, step: int) -> None:
        self.low, self.step, self.count = low, step, (high - low) // step + 1


class _Reader:
    """Reads one alternative into its parts."""

    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0

    def sequence(self, until: str = "") -> list[Any]:
        """Parts up to one of the marks."""
        parts: list[Any] = []
        start = self.at
        while self.at < len(self.text) and self.text[self.at] not in until:
            mark = self.text[self.at]
            if mark in "[{":
                if start < self.at:
                    parts.append(self.text[start : self.at])
                parts.append(self._choice() if mark == "[" else self._brace())
                start = self.at
            else:
                self.at += 1
        if start < self.at:
            parts.append(self.text[start : self.at])
        return parts

    def _choice(self) -> Choice:
        options = []
        first = self.at
        while self.text[self.at] != "]":
            self.at += 1
            options.append(self.sequence("|]"))
        self.at += 1
        return Choice(options, _PRIMES[(first + len(self.text)) % len(_PRIMES)])

    def _brace(self) -> Slot | Number:
        end = self.text.index("}", self.at)
        name = self.text[self.at + 1 : end]
        self.at = end + 1
        if name[0] != "#":
            return Slot(name)
        span, _, step = name[1:].partition("/")
        low, _, high = span.partition("-")
        return Number(int(low), int(high), int(step or 1))


def number_text(value: int, language: str) -> str:
    """A whole number as people of the language write it: 12,500 or 12.500."""
    return f"{value:,}".replace(",", _THOUSANDS[language]) if value >= 10_000 else str(value)


class Grammar:
    """The rules of one language, from the named word lists."""

    def __init__(self, language: str, parts: tuple[str, ...] = PARTS) -> None:
        self.language = language
        self.rules: dict[str, Choice] = {}
        for part in parts:
            for name, alternatives in lexicon.load(f"{language}/{part}").items():
                key = _PRIMES[(len(name) + len(alternatives)) % len(_PRIMES)]
                self.rules[name] = Choice([_Reader(text).sequence() for text in alternatives], key)

    def say(self, rule: str, random: Random, slots: Slots, habit: int = 0) -> str:
        """One text of a rule. `habit`: a person's number; people lean towards their own alternatives."""
        out: list[str] = []
        self._grow(self.rules[rule], out, random.random, slots, habit)
        return tidy("".join(out))

    def say_line(self, text: str, random: Random, slots: Slots) -> str:
        """One text of an alternative that stands in no rule, grown by the rules of the language."""
        out: list[str] = []
        self._grow(_line(text), out, random.random, slots, 0)
        return tidy("".join(out))

    def _grow(self, choice: Choice, out: list[str], random: Any, slots: Slots, habit: int) -> None:
        options = choice.options
        count = len(options)
        draw = random()
        # The square leans towards low numbers, the habit turns the circle so that each person's low end differs.
        for part in options[(int(count * draw * (0.4 + 0.6 * draw)) + habit * choice.key) % count]:
            if part.__class__ is str:
                out.append(part)
            elif part.__class__ is Slot:
                value = slots.get(part.name)
                if value is None:
                    self._grow(self.rules[part.name], out, random, slots, habit)
                else:
                    out.append(value)
            elif part.__class__ is Choice:
                self._grow(part, out, random, slots, habit)
            else:
                out.append(number_text(part.low + part.step * int(random() * part.count), self.language))

    def open_slots(self) -> set[str]:
        """Names that no rule defines: the slots the callers must fill."""
        return {name for rule in self.rules.values() for name in _names(rule) if name not in self.rules}

    def has(self, rule: str) -> bool:
        """Whether the language has the rule."""
        return rule in self.rules


@cache
def _line(text: str) -> Choice:
    return Choice([_Reader(text).sequence()], _PRIMES[0])


def _names(choice: Choice) -> Iterator[str]:
    for sequence in choice.options:
        for part in sequence:
            if isinstance(part, Slot):
                yield part.name
            elif isinstance(part, Choice):
                yield from _names(part)


def tidy(text: str) -> str:
    """Single spaces, none before a mark, a capital at the start."""
    text = _SPACES.sub(lambda match: " " if match[0][1:] else "", text).strip()
    if ". " in text or "? " in text or "! " in text:
        text = _STARTS.sub(lambda match: match[0].upper(), text)
    return text[:1].upper() + text[1:]


@cache
def grammar(language: str) -> Grammar:
    """The rules of a language, or of English where there are none."""
    return Grammar(language if language in LANGUAGES else "en")
