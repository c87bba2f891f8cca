"""How signals count, as one document: kinds, names of events and pages, and whose signals are one's own.

The document is what versions store and what a person edits; it is read strictly, so that a slip is told and not stored.
"""

from __future__ import annotations

import hashlib
import ipaddress
import json
import re
import tomllib
from collections.abc import Iterable, Mapping
from fnmatch import translate
from functools import lru_cache
from typing import Any

from tandem.core.errors import InvalidInput
from tandem.intent.contracts import KindRules, KindTable, NameRule, SignalKind
from tandem.intent.domain.kinds import FILE, built_in_kinds, checked, kinds_with_topics
from tandem.intent.domain.scoring import reaches

HAPPENED = 1.0  # the strength of an event, whatever number it carries
PAGES = frozenset({"page", "screen"})
LONGEST_WORD = 100
LONGEST_TOPIC = 200
HINT = "Give kinds, names and own addresses as in the exported document; start from the version in force."


@lru_cache(maxsize=1)
def built_in_rules() -> KindRules:
    """The rules of `kinds.toml`."""
    told = tomllib.loads(FILE.read_text(encoding="utf-8"))
    events = [NameRule(pattern=pattern, kind=kind) for pattern, kind in told["names"]["events"].items()]
    pages = [NameRule(pattern=pattern, kind=kind, is_page=True) for pattern, kind in told["names"]["pages"].items()]
    return KindRules(
        kinds=built_in_kinds(),
        most_strength={kind: one["most_strength"] for kind, one in told["kinds"].items() if "most_strength" in one},
        names=(*events, *pages),
        unnamed=told["names"]["unnamed"],
    )


@lru_cache(maxsize=1)
def built_in_reasons() -> Mapping[str, str]:
    """Why each kind of `kinds.toml` counts as it does."""
    told = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return {kind: one["because"] for kind, one in told["kinds"].items()} | {"other": told["other"]["because"]}


def kind_of(name: str, *, is_page: bool, rules: KindRules) -> str:
    """The kind an event's or page's name means.

    A kind's own word is that kind; then the first rule that fits; then `unnamed`, where it is known.

    >>> kind_of("Trial Started", is_page=False, rules=built_in_rules())
    'trial_started'
    >>> kind_of("/pricing", is_page=True, rules=built_in_rules())
    'pricing_visit'
    """
    if not is_page and name in rules.kinds.known:
        return name
    for matches, kind in _matchers(rules.names, is_page):
        if matches.match(name.strip().lower()):
            return kind
    return "page" if is_page else rules.unnamed


def is_named(name: str, *, is_page: bool, rules: KindRules) -> bool:
    """Whether some rule names it, or it is a kind's own word."""
    return name in rules.kinds.known or any(
        matches.match(name.strip().lower()) for matches, _ in _matchers(rules.names, is_page)
    )


@lru_cache(maxsize=64)
def _matchers(names: tuple[NameRule, ...], is_page: bool) -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple((_matcher(one.pattern), one.kind) for one in names if one.is_page == is_page)


def _matcher(pattern: str) -> re.Pattern[str]:
    """Only * is special: a bracket or a question mark in an event's name is itself."""
    literal = pattern.strip().lower().replace("[", "[[]").replace("?", "[?]")
    return re.compile(translate(literal))


def speaks(rules: KindRules, kind: str, *, strength: float, topic: str) -> bool:
    """Whether a signal says anything: not below the least strength of its kind, and on a topic that matters here."""
    counts_as = rules.kinds.of(kind)
    is_ours = kind not in kinds_with_topics() or is_own_topic(topic, rules)
    return is_ours and (counts_as is None or reaches(strength, counts_as))


def is_own_topic(topic: str, rules: KindRules) -> bool:
    """Whether a topic is among those that matter here; one that is not named is, for nobody said otherwise."""
    wanted = topics_asked(rules)
    told = topic.strip().lower()
    return not wanted or not told or told in wanted


def topics_asked(rules: KindRules) -> frozenset[str]:
    """The topics as they are compared; empty: all count."""
    return frozenset(one.strip().lower() for one in rules.topics)


