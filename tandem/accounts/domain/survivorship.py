"""Which of several sources' values becomes the golden one, and why: rules as data, one pure function.

A rule is a list of strategies tried in order. Each keeps the candidates that are best by its measure; the first that
leaves one value has decided. What is still tied after the last goes to the record that came first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tandem.accounts.contracts import Entity, SourceKind


@dataclass(frozen=True, slots=True)
class Candidate:
    """One source record's value of one field. `value` is never None."""

    record_id: int
    source_id: int
    kind: str
    observed_at: datetime
    value: Any


@dataclass(frozen=True, slots=True)
class Rule:
    """How a field's winner is found.

    strategies : words of `STRATEGIES`, in order
    source_rank : source kinds, most trusted first; kinds not named come last
    """

    strategies: tuple[str, ...]
    source_rank: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Choice:
    """The winner. `decided_by`: the strategy that settled it; "only" with one value, "first" when all were tied."""

    value: Any
    record_id: int
    decided_by: str


DEFAULT_RANK = tuple(
    kind.value
    for kind in (
        SourceKind.CRM, SourceKind.HR, SourceKind.MARKETING, SourceKind.PRODUCT, SourceKind.VENDOR, SourceKind.OTHER,
        SourceKind.MEETINGS, SourceKind.MAIL, SourceKind.CHAT, SourceKind.INTENT, SourceKind.PUBLIC,
    )
)  # fmt: skip
_USUAL = ("correction", "source_rank", "most_recent")
_FRESHEST = ("correction", "most_recent", "source_rank")
_AGREED = ("correction", "most_sources", "source_rank", "most_recent")
_STRICTEST = ("any_true",)

# The rules of a new installation; RevOps changes them as rows.
DEFAULT_RULES: Mapping[tuple[str, str], Rule] = {
    (Entity.ACCOUNT, "*"): Rule(_USUAL, DEFAULT_RANK),
    (Entity.ACCOUNT, "employees"): Rule(_FRESHEST, DEFAULT_RANK),
    (Entity.ACCOUNT, "annual_revenue"): Rule(_FRESHEST, DEFAULT_RANK),
    (Entity.ACCOUNT, "domain"): Rule(_AGREED, DEFAULT_RANK),
    (Entity.ACCOUNT, "country"): Rule(_AGREED, DEFAULT_RANK),
    (Entity.CONTACT, "*"): Rule(_USUAL, DEFAULT_RANK),
    (Entity.CONTACT, "title"): Rule(_FRESHEST, DEFAULT_RANK),
    (Entity.CONTACT, "email"): Rule(_AGREED, DEFAULT_RANK),
    (Entity.CONTACT, "account"): Rule(_AGREED, DEFAULT_RANK),
    (Entity.CONTACT, "opted_out"): Rule(_STRICTEST),
    (Entity.CONTACT, "do_not_call"): Rule(_STRICTEST),
    (Entity.CONTACT, "has_left"): Rule(_STRICTEST),
    (Entity.OPPORTUNITY, "*"): Rule(_USUAL, DEFAULT_RANK),
}

WORDS = {
    "only": "it is the only value any source gives",
    "first": "all measures were tied, so the record that came first stands",
    "correction": "a person corrected it",
    "source_rank": "its source is trusted most for this field",
    "most_recent": "its source changed it last",
    "most_sources": "most sources agree on it",
    "longest": "it says most",
    "any_true": "one source says so, and the strictest wins",
    "with_amount": "it is the currency of the amount that won",
    "from_title": "no source tells it; it is read from the job title",
    "from_place": "no source tells it; it is the zone of the country or of the phone number",
    "ring": "it is left out, because the companies would be each other's parents",
}


def choose(candidates: Sequence[Candidate], rule: Rule) -> Choice | None:
    """The winning value; None without candidates.

    >>> older = Candidate(1, 1, "crm", datetime(2026, 1, 1), "Ltd")
    >>> newer = Candidate(2, 2, "vendor", datetime(2026, 2, 1), "Limited")
    >>> choose([older, newer], Rule(("most_recent",))).value
    'Limited'
    """
    if not candidates:
        return None
    left = list(candidates)
    if _is_settled(left):
        return _choice(left, "only")
    for word in rule.strategies:
        kept = STRATEGIES[word](left, rule)
        if kept and len(kept) < len(left):
            left = kept
            if _is_settled(left):
                return _choice(left, word)
    return _choice(left, "first")


def _choice(left: Sequence[Candidate], decided_by: str) -> Choice:
    winner = min(left, key=lambda candidate: candidate.record_id)
    return Choice(winner.value, winner.record_id, decided_by)


def _is_settled(left: Sequence[Candidate]) -> bool:
    first = left[0].value
    return all(candidate.value == first for candidate in left)


def _corrections(left: Sequence[Candidate], rule: Rule) -> list[Candidate]:
    typed = [candidate for candidate in left if candidate.kind == SourceKind.CORRECTION]
    return [max(typed, key=lambda candidate: (candidate.observed_at, candidate.record_id))] if typed else []


def _ranked(left: Sequence[Candidate], rule: Rule) -> list[Candidate]:
    places = {kind: place for place, kind in enumerate(rule.source_rank)}
    best = min(places.get(candidate.kind, len(places)) for candidate in left)
    return [candidate for candidate in left if places.get(candidate.kind, len(places)) == best]


def _latest(left: Sequence[Candidate], rule: Rule) -> list[Candidate]:
    latest = max(candidate.observed_at for candidate in left)
    return [candidate for candidate in left if candidate.observed_at == latest]


def _agreed(left: Sequence[Candidate], rule: Rule) -> list[Candidate]:
    votes = Counter(value for _, value in {(candidate.source_id, str(candidate.value)) for candidate in left})
    most = max(votes.values())
    return [candidate for candidate in left if votes[str(candidate.value)] == most]


def _longest(left: Sequence[Candidate], rule: Rule) -> list[Candidate]:
    longest = max(len(str(candidate.value)) for candidate in left)
    return [candidate for candidate in left if len(str(candidate.value)) == longest]


def _any_true(left: Sequence[Candidate], rule: Rule) -> list[Candidate]:
    return [candidate for candidate in left if candidate.value is True]


STRATEGIES: Mapping[str, Callable[[Sequence[Candidate], Rule], list[Candidate]]] = {
    "correction": _corrections,
    "source_rank": _ranked,
    "most_recent": _latest,
    "most_sources": _agreed,
    "longest": _longest,
    "any_true": _any_true,
}
