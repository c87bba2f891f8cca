"""Approving several drafts together: those on a person's screen, ticked one by one, with nothing against them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from tandem.access.actions import require
from tandem.core.actors import Actor
from tandem.core.errors import AppError, InvalidInput, NotAllowed, NotFound
from tandem.engagement.actions import reviewing
from tandem.engagement.actions.reviewing import Answered
from tandem.engagement.models import Review, Showing
from tandem.engagement.queries.review import WaitingDraft, waiting_among

MOST_TOGETHER = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What came of approving several drafts. refused : draft's id to the reason, in words"""

    key: str
    approved: Sequence[Answered]
    refused: Mapping[int, str]


def approve_batch(seen: Mapping[int, str], *, actor: Actor, now: datetime) -> Batch:
    """Approve drafts that were shown to this person, each by itself; what one can't have, the others get all the same.

    seen : draft's id to the content hash of the text that was shown. Nothing but what is named here is approved

    A reply, a text with a fault that must be mended, one that the gate blocks or that two people must read, one that
    was changed meanwhile or never was on this person's screen is refused: read it alone.
    Raises NotAllowed for agents and without the right, InvalidInput for none and for more than MOST_TOGETHER.
    """
    if actor.is_agent:
        raise NotAllowed("Only people review drafts.", hint="Leave it to a person.", code="gate.agent_approval")
    require(actor, "campaign.decide")
    if not 0 < len(seen) <= MOST_TOGETHER:
        raise InvalidInput(f"{len(seen)} drafts are ticked.", hint=f"Tick 1 to {MOST_TOGETHER} of them.")
    key = f"{actor.id}.{now:%Y%m%d%H%M%S%f}"
    shown = set(Showing.objects.filter(draft_id__in=seen, reviewer_id=actor.id).values_list("draft_id", flat=True))
    waiting = waiting_among(actor, list(seen))
    approved: list[Answered] = []
    refused: dict[int, str] = {}
    for draft_id, content_hash in seen.items():
        try:
            _refuse(waiting.get(draft_id), is_shown=draft_id in shown)
            approved.append(reviewing.approve(draft_id, content_hash=content_hash, actor=actor, now=now, batch=key))
        except AppError as error:
            refused[draft_id] = " ".join(filter(None, (error.message, error.hint)))
    return Batch(key=key, approved=approved, refused=refused)


def _refuse(draft: WaitingDraft | None, *, is_shown: bool) -> None:
    if draft is None:
        raise NotFound("It does not wait for you any more.")
    if not is_shown:
        raise NotFound("It was not shown to you.", hint="Read it first.")
    if why := _why_alone(draft):
        raise InvalidInput(why, hint="Read it alone.")


def _why_alone(draft: WaitingDraft) -> str:
    """Why it can't be approved with others; empty: it can."""
    if draft.is_reply:
        return "It answers somebody."
    if draft.hard_faults:
        return "Something in it must be mended first."
    if draft.outcome == "block":
        return "The gate does not let it out."
    if draft.people_needed > 1:
        return "Two people must read it."
    return "" if draft.content_hash else "The gate was not asked about it yet."


def undo_batch(key: str, *, actor: Actor, now: datetime) -> tuple[int, int]:
    """Take back what can still be taken back of one's own batch; returns (taken back, left already).

    Raises NotFound when there is no such batch of this person's.
    """
    reviews = list(Review.objects.filter(batch=key, reviewer_id=actor.id, taken_back_at=None).order_by("id"))
    if not key or not reviews:
        raise NotFound("You approved nothing together under this name.", hint="It may be taken back already.")
    back = 0
    for review in reviews:
        try:
            reviewing.undo(review.id, actor=actor, now=now)
            back += 1
        except AppError:
            continue
    return back, len(reviews) - back
