"""What prospecting came to: time spared against the baseline, and whether threads and briefs go with more answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from tandem.accounts.queries.visible import accounts_in_sight
from tandem.core.actors import Actor
from tandem.prospecting.domain.time_saved import WEEKS, Before, Done, Saved, time_saved
from tandem.prospecting.models import AddressCheck, EntryState, ListEntry, ListTimeBaseline, Rationale
from tandem.prospecting.queries.lists import lists_in_sight
from tandem.prospecting.queries.research_reports import Comparison, briefs_and_meetings, threads_and_replies


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """How long list building took before, and who says so. hours, accounts : of one seller in one week"""

    hours: float
    accounts: int
    measured_on: date
    method: str
    entered_by: str
    entered_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """Of accounts in sight. baseline None: nobody entered one; earlier : those before it, newest first"""

    saved: Saved
    done: Done
    baseline: Baseline | None
    earlier: tuple[Baseline, ...]
    threads: Comparison
    briefs: Comparison


def baselines() -> tuple[Baseline, ...]:
    """What was entered, newest first; the first counts."""
    return tuple(
        Baseline(
            hours=float(row.hours), accounts=row.accounts, measured_on=row.measured_on, method=row.method,
            entered_by=row.entered_by, entered_at=row.entered_at,
        )
        for row in ListTimeBaseline.objects.order_by("-entered_at", "-id")
    )  # fmt: skip


def effect(actor: Actor, *, now: datetime) -> Effect:
    """The last four weeks, and the last 180 days of mails, of accounts in the actor's sight."""
    told, done = baselines(), _done(actor, now - timedelta(weeks=WEEKS))
    before = Before(hours=told[0].hours, accounts=told[0].accounts) if told else None
    ids = list(accounts_in_sight(actor).order_by().values_list("id", flat=True))
    return Effect(
        saved=time_saved(before, done),
        done=done,
        baseline=told[0] if told else None,
        earlier=told[1:],
        threads=threads_and_replies(ids, at=now),
        briefs=briefs_and_meetings(ids, at=now),
    )


def _done(actor: Actor, since: datetime) -> Done:
    """Counts of what was made since a moment; an account or person counts once."""
    visible = accounts_in_sight(actor).order_by()
    mine = {"account__in": visible.values("id")}
    ready = ListEntry.objects.filter(state=EntryState.READY, ready_at__gte=since, **mine)
    checked = AddressCheck.objects.filter(checked_at__gte=since, contact__account__in=visible.values("id"))
    return Done(
        researched=Rationale.objects.filter(created_at__gte=since, **mine).values("account").distinct().count(),
        ready=ready.values("account").distinct().count(),
        people=checked.values("contact").distinct().count(),
        lists=lists_in_sight(actor).filter(created_at__gte=since).count(),
        sellers=visible.exclude(owner=None).values("owner").distinct().count(),
    )
