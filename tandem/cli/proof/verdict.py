"""After a race: what the order of the ledger and the arrivals at the mail server say, against each other."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tandem.cli.proof.town import Town
from tandem.compliance import queries
from tandem.compliance.queries.keys import hashes_of, read_all

LONGEST_GAP = 1.0  # seconds from a no or a stop to the last arrival of what had been claimed before it


@dataclass(slots=True)
class _Story:
    """The ledger, as far as it matters. Places are numbers of entries; moments are seconds since 1970."""

    claims: list[tuple[int, str, str]] = field(default_factory=list)
    refusals: dict[int, tuple[int, float]] = field(default_factory=dict)
    stops: list[tuple[int, float, int, float]] = field(default_factory=list)
    actions: Counter[str] = field(default_factory=Counter)


def verdict(town: Town, arrivals: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Leaks in words, counts, and the longest time from a no or a stop to an arrival.

    arrivals : `sink.Arrival` as mappings
    """
    story = _read(_covered(town))
    leaks = [] if queries.verify().holds else ["the ledger's chain does not hold"]
    leaks += _claims_that_may_not_be(story)
    leaks += _arrivals_that_may_not_be(story, arrivals)
    gaps = list(_gaps(story, arrivals))
    longest = max(gaps, default=0.0)
    return {
        "leaks": leaks + ([f"a mail arrived {longest:.2f} s after a no"] if longest >= LONGEST_GAP else []),
        "arrivals": len(arrivals),
        "claims": len(story.claims),
        "refused_people": len(story.refusals),
        "stops": len(story.stops),
        "uncertain": story.actions["compliance.uncertain"],
        "refused_claims": story.actions["compliance.claim_refused"],
        "decisions": story.actions["compliance.decided"],
        "entries": story.actions.total(),
        "arrived_after_a_no": len(gaps),
        "longest_gap_seconds": round(longest, 3),
    }


def _covered(town: Town) -> dict[int, set[int]]:
    """Whom each entry of the registry takes out, by its id."""
    owner: dict[str, set[int]] = {}
    for citizen in town.citizens:
        for hashed in hashes_of(read_all(citizen.addresses)):
            owner.setdefault(hashed, set()).add(citizen.number)
    by_subject = {citizen.subject: citizen.number for citizen in town.citizens}
    manager = _reviewer()
    covered = {}
    for row in queries.list_suppressions(manager, queries.SuppressionFilters(), limit=None):
        named = {by_subject[row.subject]} if row.subject in by_subject else set()
        covered[row.id] = owner.get(row.key_hash, set()) | named
    return covered


def _reviewer() -> Any:
    from tandem.access.queries import list_people
    from tandem.core.actors import Actor, ActorKind

    person = next(one for one in list_people() if one.role == "revops")
    return Actor(kind=ActorKind.PERSON, id=person.id, name=person.name, role="revops")


def _read(covered: Mapping[int, set[int]]) -> _Story:
    story, thrown = _Story(), {}
    for entry in queries.all_entries():
        story.actions[entry.action] += 1
        at, number = entry.at.timestamp(), entry.number
        if entry.action == "compliance.claimed":
            facts = json.loads(entry.facts)
            story.claims.append((number, facts["touch"], facts["message_hash"]))
        elif entry.action == "compliance.suppressed":
            for citizen in covered.get(int(entry.subject.partition(":")[2]), ()):
                story.refusals.setdefault(citizen, (number, at))
        elif entry.action == "compliance.switch_thrown":
            thrown[entry.subject] = (number, at)
        elif entry.action == "compliance.switch_lifted":
            story.stops.append((*thrown.pop(entry.subject), number, at))
    story.stops += [(number, at, 2**62, float("inf")) for number, at in thrown.values()]
    return story


def _citizen(touch: str) -> int:
    return int(touch.replace("-", ":").split(":")[1])


def _claims_that_may_not_be(story: _Story) -> list[str]:
    found = []
    for number, touch, _ in story.claims:
        said = story.refusals.get(_citizen(touch))
        if said is not None and number > said[0]:
            found.append(f"entry {number} claims {touch} after the no of entry {said[0]}")
        found += [
            f"entry {number} claims {touch} while the switch of entry {start} stood"
            for start, _, end, _ in story.stops
            if start < number < end
        ]
    return found


def _arrivals_that_may_not_be(story: _Story, arrivals: Sequence[Mapping[str, Any]]) -> list[str]:
    claimed = {(touch, digest) for _, touch, digest in story.claims}
    times = Counter(one["key"] for one in arrivals)
    found = [f"{key} arrived {count} times" for key, count in times.items() if count > 1]
    for one in arrivals:
        if (one["key"].replace("-", ":"), one["digest"]) not in claimed:
            found.append(f"{one['key']} arrived without a claim of these bytes")
    return found


def _gaps(story: _Story, arrivals: Sequence[Mapping[str, Any]]) -> list[float]:
    """Seconds from a no (or a stop) to each arrival after it of what had been claimed before."""
    gaps = []
    for one in arrivals:
        said = story.refusals.get(_citizen(one["key"]))
        if said is not None and one["at"] > said[1]:
            gaps.append(one["at"] - said[1])
        gaps += [one["at"] - start for _, start, _, end in story.stops if start < one["at"] < end]
    return gaps
