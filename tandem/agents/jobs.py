"""Background work of AI tasks: thin, by name."""

from __future__ import annotations

from tandem.agents.actions import evals, prompts, watching
from tandem.core import clock
from tandem.core.actors import built_in_agent
from tandem.core.jobs import Progress
from tandem.core.nightly import Night, step

ACTOR = built_in_agent("nightly", "worker")


@step("agents.quality", title="Watch the quality of AI work")
def watch_quality(night: Night, progress: Progress) -> None:
    """Read edited prompts in, repeat evals that are a week old, look at the week's live answers."""
    prompts.sync_folder(actor=ACTOR, now=clock.now())
    evals.watch_drift(actor=ACTOR, now=clock.now())
    watching.watch_live(actor=ACTOR, now=clock.now())
