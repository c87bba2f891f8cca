"""Limits that people set on the use of their data, and the end of a limit."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from tandem.access.actions import require, require_reason
from tandem.compliance.actions.ledger import append
from tandem.compliance.contracts.requests import Limit
from tandem.compliance.contracts.rights import PersonKeys
from tandem.compliance.domain import addresses
from tandem.compliance.models import PersonalLimit
from tandem.compliance.queries.keys import read_all, registry_keys
from tandem.core.actors import Actor
from tandem.core.errors import Conflict, NotFound


def set_limit(limit: Limit, person: PersonKeys, *, request: str, actor: Actor, now: datetime) -> int:
    """Keep under every address and key that the person forbade it; returns how many stand afterwards.

    Raises NotAllowed without "request.edit".
    """
    require(actor, "request.edit")
    key = registry_keys()[0]
    subject = person.subjects[0] if person.subjects else ""
    rows = [
        PersonalLimit(
            limit=limit.value, kind=one.kind.value, key_hash=addresses.keyed_hash(one, key),
            key_id=addresses.key_id(key), address=one.value, subject=subject, source=request, at=now, recorded_at=now,
            recorded_by_id=None if actor.is_agent else actor.id,
        )
        for one in dict.fromkeys(read_all([*person.addresses, *person.subjects]))
    ]  # fmt: skip
    with transaction.atomic():
        PersonalLimit.objects.bulk_create(rows, ignore_conflicts=True)
        append(actor=actor, action="compliance.limit_set", subject=request, facts={"limit": limit.value})
    hashes = [row.key_hash for row in rows]
    return PersonalLimit.objects.filter(limit=limit.value, key_hash__in=hashes, ended_at=None).count()


def end_limit(limit_id: int, *, reason: str, actor: Actor, now: datetime) -> None:
    """Let a limit end: the person took it back, or a restriction is over and they were told (GDPR Article 18(3)).

    Raises NotAllowed without "request.decide", InvalidInput without a reason, NotFound, Conflict when it has ended.
    """
    require(actor, "request.decide")
    reason = require_reason(reason)
    rows = PersonalLimit.objects.filter(id=limit_id)
    if not rows.exists():
        raise NotFound(f"There is no limit {limit_id}.")
    with transaction.atomic():
        if not rows.filter(ended_at=None).update(ended_at=now, ended_why=reason[:300]):
            raise Conflict("It has ended already.", hint="Reload the page.")
        append(actor=actor, action="compliance.limit_ended", subject=f"limit:{limit_id}", facts={"reason": reason})
