"""Which of several sources' values a golden field takes, and why: a chain of narrowing strategies, as data.

Every strategy keeps some of the candidates left by the one before it. The first one after which a single value is left
has decided. Assembling and the "Why?" panel call the same `decide`, so that what is shown is what was done.

Method: attribute-level survivorship as in master data management practice (source trust, recency, frequency,
completeness), e.g. Loshin, Master Data Management (2009), chapter 10.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tandem.accounts.contracts import Entity, SourceKind

WITH = "with:"
ANY_FIELD = "*"


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One source record's value of one field.

    value : typed and not missing
    source_kind : `SourceKind` value
    observed_at : when the source last changed the record
    is_usable : False when the same record says that the value does not work (a bounced address)
    """

    value: Any
    record_id: int
    source_id: int
    source_kind: str
    observed_at: datetime
    is_usable: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """How one field's value is chosen.

    strategies : words of `STRATEGIES`, or "with:<field>" to take the value of the record that won that field
    source_rank : source kinds, most trusted first; kinds that are not named come last
    """

    field: str
    strategies: tuple[str, ...]
    source_rank: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The outcome for one field.

    value : None when no source tells one
    winner : the record the value is taken from; of several that agree, the newest
    strategy : the word that decided; "only" when one source tells it, "agreed" when several tell the same,
        "first_seen" when nothing could tell them apart, "" when there is no value
    why : one sentence for a person
    """

    value: Any = None
    winner: Candidate | None = None
    strategy: str = ""
    why: str = "No source tells this."


Narrow = Callable[[Sequence[Candidate], Rule], Sequence[Candidate]]


def _corrections(candidates: Sequence[Candidate], rule: Rule) -> Sequence[Candidate]:
    return [one for one in candidates if one.source_kind == SourceKind.CORRECTION] or candidates


def _best_ranked(candidates: Sequence[Candidate], rule: Rule) -> Sequence[Candidate]:
    def rank(one: Candidate) -> int:
        return rule.source_rank.index(one.source_kind) if one.source_kind in rule.source_rank else len(rule.source_rank)

    best = min(map(rank, candidates))
    return [one for one in candidates if rank(one) == best]


def _most_recent(candidates: Sequence[Candidate], rule: Rule) -> Sequence[Candidate]:
    latest = max(one.observed_at for one in candidates)
    return [one for one in candidates if one.observed_at == latest]


def _most_frequent(candidates: Sequence[Candidate], rule: Rule) -> Sequence[Candidate]:
    """By how many sources tell the value; a source that repeats itself counts once."""
    tellers: dict[Any, set[int]] = defaultdict(set)
    for one in candidates:
        tellers[same_form(one.value)].add(one.source_id)
    most = max(map(len, tellers.values()))
    return [one for one in candidates if len(tellers[same_form(one.value)]) == most]


def _longest(candidates: Sequence[Candidate], rule: Rule) -> Sequence[Candidate]:
    longest = max(len(str(one.value)) for one in candidates)
    return [one for one in candidates if len(str(one.value)) == longest]


def _any_true(candidates: Sequence[Candidate], rule: Rule) -> Sequence[Candidate]:
    return [one for one in candidates if one.value is True] or candidates


def _usable(candidates: Sequence[Candidate], rule: Rule) -> Sequence[Candidate]:
    return [one for one in candidates if one.is_usable] or candidates


STRATEGIES: Mapping[str, tuple[Narrow, str]] = {
    "correction": (_corrections, "a person corrected it"),
    "source_rank": (_best_ranked, "its source is the most trusted one for this field"),
    "most_recent": (_most_recent, "it is the newest"),
    "most_frequent": (_most_frequent, "most sources tell it"),
    "longest": (_longest, "it is the most complete"),
    "any_true": (_any_true, "one source says yes, and the strictest word counts"),
    "usable": (_usable, "the others are known not to work"),
}


def decide(candidates: Sequence[Candidate], rule: Rule, won: Mapping[str, Decision] | None = None) -> Decision:
    """Choose among the candidates of one field.

    won : decisions on the fields that the rule's "with:" names; may be None when it names none

    >>> def said(value, kind, year):
    ...     at = datetime(year, 1, 1)
    ...     return Candidate(value=value, record_id=year, source_id=year, source_kind=kind, observed_at=at)
    >>> rule = Rule(field="name", strategies=("source_rank",), source_rank=("crm", "vendor"))
    >>> decide([said("Acme", "crm", 2025), said("ACME Corp", "vendor", 2026)], rule).value
    'Acme'
    """
    if not candidates:
        return Decision()
    left: Sequence[Candidate] = candidates
    disagree = not _is_one_value(candidates)
    for word in rule.strategies:
        if word.startswith(WITH):
            leader = (won or {}).get(word.removeprefix(WITH))
            if leader is None or leader.winner is None:
                continue
            left, reason = _beside(left, leader.winner.record_id), f"it stands beside the chosen {_words(word)}"
            if not left:
                return Decision(strategy=word, why=f"The record that gave {_words(word)} does not tell it.")
        elif disagree:
            narrow, reason = STRATEGIES[word]
            left = narrow(left, rule)
        if disagree and _is_one_value(left):
            return _decided(left, word, f"Chosen because {reason}.")
    return _undisputed(left) if _is_one_value(left) else _first_seen(left)


def _undisputed(left: Sequence[Candidate]) -> Decision:
    sources = len({one.source_id for one in left})
    if sources == 1:
        return _decided(left, "only", "Only one source tells it.")
    return _decided(left, "agreed", f"{sources} sources agree.")


def _first_seen(left: Sequence[Candidate]) -> Decision:
    """Nothing told them apart: the record known longest, so that the answer is the same every night."""
    first = min(left, key=lambda one: one.record_id)
    return _decided([first], "first_seen", "Nothing tells the values apart; the one that came first stays.")


def _beside(candidates: Iterable[Candidate], record_id: int) -> Sequence[Candidate]:
    """The candidates of one record; corrections stand for themselves."""
    return [one for one in candidates if one.record_id == record_id or one.source_kind == SourceKind.CORRECTION]


def _is_one_value(candidates: Sequence[Candidate]) -> bool:
    first = candidates[0].value
    return all(one.value == first for one in candidates)


def _decided(left: Sequence[Candidate], strategy: str, why: str) -> Decision:
    """The newest of the candidates that are left, which all say the same."""
    winner = max(left, key=lambda one: (one.observed_at, -one.record_id))
    return Decision(value=winner.value, winner=winner, strategy=strategy, why=why)


def same_form(value: Any) -> Any:
    """Values that differ in case and spaces only are one value when counted."""
    return " ".join(value.casefold().split()) if isinstance(value, str) else value


def _words(strategy: str) -> str:
    return strategy.removeprefix(WITH).replace("_", " ")


@dataclass(frozen=True, slots=True)
class RuleBook:
    """The rules of one entity."""

    rules: Mapping[str, Rule]
    fallback: Rule = field(default_factory=lambda: Rule(field=ANY_FIELD, strategies=("correction", "most_recent")))

    def of(self, name: str) -> Rule:
        """The field's own rule, else the one for all fields."""
        return self.rules.get(name, self.fallback)

    def in_order(self, names: Iterable[str]) -> list[str]:
        """Fields so that one that follows another comes after it."""
        return sorted(names, key=lambda name: (any(word.startswith(WITH) for word in self.of(name).strategies), name))


