"""Whose clock runs when: calendars of teams, and who covers for whom."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

from tandem.access.guard import page
from tandem.access.queries import get_organisation, list_people, list_teams, may, people_under
from tandem.core import fragments
from tandem.core.api import actor_of, moment_of
from tandem.core.errors import InvalidInput, NotFound
from tandem.engagement.actions import calendars as actions
from tandem.engagement.queries.calendars import all_calendars, calendar_of, covers_from
from tandem.engagement.web.form_pages import form_page

HOME, CRUMB = "/outreach/calendars", "Calendars and cover"
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_SPANS = re.compile(r"\s*(\d{1,2}:\d{2})\s*(?:-|–|to)\s*(\d{1,2}:\d{2})\s*")


class CalendarForm(forms.Form):
    """A team's hours. Several spans a day are separated by commas."""

    time_zone = forms.CharField(label="Time zone", max_length=64, help_text="As Europe/Berlin or America/New_York.")
    country = forms.CharField(
        label="Country of the public holidays", max_length=2, required=False, help_text="Two letters; empty: none."
    )
    region = forms.CharField(label="Region", max_length=20, required=False, help_text="As BY for Bavaria; or empty.")
    closed_on = forms.CharField(
        label="Further days off", required=False, widget=forms.Textarea(attrs={"rows": 3}),
        help_text="As 2026-12-24, one a line.",
    )  # fmt: skip

    def __init__(self, *args: Any, **given: Any) -> None:
        super().__init__(*args, **given)
        for number, name in enumerate(DAYS):
            self.fields[f"day_{number}"] = forms.CharField(
                label=name, max_length=100, required=False, help_text="As 08:30-12:00, 13:00-17:30; empty: closed."
            )


class CoverForm(forms.Form):
    """An absence."""

    person = forms.ChoiceField(label="Who is away")
    by = forms.ChoiceField(label="Who answers in their place")
    first_day = forms.DateField(label="First day", widget=forms.DateInput(attrs={"type": "date"}))
    last_day = forms.DateField(label="Last day", widget=forms.DateInput(attrs={"type": "date"}))


@page("campaign", "view")
def calendars_page(request: HttpRequest) -> HttpResponse:
    """Calendars of all teams, and absences to come."""
    actor, now = actor_of(request), moment_of(request)
    own = {row.team_id: row for row in all_calendars()}
    shown = [
        {"id": number, "name": name, "row": own.get(number), "hours": _told_hours(own.get(number))}
        for number, name, _ in list_teams()
    ]
    lead = {actor.id, *people_under(actor.id)} if not actor.is_agent else set()
    manages = may(actor, "campaign.manage")
    covers = [(one, manages or one.person_id in lead) for one in covers_from(now.date())]
    context = {
        "teams": shown, "covers": covers, "may_manage": manages, "may_cover": may(actor, "campaign.decide"),
        "organisation": get_organisation(), "common": _told_week(calendar_of(None).week),
    }  # fmt: skip
    return render(request, "engagement/calendars.html", context)


@page("campaign", "manage", methods=("GET", "POST"))
def calendar_form(request: HttpRequest, team_id: int) -> HttpResponse:
    """A team's own hours."""
    names = {number: name for number, name, _ in list_teams()}
    if team_id not in names:
        raise NotFound(f"There is no team {team_id}.")
    row = next((one for one in all_calendars() if one.team_id == team_id), None)

    def write(said: Mapping[str, Any]) -> tuple[str, str]:
        actions.set_calendar(
            team_id, time_zone=said["time_zone"].strip(), country=said["country"].strip().upper(),
            region=said["region"].strip(), working_hours=_hours_in(said), closed_on=_days_in(said["closed_on"]),
            actor=actor_of(request), now=moment_of(request),
        )  # fmt: skip
        return f"Set. Clocks of {names[team_id]} follow it from now on.", HOME

    return form_page(
        request, CalendarForm, write, title=f"Hours of {names[team_id]}", button="Set", back=HOME, crumb=CRUMB,
        note="Clocks of replies run in these hours alone. Teams below follow, unless they have their own.",
        initial=_initial(row),
    )  # fmt: skip


@page("campaign", "manage", methods=("POST",))
def remove(request: HttpRequest, team_id: int) -> HttpResponse:
    """The team follows the one above."""
    actions.remove_calendar(team_id, actor=actor_of(request))
    return fragments.done(request, "Removed. The team follows the one above it, or the organisation.", to=HOME)


