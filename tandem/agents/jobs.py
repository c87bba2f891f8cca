"""Background work of AI tasks: thin, by name."""

from __future__ import annotations

from datetime import time, timedelta
from typing import Any

from django.conf import settings

from tandem.agents.actions import caching, evals, prompts, watching
from tandem.core import clock
from tandem.core.actors import built_in_agent
from tandem.core.jobs import Daily, Progress, every, task
from tandem.core.nightly import Night, step

CACHE_TASK = "agents.drop_expired"
EARLY = time(4, 30)
ACTOR = built_in_agent("nightly", "worker")


@step("agents.quality", title="Watch the quality of AI work")
def watch_quality(night: Night, progress: Progress) -> None:
    """Read edited prompts in, repeat evals that are a week old, look at the week's live answers."""
    prompts.sync_folder(actor=ACTOR, now=clock.now())
    evals.watch_drift(actor=ACTOR, now=clock.now())
    watching.watch_live(actor=ACTOR, now=clock.now())


@task(CACHE_TASK)
def drop_expired(payload: dict[str, Any], progress: Progress) -> None:
    """Delete answers that are too old to be used again."""
    with progress.final_write():
        caching.drop_expired(now=clock.now())


every(CACHE_TASK, CACHE_TASK, Daily(EARLY, settings.TIME_ZONE), late_by=timedelta(hours=12))
