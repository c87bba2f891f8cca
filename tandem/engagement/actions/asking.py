"""Asking the gate about touches, many at once, and doing with them what it says.

Allow: it is ready (or a person's to do). Review: a person reads it. Hold: it comes back when it may. Block: it is left
out, with the rules that say so. What is asked about are the very bytes, so the Message-ID is fixed before.
Whose address died since they were enrolled is left out without a question; whose check ran out waits for a new one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from django.db import transaction

from tandem.compliance.actions import gate
from tandem.compliance.contracts.decisions import Decision, Outcome
from tandem.compliance.contracts.gate import ContactRequest, GateAnswer, Road
from tandem.core.actors import Actor
from tandem.core.errors import InvalidInput
from tandem.engagement.actions.policies import judge_touches
from tandem.engagement.contracts import BY_HAND, DraftState, TouchState
from tandem.engagement.models import Draft, Enrollment, Touch
from tandem.engagement.queries.messages import OutgoingMessage, messages_of
from tandem.engagement.queries.senders import mailbox_for
from tandem.prospecting.queries.sources import AddressFault, address_faults

ASKABLE = (TouchState.PLANNED.value, TouchState.WRITTEN.value, TouchState.READY.value, TouchState.TO_DO.value)
WHY_LETTERS = 300
NEW_AT_ONCE = 500
LOOK_AGAIN = timedelta(days=1)  # at what must wait for something whose end nobody can see


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What came of asking.

    answers : the gate's, by touch
    not_asked : touches that can't leave as they are, with the reason in words
    messages : the bytes that were asked about, with their envelopes, by touch
    """

    answers: Mapping[int, GateAnswer] = field(default_factory=dict)
    not_asked: Mapping[int, str] = field(default_factory=dict)
    messages: Mapping[int, OutgoingMessage] = field(default_factory=dict)


def ask_gate(touch_ids: Iterable[int], *, actor: Actor, now: datetime, is_leaving: bool = False) -> Asked:
    """Ask about touches and store what comes out on them and their drafts.

    is_leaving : they go out at once: the mail's date is now, and an allow has a clearance in hand

    Raises NotAllowed without "gate.send", NotFound for a touch that is not there.
    """
    touch_ids = list(touch_ids)
    _choose_mailboxes(touch_ids, now)
    messages = messages_of(touch_ids, at=now if is_leaving else None)
    unmailable = _unmailable(touch_ids, now, is_leaving=is_leaving)
    not_asked = {one: told.why_not for one, told in messages.items() if told.request is None}
    not_asked |= {one: fault.why for one, fault in unmailable.items()}
    requests = {one: told.request for one, told in messages.items() if told.request and one not in not_asked}
    answers, refused = _answers(_with_violations(requests, now), actor, now)
    not_asked |= refused
    with transaction.atomic():
        for touch_id, answer in answers.items():
            _store(messages[touch_id], answer, now)
        for touch_id, why in not_asked.items():
            told = {"why": why[:WHY_LETTERS]} | _left_out(unmailable.get(touch_id))
            Touch.objects.filter(id=touch_id, state__in=ASKABLE).update(**told)
    return Asked(answers=answers, not_asked=not_asked, messages=messages)


def _unmailable(touch_ids: Sequence[int], now: datetime, *, is_leaving: bool) -> dict[int, AddressFault]:
    """Mail to people whose address can't be used now. Who wrote gets an answer where they wrote from.

    A check that ran out matters only when a mail is about to leave: until then it may be made again.
    """
    rows = Touch.objects.filter(id__in=touch_ids, channel=Road.EMAIL.value, answers=None, contact__isnull=False)
    whom = dict(rows.values_list("id", "contact_id"))
    found = address_faults(set(whom.values()), now=now) if whom else {}
    faults = {touch: found[contact] for touch, contact in whom.items() if contact in found}
    return {touch: fault for touch, fault in faults.items() if fault.is_final or is_leaving}


def _left_out(fault: AddressFault | None) -> dict[str, object]:
    """Nothing mends an address that is dead: the touch is over."""
    return {"state": TouchState.SKIPPED.value} if fault is not None and fault.is_final else {}


def _with_violations(requests: Mapping[int, ContactRequest], now: datetime) -> dict[int, ContactRequest]:
    """What breaks a campaign's written policy, or reaches somebody nobody chose, goes to the gate with the rest."""
    found = judge_touches(requests, now=now)
    return {one: replace(request, policy_violations=found.get(one, ())) for one, request in requests.items()}


