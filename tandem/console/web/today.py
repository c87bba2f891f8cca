"""Today: what needs a person, and what changed since the last working day, within the actor's sight."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from tandem.access.contracts import OrganisationSettings, Reach
from tandem.access.guard import page
from tandem.access.queries import get_organisation, may, sight_of, unused_scopes_report
from tandem.accounts.queries import today as queries
from tandem.accounts.queries.today import ChangedDeal, Moved, News, Waiting
from tandem.accounts.queries.values import field_in_words, value_in_words
from tandem.compliance.queries.messages import count_waiting
from tandem.core import nightly, words
from tandem.core.actors import Actor
from tandem.core.api import actor_of, moment_of
from tandem.core.calendar import business_calendar
from tandem.engagement.queries.inbox import Clock
from tandem.engagement.queries.today import OutreachToday, outreach_today

LONGEST_LOOK_BACK_DAYS = 7
NOON, EVENING = 12, 18
SHOWN_CHANGES, SHOWN_MOVES, SHOWN_ALARMS = 8, 3, 6


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
    local = timezone.localtime(now)
    since = _last_working_morning(get_organisation(), local)
    news = queries.news(actor, since=since)
    waiting = queries.waiting(actor, since=since, now=now, today=local.date())
    unused = len(unused_scopes_report(now=now)) if may(actor, "agent.manage") else 0
    outreach = outreach_today(actor, now=now)
    # Drafts are read in their own queue; here stands what else leaves only when this person approves it.
    texts = max(0, count_waiting(actor) - outreach.asked_about) if may(actor, "gate.decide") else 0
    tasks = [*_outreach_tasks(outreach), *_tasks(waiting, unused, texts)]
    context = {
        "greeting": f"{_greeting(local.hour)}, {actor.name.split()[0]}",
        "local": local,
        "place": timezone.get_current_timezone_name().rsplit("/", 1)[-1].replace("_", " "),
        "since": since,
        "news": news,
        "changed": [_in_words(deal) for deal in news.changed_deals.shown[:SHOWN_CHANGES]],
        "by_field": [(field_in_words(field), count) for field, count in news.by_field],
        "waiting": waiting,
        "tasks": tasks,
        "sees_registers": may(actor, "register.view"),
        "sells": may(actor, "prospect.export"),
        "watches": may(actor, "prospect.manage"),
        "sends": may(actor, "sender.manage"),
        "lead": _lead(actor, news, is_quiet=waiting.is_empty and not tasks),
        "night": nightly.last_run(),
    }
    return render(request, "console/today.html", context)


def _in_words(deal: ChangedDeal) -> ChangedDeal:
    """The deal with its first moves, their values as people read them."""
    return replace(
        deal,
        moved=tuple(
            Moved(
                field=field_in_words(move.field),
                old=value_in_words(move.field, move.old, deal.currency),
                new=value_in_words(move.field, move.new, deal.currency),
            )
            for move in deal.moved[:SHOWN_MOVES]
        ),
    )


def _greeting(hour: int) -> str:
    if hour < NOON:
        return "Good morning"
    return "Good afternoon" if hour < EVENING else "Good evening"


def _last_working_morning(organisation: OrganisationSettings, local: datetime) -> datetime:
    """Midnight, in the reader's zone, of the working day before this one; at most a week back."""
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


def _outreach_tasks(found: OutreachToday) -> Sequence[Task]:
    """Replies first: their clock runs."""
    told = (
        (found.replies, f"{words.count(found.replies, 'reply,replies')} waiting, {_next_in(found.next_reply)}",
         "/inbox", "mail"),
        (found.drafts, f"{words.count(found.drafts, 'draft')} to review", "/review", "doc"),
        (found.by_hand, f"{words.count(found.by_hand, 'task')} by hand", "/outreach/tasks", "task"),
    )  # fmt: skip
    return [Task(count=count, text=text, address=address, icon=icon) for count, text, address, icon in told if count]


def _next_in(clock: Clock | None) -> str:
    """When the first of them is late, in business minutes."""
    if clock is None:
        return "none late"
    if clock.is_late:
        return f"the first {words.count(round(-clock.minutes_left), 'minute')} late"
    if clock.opens_at is not None:
        return f"next from {timezone.localtime(clock.opens_at):%a %H:%M}"
    return f"next in {words.count(round(clock.minutes_left), 'minute')}"


def _tasks(waiting: Waiting, unused: int, texts: int) -> Sequence[Task]:
    """What needs a person, most pressing first; what is at nought is left out.

    unused : rights of agents that nobody uses
    texts : messages that leave only when this person approves them
    """
    refused = waiting.refused.count if waiting.refused else 0
    late = len(waiting.late_sources or ())
    found = (
        (texts, "message", "waiting for your approval", "/compliance/approvals", "mail"),
        (waiting.overdue.count, "deal", "open past the close date", "#overdue", "deal"),
        (waiting.unassigned.count, "deal", "without an account", "/deals?unassigned=1", "deal"),
        (waiting.quiet.count, "account", "with an open deal and a month of silence", "#quiet", "account"),
        (waiting.pairs or 0, "pair", "likely to be one record", "/matches", "contact"),
        (refused, "file", "with refused rows", "#refused", "doc"),
        (late, "source", "not heard in time", "/data#h-sources", "signal"),
        (waiting.dead_jobs or 0, "job", "that gave up", "/jobs", "task"),
        (unused, "right", "that agents hold and have not used for 30 days", "/agents", "task"),
    )
    return [
        Task(count=count, text=f"{words.count(count, noun)} {told}", address=address, icon=icon)
        for count, noun, told, address, icon in found
        if count
    ]


def _lead(actor: Actor, news: News, *, is_quiet: bool) -> str:
    """One sentence on what matters now."""
    told = []
    if news.won.count:
        told.append(f"{words.count(news.won.count, 'deal')} won")
    if news.lost.count:
        told.append(f"{news.lost.count} lost" if told else f"{words.count(news.lost.count, 'deal')} lost")
    if news.slipped.count:
        slipped = news.slipped.count
        told.append(f"{slipped if told else words.count(slipped, 'deal')} moved to a later day")
    if news.changed_deals.count and not told:
        told.append(f"{words.count(news.changed_deals.count, 'deal')} changed")
    if news.new_accounts.count:
        told.append(f"{words.count(news.new_accounts.count, 'new account')}")
    place = "in your book" if sight_of(actor, "view", "deal").reach is Reach.OWN else "in your sight"
    changed = ", ".join(told) if told else f"Nothing changed {place}"
    changed = changed[0].upper() + changed[1:]
    return f"{changed}; nothing waits for you." if is_quiet else f"{changed}."
