"""Today: what needs a person, and what changed since the last working day, within the actor's sight."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from tandem.access.contracts import OrganisationSettings
from tandem.access.guard import page
from tandem.access.queries import get_organisation
from tandem.accounts.queries import today as queries
from tandem.accounts.queries.today import News, Waiting
from tandem.core import nightly, words
from tandem.core.api import actor_of, moment_of
from tandem.core.calendar import business_calendar

LONGEST_LOOK_BACK_DAYS = 7
NOON, EVENING = 12, 18


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One line of what needs a person: how many, of what, and where it is done."""

    count: int
    text: str
    address: str
    icon: str


@page("home", "view")
def today_page(request: HttpRequest) -> HttpResponse:
    """The first page of the day."""
    actor, now = actor_of(request), moment_of(request)
    organisation = get_organisation()
    local = now.astimezone(ZoneInfo(organisation.time_zone))
    since = _last_working_morning(organisation, local)
    news = queries.news(actor, since=since)
    waiting = queries.waiting(actor, since=since, now=now, today=local.date())
    context = {
        "greeting": f"{_greeting(local.hour)}, {actor.name.split()[0]}",
        "local": local,
        "place": organisation.time_zone.rsplit("/", 1)[-1].replace("_", " "),
        "since": since,
        "news": news,
        "waiting": waiting,
        "tasks": _tasks(waiting),
        "lead": _lead(news, waiting),
        "night": nightly.last_run(),
    }
    return render(request, "console/today.html", context)


def _greeting(hour: int) -> str:
    if hour < NOON:
        return "Good morning"
    return "Good afternoon" if hour < EVENING else "Good evening"


def _last_working_morning(organisation: OrganisationSettings, local: datetime) -> datetime:
    """Midnight, in the company's zone, of the working day before this one; at most a week back."""
    calendar = business_calendar(
        working_hours=organisation.working_hours,
        time_zone=organisation.time_zone,
        country=organisation.country,
        region=organisation.region,
    )
    day: date = local.date() - timedelta(days=1)
    earliest = local.date() - timedelta(days=LONGEST_LOOK_BACK_DAYS)
    while not calendar.is_working_day(day) and day > earliest:
        day -= timedelta(days=1)
    return datetime.combine(day, time(), local.tzinfo)


def _tasks(waiting: Waiting) -> Sequence[Task]:
    """What needs a person, most pressing first; what is at nought is left out."""
    found = (
        Task(count=waiting.overdue.count, text="open past their close date", address="#overdue", icon="deal"),
        Task(count=waiting.unassigned.count, text="without an account", address="/deals?unassigned=1", icon="deal"),
        Task(
            count=waiting.quiet.count, text="with an open deal and a month of silence", address="#quiet", icon="account"
        ),
        Task(count=waiting.pairs or 0, text="likely to be one record", address="/matches", icon="contact"),
        Task(
            count=waiting.refused.count if waiting.refused else 0,
            text="with refused rows",
            address="#refused",
            icon="doc",
        ),
        Task(count=len(waiting.late_sources or ()), text="not heard in time", address="/data#h-sources", icon="signal"),
        Task(count=waiting.dead_jobs or 0, text="gave up", address="/jobs", icon="task"),
    )
    nouns = ("deal", "deal", "account", "pair", "file", "source", "job")
    return [
        Task(
            count=task.count, text=f"{words.count(task.count, noun)} {task.text}", address=task.address, icon=task.icon
        )
        for task, noun in zip(found, nouns, strict=True)
        if task.count
    ]


def _lead(news: News, waiting: Waiting) -> str:
    """One sentence on what matters now."""
    told = []
    if news.won.count:
        told.append(f"{words.count(news.won.count, 'deal')} won")
    if news.lost.count:
        told.append(f"{news.lost.count} lost")
    if news.slipped.count:
        told.append(f"{news.slipped.count} moved to a later day")
    if news.changed_deals.count and not told:
        told.append(f"{words.count(news.changed_deals.count, 'deal')} changed")
    if news.new_accounts.count:
        told.append(f"{words.count(news.new_accounts.count, 'new account')}")
    changed = ", ".join(told) if told else "Nothing changed in your book"
    changed = changed[0].upper() + changed[1:]
    return f"{changed}; nothing waits for you." if waiting.is_empty else f"{changed}."
