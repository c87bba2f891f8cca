"""A person's answer to a draft: as it is, edited, or no. It holds for these very words, and can be taken back.

    said = approve(draft_id, content_hash=seen, actor=actor, now=now)         # one press
    said = approve_edited(draft_id, subject=..., body=..., actor=actor, now=now)
    said = reject(draft_id, reason=RejectReason.TONE, note="", actor=actor, now=now)
    undo(said.review_id, actor=actor, now=now)

The gate keeps the approval, bound to the text's hash; here stand what it meant for the touch, how long it took and how
much was changed. Agents can't approve, whatever rights they have.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from tandem.access.actions import require
from tandem.compliance.actions import approving
from tandem.compliance.contracts.decisions import Outcome
from tandem.compliance.contracts.gate import Road
from tandem.compliance.queries.messages import decisions_in_sight, standing_answers
from tandem.core import ledger
from tandem.core.actors import Actor
from tandem.core.errors import Conflict, InvalidInput, NotAllowed, NotFound, PolicyBlocked
from tandem.engagement.actions.asking import ask_gate
from tandem.engagement.actions.drafting import rewrite
from tandem.engagement.actions.showing import seconds_looked
from tandem.engagement.contracts import BY_HAND, DraftState, TouchState
from tandem.engagement.domain.review import MENDABLE, RejectReason, ReviewAction, edit_distance, whole_text
from tandem.engagement.models import Draft, Review, Touch
from tandem.engagement.queries.review import drafts_in_sight, waiting_drafts
from tandem.engagement.queries.reviewed_draft import needed

LONGEST_NOTE = 300
# A text that needs nobody's yes by its mode is let out by the gate as soon as it is asked; a person's yes is kept too.
WAITING_OR_LET = (TouchState.WRITTEN, TouchState.READY, TouchState.TO_DO)
REJECTED_TO = (TouchState.CANCELLED, TouchState.PLANNED)
FIRST_TELL = 3  # faults told in one sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What came of an answer.

    review_id : None: nothing was decided, `why_not` says why
    draft_id : the text that stands now; another one after an edit
    people_missing : how many more must approve before it leaves
    """

    review_id: int | None
    draft_id: int
    touch_id: int
    people_missing: int = 0
    why_not: str = ""


def approve(draft_id: int, *, content_hash: str, actor: Actor, now: datetime, batch: str = "") -> Answered:
    """Approve a draft as it is; it leaves when due, once enough people have.

    content_hash : of the text the person saw; empty: the gate had not been asked about it when it was shown
    batch : of drafts approved together; empty: alone

    Raises NotAllowed for agents and without the right, NotFound when it does not wait for this person, Conflict when
    the text is another one, InvalidInput when something must be mended first, PolicyBlocked when the gate says no.
    """
    draft = _waiting(draft_id, actor)
    _refuse_faults(draft)
    draft = _asked(draft, seen=content_hash, actor=actor, now=now)
    return _approved(draft, ReviewAction.AS_IS, written=None, actor=actor, now=now, batch=batch)


def approve_edited(draft_id: int, *, subject: str, body: str, actor: Actor, now: datetime) -> Answered:
    """Put the person's words in place of the draft's, ask the gate about them, and approve them.

    What is not changed is approved as it is. Words with a fault that must be mended are kept and not approved: the
    answer says why. Raises as `approve`, and InvalidInput for words that can't be a message.
    """
    draft = _waiting(draft_id, actor)
    if whole_text(subject, body) == whole_text(draft.subject, draft.body):
        return approve(draft_id, content_hash=draft.content_hash, actor=actor, now=now)
    seconds = seconds_looked(draft.id, actor, now=now)
    written = Draft.objects.filter(touch_id=draft.touch_id, is_by_ai=True).order_by("-number").first()
    changed_id = rewrite(draft_id, subject=subject, body=body, actor=actor, now=now)
    changed = _with_touch().get(id=changed_id)
    if faults := _hard_faults(changed):
        return Answered(
            review_id=None, draft_id=changed_id, touch_id=changed.touch_id,
            why_not=f"Your text is kept and waits: {_told(faults)}",
        )  # fmt: skip
    changed = _asked(changed, seen="", actor=actor, now=now)
    return _approved(
        changed, ReviewAction.EDITED, written=written or draft, actor=actor, now=now, batch="", seconds=seconds
    )


