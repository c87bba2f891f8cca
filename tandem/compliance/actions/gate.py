"""The gate: the one way out of the building.

    answer = gate.decide(asked, actor=actor, now=now)           # allow, hold, review or block; an allow has a clearance
    permit = gate.claim(answer.clearance, message, actor=actor, now=now)      # all is looked at again, then it is taken
    gate.check_hand_off(permit, actor=actor, now=now)           # the last look, right before the bytes go on the wire
    gate.depart(permit, outcome=ClearanceState.DEPARTED, reference="250 ok", actor=actor, now=now)

A claim looks, takes the ledger's lock, and looks again if the ledger holds anything new that could matter. Suppressing,
withdrawing and throwing a switch write to the ledger in their transaction, so each of them stands wholly before or
wholly after a claim: what was said before is seen.
Never inside a transaction: a hand-off talks to the network.
"""

from __future__ import annotations

import secrets
import time
import zlib
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from tandem.access.actions import require
from tandem.access.queries import is_revoked
from tandem.compliance.actions import decision_rows
from tandem.compliance.actions.ledger import append, append_many, lock_chain
from tandem.compliance.contracts.decisions import Outcome
from tandem.compliance.contracts.gate import (
    Clearance,
    ClearanceState,
    ContactRequest,
    GateAnswer,
    Permit,
    Road,
)
from tandem.compliance.models import Clearance as ClearanceRow
from tandem.compliance.models import GateDecision, MessageCopy
from tandem.compliance.queries import gate as reading
from tandem.compliance.queries import head
from tandem.compliance.queries.gate import Judgement
from tandem.core.actors import Actor, ActorKind
from tandem.core.errors import Conflict, InvalidInput, NotAllowed

CLEARED_FOR = timedelta(minutes=15)
HAND_OFF_SECONDS = 0.5  # from claim to the last byte's start; with the last look it keeps the red button under a second
ROWS_AT_ONCE = 50
SEND = "gate.send"
ENDED = (ClearanceState.DEPARTED, ClearanceState.REFUSED, ClearanceState.UNCERTAIN)


class NotCleared(Conflict):
    """The message may not leave (any more). `message` says why; ask the gate anew."""

    code, title = "gate.not_cleared", "This may not leave"


def decide(asked: ContactRequest, *, actor: Actor, now: datetime) -> GateAnswer:
    """Decide on one message or call, write it down, and give leave when it may go now.

    Raises NotAllowed without "gate.send", InvalidInput for bytes or an address that can't be used.
    """
    return decide_many([asked], actor=actor, now=now)[0]


def decide_many(asked: Sequence[ContactRequest], *, actor: Actor, now: datetime) -> list[GateAnswer]:
    """The same for many, read together and written in one transaction; answers in the order of the requests."""
    require(actor, SEND)
    judged = reading.judge([reading.read_request(one) for one in asked], actor=actor, now=now)
    answers: list[GateAnswer] = []
    for start in range(0, len(judged), ROWS_AT_ONCE):  # a stop must not wait for the whole of a long list
        answers += _recorded(judged[start : start + ROWS_AT_ONCE], actor, now)
    return answers


def _recorded(judged: Sequence[Judgement], actor: Actor, now: datetime) -> list[GateAnswer]:
    """Store some decisions with their clearances; the ledger's lock comes last, and is held for a moment only."""
    with transaction.atomic():
        rows = GateDecision.objects.bulk_create([decision_rows.row_of(one, actor, now) for one in judged])
        pairs = list(zip(rows, judged, strict=True))
        for row, one in pairs:
            if one.decision.outcome is Outcome.REVIEW:
                keep_copy(row.message_hash, row.recipient_hash, row.subject, one.read.asked.message, now)
        cleared = _cleared([pair for pair in pairs if pair[1].decision.outcome is Outcome.ALLOW], now)
        append_many(
            actor=actor,
            action="compliance.decided",
            about=[
                (f"message:{one.read.message_key}", decision_rows.ledger_facts(one) | {"decision": row.id})
                for row, one in pairs
            ],
        )
    return [_answer(row, one, cleared.get(row.id)) for row, one in pairs]


def _answer(row: GateDecision, judged: Judgement, clearance: Clearance | None) -> GateAnswer:
    return GateAnswer(
        id=row.id,
        decision=judged.decision,
        content_hash=row.content_hash,
        approvals_needed=judged.approvals_missing,
        clearance=clearance,
    )


def keep_copy(message_hash: str, recipient_hash: str, subject: str, message: bytes, now: datetime) -> None:
    """Keep the bytes once, for whoever must read them or prove them later."""
    MessageCopy.objects.get_or_create(
        message_hash=message_hash,
        defaults={
            "recipient_hash": recipient_hash,
            "subject": subject,
            "content": zlib.compress(message),
            "size": len(message),
            "kept_at": now,
        },
    )