def _choose_mailboxes(touch_ids: Sequence[int], now: datetime) -> None:
    """A thread gets its sender with its first message, and keeps it."""
    without = Touch.objects.filter(id__in=touch_ids, channel=Road.EMAIL.value, mailbox=None, enrollment__mailbox=None)
    enrollments = set(without.exclude(enrollment=None).values_list("enrollment_id", flat=True)) - {None}
    if not enrollments:
        return
    for enrollment_id, choice in mailbox_for([one for one in enrollments if one is not None], now=now).items():
        if choice.mailbox_id is not None:
            Enrollment.objects.filter(id=enrollment_id, mailbox=None).update(mailbox=choice.mailbox_id)


def _answers(
    requests: Mapping[int, ContactRequest], actor: Actor, now: datetime
) -> tuple[dict[int, GateAnswer], dict[int, str]]:
    """Answers by touch; one message that can't be read does not stop the others."""
    if not requests:
        return {}, {}
    try:
        return dict(zip(requests, gate.decide_many(list(requests.values()), actor=actor, now=now), strict=True)), {}
    except InvalidInput:
        return _one_by_one(requests, actor, now)


def _one_by_one(
    requests: Mapping[int, ContactRequest], actor: Actor, now: datetime
) -> tuple[dict[int, GateAnswer], dict[int, str]]:
    answers: dict[int, GateAnswer] = {}
    refused: dict[int, str] = {}
    for touch_id, request in requests.items():
        try:
            answers[touch_id] = gate.decide(request, actor=actor, now=now)
        except InvalidInput as error:
            refused[touch_id] = f"{error.message} {error.hint or ''}".strip()
    return answers, refused


def _store(message: OutgoingMessage, answer: GateAnswer, now: datetime) -> None:
    """Write one answer down; a touch that was cancelled meanwhile stays so."""
    assert message.request is not None
    values = _consequence(message.request, answer, now)
    if message.message_id:
        values["message_id"] = message.message_id
    if message.mailbox_id is not None:
        values["mailbox_id"] = message.mailbox_id
    Touch.objects.filter(id=message.touch_id, state__in=ASKABLE).update(decision=answer.id, **values)
    Draft.objects.filter(touch=message.touch_id, id__in=[message.draft_id]).update(
        content_hash=answer.content_hash, decision=answer.id
    )
    if answer.outcome is Outcome.REVIEW:  # an approval that is not enough any more: it waits for people again
        Draft.objects.filter(id__in=[message.draft_id], state=DraftState.APPROVED.value).update(
            state=DraftState.PROPOSED.value
        )


def _consequence(request: ContactRequest, answer: GateAnswer, now: datetime) -> dict[str, object]:
    """What follows from an answer, as columns of the touch."""
    decision = answer.decision
    if answer.outcome is Outcome.ALLOW:
        ready = TouchState.TO_DO if request.channel in BY_HAND else TouchState.READY
        return {"state": ready.value, "why": ""}
    if answer.outcome is Outcome.REVIEW:
        return {"state": TouchState.WRITTEN.value, "why": told(decision)}
    if answer.outcome is Outcome.HOLD:
        until = decision.hold_until or now + LOOK_AGAIN
        return {"due_at": max(until, now), "why": told(decision)} | _waiting(request)
    return {"state": TouchState.SKIPPED.value, "why": told(decision)}


def _waiting(request: ContactRequest) -> dict[str, object]:
    """A hold means that nobody's approval is missing: it waits for its time alone."""
    return {"state": (TouchState.TO_DO if request.channel in BY_HAND else TouchState.READY).value}


def told(decision: Decision) -> str:
    """Why it may not leave now, in words and rule ids, short enough for a column."""
    stops: Sequence[str] = [
        f"{rule.id}: {rule.why}" for rule in decision.rules if rule.effect == decision.outcome.value and rule.why
    ]
    return (" ".join(stops) or decision.explanation)[:WHY_LETTERS]


def ask_about_new_texts(*, actor: Actor, now: datetime) -> int:
    """Ask about texts that wait for a person and were never asked about; returns how many.

    What can't be asked about says why on its touch, and is asked again when somebody changed the text.
    """
    new = Touch.objects.filter(state=TouchState.WRITTEN.value, decision=None, why="").order_by("due_at", "id")
    ids = list(new.values_list("id", flat=True)[:NEW_AT_ONCE])
    if ids:
        ask_gate(ids, actor=actor, now=now)
    return len(ids)
