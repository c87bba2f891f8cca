"""What an agent may be offered for one recipient: channels as tools, and the rules there as lines of its prompt.

A channel that is blocked is not offered at all: an agent can't choose what it does not see. One that must wait is
offered with its moment, one that a person must judge with that. Recording an opt-out is always offered.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tandem.compliance.contracts.decisions import Decision, Outcome
from tandem.compliance.domain.rules.decisions import decide_request, rules_of
from tandem.compliance.domain.rules.facts import CHANNEL_WORDS, CHANNELS
from tandem.compliance.domain.rules.packs import Packs, Rule
from tandem.compliance.domain.rules.request import Request, read_request
from tandem.compliance.domain.rules.wording import moment_in_words

OPT_OUT_TOOL = "record_opt_out"
OFFERED = tuple(channel for channel in CHANNELS if channel != "recording")
RULES_SHOWN = 8  # a prompt longer than this is read less carefully; the strictest come first
TOOL_NAMES: Mapping[str, str] = {
    "email": "send_email",
    "sms": "send_text_message",
    "whatsapp": "send_whatsapp_message",
    "linkedin": "send_linkedin_message",
    "phone_manual": "ask_person_to_call",
    "phone_ai": "place_ai_call",
    "voicemail_ai": "leave_ai_voicemail",
}
_STOP_RULE = "XX-SUPP-001"
_PROHIBITED: Mapping[str, str] = {
    "claim_to_be_human": "Never say or imply that you are a human.",
    "denial_of_being_ai": "Never deny being an AI; when asked, say so.",
    "impersonating_person_or_business": "Never speak as another person or business.",
    "fabricated_testimonial_or_case_study": "Never invent a testimonial or case study.",
    "false_claim_about_recipient_or_product": "Claim nothing about the recipient or the product without a source.",
    "fake_re_or_fwd_prefix": "No subject that pretends to be a reply or a forward.",
    "deceptive_subject": "No subject that misleads about the content.",
    "false_urgency_deadline_in_subject": "No invented deadline.",
    "consent_request_by_cold_email": "Do not ask for consent in a cold message.",
    "individual_open_tracking_without_consent": "No tracking pixel.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelOffer:
    """One tool as an agent may see it.

    offered : False: the tool is not shown at all
    not_before : it may be planned, and used from then on; None: now, or a person must judge first
    needs_person : a person must judge before it leaves
    why : in words, with the rules
    """

    channel: str
    tool: str
    offered: bool
    not_before: datetime | None
    needs_person: bool
    why: str

    def as_dict(self) -> dict[str, Any]:
        """As the shell and the API print it."""
        return {
            "channel": self.channel,
            "tool": self.tool,
            "offered": self.offered,
            "not_before": self.not_before.isoformat() if self.not_before else None,
            "needs_person": self.needs_person,
            "why": self.why,
        }


def channel_offers(told: Mapping[str, Any], packs: Packs, *, can_unsubscribe: bool = True) -> tuple[ChannelOffer, ...]:
    """Every channel for a recipient, and the tool that records an opt-out.

    told : the object of the shell contract; its `channel` and content are set aside
    can_unsubscribe : whether messages of the product carry what laws want under them (`compose`): then that is no
        reason to withhold a channel
    Raises InvalidInput naming the field that can't be read.
    """
    offers = [_offer(channel, decide_request(_request(told, channel, can_unsubscribe), packs)) for channel in OFFERED]
    why = "Always there: whoever says no, in any words and on any channel, is left alone at once."
    opt_out = ChannelOffer(
        channel="", tool=OPT_OUT_TOOL, offered=True, not_before=None, needs_person=False, why=why
    )  # fmt: skip
    return (*offers, opt_out)


def _request(told: Mapping[str, Any], channel: str, can_unsubscribe: bool) -> Request:
    """The same recipient on another channel, with what the product itself puts into every message."""
    content = {**_part(told, "content")}
    if can_unsubscribe:
        content |= {"has_unsubscribe": True, "has_postal_address": True, "ai_disclosed": True}
    return read_request({**told, "channel": channel, "content": content})


def _part(told: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = told.get(name)
    return part if isinstance(part, Mapping) else {}


def _offer(channel: str, decision: Decision) -> ChannelOffer:
    outcome = decision.outcome
    offered = outcome is not Outcome.BLOCK and not (outcome is Outcome.HOLD and decision.hold_until is None)
    return ChannelOffer(
        channel=channel,
        tool=TOOL_NAMES[channel],
        offered=offered,
        not_before=decision.hold_until,
        needs_person=outcome is Outcome.REVIEW,
        why=decision.explanation,
    )


def prompt_rules(told: Mapping[str, Any], packs: Packs) -> str:
    """The recipient's rules as text for an agent's prompt: short, in one order, each with its rule and source.

    Says what may be used, what must not be said and what stands in every message. Raises InvalidInput.
    """
    offers = channel_offers(told, packs)
    request = read_request(told)
    decision = decide_request(_request(told, request.channel, can_unsubscribe=True), packs)
    places = ", ".join(request.where.places) or "not known: the strictest rules count"
    lines = [f"Rules for this recipient (rules {packs.version}; place: {places}).", "", "Tools:"]
    lines += [_tool_line(offer) for offer in offers if offer.offered]
    withheld = [CHANNEL_WORDS[offer.channel] for offer in offers if not offer.offered]
    if withheld:
        lines.append(f"Not allowed for this recipient, so do not propose or promise it: {', '.join(withheld)}.")
    lines += ["", "Always:", *_always(rules_of(request, packs))]
    lines += ["", f"Law that speaks on {CHANNEL_WORDS[request.channel]}:"]
    lines += [
        f"- {rule.why.rstrip('.')} ({rule.id}, {rule.source})." for rule in decision.rules[:RULES_SHOWN]
    ]  # fmt: skip
    more = len(decision.rules) - RULES_SHOWN
    if more > 0:
        lines.append(f"- {more} more rules speak; the gate decides on every message again.")
    return "\n".join(lines)


def _tool_line(offer: ChannelOffer) -> str:
    if not offer.channel:
        return f"- {offer.tool}: {offer.why}"
    when = f"not before {moment_in_words(offer.not_before)}" if offer.not_before else "now"
    person = ", after a person has judged it" if offer.needs_person else ""
    return f"- {offer.tool} ({CHANNEL_WORDS[offer.channel]}): {when}{person}."


def _always(rules: tuple[Rule, ...]) -> list[str]:
    """What must not be said, from the rules of the place, in a fixed order, each line once with its first rule."""
    found: dict[str, str] = {}
    for rule in rules:
        for word in rule.prohibits:
            if word in _PROHIBITED:
                found.setdefault(word, rule.id)
    lines = [f"- {text} ({found[word]})" for word, text in _PROHIBITED.items() if word in found]
    return [
        *lines,
        f"- When somebody says no, in any words, call {OPT_OUT_TOOL} at once and write nothing more ({_STOP_RULE}).",
    ]