def _cleared(allowed: Sequence[tuple[GateDecision, Judgement]], now: datetime) -> dict[int, Clearance]:
    """A clearance for each decision that allows, by the decision's id."""
    until = now + CLEARED_FOR
    tokens = {row.id: secrets.token_urlsafe(32) for row, _ in allowed}
    ClearanceRow.objects.bulk_create(
        [
            ClearanceRow(
                decision=row, token=tokens[row.id], channel=row.channel, touch=row.touch, issued_at=now,
                recipient_hash=row.recipient_hash, subject=row.subject, account=row.account, expires_at=until,
                message_hash=row.message_hash, message_key=row.message_key,
            )
            for row, _ in allowed
        ]
    )  # fmt: skip
    return {
        row.id: Clearance(
            token=tokens[row.id], channel=one.read.asked.channel, address=one.read.asked.address,
            message_hash=row.message_hash, touch=row.touch, expires_at=until,
        )
        for row, one in allowed
    }  # fmt: skip


def claim(clearance: Clearance, message: bytes, *, actor: Actor, now: datetime) -> Permit:
    """Take a clearance, after looking at everything again. It can be taken once.

    The look comes before the lock, so that nobody waits for it; under the lock it is taken again if the ledger holds
    anything new that could matter. What can forbid a contact is entered in the ledger in the transaction that says so.

    message : the bytes that will leave; one changed byte is another message

    Raises NotCleared, and writes down why, when it was taken, is too old, is for other bytes or another recipient, or
    when what was allowed then is not allowed now; NotAllowed for an actor without "gate.send".
    """
    require(actor, SEND)
    seen = head()[0]
    row = _row_of(clearance)
    refusal = _fault(row, clearance, message, now) or _looked_again(row, clearance, message, actor, now)
    with transaction.atomic():
        lock_chain()
        row = _row_of(clearance)
        refusal = refusal or _fault(row, clearance, message, now)
        if not refusal and reading.has_changed(row, since=seen):
            require(actor, SEND)
            refusal = _looked_again(row, clearance, message, actor, now)
        if not refusal:
            refusal = _taken(row, message, actor, now)
        if refusal:
            _refuse(row, refusal, actor)
    if refusal:
        raise NotCleared(refusal, hint="Ask the gate anew.", context={"touch": row.touch})
    return Permit(
        clearance_id=row.id,
        channel=Road(row.channel),
        address=clearance.address,
        message=message,
        claimed_at=now,
        hand_off_by=time.monotonic() + HAND_OFF_SECONDS,
    )


def _row_of(clearance: Clearance) -> ClearanceRow:
    row = ClearanceRow.objects.select_related("decision").filter(token=clearance.token).first()
    if row is None:
        raise NotCleared("There is no such clearance.", hint="Ask the gate; it alone makes them.")
    return row


def _fault(row: ClearanceRow, clearance: Clearance, message: bytes, now: datetime) -> str:
    """What is wrong with the clearance itself; empty: nothing."""
    if row.state != ClearanceState.ISSUED:
        return f"The clearance is {row.state} already."
    if now >= row.expires_at:
        return f"The clearance ran out at {row.expires_at:%H:%M:%S} UTC."
    if clearance.channel != row.channel:
        return "The clearance is for another channel."
    if reading.message_hash(message) != row.message_hash:
        return "The message is not the one that was cleared."
    return ""


def _looked_again(row: ClearanceRow, clearance: Clearance, message: bytes, actor: Actor, now: datetime) -> str:
    """Why it may not leave now; empty: it may."""
    decision = row.decision
    if decision.actor_kind == ActorKind.AGENT and decision.actor_id:
        decider = Actor(kind=ActorKind.AGENT, id=decision.actor_id, name="")
        if is_revoked(decider):
            return "The agent that asked was revoked."
    asked = decision_rows.asked_of(decision, clearance, message)
    read = reading.read_request(asked)
    if read.recipient_hash != row.recipient_hash:
        return "The clearance is for another recipient."
    asker = Actor(kind=ActorKind(decision.actor_kind), id=decision.actor_id, name=actor.name)
    found = reading.judge([read], actor=asker, now=now)[0].decision
    return "" if found.outcome is Outcome.ALLOW else found.explanation


def _taken(row: ClearanceRow, message: bytes, actor: Actor, now: datetime) -> str:
    """Take it, once for all time for its touch; empty: taken."""
    try:
        with transaction.atomic():
            taken = ClearanceRow.objects.filter(id=row.id, state=ClearanceState.ISSUED.value).update(
                state=ClearanceState.CLAIMED.value, claimed_at=now
            )
    except IntegrityError:
        return "This touch has left already, or is leaving."
    if not taken:
        return "The clearance is taken already."
    keep_copy(row.message_hash, row.recipient_hash, row.subject, message, now)
    append(
        actor=actor, action="compliance.claimed", subject=f"message:{row.message_key}",
        facts={"clearance": row.id, "touch": row.touch, "channel": row.channel, "message_hash": row.message_hash},
    )  # fmt: skip
    return ""


