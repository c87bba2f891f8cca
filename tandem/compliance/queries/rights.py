"""Reads of the rights desk: requests with their clocks, what was done in every store, and what is overdue."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import BooleanField, Case, QuerySet, Value, When

from tandem.access.contracts import Reach
from tandem.access.queries import sight_of
from tandem.compliance.contracts import Alarm
from tandem.compliance.contracts.requests import KIND_LABELS, OPEN_STATES, Deadline, RequestKind, RequestState
from tandem.compliance.contracts.rights import PersonKeys
from tandem.compliance.models import RequestKey, RequestWork, RightsPackage, RightsRequest
from tandem.compliance.queries.keys import hashes_of, read_all
from tandem.core.actors import Actor
from tandem.core.errors import NotFound

OPEN = [state.value for state in OPEN_STATES]
SOON_DAYS = 7
SORTS = {"due": "due_on", "received": "received_at", "kind": "kind", "state": "state"}


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestRow:
    """A request as lists and the API show it.

    told : the first address, or what is left of it
    places : candidates of the place; empty: unknown
    days_left : until the last day; negative: overdue; None: over
    """

    id: int
    kind: RequestKind
    state: RequestState
    road: str
    told: str
    places: str
    received_at: datetime
    due_on: date
    confirm_by: date | None
    confirmed_at: datetime | None
    extended_at: datetime | None
    finished_at: datetime | None
    days_left: int | None

    @property
    def title(self) -> str:
        """The right in words."""
        return KIND_LABELS[self.kind]

    @property
    def is_overdue(self) -> bool:
        """Whether the last day has passed without an answer."""
        return self.days_left is not None and self.days_left < 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestFilters:
    """What a list asks for; empty: not asked. text : an address in any form. overdue : past the last day only"""

    text: str = ""
    kind: str = ""
    state: str = ""
    over: bool = False
    overdue: bool = False


def person_of(row: RightsRequest) -> PersonKeys:
    """Whoever asks; empty after an erasure."""
    return PersonKeys(**{name: tuple(row.person.get(name, ())) for name in ("emails", "phones", "names", "subjects")})


def list_requests(
    actor: Actor,
    filters: RequestFilters,
    *,
    now: datetime,
    sort: str = "",
    offset: int = 0,
    limit: int | None = 50,
    after_id: int = 0,
) -> list[RequestRow]:
    """Requests in the actor's sight: overdue first, then by the last day, unless sorted otherwise.

    after_id : go on behind this one, by id; then the order is by id
    """
    rows = _in_sight(actor, filters, now.date())
    word, down = sort.lstrip("-"), "-" if sort.startswith("-") else ""
    if after_id or sort == "id":
        rows = rows.filter(id__gt=after_id).order_by("id")
    elif word in SORTS:
        rows = rows.order_by(down + SORTS[word], "id")
    else:
        is_open = Case(When(state__in=OPEN, then=Value(True)), default=Value(False), output_field=BooleanField())
        rows = rows.annotate(is_open=is_open).order_by("-is_open", "due_on", "id")
    chosen = rows[offset:] if limit is None else rows[offset : offset + limit]
    return [as_row(row, now.date()) for row in chosen]


def count_requests(actor: Actor, filters: RequestFilters, *, now: datetime) -> int:
    """How many the list has."""
    return _in_sight(actor, filters, now.date()).count()


def get_request(actor: Actor, request_id: int) -> RightsRequest:
    """One request. Raises NotFound, also when it is out of sight."""
    row = _seen_by(actor).select_related("recorded_by", "held_by").filter(id=request_id).first()
    if row is None:
        raise NotFound(f"There is no request {request_id}.", hint="Look for the address on the list of requests.")
    return row


def as_row(row: RightsRequest, today: date) -> RequestRow:
    """A request as lists show it."""
    is_open = row.state in OPEN
    person = person_of(row)
    return RequestRow(
        id=row.id,
        kind=RequestKind(row.kind),
        state=RequestState(row.state),
        road=row.road,
        told=next(iter((*person.addresses, *person.subjects)), "hash only"),
        places=row.places,
        received_at=row.received_at,
        due_on=row.due_on,
        confirm_by=row.confirm_by,
        confirmed_at=row.confirmed_at,
        extended_at=row.extended_at,
        finished_at=row.finished_at,
        days_left=(row.due_on - today).days if is_open else None,
    )


def deadlines_of(row: RightsRequest) -> list[Deadline]:
    """The clock as it was read from the rules."""
    return [Deadline(**{**one, "due_on": date.fromisoformat(one["due_on"])}) for one in row.clock]


def work_of(request_id: int) -> Sequence[RequestWork]:
    """What was done, and is to be done, in every store."""
    return list(RequestWork.objects.filter(request=request_id).order_by("position", "id"))


def package_of(request_id: int) -> RightsPackage | None:
    """The file with the person's data; None: none was made."""
    return RightsPackage.objects.filter(request=request_id).first()


def requests_of(person: PersonKeys) -> QuerySet[RightsRequest]:
    """Every request by one of the person's addresses or names in other rooms."""
    hashes = list(hashes_of(read_all([*person.addresses, *person.subjects])))
    ids = RequestKey.objects.filter(key_hash__in=hashes).values("request")
    return RightsRequest.objects.filter(id__in=ids)


def matches(row: RightsRequest, person: PersonKeys) -> bool:
    """Whether one of the addresses is one that the request was made with, by its hash."""
    hashes = list(hashes_of(read_all([*person.addresses, *person.subjects])))
    return row.keys.filter(key_hash__in=hashes).exists()


def request_alarms(today: date) -> Iterator[Alarm]:
    """What is overdue, or due within a week; receipts not confirmed in time. Two queries."""
    until = today + timedelta(days=SOON_DAYS)
    for row in RightsRequest.objects.filter(state__in=OPEN, due_on__lte=until).order_by("due_on"):
        yield Alarm(
            register="request", id=row.id, name=f"Request {row.id}: {row.kind}", text="is to be answered",
            due_on=row.due_on, is_late=row.due_on < today,
        )  # fmt: skip
    waiting = RightsRequest.objects.filter(state__in=OPEN, confirmed_at=None, confirm_by__lte=until)
    for row in waiting.order_by("confirm_by"):
        assert row.confirm_by is not None
        yield Alarm(
            register="request", id=row.id, name=f"Request {row.id}: {row.kind}", text="its receipt is to be confirmed",
            due_on=row.confirm_by, is_late=row.confirm_by < today,
        )  # fmt: skip


def _seen_by(actor: Actor) -> QuerySet[RightsRequest]:
    """Reviewers see all; sellers what they took in themselves, managers what their tree did."""
    sight = sight_of(actor, "view", "request")
    if sight.reach is Reach.ALL:
        return RightsRequest.objects.all()
    return RightsRequest.objects.filter(recorded_by__in=sight.person_ids)


def _in_sight(actor: Actor, filters: RequestFilters, today: date) -> QuerySet[RightsRequest]:
    rows = _seen_by(actor)
    wanted: Mapping[str, Any] = {"kind": filters.kind, "state": filters.state}
    rows = rows.filter(**{name: value for name, value in wanted.items() if value})
    if filters.overdue:
        rows = rows.filter(state__in=OPEN, due_on__lt=today)
    elif not filters.over and not filters.state:
        rows = rows.filter(state__in=OPEN)
    if filters.text:
        hashes = list(hashes_of(read_all([filters.text])))
        rows = rows.filter(id__in=RequestKey.objects.filter(key_hash__in=hashes).values("request"))
    return rows