def reject(
    draft_id: int,
    *,
    reason: RejectReason,
    actor: Actor,
    now: datetime,
    note: str = "",
    is_sent_back: bool | None = None,
) -> Answered:
    """Say no to a draft.

    is_sent_back : whether another text is written for the touch; False: the touch is cancelled, the plan goes on with
        the next one; None: as the reason says (a wrong fact can be mended, a wrong person can't)

    Raises as `approve`, and InvalidInput when "another reason" is not told.
    """
    draft = _waiting(draft_id, actor)
    note = note.strip()[:LONGEST_NOTE]
    if reason is RejectReason.OTHER and not note:
        raise InvalidInput("Another reason needs a few words.", hint="Say what is wrong with it.")
    is_sent_back = reason in MENDABLE if is_sent_back is None else is_sent_back
    told = f"{reason.value}: {note}" if note else reason.value
    seconds = seconds_looked(draft.id, actor, now=now)
    with transaction.atomic():
        said = _said_no(draft, told, actor, now)
        review = _kept(
            draft, ReviewAction.REJECTED, actor=actor, now=now, reason=reason.value, note=note, approval=said,
            is_sent_back=is_sent_back, seconds=seconds, edit_distance=None,
        )  # fmt: skip
        after = TouchState.PLANNED if is_sent_back else TouchState.CANCELLED
        _move(draft, DraftState.REJECTED, after, why=f"Rejected by {actor.name}: {told}"[:300])
        ledger.append(
            actor, "engagement.draft_rejected", subject=f"draft:{draft.id}", touch=draft.touch.key,
            reason=reason.value, is_sent_back=is_sent_back, review=review.id,
        )  # fmt: skip
    return Answered(review_id=review.id, draft_id=draft.id, touch_id=draft.touch_id)


def undo(review_id: int, *, actor: Actor, now: datetime) -> int:
    """Take back one's own answer while the message has not left; returns the draft that waits again.

    Raises NotFound for another's answer or one that does not stand, Conflict when the message is leaving, or another
    text was written meanwhile.
    """
    _refuse_agents(actor)
    require(actor, "campaign.decide")
    review = Review.objects.filter(id=review_id, reviewer_id=actor.id, taken_back_at=None).first()
    if review is None or not drafts_in_sight(actor, "decide").filter(id=review.draft_id).exists():
        raise NotFound(f"You have no standing answer {review_id}.", hint="It may be taken back already.")
    draft = _with_touch().get(id=review.draft_id)
    with transaction.atomic():
        changed = Review.objects.filter(id=review_id, taken_back_at=None).update(taken_back_at=now)
        if not changed or not _moved_back(draft, review):
            raise Conflict(
                "It can't be taken back: the message is leaving or has left, or another text took its place.",
                hint="Look at the message's record.",
            )
        if review.approval is not None:
            approving.withdraw_approval(review.approval, actor=actor, now=now)
        ledger.append(
            actor, "engagement.review_taken_back", subject=f"draft:{draft.id}", review=review_id, touch=draft.touch.key
        )
    return review.draft_id


def _refuse_agents(actor: Actor) -> None:
    if actor.is_agent:
        raise NotAllowed("Only people review drafts.", hint="Leave it to a person.", code="gate.agent_approval")


def _with_touch() -> QuerySet[Draft]:
    return Draft.objects.select_related("touch__contact", "touch__enrollment__campaign")


def _waiting(draft_id: int, actor: Actor) -> Draft:
    """The draft, if it waits for this person."""
    _refuse_agents(actor)
    require(actor, "campaign.decide")
    rows = waiting_drafts(actor, verb="decide").select_related("touch__contact", "touch__enrollment__campaign")
    draft = rows.filter(id=draft_id).first()
    if draft is None:
        raise NotFound(f"Draft {draft_id} does not wait for you.", hint="Somebody may have answered it already.")
    return draft


def _hard_faults(draft: Draft) -> list[str]:
    return [str(one.get("message", "")) for one in draft.violations if one.get("is_hard", True)]


def _told(faults: list[str]) -> str:
    more = f" And {len(faults) - FIRST_TELL} more." if len(faults) > FIRST_TELL else ""
    return " ".join(faults[:FIRST_TELL]) + more


def _refuse_faults(draft: Draft) -> None:
    if faults := _hard_faults(draft):
        raise InvalidInput(
            f"It can't leave as it is: {_told(faults)}", hint="Edit it, or reject it.", code="review.faults"
        )


def _asked(draft: Draft, *, seen: str, actor: Actor, now: datetime) -> Draft:
    """The draft with the gate's answer; asks the gate where nobody has. Never inside a transaction."""
    if draft.decision is None:
        ask_gate([draft.touch_id], actor=actor, now=now)
        draft = _with_touch().get(id=draft.id)
    elif seen != draft.content_hash:
        raise Conflict("The text has changed since you saw it.", hint="Read it again.", code="gate.text_changed")
    row = decisions_in_sight(actor, "decide").filter(id=draft.decision).first() if draft.decision else None
    if row is None:
        raise Conflict(
            "The gate has not answered about this text.", hint=draft.touch.why or "Try again in a minute.",
            code="review.not_asked",
        )  # fmt: skip
    if row.outcome == Outcome.BLOCK or draft.touch.state not in WAITING_OR_LET:
        raise PolicyBlocked(
            f"The gate does not let this out. {row.decision['explanation']}", hint="Reject it, or mend what it names.",
            code="review.blocked",
        )  # fmt: skip
    return draft


