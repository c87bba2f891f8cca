"""Background work of prospecting: thin, by name."""

from __future__ import annotations

from typing import Any

from tandem.core import clock
from tandem.core.actors import built_in_agent
from tandem.core.jobs import Progress, task
from tandem.core.nightly import Night, step
from tandem.prospecting.actions import evaluating, icp_judging, ranking

ACTOR = built_in_agent("nightly", "worker")


@step("prospecting.rank", title="Rank accounts for the week", after=("intent.score",))
def rank(night: Night, progress: Progress) -> None:
    """Once a week judge the ranking by its past, which also fits how intent counts; then rank for this week."""
    now = clock.now()
    evaluating.refresh_reports(actor=ACTOR, now=now, progress=progress)
    found = ranking.rank_accounts(actor=ACTOR, now=now, progress=progress)
    if found.reason:
        progress(0, 1, found.reason)


@task(icp_judging.TASK, lease_seconds=600)
def judge_icp(payload: dict[str, Any], progress: Progress) -> None:
    """A profile against deals that ended, as somebody asked for on its page."""
    icp_judging.judge(int(payload["number"]), now=clock.now(), progress=progress)
