"""Writes of the suppression registry: into it at once and for good; out of it only on a later permission with proof."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.db import transaction

from tandem.access.actions import require
from tandem.compliance.actions.ledger import append, append_many
from tandem.compliance.contracts import (
    Reject,
    SuppressionEntry,
    SuppressionReason,
    SuppressReport,
)
from tandem.compliance.domain import addresses
from tandem.compliance.models import Suppression
from tandem.compliance.queries.keys import known_key_ids, registry_keys
from tandem.core import bulk
from tandem.core.actors import Actor
from tandem.core.errors import Conflict, InvalidInput, NotFound

CLOCK_SLACK = timedelta(minutes=5)  # clocks of other machines that say when somebody said it
BATCH = 500
LONGEST_ADDRESS = 1_000
IDENTITY = ("key_hash", "kind", "key_id", "channel", "purpose", "reason")


def suppress(entry: SuppressionEntry, *, source: str, actor: Actor, now: datetime, subject: str = "") -> SuppressReport:
    """Take one address out of everything at once; saying it twice changes nothing.

    subject : whom it concerns, as another room names them ("contact:12")

    Raises NotAllowed without "suppression.edit", InvalidInput for an address that can't be one.
    """
    report = suppress_many([entry], source=source, actor=actor, now=now, subjects=[subject])
    if report.rejects:
        raise InvalidInput(
            f"{entry.address!r} can't be suppressed: {report.rejects[0].reason}.",
            hint="Give a mail address, a phone number with its country, a domain, or a key like account:12.",
        )
    return report


def suppress_many(
    entries: Iterable[SuppressionEntry],
    *,
    source: str,
    actor: Actor,
    now: datetime,
    subjects: Sequence[str] | None = None,
) -> SuppressReport:
    """Take many addresses out at once, in one transaction; what stands there already stays, what can't be is told.

    source : where they come from, e.g. "import:contacts.csv"
    subjects : whom each entry concerns, in the entries' order; None: nobody in particular

    Raises NotAllowed without "suppression.edit", InvalidInput without a source.
    """
    require(actor, "suppression.edit")
    if not source.strip():
        raise InvalidInput("The source is empty.", hint="Say where the entries come from.")
    rows: list[Suppression] = []
    rejects: list[Reject] = []
    for number, entry in enumerate(entries, 1):
        identity, fault = _identity(entry, now)
        if identity is None:
            rejects.append(Reject(number=number, value=(entry.address or entry.key_hash)[:200], reason=fault))
            continue
        row = _row(entry, identity, source=source.strip()[:200], actor=actor, now=now)
        if subjects is not None and row.reason != SuppressionReason.ERASED:
            row.subject = subjects[number - 1][:120]
        rows.append(row)
    added = _insert(rows, actor)
    return SuppressReport(added=added, known=len(rows) - added, rejects=tuple(rejects))


def lift_suppression(suppression_id: int, *, permission: str, given_at: datetime, actor: Actor, now: datetime) -> None:
    """Let an entry end because the person gave a later permission, with its proof. The entry stays to be read.

    permission : where the proof lies: a confirmed double opt-in, a signed form, the person's own mail
    given_at : when the permission was given; after the entry, not in the future

    Raises NotAllowed without "suppression.manage", NotFound, Conflict when it has ended already or has a legal reason,
    InvalidInput without proof or with a permission older than the entry.
    """
    require(actor, "suppression.manage")
    row = Suppression.objects.filter(id=suppression_id).first()
    if row is None:
        raise NotFound(f"There is no suppression {suppression_id}.", hint="Look for the address in the registry.")
    if row.reason == SuppressionReason.LEGAL:
        raise Conflict(
            "A suppression for a legal reason does not end by a permission.",
            hint="Ask a lawyer; the entry stays.",
            code="suppression.legal",
        )
    if not permission.strip():
        raise InvalidInput("The proof of the permission is empty.", hint="Say where it can be looked up.")
    if not row.at < given_at <= now:
        raise InvalidInput(
            f"The permission of {given_at:%d %b %Y %H:%M} is not later than the entry of {row.at:%d %b %Y %H:%M}, "
            "or lies in the future.",
            hint="Only what the person said afterwards counts.",
        )
    with transaction.atomic():
        changed = Suppression.objects.filter(id=suppression_id, superseded_at=None).update(
            superseded_at=now, permission=permission.strip()[:300]
        )
        if not changed:
            raise Conflict("This suppression has ended already.", hint="Reload the page.")
        append(
            actor=actor,
            action="compliance.suppression_lifted",
            subject=f"suppression:{suppression_id}",
            facts={"given_at": given_at.isoformat()},
        )


def _identity(entry: SuppressionEntry, now: datetime) -> tuple[dict[str, str] | None, str]:
    """The columns that say who it is, or None and why the entry can't be taken."""
    if entry.at is not None and entry.at > now + CLOCK_SLACK:
        return None, f"its time {entry.at:%Y-%m-%d %H:%M} lies in the future"
    if not entry.address and entry.key_hash:
        return _by_hash(entry)
    if len(entry.address) > LONGEST_ADDRESS:
        return None, "it is too long for an address"
    address = addresses.read(entry.address, country=entry.country, kind=entry.kind)
    if address is None:
        wanted = f"a {entry.kind.value} address" if entry.kind else "a mail address, phone number, domain or key"
        return None, f"it is not {wanted}"
    key = registry_keys()[0]
    return {
        "kind": address.kind.value,
        "key_hash": addresses.keyed_hash(address, key),
        "key_id": addresses.key_id(key),
        "address": "" if entry.reason is SuppressionReason.ERASED else address.value,
    }, ""


