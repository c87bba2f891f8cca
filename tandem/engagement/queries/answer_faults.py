"""What is wrong with an answer to somebody who wrote: form, manners, and whether it answers anything at all."""

from __future__ import annotations

from dataclasses import replace

from tandem.compliance.contracts.gate import Road
from tandem.engagement.ai.checking import check
from tandem.engagement.ai.material import first_word
from tandem.engagement.contracts import Violation
from tandem.engagement.domain.deflection import deflection_of
from tandem.engagement.domain.norms import known_tag
from tandem.engagement.domain.texts import Text
from tandem.engagement.models import Inbound
from tandem.engagement.queries.voice import own_norms, voice_in_force

DEFLECTION = "deflection"
# Of what a person writes to somebody they talk to, only this may not leave; the rest is told, and theirs to decide.
HARD_FOR_PEOPLE = frozenset({DEFLECTION, "deflecting", "template_hole", "forbidden_word"})


def language_of(inbound: Inbound) -> str:
    """The tag of the norms an answer keeps: the conversation's language."""
    enrollment = inbound.touch.enrollment if inbound.touch else None
    told = inbound.language or (enrollment.language if enrollment else "")
    if enrollment and told and enrollment.language.startswith(told):
        told = enrollment.language
    return known_tag(told or "en-US")


def answer_faults(inbound: Inbound, body: str) -> tuple[Violation, ...]:
    """Violations of an answer in its places; empty: it may leave.

    A generic acknowledgement of a thoughtful question or objection is one, whoever wrote it.
    """
    tag = language_of(inbound)
    seller = inbound.mailbox.seller if inbound.mailbox else None
    contact = inbound.contact
    text = Text(
        subject="", body=body, channel=Road.EMAIL if inbound.channel == "email" else Road(inbound.channel),
        language=tag, angle=None, has_subject=False, first_name=contact.first_name if contact else "",
        last_name=contact.last_name if contact else "", seller_first_name=first_word(seller.name) if seller else "",
    )  # fmt: skip
    found = check(text, voice=voice_in_force(tag), overrides=own_norms().get(tag), asks_private=False)
    kept = tuple(replace(one, is_hard=one.is_hard and one.rule in HARD_FOR_PEOPLE) for one in found)
    return kept + deflection_faults(inbound, body)


def deflection_faults(inbound: Inbound, body: str) -> tuple[Violation, ...]:
    """One violation where the answer deflects; else none."""
    found = deflection_of(inbound.new_text, body, inbound.language or "en")
    return (Violation(rule=DEFLECTION, start=0, end=0, message=found.told),) if found.deflects else ()
