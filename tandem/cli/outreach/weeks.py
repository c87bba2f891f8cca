"""Weeks of outreach in a minute: the product's own loop at explicit moments, with people on both sides."""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta

from django.db import DatabaseError

from tandem.cli.outreach.post import Post
from tandem.cli.outreach.setting_up import Programme
from tandem.cli.outreach.staff import Staff
from tandem.core import clock
from tandem.core.actors import Actor, built_in_agent
from tandem.core.errors import AppError, Conflict

# Moments of a day at which the loop turns: work is open somewhere between Warsaw and Vancouver (UTC).
HOURS = (time(10, 0), time(15, 0), time(20, 0))
CHECKED_EVERY = timedelta(days=6)  # a check of a sending domain holds for a week
WAVES = ((0, 0.35), (10, 0.25), (19, 0.15))  # day from the first, share of the people; the last ones come at the end
READ_AHEAD = timedelta(days=1)
SATURDAY = 5
LOOK_SECONDS = 5.0  # between two looks for post
log = logging.getLogger(__name__)
LEFT_WAITING = timedelta(days=4)  # replies that nobody has answered yet when the demo opens
PACKS = 5  # mornings whose packs are there
Told = Callable[[int, int, str], None]
WORKER = built_in_agent("worker", "worker")
INBOX = built_in_agent("inbox", "worker")


@dataclass(slots=True)
class Happened:
    """Counts over all days. refused : people who could not be enrolled, by reason"""

    enrolled: int = 0
    drafted: int = 0
    sent: int = 0
    received: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    unwritten: Counter[str] = field(default_factory=Counter)


