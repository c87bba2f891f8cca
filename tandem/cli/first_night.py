"""What Tandem does overnight, once, so that the first morning is alive: score, propose, rank, research."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

from tandem.core.actors import Actor
from tandem.core.errors import AppError

SCORE = "intent.score"
AFTER_PROFILE = ("prospecting.rank", "prospecting.research", "prospecting.contacts")
PARTS = 2 + len(AFTER_PROFILE)

Progress = Callable[[int, int | None, str], None]


def live_through(*, day: date, actor: Actor, now: datetime, progress: Progress) -> list[str]:
    """Score intent, put the proposed profile in force where none is, then rank, research and check contacts.

    Returns what went wrong, in words; the parts that do not need it are done all the same. Safe to repeat.
    """
    wrong = _step(SCORE, day, actor, 0, progress)
    progress(1, PARTS, "Proposing whom to look for")
    wrong += _publish_proposal(actor, now)
    for place, name in enumerate(AFTER_PROFILE, start=2):
        wrong += _step(name, day, actor, place, progress)
    progress(PARTS, PARTS, "")
    return wrong


def _step(name: str, day: date, actor: Actor, place: int, progress: Progress) -> list[str]:
    from tandem.core import nightly

    title = next(step.title for step in nightly.steps() if step.name == name)
    progress(place, PARTS, title)
    run = nightly.run(
        day, actor=actor, only=name, progress=lambda done, total, note: progress(place, PARTS, note or title)
    )
    return [f"{step.title}: {step.error}" for step in run.steps if step.error]


def _publish_proposal(actor: Actor, now: datetime) -> list[str]:
    from tandem.prospecting.actions import icp
    from tandem.prospecting.queries.icp import live_version

    if live_version() is None:
        try:
            icp.publish(icp.propose_icp(actor, now), actor=actor, now=now)
        except AppError as error:
            return [f"Proposing whom to look for: {error.message}"]
    return []
