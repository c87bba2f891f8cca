"""What the gate makes of all it knows: a request for the rules, and one decision out of everything that spoke. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from tandem.compliance.contracts.decisions import Decision, Outcome, Spoken
from tandem.compliance.contracts.gate import ContactRequest, Mode, RecipientFacts
from tandem.compliance.domain.kill import KillVerdict
from tandem.compliance.domain.message_content import MessageContent

VERSION = "1"
_TOLD_BY_CALLER = {
    "content": ("subject_misleading", "asks_for_consent", "human_intro", "in_french"),
    "recipient": ("line_type", "is_emergency_line", "in_emergency_area", "is_minor"),
    "relationship": ("kind", "at"),
    "address": (
        "source", "published_for_commercial_contact", "refusal_statement_at_source", "role_relevant", "collected_at",
    ),
    "dnc": ("national", "scrubbed_at"),
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What this installation knows by itself of one request.

    facts : from the rooms above; None: they know nobody of that name
    dnc : the request's `dnc` object; empty: never screened
    notice_at : when the person was told where the data come from (GDPR Article 14)
    touches : (road, moment) of everything that went to them, whoever sent it, oldest first
    approvals : people who said yes to this very text, and have not taken it back; `is_rejected`: one said no
    disclosures : texts of which one in the message says that an AI writes
    refuses_automation : the person opted out of automated decisions: a person approves whatever goes to them
    """

    facts: RecipientFacts | None
    is_suppressed: bool
    consents: Sequence[Mapping[str, Any]] = ()
    relationship: Mapping[str, Any]
    dnc: Mapping[str, Any]
    lia_approved: bool = False
    notice_at: datetime | None = None
    touches: Sequence[tuple[str, datetime]] = ()
    approvals: int = 0
    is_rejected: bool = False
    sender_country: str = ""
    postal_address: str = ""
    is_agent: bool = True
    can_unsubscribe: bool = False
    disclosures: Sequence[str] = ()
    refuses_automation: bool = False


def request_of(asked: ContactRequest, content: MessageContent, known: Known, now: datetime) -> dict[str, Any]:
    """The request of the shell contract, from what the gate read itself; the caller only fills what it could not."""
    facts = known.facts or RecipientFacts(subject=asked.subject)
    is_mail = "@" in asked.address
    # Where each message is approved, none leaves without: rules judge it as it will leave, `combine` keeps it here.
    is_read_first = known.approvals > 0 or asked.mode is Mode.EVERY
    own: dict[str, Any] = {
        "at": now.isoformat(),
        "channel": asked.channel.value,
        "purpose": asked.purpose,
        "recipient": {
            "id": asked.subject or None,
            "email": asked.address if is_mail else None,
            "phone": asked.address if asked.address.startswith("+") else None,
            "kind": facts.kind or None,
            "country": facts.country or None,
            "region": facts.region or None,
            "candidate_locations": [*facts.candidate_locations, *_places_told(asked)],
            "timezone": facts.time_zone or None,
        },
        "sender": {
            "country": known.sender_country or None,
            "domain": asked.sender.rpartition("@")[2] or None,
            "is_ai": known.is_agent and not is_read_first,
        },
        "consents": [dict(one) for one in known.consents],
        "relationship": dict(known.relationship or facts.relationship),
        "suppressed": known.is_suppressed or facts.is_erased or asked.stated.get("suppressed") is True,
        "dnc": dict(known.dnc),
        "history": [{"channel": road, "at": at.isoformat()} for road, at in known.touches],
        "content": {
            "has_unsubscribe": known.can_unsubscribe,
            "has_postal_address": content.says(known.postal_address),
            "ai_disclosed": any(content.says(text) for text in known.disclosures),
            "human_approved": is_read_first,
            "drafted_by_ai": asked.is_drafted_by_ai,
            "language": asked.language or None,
            "subject": content.subject or None,
            "has_tracking_pixel": content.has_tracking_pixel,
        },
        "address": dict(facts.address_facts),
        "basis": {
            "lia_approved": known.lia_approved,
            "art14_notice_at": known.notice_at.isoformat() if known.notice_at else None,
        },
    }
    return _completed(own, asked.stated)


