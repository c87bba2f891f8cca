"""Reads of likely duplicates: the review queue, one pair with both sides and its evidence, the merges of a record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Case, Count, F, IntegerField, OuterRef, Q, QuerySet, Subquery, When
from django.db.models.functions import Coalesce

from tandem.access.contracts import Reach
from tandem.access.queries import list_people, sight_of
from tandem.accounts.contracts import Entity, SourceKind
from tandem.accounts.models import (
    Account,
    Activity,
    Contact,
    MatchPair,
    MergeEvent,
    Opportunity,
    PairState,
    SourceRecord,
)
from tandem.accounts.queries.choosing.records import in_slices
from tandem.core.actors import Actor
from tandem.core.errors import NotFound

MOST_NEIGHBOURS = 8
SORTS = ("probability", "impact")
LABELS = {"before looking": "Before looking", "pairs like this one": "How pairs like this one turned out"}
STRONG_BITS, CLEAR_BITS = 6.0, 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One source record of a pair.

    golden_id : golden record it stands in; golden_name : its name, "" when not put together yet
    weight_of_facts : deals and touches that hang on that golden record
    """

    record_id: int
    source: str
    key: str
    golden_id: int | None
    golden_name: str
    observed_at: datetime
    data: Mapping[str, Any]
    weight_of_facts: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One step of the waterfall: log2 weight, and what it means in words."""

    comparison: str
    left: str
    right: str
    weight: float
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PairRow:
    """A pair as the queue shows it. `impact`: deals and touches that would come together or part."""

    id: int
    entity: str
    probability: float
    state: str
    left: Side
    right: Side
    impact: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldPair:
    """One field on both sides; "" is empty."""

    field: str
    left: str
    right: str
    differs: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PairDetail:
    """One pair with all that a person needs to decide.

    neighbours : other golden records near it, as (golden id, name): colleagues of contacts, branches of accounts
    decided_by : "" when no person has decided
    """

    row: PairRow
    fields: tuple[FieldPair, ...]
    parts: tuple[Part, ...]
    neighbours: tuple[tuple[int, str], ...]
    decided_by: str
    decided_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A source record of a golden record, and how it came to it.

    name : as the record tells it
    link : alone, automatic or reviewed
    probability : of belonging to the others; None: it stands alone
    """

    id: int
    source: str
    key: str
    name: str
    link: str
    probability: float | None
    observed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeRow:
    """One merge of a golden record. `undone_at` None: it stands."""

    id: int
    kept_id: int
    absorbed_id: int
    records: int
    facts: int
    pair_id: int | None
    by: str
    at: datetime
    undone_at: datetime | None


def list_pairs(
    actor: Actor,
    *,
    entity: Entity | None = None,
    state: str = PairState.REVIEW,
    sort: str = "probability",
    limit: int = 50,
    offset: int = 0,
) -> tuple[PairRow, ...]:
    """Pairs of a state; most likely first, or those that move most facts ("impact"). Empty without sight."""
    rows = _in_sight(actor, entity).filter(state=state)
    if sort == "impact":
        rows = rows.annotate(impact=_facts("left") + _facts("right")).order_by("-impact", "-probability", "id")
    else:
        rows = rows.order_by("-probability", "id")
    return tuple(_rows(list(rows[offset : offset + limit])))


def count_pairs(actor: Actor) -> dict[str, dict[str, int]]:
    """Entity to state to number of pairs."""
    counted: dict[str, dict[str, int]] = {}
    rows = _in_sight(actor, None).values_list("entity", "state").annotate(n=Count("id")).order_by("entity", "state")
    for entity, state, number in rows:
        counted.setdefault(entity, {})[state] = number
    return counted


def get_pair(actor: Actor, pair_id: int) -> PairDetail:
    """One pair with both sides, what differs, and why it is likely. Raises NotFound, also without sight."""
    pair = _in_sight(actor, None).filter(id=pair_id).first()
    if pair is None:
        raise NotFound("There is no such pair.", hint="It may have gone with changed records; see the queue.")
    (row,) = _rows([pair])
    people = {person.id: person.name for person in list_people()} if pair.decided_by_id else {}
    return PairDetail(
        row=row,
        fields=_compare(row.left.data, row.right.data),
        parts=tuple(_part(told) for told in pair.weights),
        neighbours=_neighbours(Entity(pair.entity), row),
        decided_by=people.get(pair.decided_by_id or 0, ""),
        decided_at=pair.decided_at,
    )


def list_members(actor: Actor, entity: Entity, golden_id: int) -> tuple[Member, ...]:
    """The source records of a golden record, people's corrections left out. Empty without sight."""
    if sight_of(actor, "view", "match").reach is Reach.NONE:
        return ()
    rows = SourceRecord.objects.filter(entity=entity, golden_id=golden_id).exclude(source__kind=SourceKind.CORRECTION)
    return tuple(
        Member(
            id=record.id,
            source=record.source.name,
            key=record.key,
            name=_name_of(record.data),
            link=record.link,
            probability=record.match_probability,
            observed_at=record.observed_at,
        )
        for record in rows.select_related("source").order_by("source__name", "id")
    )


def _name_of(data: Mapping[str, Any]) -> str:
    parts = filter(None, (data.get("first_name"), data.get("last_name")))
    return str(data.get("name") or " ".join(parts) or data.get("email") or "")


