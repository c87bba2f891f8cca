"""The facts conditions may ask for, each with the words in which a person is told that it is missing."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

CHANNELS = ("email", "sms", "whatsapp", "linkedin", "phone_manual", "phone_ai", "voicemail_ai", "recording")
CHANNEL_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "email": "e-mail",
        "sms": "text message",
        "whatsapp": "WhatsApp message",
        "linkedin": "LinkedIn message",
        "phone_manual": "call by a person",
        "phone_ai": "call by an AI voice",
        "voicemail_ai": "voicemail in an AI voice",
        "recording": "recording",
    }
)
CALLS = frozenset({"phone_manual", "phone_ai", "voicemail_ai"})
AI_VOICES = frozenset({"phone_ai", "voicemail_ai"})
KINDS = ("corporate_generic", "corporate_named", "sole_trader", "consumer")
PURPOSES = ("cold_outreach", "existing_customer", "reply", "transactional")
OUTREACH = frozenset({"cold_outreach", "existing_customer"})
SOURCES = ("published_by_recipient", "third_party_list", "purchased", "business_card", "own_customer")

# Consents as packs name them. `IMPLIES` says which of them one that is held stands for.
CONSENT_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "express": "express consent",
        "gdpr_opt_in": "opt-in consent of GDPR quality",
        "gdpr_opt_in_automated_call": "opt-in consent to automated calls",
        "casl_express": "express consent under CASL",
        "casl_implied_ebr": "implied consent from a purchase or contract of the last 24 months",
        "casl_implied_inquiry": "implied consent from an inquiry of the last 6 months",
        "casl_implied_enbr": "implied consent from a gift or membership of the last 24 months",
        "casl_implied_published": "implied consent from a published address",
        "casl_implied_disclosed": "implied consent from an address that was handed over",
        "express_call": "consent to calls",
        "express_adad": "express consent to machine-voice calls",
        "express_prior_authorization": "express prior authorisation for wireless addresses",
        "pewc": "prior express written consent",
        "written_signed": "signed written consent",
        "opt_in_sms": "opt-in to text messages",
        "presumed": "facts that show presumed consent",
        "soft_opt_in": "the own-customer exception",
        "tracking": "consent to tracking",
        "recording_all_parties": "consent of everybody to the recording",
        "referral": "a referral by somebody who knows both sides",
        "inferred_relationship": "consent inferred from a relationship",
        "inferred_published": "consent inferred from a published address",
        "channel": "consent to this channel",
        "fresh_call_3_months": "consent to calls, at most 3 months old",
        "fresh_call_24_months": "consent to calls, at most 24 months old",
    }
)
IMPLIES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "express": ("gdpr_opt_in", "casl_express", "express_call"),
        "gdpr_opt_in": ("express", "casl_express"),
        "casl_express": ("express",),
        "pewc": ("written_signed", "opt_in_sms"),
        "written_signed": ("express_call",),
    }
)
# Other names under which registries and lists keep the same consent.
CONSENT_ALIASES: Mapping[str, str] = MappingProxyType(
    {
        "consent": "express",
        "explicit": "express",
        "explicit_consent": "express",
        "express_consent": "express",
        "oral": "express",
        "opt_in": "gdpr_opt_in",
        "explicit_opt_in": "gdpr_opt_in",
        "email_opt_in": "gdpr_opt_in",
        "marketing_opt_in": "gdpr_opt_in",
        "double_opt_in": "gdpr_opt_in",
        "gdpr_consent": "gdpr_opt_in",
        "gdpr": "gdpr_opt_in",
        "gdpr_6_1_a": "gdpr_opt_in",
        "consent_6_1_a": "gdpr_opt_in",
        "casl_implied": "",
        "casl_implied_purchase": "casl_implied_ebr",
        "casl_implied_contract": "casl_implied_ebr",
        "casl_ebr": "casl_implied_ebr",
        "casl_implied_relationship": "casl_implied_ebr",
        "casl_existing_business_relationship": "casl_implied_ebr",
        "casl_inquiry": "casl_implied_inquiry",
        "casl_published": "casl_implied_published",
        "casl_conspicuous_publication": "casl_implied_published",
        "conspicuous_publication": "casl_implied_published",
        "casl_disclosed": "casl_implied_disclosed",
        "casl_business_card": "casl_implied_disclosed",
        "inferred": "inferred_relationship",
        "deemed_published_role_relevant": "inferred_published",
        "inferred_conspicuous_publication": "inferred_published",
        "implied_business": "casl_implied_ebr",
        "implied_ebr": "casl_implied_ebr",
        "implied_purchase": "casl_implied_ebr",
        "implied_contract": "casl_implied_ebr",
        "implied_inquiry": "casl_implied_inquiry",
        "implied_non_business": "casl_implied_enbr",
        "implied_enbr": "casl_implied_enbr",
        "implied_published": "casl_implied_published",
        "implied_disclosed": "casl_implied_disclosed",
        "written": "pewc",
        "prior_express_written_consent": "pewc",
        "prior_express_written": "pewc",
        "express_written": "pewc",
        "tcpa_pewc": "pewc",
        "call": "express_call",
        "call_consent": "express_call",
        "call_opt_in": "express_call",
        "phone": "express_call",
        "phone_opt_in": "express_call",
        "sms_opt_in": "opt_in_sms",
        "automated_call": "gdpr_opt_in_automated_call",
        "ai_call": "gdpr_opt_in_automated_call",
        "automated_calls": "gdpr_opt_in_automated_call",
        "gdpr_automated_call": "gdpr_opt_in_automated_call",
        "presumed_consent": "presumed",
        "presumed_consent_facts": "presumed",
        "recording": "recording_all_parties",
        "recording_consent": "recording_all_parties",
        "open_tracking": "tracking",
        "tracking_pixel": "tracking",
        "casl_referral": "referral",
    }
)
REVOCATIONS = frozenset(
    "opt_out optout unsubscribe unsubscribed revoked revocation withdrawn withdrawal objection stop complaint".split()
)
# Months a kind holds from its date, where the law ends it.
CONSENT_MONTHS: Mapping[str, int] = MappingProxyType(
    {
        "casl_implied_ebr": 24,
        "casl_implied_inquiry": 6,
        "casl_implied_enbr": 24,
        "casl_implied_published": 24,
        "casl_implied_disclosed": 24,
    }
)
# What counts as consent to a channel in a country whose law we do not know.
CHANNEL_CONSENT: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "email": frozenset({"express"}),
        "linkedin": frozenset({"express"}),
        "sms": frozenset({"express", "opt_in_sms"}),
        "whatsapp": frozenset({"express", "opt_in_sms"}),
        "phone_manual": frozenset({"express_call"}),
        "phone_ai": frozenset({"gdpr_opt_in_automated_call", "pewc", "express_adad"}),
        "voicemail_ai": frozenset({"gdpr_opt_in_automated_call", "pewc", "express_adad"}),
        "recording": frozenset({"recording_all_parties"}),
    }
)
SALES = frozenset(
    "purchase sale customer existing_customer contract written_contract lease subscription client active_customer "
    "past_customer former_customer transaction order ebr existing_business "
    "existing_relationship contract_in_force active_contract current_customer business".split()
)
IN_FORCE = frozenset({"contract_in_force", "active_contract", "current_customer"})
INQUIRIES = frozenset(
    {"inquiry", "enquiry", "request", "demo", "quotation", "application", "demo_request", "quote", "quote_request"}
)
MEMBERSHIPS = frozenset({"membership", "member", "donation", "volunteer", "volunteering", "non_business", "enbr"})

FACT_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "at": "the moment",
        "channel": "the channel",
        "purpose": "the purpose",
        "suppressed": "whether the recipient is on the suppression list",
        "places": "where the recipient may be",
        "recipient.kind": "what kind of recipient it is",
        "recipient.kind_is_uncertain": "what kind of recipient it is",
        "recipient.is_wireless_domain": "whether the address is a carrier's gateway",
        "recipient.is_emergency_line": "whether the number is an emergency or health line",
        "recipient.in_emergency_area": "whether an emergency is declared there",
        "recipient.is_minor": "whether the person is of age",
        "location.is_uncertain": "where the recipient is",
        "location.us_state_unknown": "the state within the United States",
        "line.mobile": "whether the number is a mobile one",
        "relationship.kind": "facts of an existing relationship",
        "relationship.is_sale": "a sale to this customer",
        "relationship.purchase_at": "the date of the last purchase",
        "relationship.inquiry_at": "the date of the inquiry",
        "relationship.membership_at": "the date of the gift or membership",
        "relationship.contract_in_force": "a contract in force",
        "history.none": "that this is the first message",
        "dnc.national": "whether the number is on the national register",
        "dnc.scrubbed_at": "a screening against the register that is young enough",
        "address.source": "where the address comes from",
        "address.published_for_commercial_contact": "that the address is published for such contact",
        "address.refusal_statement_at_source": "that no refusal stands where the address is published",
        "address.role_relevant": "that the message fits the person's job",
        "address.collected_at": "a collection date young enough",
        "basis.lia_approved": "an approved legitimate-interest assessment",
        "basis.art14_notice_at": "the notice on where the data come from",
        "content.has_unsubscribe": "a way to unsubscribe in the message",
        "content.has_postal_address": "the sender's postal address in the message",
        "content.ai_disclosed": "the words that say it is an AI",
        "content.subject_misleading": "a subject that does not mislead",
        "content.subject_claims_thread": "a subject that claims no thread",
        "content.subject_has_adv": "<ADV> at the start of the subject",
        "content.has_tracking_pixel": "a message without tracking",
        "content.asks_for_consent": "a message that does not ask for consent",
        "content.human_intro": "a person who introduces the AI voice",
        "content.in_french": "a French version",
        "speaks_as_ai": "whether an AI speaks unapproved",
        "recording.disclosure_announced": "an announcement of the recording",
        "recording.all_consented": "the consent of everybody present",
        "recording.somebody_objected": "that nobody objected",
    }
)
FACTS = frozenset({*FACT_WORDS, *(f"consent.{kind}" for kind in CONSENT_WORDS)})


def words_for(name: str) -> str:
    """What is missing, in words; a consent reads "consent to calls"."""
    if name.startswith("consent."):
        return CONSENT_WORDS.get(name.removeprefix("consent."), name)
    return FACT_WORDS.get(name, name)
