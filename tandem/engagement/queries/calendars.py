"""Whose calendar a reply's clock runs by, and who answers while somebody is away."""

from __future__ import annotations

from datetime import date

from tandem.access.queries import get_organisation, list_teams
from tandem.access.queries import get_person as person_summary
from tandem.core.calendar import BusinessCalendar, business_calendar
from tandem.core.errors import InvalidInput, NotFound
from tandem.engagement.models import Cover, WorkCalendar

MOST_COVERS = 5  # somebody covers who is away and covered in turn; longer chains are a mistake


def calendar_row_of(person_id: int | None) -> WorkCalendar | None:
    """The calendar of a person's team, else of the nearest team above that has one; None: the organisation's hours."""
    if person_id is None:
        return None
    try:
        team = person_summary(person_id).team
    except NotFound:
        return None
    teams = {name: (number, parent) for number, name, parent in list_teams()}
    names = {number: name for name, (number, _) in teams.items()}
    known = {row.team_id: row for row in WorkCalendar.objects.all()}
    seen: set[int] = set()
    number = teams[team][0] if team in teams else None
    while number is not None and number not in seen:
        if number in known:
            return known[number]
        seen.add(number)
        number = teams[names[number]][1]
    return None


def calendar_of(row: WorkCalendar | None) -> BusinessCalendar:
    """The calendar as it counts; where a stored one can't be understood, the organisation's hours."""
    if row is not None:
        try:
            return business_calendar(
                working_hours=row.working_hours, time_zone=row.time_zone, country=row.country, region=row.region,
                closed_on=frozenset(date.fromisoformat(day) for day in row.closed_on),
            )  # fmt: skip
        except (InvalidInput, ValueError):
            pass  # it was right when it was stored: a place whose holidays nobody knows any more
    own = get_organisation()
    try:
        return business_calendar(
            working_hours=own.working_hours, time_zone=own.time_zone, country=own.country, region=own.region
        )
    except InvalidInput:
        return business_calendar(working_hours=own.working_hours, time_zone=own.time_zone)


def answers_for(person_id: int | None, day: date) -> int | None:
    """Who answers in somebody's place on a day: they themselves, or whoever covers for them."""
    seen: set[int] = set()
    while person_id is not None and person_id not in seen and len(seen) < MOST_COVERS:
        seen.add(person_id)
        covers = Cover.objects.filter(person=person_id, first_day__lte=day, last_day__gte=day).order_by("-id")
        cover = covers.values_list("by_id", flat=True).first()
        if cover is None:
            return person_id
        person_id = cover
    return person_id


def all_calendars() -> list[WorkCalendar]:
    """Calendars of teams, by team."""
    return list(WorkCalendar.objects.select_related("team").order_by("team__name"))


def covers_from(day: date) -> list[Cover]:
    """Absences that are not over on a day, the nearest first."""
    return list(Cover.objects.filter(last_day__gte=day).select_related("person", "by").order_by("first_day", "id"))
