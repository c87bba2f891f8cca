"""What outreach holds of people, as the rights desk reaches it: plans, messages to them, messages from them.

Whoever is erased leaves no plan and no text behind. A message that came in keeps its row, kind and day, so that counts
stay true; address, name, words and bytes go. Where a colleague's message names them, its bytes go as well, for nothing
else can take one name out of them; its words are swept with every other table.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from tandem.access.actions import require
from tandem.compliance.actions.retention import register_retained
from tandem.compliance.actions.stores import register_store
from tandem.compliance.contracts.requests import RetainedKind
from tandem.compliance.contracts.retention import Held
from tandem.compliance.contracts.rights import PersonKeys, StoredItem
from tandem.core import ledger
from tandem.core.actors import Actor
from tandem.core.scrubbing import scrub_when_done
from tandem.engagement.models import (
    CampaignTarget,
    Draft,
    Enrollment,
    Inbound,
    InboundEffect,
    RedirectProposal,
    Review,
    SoftNoHeard,
    Touch,
)

PERSON = "contact:"
BATCH = 500
ERASED: Mapping[str, Any] = {
    "sender": "", "sender_name": "", "subject": "", "evidence": "", "new_text": "", "reading": {}, "message_id": "",
    "content": b"", "contact": None,
}  # fmt: skip
SCRUBBED = frozenset(
    str(model._meta.db_table)
    for model in (
        Enrollment,
        Touch,
        Draft,
        Review,
        CampaignTarget,
        SoftNoHeard,
        Inbound,
        InboundEffect,
        RedirectProposal,
    )
)


class OutreachStore:
    """Plans, texts and replies."""

    name, title = "engagement.outreach", "Outreach to the person and what they answered"

    def widen(self, person: PersonKeys) -> PersonKeys:
        """Nothing that the contacts do not know."""
        return PersonKeys()

    def collect(self, person: PersonKeys) -> Iterator[StoredItem]:
        """See `PersonStore.collect`."""
        ids = _ids(person)
        for row in Enrollment.objects.filter(contact_id__in=ids).select_related("campaign").order_by("id"):
            yield StoredItem(
                store=self.name, what="plan", key=f"enrollment:{row.id}", at=row.enrolled_at,
                data={"campaign": row.campaign.name, "state": row.state, "why": row.why, "language": row.language},
            )  # fmt: skip
        drafts = Draft.objects.filter(Q(touch__contact_id__in=ids) | Q(touch__enrollment__contact_id__in=ids))
        for draft in drafts.select_related("touch").order_by("id"):
            yield StoredItem(
                store=self.name, what="text to the person", key=f"draft:{draft.id}", at=draft.written_at,
                data={
                    "subject": draft.subject, "body": draft.body, "channel": draft.touch.channel, "state": draft.state,
                    "sent_at": draft.touch.sent_at.isoformat() if draft.touch.sent_at else None,
                    "written_by": draft.engine or draft.written_by,
                },
            )  # fmt: skip
        for inbound in _own(person).order_by("id"):
            yield StoredItem(
                store=self.name, what="message from the person", key=f"inbound:{inbound.id}", at=inbound.received_at,
                origin=inbound.channel,
                data={"subject": inbound.subject, "text": inbound.new_text, "kind": inbound.kind},
            )  # fmt: skip
        for named in _naming(person).order_by("id"):
            yield StoredItem(
                store=self.name, what="named by a colleague", key=f"redirect:{named.id}", at=named.inbound.received_at,
                data={"name": named.name, "email": named.email},
            )  # fmt: skip

    def correct(
        self, person: PersonKeys, changes: Mapping[str, str], *, request: str, actor: Actor, now: datetime
    ) -> int:
        """Nothing: what was said stays said; the next text is written to the corrected contact."""
        return 0

    def erase(self, person: PersonKeys, *, request: str, actor: Actor, now: datetime) -> int:
        """See `PersonStore.erase`. Raises NotAllowed without "request.manage"."""
        require(actor, "request.manage")
        ids, mentions = _ids(person), _mentions(person)
        with transaction.atomic():
            gone = _own(person).update(**ERASED)
            gone += Inbound.objects.filter(id__in=mentions).exclude(content=b"").update(content=b"")
            gone += _naming(person).delete()[0]
            for model in (Touch, Enrollment, CampaignTarget):
                gone += model.objects.filter(contact_id__in=ids).delete()[0]
            if gone:
                ledger.append(actor, "engagement.person_erased", subject=request, contacts=sorted(ids), rows=gone)
            scrub_when_done(SCRUBBED)  # texts go with their contact, too
        return gone


class PastMessages:
    """Messages that came in, with their bytes, once their time is over."""

    kind = RetainedKind(
        name="engagement.inbound", title="Replies to outreach", counts_from="the day the message came in", months=36,
        rule="EU-GDPR-008",
    )  # fmt: skip

    def count(self, before: datetime, held: Held) -> tuple[int, int]:
        """(past, held)."""
        past = kept = 0
        for batch in _past(before):
            past += len(batch)
            kept += len(batch) - len(_free(batch, held))
        return past, kept

    def delete(self, before: datetime, held: Held, *, actor: Actor, now: datetime) -> int:
        """Batch by batch, each in its own transaction."""
        gone = 0
        for batch in _past(before):
            with transaction.atomic():
                free = Inbound.objects.filter(id__in=_free(batch, held))
                gone += free.count()
                free.delete()
        return gone


def _ids(person: PersonKeys) -> set[int]:
    told = (subject.removeprefix(PERSON) for subject in person.subjects if subject.startswith(PERSON))
    return {int(number) for number in told if number.isdecimal()}


def _own(person: PersonKeys) -> QuerySet[Inbound]:
    """Messages from them, and about mail to them, that are not emptied."""
    wrote = Q(contact_id__in=_ids(person)) | Q(sender__in=person.phones)
    for email in person.emails:
        wrote |= Q(sender__iexact=email)
    orphans = [pk for pk, is_orphan in _naming_messages(person) if is_orphan]
    return Inbound.objects.filter(wrote | Q(id__in=orphans)).exclude(sender="", content=b"", new_text="")


def _mentions(person: PersonKeys) -> list[int]:
    return [pk for pk, _ in _naming_messages(person)]


def _naming_messages(person: PersonKeys) -> list[tuple[int, bool]]:
    """Messages whose bytes hold one of the addresses, and whether nobody else stands behind them (a bounce)."""
    wanted = [address.lower().encode() for address in person.addresses if address]
    found = []
    rows = Inbound.objects.exclude(content=b"").order_by("id").values_list("id", "content", "contact_id", "touch_id")
    for pk, content, contact_id, touch_id in rows.iterator(chunk_size=BATCH):
        raw = zlib.decompress(bytes(content)).lower()
        if any(address in raw for address in wanted):
            found.append((pk, contact_id is None and touch_id is None))
    return found


def _naming(person: PersonKeys) -> QuerySet[RedirectProposal]:
    by_address = Q(contact_id__in=_ids(person))
    for email in person.emails:
        by_address |= Q(email__iexact=email)
    return RedirectProposal.objects.filter(by_address).select_related("inbound")


def _past(before: datetime) -> Iterator[Sequence[tuple[int, int | None, int | None]]]:
    """(id, contact, account) of messages before a moment, in the order of ids."""
    last = 0
    rows = Inbound.objects.filter(received_at__lt=before).order_by("id").values_list("id", "contact_id", "account_id")
    while batch := list(rows.filter(id__gt=last)[:BATCH]):
        yield batch
        last = batch[-1][0]


def _free(batch: Sequence[tuple[int, int | None, int | None]], held: Held) -> list[int]:
    """Ids of the messages that no hold keeps."""
    return [
        pk
        for pk, contact, account in batch
        if not held.keeps(subjects={f"contact:{contact}", f"account:{account}"})
    ]  # fmt: skip


def register_stores() -> None:
    """Called at start-up."""
    register_store(OutreachStore())
    register_retained(PastMessages())
