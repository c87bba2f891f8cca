"""What a change of rules does: two states of the packs over many requests, and whose outcome differs because of what.

Requests that meet the same rules in both states are not decided at all: their outcome can't differ. Of the others,
those with the same facts are decided once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tandem.compliance.contracts.decisions import Decision, Outcome
from tandem.compliance.contracts.subjects import DecisionSubject
from tandem.compliance.domain.rules.decisions import decide_request, rules_of
from tandem.compliance.domain.rules.packs import Packs
from tandem.compliance.domain.rules.request import Request, Situation, read_request, read_situation
from tandem.core.errors import InvalidInput

Report = Callable[[int], None]
REPORT_EVERY = 2_000
KNOWN_DECISIONS = 50_000
UNREADABLE_SHOWN = 20
NO_PLACE = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One contact on one channel whose outcome differs.

    subject : "contact:12", or what the file calls it
    group : campaign or segment; empty: none
    places : candidates of the recipient's place
    rules : ids of the rules that made the difference
    why : the explanation after the change
    """

    subject: str
    group: str
    channel: str
    places: tuple[str, ...]
    before: Outcome
    after: Outcome
    rules: tuple[str, ...]
    why: str

    def as_dict(self) -> dict[str, Any]:
        """As the shell and a stored report have it."""
        return {
            "subject": self.subject,
            "campaign": self.group,
            "channel": self.channel,
            "places": list(self.places),
            "before": self.before.value,
            "after": self.after.value,
            "rules": list(self.rules),
            "why": self.why,
        }


@dataclass(slots=True, kw_only=True)
class Impact:
    """What a comparison found.

    decided : requests that were tried; changed_count of them end otherwise
    changed : the first of them, as many as were asked for
    by_rule, by_group, by_channel, by_place, by_turn : how many changes each counts in; a turn is "allow to block"
    unreadable_count, unreadable : requests that could not be read, and the first of them with the reason
    """

    decided: int = 0
    changed_count: int = 0
    changed: list[Change] = field(default_factory=list)
    by_rule: Counter[str] = field(default_factory=Counter)
    by_group: Counter[str] = field(default_factory=Counter)
    by_channel: Counter[str] = field(default_factory=Counter)
    by_place: Counter[str] = field(default_factory=Counter)
    by_turn: Counter[str] = field(default_factory=Counter)
    unreadable_count: int = 0
    unreadable: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """As the shell prints it and a report stores it; tables from the most to the fewest."""
        tables = ("by_rule", "by_group", "by_channel", "by_place", "by_turn")
        names = {"by_group": "by_campaign"}
        return {
            "decided": self.decided,
            "changed_count": self.changed_count,
            "unreadable_count": self.unreadable_count,
            "unreadable": list(self.unreadable),
            **{names.get(name, name): _ranked(getattr(self, name)) for name in tables},
            "changed": [change.as_dict() for change in self.changed],
        }


def _ranked(counts: Mapping[str, int]) -> dict[str, int]:
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def compare(
    before: Packs,
    after: Packs,
    requests: Iterable[DecisionSubject],
    *,
    keep: int | None = None,
    report: Report | None = None,
) -> Impact:
    """Decide each request by both states of the packs and count what differs.

    keep : how many changes to keep one by one; None: all. Counts are always whole.
    report : told how many requests are through, every few thousand
    What can't be read is counted with its reason and left out.
    """
    impact, comparer = Impact(), _Comparer(before, after)
    for number, subject in enumerate(requests, 1):
        try:
            pair = comparer.pair(subject.request)
        except InvalidInput as error:
            impact.unreadable_count += 1
            if len(impact.unreadable) < UNREADABLE_SHOWN:
                impact.unreadable.append(f"{subject.key}: {error.message}")
            continue
        impact.decided += 1
        if pair is not None and pair[1].outcome is not pair[2].outcome:
            _count(impact, subject, *pair, keep)
        if report is not None and number % REPORT_EVERY == 0:
            report(number)
    return impact


def _count(
    impact: Impact, subject: DecisionSubject, request: Request, before: Decision, after: Decision, keep: int | None
) -> None:
    change = Change(
        subject=subject.key,
        group=subject.group,
        channel=request.channel,
        places=after.places,
        before=before.outcome,
        after=after.outcome,
        rules=_causes(before, after),
        why=after.explanation,
    )
    impact.changed_count += 1
    if keep is None or len(impact.changed) < keep:
        impact.changed.append(change)
    impact.by_rule.update(change.rules)
    impact.by_group[change.group] += 1
    impact.by_channel[change.channel] += 1
    impact.by_place.update(change.places or (NO_PLACE,))
    impact.by_turn[f"{change.before.value} to {change.after.value}"] += 1


def _causes(before: Decision, after: Decision) -> tuple[str, ...]:
    """Rules that speak otherwise and weigh as much as either outcome; all that speak otherwise when none does."""
    old = {rule.id: (rule.version, rule.effect) for rule in before.rules}
    new = {rule.id: (rule.version, rule.effect) for rule in after.rules}
    different = {name for name in old.keys() | new.keys() if old.get(name) != new.get(name)}
    decisive = {before.outcome.value, after.outcome.value}
    causes = {
        name for name in different if {told[name][1] for told in (old, new) if name in told} & decisive
    }  # fmt: skip
    return tuple(sorted(causes or different))


class _Comparer:
    """Both states of the packs, with what is known of requests that are alike."""

    def __init__(self, before: Packs, after: Packs) -> None:
        self.before, self.after = before, after
        self.is_same: dict[Hashable, bool] = {}
        self.decided: dict[Hashable, tuple[Decision, Decision]] = {}

    def pair(self, told: Mapping[str, Any]) -> tuple[Request, Decision, Decision] | None:
        """The request read, and the decisions before and after; None when no rule that concerns it differs.

        Raises InvalidInput.
        """
        read = read_situation(told)
        situation = _situation(read)
        same = self.is_same.get(situation)
        if same is None:
            digests = [{rule.digest for rule in rules_of(read, packs)} for packs in (self.before, self.after)]
            same = self.is_same[situation] = digests[0] == digests[1]
        if same:
            return None
        request = read_request(told)
        key = (situation, _facts_key(request))
        found = self.decided.get(key)
        if found is None:
            if len(self.decided) >= KNOWN_DECISIONS:
                self.decided.clear()
            found = decide_request(request, self.before), decide_request(request, self.after)
            self.decided[key] = found
        return request, *found


def _situation(request: Situation) -> Hashable:
    """What decides which rules may speak."""
    return (
        request.channel,
        request.purpose,
        request.where,
        request.has_unknown_place,
        request.sender_country,
        request.at.date(),
    )


def _facts_key(request: Request) -> Hashable:
    """Everything a decision hangs on."""
    return (request.at, request.kinds, request.history, request.lapsed, request.unknown, tuple(request.facts.values()))
