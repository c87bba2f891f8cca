"""The ideal customer profile for people: sections and Markdown made from the document, and what changed between two.

The direction is one way: nothing reads these words back.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from tandem.core.errors import InvalidInput
from tandem.prospecting.contracts import BuyingRole
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
from tandem.prospecting.domain.conditions import kind_in_words, read
from tandem.prospecting.domain.icp import Icp

NAMED_GROUPS = {"fit": "name", "exclusion": "name", "segments": "name", "intent": "kind", "personas": "role"}
OP_WORDS = {
    Op.EQ: "is",
    Op.IN: "is one of",
    Op.NOT_IN: "is none of",
    Op.CONTAINS: "says",
    Op.GTE: "is at least",
    Op.LTE: "is at most",
}
ROLE_WORDS = {
    BuyingRole.CHAMPION: "Champion",
    BuyingRole.ECONOMIC_BUYER: "Economic buyer",
    BuyingRole.TECHNICAL_BUYER: "Technical buyer",
    BuyingRole.USER: "User",
    BuyingRole.BLOCKER: "Possible blocker",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One point of a section. figure : weight or amount in words; empty: none. note : where it comes from"""

    name: str
    told: str
    figure: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A part of the document. intro : one sentence on what it is for"""

    title: str
    intro: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What differs between two versions at one place. before, after : in words; empty: not there"""

    place: str
    before: str
    after: str


def in_words(condition: Condition) -> str:
    """A condition as a clause: "country is one of AT, DE and a site opening was seen in 90 days"."""
    match condition:
        case AllOf(parts):
            return " and ".join(_grouped(part) for part in parts)
        case AnyOf(parts):
            return " or ".join(_grouped(part) for part in parts)
        case Not(part):
            return f"not ({in_words(part)})"
        case FieldIs():
            return _field(condition)
        case Uses(technology=technology):
            return f"uses {technology}"
        case Saw():
            return _signal(condition)
        case IsCustomer(wanted=wanted):
            return "is a customer" if wanted else "is no customer"
    return _open_deals(condition)


def _grouped(condition: Condition) -> str:
    told = in_words(condition)
    return f"({told})" if isinstance(condition, AllOf | AnyOf) else told


def _field(condition: FieldIs) -> str:
    name = condition.field.replace("_", " ")
    if condition.op is Op.KNOWN:
        return f"{name} is {'known' if condition.value else 'not known'}"
    values = condition.value if isinstance(condition.value, tuple) else (condition.value,)
    shown = [one if isinstance(one, str) else _number(one) for one in values]
    if condition.op is Op.BETWEEN:
        return f"{name} is {shown[0]} to {shown[-1]}"
    return f"{name} {OP_WORDS[condition.op]} {', '.join(shown)}"


def _signal(condition: Saw) -> str:
    told = [kind_in_words(condition.kind)]
    told += [f"{name} {value}" for name, value in condition.where]
    told += [f"about {' or '.join(condition.topic)}"] if condition.topic else []
    told += [f"that says {' or '.join(condition.text_has)}"] if condition.text_has else []
    told += [f"of strength {condition.strength_gte:g} or more"] if condition.strength_gte is not None else []
    often = f"{condition.at_least} times " if condition.at_least > 1 else ""
    window = f" in {condition.within_days} days" if condition.within_days else ""
    return f"seen {often}{' '.join(told)}{window}"


def _open_deals(condition: OpenDeals) -> str:
    low, high = condition.gte, condition.lte
    if low == high:
        return f"{low} open {'deal' if low == 1 else 'deals'}"
    bounds = [f"at least {low}"] if low is not None else []
    bounds += [f"at most {high}"] if high is not None else []
    return f"{' and '.join(bounds)} open {'deal' if (low, high) == (1, None) else 'deals'}"