def _refuse(row: ClearanceRow, why: str, actor: Actor) -> None:
    ClearanceRow.objects.filter(id=row.id, state=ClearanceState.ISSUED.value).update(
        state=ClearanceState.REFUSED.value, reason=why[:300]
    )
    append(
        actor=actor, action="compliance.claim_refused", subject=f"message:{row.message_key}",
        facts={"clearance": row.id, "touch": row.touch, "why": why[:300]},
    )  # fmt: skip


def check_hand_off(permit: Permit, *, actor: Actor, now: datetime) -> None:
    """The last look, right before the bytes go on the wire. Raises NotCleared when they may no more.

    A message that took longer than half a second from its claim to here is not sent: what was looked at is too old.
    """
    why = ""
    if time.monotonic() > permit.hand_off_by:
        why = "It took too long from the claim to the wire."
    elif found := reading.stopped_since(permit):
        why = found
    if why:
        _end(permit, ClearanceState.REFUSED, actor=actor, now=now, why=why, reference="")
        raise NotCleared(why, hint="Ask the gate anew.")


def depart(
    permit: Permit, *, outcome: ClearanceState, actor: Actor, now: datetime, reference: str = "", why: str = ""
) -> None:
    """Write down how the hand-off ended; saying the same twice changes nothing.

    outcome : DEPARTED (the other side took it), REFUSED (it certainly did not) or UNCERTAIN (nobody can tell: a person
        looks, and it is never sent again by itself)
    reference : the other side's receipt
    """
    if outcome not in ENDED:
        raise InvalidInput(f"{outcome} is no end of a hand-off.", hint="departed, refused or uncertain.")
    _end(permit, outcome, actor=actor, now=now, why=why, reference=reference)


def _end(permit: Permit, outcome: ClearanceState, *, actor: Actor, now: datetime, why: str, reference: str) -> None:
    with transaction.atomic():
        changed = ClearanceRow.objects.filter(
            id=permit.clearance_id, state__in=[ClearanceState.CLAIMED.value, ClearanceState.UNCERTAIN.value]
        ).exclude(state=outcome.value).update(
            state=outcome.value,
            departed_at=now if outcome is ClearanceState.DEPARTED else None,
            reference=reference[:200],
            reason=why[:300],
        )  # fmt: skip
        if changed:
            row = ClearanceRow.objects.get(id=permit.clearance_id)
            append(
                actor=actor, action=f"compliance.{outcome.value}", subject=f"message:{row.message_key}",
                facts={"clearance": row.id, "touch": row.touch, "channel": row.channel, "why": why[:300],
                       "reference": reference[:200]},
            )  # fmt: skip


def end_lost_claims(*, actor: Actor, now: datetime, older_than: timedelta = timedelta(minutes=5)) -> int:
    """Claims whose worker died between claim and answer: nobody can tell whether they left, so a person looks.

    Returns how many there were. Raises NotAllowed without "gate.send".
    """
    require(actor, SEND)
    lost = ClearanceRow.objects.filter(state=ClearanceState.CLAIMED.value, claimed_at__lt=now - older_than)
    ended = 0
    for row in lost.order_by("claimed_at")[:1_000]:
        with transaction.atomic():
            changed = ClearanceRow.objects.filter(id=row.id, state=ClearanceState.CLAIMED.value).update(
                state=ClearanceState.UNCERTAIN.value, reason="the worker ended between claim and answer"
            )
            if changed:
                append(
                    actor=actor, action="compliance.uncertain", subject=f"message:{row.message_key}",
                    facts={"clearance": row.id, "touch": row.touch, "why": "worker ended"},
                )  # fmt: skip
        ended += changed
    return ended


def settle(clearance_id: int, *, has_left: bool, why: str, actor: Actor, now: datetime) -> None:
    """A person says whether an uncertain message left. If it did not, its touch may be asked for again.

    Raises NotAllowed for agents and without "gate.decide", InvalidInput without a reason, Conflict when it is certain.
    """
    if actor.is_agent:
        raise NotAllowed("A person says whether it left.", hint="Look into the mailbox or the provider's log.")
    require(actor, "gate.decide")
    if not why.strip():
        raise InvalidInput("The reason is empty.", hint="Say how you know.")
    state = ClearanceState.DEPARTED if has_left else ClearanceState.REFUSED
    with transaction.atomic():
        changed = ClearanceRow.objects.filter(id=clearance_id, state=ClearanceState.UNCERTAIN.value).update(
            state=state.value, departed_at=now if has_left else None, reason=why.strip()[:300]
        )
        if not changed:
            raise Conflict("There is nothing uncertain about this message.")
        row = ClearanceRow.objects.get(id=clearance_id)
        append(
            actor=actor, action="compliance.settled", subject=f"message:{row.message_key}",
            facts={"clearance": row.id, "state": state.value, "why": why.strip()[:300]},
        )  # fmt: skip
