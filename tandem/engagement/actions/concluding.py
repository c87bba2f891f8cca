"""What becomes of a touch once its hand-off ended, or is found to have ended: written down once, whoever finds out.

The gate's clearance is the truth: a touch is sent when its clearance departed. A worker that dies in between leaves a
lease behind; when it has run out, `follow` reads what the gate knows and the touch follows.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import transaction

from tandem.accounts.actions.noting import NotedMessage, note_message
from tandem.accounts.contracts import ActivityKind
from tandem.compliance.contracts.gate import ClearanceState, Road
from tandem.compliance.queries.hand_offs import HandOffState, hand_offs_of
from tandem.core.actors import built_in_agent
from tandem.engagement.actions.provider_news import News, take_news
from tandem.engagement.actions.senders import SenderEvent, count
from tandem.engagement.channels.handing_over import HandOff, NotTaken, is_no_such_address
from tandem.engagement.contracts import TouchState
from tandem.engagement.models import Touch
from tandem.engagement.queries.messages import SPOKEN

WORKER = built_in_agent("worker", "worker")  # writes down what followed, whoever found out
KINDS: Mapping[Road, ActivityKind] = {
    Road.EMAIL: ActivityKind.EMAIL, Road.LINKEDIN: ActivityKind.SOCIAL, Road.SMS: ActivityKind.SMS,
    Road.WHATSAPP: ActivityKind.CHAT, Road.PHONE_MANUAL: ActivityKind.CALL, Road.VOICEMAIL_AI: ActivityKind.CALL,
}  # fmt: skip
WHY_LETTERS = 300
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=5), timedelta(hours=4)
MOST_ATTEMPTS = 14  # some two days
LINE_WAIT = timedelta(minutes=5)
ASK_AGAIN = timedelta(seconds=30)
FOLLOWED_AT_ONCE = 500
RELEASED = {"claim": "", "lease_until": None}
SETTLED_AS_UNSENT = "A person found that it did not leave; it is asked for again."


def sent(touch: Touch, *, at: datetime, recipient: str) -> bool:
    """It left. Counted for its mailbox the first time; False: that was written down already."""
    with transaction.atomic():
        changed = (
            Touch.objects.filter(id=touch.id)
            .exclude(state=TouchState.SENT.value)
            .update(state=TouchState.SENT.value, sent_at=at, why="", **RELEASED)
        )
        if changed and touch.mailbox_id is not None and touch.channel == Road.EMAIL:
            count(touch.mailbox_id, SenderEvent.SENT, domain_of(recipient), now=at)
        if changed:
            _note(touch, at, recipient)
    return bool(changed)


def _note(touch: Touch, at: datetime, recipient: str) -> None:
    """Seen in timelines as any other message, at the moment of its claim, as the gate counts it: one, not two."""
    known = hand_offs_of([touch.key]).get(touch.key)
    draft = touch.drafts.order_by("-number").first()
    contact, enrollment = touch.contact, touch.enrollment
    note_message(
        NotedMessage(
            key=f"touch:{touch.id}",
            kind=KINDS[Road(touch.channel)],
            is_inbound=False,
            at=(known.claimed_at if known is not None else None) or at,
            subject=draft.subject if draft is not None else "",
            text=draft.body if draft is not None and touch.channel not in SPOKEN else "",
            contact_id=touch.contact_id,
            account_id=contact.account_id if contact is not None else None,
            owner_id=enrollment.seller_id if enrollment is not None else None,
            recipient=recipient,
            thread_key=f"enrollment:{enrollment.id}" if enrollment is not None else "",
        ),
        actor=WORKER,
        now=at,
    )


def ended(touch: Touch, handed: HandOff, *, recipient: str, now: datetime) -> TouchState:
    """A hand-off that began has ended; returns where the touch stands."""
    if handed.state is ClearanceState.DEPARTED:
        sent(touch, at=now, recipient=recipient)
        return TouchState.SENT
    if handed.state is ClearanceState.UNCERTAIN:
        _put(touch, TouchState.UNCERTAIN, handed.told, lease_until=now)
        return TouchState.UNCERTAIN
    if handed.is_temporary:
        return put_off(touch, handed.told, now=now)
    return _refused(touch, handed.told, recipient, is_hard=is_no_such_address(0, handed.told), now=now)


def not_begun(touch: Touch, error: NotTaken, *, recipient: str, now: datetime) -> TouchState:
    """The other side did not begin to take it."""
    if error.is_line:
        release(touch, error.message, due_at=now + LINE_WAIT)
        return TouchState.READY
    if not error.is_permanent:
        return put_off(touch, error.message, now=now)
    return _refused(touch, error.message, recipient, is_hard=error.is_hard_bounce, now=now)


def put_off(touch: Touch, why: str, *, now: datetime) -> TouchState:
    """Try again later, each time later; after the last try it counts as refused."""
    attempts = touch.attempts + 1
    if attempts >= MOST_ATTEMPTS:
        _put(touch, TouchState.REFUSED, f"Not taken in {attempts} tries: {why}", attempts=attempts)
        return TouchState.REFUSED
    wait = min(FIRST_WAIT * 2 ** (attempts - 1), LONGEST_WAIT)
    release(touch, why, due_at=now + wait, attempts=attempts)
    return TouchState.READY


def not_cleared(touch: Touch, why: str, *, recipient: str, now: datetime) -> TouchState:
    """The gate let it go no more: it left already, or it is asked for anew."""
    known = hand_offs_of([touch.key]).get(touch.key)
    if known is not None and known.has_left:
        return _followed(touch, known, recipient, now)
    release(touch, why, due_at=now + ASK_AGAIN)
    return TouchState.READY


def _refused(touch: Touch, why: str, recipient: str, *, is_hard: bool, now: datetime) -> TouchState:
    if _put(touch, TouchState.REFUSED, why, attempts=touch.attempts + 1) and touch.channel == Road.EMAIL:
        news = News.BOUNCED_HARD if is_hard else News.BOUNCED_SOFT
        take_news(touch.key, news, address=recipient, told=why, actor=WORKER, now=now)
    return TouchState.REFUSED


def _put(touch: Touch, state: TouchState, why: str, **values: object) -> bool:
    """Only while the touch is in this worker's hands."""
    held = Touch.objects.filter(id=touch.id, claim=touch.claim)
    return bool(held.update(**{**RELEASED, "state": state.value, "why": why[:WHY_LETTERS], **values}))


