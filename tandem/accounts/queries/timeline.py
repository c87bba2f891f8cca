"""One timeline over every source: what happened with an account, a person or a deal, newest first.

Each strand (touches, deal changes, signals, data work) is read with its own limit and the strands are merged, so a
page costs the same however long the history is.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum

from django.db.models import Q, QuerySet

from tandem.accounts.contracts import ActivityKind
from tandem.accounts.models import Activity, ActivityParticipant, MergeEvent, OpportunityChange, SourceRecord
from tandem.accounts.queries.visible import deals_in_sight
from tandem.compliance.queries import entries_about
from tandem.core.actors import Actor
from tandem.core.errors import InvalidInput

PAGE_ITEMS = 40
QUOTE_CHARACTERS = 240


class Strand(StrEnum):
    """What a timeline can be narrowed to."""

    MAIL = "mail"
    MEETINGS = "meetings"
    CALLS = "calls"
    CHAT = "chat"
    TASKS = "tasks"
    DEALS = "deals"
    SIGNALS = "signals"
    DATA = "data"


ACTIVITY_STRANDS: dict[Strand, tuple[ActivityKind, ...]] = {
    Strand.MAIL: (ActivityKind.EMAIL,),
    Strand.MEETINGS: (ActivityKind.MEETING,),
    Strand.CALLS: (ActivityKind.CALL,),
    Strand.CHAT: (ActivityKind.CHAT, ActivityKind.SMS, ActivityKind.SOCIAL),
    Strand.TASKS: (ActivityKind.TASK, ActivityKind.NOTE),
    Strand.SIGNALS: (ActivityKind.FORM,),
}
STRAND_OF = {kind: strand for strand, kinds in ACTIVITY_STRANDS.items() for kind in kinds}


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One value that changed. None: empty, or not told."""

    field: str
    old: str | None
    new: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One line of the timeline.

    who : the person it begins with; empty when nobody
    contact_id, deal_id : what its name opens; None: nothing, or out of sight
    text : what happened, in words of ours
    quote : words people wrote, cut to 240 characters
    by : who did it in our house; empty: unknown
    steps : old and new values of a deal change
    people : further participants
    """

    at: datetime
    strand: Strand
    key: str
    source: str
    text: str
    who: str = ""
    contact_id: int | None = None
    deal_id: int | None = None
    deal_name: str = ""
    quote: str = ""
    by: str = ""
    is_inbound: bool | None = None
    duration_seconds: int | None = None
    steps: tuple[Step, ...] = ()
    people: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A stretch of the timeline. `older`: cursor of the next stretch, empty at the end."""

    items: tuple[Item, ...]
    older: str = ""


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a page goes on: items at `at` are included, but the first `skip` of them have been shown."""

    at: datetime
    skip: int

    def __str__(self) -> str:
        return f"{self.at.isoformat()}~{self.skip}"

    @classmethod
    def read(cls, text: str) -> Cursor | None:
        """From an address; None when it is empty. Raises InvalidInput."""
        if not text:
            return None
        moment, _, skip = text.partition("~")
        try:
            at = datetime.fromisoformat(moment)
            return cls(at if at.tzinfo else at.replace(tzinfo=UTC), int(skip or 0))
        except ValueError as error:
            raise InvalidInput(
                f"{text!r} is no place in a timeline.", hint="Open the timeline from its top."
            ) from error


Reader = Callable[[datetime | None, int], Iterable[Item]]


def account_timeline(actor: Actor, account_id: int, *, strand: Strand | None = None, cursor: str = "") -> Page:
    """What happened with an account. The caller has made sure that the account is in sight."""
    deals = deals_in_sight(actor).filter(account_id=account_id)
    readers: dict[Strand, Reader] = {
        Strand.DEALS: _changes(OpportunityChange.objects.filter(opportunity__in=deals)),
        Strand.DATA: _data_work("account", account_id),
    }
    return _page(Activity.objects.filter(account_id=account_id), readers, strand, Cursor.read(cursor))


def contact_timeline(actor: Actor, contact_id: int, *, strand: Strand | None = None, cursor: str = "") -> Page:
    """What happened with a person. The caller has made sure that the contact is in sight."""
    took_part = ActivityParticipant.objects.filter(contact_id=contact_id).values("activity_id")
    touches = Activity.objects.filter(Q(contact_id=contact_id) | Q(id__in=took_part))
    readers: dict[Strand, Reader] = {Strand.DATA: _data_work("contact", contact_id)}
    return _page(touches, readers, strand, Cursor.read(cursor))


def deal_timeline(actor: Actor, deal_id: int, *, strand: Strand | None = None, cursor: str = "") -> Page:
    """What happened with a deal. The caller has made sure that the deal is in sight."""
    readers: dict[Strand, Reader] = {
        Strand.DEALS: _changes(OpportunityChange.objects.filter(opportunity_id=deal_id)),
        Strand.DATA: _data_work("opportunity", deal_id),
    }
    return _page(Activity.objects.filter(opportunity_id=deal_id), readers, strand, Cursor.read(cursor))


def _page(
    touches: QuerySet[Activity], readers: dict[Strand, Reader], strand: Strand | None, cursor: Cursor | None
) -> Page:
    """Merge the strands that are wanted and cut after PAGE_ITEMS."""
    skip = cursor.skip if cursor else 0
    until = cursor.at if cursor else None
    wanted = [reader for name, reader in readers.items() if strand in (None, name)]
    if strand is None or strand in ACTIVITY_STRANDS:
        wanted.append(_touches(touches, ACTIVITY_STRANDS[strand] if strand else None))
    found = [item for reader in wanted for item in reader(until, PAGE_ITEMS + skip + 1)]
    found.sort(key=lambda item: (item.at, item.strand, item.key), reverse=True)
    shown = found[skip : skip + PAGE_ITEMS]
    if len(found) <= skip + PAGE_ITEMS:
        return Page(items=tuple(shown))
    last = shown[-1].at
    seen = sum(item.at == last for item in shown)
    if cursor and last == cursor.at:
        seen += skip
    return Page(items=tuple(shown), older=str(Cursor(last, seen)))


def _touches(rows: QuerySet[Activity], kinds: Sequence[ActivityKind] | None) -> Reader:
    def read(until: datetime | None, limit: int) -> Iterable[Item]:
        found = rows.filter(kind__in=kinds) if kinds else rows
        if until is not None:
            found = found.filter(at__lte=until)
        found = found.select_related("source", "contact", "opportunity", "owner").prefetch_related("participants")
        for row in found.order_by("-at", "-id")[:limit]:
            yield _touch(row)

    return read


def _touch(row: Activity) -> Item:
    others = [person.name or person.address for person in row.participants.all()]
    sender = next((person for person in row.participants.all() if person.role == "from"), None)
    who = row.contact.name if row.contact else (sender.name or sender.address) if sender and row.is_inbound else ""
    return Item(
        at=row.at,
        strand=STRAND_OF[ActivityKind(row.kind)],
        key=f"activity:{row.id}",
        source=row.source.name,
        who=who,
        contact_id=row.contact_id,
        deal_id=row.opportunity_id,
        deal_name=row.opportunity.name if row.opportunity else "",
        text=row.subject,
        quote=_cut(row.body),
        by=row.owner.name if row.owner else "",
        is_inbound=row.is_inbound,
        duration_seconds=row.duration_seconds,
        people=tuple(dict.fromkeys(name for name in others if name != who)),
    )


def _cut(text: str) -> str:
    """The beginning of a text on one line, cut between words."""
    flat = " ".join(text.split())
    if len(flat) <= QUOTE_CHARACTERS:
        return flat
    return flat[:QUOTE_CHARACTERS].rsplit(" ", 1)[0] + " …"


def _changes(rows: QuerySet[OpportunityChange]) -> Reader:
    """Changes of one deal at one moment are one item."""

    def read(until: datetime | None, limit: int) -> Iterable[Item]:
        found = rows if until is None else rows.filter(at__lte=until)
        moments: dict[tuple[datetime, int], Item] = {}
        ordered = found.select_related("opportunity", "source").order_by("-at", "opportunity_id", "id")
        for row in ordered.iterator(chunk_size=limit):
            key = (row.at, row.opportunity_id)
            if key not in moments and len(moments) == limit:
                break
            step = Step(field=row.field, old=row.old, new=row.new)
            item = moments.get(key) or _deal_item(row)
            moments[key] = replace(item, steps=(*item.steps, step))
        return moments.values()

    return read


def _deal_item(row: OpportunityChange) -> Item:
    return Item(
        at=row.at,
        strand=Strand.DEALS,
        key=f"deal:{row.opportunity_id}",
        source=row.source.name,
        text="",
        deal_id=row.opportunity_id,
        deal_name=row.opportunity.name,
        by=row.by,
    )


def _data_work(entity: str, golden_id: int) -> Reader:
    """Loads that brought something, merges and their undoing, and what the ledger says of corrections."""

    def read(until: datetime | None, limit: int) -> Iterable[Item]:
        items = [*_loads(entity, golden_id), *_merges(entity, golden_id), *_ledger_items(entity, golden_id)]
        items = [item for item in items if until is None or item.at <= until]
        return sorted(items, key=lambda item: item.at, reverse=True)[:limit]

    return read


def _loads(entity: str, golden_id: int) -> Iterable[Item]:
    records = SourceRecord.objects.filter(entity=entity, golden_id=golden_id, load__isnull=False)
    rows = records.values_list("load_id", "source__name", "load__file_name", "load__finished_at", "load__started_at")
    counts = Counter(rows)
    for (load_id, source, file_name, finished_at, started_at), found in counts.items():
        told = "1 record" if found == 1 else f"{found} records"
        yield Item(
            at=finished_at or started_at,
            strand=Strand.DATA,
            key=f"load:{load_id}",
            source=source,
            text=f"{source} brought {told} in {file_name}",
        )


def _merges(entity: str, golden_id: int) -> Iterable[Item]:
    for merge in MergeEvent.objects.filter(entity=entity, kept_id=golden_id):
        records = len(merge.record_ids)
        yield Item(
            at=merge.at,
            strand=Strand.DATA,
            key=f"merge:{merge.id}",
            source="Matching",
            text=f"Put together with record {merge.absorbed_id} ({records} source records)",
            by=merge.by,
        )
        if merge.undone_at:
            yield Item(
                at=merge.undone_at,
                strand=Strand.DATA,
                key=f"unmerge:{merge.id}",
                source="Matching",
                text=f"Taken apart again from record {merge.absorbed_id}",
            )


CORRECTIONS = {"accounts.corrected": "corrected", "accounts.correction_withdrawn": "withdrew the correction of"}


def _ledger_items(entity: str, golden_id: int) -> Iterable[Item]:
    for entry in entries_about(f"{entity}:{golden_id}"):
        word = CORRECTIONS.get(entry.action)
        if word:
            facts = json.loads(entry.facts)
            yield Item(
                at=entry.at,
                strand=Strand.DATA,
                key=f"ledger:{entry.number}",
                source="Ledger",
                who=entry.actor_name,
                text=f"{word} {str(facts.get('field', 'a field')).replace('_', ' ')}",
                quote=str(facts.get("reason", "")),
            )