def _by_hash(entry: SuppressionEntry) -> tuple[dict[str, str] | None, str]:
    if entry.kind is None or not re.fullmatch(r"[0-9a-f]{32}", entry.key_hash):
        return None, "a hash is 32 hex digits and comes with its kind"
    if entry.key_id not in known_key_ids():
        return None, f"its hash was made with a key ({entry.key_id or 'none named'}) that is not known here"
    return {"kind": entry.kind.value, "key_hash": entry.key_hash, "key_id": entry.key_id, "address": ""}, ""


def _row(entry: SuppressionEntry, identity: dict[str, str], *, source: str, actor: Actor, now: datetime) -> Suppression:
    return Suppression(
        **identity,
        channel=entry.channel.value,
        purpose=entry.purpose.value,
        reason=entry.reason.value,
        source=source,
        evidence=entry.evidence[:300],
        at=min(entry.at or now, now),
        recorded_at=now,
        recorded_by_id=None if actor.is_agent else actor.id,
    )


def _insert(rows: Sequence[Suppression], actor: Actor) -> int:
    """Add the rows that do not stand there yet, each with its ledger entry; returns how many were new."""
    if not rows:
        return 0
    with transaction.atomic():
        numbers = bulk.reserve_ids(Suppression, len(rows))
        for row, number in zip(rows, numbers, strict=True):
            row.id = number
        Suppression.objects.bulk_create(rows, batch_size=BATCH, ignore_conflicts=True)
        stored = Suppression.objects.filter(id__gte=numbers.start, id__lt=numbers.stop)
        about = [
            (f"suppression:{row.id}", {"kind": row.kind, "channel": row.channel, "purpose": row.purpose,
                                       "reason": row.reason})
            for row in stored.order_by("id").iterator()
        ]  # fmt: skip
        if about:
            append_many(actor=actor, action="compliance.suppressed", about=about)
        if len(about) < len(rows):
            _refuse_unless_standing(rows)
    return len(about)


def _refuse_unless_standing(rows: Sequence[Suppression]) -> None:
    """Rows that were passed over must stand there already: SQLite also passes over what breaks a rule."""
    hashes = [row.key_hash for row in rows]
    standing: set[tuple[str, ...]] = set()
    for start in range(0, len(hashes), BATCH):
        found = Suppression.objects.filter(superseded_at=None, key_hash__in=hashes[start : start + BATCH])
        standing |= set(found.values_list(*IDENTITY))
    for row in rows:
        if tuple(getattr(row, name) for name in IDENTITY) not in standing:
            raise InvalidInput("A suppression breaks a rule of the registry and was not kept; nothing was.")
