"""Background work of intent: thin, by name."""

from __future__ import annotations

from tandem.core import clock
from tandem.core.actors import built_in_agent
from tandem.core.jobs import Progress
from tandem.core.nightly import Night, step
from tandem.intent.actions import scoring

ACTOR = built_in_agent("nightly", "worker")


@step("intent.score", title="Score the intent of accounts", after=("accounts.assemble",))
def score(night: Night, progress: Progress) -> None:
    """Reckon every account's score anew, from last night's sums where they hold."""
    scoring.score_accounts(day=night.day, actor=ACTOR, now=clock.now(), report=progress)
