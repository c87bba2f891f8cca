"""Reads of the suppression registry: may somebody be contacted, and who stands in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from django.db.models import Q, QuerySet

from tandem.access.contracts import Reach
from tandem.access.queries import sight_of
from tandem.compliance.contracts import Address, AddressKind, Channel, Purpose, Suppressed, SuppressionReason
from tandem.compliance.domain import addresses
from tandem.compliance.models import Suppression
from tandem.compliance.queries.keys import hashes_of, read_all
from tandem.core.actors import Actor
from tandem.core.errors import InvalidInput, NotFound

HASHES_AT_ONCE = 5_000
_STRENGTH = {reason: place for place, reason in enumerate(SuppressionReason)}
_FOUND = ("id", "kind", "channel", "purpose", "reason", "at", "key_hash")
# (field, head) of what a file carries so that another installation with the same registry keys takes it in whole.
FILE_COLUMNS = (
    ("address", "address"), ("key_hash", "hash"), ("key_id", "key_id"), ("kind", "kind"), ("channel", "channel"),
    ("purpose", "purpose"), ("reason", "reason"), ("at", "at"), ("source", "source"), ("evidence", "evidence"),
)  # fmt: skip
SORTS = {"at": "at", "reason": "reason", "address": "address", "channel": "channel"}


@dataclass(frozen=True, slots=True, kw_only=True)
class SuppressionRow:
    """An entry as lists show it. `address` empty: only the hash is kept. `recorded_by`: a name; empty: software"""

    id: int
    kind: str
    address: str
    key_hash: str
    key_id: str
    subject: str
    channel: str
    purpose: str
    reason: str
    source: str
    evidence: str
    at: datetime
    recorded_at: datetime
    recorded_by: str
    superseded_at: datetime | None
    permission: str

    @property
    def told(self) -> str:
        """The address, or what is left of it."""
        return self.address or f"hash only ({self.kind})"


@dataclass(frozen=True, slots=True, kw_only=True)
class SuppressionFilters:
    """What a list asks for; empty: not asked. `text` finds an address by its hash, or a part of one that is kept."""

    text: str = ""
    reason: str = ""
    channel: str = ""
    kind: str = ""
    superseded: bool = False


def is_suppressed(
    found: Sequence[Address | str], channel: Channel, *, purpose: Purpose = Purpose.ANY, country: str = ""
) -> Suppressed | None:
    """Whether any of somebody's addresses, their domains or keys is suppressed: the strongest reason. One query.

    found : all that is known of one person: mailboxes, numbers, "contact:12", "account:3"
    channel : the road that is meant; ALL: any road counts
    purpose : what for; ANY: a refusal of any one purpose counts

    Raises InvalidInput when one of them can't be read as an address (a number without its country): what can't be
    looked up must not pass for free.
    """
    for text in found:
        if isinstance(text, str) and addresses.read(text, country=country) is None:
            raise InvalidInput(
                f"{text!r} can't be looked up in the suppression registry.",
                hint="Give a mail address, a phone number with its country, a domain, or a key like account:12.",
                code="suppression.unreadable",
            )
    everybody = suppressed_among({"": found}, channel, purpose=purpose, country=country)
    return everybody.get("")


def suppressed_among(
    people: Mapping[str, Sequence[Address | str]],
    channel: Channel,
    *,
    purpose: Purpose = Purpose.ANY,
    country: str = "",
) -> dict[str, Suppressed]:
    """The same for many people at once, by the caller's keys; who is not in the answer is not suppressed.

    For lists and imports: what can't be read as an address is passed over here. Before something leaves, ask
    `is_suppressed`, which refuses it. One query for each five thousand hashes.
    """
    wanted: dict[str, set[str]] = {}
    for key, given in people.items():
        covered = (cover for address in read_all(given, country=country) for cover in addresses.covering(address))
        for hashed in hashes_of(covered):
            wanted.setdefault(hashed, set()).add(key)
    answers: dict[str, Suppressed] = {}
    for row in _standing(wanted, channel, purpose):
        entry = _as_suppressed(row)
        for key in wanted[row["key_hash"]]:
            known = answers.get(key)
            if known is None or _rank(entry) < _rank(known):
                answers[key] = entry
    return answers


def _standing(hashes: Iterable[str], channel: Channel, purpose: Purpose) -> Iterator[dict[str, Any]]:
    rest = iter(hashes)
    rows = Suppression.objects.filter(superseded_at=None)
    if channel is not Channel.ALL:
        rows = rows.filter(channel__in=[Channel.ALL.value, channel.value])
    if purpose is not Purpose.ANY:
        rows = rows.filter(purpose__in=[Purpose.ANY.value, purpose.value])
    while some := list(islice(rest, HASHES_AT_ONCE)):
        yield from rows.filter(key_hash__in=some).values(*_FOUND)


def _as_suppressed(row: Mapping[str, Any]) -> Suppressed:
    return Suppressed(
        id=row["id"],
        kind=AddressKind(row["kind"]),
        channel=Channel(row["channel"]),
        purpose=Purpose(row["purpose"]),
        reason=SuppressionReason(row["reason"]),
        at=row["at"],
    )


def _rank(entry: Suppressed) -> tuple[int, bool, int]:
    return (_STRENGTH[entry.reason], entry.channel is not Channel.ALL, entry.id)


def refused_purposes(kind: AddressKind, key_hash: str) -> frozenset[Purpose]:
    """What the holder of an unsubscribe link has refused so far; ANY: everything."""
    rows = Suppression.objects.filter(superseded_at=None, kind=kind.value, key_hash=key_hash)
    rows = rows.filter(channel__in=[Channel.ALL.value, Channel.EMAIL.value])
    return frozenset(Purpose(word) for word in rows.values_list("purpose", flat=True))


def list_suppressions(
    actor: Actor, filters: SuppressionFilters, *, sort: str = "-at", offset: int = 0, limit: int | None = 50
) -> list[SuppressionRow]:
    """Entries in the actor's sight, newest first unless sorted otherwise. limit None: all that follow."""
    rows = _in_sight(actor, filters).select_related("recorded_by")
    word, down = sort.lstrip("-"), sort.startswith("-")
    rows = rows.order_by(("-" if down else "") + SORTS.get(word, "at"), "-id")
    chosen = rows[offset:] if limit is None else rows[offset : offset + limit]
    return [_as_row(row) for row in chosen]


