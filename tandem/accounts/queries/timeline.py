"""One timeline over every source: what happened with an account, a person or a deal, newest first.

Each strand (touches, deal changes, signals, data work) is read with its own limit and the strands are merged, so a
page costs the same however long the history is.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from itertools import islice

from django.db.models import Q, QuerySet

from tandem.accounts.contracts import ActivityKind
from tandem.accounts.models import Activity, ActivityParticipant, MergeEvent, OpportunityChange, Remark, SourceRecord
from tandem.accounts.queries.signals import Signal, by_day
from tandem.accounts.queries.values import Names, moves_of, name_of, named_in, names_of_keys
from tandem.accounts.queries.visible import deals_in_sight
from tandem.compliance.queries import entries_about
from tandem.core.actors import Actor
from tandem.core.errors import InvalidInput

PAGE_ITEMS = 20
QUOTE_CHARACTERS = 240
MAIL_PREFIX = re.compile(r"^e-?mail\s*:\s*((received|sent)\s*:\s*)?", re.IGNORECASE)  # as mail loggers of CRMs write


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
    """One value that changed, in the canonical form of the model; owner and account by name. None: empty, not told."""

    field: str
    old: str | None
    new: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """Somebody by name. contact_id: opens the contact; None: one of us, or unknown."""

    name: str
    contact_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One line of the timeline.

    who : the person it begins with; empty when nobody
    contact_id, deal_id : what its name opens; None: nothing, or out of sight
    text : what happened, in words of ours
    quote : words people wrote, cut to 240 characters
    by : who did it in our house; empty: unknown
    to : whom a mail went to
    steps : old and new values of a deal change; currency is the deal's, for its amounts
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
    to: tuple[Named, ...] = ()
    steps: tuple[Step, ...] = ()
    currency: str = ""
    people: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A stretch of the timeline.

    older : cursor of the next stretch; empty at the end
    strands : those that have something at all
    """

    items: tuple[Item, ...]
    older: str = ""
    strands: tuple[Strand, ...] = ()


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


