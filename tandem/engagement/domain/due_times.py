"""When touches are due: on working days of the recipient's country, in daytime where they are, spread over the day.

Waits count days on which the recipient can be reached: no weekend or holiday of their country or region, no quiet
period meant for them. Inside a day the moment follows from a hash of the touch, so that a campaign does not knock on
every door at nine, and planning twice gives the same answer. Moments are worked out on the wall clock of the place and
stay right when clocks change.

Where the zone is not known, a moment is chosen that is daytime in every zone of the country; where no such hour exists
or the country is unknown too, the sender's own daytime counts, and `Place.basis` says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from hashlib import blake2b

from tandem.core.calendar import BusinessCalendar, Week, get_zone, require_holidays, weekend_of
from tandem.core.errors import InvalidInput
from tandem.engagement.contracts import Step

DAY_STARTS, DAY_ENDS = 9 * 60, 17 * 60  # minutes after midnight where the recipient is
ONE_DAY = timedelta(days=1)
FARTHEST_DAYS = 400
SHORTEST_COMMON = timedelta(hours=1)  # of daytime that all zones of a country must share to be waited for
MIDSEASONS = ((1, 14), (7, 15))  # between changes of clocks on both halves of the globe
_ALL = 2**64

Span = tuple[datetime, datetime]
Days = tuple[date, date]


class ZoneBasis(StrEnum):
    """Whose clock a due time follows."""

    KNOWN = "known"
    CANDIDATES = "candidates"
    SENDER = "sender"


BASIS_WORDS = {
    ZoneBasis.KNOWN: "their own time zone",
    ZoneBasis.CANDIDATES: "daytime in all zones of their country",
    ZoneBasis.SENDER: "the sender's time zone, as theirs is not known",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where somebody is, as far as it decides when they can be reached.

    zones : IANA names; it must be daytime in all of them
    country, region : whose public holidays and weekend count; empty: none, and Saturday and Sunday
    closed : quiet periods meant for them, first and last day
    """

    zones: tuple[str, ...]
    country: str = ""
    region: str = ""
    basis: ZoneBasis = ZoneBasis.KNOWN
    closed: tuple[Days, ...] = ()


def place_of(
    *,
    time_zone: str,
    candidates: Sequence[str],
    sender_zone: str,
    country: str = "",
    region: str = "",
    closed: Sequence[Days] = (),
    year: int = 2026,
) -> Place:
    """Where somebody can be reached, from what is known of them.

    time_zone : IANA name; empty: not known
    candidates : zones that may be theirs, of their country
    year : whose offsets tell whether the candidates share enough daytime
    """
    country, region = _known_place(country, region)
    kept = tuple(sorted(set(closed)))
    if time_zone:
        return Place(zones=(time_zone,), country=country, region=region, closed=kept)
    zones = apart(tuple(candidates), year)
    if zones:
        return Place(zones=zones, country=country, region=region, basis=ZoneBasis.CANDIDATES, closed=kept)
    return Place(zones=(sender_zone,), country=country, region=region, basis=ZoneBasis.SENDER, closed=kept)


@lru_cache(maxsize=4_096)
def apart(candidates: tuple[str, ...], year: int) -> tuple[str, ...]:
    """One zone for each clock among the candidates; empty when all of them share less than an hour of daytime."""
    clocks: dict[tuple[timedelta, ...], str] = {}
    for name in sorted(candidates):
        zone = get_zone(name)
        noons = [datetime(year, month, day, 12, tzinfo=UTC) for month, day in MIDSEASONS]
        # Every month, so that zones that change their clocks on other days are kept apart.
        noons += [datetime(year, month, day, 12, tzinfo=UTC) for month in range(1, 13) for day in (1, 10, 20, 28)]
        clocks.setdefault(tuple(noon.astimezone(zone).utcoffset() or timedelta() for noon in noons), name)
    if not clocks:
        return ()
    daytime = timedelta(minutes=DAY_ENDS - DAY_STARTS)
    apart_most = max(max(at) - min(at) for at in zip(*clocks, strict=True))
    return tuple(clocks.values()) if daytime - apart_most >= SHORTEST_COMMON else ()


@lru_cache(maxsize=200_000)
def windows_on(place: Place, day: date) -> tuple[Span, ...]:
    """When somebody can be reached on a day of their first zone, UTC; empty: not on that day."""
    if any(first <= day <= last for first, last in place.closed):
        return ()
    first, *others = place.zones
    common = list(_calendar(first, place.country, place.region).open_on(day))
    for zone in others:
        calendar = _calendar(zone, place.country, place.region)
        around = [span for shift in (-1, 0, 1) for span in calendar.open_on(day + shift * ONE_DAY)]
        common = [
            (max(start, begin), min(end, finish))
            for start, end in common
            for begin, finish in around
            if max(start, begin) < min(end, finish)
        ]
    return tuple(sorted(common))


def is_daytime(place: Place, at: datetime) -> bool:
    """Whether somebody can be reached at a moment."""
    return any(start <= at < end for start, end in windows_on(place, local_day(place, at)))


def local_day(place: Place, at: datetime) -> date:
    """The day of a moment in the place's first zone."""
    return at.astimezone(get_zone(place.zones[0])).date()