@page("campaign", "decide", methods=("GET", "POST"))
def cover_form(request: HttpRequest) -> HttpResponse:
    """An absence with who covers."""
    actor = actor_of(request)
    people = [(str(one.id), one.name) for one in list_people(active_only=True)]
    led = {str(one) for one in (actor.id, *people_under(actor.id))}
    absent = people if may(actor, "campaign.manage") else [one for one in people if one[0] in led]

    class Form(CoverForm):
        """With the people there are."""

        def __init__(self, *args: Any, **given: Any) -> None:
            super().__init__(*args, **given)
            for name, choices in (("person", absent), ("by", people)):
                field = self.fields[name]
                assert isinstance(field, forms.ChoiceField)
                field.choices = choices

    def write(said: Mapping[str, Any]) -> tuple[str, str]:
        actions.add_cover(
            person_id=int(said["person"]), by_id=int(said["by"]), first_day=said["first_day"],
            last_day=said["last_day"], actor=actor, now=moment_of(request),
        )  # fmt: skip
        return "Arranged. Replies of these days go to them.", HOME

    return form_page(
        request, Form, write, title="Arrange cover", button="Arrange", back=HOME, crumb=CRUMB,
        initial={"person": str(actor.id)},
    )  # fmt: skip


@page("campaign", "decide", methods=("POST",))
def end_cover(request: HttpRequest, cover_id: int) -> HttpResponse:
    """The absence is off."""
    actions.end_cover(cover_id, actor=actor_of(request))
    return fragments.done(request, "Ended.", to=HOME)


def _hours_in(said: Mapping[str, Any]) -> dict[str, list[list[str]]]:
    """Spans by weekday. Raises InvalidInput naming the day."""
    found: dict[str, list[list[str]]] = {}
    for number, name in enumerate(DAYS):
        for told in filter(None, (part.strip() for part in str(said.get(f"day_{number}", "")).split(","))):
            span = _SPANS.fullmatch(told)
            if span is None:
                raise InvalidInput(f"{name}: {told!r} is no span of hours.", hint="Write it as 08:30-12:00.")
            found.setdefault(str(number), []).append([end.zfill(5) for end in span.groups()])
    return found


def _days_in(text: str) -> list[date]:
    """ISO days, one a line. Raises InvalidInput naming the line."""
    days = []
    for told in filter(None, re.split(r"[\s,;]+", text)):
        try:
            days.append(date.fromisoformat(told))
        except ValueError as error:
            raise InvalidInput(f"{told!r} is no day.", hint="Write it as 2026-12-24.") from error
    return days


def _initial(row: Any) -> dict[str, str]:
    organisation = get_organisation()
    if row is None:
        week = calendar_of(None).week
        hours = {f"day_{day}": _spans(week.spans(day)) for day in range(7)}
        return {
            "time_zone": organisation.time_zone,
            "country": organisation.country,
            "region": organisation.region,
            **hours,
        }
    hours = {
        f"day_{day}": ", ".join("-".join(span) for span in row.working_hours.get(str(day), ())) for day in range(7)
    }
    return {
        "time_zone": row.time_zone, "country": row.country, "region": row.region,
        "closed_on": "\n".join(row.closed_on), **hours,
    }  # fmt: skip


def _told_hours(row: Any) -> list[tuple[str, str]]:
    return [] if row is None else _told_week(calendar_of(row).week)


def _told_week(week: Any) -> list[tuple[str, str]]:
    """Days with the same hours together, in words: Monday to Friday, 09:00-17:30."""
    told: list[tuple[list[int], str]] = []
    for day in range(7):
        spans = _spans(week.spans(day)) or "closed"
        if told and told[-1][1] == spans:
            told[-1][0].append(day)
        else:
            told.append(([day], spans))
    return [
        (DAYS[days[0]] if len(days) == 1 else f"{DAYS[days[0]]} to {DAYS[days[-1]]}", spans) for days, spans in told
    ]


def _spans(spans: Any) -> str:
    return ", ".join(f"{_clock(start)}-{_clock(end)}" for start, end in spans)


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


urlpatterns = [
    path("outreach/calendars", calendars_page, name="work_calendars"),
    path("outreach/calendars/cover", cover_form, name="cover_new"),
    path("outreach/calendars/cover/<int:cover_id>/end", end_cover, name="cover_end"),
    path("outreach/calendars/<int:team_id>", calendar_form, name="work_calendar"),
    path("outreach/calendars/<int:team_id>/remove", remove, name="work_calendar_remove"),
]
