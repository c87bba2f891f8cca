"""Background work of prospecting: thin, by name."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tandem.core import clock
from tandem.core.actors import built_in_agent
from tandem.core.jobs import Interval, Progress, every, task
from tandem.core.nightly import Night, step
from tandem.prospecting.actions import (
    bringing_in,
    contacts_nightly,
    evaluating,
    icp_judging,
    ordering,
    pipeline,
    ranking,
    research_nightly,
    watching,
)

ACTOR = built_in_agent("nightly", "worker")
PLACES_TASK = "prospecting.read_places"


@step("prospecting.rank", title="Rank accounts for the week", after=("intent.score",))
def rank(night: Night, progress: Progress) -> None:
    """Once a week judge the ranking by its past, which also fits how intent counts; then rank for this week."""
    now = clock.now()
    evaluating.refresh_reports(actor=ACTOR, now=now, progress=progress)
    found = ranking.rank_accounts(actor=ACTOR, now=now, progress=progress)
    if found.reason:
        progress(0, 1, found.reason)


@step("prospecting.research", title="Research this week's accounts", after=("prospecting.rank",))
def research(night: Night, progress: Progress) -> None:
    """Everybody's likely part at all accounts; rationale, brief and fact sheets for the first of every book."""
    research_nightly.research_week(actor=ACTOR, now=clock.now(), progress=progress)


@task(research_nightly.TASK, lease_seconds=600, max_tries=2)
def research_account(payload: dict[str, Any], progress: Progress) -> None:
    """One account anew, as somebody asked for on its page."""
    research_nightly.research_ordered(payload, now=clock.now(), progress=progress)


@task(icp_judging.TASK, lease_seconds=600)
def judge_icp(payload: dict[str, Any], progress: Progress) -> None:
    """A profile against deals that ended, as somebody asked for on its page."""
    icp_judging.judge(int(payload["number"]), now=clock.now(), progress=progress)


@step("prospecting.contacts", title="Check contacts of this week's accounts", after=("prospecting.research",))
def check_contacts(night: Night, progress: Progress) -> None:
    """Addresses whose check is missing or too old, and how right each source was."""
    contacts_nightly.check_week(actor=ACTOR, now=clock.now(), progress=progress)


@task(ordering.TASK, lease_seconds=600, max_tries=2)
def ask_providers(payload: dict[str, Any], progress: Progress) -> None:
    """A search, a waterfall or checks that somebody ordered."""
    ordering.carry_out(payload, now=clock.now(), progress=progress)


@task(PLACES_TASK, lease_seconds=600)
def read_places(payload: dict[str, Any], progress: Progress) -> None:
    """Watched public places that are due, and answers of providers that wait to be brought in."""
    bringing_in.bring_in_answers(now=clock.now(), progress=progress)
    watching.read_due_places(actor=ACTOR, now=clock.now(), progress=progress)


every(PLACES_TASK, PLACES_TASK, Interval(3_600), late_by=timedelta(hours=2))


@task(pipeline.TASK, lease_seconds=300)
def run_pipeline(payload: dict[str, Any], progress: Progress) -> None:
    """A run of the pipeline from where it stands to its end; it goes on by itself after a crash."""
    carrier = pipeline.Carrier(fence=progress.fenced_write, tell=progress, clock=clock.now)
    pipeline.carry_on(int(payload["run"]), now=clock.now(), carrier=carrier)
