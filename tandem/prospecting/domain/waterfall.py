"""The waterfall: which provider is asked next for whom, until enough is known, and never twice for the same."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from tandem.prospecting.domain.accuracy import Candidate, in_order


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """How a field is filled. providers : in the order in which they are asked; enough : sources that must tell it"""

    providers: tuple[str, ...]
    enough: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """The next question. fields : what it could bring; because : why this provider, in words"""

    provider: str
    fields: tuple[str, ...]
    because: str


def next_step(
    missing: Collection[str],
    rules: Mapping[str, Rule],
    *,
    told_by: Mapping[str, int],
    asked: Collection[str],
    able: Collection[str],
) -> Step | None:
    """The provider that comes first for a missing field and was not asked yet; None: enough is known, or none is left.

    told_by : sources that tell each field by now
    asked : providers asked in this run, or whose answer of earlier still holds
    able : providers that can be asked now

    >>> next_step(["title"], {"title": Rule(providers=("a", "b"))}, told_by={}, asked={"a"}, able={"a", "b"}).provider
    'b'
    """
    wanted = [field for field in sorted(missing) if field in rules and told_by.get(field, 0) < rules[field].enough]
    for place in range(max((len(rules[field].providers) for field in wanted), default=0)):
        for field in wanted:
            order = rules[field].providers
            if place < len(order) and order[place] in able and order[place] not in asked:
                chosen = order[place]
                also = tuple(one for one in wanted if chosen in rules[one].providers)
                return Step(provider=chosen, fields=also, because=f"{chosen} stands at place {place + 1} for {field}.")
    return None


def usual_rules(fields: Sequence[str], candidates: Mapping[str, Sequence[Candidate]]) -> dict[str, Rule]:
    """Rules where nobody has written one: by right answers for the money."""
    return {
        field: Rule(providers=tuple(one.key for one in in_order(candidates[field])))
        for field in fields
        if candidates.get(field)
    }
