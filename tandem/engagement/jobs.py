"""What the worker and the night run for engagement. Thin: each calls one action."""

from __future__ import annotations

from datetime import time, timedelta
from typing import Any

from django.conf import settings

from tandem.core import clock
from tandem.core.actors import built_in_agent
from tandem.core.jobs import Daily, Interval, Progress, every, task
from tandem.core.nightly import Night, step
from tandem.engagement.actions import drafting, polling, receiving, rituals
from tandem.engagement.actions.answering import draft_answers
from tandem.engagement.actions.asking import ask_about_new_texts
from tandem.engagement.actions.dispatch import dispatch_due
from tandem.engagement.actions.dmarc import take_reports_of_inbox
from tandem.engagement.actions.guarding import guard_all
from tandem.engagement.actions.planning import keep_plans
from tandem.engagement.actions.policies import monitor
from tandem.engagement.actions.recipients import look_at_recipients
from tandem.engagement.actions.reply_tasks import watch_clocks
from tandem.engagement.actions.sending_domains import check_all
from tandem.engagement.actions.softening import soften_silent
from tandem.engagement.actions.watching_growth import watch_growth
from tandem.engagement.queries.due_texts import touches_due_for_text

DRAFT_TASK, DRAFT_AGAIN_TASK = "engagement.draft", "engagement.draft_again"
AGAIN_AT = time(6, 0)  # local: after the night's research
DOMAINS_TASK = "engagement.check_domains"
DOMAINS_AT = time(5, 30)  # local: before anything is due


@task(DOMAINS_TASK, lease_seconds=900)
def check_domains(payload: dict[str, Any], progress: Progress) -> None:
    """Look at the DNS entries of sending domains, at what receivers report and who they are; judge reputations anew."""
    now = clock.now()
    check_all(actor=built_in_agent("worker"), now=now)
    take_reports_of_inbox(actor=built_in_agent("worker"), now=now)
    look_at_recipients(now=now)
    guard_all(now=now)


every(DOMAINS_TASK, DOMAINS_TASK, Daily(DOMAINS_AT, settings.TIME_ZONE))


PLAN_TASK, WATCH_TASK = "engagement.plan", "engagement.watch"


@task(PLAN_TASK, lease_seconds=600)
def keep_plans_true(payload: dict[str, Any], progress: Progress) -> None:
    """Pauses that are over, plans of which nothing is left, conditions that do not hold, distances after delays."""
    keep_plans(actor=built_in_agent("worker", "worker"), now=clock.now())


@task(WATCH_TASK, lease_seconds=600)
def watch_campaigns(payload: dict[str, Any], progress: Progress) -> None:
    """Policies that let too much through, and campaigns that grow while answers get worse."""
    worker, now = built_in_agent("worker", "worker"), clock.now()
    monitor(actor=worker, now=now)
    watch_growth(actor=worker, now=now)


every(PLAN_TASK, PLAN_TASK, Interval(300))
every(WATCH_TASK, WATCH_TASK, Interval(3_600))


@task(DRAFT_TASK, lease_seconds=900)
def draft(payload: dict[str, Any], progress: Progress) -> None:
    """Write the texts of touches that are due by the end of the next working day."""
    now = clock.now()
    drafting.write(touches_due_for_text(now=now), actor=built_in_agent("worker"), now=now, progress=progress)


@task(DRAFT_AGAIN_TASK, lease_seconds=900)
def draft_again(payload: dict[str, Any], progress: Progress) -> None:
    """Once a day also those that could not be written before."""
    now = clock.now()
    touches = touches_due_for_text(now=now, anew=True)
    drafting.write(touches, actor=built_in_agent("worker"), now=now, progress=progress)


every(DRAFT_TASK, DRAFT_TASK, Interval(600))
every(DRAFT_AGAIN_TASK, DRAFT_AGAIN_TASK, Daily(AGAIN_AT, settings.TIME_ZONE))


DISPATCH_TASK = "engagement.dispatch"
DISPATCH_SECONDS = 50.0  # of a round; the next minute's goes on


@task(DISPATCH_TASK, lease_seconds=300)
def dispatch(payload: dict[str, Any], progress: Progress) -> None:
    """Ask the gate about new texts, and send what is ready and due, batch by batch, for the better part of a minute."""
    actor, ends_at = built_in_agent("worker", "worker"), clock.now() + timedelta(seconds=DISPATCH_SECONDS)
    ask_about_new_texts(actor=actor, now=clock.now())
    sent = 0
    while not progress.is_stopping and clock.now() < ends_at:
        done = dispatch_due(actor=actor, now=clock.now())
        sent += done.sent
        progress(sent, None, "messages sent")
        if not done.taken:
            return


every(DISPATCH_TASK, DISPATCH_TASK, Interval(60), late_by=timedelta(minutes=5))


INBOX_TASK, POLLS_TASK = "engagement.inbox", "engagement.poll_mailboxes"
CLOCKS_TASK, ANSWERS_TASK = "engagement.watch_clocks", "engagement.draft_answers"
INBOX = built_in_agent("inbox", "worker")


@task(POLLS_TASK)
def poll_mailboxes(payload: dict[str, Any], progress: Progress) -> None:
    """Have every mailbox looked into, each by a job of its own: a server that is away holds up no other."""
    polling.enqueue_polls(actor=INBOX, now=clock.now())


@task(polling.TASK, lease_seconds=600, max_tries=1)
def poll_mailbox(payload: dict[str, Any], progress: Progress) -> None:
    """Take in what is new in one mailbox."""
    polling.poll(int(payload["mailbox"]), actor=INBOX, now=clock.now())


@task(INBOX_TASK, lease_seconds=600)
def finish_received(payload: dict[str, Any], progress: Progress) -> None:
    """Draw the consequences of what was kept when something broke before they were drawn."""
    receiving.resume(actor=INBOX, now=clock.now())


@task(CLOCKS_TASK)
def watch_reply_clocks(payload: dict[str, Any], progress: Progress) -> None:
    """Tell managers of replies that nobody took, before they are late; write down what is late."""
    watch_clocks(actor=INBOX, now=clock.now())


@task(ANSWERS_TASK, lease_seconds=900)
def draft_reply_answers(payload: dict[str, Any], progress: Progress) -> None:
    """Draft answers for people, and those that software gives itself."""
    draft_answers(actor=INBOX, now=clock.now())


for _name in (POLLS_TASK, INBOX_TASK, CLOCKS_TASK, ANSWERS_TASK):
    every(_name, _name, Interval(60))


@step("engagement.soften", title="Slow down plans without an answer")
def soften(night: Night, progress: Progress) -> None:
    """Three touches without a word are a soft no."""
    soften_silent(actor=night.actor, now=clock.now(), progress=progress)


@step("engagement.huddle", title="Put the morning's pack together", after=("engagement.soften",))
def huddle(night: Night, progress: Progress) -> None:
    """Yesterday, as it is known now."""
    rituals.make_pack(night.day - timedelta(days=1), actor=night.actor, now=clock.now())
