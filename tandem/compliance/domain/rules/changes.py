"""Rules over time: what comes into force or ends, and how two versions of a rule differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from tandem.compliance.domain.rules.packs import Packs, Rule

_NOT_COMPARED = frozenset({"id"})


class Turn(StrEnum):
    """What happens to a rule on a day."""

    STARTS = "comes into force"
    ENDS = "ends"


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleChange:
    """A day on which a rule begins to count or no longer does.

    on : first day of the new state
    is_decided : whether decisions hang on it; rules for reference are only read
    """

    on: date
    turn: Turn
    rule: Rule
    is_decided: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldChange:
    """A field of a rule in two versions; empty where a version does not have it."""

    field: str
    before: str
    after: str


def changes_between(packs: Packs, since: date, until: date) -> list[RuleChange]:
    """What changes from the day `since` to the day `until`, both included, earliest first."""
    found = []
    for rule in packs.rules:
        starts = rule.starts
        ends = rule.ends + timedelta(days=1) if rule.ends and rule.ends < date.max else None
        for on, turn in ((starts, Turn.STARTS), (ends, Turn.ENDS)):
            if on is not None and since <= on <= until:
                found.append(RuleChange(on=on, turn=turn, rule=rule, is_decided=rule.effect != "reference"))
    return sorted(found, key=lambda change: (change.on, change.rule.id, change.turn))


def versions_of(packs: Packs, rule_id: str) -> list[Rule]:
    """All versions of a rule, oldest first; versions of the product that an own pack replaced come before it."""
    known = [rule for rule in packs.rules if rule.id == rule_id]
    old = [rule for rule in packs.replaced if rule.id == rule_id]
    return [*sorted(old, key=_began), *sorted(known, key=_began)]


def _began(rule: Rule) -> date:
    return rule.starts or date.min


def differences(before: Rule, after: Rule) -> list[FieldChange]:
    """Fields that differ, in the order of the newer version."""
    names = dict.fromkeys((*after.told, *before.told))
    return [
        FieldChange(field=name, before=before.told.get(name, ""), after=after.told.get(name, ""))
        for name in names
        if name not in _NOT_COMPARED and before.told.get(name, "") != after.told.get(name, "")
    ]


def with_versions(packs: Packs) -> Sequence[str]:
    """Ids of rules of which more than one version is known."""
    seen: dict[str, int] = {}
    for rule in (*packs.replaced, *packs.rules):
        seen[rule.id] = seen.get(rule.id, 0) + 1
    return sorted(name for name, count in seen.items() if count > 1)