def _places_told(asked: ContactRequest) -> list[str]:
    """More places to count can only make it stricter."""
    recipient = asked.stated.get("recipient", {})
    return [*recipient.get("candidate_locations", ()), *filter(None, [recipient.get("country")])]


def _completed(own: dict[str, Any], stated: Mapping[str, Any]) -> dict[str, Any]:
    """What the caller says where the gate knows nothing; only facts that no store holds."""
    for section, names in _TOLD_BY_CALLER.items():
        told = stated.get(section, {})
        for name in names:
            if own[section].get(name) is None and told.get(name) is not None:
                own[section][name] = told[name]
    return own


def combine(rules: Decision, kill: KillVerdict, *, mode: Mode, known: Known) -> tuple[Decision, int]:
    """One decision, and how many approvals are missing.

    Nothing lifts a block. A person's approval of the very text lifts a review; what must wait waits all the same.
    """
    spoken = [*kill.spoken, *_mode_rule(mode, known), *rules.rules]
    effects = {voice.effect for voice in spoken}
    asks_people = "review" in effects or Outcome.REVIEW in (rules.outcome, kill.outcome)
    missing = max(0, max(1, kill.approvals_needed) - known.approvals) if asks_people else 0
    if "block" in effects or Outcome.BLOCK in (rules.outcome, kill.outcome):
        outcome = Outcome.BLOCK
    elif missing:
        outcome = Outcome.REVIEW
    elif rules.is_closed or "hold" in effects:
        outcome = Outcome.HOLD
    else:
        outcome = Outcome.ALLOW
    until = _hold_until(rules, kill) if outcome is Outcome.HOLD else None
    told = replace(
        rules,
        outcome=outcome,
        hold_until=until,
        basis=None if outcome is Outcome.BLOCK else rules.basis,
        rules=tuple(sorted(spoken, key=lambda voice: _ORDER.get(voice.effect, 5))),
        missing=tuple(dict.fromkeys([*rules.missing, *kill.missing])),
        explanation=_explained(rules, kill, outcome, missing),
    )
    return told, missing


_ORDER = {"block": 0, "review": 1, "hold": 2, "allow": 3, "require": 4}


def _mode_rule(mode: Mode, known: Known) -> list[Spoken]:
    if known.is_rejected:
        why = "A person rejected this text. Change it, or let them take that back."
        return [Spoken(id="GATE-REJECTED", version=VERSION, effect="block", source="review", why=why)]
    if mode is not Mode.EVERY and not known.refuses_automation:
        return []
    approved = known.approvals > 0
    why = "A person approved this very text." if approved else "A person must approve this very text first."
    effect = "require" if approved else "review"
    if known.refuses_automation:
        why = f"They opted out of automated decisions. {why}"
        source = "GDPR Art. 21 and 22; 11 CCR 7221"
        return [Spoken(id="GATE-AUTOMATION", version=VERSION, effect=effect, source=source, why=why)]
    return [Spoken(id="GATE-APPROVAL", version=VERSION, effect=effect, source="mode A: every message", why=why)]


def _hold_until(rules: Decision, kill: KillVerdict) -> datetime | None:
    """The later of both; None when one of them sees no end."""
    ends = []
    if rules.is_closed:
        ends.append(rules.opens_at)
    if any(voice.effect == "hold" for voice in kill.spoken):
        ends.append(kill.hold_until)
    known = [end for end in ends if end is not None]
    return max(known) if len(known) == len(ends) and known else None


def _explained(rules: Decision, kill: KillVerdict, outcome: Outcome, missing: int) -> str:
    own = [voice.why for voice in kill.spoken if voice.effect in ("block", "review", "hold")]
    if missing and outcome is Outcome.REVIEW:
        people = "A person" if missing == 1 else f"{missing} people"
        own.append(f"{people} must approve this very text.")
    said = {Outcome.ALLOW: "May leave.", Outcome.HOLD: "Must wait.", Outcome.REVIEW: "A person must look first.",
            Outcome.BLOCK: "May not leave."}[outcome]  # fmt: skip
    return " ".join([said, *own, rules.explanation])
