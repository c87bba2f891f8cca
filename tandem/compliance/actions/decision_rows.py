"""A decision as it is stored, as the ledger tells it, and as a request to ask again at the claim."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from tandem.compliance.contracts.gate import Clearance, ContactRequest, Mode
from tandem.compliance.models import GateDecision
from tandem.compliance.queries import gate as reading
from tandem.compliance.queries.gate import Judgement
from tandem.core.actors import Actor


def row_of(judged: Judgement, actor: Actor, now: datetime) -> GateDecision:
    """The stored decision: what was asked, by whom, what came out and what it rested on."""
    read, decision = judged.read, judged.decision
    asked, facts = read.asked, judged.known.facts
    return GateDecision(
        decided_at=now,
        touch=asked.touch,
        message_key=read.message_key,
        channel=asked.channel.value,
        purpose=asked.purpose,
        mode=asked.mode.value,
        campaign=asked.campaign,
        place=next(iter(decision.places), ""),
        recipient_hash=read.recipient_hash,
        key_id=reading.key_in_use(),
        subject=asked.subject,
        account=asked.account or (facts.account if facts else ""),
        owner_id=facts.owner_id if facts else None,
        sender_domain=asked.sender.rpartition("@")[2],
        actor_kind=actor.kind.value,
        actor_id=actor.id,
        message_hash=read.message_hash,
        content_hash=read.content.content_hash,
        outcome=decision.outcome.value,
        hold_until=decision.hold_until,
        basis=(decision.basis or "")[:300],
        rules_version=decision.rules_version,
        facts={
            "asked": _asked_again(asked),
            "request": _without_words(judged.request),
            "people_needed": judged.approvals_missing + judged.known.approvals,
        },
        decision=decision.as_dict(),
    )


def _asked_again(asked: ContactRequest) -> dict[str, Any]:
    """What a claim needs to ask again, without address and bytes, which the claimer brings."""
    return {
        "sender": asked.sender,
        "language": asked.language,
        "is_drafted_by_ai": asked.is_drafted_by_ai,
        "is_reply": asked.is_reply,
        "policy_violations": list(asked.policy_violations),
        "four_eyes_above": str(asked.four_eyes_above) if asked.four_eyes_above is not None else None,
        "stated": dict(asked.stated),
    }


def _without_words(request: Mapping[str, Any]) -> dict[str, Any]:
    """The request as it was decided, without the person's addresses and the message's words."""
    recipient = {**request["recipient"], "email": None, "phone": None}
    return {**request, "recipient": recipient, "content": {**request["content"], "subject": None}}


def ledger_facts(judged: Judgement) -> dict[str, Any]:
    """What the ledger keeps of a decision: basis, every rule with its version, the evidence, the hashes."""
    read, decision = judged.read, judged.decision
    return {
        "channel": read.asked.channel.value,
        "touch": read.asked.touch,
        "about": read.asked.subject,
        "outcome": decision.outcome.value,
        "basis": decision.basis,
        "hold_until": decision.hold_until.isoformat() if decision.hold_until else None,
        "rules": [f"{rule.id}@{rule.version}:{rule.effect}" for rule in decision.rules],
        "rules_version": decision.rules_version,
        "evidence": sorted({one["evidence"] for one in judged.known.consents}),
        "message_hash": read.message_hash,
        "content_hash": read.content.content_hash,
    }


def asked_of(row: GateDecision, clearance: Clearance, message: bytes) -> ContactRequest:
    """The request a decision was made on; address and bytes are what the claimer brings, and are checked by hash."""
    told = row.facts["asked"]
    four_eyes = told.get("four_eyes_above")
    return ContactRequest(
        channel=clearance.channel,
        purpose=row.purpose,
        address=clearance.address,
        message=message,
        touch=row.touch,
        sender=told["sender"],
        subject=row.subject,
        account=row.account,
        campaign=row.campaign,
        mode=Mode(row.mode),
        language=told["language"],
        is_drafted_by_ai=told["is_drafted_by_ai"],
        is_reply=told["is_reply"],
        policy_violations=told["policy_violations"],
        four_eyes_above=Decimal(four_eyes) if four_eyes is not None else None,
        stated=told["stated"],
    )