def _approved(
    draft: Draft,
    action: ReviewAction,
    *,
    written: Draft | None,
    actor: Actor,
    now: datetime,
    batch: str,
    seconds: float | None = None,
) -> Answered:
    """One transaction: the gate's record, ours, and the touch, once enough people have said yes."""
    distance = (
        edit_distance(whole_text(written.subject, written.body), whole_text(draft.subject, draft.body))
        if written
        else 0.0
    )
    seconds = seconds_looked(draft.id, actor, now=now) if seconds is None else seconds
    by_gate = (
        decisions_in_sight(actor, "decide").values_list("facts__people_needed", flat=True).get(id=draft.decision or 0)
    )
    people = needed(draft, by_gate or 1)
    with transaction.atomic():
        approval, others = _said_yes(draft, actor, now)
        missing = max(people - others - 1, 0)
        review = _kept(
            draft, action, actor=actor, now=now, written=written, approval=approval, seconds=seconds,
            edit_distance=distance, batch=batch, is_last_word=not missing,
        )  # fmt: skip
        if missing:
            _stays(draft, why="A second person must approve it as well.")
        else:
            ready = TouchState.TO_DO if Road(draft.touch.channel) in BY_HAND else TouchState.READY
            _move(draft, DraftState.APPROVED, ready, why="")
        ledger.append(
            actor, "engagement.draft_approved", subject=f"draft:{draft.id}", touch=draft.touch.key, answer=action.value,
            content_hash=draft.content_hash, edit_distance=round(distance, 4), people_missing=missing, review=review.id,
        )  # fmt: skip
    return Answered(review_id=review.id, draft_id=draft.id, touch_id=draft.touch_id, people_missing=missing)


def _said_yes(draft: Draft, actor: Actor, now: datetime) -> tuple[int, int]:
    """The gate's record of the yes (one that stands already counts), and how many others have said yes."""
    key = (draft.content_hash, draft.touch.key)
    standing = [one for one in standing_answers([key]).get(key, []) if one.is_yes]
    others = len({one.person_id for one in standing} - {actor.id})
    own = next((one.id for one in standing if one.person_id == actor.id), None)
    if own is None:
        own = approving.approve(draft.decision or 0, content_hash=draft.content_hash, actor=actor, now=now)
    return own, others


def _said_no(draft: Draft, told: str, actor: Actor, now: datetime) -> int | None:
    """The gate's record of the no; None where it was never asked about the text."""
    if not draft.decision or not draft.content_hash:
        return None
    return approving.reject(draft.decision, content_hash=draft.content_hash, reason=told, actor=actor, now=now)


def _kept(draft: Draft, action: ReviewAction, *, actor: Actor, now: datetime, **facts: Any) -> Review:
    try:
        with transaction.atomic():
            return Review.objects.create(
                draft=draft, action=action.value, reviewer_id=actor.id, reviewed_at=now, **facts
            )
    except IntegrityError as error:
        raise Conflict("You have answered this draft already.", hint="Take that back first.") from error


def _move(draft: Draft, draft_state: DraftState, touch_state: TouchState, *, why: str) -> None:
    """Both change together, from waiting and from nothing else."""
    moved = Draft.objects.filter(id=draft.id, state=DraftState.PROPOSED.value).update(state=draft_state.value)
    touch = Touch.objects.filter(id=draft.touch_id, state__in=[one.value for one in WAITING_OR_LET])
    # Another text is another question: the gate is asked anew about what is written in its place.
    asked_anew: dict[str, Any] = {"decision": None} if touch_state is TouchState.PLANNED else {}
    if not (moved and touch.update(state=touch_state.value, why=why, **asked_anew)):
        raise Conflict("The draft was answered, or its plan changed, a moment ago.", hint="Look at the queue again.")


def _stays(draft: Draft, *, why: str) -> None:
    if not Touch.objects.filter(id=draft.touch_id, state=TouchState.WRITTEN.value).update(why=why):
        raise Conflict("The plan changed a moment ago.", hint="Look at the queue again.")


def _moved_back(draft: Draft, review: Review) -> bool:
    """Whether draft and touch wait for a person again."""
    if Draft.objects.filter(touch_id=draft.touch_id, number__gt=draft.number).exists():
        return False
    was_rejected = review.action == ReviewAction.REJECTED
    before = DraftState.REJECTED if was_rejected else DraftState.APPROVED
    states = REJECTED_TO if was_rejected else WAITING_OR_LET
    touch = Touch.objects.filter(id=draft.touch_id, state__in=[one.value for one in states], claim="")
    if not touch.update(state=TouchState.WRITTEN.value, why=""):
        return False
    Draft.objects.filter(id=draft.id, state=before.value).update(state=DraftState.PROPOSED.value)
    return True
