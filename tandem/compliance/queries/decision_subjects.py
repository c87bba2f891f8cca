"""The installation's contacts as requests to decide, with what the registries hold of them.

Rooms above register where contacts come from; compliance knows none of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from tandem.compliance.contracts import Address, Purpose, RelationshipFact, RelationshipKind
from tandem.compliance.contracts.subjects import DecisionSubject, SubjectSource
from tandem.compliance.domain.consent_words import registry_channel, rule_consents, rule_relationship
from tandem.compliance.models import Relationship
from tandem.compliance.queries.keys import hashes_of, read_all
from tandem.compliance.queries.stored_consents import stored_consents_among
from tandem.compliance.queries.suppression import suppressed_among
from tandem.core.bulk import BATCH_ROWS

_sources: dict[str, SubjectSource] = {}


def register_decision_subjects(name: str, source: SubjectSource) -> None:
    """Have a room's contacts tried when rules change. The same name again takes the place of the first."""
    _sources[name] = source


def count_decision_subjects() -> int:
    """How many requests `decision_subjects` will give, about."""
    return sum(source.count() for source in _sources.values())


def decision_subjects(now: datetime) -> Iterator[DecisionSubject]:
    """Every contact on every channel it can be reached on, as a request at `now`, batch by batch."""
    for source in _sources.values():
        for batch in source.each(now):
            yield from _with_registries(batch, now)


def _with_registries(batch: Sequence[DecisionSubject], now: datetime) -> Iterator[DecisionSubject]:
    people = {str(index): read_all(one.addresses) for index, one in enumerate(batch)}
    consents, relations = stored_consents_among(people), _relationships_among(people, now)
    suppressed = {
        channel: suppressed_among(people, channel, purpose=Purpose.SALES)
        for channel in {registry_channel(str(one.request["channel"])) for one in batch}
    }
    for index, one in enumerate(batch):
        key, channel = str(index), str(one.request["channel"])
        purpose = str(one.request.get("purpose", "cold_outreach"))
        request: dict[str, Any] = dict(one.request)
        request["suppressed"] = bool(request.get("suppressed")) or key in suppressed[registry_channel(channel)]
        request["consents"] = rule_consents(consents.get(key, ()), channel=channel, purpose=purpose, now=now)
        if key in relations:
            request["relationship"] = rule_relationship(relations[key])
        yield replace(one, request=request)


def _relationships_among(
    people: Mapping[str, Sequence[Address]], now: datetime
) -> dict[str, dict[RelationshipKind, RelationshipFact]]:
    """The latest fact of each kind, by the caller's keys."""
    wanted: dict[str, set[str]] = {}
    for key, given in people.items():
        for hashed in hashes_of(given):
            wanted.setdefault(hashed, set()).add(key)
    found: dict[str, dict[RelationshipKind, RelationshipFact]] = {}
    hashes = list(wanted)
    for start in range(0, len(hashes), BATCH_ROWS):
        rows = Relationship.objects.filter(key_hash__in=hashes[start : start + BATCH_ROWS], at__lte=now)
        for row in rows.order_by("at", "id"):
            kind = RelationshipKind(row.fact)
            fact = RelationshipFact(id=row.id, kind=kind, at=row.at, source=row.source, evidence=row.evidence)
            for key in wanted[row.key_hash]:
                found.setdefault(key, {})[kind] = fact
    return found
