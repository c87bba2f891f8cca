"""Whether anybody may be contacted, before a word is written: the gate's own reading, without a message to judge.

The message is assumed to hold what every message of the product holds (a way to unsubscribe, the postal address, what
must be disclosed) and to be approved; everything about the person, the place and the company is as the gate reads it.
The gate decides again on each real message: a yes here is no clearance.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any

from tandem.compliance.contracts.decisions import Outcome
from tandem.compliance.contracts.gate import ContactRequest, Road
from tandem.compliance.queries.gate import Judgement, Read, judge, read_request
from tandem.compliance.queries.rules import decide
from tandem.core.actors import Actor
from tandem.core.errors import InvalidInput

SENDER = "precheck@tandem.invalid"
BY_HAND = ("email", "phone_manual", "linkedin")  # roads on which a person may open a conversation
HELD_BY_PRODUCT = {"has_unsubscribe": True, "has_postal_address": True, "ai_disclosed": True, "human_approved": True}
HOUSE_RULES = ("KILL-", "SUPP")
SHOWN_REASONS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Reachable:
    """One person to ask about. email : must be there"""

    contact_id: int
    account_id: int
    email: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Contactable:
    """On which roads a conversation may be opened. because : why not, in words; empty: on at least one"""

    roads: tuple[str, ...]
    because: str


def contactable(people: Sequence[Reachable], *, actor: Actor, now: datetime) -> dict[int, Contactable]:
    """By contact, whether anybody may write to or call them now or later. Some ten queries for all of them."""
    read: list[tuple[int, Read]] = []
    answers: dict[int, Contactable] = {}
    for one in people:
        try:
            read.append((one.contact_id, read_request(_request(one))))
        except InvalidInput as error:
            answers[one.contact_id] = Contactable(roads=(), because=error.message)
    judged = judge([each for _, each in read], actor=actor, now=now)
    for (contact_id, _), judgement in zip(read, judged, strict=True):
        answers[contact_id] = _answer(judgement)
    return answers


def _request(one: Reachable) -> ContactRequest:
    mail = EmailMessage(policy=SMTP)
    mail["From"], mail["To"], mail["Subject"] = SENDER, one.email, "Pre-check"
    mail["Message-ID"] = f"<contact-{one.contact_id}@tandem.invalid>"
    mail.set_content("Pre-check")
    return ContactRequest(
        channel=Road.EMAIL, purpose="cold_outreach", address=one.email, message=mail.as_bytes(),
        touch=f"precheck:contact:{one.contact_id}", sender=SENDER, subject=f"contact:{one.contact_id}",
        account=f"account:{one.account_id}",
    )  # fmt: skip


def _answer(judgement: Judgement) -> Contactable:
    """House rules stop every road; laws are asked road by road."""
    house = [
        rule.why
        for rule in judgement.decision.rules
        if rule.effect == Outcome.BLOCK and any(word in rule.id for word in HOUSE_RULES)
    ]
    if house:
        return Contactable(roads=(), because=" ".join(house[:SHOWN_REASONS]))
    decisions = {road: decide(_on(judgement.request, road)) for road in BY_HAND}
    open_ = tuple(road for road, found in decisions.items() if found.outcome is not Outcome.BLOCK)
    if open_:
        return Contactable(roads=open_, because="")
    against = [rule.why for rule in decisions["email"].rules if rule.effect == Outcome.BLOCK]
    return Contactable(roads=(), because="No road is open. " + " ".join(against[:SHOWN_REASONS]))


def _on(request: Mapping[str, Any], road: str) -> dict[str, Any]:
    return {**request, "channel": road, "content": {**request.get("content", {}), **HELD_BY_PRODUCT}}