def release(touch: Touch, why: str | None, *, due_at: datetime | None, **values: object) -> None:
    """Out of this worker's hands, ready as it was. None: why and due time stay; a due time never moves back."""
    held = Touch.objects.filter(id=touch.id, claim=touch.claim)
    if due_at is not None:
        held.filter(due_at__lt=due_at).update(due_at=due_at)
    if why is not None:
        values["why"] = why[:WHY_LETTERS]
    held.update(**RELEASED, **values)


def follow(*, now: datetime) -> int:
    """Touches whose worker died, and uncertain ones that a person settled, follow their clearance; returns how many.

    A touch whose clearance is claimed stays held: the gate ends lost claims, and it is looked at again. An uncertain
    one keeps the end of its lease, by which it is found here.
    """
    rows = Touch.objects.filter(lease_until__lt=now).select_related("contact", "answers")
    touches = list(rows.order_by("lease_until", "id")[:FOLLOWED_AT_ONCE])
    known = hand_offs_of([touch.key for touch in touches])
    return sum(_follows(touch, known.get(touch.key), now) for touch in touches)


def _follows(touch: Touch, known: HandOffState | None, now: datetime) -> bool:
    if known is not None and known.has_left:
        before = touch.state
        return _followed(touch, known, _recipient(touch), now) != before
    if touch.state == TouchState.UNCERTAIN:
        back = {"state": TouchState.READY.value, "why": SETTLED_AS_UNSENT, "due_at": now}
        return bool(Touch.objects.filter(id=touch.id, state=TouchState.UNCERTAIN.value).update(**back, **RELEASED))
    return bool(Touch.objects.filter(id=touch.id, claim=touch.claim, lease_until=touch.lease_until).update(**RELEASED))


def _followed(touch: Touch, known: HandOffState, recipient: str, now: datetime) -> TouchState:
    """Where a touch stands whose clearance left, or may have."""
    if known.state is ClearanceState.DEPARTED:
        sent(touch, at=known.departed_at or now, recipient=recipient)
        return TouchState.SENT
    if known.state is ClearanceState.UNCERTAIN:
        why = known.reason or "Whether it left is not known."
        rows = Touch.objects.filter(id=touch.id).exclude(state__in=(TouchState.SENT.value, TouchState.UNCERTAIN.value))
        rows.update(state=TouchState.UNCERTAIN.value, why=why[:WHY_LETTERS], claim="", lease_until=now)
        return TouchState.UNCERTAIN
    return TouchState(touch.state)


def _recipient(touch: Touch) -> str:
    if touch.answers is not None and touch.answers.sender:
        return touch.answers.sender
    return touch.contact.email if touch.contact is not None else ""


def domain_of(address: str) -> str:
    """The domain of a mail address; empty: none."""
    return address.rpartition("@")[2].lower()
