"""Sending what is ready and due: leased, asked for, handed over by its mailbox's road, written down once.

    dispatch_due(actor=worker, now=now).sent

Any number of workers may do it at once and any of them may die at any moment. A touch is taken with a token and a
lease; nothing is sent for a touch whose clearance left or may have left; what is not known goes to a person.
No transaction is open while anything talks to the network.
"""

from __future__ import annotations

import secrets
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Q, QuerySet

from tandem.compliance.actions.gate import NotCleared
from tandem.compliance.contracts.decisions import Outcome
from tandem.compliance.contracts.gate import Clearance, Road
from tandem.core import clock
from tandem.core.actors import Actor
from tandem.engagement.actions import concluding
from tandem.engagement.actions.asking import Asked, ask_gate
from tandem.engagement.actions.roads import Roads
from tandem.engagement.channels.handing_over import Moment, NotTaken
from tandem.engagement.contracts import BY_HAND, CampaignState, EnrollmentState, TouchState
from tandem.engagement.models import Draft, Touch
from tandem.engagement.queries.departures import Waiting, departures
from tandem.engagement.queries.messages import LEAVING, OutgoingMessage

LEASE = timedelta(minutes=10)
AT_ONCE = 50
LATER = timedelta(hours=1)  # where nobody can say when a mailbox may send again


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispatched:
    """What became of the touches that were taken.

    taken : all of them; sent : left; waiting : come back later (caps, hours, refusals that may pass)
    for_people : a person must read the text first; left_out : blocked by a rule, or without what sending needs
    refused : the other side certainly did not take it; uncertain : nobody can tell, a person looks
    """

    taken: int = 0
    sent: int = 0
    waiting: int = 0
    for_people: int = 0
    left_out: int = 0
    refused: int = 0
    uncertain: int = 0

    def __add__(self, other: Dispatched) -> Dispatched:
        return Dispatched(**{name: getattr(self, name) + getattr(other, name) for name in self.__slots__})


_STOPPED: Mapping[Outcome, str] = {
    Outcome.REVIEW: "for_people", Outcome.HOLD: "waiting", Outcome.BLOCK: "left_out",
}  # fmt: skip
_COUNTED: Mapping[TouchState, str] = {
    TouchState.SENT: "sent",
    TouchState.READY: "waiting",
    TouchState.CANCELLED: "left_out",
    TouchState.REFUSED: "refused",
    TouchState.UNCERTAIN: "uncertain",
}


def dispatch_due(
    *, actor: Actor, now: datetime, limit: int = AT_ONCE, moment: Moment = clock.now, lease: timedelta = LEASE
) -> Dispatched:
    """Send up to `limit` touches that are ready and due; none taken: nothing is due.

    Touches of workers that died and of messages that a person settled follow first.

    Raises NotAllowed without "gate.send".
    """
    concluding.follow(now=now)
    touches = _taken(now, limit, lease)
    if not touches:
        return Dispatched()
    return _Round(touches, actor, now, moment, lease).run()


def due(now: datetime) -> QuerySet[Touch]:
    """Touches that are ready and due, of campaigns that run and people who are still in them."""
    is_on = Q(enrollment=None) | Q(
        enrollment__state=EnrollmentState.ACTIVE.value, enrollment__campaign__state=CampaignState.RUNNING.value
    )
    ready = Touch.objects.filter(state=TouchState.READY.value, due_at__lte=now, claim="")
    return ready.filter(is_on).exclude(channel__in=[road.value for road in BY_HAND])


def _taken(now: datetime, limit: int, lease: timedelta) -> list[Touch]:
    """Take some, oldest first, with a token of our own."""
    rows = due(now).order_by("due_at", "id")
    if not rows.exists():  # looking for work must not take SQLite's only write lock
        return []
    token = secrets.token_hex(16)
    with transaction.atomic():
        if connection.features.has_select_for_update_of:
            rows = rows.select_for_update(skip_locked=True, of=("self",))
        ids = list(rows.values_list("id", flat=True)[:limit])
        Touch.objects.filter(id__in=ids, claim="").update(claim=token, lease_until=now + lease)
    return list(Touch.objects.filter(claim=token).order_by("due_at", "id"))


