"""By when a request is to be answered: read from the rule packs, for every candidate of the person's place. Pure.

A rule with the deadlines `respond` (or `access_response`), `confirm_receipt`, `optout_or_limit`, `stop`, `extend` or
`tell_extension` speaks for the places it names. Of several rules or places the earliest day counts; where a place has
no rule, or none is known, the earliest of all rules. Months are calendar months (from 31 January, one month ends on
the last day of February), days are calendar days, business days those of the person's country. The day of receipt is
not counted (Regulation 1182/71, Article 3); a last day on a weekend is not moved to Monday: earlier is never wrong.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from tandem.compliance.contracts.requests import AT_ONCE, Deadline, RequestKind, RightsClock
from tandem.compliance.domain.consent_terms import add_months
from tandem.compliance.domain.rules.packs import Packs, Rule
from tandem.compliance.domain.rules.places import EEA, EVERYWHERE, UNKNOWN, canonical
from tandem.core.calendar import BusinessCalendar, business_calendar
from tandem.core.errors import InvalidInput

PAUSE_DUTY = "clock_pauses_for_identity"
_TERM = re.compile(r"(\d{1,3}) (minutes|hours|days|business_days|months|years) from (\w+)")
_CALENDAR_OF_NOBODY = BusinessCalendar()


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """A length of time as a rule writes it. unit : "days", "business_days", "months", "years"."""

    count: int
    unit: str
    text: str


def read_term(text: str) -> Term:
    """Read "45 days from received_at". Raises InvalidInput for anything else."""
    found = _TERM.fullmatch(text)
    if found is None:
        raise InvalidInput(
            f"{text!r} is no deadline.", hint='Write such as "45 days from received_at".', code="rights.term"
        )
    return Term(count=int(found[1]), unit=found[2], text=text)


def end_of(term: Term, start: date, calendar: BusinessCalendar = _CALENDAR_OF_NOBODY) -> date:
    """The last day of a term that begins with a day; the first day is not counted. Parts of a day end on that day.

    >>> end_of(read_term("1 months from received_at"), date(2026, 1, 31))
    datetime.date(2026, 2, 28)
    """
    if term.unit == "business_days":
        return calendar.add_working_days(start, term.count) if term.count else start
    if term.unit in {"months", "years"}:
        months = term.count * (12 if term.unit == "years" else 1)
        return add_months(datetime.combine(start, time()), months).date()
    return start + timedelta(days=term.count if term.unit == "days" else 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Law:
    """What one rule says for one candidate of the place; `longer` is `respond` where the rule allows no extension."""

    respond: Deadline
    longer: Deadline
    tell: Deadline
    confirm: Deadline | None


def clock_of(
    kind: RequestKind,
    received_on: date,
    *,
    places: Sequence[str],
    packs: Packs,
    paused_days: int = 0,
    is_extended: bool = False,
) -> RightsClock:
    """All days that count for a request.

    places : candidates of where the person is, such as "DE" or "US-CA"; none: unknown, so the strictest of all laws
    paused_days : whole days in which the person was asked for proof of identity; they count only where the law says so
    is_extended : whether the person was told in time that the answer takes longer
    """
    known = list(dict.fromkeys(filter(None, map(canonical, places)))) or [UNKNOWN]
    pausing = [_pauses(place, kind, received_on, packs) for place in known]
    laws: list[_Law] = []
    for place, does_pause in zip(known, pausing, strict=True):
        start = received_on + timedelta(days=max(paused_days, 0) if does_pause else 0)
        laws += _laws_of(kind, received_on, start, place, packs) or _laws_of(kind, received_on, start, UNKNOWN, packs)
    if not laws:
        raise InvalidInput(
            "No rule pack has a clock for requests of people.", hint="Bring the packs back.", code="rights.no_clock"
        )
    respond, longer = _earliest(law.respond for law in laws), _earliest(law.longer for law in laws)
    confirms = [law.confirm for law in laws if law.confirm is not None]
    may_extend = kind not in AT_ONCE and longer.due_on > respond.due_on
    extension = replace(longer, name="extended") if may_extend else None
    return RightsClock(
        respond=extension if is_extended and extension is not None else respond,
        confirm=_earliest(confirms) if confirms else None,
        extension=extension,
        # Who takes longer says so while there is time to answer: at the latest when the answer itself is due.
        tell_extension=_earliest([replace(respond, name="tell_extension"), *(law.tell for law in laws)])
        if may_extend
        else None,
        pauses_for_identity=all(pausing),
    )


def _laws_of(kind: RequestKind, received_on: date, start: date, place: str, packs: Packs) -> list[_Law]:
    """What each rule of a place says; of a place that is unknown, every rule there is."""
    calendar, laws = _calendar(place), []
    for rule in _rules_of(place, received_on, packs):
        respond = _deadline(rule, _words(kind), start, place, calendar, "respond")
        if respond is None:
            continue
        told = _deadline(rule, ("tell_extension",), start, place, calendar, "tell_extension")
        laws.append(
            _Law(
                respond=respond,
                longer=_deadline(rule, ("extend",), respond.due_on, place, calendar, "respond") or respond,
                tell=told or replace(respond, name="tell_extension"),
                confirm=_deadline(rule, ("confirm_receipt",), received_on, place, calendar, "confirm_receipt"),
            )
        )
    return laws


def _pauses(place: str, kind: RequestKind, day: date, packs: Packs) -> bool:
    """Whether the law of a known place lets the clock stand still while identity is asked."""
    if place == UNKNOWN or kind in AT_ONCE:
        return False
    return any(PAUSE_DUTY in rule.duties for rule in _rules_of(place, day, packs))


def _rules_of(place: str, day: date, packs: Packs) -> Iterator[Rule]:
    groups = {place, place[:2], EVERYWHERE, *(("EEA",) if place[:2] in EEA else ())}
    for rule in packs.rules:
        if rule.status != "in_force" or not rule.is_on(day):
            continue
        is_inside = any(where.startswith(f"{place}-") for where in rule.where)  # a country whose state is not known
        if place == UNKNOWN or is_inside or not groups.isdisjoint(rule.where):
            yield rule


def _words(kind: RequestKind) -> tuple[str, ...]:
    """Names of deadlines that bear on a right, the nearest first."""
    if kind is RequestKind.OBJECTION:
        return ("stop", "optout_or_limit", "respond", "access_response")
    if kind in {RequestKind.AUTOMATION, RequestKind.RESTRICTION}:
        return ("optout_or_limit", "respond", "access_response")
    return ("respond", "access_response")


def _deadline(
    rule: Rule, names: Iterable[str], start: date, place: str, calendar: BusinessCalendar, as_name: str
) -> Deadline | None:
    text = next((rule.deadlines[name] for name in names if name in rule.deadlines), None)
    if text is None:
        return None
    due_on = end_of(read_term(text), start, calendar)
    return Deadline(
        name=as_name, due_on=due_on, place=place, term=text, rule=rule.id, version=rule.version, source=rule.cite
    )


def _earliest(found: Iterable[Deadline]) -> Deadline:
    return min(found, key=lambda one: one.due_on)


def _calendar(place: str) -> BusinessCalendar:
    """Business days of the place; where its holidays are not known, every weekday, which ends earlier."""
    country, _, region = place.partition("-")
    try:
        return business_calendar(country=country, region=region)
    except InvalidInput:
        return _CALENDAR_OF_NOBODY


def notice_due(collected_on: date, place: str, packs: Packs) -> date | None:
    """The last day to tell somebody whose data came from others; None: no law of the place asks for it.

    place : country or state; empty or not known: as the strictest place has it
    """
    known = canonical(place) or UNKNOWN
    ends = [
        end_of(read_term(rule.deadlines[name]), collected_on)
        for rule in _rules_of(known, collected_on, packs)
        for name in ("art14_notice", "inform")
        if name in rule.deadlines
    ]
    return min(ends, default=None)
