"""When teams answer, and who covers for whom. Clocks that run keep the deadline they were given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from django.db import transaction

from tandem.access.actions import require
from tandem.access.queries import get_person as person_summary
from tandem.access.queries import list_teams, people_under
from tandem.core import ledger
from tandem.core.actors import Actor
from tandem.core.calendar import business_calendar
from tandem.core.errors import InvalidInput, NotAllowed, NotFound
from tandem.engagement.models import Cover, WorkCalendar

MOST_DAYS_OFF = 400


def set_calendar(
    team_id: int,
    *,
    time_zone: str,
    country: str,
    region: str,
    working_hours: Mapping[str, Sequence[Sequence[str]]],
    closed_on: Sequence[date],
    actor: Actor,
    now: datetime,
) -> int:
    """A team's hours, holidays and days off; teams below it without own ones follow. Returns the calendar's id.

    working_hours : weekday "0" (Monday) to "6" to spans ["HH:MM", "HH:MM"]; several a day are split shifts

    Raises NotAllowed without "campaign.manage", NotFound for the team, InvalidInput for a zone, place or hours that
    can't be understood, and for a week without an open hour.
    """
    require(actor, "campaign.manage")
    if team_id not in {number for number, _, _ in list_teams()}:
        raise NotFound(f"There is no team {team_id}.")
    if len(closed_on) > MOST_DAYS_OFF:
        raise InvalidInput(f"{len(closed_on)} days off are too many.", hint=f"Give {MOST_DAYS_OFF} at most.")
    if not working_hours:
        raise InvalidInput("The week has no open hour.", hint="Give at least one weekday its hours.")
    business_calendar(working_hours=working_hours, time_zone=time_zone, country=country, region=region)
    values = {
        "time_zone": time_zone, "country": country.upper(), "region": region,
        "working_hours": {day: [list(span) for span in spans] for day, spans in working_hours.items()},
        "closed_on": sorted({day.isoformat() for day in closed_on}), "changed_at": now, "changed_by": actor.name[:200],
    }  # fmt: skip
    with transaction.atomic():
        row, _ = WorkCalendar.objects.update_or_create(team_id=team_id, defaults=values)
        ledger.append(
            actor, "engagement.calendar_set", subject=f"team:{team_id}", time_zone=time_zone, country=country,
            region=region, working_hours=values["working_hours"], closed_on=values["closed_on"],
        )  # fmt: skip
    return row.id


def remove_calendar(team_id: int, *, actor: Actor) -> None:
    """The team follows the one above it again, or the organisation's hours. Raises NotAllowed, NotFound."""
    require(actor, "campaign.manage")
    with transaction.atomic():
        if not WorkCalendar.objects.filter(team_id=team_id).delete()[0]:
            raise NotFound(f"Team {team_id} has no calendar of its own.")
        ledger.append(actor, "engagement.calendar_removed", subject=f"team:{team_id}")


def add_cover(*, person_id: int, by_id: int, first_day: date, last_day: date, actor: Actor, now: datetime) -> int:
    """Somebody is away, and a colleague answers in their place; returns the cover's id.

    One's own, or that of people one leads. Replies that come in meanwhile go to the colleague; those that wait stay.
    Raises NotAllowed, NotFound, InvalidInput for days in the wrong order, in the past, or for oneself.
    """
    _require_lead(person_id, actor)
    if first_day > last_day or last_day < now.date():
        raise InvalidInput(f"{first_day} to {last_day} is no absence to come.", hint="Give the first and the last day.")
    if person_id == by_id:
        raise InvalidInput("Nobody covers for themselves.", hint="Choose a colleague.")
    if not person_summary(by_id).is_active:
        raise InvalidInput("Whoever covers must work here.", hint="Choose another colleague.")
    with transaction.atomic():
        row = Cover.objects.create(
            person_id=person_id, by_id=by_id, first_day=first_day, last_day=last_day, written_at=now,
            written_by=actor.name[:200],
        )  # fmt: skip
        ledger.append(
            actor, "engagement.cover_added", subject=f"person:{person_id}", by=by_id, first_day=first_day.isoformat(),
            last_day=last_day.isoformat(),
        )  # fmt: skip
    return row.id


def end_cover(cover_id: int, *, actor: Actor) -> None:
    """The absence is off, or over. Raises NotAllowed, NotFound."""
    row = Cover.objects.filter(id=cover_id).first()
    if row is None:
        raise NotFound(f"There is no cover {cover_id}.")
    _require_lead(row.person_id, actor)
    with transaction.atomic():
        row.delete()
        ledger.append(actor, "engagement.cover_ended", subject=f"person:{row.person_id}", by=row.by_id)


def _require_lead(person_id: int, actor: Actor) -> None:
    """The person themselves, who leads them, or who runs the programme."""
    require(actor, "campaign.decide")
    if actor.is_agent or person_id not in {actor.id, *people_under(actor.id)}:
        try:
            require(actor, "campaign.manage")
        except NotAllowed as error:
            raise NotAllowed(
                "You can arrange cover for yourself and for people you lead.", hint="Ask their manager."
            ) from error
