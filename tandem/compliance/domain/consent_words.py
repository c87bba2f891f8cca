"""What the registries hold, in the words that rules of contact ask for: consents, channels, relationships.

Where a stored consent could be read in two ways it is read the stricter way:

- A consent counts for the channel it was given for and for no other; one to letters counts for no rule.
- WhatsApp has no channel of its own in the registries. It goes to a phone number as a text message does, so that a
  refusal of texts stops it (suppression of SMS); the soft opt-in and CASL's implied consents do not open it, because
  the platform takes only people who opted in themselves.
- Consent to calls is consent to calls by people. It opens machine voices, and a written one is "prior express written
  consent" (47 CFR 64.1200(f)(9)), only if the text that was agreed to says so (`names_machine`).
- A consent that was withdrawn, has ended or waits for its confirmation is not handed on at all: whether somebody
  refused is for the suppression registry, which every withdrawal also enters.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from tandem.compliance.contracts import (
    Channel,
    ConsentKind,
    Purpose,
    RecordingState,
    RelationshipFact,
    RelationshipKind,
)
from tandem.compliance.domain.consent_terms import add_months, is_in_force

_GIVEN = frozenset({ConsentKind.EXPRESS, ConsentKind.DOUBLE_OPT_IN, ConsentKind.WRITTEN})

_CHANNELS: Mapping[str, Channel] = MappingProxyType(
    {
        "email": Channel.EMAIL,
        "sms": Channel.SMS,
        "whatsapp": Channel.SMS,
        "linkedin": Channel.SOCIAL,
        "phone_manual": Channel.VOICE,
        "phone_ai": Channel.VOICE,
        "voicemail_ai": Channel.VOICE,
        "recording": Channel.VOICE,  # who refuses calls is not recorded; consent to it has its own registry
    }
)

_PURPOSES: Mapping[str, Purpose] = MappingProxyType(
    {
        "cold_outreach": Purpose.SALES,
        "existing_customer": Purpose.SALES,
        "reply": Purpose.SALES,
        "transactional": Purpose.SALES,
    }
)

_NONE: tuple[str, ...] = ()
_BY_KIND: Mapping[ConsentKind, Mapping[Channel, tuple[str, ...]]] = MappingProxyType(
    {
        ConsentKind.EXPRESS: {
            Channel.EMAIL: ("express",),
            Channel.SMS: ("express", "opt_in_sms"),
            Channel.VOICE: ("express_call",),
            Channel.SOCIAL: ("express",),
            Channel.POSTAL: _NONE,
        },
        ConsentKind.DOUBLE_OPT_IN: {
            Channel.EMAIL: ("gdpr_opt_in",),
            Channel.SMS: ("gdpr_opt_in", "opt_in_sms"),
            Channel.VOICE: ("gdpr_opt_in", "express_call"),
            Channel.SOCIAL: ("gdpr_opt_in",),
            Channel.POSTAL: _NONE,
        },
        ConsentKind.WRITTEN: {
            Channel.EMAIL: ("express",),
            Channel.SMS: ("express", "opt_in_sms"),
            Channel.VOICE: ("written_signed",),
            Channel.SOCIAL: ("express",),
            Channel.POSTAL: _NONE,
        },
        # Directive 2002/58 Art. 13(2) speaks of electronic mail, which texts are; not of calls.
        ConsentKind.SOFT_OPT_IN: {
            Channel.EMAIL: ("soft_opt_in",),
            Channel.SMS: ("soft_opt_in",),
            Channel.VOICE: _NONE,
            Channel.SOCIAL: _NONE,
            Channel.POSTAL: _NONE,
        },
        # Canada's implied consents are to electronic messages; calls have their own law (CASL s. 6(8)).
        **{
            kind: {
                Channel.EMAIL: named,
                Channel.SMS: named,
                Channel.VOICE: _NONE,
                Channel.SOCIAL: named,
                Channel.POSTAL: _NONE,
            }
            for kind, named in {
                # The same facts, a purchase or contract of 24 months, are Australia's inferred consent.
                ConsentKind.IMPLIED_BUSINESS: ("casl_implied_ebr", "inferred_relationship"),
                ConsentKind.IMPLIED_INQUIRY: ("casl_implied_inquiry",),
                ConsentKind.IMPLIED_NON_BUSINESS: ("casl_implied_enbr",),
                ConsentKind.IMPLIED_PUBLISHED: ("casl_implied_published",),
                ConsentKind.IMPLIED_DISCLOSED: ("casl_implied_disclosed",),
            }.items()
        },
    }
)
# Added when the wording names a machine: to calls, and to texts, where only the United States ask for it.
_MACHINE: Mapping[tuple[ConsentKind, Channel], tuple[str, ...]] = MappingProxyType(
    {
        (ConsentKind.WRITTEN, Channel.VOICE): ("pewc", "gdpr_opt_in_automated_call", "express_adad"),
        (ConsentKind.WRITTEN, Channel.SMS): ("pewc",),
        (ConsentKind.EXPRESS, Channel.VOICE): ("gdpr_opt_in_automated_call", "express_adad"),
        (ConsentKind.DOUBLE_OPT_IN, Channel.VOICE): ("gdpr_opt_in_automated_call", "express_adad"),
    }
)
# Deemed by publication where the law has that, and the consent was recorded for that country (AU-SPAM-001, NZ-UEM-001).
_PUBLISHED_PLACES = frozenset({"AU", "NZ"})

NOT_STORED: Mapping[str, str] = MappingProxyType(
    {
        "presumed": "facts a person must judge; said in the request",
        "tracking": "consent to pixels is not kept by the registries; mail is sent without",
        "express_prior_authorization": "carriers' gateways need their own words (47 CFR 64.3100); said in the request",
        "recording_all_parties": "worked out from each participant's answer in the registry of recording",
        "referral": "a fact of the relationship",
        "casl_express": "stands in express consent and double opt-in",
        "channel": "worked out for the channel of the request",
        "fresh_call_3_months": "worked out from the date",
        "fresh_call_24_months": "worked out from the date",
    }
)

_MACHINE_WORDS = re.compile(
    r"automat|autodial|auto-dial|artificial|artificiel|artificial|künstlich|kunstmatig|artificiale"
    r"|pre-?recorded|préenregistr|pregrabad|preregistrat|pré-gravad|vooraf opgenomen|aufgezeichnete stimme"
    r"|robot|\bA\.?I\.?\b|\bKI\b|\bIA\b|自動音声|人工知能|録音音声",
    re.IGNORECASE,
)
_NEGATIONS = re.compile(
    r"\b(no|not|never|without|nor|nie|nicht|kein\w*|ohne|jamais|sans|pas|aucun\w*|nunca|sin|niet|geen|nooit|zonder|non|mai|"
    r"senza|não|sem)\b|n't|ません|ない|なし",
    re.IGNORECASE,
)
_SENTENCE_ENDS = re.compile(r"[.!?;。！？]+(?:\s|$)|\n|(?<=[。！？])")

_RELATIONSHIPS: Mapping[RelationshipKind, str] = MappingProxyType(
    {
        RelationshipKind.PURCHASE: "purchase",
        RelationshipKind.CONTRACT_ENDED: "past_customer",
        RelationshipKind.CUSTOMER_SINCE: "customer",
        RelationshipKind.INQUIRY: "inquiry",
        RelationshipKind.MEMBERSHIP: "membership",
        RelationshipKind.REFERRAL: "referral",
    }
)
# Months the longest rule counts from such a fact: which of several is named first.
_RELATIONSHIP_MONTHS: Mapping[RelationshipKind, int] = MappingProxyType(
    {
        RelationshipKind.PURCHASE: 24,
        RelationshipKind.CONTRACT_ENDED: 24,
        RelationshipKind.CUSTOMER_SINCE: 24,
        RelationshipKind.INQUIRY: 6,
        RelationshipKind.MEMBERSHIP: 24,
        RelationshipKind.REFERRAL: 0,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredConsent:
    """A consent as the registry keeps it.

    country : ISO 3166-1 alpha-2 of the person when it was recorded; empty: unknown
    wording : the text that was agreed to; empty for kinds that nobody was asked for
    counts_from : the event its life is counted from
    confirmed_at, expires_at, withdrawn_at : None: never
    """

    id: int
    kind: ConsentKind
    channel: Channel
    purpose: Purpose
    country: str
    wording: str
    given_at: datetime
    counts_from: datetime
    confirmed_at: datetime | None
    expires_at: datetime | None
    withdrawn_at: datetime | None


def registry_channel(rule_channel: str) -> Channel:
    """The registries' channel of a rules' channel ("phone_ai" is VOICE, "whatsapp" is SMS). KeyError for others."""
    return _CHANNELS[rule_channel]


def rule_channels(channel: Channel) -> tuple[str, ...]:
    """The rules' channels that a registries' channel stands for; none for letters, all for ALL."""
    return tuple(name for name, own in _CHANNELS.items() if channel in (own, Channel.ALL))


def registry_purpose(rule_purpose: str) -> Purpose:
    """What somebody must have agreed to for a rules' purpose: sales, as everything that goes through the gate is.

    Consent to a newsletter or an event opens no sales message. KeyError for what is no purpose of rules.
    """
    return _PURPOSES[rule_purpose]


def names_machine(wording: str) -> bool:
    """Whether the text of a consent names an automated or artificial voice, in the languages of the product.

    A sentence that also denies something ("never by robot") does not count.
    """
    sentences = _SENTENCE_ENDS.split(wording)
    return any(_MACHINE_WORDS.search(one) and not _NEGATIONS.search(one) for one in sentences)


def words_of(kind: ConsentKind, channel: Channel, *, wording: str = "", country: str = "") -> tuple[str, ...]:
    """The rules' words for a kind of consent on a registries' channel (not ALL); none: no rule counts it."""
    found = _BY_KIND[kind][channel]
    if (kind, channel) in _MACHINE and names_machine(wording):
        found += _MACHINE[kind, channel]
    if kind is ConsentKind.IMPLIED_PUBLISHED and found and country in _PUBLISHED_PLACES:
        found += ("inferred_published",)
    return found


def rule_consents(
    states: Iterable[StoredConsent], *, channel: str, purpose: str, now: datetime
) -> list[dict[str, str]]:
    """The consents of a request to decide, from those the registry holds of the address that is used.

    channel, purpose : as rules name them, e.g. "phone_ai", "cold_outreach"
    Only those that hold at `now`; each names its entry as evidence ("consent:5"). KeyError for unknown words.
    """
    wanted, meant = registry_channel(channel), registry_purpose(purpose)
    found = []
    for state in sorted(states, key=lambda one: (one.given_at, one.id)):
        if state.channel is not wanted or state.purpose is not meant or not _holds(state, now):
            continue
        if channel == "whatsapp" and state.kind not in _GIVEN:
            continue
        told = {"at": (state.given_at if state.kind in _GIVEN else state.counts_from).isoformat(),
                "evidence": f"consent:{state.id}"}  # fmt: skip
        if state.expires_at is not None:
            told["expires_at"] = state.expires_at.isoformat()
        found += [
            {"kind": word, **told}
            for word in words_of(state.kind, state.channel, wording=state.wording, country=state.country)
        ]
    return found


def _holds(state: StoredConsent, now: datetime) -> bool:
    ended = is_in_force(
        state.kind,
        confirmed_at=state.confirmed_at,
        expires_at=state.expires_at,
        withdrawn_at=state.withdrawn_at,
        now=now,
    )
    return not ended and state.given_at <= now


def rule_relationship(facts: Mapping[RelationshipKind, RelationshipFact]) -> dict[str, object]:
    """The `relationship` of a request, from the facts the registry holds; empty: none is known.

    The fact that rules count longest from comes first, the others stand under "also".
    """

    def last_day(fact: RelationshipFact) -> tuple[datetime, datetime, str]:
        return add_months(fact.at, _RELATIONSHIP_MONTHS[fact.kind]), fact.at, fact.kind.value

    told = [
        {"kind": _RELATIONSHIPS[fact.kind], "at": fact.at.isoformat(), "evidence": f"relationship:{fact.id}"}
        for fact in sorted(facts.values(), key=last_day, reverse=True)
    ]
    return {**told[0], "also": told[1:]} if told else {}


def rule_answer(state: RecordingState) -> bool | None:
    """What a participant said about being recorded, as a request has it; None: has not said."""
    return {RecordingState.GRANTED: True, RecordingState.DECLINED: False, RecordingState.UNKNOWN: None}[state]
