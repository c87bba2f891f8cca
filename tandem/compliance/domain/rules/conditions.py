"""The little language of conditions in rule packs, compiled once to functions over facts.

    basis.lia_approved and (address.role_relevant or not recipient.kind = consumer)
    dnc.national = no and dnc.scrubbed_at within 31 days
    known basis.art14_notice_at        unknown address.source        address.source in purchased|third_party_list

A fact that is not known makes a comparison neither true nor false (Kleene's three-valued logic, here None); who asks
decides what that means: a requirement is met only by True, a rule applies unless False.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from tandem.compliance.domain.consent_terms import add_months
from tandem.core.errors import InvalidInput

Facts = Mapping[str, object]
Test = Callable[[Facts], bool | None]

_TOKEN = re.compile(r"\s*(\(|\)|<=|>=|!=|=|\||[A-Za-z0-9_.\-]+)")
_WORDS = frozenset("and or not known unknown in within always ( ) = != <= >= |".split())
_BOOLEANS = {"yes": True, "no": False, "true": True, "false": False}
_UNITS = frozenset({"days", "months"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """A compiled condition.

    text : as it stands in the pack
    test : True, False, or None when it hangs on facts that are not known
    atoms : each fact asked for, with the part of the condition that asks
    """

    text: str
    test: Test
    atoms: tuple[tuple[str, Test], ...]

    def lacking(self, facts: Facts) -> list[str]:
        """Names of the facts whose part of the condition is not met."""
        return [name for name, test in self.atoms if test(facts) is not True]


def compile_condition(text: str, *, names: Collection[str], terms: Mapping[str, Condition]) -> Condition:
    """Compile a condition.

    names : the facts there are
    terms : conditions with a name of their own, usable like facts
    Raises InvalidInput naming the word that is wrong.
    """
    reader = _Reader(_tokens(text), names, terms)
    test = reader.disjunction()
    if reader.peek():
        raise InvalidInput(f"{reader.peek()!r} is too much.", hint="Join conditions with and, or.", code="rules.word")
    return Condition(text=text, test=test, atoms=tuple(reader.atoms))


def _tokens(text: str) -> list[str]:
    found, at = [], 0
    stripped = text.rstrip()
    while at < len(stripped):
        match = _TOKEN.match(stripped, at)
        if match is None:
            raise InvalidInput(f"{stripped[at:]!r} can't be read as a condition.", code="rules.word")
        found.append(match[1])
        at = match.end()
    return found


class _Reader:
    """Recursive descent over the tokens of one condition."""

    def __init__(self, tokens: list[str], names: Collection[str], terms: Mapping[str, Condition]) -> None:
        self.tokens, self.at, self.names, self.terms = tokens, 0, names, terms
        self.atoms: list[tuple[str, Test]] = []

    def peek(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def take(self) -> str:
        if not self.peek():
            raise InvalidInput("The condition ends too early.", code="rules.word")
        self.at += 1
        return self.tokens[self.at - 1]

    def disjunction(self) -> Test:
        parts = [self.conjunction()]
        while self.peek() == "or":
            self.take()
            parts.append(self.conjunction())
        return parts[0] if len(parts) == 1 else _any(tuple(parts))

    def conjunction(self) -> Test:
        parts = [self.unary()]
        while self.peek() == "and":
            self.take()
            parts.append(self.unary())
        return parts[0] if len(parts) == 1 else _all(tuple(parts))

    def unary(self) -> Test:
        word = self.take()
        if word == "not":
            return _not(self.unary())
        if word == "(":
            inner = self.disjunction()
            if self.take() != ")":
                raise InvalidInput("A bracket is not closed.", code="rules.word")
            return inner
        if word == "always":
            return _always
        if word in ("known", "unknown"):
            name = self.fact(self.take())
            return self.atom(name, _is_known(name, wanted=word == "known"))
        return self.comparison(word)

    def comparison(self, word: str) -> Test:
        if word in self.terms:
            term = self.terms[word]
            self.atoms.extend(term.atoms)
            return term.test
        name = self.fact(word)
        sign = self.peek()
        if sign in ("=", "!=", "<=", ">="):
            self.take()
            return self.atom(name, _compare(name, sign, _value(self.take())))
        if sign == "in":
            self.take()
            return self.atom(name, _is_in(name, frozenset(self.choices())))
        if sign == "within":
            self.take()
            return self.atom(name, self.span(name))
        return self.atom(name, _compare(name, "=", True))

    def choices(self) -> list[object]:
        found = [_value(self.take())]
        while self.peek() == "|":
            self.take()
            found.append(_value(self.take()))
        return found

    def span(self, name: str) -> Test:
        amount, unit = self.take(), self.take()
        if not amount.isdecimal() or unit not in _UNITS:
            raise InvalidInput(f"{amount} {unit} is no span.", hint="Write 31 days or 24 months.", code="rules.word")
        return _within(name, int(amount), unit)

    def atom(self, name: str, test: Test) -> Test:
        self.atoms.append((name, test))
        return test

    def fact(self, name: str) -> str:
        if name in _WORDS or name not in self.names:
            raise InvalidInput(f"{name!r} is no fact.", hint="Facts are listed in facts.py.", code="rules.word")
        return name


def _value(word: str) -> object:
    if word in _BOOLEANS:
        return _BOOLEANS[word]
    return int(word) if word.isdecimal() else word


def _always(facts: Facts) -> bool:
    return True


def _not(part: Test) -> Test:
    def test(facts: Facts) -> bool | None:
        found = part(facts)
        return None if found is None else not found

    return test


def _all(parts: tuple[Test, ...]) -> Test:
    def test(facts: Facts) -> bool | None:
        result: bool | None = True
        for part in parts:
            found = part(facts)
            if found is False:
                return False
            result = None if found is None else result
        return result

    return test


def _any(parts: tuple[Test, ...]) -> Test:
    def test(facts: Facts) -> bool | None:
        result: bool | None = False
        for part in parts:
            found = part(facts)
            if found:
                return True
            result = None if found is None else result
        return result

    return test


def _is_known(name: str, *, wanted: bool) -> Test:
    return lambda facts: (facts.get(name) is not None) is wanted


def _compare(name: str, sign: str, value: object) -> Test:
    def test(facts: Facts) -> bool | None:
        found = facts.get(name)
        if found is None:
            return None
        if sign in ("=", "!="):
            return (found == value) is (sign == "=")
        if not isinstance(found, int | float) or not isinstance(value, int):
            return None
        return found <= value if sign == "<=" else found >= value

    return test


def _is_in(name: str, values: frozenset[object]) -> Test:
    def test(facts: Facts) -> bool | None:
        found = facts.get(name)
        if found is None:
            return None
        return not values.isdisjoint(found) if isinstance(found, frozenset) else found in values

    return test


def _within(name: str, amount: int, unit: str) -> Test:
    """Whether a moment lies at most so long before the decision, and not after it."""

    def test(facts: Facts) -> bool | None:
        then, at = facts.get(name), facts["at"]
        if not isinstance(then, datetime) or not isinstance(at, datetime):
            return None
        end = add_months(then, amount) if unit == "months" else then + timedelta(days=amount)
        return then <= at and at <= end

    return test