def open_days(place: Place, not_before: datetime) -> Iterator[date]:
    """Days on which somebody can still be reached after a moment, in order. InvalidInput after a year of none."""
    day, closed = local_day(place, not_before), 0
    while closed <= FARTHEST_DAYS:
        if any(end > not_before for _, end in windows_on(place, day)):
            closed = 0
            yield day
        else:
            closed += 1
        day += ONE_DAY
    raise InvalidInput(
        f"Nobody at {', '.join(place.zones)} can be reached in the year after {not_before.date()}.",
        hint="Shorten the quiet periods.",
        code="plan.never",
    )


def day_after(place: Place, day: date, waits: int) -> date:
    """The day `waits` (1 or more) reachable days after a day."""
    noon = datetime.combine(day + ONE_DAY, datetime.min.time(), get_zone(place.zones[0])).astimezone(UTC)
    days = open_days(place, noon)
    found = day
    for _ in range(waits):
        found = next(days)
    return found


def moment_on(place: Place, day: date, *, key: str, number: int, not_before: datetime | None = None) -> datetime:
    """The moment on a day that a touch gets, to the second: always the same for the same touch.

    key, number : of enrollment and step, what the hash is of
    not_before : only what is left of the day counts. The day must be one of `open_days`.
    """
    spans = windows_on(place, day)
    if not_before is not None:
        spans = tuple((max(start, not_before), end) for start, end in spans if end > not_before)
    left = sum((end - start for start, end in spans), timedelta()) * _share(key, number)
    for start, end in spans:
        if left < end - start:
            at = (start + left).replace(microsecond=0)
            return at if at >= start else start
        left -= end - start
    return spans[-1][0]


def due_times(steps: Sequence[Step], place: Place, *, key: str, first: datetime) -> tuple[datetime, ...]:
    """When every step is due, UTC, strictly increasing.

    first : when the first one is, from `moment_on`
    """
    found = [first]
    day = local_day(place, first)
    for step in steps[1:]:
        day = day_after(place, day, max(1, step.wait_days))
        found.append(moment_on(place, day, key=key, number=step.number))
    return tuple(found)


def first_time(place: Place, *, key: str, not_before: datetime, waits: int = 0) -> datetime:
    """When the first touch of a plan is due: the first reachable day, or `waits` reachable days after it."""
    days = open_days(place, not_before)
    day = next(days)
    for _ in range(waits):
        day = next(days)
    return moment_on(place, day, key=key, number=1, not_before=not_before)


def moved(
    dues: Sequence[tuple[int, datetime]],
    place: Place,
    *,
    key: str,
    not_before: datetime,
    stretch: float = 1.0,
    before: datetime | None = None,
    waits: Sequence[int] | None = None,
) -> tuple[datetime, ...]:
    """New times of what is left of a plan: nothing before a moment, waits kept, or times `stretch`, never shortened.

    dues : (number of the step, when it was due), in their order
    before : when the last touch left; the next one keeps its distance of a day at least from it
    waits : reachable days that each keeps from the one before it, the first counting nothing; None: those it had
    What already fits stays where it is, so that moving twice changes nothing more (with a `stretch` of 1).
    """
    found: list[datetime] = []
    for place_in_row, (number, due) in enumerate(dues):
        earliest = not_before
        if place_in_row == 0 and before is not None:
            earliest = max(earliest, _start_of(place, day_after(place, local_day(place, before), 1)))
        if place_in_row > 0:
            gap = waits[place_in_row] if waits else _reachable_between(place, dues[place_in_row - 1][1], due)
            day = day_after(place, local_day(place, found[-1]), max(1, -int(-gap * stretch // 1)))
            earliest = max(earliest, _start_of(place, day))
        if due >= earliest and is_daytime(place, due):
            found.append(due)
            continue
        day = next(open_days(place, max(earliest, due)))
        found.append(moment_on(place, day, key=key, number=number, not_before=earliest))
    return tuple(found)


def _start_of(place: Place, day: date) -> datetime:
    return windows_on(place, day)[0][0]


def _reachable_between(place: Place, earlier: datetime, later: datetime) -> int:
    """Reachable days from the day after one moment to the day of another."""
    day, last, found = local_day(place, earlier), local_day(place, later), 0
    while day < last:
        day += ONE_DAY
        found += bool(windows_on(place, day))
    return max(1, found)


@lru_cache(maxsize=4_096)
def _calendar(zone: str, country: str, region: str) -> BusinessCalendar:
    rest = weekend_of(country)
    week = Week(tuple(() if day in rest else ((DAY_STARTS, DAY_ENDS),) for day in range(7)))
    return BusinessCalendar(time_zone=zone, week=week, country=country, region=region)


@lru_cache(maxsize=4_096)
def _known_place(country: str, region: str) -> tuple[str, str]:
    """Country and region as holidays know them; what they don't know is left out."""
    for place in ((country, region), (country, "")):
        try:
            require_holidays(*place)
        except InvalidInput:
            continue
        return place
    return "", ""


def _share(key: str, number: int) -> float:
    """A share of the day, 0 to less than 1, the same for the same touch."""
    digest = blake2b(f"{key}:{number}".encode(), digest_size=8).digest()
    return int.from_bytes(digest) / _ALL