def account_timeline(
    actor: Actor,
    account_id: int,
    *,
    signals: Sequence[Signal] = (),
    strand: Strand | None = None,
    cursor: str = "",
) -> Page:
    """What happened with an account. The caller has made sure that the account is in sight.

    signals : of the account, as `signals.signals_at` reads them; shown by day and source
    """
    deals = deals_in_sight(actor).filter(account_id=account_id)
    readers: dict[Strand, Reader] = {
        Strand.DEALS: _changes(OpportunityChange.objects.filter(opportunity__in=deals)),
        Strand.SIGNALS: _signal_days(signals),
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
    limit = PAGE_ITEMS + skip + 1
    read = {name: list(reader(until, limit)) for name, reader in readers.items() if strand in (None, name)}
    found = [item for items in read.values() for item in items]
    if strand is None or strand in ACTIVITY_STRANDS:
        found += _touches(touches, ACTIVITY_STRANDS[strand] if strand else None)(until, limit)
    found.sort(key=lambda item: (item.at, item.strand, item.key), reverse=True)
    shown = found[skip : skip + PAGE_ITEMS]
    filled = () if cursor else _filled(touches, readers, read)
    if len(found) < limit:
        return Page(items=tuple(shown), strands=filled)
    last = shown[-1].at
    seen = sum(item.at == last for item in shown)
    if cursor and last == cursor.at:
        seen += skip
    return Page(items=tuple(shown), older=str(Cursor(last, seen)), strands=filled)


def _filled(
    touches: QuerySet[Activity], readers: dict[Strand, Reader], read: dict[Strand, list[Item]]
) -> tuple[Strand, ...]:
    """The strands that have something; readers that have not run yet are asked for one item."""
    kinds = touches.order_by().values_list("kind", flat=True).distinct()
    filled = {STRAND_OF[ActivityKind(kind)] for kind in kinds}
    for name, reader in readers.items():
        if any(read[name] if name in read else reader(None, 1)):
            filled.add(name)
    return tuple(strand for strand in Strand if strand in filled)


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
    kind = ActivityKind(row.kind)
    who, to = _writers(row) if kind is ActivityKind.EMAIL else (_party(row), ())
    told = {who.name, *(one.name for one in to)}
    people = [person.name or person.address for person in row.participants.all()]
    return Item(
        at=row.at,
        strand=STRAND_OF[kind],
        key=f"activity:{row.id}",
        source=row.source.name,
        who=who.name,
        contact_id=who.contact_id,
        to=to,
        deal_id=row.opportunity_id,
        deal_name=row.opportunity.name if row.opportunity else "",
        text=MAIL_PREFIX.sub("", row.subject) if kind is ActivityKind.EMAIL else row.subject,
        quote=_cut(row.body),
        by=row.owner.name if row.owner else "",
        is_inbound=row.is_inbound,
        duration_seconds=row.duration_seconds or None,
        people=tuple(dict.fromkeys(name for name in people if name not in told)),
    )


def _party(row: Activity) -> Named:
    return Named(name=row.contact.name, contact_id=row.contact_id) if row.contact else Named(name="")


def _writers(row: Activity) -> tuple[Named, tuple[Named, ...]]:
    """Who wrote a mail to whom: by its own addresses, else by the contact and the owner that the CRM logs it with."""

    def named(role: str) -> list[Named]:
        return [
            Named(
                name=person.name or person.address,
                contact_id=person.contact_id if person.contact_id == row.contact_id else None,
            )
            for person in row.participants.all()
            if person.role == role
        ]

    senders = named("from")
    if senders:
        return senders[0], tuple(named("to"))
    outside, inside = _party(row), Named(name=row.owner.name if row.owner else "")
    who, to = (outside, inside) if row.is_inbound else (inside, outside)
    return (who, (to,) if to.name else ()) if who.name else (to, ())


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
        moments: dict[tuple[datetime, int], list[OpportunityChange]] = {}
        ordered = found.select_related("opportunity", "source").order_by("-at", "opportunity_id", "id")
        for row in ordered.iterator(chunk_size=limit):
            key = (row.at, row.opportunity_id)
            if key not in moments and len(moments) == limit:
                break
            moments.setdefault(key, []).append(row)
        names = names_of_keys(
            (row.source_id, told) for changes in moments.values() for row in changes for told in named_in(row)
        )
        return [_deal_item(changes, names) for changes in moments.values()]

    return read


def _deal_item(changes: Sequence[OpportunityChange], names: Names) -> Item:
    row = changes[0]
    return Item(
        at=row.at,
        strand=Strand.DEALS,
        key=f"deal:{row.opportunity_id}",
        source=row.source.name,
        text="",
        deal_id=row.opportunity_id,
        deal_name=row.opportunity.name,
        by=name_of(names, row.source_id, row.by),
        steps=tuple(Step(field=field, old=old, new=new) for field, old, new in moves_of(changes, names)),
        currency=row.opportunity.currency,
    )


def _signal_days(signals: Sequence[Signal]) -> Reader:
    """What the warehouse's signals say, by day and source."""

    def read(until: datetime | None, limit: int) -> Iterable[Item]:
        days = (day for day in by_day(signals) if until is None or day.at <= until)
        return [
            Item(
                at=day.at,
                strand=Strand.SIGNALS,
                key=f"signal:{day.source}:{day.on}",
                source=day.source,
                text=day.text,
                people=day.people,
            )
            for day in islice(days, limit)
        ]

    return read


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
    entries = [entry for entry in entries_about(f"{entity}:{golden_id}") if entry.action in CORRECTIONS]
    numbers = [entry.number for entry in entries]
    remarks = dict(Remark.objects.filter(entry__in=numbers).values_list("entry", "text")) if numbers else {}
    for entry in entries:
        facts = json.loads(entry.facts)
        yield Item(
            at=entry.at,
            strand=Strand.DATA,
            key=f"ledger:{entry.number}",
            source="Ledger",
            who=entry.actor_name,
            text=f"{CORRECTIONS[entry.action]} {str(facts.get('field', 'a field')).replace('_', ' ')}",
            quote=remarks.get(entry.number, ""),
        )