def list_suppressions_after(
    actor: Actor, filters: SuppressionFilters, *, after_id: int, limit: int
) -> list[SuppressionRow]:
    """The same entries by id, from the one after `after_id`: for pages with a cursor."""
    rows = _in_sight(actor, filters).select_related("recorded_by").filter(id__gt=after_id)
    return [_as_row(row) for row in rows.order_by("id")[:limit]]


def count_suppressions(actor: Actor, filters: SuppressionFilters) -> int:
    """How many entries the list has."""
    return _in_sight(actor, filters).count()


def get_suppression(actor: Actor, suppression_id: int) -> SuppressionRow:
    """One entry. Raises NotFound, also when it is out of sight."""
    row = _seen_by(actor).select_related("recorded_by").filter(id=suppression_id).first()
    if row is None:
        raise NotFound(f"There is no suppression {suppression_id}.", hint="Look for the address in the registry.")
    return _as_row(row)


def _seen_by(actor: Actor) -> QuerySet[Suppression]:
    """Reviewers see all; sellers what they wrote down themselves, managers what their tree did."""
    sight = sight_of(actor, "view", "suppression")
    if sight.reach is Reach.ALL:
        return Suppression.objects.all()
    return Suppression.objects.filter(recorded_by__in=sight.person_ids)


def _in_sight(actor: Actor, filters: SuppressionFilters) -> QuerySet[Suppression]:
    rows = _seen_by(actor).filter(superseded_at__isnull=not filters.superseded)
    wanted = {"reason": filters.reason, "channel": filters.channel, "kind": filters.kind}
    rows = rows.filter(**{name: value for name, value in wanted.items() if value})
    if filters.text:
        covered = [cover for one in read_all([filters.text]) for cover in addresses.covering(one)]
        rows = rows.filter(
            Q(key_hash__in=list(hashes_of(covered))) | Q(address__icontains=filters.text) | Q(subject=filters.text)
        )
    return rows


def _as_row(row: Suppression) -> SuppressionRow:
    names = (
        "id", "kind", "address", "key_hash", "key_id", "subject", "channel", "purpose", "reason", "source", "evidence",
        "at", "recorded_at", "superseded_at", "permission",
    )  # fmt: skip
    by = row.recorded_by.name if row.recorded_by is not None else ""
    return SuppressionRow(**{name: getattr(row, name) for name in names}, recorded_by=by)


OBJECTIONS = (SuppressionReason.OBJECTION, SuppressionReason.UNSUBSCRIBE, SuppressionReason.COMPLAINT)


def objections_of(subjects: Sequence[str]) -> dict[str, datetime]:
    """When each of the people ("contact:12") last asked to be left alone; who never did is left out.

    One query for each five thousand.
    """
    found: dict[str, datetime] = {}
    rows = Suppression.objects.filter(superseded_at=None, reason__in=[reason.value for reason in OBJECTIONS])
    for start in range(0, len(subjects), HASHES_AT_ONCE):
        some = rows.filter(subject__in=subjects[start : start + HASHES_AT_ONCE]).exclude(subject="")
        for subject, at in some.order_by("at").values_list("subject", "at"):
            found[subject] = at
    return found


def complaints_of(hashes: Sequence[str], subjects: Sequence[str]) -> dict[str, datetime]:
    """When people last complained, by keyed hash and by name, also where they allowed contact later. One query."""
    rows = Suppression.objects.filter(
        Q(key_hash__in=hashes) | (Q(subject__in=subjects) & ~Q(subject="")), reason=SuppressionReason.COMPLAINT.value
    )
    found: dict[str, datetime] = {}
    for hashed, subject, at in rows.order_by("at").values_list("key_hash", "subject", "at"):
        found[hashed] = at
        if subject:
            found[subject] = at
    return found
