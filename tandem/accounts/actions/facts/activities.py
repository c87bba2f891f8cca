"""Touches: mail, calls, meetings, messages, tasks, with everybody who took part."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from tandem.accounts.actions.facts.batch import FactBatch, FactResult, column, json_column, text_column
from tandem.accounts.actions.facts.deal_links import LINKED_BY, TOLD_DEAL, DealRule, Occasion, find_deals
from tandem.accounts.actions.facts.keys import Colleagues
from tandem.accounts.actions.facts.linking import Link, Mention, OurSide, contacts_by_mail, link, touch_all
from tandem.accounts.contracts import ActivityKind
from tandem.accounts.domain import conversion
from tandem.accounts.domain.vocabulary import read_activity_kind
from tandem.accounts.models import Activity, ActivityParticipant
from tandem.accounts.queries.choosing.records import in_slices
from tandem.core import bulk

ACTIVITY = (
    "source_id", "key", "kind", "is_inbound", "at", "duration_seconds", "subject", "body", "thread_key", "account_id",
    "contact_id", "opportunity_id", "owner_id", "details", "loose", "row_hash",
)  # fmt: skip
PARTICIPANT = ("activity_id", "address", "name", "role", "contact_id", "person_id")
DIRECTED = frozenset({ActivityKind.EMAIL, ActivityKind.CALL, ActivityKind.CHAT, ActivityKind.SMS, ActivityKind.SOCIAL})
LEADING = ("from", "organizer")
MOST_SECONDS = 2**31 - 1
MOST_PARTICIPANTS = 500
ACCOUNT_NAME, DEAL_NAME = "organization", "deal"  # where connectors leave the names in an activity's details


class Participant(NamedTuple):
    """Somebody who took part, as told."""

    address: str
    name: str
    role: str


@dataclass(frozen=True, slots=True)
class _Row:
    """One activity that is new or has changed."""

    place: int
    key: str
    digest: str
    participants: tuple[Participant, ...]


def load_activities(batch: FactBatch) -> FactResult:
    """New and changed activities with their links; what nobody knows yet stays noted on the row."""
    fresh, changed = _fresh(batch)
    if fresh:
        colleagues = Colleagues()
        ours = OurSide(colleagues)
        links = link(_mentions(batch, fresh, ours))
        at = column(batch, "at")
        found_by = _find_deals(links, [at[row.place] for row in fresh])
        rows = _Rows(batch, ours, colleagues.of(batch, "owner"))
        bulk.upsert(
            Activity, ACTIVITY, [rows.values(*told) for told in zip(fresh, links, found_by, strict=True)],
            conflict=("source_id", "key"), update=ACTIVITY[2:],
        )  # fmt: skip
        _write_participants(batch, fresh, changed, ours)
        touch_all(((found, at[row.place]) for row, found in zip(fresh, links, strict=True)), now=batch.now)
    return FactResult(landed=len(fresh), unchanged=len(batch.typed) - len(fresh), refused=[])


def _find_deals(links: Sequence[Link], at: Sequence[datetime]) -> list[DealRule | None]:
    """Give a deal to those for whom the source names none, where one alone can be meant; returns the rules used."""
    rules: list[DealRule | None] = [None] * len(links)
    untold = [
        place
        for place, one in enumerate(links)
        if one.account_id and one.opportunity_id is None and not TOLD_DEAL & (one.loose or {}).keys()
    ]
    occasions = [
        Occasion(at=at[place], account_id=links[place].account_id or 0, contact_ids=links[place].contact_ids)
        for place in untold
    ]
    for place, found in zip(untold, find_deals(occasions), strict=True):
        if found is not None:
            links[place].opportunity_id, rules[place] = found
    return rules


def _fresh(batch: FactBatch) -> tuple[list[_Row], list[str]]:
    """The last row of each key that is new or differs; and which of the keys were known before."""
    keys = [key[:255] for key in text_column(batch, "key")]
    known: dict[str, str] = {}
    for some in in_slices(sorted(set(keys))):
        rows = Activity.objects.filter(source=batch.source, key__in=some)
        known.update(rows.values_list("key", "row_hash"))
    people = json_column(batch, "participants")
    latest: dict[str, _Row] = {}
    data = conversion.row_data(batch.typed) if keys else []
    for place, (key, row) in enumerate(zip(keys, data, strict=True)):
        latest[key] = _Row(place, key, conversion.row_hash(row), _participants(people[place]))
    fresh = [row for row in latest.values() if known.get(row.key) != row.digest]
    return fresh, [row.key for row in fresh if row.key in known]


def _participants(told: Any) -> tuple[Participant, ...]:
    """Each address and role once; entries that are no participants are passed over."""
    found: dict[tuple[str, str], Participant] = {}
    for one in told[:MOST_PARTICIPANTS] if isinstance(told, list) else []:
        if isinstance(one, Mapping):
            address, name, role = (str(one.get(part) or "").strip() for part in ("address", "name", "role"))
            address = (address or name).lower()[:254] if "@" in address else (address or name)[:254]
            if address:
                found.setdefault((address, role[:12]), Participant(address, name[:200], role[:12]))
    return tuple(found.values())


def _mentions(batch: FactBatch, fresh: Sequence[_Row], ours: OurSide) -> list[Mention]:
    keyed = [text_column(batch, name) for name in ("account_key", "contact_key", "opportunity_key")]
    details = [one if isinstance(one, dict) else {} for one in json_column(batch, "details")]
    return [
        Mention(
            source_id=batch.source.id,
            account_key=keyed[0][row.place][:200],
            contact_key=keyed[1][row.place][:200],
            opportunity_key=keyed[2][row.place][:200],
            account_name=str(details[row.place].get(ACCOUNT_NAME) or "")[:255],
            opportunity_name=str(details[row.place].get(DEAL_NAME) or "")[:255],
            addresses=tuple(dict.fromkeys(one.address for one in row.participants if _is_theirs(one, ours))),
        )
        for row in fresh
    ]


def _is_theirs(one: Participant, ours: OurSide) -> bool:
    return "@" in one.address and not ours.is_ours(one.address)


class _Rows:
    """Activity rows as the table keeps them."""

    def __init__(self, batch: FactBatch, ours: OurSide, owners: Sequence[int | None]) -> None:
        self._ours, self._owners, self._source_id = ours, owners, batch.source.id
        self._words = text_column(batch, "kind")
        self._inbound, self._at = column(batch, "is_inbound"), column(batch, "at")
        self._seconds, self._details = column(batch, "duration_seconds"), json_column(batch, "details")
        self._subject, self._body = text_column(batch, "subject"), text_column(batch, "body")
        self._thread = text_column(batch, "thread_key")

    def values(self, row: _Row, found: Link, rule: DealRule | None) -> tuple[Any, ...]:
        """One row in the order of `ACTIVITY`."""
        place = row.place
        word = self._words[place]
        kind = read_activity_kind(word) or ActivityKind.TASK.value
        details = self._details[place] if isinstance(self._details[place], dict) else {}
        if word and not read_activity_kind(word):
            details = details | {"kind": word[:80]}
        if rule is not None:
            details = details | {LINKED_BY: rule.value}
        return (
            self._source_id, row.key, kind, self._direction(kind, row), self._at[place], _span(self._seconds[place]),
            self._subject[place][:400], self._body[place], self._thread[place][:255], found.account_id,
            found.contact_id, found.opportunity_id, self._owner(row), details, found.loose, row.digest,
        )  # fmt: skip

    def _direction(self, kind: str, row: _Row) -> bool | None:
        """As told; else by who sent it, when that is clear."""
        told = self._inbound[row.place]
        if told is not None or kind not in DIRECTED:
            return None if told is None else bool(told)
        sender = next((one.address for one in row.participants if one.role == "from"), None)
        return None if sender is None or "@" not in sender else not self._ours.is_ours(sender)

    def _owner(self, row: _Row) -> int | None:
        """As told; else the colleague who sent or called the meeting, else the first who took part."""
        told = self._owners[row.place]
        if told is not None:
            return told
        colleagues = [(one, self._ours.person(one.address)) for one in row.participants]
        present = [(one, person) for one, person in colleagues if person is not None]
        return min(present, key=lambda pair: pair[0].role not in LEADING)[1] if present else None


def _span(seconds: int | None) -> int | None:
    return seconds if seconds is not None and 0 <= seconds <= MOST_SECONDS else None


def _write_participants(batch: FactBatch, fresh: Sequence[_Row], changed: Sequence[str], ours: OurSide) -> None:
    """Those who took part; of an activity that changed, all anew."""
    for some in in_slices(changed):
        ActivityParticipant.objects.filter(activity__source=batch.source, activity__key__in=some).delete()
    told = [row for row in fresh if row.participants]
    if not told:
        return
    ids: dict[str, int] = {}
    for some in in_slices([row.key for row in told]):
        ids.update(Activity.objects.filter(source=batch.source, key__in=some).values_list("key", "id"))
    theirs = {one.address for row in told for one in row.participants if _is_theirs(one, ours)}
    contacts = contacts_by_mail(theirs)
    rows = [
        (ids[row.key], one.address, one.name, one.role, contacts.get(one.address), ours.person(one.address))
        for row in told
        for one in row.participants
    ]
    bulk.upsert(ActivityParticipant, PARTICIPANT, rows, conflict=("activity_id", "address", "role"), update=None)
