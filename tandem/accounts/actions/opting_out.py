"""Who asked any source to be left alone goes into the suppression registry, with every address we know of them.

The strictest source wins, and the registry outlives it: a flag that somebody takes off again in the CRM changes nothing
here; only a later permission with its proof does. Runs at the end of every refresh and every night, and writes only
what is new.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max, Q

from tandem.access.actions import require
from tandem.accounts.contracts import Entity
from tandem.accounts.models import Activity, Contact, ContactPoint, Source, StoredReport
from tandem.accounts.queries.choosing import readings
from tandem.accounts.queries.choosing.records import Record, among, in_slices, records_of, source_kinds
from tandem.compliance import actions as compliance
from tandem.compliance.contracts import (
    AddressKind,
    Channel,
    OptOut,
    SuppressionEntry,
    SuppressionReason,
    SuppressReport,
)
from tandem.core.actors import Actor, built_in_agent

AT_ONCE = 5_000
MAIL_SEEN = "mail-reports-suppressed"
# What mail servers report (`connectors.mail_reports`), and agents that vendors run (`connectors.sales_agents`), and
# what it means for the registry.
REPORTED = {
    "bounced": (Channel.EMAIL, SuppressionReason.BOUNCE),
    "complained": (Channel.ALL, SuppressionReason.COMPLAINT),
    "unsubscribed": (Channel.ALL, SuppressionReason.UNSUBSCRIBE),
}
FEED = built_in_agent("opt-outs", "worker")
FLAGGED = Q(opted_out=True) | Q(do_not_call=True)
KINDS = {"email": AddressKind.EMAIL, "phone": AddressKind.PHONE, "mobile": AddressKind.PHONE}
NUMBERS = tuple(kind for kind, of in KINDS.items() if of is AddressKind.PHONE)

Progress = Callable[[int, int | None, str], None]
Ways = Mapping[int, Sequence[tuple[AddressKind, str]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Flag:
    """A word of the sources that refuses contact, and what it means for the registry."""

    field: str
    channel: Channel
    reason: SuppressionReason
    kinds: frozenset[AddressKind]
    told: str


FLAGS = (
    _Flag(field="opted_out", channel=Channel.ALL, reason=SuppressionReason.UNSUBSCRIBE,
          kinds=frozenset(AddressKind), told="opted out in"),
    _Flag(field="do_not_call", channel=Channel.VOICE, reason=SuppressionReason.OBJECTION,
          kinds=frozenset({AddressKind.PHONE, AddressKind.ACCOUNT}), told="not to be called in"),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class OptOutReport:
    """What one run did.

    people : contacts whom some source says to leave alone, or whose address bounced
    added, known : entries of the registry that are new, and that stood there or were answered by a permission
    refused : addresses that can't be ones
    """

    people: int = 0
    added: int = 0
    known: int = 0
    refused: int = 0

    def as_dict(self) -> dict[str, Any]:
        """Ready for JSON."""
        return asdict(self)

    def plus(self, people: int, report: SuppressReport) -> OptOutReport:
        """With what one batch did."""
        return OptOutReport(
            people=self.people + people,
            added=self.added + report.added,
            known=self.known + report.known,
            refused=self.refused + len(report.rejects),
        )


def suppress_opted_out(
    *, actor: Actor, now: datetime, contact_ids: Sequence[int] | None = None, progress: Progress | None = None
) -> OptOutReport:
    """Suppress everybody whom a source says to leave alone: everywhere, by voice, or by mail where it bounced.

    The person's key ("contact:12") goes in too, so that an address that comes later is covered at once. A number that
    others share who said nothing (a switchboard) is left out; the key covers the person.

    contact_ids : only these; None: all

    Raises NotAllowed without "suppression.edit".
    """
    require(actor, "suppression.edit")
    names, kinds = dict(Source.objects.values_list("id", "name")), source_kinds()
    flagged = _ids(Contact.objects.filter(FLAGGED, merged_into=None), contact_ids)
    report = OptOutReport()
    for done, some in enumerate(in_slices(flagged, AT_ONCE)):
        told = records_of(Entity.CONTACT, some, kinds)
        found = list(_refusals(some, told, _ways_to(some), names, now))
        report = report.plus(len(some), compliance.take_opt_outs(found, actor=actor, now=now))
        if progress:
            progress(min((done + 1) * AT_ONCE, len(flagged)), len(flagged), "suppressing who opted out")
    bounced = _bounced(names, contact_ids, now)
    return report.plus(len({one.subject for one in bounced}), compliance.take_opt_outs(bounced, actor=actor, now=now))


def suppress_reported(*, actor: Actor, now: datetime) -> OptOutReport:
    """Suppress what mail servers reported since the last run: bounces by mail, complaints on every channel.

    Raises NotAllowed without "suppression.edit".
    """
    require(actor, "suppression.edit")
    seen = StoredReport.objects.filter(key=MAIL_SEEN).values_list("body", flat=True).first() or 0
    told = Activity.objects.filter(id__gt=seen, details__has_any_keys=list(REPORTED)).order_by("id")
    found = [
        OptOut(
            entry=SuppressionEntry(address=address, kind=AddressKind.EMAIL, reason=reason, channel=channel,
                                   evidence=f"activity:{activity_id}", at=min(at, now)),
            subject="", source=f"{word} by mail",
        )
        for activity_id, at, details in told.values_list("id", "at", "details")
        for word, (channel, reason) in REPORTED.items()
        for address in details.get(word, ())
    ]  # fmt: skip
    last = Activity.objects.aggregate(last=Max("id"))["last"]
    with transaction.atomic():
        report = OptOutReport().plus(len(found), compliance.take_opt_outs(found, actor=actor, now=now))
        if last is not None and last != seen:
            StoredReport.objects.update_or_create(key=MAIL_SEEN, defaults={"body": last, "computed_at": now})
    return report


def suppress_at_once(contact_ids: Sequence[int], *, now: datetime) -> None:
    """The same for a few contacts, in the caller's transaction, after somebody corrected or merged them.

    Acts as a part of the product: whoever may correct a contact need not be allowed to write to the registry.
    """
    suppress_opted_out(actor=FEED, now=now, contact_ids=contact_ids)


def _ids(rows: Any, contact_ids: Sequence[int] | None) -> list[int]:
    if contact_ids is not None:
        rows = rows.filter(**among("id", list(contact_ids)))
    return list(rows.order_by("id").values_list("id", flat=True))


def _ways_to(contact_ids: Sequence[int]) -> Ways:
    """Mailboxes and own numbers of each contact, and its key. Two queries."""
    points = ContactPoint.objects.filter(kind__in=KINDS, **among("contact_id", contact_ids))
    rows = list(points.order_by("id").values_list("contact_id", "kind", "value"))
    shared = _shared({value for _, kind, value in rows if kind in NUMBERS})
    found: dict[int, dict[tuple[AddressKind, str], None]] = defaultdict(dict)
    for contact_id, kind, value in rows:
        if value not in shared:
            found[contact_id][KINDS[kind], value] = None
    return {one: [(AddressKind.ACCOUNT, f"contact:{one}"), *found.get(one, ())] for one in contact_ids}


def _shared(numbers: Iterable[str]) -> set[str]:
    """Numbers that also belong to somebody who refused nothing."""
    shared: set[str] = set()
    for some in in_slices(sorted(numbers), AT_ONCE):
        others = ContactPoint.objects.filter(
            kind__in=NUMBERS, value__in=some, contact__opted_out=False, contact__do_not_call=False
        )
        shared |= set(others.values_list("value", flat=True))
    return shared


def _refusals(
    contact_ids: Sequence[int],
    told: Mapping[int, Sequence[Record]],
    ways: Ways,
    names: Mapping[int, str],
    now: datetime,
) -> Iterator[OptOut]:
    """One entry for each contact, flag and address, on the word of the source that said it first."""
    for contact_id in contact_ids:
        for flag in FLAGS:
            says = readings.yes(flag.field)
            sayers = [record for record in told.get(contact_id, ()) if says(record) is True]
            if not sayers:
                continue
            record = min(sayers, key=lambda one: (one.observed_at, one.id))
            latest = min(max(one.observed_at for one in sayers), now)  # a source's clock may run ahead
            source = f"{flag.told} {names[record.source_id]}"
            for kind, value in ways[contact_id]:
                if kind in flag.kinds:
                    entry = SuppressionEntry(address=value, kind=kind, reason=flag.reason, channel=flag.channel,
                                             evidence=f"record:{record.id}", at=latest)  # fmt: skip
                    yield OptOut(entry=entry, subject=f"contact:{contact_id}", source=source)


def _bounced(names: Mapping[int, str], contact_ids: Sequence[int] | None, now: datetime) -> list[OptOut]:
    """Mailboxes that a source says bounced; not those that a person has typed in again since, which are in use."""
    rows = ContactPoint.objects.filter(
        kind="email", verification=ContactPoint.Verification.BOUNCED, is_primary=False, contact__merged_into=None
    )
    if contact_ids is not None:
        rows = rows.filter(**among("contact_id", list(contact_ids)))
    return [
        OptOut(
            entry=SuppressionEntry(
                address=value, kind=AddressKind.EMAIL, reason=SuppressionReason.BOUNCE, channel=Channel.EMAIL,
                evidence=f"contact:{contact_id}", at=min(since or now, now),
            ),
            subject=f"contact:{contact_id}",
            source=f"bounced in {names[source_id]}",
        )
        for contact_id, value, source_id, since in rows.order_by("id").values_list(
            "contact_id", "value", "source_id", "verified_at"
        )
    ]  # fmt: skip
