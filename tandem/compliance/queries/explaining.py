"""Why somebody was, or was not, contacted: decisions that were taken, and what one of today would be.

The decision of today is asked of the rules with everything known of the person and a message that lacks nothing (way
out, postal address, disclosure, approval): what still stands in the way is the person's own situation.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Q

from tandem.access.queries import get_organisation
from tandem.compliance.contracts import Channel
from tandem.compliance.contracts.decisions import Decision, Outcome, Spoken
from tandem.compliance.contracts.gate import RecipientFacts
from tandem.compliance.contracts.requests import Explanation, Limit, PastDecision, Verdict
from tandem.compliance.contracts.rights import PersonKeys
from tandem.compliance.domain.consent_words import rule_consents, rule_relationship
from tandem.compliance.domain.rules.facts import CALLS, CHANNEL_WORDS
from tandem.compliance.models import GateDecision
from tandem.compliance.queries.consent import dnc_states, relationship_facts
from tandem.compliance.queries.decision_kinds import decision_kinds
from tandem.compliance.queries.keys import hashes_of, read_all
from tandem.compliance.queries.known_people import facts_of
from tandem.compliance.queries.limits import limits_of
from tandem.compliance.queries.notices import notices_given
from tandem.compliance.queries.registers import approved_assessments
from tandem.compliance.queries.rules import decide
from tandem.compliance.queries.stored_consents import stored_consents
from tandem.compliance.queries.suppression import suppressed_among

CHANNELS = ("email", "phone_manual", "phone_ai", "sms", "linkedin")
MOST_PAST = 200
IN_THE_WAY = frozenset({"block", "forbid", "hold", "review"})
LOGIC = ("contact.allowed", "contact.ranked", "message.drafted")
WHOLE_MESSAGE = {
    "has_unsubscribe": True,
    "has_postal_address": True,
    "ai_disclosed": True,
    "human_approved": True,
    "drafted_by_ai": False,
    "has_tracking_pixel": False,
}
LIMIT_WORDS = {
    Limit.AUTOMATION: "Automated decisions were refused",
    Limit.RESTRICTION: "The data may be kept, but not used",
}


def explain(person: PersonKeys, *, now: datetime, places: Sequence[str] = ()) -> Explanation:
    """Everything that was decided about a person and what would be decided today, in words.

    places : where the person says they are, beside what is known: "DE", "US-CA"; each counts as a candidate
    """
    facts = facts_of(person)
    return Explanation(
        at=now,
        past=tuple(_past(person)),
        today=tuple(_today(person, facts, places, now)),
        signals=tuple(_signals(person, facts, now)),
        limits=tuple(_limits(person)),
        logic=tuple((one.kind.title, one.kind.logic) for one in decision_kinds() if one.kind.name in LOGIC),
    )


def _past(person: PersonKeys) -> Iterator[PastDecision]:
    """Decisions of the gate, the newest first."""
    hashes = list(hashes_of(read_all(person.addresses)))
    about = Q(recipient_hash__in=hashes) | Q(subject__in=person.subjects)
    for row in GateDecision.objects.filter(about).order_by("-decided_at", "-id")[:MOST_PAST]:
        told: Mapping[str, Any] = row.decision
        rules = tuple((one["id"], one["version"], one["why"]) for one in told.get("rules", ()))
        words = CHANNEL_WORDS.get(row.channel, row.channel)
        outcome = {
            "allow": "was allowed",
            "hold": "had to wait",
            "review": "went to a person",
            "block": "was not allowed",
        }
        text = f"A contact by {words} {outcome.get(row.outcome, row.outcome)}. {told.get('explanation', '')}".strip()
        yield PastDecision(
            at=row.decided_at,
            what=words,
            outcome=row.outcome,
            basis=row.basis,
            rules=rules,
            rules_version=row.rules_version,
            message_key=row.message_key,
            text=text,
        )


def _today(person: PersonKeys, facts: RecipientFacts | None, places: Sequence[str], now: datetime) -> Iterator[Verdict]:
    known = {**_known(person, facts, now), "places": places}
    for channel in CHANNELS:
        address = _address_for(channel, person)
        if not address:
            yield Verdict(
                channel=CHANNEL_WORDS[channel], outcome="no address", basis=None, blocked_by=(), missing=(),
                explanation="No address for this channel is known.",
            )  # fmt: skip
            continue
        decision = decide(_request(channel, address, known, facts, now))
        yield Verdict(
            channel=CHANNEL_WORDS[channel],
            outcome=decision.outcome.value,
            basis=decision.basis,
            explanation=decision.explanation,
            blocked_by=tuple((rule.id, rule.version, rule.why) for rule in _in_the_way(decision)),
            missing=decision.missing,
        )


def _in_the_way(decision: Decision) -> Sequence[Spoken]:
    if decision.outcome is Outcome.ALLOW:
        return ()
    return [rule for rule in decision.rules if rule.effect in IN_THE_WAY]


def _address_for(channel: str, person: PersonKeys) -> str:
    if channel == "email":
        return next(iter(person.emails), "")
    if channel == "linkedin":
        return next(iter(person.subjects), "")
    return next(iter(person.phones), "")


def _known(person: PersonKeys, facts: RecipientFacts | None, now: datetime) -> dict[str, Any]:
    """What the registries say of the person, whatever the channel."""
    keys = [*person.addresses, *person.subjects, *((facts.account,) if facts and facts.account else ())]
    subject = person.subjects[0] if person.subjects else ""
    told = notices_given({"": [*person.addresses, *person.subjects]})
    return {
        "addresses": keys,
        "relationship": rule_relationship(relationship_facts(keys, subject=subject, now=now)) if keys else {},
        "consents": stored_consents(keys),
        "suppressed": bool(suppressed_among({"": keys}, Channel.ALL)) if keys else False,
        "dnc": {number: dnc_states(number, now=now) for number in person.phones},
        "lia_approved": bool(approved_assessments()),
        "notice_at": told.get(""),
    }


def _request(
    channel: str, address: str, known: Mapping[str, Any], facts: RecipientFacts | None, now: datetime
) -> dict[str, Any]:
    """The request of the shell contract for a message that lacks nothing."""
    facts = facts or RecipientFacts(subject="")
    states = known["dnc"].get(address, {}) if channel in CALLS else {}
    return {
        "at": now.isoformat(),
        "channel": channel,
        "purpose": "cold_outreach",
        "recipient": {
            "email": address if "@" in address else None,
            "phone": address if address.startswith("+") else None,
            "kind": facts.kind or None,
            "country": facts.country or None,
            "region": facts.region or None,
            "candidate_locations": [*facts.candidate_locations, *known["places"]],
            "timezone": facts.time_zone or None,
        },
        "sender": {"country": get_organisation().country or None, "is_ai": False},
        "consents": rule_consents(known["consents"], channel=channel, purpose="cold_outreach", now=now),
        "relationship": dict(known["relationship"] or facts.relationship),
        "suppressed": known["suppressed"] or facts.is_erased,
        "dnc": _screened(states),
        "history": [{"channel": road, "at": at.isoformat()} for road, at in facts.touches],
        "content": WHOLE_MESSAGE,
        "address": dict(facts.address_facts),
        "basis": {
            "lia_approved": known["lia_approved"],
            "art14_notice_at": known["notice_at"].isoformat() if known["notice_at"] else None,
        },
    }


def _screened(states: Mapping[str, Any]) -> dict[str, Any]:
    if not states:
        return {}
    return {
        "national": any(state.is_listed for state in states.values()),
        "scrubbed_at": min(state.screened_at for state in states.values()).isoformat(),
    }


def _signals(person: PersonKeys, facts: RecipientFacts | None, now: datetime) -> Iterator[str]:
    """What was known and used, each in words."""
    if facts is None:
        yield "No room knows this person beyond the registries."
    else:
        yield from _about(facts)
    for consent in stored_consents([*person.addresses, *person.subjects]):
        ended = ", withdrawn" if consent.withdrawn_at else ""
        yield (
            f"Consent of {consent.given_at:%d %b %Y}: {consent.kind.value.replace('_', ' ')} for "
            f"{consent.purpose.value} by {consent.channel.value}{ended} (consent:{consent.id})."
        )
    keys = [*person.addresses, *person.subjects]
    subject = person.subjects[0] if person.subjects else ""
    for fact in relationship_facts(keys, subject=subject, now=now).values() if keys else ():
        yield f"{fact.kind.value.replace('_', ' ').capitalize()} of {fact.at:%d %b %Y}, from {fact.source}."


def _about(facts: RecipientFacts) -> Iterator[str]:
    places = [facts.country, *facts.candidate_locations]
    yield f"Place: {', '.join(dict.fromkeys(filter(None, places))) or 'not known, so the strictest rules count'}."
    if facts.kind:
        yield f"Kind of recipient: {facts.kind.replace('_', ' ')}."
    if facts.account:
        industry = f", industry {facts.industry}" if facts.industry else ""
        yield f"Works at {facts.account}{industry}."
    source = facts.address_facts.get("source")
    if source:
        yield f"The address came from: {str(source).replace('_', ' ')}."
    if facts.open_deals:
        yield f"Open deals with the company: {len(facts.open_deals)}."
    if facts.touches:
        yield f"{len(facts.touches)} contacts so far, the last on {max(at for _, at in facts.touches):%d %b %Y}."


def _limits(person: PersonKeys) -> Iterator[str]:
    keys = [*person.addresses, *person.subjects]
    found = suppressed_among({key: [key] for key in keys}, Channel.ALL)
    yield from dict.fromkeys(entry.sentence for entry in found.values())
    limits = limits_of(keys)
    yield from dict.fromkeys(f"{LIMIT_WORDS[Limit(row.limit)]} on {row.at:%d %b %Y} ({row.source})." for row in limits)