class Weeks:
    """The loop. until : the present; staff stop reading `quiet_hours` before it, so that work waits"""

    def __init__(
        self, programme: Programme, post: Post, staff: Staff, *, actor: Actor, until: datetime,
        quiet_hours: float = 30.0,
    ) -> None:  # fmt: skip
        self.programme, self.post, self.staff = programme, post, staff
        self.actor, self.until = actor, until
        self.checked_at: datetime | None = None
        self.quiet_from = until - timedelta(hours=quiet_hours)
        self.happened = Happened()

    def live(self, *, since: datetime, told: Told | None = None) -> Happened:
        """Turn the loop at every moment from `since` until the present."""
        self._research()
        moments = list(self._moments(since))
        waves = self._waves(moments)
        before = None
        for number, now in enumerate(moments):
            self.post.moment = lambda now=now: now  # type: ignore[misc]
            if told is not None:
                told(number, len(moments), f"Outreach of {now:%-d %B}")
            with clock.at(now):
                is_first = before is None or before.date() != now.date()
                if is_first:
                    self._morning(now)
                self._enroll(waves.get(now, ()), now)
                if is_first or now in waves:
                    self._write(now)
                self._turn(now)
            before = now
        self.post.moment = clock.now
        return self.happened

    def _research(self) -> None:
        """Fact sheets of everybody, in one go instead of day by day."""
        from tandem.prospecting.actions.fact_sheets import make_fact_sheets

        people = [one for some in self.programme.contacts.values() for one in some]
        make_fact_sheets(people, actor=WORKER, now=self.until)

    def _moments(self, since: datetime) -> Iterator[datetime]:
        day = since.date()
        while day <= self.until.date():
            for hour in HOURS if day.weekday() < SATURDAY else ():
                at = datetime.combine(day, hour, UTC)
                if since <= at < self.until:
                    yield at
            day += timedelta(days=1)
        yield self.until

    def _waves(self, moments: list[datetime]) -> dict[datetime, list[tuple[int, list[int]]]]:
        """Whom to enroll at which moment: shares of each campaign's people, the rest in the present."""
        found: dict[datetime, list[tuple[int, list[int]]]] = {}
        first = moments[0]
        for campaign, people in self.programme.contacts.items():
            start = 0
            for day, share in WAVES:
                end = start + round(share * len(people))
                at = next((one for one in moments if one >= first + timedelta(days=day)), moments[-1])
                found.setdefault(at, []).append((campaign, people[start:end]))
                start = end
            last = next(one for one in moments if one >= self.quiet_from)
            found.setdefault(last, []).append((campaign, people[start:]))
        return found

    def _morning(self, now: datetime) -> None:
        """What nights and mornings do for outreach."""
        from tandem.engagement.actions import rituals
        from tandem.engagement.actions.guarding import guard_all
        from tandem.engagement.actions.sending_domains import check_all
        from tandem.engagement.actions.softening import soften_silent
        from tandem.engagement.actions.watching_growth import watch_growth

        if self.checked_at is None or now - self.checked_at >= CHECKED_EVERY:
            self.checked_at = now
            check_all(actor=WORKER, now=now)
        guard_all(now=now)
        soften_silent(actor=WORKER, now=now)
        watch_growth(actor=WORKER, now=now)
        if self.until - now <= timedelta(days=PACKS):
            rituals.make_pack((now - timedelta(days=1)).date(), actor=WORKER, now=now)

    def _enroll(self, waves: list[tuple[int, list[int]]] | tuple[()], now: datetime) -> None:
        from tandem.engagement.actions.enrolling import enroll

        for campaign, people in waves:
            try:
                done = enroll(campaign, people, actor=self.actor, now=now)
            except Conflict as stopped:  # a warning stopped its growth: people wait, as they would
                self.happened.refused[stopped.message] += len(people)
                continue
            self.happened.enrolled += done.taken
            self.happened.refused.update(done.refused.values())

    def _write(self, now: datetime) -> None:
        """Texts of what is due by the end of the next working day."""
        from tandem.engagement.actions import drafting
        from tandem.engagement.queries.due_texts import touches_due_for_text

        written = drafting.write(touches_due_for_text(now=now), actor=WORKER, now=now)
        self.happened.drafted += written.drafts
        self.happened.unwritten.update(written.refused)

    def _turn(self, now: datetime) -> None:
        """Once around: replies and answers to them, plans, the gate, people, the post."""
        from tandem.engagement.actions.asking import ask_about_new_texts
        from tandem.engagement.actions.planning import keep_plans

        take_in(self.post, self.happened, now=now)
        is_staffed = now < self.quiet_from
        if is_staffed:
            self.staff.do_by_hand(now=now)
        self._send(now)  # before plans are kept: the loop turns every few hours, and what is overdue would be moved
        keep_plans(actor=WORKER, now=now)
        while ask_about_new_texts(actor=WORKER, now=now):
            pass
        if is_staffed:
            self.staff.answer_replies(now=now, came_before=self.until - LEFT_WAITING)
            self.staff.read_drafts(now=now, due_by=now + READ_AHEAD)
        self._send(now)

    def _send(self, now: datetime) -> None:
        from tandem.engagement.actions.dispatch import dispatch_due

        while True:
            done = dispatch_due(actor=WORKER, now=now, moment=lambda: now)
            self.happened.sent += done.sent
            if not done.taken:
                return


def take_in(post: Post, happened: Happened, *, now: datetime) -> None:
    """Let what has arrived in by the road of files, draft answers to it, and let the clocks run."""
    from tandem.engagement.actions.answering import draft_answers
    from tandem.engagement.actions.receiving import receive_file
    from tandem.engagement.actions.reply_tasks import watch_clocks

    letters = post.due(now)
    for letter in letters:
        report = receive_file(letter.file, mailbox_address=letter.mailbox, actor=INBOX, now=now)
        happened.received += report.taken
        letter.file.unlink()
    if letters:
        draft_answers(actor=INBOX, now=now)
    watch_clocks(actor=INBOX, now=now)


def carry_post(post: Post, stop: threading.Event) -> None:
    """Let what arrives in as it comes, until `stop` is set; for a thread of its own."""
    from django.db import close_old_connections

    happened = Happened()
    while not stop.wait(LOOK_SECONDS):
        try:
            if post.due(clock.now()):
                take_in(post, happened, now=clock.now())
        except (AppError, DatabaseError) as error:  # a busy database: what came stays where it lies
            log.warning("The post waits: %s", error)
        close_old_connections()