def as_document(rules: KindRules) -> dict[str, Any]:
    """JSON-ready; `read_rules` gives the same rules back."""
    known = {
        one.kind: {"weight": one.weight, "half_life_days": one.half_life_days, "saturation": one.saturation}
        | ({} if one.least_strength is None else {"least_strength": one.least_strength})
        | ({"most_strength": rules.most_strength[one.kind]} if one.kind in rules.most_strength else {})
        for one in rules.kinds.known.values()
    }
    other = rules.kinds.other
    return {
        "kinds": known,
        "other": None if other is None else {"weight": other.weight, "half_life_days": other.half_life_days,
                                             "saturation": other.saturation},
        "names": [[one.pattern, one.kind, "page" if one.is_page else "event"] for one in rules.names],
        "unnamed": rules.unnamed,
        "own_domains": list(rules.own_domains),
        "own_addresses": list(rules.own_addresses),
        **({"topics": list(rules.topics)} if rules.topics else {}),
    }  # fmt: skip


def read_rules(document: Mapping[str, Any]) -> KindRules:
    """Rules from a document. Raises InvalidInput that says which part is wrong."""
    try:
        known = {kind: _kind(kind, one) for kind, one in document["kinds"].items()}
        other = document.get("other")
        rules = KindRules(
            kinds=KindTable(known=known, other=None if other is None else _kind("other", other)),
            most_strength={
                kind: _number(kind, "most_strength", one["most_strength"])
                for kind, one in document["kinds"].items()
                if one.get("most_strength") is not None
            },
            names=tuple(_name(one) for one in document.get("names", [])),
            unnamed=str(document.get("unnamed", "product_event")),
            own_domains=_domains(document.get("own_domains", [])),
            own_addresses=tuple(_network(one) for one in document.get("own_addresses", [])),
            topics=_topics(document.get("topics", [])),
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise _wrong(f"The document can't be read: {error}.") from error
    _names_are_known(rules)
    _strengths_can_be_reached(rules)
    return rules


def digest(*parts: object) -> str:
    """A short hash of JSON-ready things, the same for the same content."""
    told = json.dumps(parts, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.blake2b(told.encode(), digest_size=16).hexdigest()


def _names_are_known(rules: KindRules) -> None:
    wanted = {one.kind: one.pattern for one in rules.names} | {rules.unnamed: "names without a rule"}
    for kind, pattern in wanted.items():
        if kind not in rules.kinds.known:
            raise _wrong(f"{pattern!r} means {kind!r}, which is no kind.", hint="Name a kind, or add it to the kinds.")


def _strengths_can_be_reached(rules: KindRules) -> None:
    for kind, one in rules.kinds.known.items():
        most = rules.most_strength.get(kind, HAPPENED)
        if one.least_strength is not None and one.least_strength > most:
            raise _wrong(
                f"least_strength {one.least_strength:g} of {kind!r} is above its most_strength {most:g}.",
                hint="No signal of it would ever count: lower the one or raise the other.",
            )


def _kind(kind: str, told: Mapping[str, Any]) -> SignalKind:
    if not kind or len(kind) > LONGEST_WORD:
        raise _wrong(f"{kind!r} can't be a kind's word.", hint=f"1 to {LONGEST_WORD} characters.")
    bound, least = told.get("saturation"), told.get("least_strength")
    return checked(
        SignalKind(
            kind=kind,
            weight=_number(kind, "weight", told["weight"]),
            half_life_days=_number(kind, "half_life_days", told["half_life_days"]),
            saturation=None if bound is None else _number(kind, "saturation", bound),
            least_strength=None if least is None else _number(kind, "least_strength", least),
        )
    )


def _number(kind: str, column: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _wrong(f"{column} {value!r} of {kind!r} is no number.")
    return float(value)


def _name(told: Iterable[str]) -> NameRule:
    pattern, kind, what = told
    if not str(pattern).strip() or what not in ("event", "page"):
        raise _wrong(
            f"{[pattern, kind, what]!r} is no rule for names.", hint='Write ["pricing*", "pricing_visit", "page"].'
        )
    return NameRule(pattern=str(pattern), kind=str(kind), is_page=what == "page")


def _domains(told: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({str(one).strip().lower().lstrip("@") for one in told if str(one).strip()}))


def _topics(told: Iterable[str]) -> tuple[str, ...]:
    if isinstance(told, str) or not all(isinstance(one, str) and len(one) <= LONGEST_TOPIC for one in told):
        raise _wrong("topics is no list of names.", hint=f"One name a topic, at most {LONGEST_TOPIC} characters each.")
    return tuple({one.strip().lower(): one.strip() for one in told if one.strip()}.values())


def _network(told: str) -> str:
    try:
        return str(ipaddress.ip_network(str(told).strip(), strict=False))
    except ValueError as error:
        raise _wrong(f"{told!r} is no IP address or network.", hint="E.g. 203.0.113.7 or 203.0.113.0/24.") from error


def _wrong(message: str, hint: str = HINT) -> InvalidInput:
    return InvalidInput(message, hint=hint, code="intent.rules")