def sections(icp: Icp) -> tuple[Section, ...]:
    """The whole document in its order; sections that say nothing are left out."""
    found = (
        Section(
            title="Whom we want",
            intro=f"Each point an account earns counts; {_number(icp.points, 2)} are all there are.",
            lines=tuple(
                Line(name=one.name, told=in_words(one.when), figure=_number(one.weight, 2), note=one.note)
                for one in icp.fit
            ),
        ),
        Section(
            title="What shows that they look",
            intro="Signals count as intent scores them, times these weights; kinds not named count as they are.",
            lines=tuple(
                Line(name=kind_in_words(kind), told="", figure=f"× {weight:g}") for kind, weight in icp.intent.items()
            ),
        ),
        Section(
            title="Whom we leave alone",
            intro="An exclusion wins over everything else.",
            lines=tuple(Line(name=one.name, told=in_words(one.when), note=one.reason) for one in icp.exclusion),
        ),
        Section(
            title="Whom to find there",
            intro="Titles by the part people have in the purchase.",
            lines=tuple(
                Line(name=ROLE_WORDS[one.role], told=", ".join(one.titles), note=one.note) for one in icp.personas
            ),
        ),
        Section(title="What a win brings", intro="", lines=tuple(_values(icp))),
    )
    return tuple(section for section in found if section.lines)


def _values(icp: Icp) -> Iterator[Line]:
    for one in icp.segments:
        yield Line(
            name=one.name, told=in_words(one.when), figure=_money(one.value_if_won, icp.currency)
        )  # fmt: skip
    yield Line(name="Otherwise", told="", figure=_money(icp.value_otherwise, icp.currency))


def _number(value: float, places: int = 0) -> str:
    return f"{value:,.{places}f}"


def _money(amount: Decimal, currency: str) -> str:
    return f"{amount:,.2f} {currency}"


def as_markdown(icp: Icp, *, valid_until: date | None) -> str:
    """The document as Markdown, made from the JSON; its head says so."""
    until = f"Valid until {valid_until.isoformat()}." if valid_until else "A draft."
    lines = [
        f"# {icp.name}, version {icp.version}",
        "",
        f"{until} Made from the JSON, which is what counts; changes here change nothing.",
        *(["", icp.summary] if icp.summary else []),
    ]
    for section in sections(icp):
        lines += ["", f"## {section.title}", "", *([section.intro, ""] if section.intro else [])]
        lines += [f"- **{line.name}**{_after(line)}" for line in section.lines]
    return "\n".join(lines) + "\n"


def _after(line: Line) -> str:
    figure = f" ({line.figure})" if line.figure else ""
    told = f": {line.told}" if line.told else ""
    return f"{figure}{told}{'. ' + line.note if line.note else ''}"


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Change, ...]:
    """What differs between two documents, place by place; members of groups are told apart by their name."""
    return tuple(_differences("", before, after))


def _differences(place: str, before: Any, after: Any) -> Iterator[Change]:
    if isinstance(before, Mapping) and isinstance(after, Mapping) and not _is_condition(place):
        for key in dict.fromkeys((*before, *after)):
            yield from _differences(f"{place} › {key}" if place else str(key), before.get(key), after.get(key))
        return
    name = NAMED_GROUPS.get(place)
    if name is not None:
        old, new = _by_name(before, name), _by_name(after, name)
        for key in dict.fromkeys((*old, *new)):
            yield from _differences(f"{place} › {key}", old.get(key), new.get(key))
        return
    if before != after:
        yield Change(place=place, before=_told(before), after=_told(after))


def _is_condition(place: str) -> bool:
    return place.endswith("› when")


def _by_name(group: Any, name: str) -> dict[str, Any]:
    return {str(one.get(name)): one for one in group or [] if isinstance(one, Mapping)}


def _told(value: Any) -> str:
    """A value in words; a condition as its clause."""
    if value is None:
        return ""
    if isinstance(value, Mapping):
        try:
            return in_words(read(value.get("when", value)))
        except InvalidInput:
            return ", ".join(f"{key} {_told(one)}" for key, one in value.items())
    if isinstance(value, list):
        return ", ".join(map(_told, value))
    return str(value)
