"""Every contact as requests to decide, for trying what a change of rules does: one by mail, one by a person's call."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

from tandem.accounts.models import Contact
from tandem.accounts.queries.recipient_facts import recipient_facts
from tandem.compliance.contracts.gate import RecipientFacts
from tandem.compliance.contracts.subjects import DecisionSubject, SubjectSource

BATCH_CONTACTS = 2_000
NO_SEGMENT = "no segment"
# A message as the product writes it, so that what differs is law and not a missing footer.
CONTENT: Mapping[str, Any] = {
    "has_unsubscribe": True,
    "has_postal_address": True,
    "ai_disclosed": True,
    "drafted_by_ai": True,
    "human_approved": True,
}


def count_contact_requests() -> int:
    """How many requests `contact_requests` gives."""
    return _reachable().exclude(email="").count() + _reachable().exclude(phone="").count()


def contact_requests(now: datetime) -> Iterator[Sequence[DecisionSubject]]:
    """Batches of requests at `now`: each contact by mail and by a person's call, where an address is known."""
    rows = (
        _reachable().order_by("id").values_list("id", "email", "phone", "account__segment", "opted_out", "do_not_call")
    )
    every = rows.iterator(chunk_size=BATCH_CONTACTS)
    while some := list(islice(every, BATCH_CONTACTS)):
        facts = recipient_facts([(f"contact:{row[0]}", "", "") for row in some])
        yield [
            _subject(facts[f"contact:{number}", "", ""], segment or NO_SEGMENT, channel, address, refused, now)
            for number, email, phone, segment, opted_out, no_calls in some
            for channel, address, refused in (
                ("email", email, opted_out),
                ("phone_manual", phone, opted_out or no_calls),
            )
            if address
        ]


SOURCE = SubjectSource(count=count_contact_requests, each=contact_requests)


def _reachable() -> Any:
    return Contact.objects.filter(merged_into=None, has_left=False)


def _subject(
    facts: RecipientFacts, segment: str, channel: str, address: str, refused: bool, now: datetime
) -> DecisionSubject:
    recipient = {
        "id": facts.subject,
        ("email" if channel == "email" else "phone"): address,
        "kind": facts.kind or None,
        "country": facts.country or None,
        "region": facts.region or None,
        "candidate_locations": list(facts.candidate_locations),
        "timezone": facts.time_zone or None,
    }
    request: dict[str, Any] = {
        "at": now.isoformat(),
        "channel": channel,
        "purpose": "existing_customer" if facts.relationship else "cold_outreach",
        "recipient": recipient,
        "sender": {"is_ai": False},
        "relationship": dict(facts.relationship),
        "suppressed": refused,
        "history": [{"channel": road, "at": at.isoformat()} for road, at in facts.touches],
        "content": dict(CONTENT),
        "address": dict(facts.address_facts),
    }
    return DecisionSubject(key=facts.subject, group=segment, request=request, addresses=(address,))
