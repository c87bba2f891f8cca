"""Background work of intent: thin, by name."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tandem.core import clock
from tandem.core.actors import built_in_agent
from tandem.core.jobs import Interval, Progress, every, task
from tandem.core.nightly import Night, step
from tandem.intent.actions import learning, receiving, scoring
from tandem.intent.queries.latest import latest_lift

ACTOR = built_in_agent("nightly", "worker")


@step("intent.score", title="Score the intent of accounts", after=("accounts.assemble",))
def score(night: Night, progress: Progress) -> None:
    """Land what has been received, then reckon every account's score anew, from last night's sums where they hold."""
    receiving.land_events(actor=ACTOR, now=clock.now(), at_once=True)
    receiving.forget_old_ids(now=clock.now())
    scoring.score_weeks_before(actor=ACTOR, now=clock.now(), report=progress)
    scoring.score_accounts(day=night.day, actor=ACTOR, now=clock.now(), report=progress)


@step("intent.lift", title="Measure how well intent finds opportunities", after=("intent.score",))
def measure_lift(night: Night, progress: Progress) -> None:
    """On Mondays, and until something was measured: learn weights from own outcomes, for somebody to adopt or not."""
    if night.day.weekday() == 0 or latest_lift() is None:
        learning.measure_lift(actor=ACTOR, now=clock.now())


@task("intent.land_events", lease_seconds=600)
def land_events(payload: dict[str, Any], progress: Progress) -> None:
    """Bring received events into the warehouse."""
    receiving.land_events(actor=ACTOR, now=clock.now())


every("intent.land_events", "intent.land_events", Interval(60), late_by=timedelta(minutes=10))