def list_merges(actor: Actor, entity: Entity, golden_id: int) -> tuple[MergeRow, ...]:
    """Merges in which this golden record took part, newest first. Empty without sight."""
    if sight_of(actor, "view", "match").reach is Reach.NONE:
        return ()
    took_part = Q(kept_id=golden_id) | Q(absorbed_id=golden_id)
    events = MergeEvent.objects.filter(took_part, entity=entity).order_by("-at", "-id")
    return tuple(
        MergeRow(
            id=event.id,
            kept_id=event.kept_id,
            absorbed_id=event.absorbed_id,
            records=len(event.record_ids),
            facts=sum(len(ids) for name, ids in event.moved.items() if name not in ("pair_state", "links")),
            pair_id=event.pair_id,
            by=event.by,
            at=event.at,
            undone_at=event.undone_at,
        )
        for event in events
    )


def _in_sight(actor: Actor, entity: Entity | None) -> QuerySet[MatchPair]:
    rows = MatchPair.objects.all() if entity is None else MatchPair.objects.filter(entity=entity)
    return rows.none() if sight_of(actor, "view", "match").reach is Reach.NONE else rows


def _facts(side: str) -> Any:
    """Touches and deals of the golden account on one side; touches of the golden contact."""
    at_account = _count(Activity, "account", side) + _count(Opportunity, "account", side)
    of_contact = _count(Activity, "contact", side)
    return Case(When(entity=Entity.ACCOUNT.value, then=at_account), default=of_contact, output_field=IntegerField())


def _count(model: Any, column: str, side: str) -> Any:
    rows = model.objects.filter(**{column: OuterRef(f"{side}__golden_id")}).order_by()
    counted = rows.values(column).annotate(n=Count("id"))
    return Coalesce(Subquery(counted.values("n")[:1], output_field=IntegerField()), 0)


def _rows(pairs: Sequence[MatchPair]) -> list[PairRow]:
    """Rows of pairs with names and facts of their golden records, in a handful of statements."""
    ids = {pair.left_id for pair in pairs} | {pair.right_id for pair in pairs}
    told = SourceRecord.objects.filter(id__in=ids).annotate(source_name=F("source__name"))
    records = {record.id: record for record in told}
    sides: dict[int, Side] = {}
    for entity in (Entity.ACCOUNT, Entity.CONTACT):
        of = [record for record in records.values() if record.entity == entity]
        names, facts = _golden(entity, {record.golden_id for record in of if record.golden_id})
        for record in of:
            sides[record.id] = Side(
                record_id=record.id,
                source=record.source_name,
                key=record.key,
                golden_id=record.golden_id,
                golden_name=names.get(record.golden_id or 0, ""),
                observed_at=record.observed_at,
                data=record.data,
                weight_of_facts=facts.get(record.golden_id or 0, 0),
            )
    return [
        PairRow(
            id=pair.id,
            entity=pair.entity,
            probability=pair.probability,
            state=pair.state,
            left=sides[pair.left_id],
            right=sides[pair.right_id],
            impact=sides[pair.left_id].weight_of_facts + sides[pair.right_id].weight_of_facts,
        )
        for pair in pairs
    ]


def _golden(entity: Entity, ids: set[int]) -> tuple[dict[int, str], dict[int, int]]:
    """Names of golden records, and how many facts hang on each."""
    model: Any = Account if entity is Entity.ACCOUNT else Contact
    names: dict[int, str] = {}
    facts: dict[int, int] = {}
    tables: tuple[Any, ...] = (Activity, Opportunity) if entity is Entity.ACCOUNT else (Activity,)
    for some in in_slices(sorted(ids)):
        names |= dict(model.objects.filter(id__in=some).values_list("id", "name"))
        for table in tables:
            rows = table.objects.filter(**{f"{entity.value}__in": some}).order_by()
            for golden_id, number in rows.values_list(entity.value).annotate(n=Count("id")):
                facts[golden_id] = facts.get(golden_id, 0) + number
    return names, facts


def _compare(left: Mapping[str, Any], right: Mapping[str, Any]) -> tuple[FieldPair, ...]:
    """Every field that one side fills, those that differ first."""
    both = [(name, _text(left.get(name)), _text(right.get(name))) for name in sorted({*left, *right})]
    fields = [FieldPair(field=name, left=one, right=other, differs=one != other) for name, one, other in both]
    return tuple(sorted(fields, key=lambda field: (not field.differs, field.field)))


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _part(told: Mapping[str, Any]) -> Part:
    comparison, weight = str(told["comparison"]), float(told["weight"])
    left, right = str(told["left"]), str(told["right"])
    return Part(comparison=comparison, left=left, right=right, weight=weight, words=_words(comparison, weight))


def _words(comparison: str, weight: float) -> str:
    """A weight for people: how much likelier it makes a match, in plain steps."""
    label = LABELS.get(comparison, comparison.capitalize())
    size = abs(weight)
    if size < 0.5:
        return f"{label}: says next to nothing"
    strength = "strongly" if size >= STRONG_BITS else "clearly" if size >= CLEAR_BITS else "slightly"
    way = "for" if weight > 0 else "against"
    return f"{label}: speaks {strength} {way} the same, {2 ** min(size, 40):,.0f} times"


def _neighbours(entity: Entity, row: PairRow) -> tuple[tuple[int, str], ...]:
    """Colleagues of the two contacts, or golden accounts that share a domain with either account."""
    own = {side.golden_id for side in (row.left, row.right) if side.golden_id}
    rows: Any
    if entity is Entity.CONTACT:
        employers = Contact.objects.filter(id__in=own, account__isnull=False).values("account_id")
        rows = Contact.objects.filter(account_id__in=employers, merged_into=None)
    else:
        domains = {_text(side.data.get("domain")) for side in (row.left, row.right)} - {""}
        rows = Account.objects.filter(domains__domain__in=domains, merged_into=None)
    found = rows.exclude(id__in=own).order_by("name", "id").values_list("id", "name").distinct()
    return tuple(found[:MOST_NEIGHBOURS])