class _Round:
    """One batch of touches in one worker's hands."""

    def __init__(self, touches: Sequence[Touch], actor: Actor, now: datetime, moment: Moment, lease: timedelta) -> None:
        self.touches, self.actor, self.now = {touch.id: touch for touch in touches}, actor, now
        self.moment, self.lease = moment, lease
        self.ends: Counter[str] = Counter()

    def run(self) -> Dispatched:
        """Ask for those that their mailboxes may send, and send what may leave."""
        asked = ask_gate(self._within_allowances(), actor=self.actor, now=self.now, is_leaving=True)
        self._let_go(asked)
        by_mailbox: dict[int | None, list[int]] = defaultdict(list)
        for touch_id, answer in asked.answers.items():
            if answer.outcome is Outcome.ALLOW:
                by_mailbox[asked.messages[touch_id].mailbox_id].append(touch_id)
        with Roads() as roads:
            for touch_ids in by_mailbox.values():
                self._send(touch_ids, asked, roads)
        return Dispatched(taken=len(self.touches), **self.ends)

    def _within_allowances(self) -> list[int]:
        """Touches that their mailboxes may still send today; the others come back when they may."""
        told = departures(waiting_of(list(self.touches)), now=self.now, held=self.touches)
        chosen: list[int] = []
        for touch_id, touch in self.touches.items():
            found = told.get(touch_id)
            if found is None or found.left_today or touch.channel != Road.EMAIL:
                chosen.append(touch_id)
            else:
                concluding.release(touch, found.why_not, due_at=found.next_at or self.now + LATER)
                self.ends["waiting"] += 1
        return chosen

    def _let_go(self, asked: Asked) -> None:
        """Touches that may not leave now are in nobody's hands any more; what the gate said is written down."""
        for touch_id, why in asked.not_asked.items():
            concluding.release(self.touches[touch_id], why, due_at=self.now + LATER)
            self.ends["left_out"] += 1
        for touch_id, answer in asked.answers.items():
            if answer.outcome is not Outcome.ALLOW:
                concluding.release(self.touches[touch_id], None, due_at=None)
                self.ends[_STOPPED[answer.outcome]] += 1

    def _send(self, touch_ids: Sequence[int], asked: Asked, roads: Roads) -> None:
        """Messages of one sender, over one line as far as it carries them."""
        fault: NotTaken | None = None
        for touch_id in touch_ids:
            touch, message = self.touches[touch_id], asked.messages[touch_id]
            clearance = asked.answers[touch_id].clearance
            if clearance is None or not self._is_still_ours(touch):
                concluding.release(touch, None, due_at=None)
                self.ends["left_out"] += 1
                continue
            if fault is None:
                fault = self._one(touch, message, clearance, roads)
            else:
                self._ends(concluding.not_begun(touch, fault, recipient=clearance.address, now=self.now))

    def _one(self, touch: Touch, message: OutgoingMessage, clearance: Clearance, roads: Roads) -> NotTaken | None:
        """One message; returns what is wrong with the line when nothing more can be handed over on it."""
        touch.mailbox_id = message.mailbox_id
        recipient = clearance.address
        try:
            line = roads.line_for(clearance.channel, message.mailbox_id)
            handed = line.hand_over(
                clearance, message.content, sender=message.return_path, actor=self.actor, moment=self.moment
            )
        except NotTaken as error:
            self._ends(concluding.not_begun(touch, error, recipient=recipient, now=self.moment()))
            return error if error.is_line else None
        except NotCleared as error:
            self._ends(concluding.not_cleared(touch, error.message, recipient=recipient, now=self.moment()))
            return None
        self._ends(concluding.ended(touch, handed, recipient=recipient, now=self.moment()))
        return None

    def _is_still_ours(self, touch: Touch) -> bool:
        """Whether it is ready still and in our hands, from now on for a whole lease."""
        held = Touch.objects.filter(id=touch.id, claim=touch.claim, state=TouchState.READY.value)
        return bool(held.update(lease_until=self.moment() + self.lease))

    def _ends(self, state: TouchState) -> None:
        self.ends[_COUNTED[state]] += 1


def waiting_of(touch_ids: Sequence[int]) -> list[Waiting]:
    """What is to leave by which mailbox, in the order of the touches; those without a mailbox are left out."""
    by_ai = dict(
        Draft.objects.filter(touch__in=touch_ids, state__in=LEAVING)
        .order_by("number")
        .values_list("touch_id", "is_by_ai")
    )
    rows = Touch.objects.filter(id__in=touch_ids, channel=Road.EMAIL.value).order_by("due_at", "id")
    found = rows.values_list("id", "mailbox_id", "enrollment__mailbox_id", "answers_id", "contact__email")
    return [
        Waiting(
            touch_id=touch_id,
            mailbox_id=own or shared,
            is_ai=by_ai.get(touch_id, True),
            is_answer=answers is not None,
            recipient_domain=(email or "").rpartition("@")[2].lower(),
        )
        for touch_id, own, shared, answers, email in found
        if own or shared
    ]
