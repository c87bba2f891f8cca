"""Every word of required content that rule packs use, with what answers it: a part of a message or a person's task."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class Part(StrEnum):
    """A part of a message or call that the product writes."""

    IDENTITY = "identity"
    POSTAL = "postal address"
    CONTACT = "contact"
    REGISTER = "company number"
    UNSUBSCRIBE = "unsubscribe"
    OBJECTION = "right to object"
    COMMERCIAL = "commercial message"
    BEHALF = "on behalf of"
    NOTICE = "privacy notice"
    REFERRAL = "referral"
    STOP = "stop word"
    HELP = "help word"
    SUBJECT_ADV = "<ADV> in the subject"
    DISCLOSURE = "AI disclosure"
    PLAIN_TEXT = "plain text beside HTML"
    ANSWERS = "answers of the agent"
    CALL = "start of the call"
    CALL_OPT_OUT = "end of calls"
    RECORDING = "announcement of the recording"


def _each(part: Part, words: str) -> dict[str, tuple[Part, ...]]:
    return dict.fromkeys(words.split(), (part,))


# What the product writes for each word.
WRITTEN: Mapping[str, tuple[Part, ...]] = MappingProxyType(
    {
        **_each(
            Part.IDENTITY,
            "sender_legal_name sender_identity sender_name identity legal_entity_name true_sender_identity brand_name "
            "controller_identity",
        ),
        **_each(Part.POSTAL, "sender_postal_address geographic_address mailing_address_on_website_and_texts"),
        **_each(Part.CONTACT, "contact contact_details email_contact true_contact one_of:phone|email|web"),
        "controller_identity_contact": (Part.IDENTITY, Part.CONTACT),
        "company_register_number": (Part.REGISTER,),
        **_each(
            Part.UNSUBSCRIBE,
            "unsubscribe unsubscribe_free unsubscribe_same_channel_or_link optout_mechanism_online "
            "optout_notice_clear_conspicuous valid_optout_address_free",
        ),
        "right_to_object_explicit_separate_at_first_communication": (Part.OBJECTION,),
        **_each(Part.COMMERCIAL, "commercial_nature_recognisable ad_identification_clear_conspicuous"),
        "on_behalf_of_name": (Part.BEHALF,),
        **_each(
            Part.NOTICE,
            "data_source data_categories purpose_and_basis legitimate_interest_named recipients transfers retention "
            "rights_incl_objection complaint_authority link_to_full_notice categories_if_indirect",
        ),
        **_each(Part.REFERRAL, "referral_statement referrer_full_name"),
        "stop_instructions": (Part.STOP,),
        "help_keyword": (Part.HELP,),
        "<ADV>_prefix_in_subject": (Part.SUBJECT_ADV,),
        **_each(
            Part.DISCLOSURE,
            "ai_disclosure_first_interaction ai_disclosure_clear_at_latest_first_interaction "
            "bot_disclosure_clear_conspicuous bot_disclosure_at_outset not_human_notice_clear_conspicuous "
            "oral_at_start_or_written_before_if_high_risk human_contact_route artificial_voice_disclosure "
            "nature_of_call business_name_address_phone",
        ),
        "accessible": (Part.PLAIN_TEXT,),
        **_each(Part.ANSWERS, "truthful_answer_when_asked ai_disclosure_on_request"),
        **_each(
            Part.CALL,
            "caller_company caller_name caller_individual_name caller_identity_at_start callback_number "
            "callback_number_or_address callback_number_on_request contact_address_or_freephone_on_request name "
            "on_behalf_of purpose seller_name seller_name_and_phone_within_30s",
        ),
        "optout_offer": (Part.CALL_OPT_OUT,),
        **_each(
            Part.RECORDING,
            "recording_announcement_at_start by_whom choice_to_continue_without_recording link_to_notice",
        ),
        "'this call is recorded (and transcribed by an AI tool)'": (Part.RECORDING,),
    }
)

# What a person must see to; a word may stand in both tables.
BY_HAND: Mapping[str, str] = MappingProxyType(
    {
        "number_displayed": "Have the telephone system show a number that can be called back.",
        "automated_optout_within_2_seconds": "Have the telephone system offer a key or word that ends calls within two "
        "seconds after the greeting.",
        "french_version_no_less_favourable": "Send a French version that says no less than the other.",
        "mailing_address_on_website_and_texts": "Put the mailing address on the website too.",
        "oral_at_start_or_written_before_if_high_risk": "In regulated occupations, also say it again when it matters.",
        "artificially_generated_label": "Label pictures, video and audio of people that an AI made.",
        "synthetic_performer_disclosure": "Say in the advertisement that its performer was made by an AI.",
        "ai_disclosure_unless_obvious": "Read Colorado's law of 2027 with a lawyer before its first day.",
        "designated_sender_in_from": "With several advertisers in one mail, name one of them in From.",
        "art13_notice": "Give the notice where data are collected from the person: on the form.",
        "categories": "Give California's notice at collection on the form.",
        "purposes": "Give California's notice at collection on the form.",
        "retention_per_category": "Give California's notice at collection on the form.",
        "sold_or_shared_flag": "Give California's notice at collection on the form.",
        "optout_link": "Put the link Do not sell or share on the website.",
    }
)
