"""Changing a condition a step at a time, and saying it in words: what the builder's page needs. Pure.

A place in a condition is the numbers of the parts that lead to it: () is the whole, (1, 0) the first part of the
second. The part of a negation is its part 0.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from tandem.core.errors import InvalidInput
from tandem.prospecting.domain.condition_terms import (
    AllOf,
    AnyOf,
    Condition,
    FieldIs,
    IsCustomer,
    Not,
    Op,
    OpenDeals,
    Saw,
    Uses,
)

Place = tuple[int, ...]
OP_WORDS = {
    Op.EQ: "is", Op.IN: "is", Op.NOT_IN: "is not", Op.CONTAINS: "contains", Op.BETWEEN: "is between",
    Op.GTE: "is at least", Op.LTE: "is at most",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A part of a condition as a page draws it. kind : "all", "any", "not" or "term"; words : of a term"""

    place: Place
    kind: str
    words: str
    parts: tuple[Node, ...] = ()

    @property
    def address(self) -> str:
        """The place as forms send it: "1.0"; empty: the whole."""
        return ".".join(map(str, self.place))


def read_place(text: str) -> Place:
    """A place as forms send it. Raises InvalidInput."""
    parts = text.split(".") if text else []
    if len(parts) > 20 or not all(part.isascii() and part.isdecimal() and len(part) < 4 for part in parts):
        raise InvalidInput(f"{text!r} is no place in a condition.", hint="Open the search again.")
    return tuple(map(int, parts))


def as_tree(condition: Condition, place: Place = ()) -> Node:
    """A condition for drawing."""
    parts = tuple(as_tree(part, (*place, at)) for at, part in enumerate(_parts(condition)))
    kind = {AllOf: "all", AnyOf: "any", Not: "not"}.get(type(condition), "term")
    return Node(place=place, kind=kind, words=in_words(condition) if kind == "term" else "", parts=parts)


def added(condition: Condition | None, place: Place, new: Condition) -> Condition:
    """With one more condition in the group at a place; a single test there becomes a group that both must meet."""
    if condition is None:
        return new

    def add(part: Condition) -> Condition:
        if isinstance(part, (AllOf, AnyOf)):
            return replace(part, parts=(*part.parts, new))
        return AllOf((part, new))

    return _changed(condition, place, add)


def removed(condition: Condition, place: Place) -> Condition | None:
    """Without the part at a place; groups that become empty go too, and a group of one is its one. None: all gone."""
    if not place:
        return None
    holder, at = _at(condition, place[:-1]), place[-1]
    left = [part for number, part in enumerate(_parts(holder)) if number != at]
    if len(left) == len(_parts(holder)):
        raise _lost(place)
    if not left or isinstance(holder, Not):
        return removed(condition, place[:-1])
    kept = left[0] if len(left) == 1 else type(holder)(tuple(left))  # type: ignore[call-arg, arg-type]
    return _changed(condition, place[:-1], lambda _: kept)


def switched(condition: Condition, place: Place) -> Condition:
    """With "all" turned to "any" or back at a place."""

    def switch(part: Condition) -> Condition:
        if isinstance(part, AllOf):
            return AnyOf(part.parts)
        return AllOf(part.parts) if isinstance(part, AnyOf) else part

    return _changed(condition, place, switch)


def negated(condition: Condition, place: Place) -> Condition:
    """With "not" before the part at a place, or without the one that is there."""
    return _changed(condition, place, lambda part: part.part if isinstance(part, Not) else Not(part))


def grouped(condition: Condition, place: Place) -> Condition:
    """With the part at a place in a group of its own, to add alternatives to it."""
    return _changed(condition, place, lambda part: AnyOf((part,)))


def _parts(condition: Condition) -> Sequence[Condition]:
    if isinstance(condition, (AllOf, AnyOf)):
        return condition.parts
    return (condition.part,) if isinstance(condition, Not) else ()


def _at(condition: Condition, place: Place) -> Condition:
    for number in place:
        parts = _parts(condition)
        if number >= len(parts):
            raise _lost(place)
        condition = parts[number]
    return condition


def _changed(condition: Condition, place: Place, change: Callable[[Condition], Condition]) -> Condition:
    if not place:
        return change(condition)
    parts = list(_parts(condition))
    if place[0] >= len(parts):
        raise _lost(place)
    parts[place[0]] = _changed(parts[place[0]], place[1:], change)
    if isinstance(condition, Not):
        return Not(parts[0])
    return type(condition)(tuple(parts))  # type: ignore[call-arg, arg-type]


def _lost(place: Place) -> InvalidInput:
    return InvalidInput(f"There is no part {'.'.join(map(str, place))} here.", hint="Open the search again.")


def in_words(condition: Condition) -> str:
    """A condition as people read it: "employees is between 200 and 2,000"."""
    match condition:
        case AllOf(parts):
            return " and ".join(_wrapped(part) for part in parts)
        case AnyOf(parts):
            return " or ".join(_wrapped(part) for part in parts)
        case Not(part):
            return f"not {_wrapped(part)}"
        case FieldIs():
            return _field_words(condition)
        case Uses(technology=name):
            return f"uses {name}"
        case Saw():
            return _signal_words(condition)
        case IsCustomer(wanted=wanted):
            return "is a customer" if wanted else "is no customer"
    return _deal_words(condition)


def _wrapped(part: Condition) -> str:
    return f"({in_words(part)})" if isinstance(part, (AllOf, AnyOf)) else in_words(part)


def _field_words(test: FieldIs) -> str:
    name = test.field.replace("_", " ")
    if test.op is Op.KNOWN:
        return f"{name} is {'known' if test.value else 'not known'}"
    values = test.value if isinstance(test.value, tuple) else (test.value,)
    shown = [one if isinstance(one, str) else f"{one:,}" for one in values]
    joined = " and ".join(shown) if test.op is Op.BETWEEN else " or ".join(shown)
    return f"{name} {OP_WORDS[test.op]} {joined}"


def _signal_words(seen: Saw) -> str:
    told = [seen.kind.replace("_", " ")]
    told += [str(value) for _, value in seen.where]
    told += [f"about {' or '.join(seen.topic)}"] if seen.topic else []
    told += [f"saying “{'” or “'.join(seen.text_has)}”"] if seen.text_has else []
    told += [f"of strength {seen.strength_gte:g} or more"] if seen.strength_gte is not None else []
    told += [f"at least {seen.at_least} times"] if seen.at_least > 1 else []
    told += [f"within {seen.within_days:,} days"] if seen.within_days else []
    return " ".join(told)


def _deal_words(deals: OpenDeals) -> str:
    if deals.lte == 0:
        return "no open deal"
    if deals.gte == deals.lte:
        return f"exactly {deals.gte} open deals"
    told = [f"at least {deals.gte}"] if deals.gte is not None else []
    told += [f"at most {deals.lte}"] if deals.lte is not None else []
    return f"{' and '.join(told)} open {'deal' if deals.gte == 1 and deals.lte is None else 'deals'}"