def rule_book(rules: Iterable[Rule]) -> RuleBook:
    """A book of these rules; the one for "*" becomes the fallback."""
    by_field = {rule.field: rule for rule in rules}
    fallback = by_field.pop(ANY_FIELD, None)
    return RuleBook(by_field, fallback) if fallback is not None else RuleBook(by_field)


def decide_all(candidates: Mapping[str, Sequence[Candidate]], book: RuleBook) -> dict[str, Decision]:
    """Decide every field of one golden record."""
    won: dict[str, Decision] = {}
    for name in book.in_order(candidates):
        won[name] = decide(candidates[name], book.of(name), won)
    return won


# Who is believed first. What we do ourselves (CRM) before what we buy; a vendor knows head counts and trades better.
_OURS = ("correction", "crm", "hr", "marketing", "product", "vendor", "meetings", "mail", "intent", "other")
_FIRMOGRAPHIC = ("correction", "vendor", "crm", "marketing", "other")
_PERSON = ("correction", "crm", "marketing", "vendor", "mail", "meetings", "other")
_TRUSTED = ("correction", "source_rank", "most_recent", "longest")
_FRESH = ("correction", "most_recent", "source_rank", "longest")

# Entity, fields, strategies in order, source kinds by trust. RevOps can change the rows these seed.
DEFAULT_RULES: tuple[tuple[Entity, str, tuple[str, ...], tuple[str, ...]], ...] = (
    (Entity.ACCOUNT, "*", _TRUSTED, _OURS),
    (Entity.ACCOUNT, "name", _TRUSTED, _OURS),
    (Entity.ACCOUNT, "domain", ("correction", "most_frequent", "source_rank", "most_recent"), _OURS),
    (Entity.ACCOUNT, "industry", _TRUSTED, _FIRMOGRAPHIC),
    (Entity.ACCOUNT, "employees", _TRUSTED, _FIRMOGRAPHIC),
    (Entity.ACCOUNT, "annual_revenue", _TRUSTED, _FIRMOGRAPHIC),
    (Entity.ACCOUNT, "currency", ("with:annual_revenue", *_TRUSTED), _FIRMOGRAPHIC),
    (Entity.ACCOUNT, "street", ("with:city", *_TRUSTED), _OURS),
    (Entity.ACCOUNT, "postal_code", ("with:city", *_TRUSTED), _OURS),
    (Entity.ACCOUNT, "description", ("correction", "longest", "most_recent"), _OURS),
    (Entity.CONTACT, "*", _FRESH, _PERSON),
    (Entity.CONTACT, "name", _TRUSTED, _PERSON),
    (Entity.CONTACT, "first_name", _TRUSTED, _PERSON),
    (Entity.CONTACT, "last_name", _TRUSTED, _PERSON),
    (Entity.CONTACT, "owner", _TRUSTED, _PERSON),
    (Entity.CONTACT, "email", ("correction", "usable", "source_rank", "most_recent"), _PERSON),
    (Entity.CONTACT, "account", ("correction", "most_frequent", "most_recent", "source_rank"), _PERSON),
    (Entity.CONTACT, "title", ("correction", "most_recent", "source_rank", "longest"), _PERSON),
    (Entity.CONTACT, "opted_out", ("any_true",), _PERSON),
    (Entity.CONTACT, "do_not_call", ("any_true",), _PERSON),
    (Entity.CONTACT, "has_left", ("correction", "any_true"), _PERSON),
    (Entity.OPPORTUNITY, "*", ("correction", "source_rank", "most_recent"), _OURS),
    (Entity.OPPORTUNITY, "currency", ("with:amount", "correction", "source_rank", "most_recent"), _OURS),
)


def default_rules(entity: Entity) -> list[Rule]:
    """The rules a new installation starts with."""
    return [
        Rule(field=name, strategies=strategies, source_rank=rank)
        for kind, name, strategies, rank in DEFAULT_RULES
        if kind is entity
    ]
