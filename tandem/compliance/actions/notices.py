"""Writing down that somebody was told where their data come from (GDPR Article 14)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from tandem.access.actions import require
from tandem.compliance.actions.ledger import append_many
from tandem.compliance.domain import addresses
from tandem.compliance.models import NoticeGiven
from tandem.compliance.queries.keys import registry_keys
from tandem.core.actors import Actor
from tandem.core.errors import InvalidInput

BATCH = 500


def record_notice(
    subject: str, at: datetime, evidence: str, *, actor: Actor, now: datetime, how: str = "first message"
) -> int:
    """Write down a notice; returns its id.

    subject : whom it was given to, an address or a key of another room: "contact:12"
    evidence : where it can be looked up: the message's id, a letter's number

    Raises NotAllowed without "consent.edit", InvalidInput for what is no address, no evidence, or a future moment.
    """
    return record_notices([subject], at, evidence, actor=actor, now=now, how=how)[0]


def record_notices(
    subjects: Iterable[str], at: datetime, evidence: str, *, actor: Actor, now: datetime, how: str = "first message"
) -> list[int]:
    """The same for many people told in one way; returns the ids in their order."""
    require(actor, "consent.edit")
    if not evidence.strip():
        raise InvalidInput("The evidence is empty.", hint="Say where the notice can be looked up.")
    if at > now:
        raise InvalidInput("The notice lies in the future.", hint="Write it down once it was given.")
    key = registry_keys()[0]
    rows = []
    for subject in subjects:
        read = addresses.read(subject)
        if read is None:
            raise InvalidInput(f"{subject[:80]!r} is no address and no key.", hint='Give such as "contact:12".')
        rows.append(
            NoticeGiven(
                kind=read.kind.value, key_hash=addresses.keyed_hash(read, key), key_id=addresses.key_id(key),
                subject=addresses.account_key(subject), address="" if addresses.account_key(subject) else read.value,
                source=how[:200], evidence=evidence.strip()[:300], at=at, how=how[:100], recorded_at=now,
                recorded_by_id=None if actor.is_agent else actor.id,
            )
        )  # fmt: skip
    with transaction.atomic():
        for start in range(0, len(rows), BATCH):
            NoticeGiven.objects.bulk_create(rows[start : start + BATCH])
        append_many(
            actor=actor, action="compliance.notice_given",
            about=[(f"notice:{row.id}", {"how": row.how, "at": at.isoformat()}) for row in rows],
        )  # fmt: skip
    return [row.id for row in rows]
