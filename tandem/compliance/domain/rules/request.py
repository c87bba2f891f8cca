"""Reading a request to decide: checked field by field, put in one form, and turned into facts.

Every field but `at` and `channel` may be missing; missing means unknown, and unknown is decided strictly.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from tandem.compliance.domain.consent_terms import add_months
from tandem.compliance.domain.rules import facts as words
from tandem.compliance.domain.rules import request_fields as fields
from tandem.compliance.domain.rules.places import Whereabouts, canonical, whereabouts

FREEMAIL = frozenset(
    "gmail.com googlemail.com outlook.com hotmail.com live.com yahoo.com yahoo.de yahoo.fr yahoo.co.uk icloud.com "
    "me.com aol.com gmx.de gmx.net gmx.at gmx.ch web.de t-online.de freenet.de orange.fr free.fr laposte.net "
    "wanadoo.fr libero.it virgilio.it hotmail.co.uk btinternet.com proton.me protonmail.com bluewin.ch wp.pl o2.pl "
    "seznam.cz mail.ru".split()
)
WIRELESS = frozenset(
    "vtext.com vzwpix.com txt.att.net mms.att.net tmomail.net messaging.sprintpcs.com pm.sprint.com "
    "email.uscc.net msg.fi.google.com mymetropcs.com sms.cricketwireless.net sms.myboostmobile.com".split()
)
_PERSONAL_BOX = re.compile(r"[a-z]{2,}[._-][a-z]{2,}@", re.IGNORECASE)
_THREAD = re.compile(r"\s*(re|fwd?|aw|wg|sv|vs|tr|rv|ynt)\s*:", re.IGNORECASE)
_SECTIONS = ("recipient", "sender", "relationship", "dnc", "content", "address", "basis", "recording")


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What decides which rules may speak to a request."""

    at: datetime
    channel: str
    purpose: str
    where: Whereabouts
    has_unknown_place: bool
    sender_country: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Request(Situation):
    """A request in one form.

    kinds : kinds of recipient that it may be
    history : touches before `at`, oldest first
    facts : what conditions ask
    lapsed : consents that do not hold, with the reason
    """

    kinds: frozenset[str]
    history: tuple[tuple[datetime, str], ...]
    facts: Mapping[str, object]
    lapsed: tuple[str, ...]
    unknown: tuple[str, ...]


def read_request(told: object) -> Request:
    """Read one request as it came from JSON. Raises InvalidInput naming the field."""
    return _reader(told).request()


def read_situation(told: object) -> Situation:
    """Read only what decides which rules may speak; the rest may still be unreadable. Raises InvalidInput."""
    return _reader(told).situation()


def _reader(told: object) -> _Reader:
    if not isinstance(told, Mapping):
        raise fields.refused("request", told, "Give one JSON object with at least at and channel.")
    at = fields.moment(told.get("at"), "at", None)
    if at is None:
        raise fields.refused("at", told.get("at"), "Give the moment with its zone, such as 2026-11-24T15:00:00Z.")
    channel = fields.choice(told.get("channel"), "channel", words.CHANNELS)
    if channel is None:
        raise fields.refused("channel", told.get("channel"), f"Known: {', '.join(words.CHANNELS)}.")
    parts = {name: fields.section(told, name) for name in _SECTIONS}
    parts = {**parts, **{name: _merged(parts, name) for name in ("address", "basis", "recording")}}
    purpose = fields.choice(told.get("purpose"), "purpose", words.PURPOSES) or "cold_outreach"
    return _Reader(told, parts, at, channel, purpose)


def _merged(parts: Mapping[str, Mapping[str, Any]], name: str) -> Mapping[str, Any]:
    """Facts on address, basis and recording also stand inside content, flat or as a part of it."""
    content = parts["content"]
    inside = content.get(name)
    return {**content, **(inside if isinstance(inside, Mapping) else {}), **parts[name]}


class _Reader:
    """Turns the parts of a request into facts."""

    def __init__(
        self, told: Mapping[str, Any], parts: Mapping[str, Mapping[str, Any]], at: datetime, channel: str, purpose: str
    ) -> None:
        self.told, self.parts, self.at, self.channel, self.purpose = told, parts, at, channel, purpose
        self.lapsed: list[str] = []
        self.is_revoked = False

    def situation(self) -> Situation:
        """Where, when, on which channel and what for."""
        where, has_unknown = self.where(self.parts["recipient"], _participants(self.told))
        return Situation(
            at=self.at,
            channel=self.channel,
            purpose=self.purpose,
            where=where,
            has_unknown_place=has_unknown,
            sender_country=self.sender_country(),
        )

    def sender_country(self) -> str:
        """Empty: not known."""
        return canonical(fields.text(self.parts["sender"], "sender.country"))[:2]

    def request(self) -> Request:
        """All of it."""
        recipient = self.parts["recipient"]
        participants = _participants(self.told)
        where, has_unknown = self.where(recipient, participants)
        kinds = _kinds(recipient)
        history = self.history()
        held = self.consents()
        facts: dict[str, object] = {
            "at": self.at,
            "channel": self.channel,
            "purpose": self.purpose,
            "places": frozenset(where.places),
            "location.is_uncertain": where.is_uncertain or has_unknown,
            "location.us_state_unknown": where.us_state_unknown,
            "history.none": None if self.told.get("history") is None else not history,
            **{f"consent.{kind}": kind in held for kind in words.CONSENT_WORDS},
            **self.recipient_facts(recipient, kinds),
            **self.dated_facts(),
            **self.content_facts(),
            **self.recording_facts(participants, held),
        }
        facts["suppressed"] = self.suppressed()
        return Request(
            at=self.at,
            channel=self.channel,
            purpose=self.purpose,
            where=where,
            has_unknown_place=has_unknown,
            kinds=kinds,
            sender_country=self.sender_country(),
            history=history,
            facts=facts,
            lapsed=tuple(sorted(self.lapsed)),
            unknown=self.unknown(recipient, where),
        )

    def where(
        self, recipient: Mapping[str, Any], participants: tuple[tuple[str, bool | None], ...]
    ) -> tuple[Whereabouts, bool]:
        """Candidates of the place, and whether one of them is unknown."""
        if self.channel == "recording" and participants:
            given = [canonical(place) for place, _ in participants]
            found = whereabouts(tuple(sorted({one for one in given if one})), (), (), "")
            return replace(found, us_state_unknown="US" in given), "" in given
        country, region = (
            canonical(fields.text(recipient, "recipient.country")),
            fields.text(recipient, "recipient.region"),
        )
        listed = fields.texts(recipient, "recipient.candidate_locations")
        given = [canonical(place) for place in listed]
        own = _place(country, region)
        known = tuple(sorted({one for one in (*given, own) if one}))
        phone, email, zone = (fields.text(recipient, f"recipient.{name}") for name in ("phone", "email", "timezone"))
        found = whereabouts(known, (phone,) if phone else (), (email,) if email else (), fields.zone(zone))
        strange = bool(fields.text(recipient, "recipient.country")) and not country
        is_unnamed = self.channel == "recording"  # who takes part is not told: they may be anywhere
        return found, strange or "" in given or not found.places or is_unnamed

    def consents(self) -> frozenset[str]:
        """Consents that hold at the moment, with all they stand for."""
        held: set[str] = set()
        for index, told in enumerate(fields.rows(self.told, "consents")):
            name = fields.text(told, f"consents[{index}].kind").lower().replace("-", "_").removeprefix("consent.")
            name = words.CONSENT_ALIASES.get(name, name)
            given = fields.moment(told.get("at"), f"consents[{index}].at", self.at)
            ends = fields.moment(told.get("expires_at"), f"consents[{index}].expires_at", None)
            if name in words.REVOCATIONS:
                self.is_revoked |= given is None or given <= self.at
            elif name not in words.CONSENT_WORDS or name == "channel":
                self.lapsed.append(f"{name or 'a consent without kind'} is no kind of consent that rules know")
            elif self.holds(told, index, name, given, ends):
                held.update(self.implied(name, given, ends))
        if any(kind == "referral" for kind, _ in self.relations()):
            held.add("referral")
        if held & words.CHANNEL_CONSENT[self.channel]:
            held.add("channel")
        return frozenset(held)

    def holds(
        self, told: Mapping[str, Any], index: int, name: str, given: datetime | None, ends: datetime | None
    ) -> bool:
        """Whether a consent holds; says why when it does not."""
        for word in ("withdrawn_at", "revoked_at"):
            taken = fields.moment(told.get(word), f"consents[{index}].{word}", self.at)
            if taken is not None and taken <= self.at:
                self.is_revoked = True
                self.lapsed.append(f"{words.CONSENT_WORDS[name]} was withdrawn on {taken:%Y-%m-%d}")
                return False
        months = words.CONSENT_MONTHS.get(name)
        if given is None and months is not None:
            self.lapsed.append(f"{words.CONSENT_WORDS[name]} has no date")
            return False
        if given is not None and given > self.at:
            self.lapsed.append(f"{words.CONSENT_WORDS[name]} is dated after the moment of contact")
            return False
        by_law = add_months(given, months) if given is not None and months is not None else None
        end = min((one for one in (ends, by_law) if one is not None), default=None)
        if end is not None and end <= self.at:
            self.lapsed.append(f"{words.CONSENT_WORDS[name]} ended on {end:%Y-%m-%d}")
            return False
        return True

    def implied(self, name: str, given: datetime | None, ends: datetime | None) -> set[str]:
        """The consent and what it stands for."""
        found = {name, *words.IMPLIES.get(name, ())}
        if "express_call" in found or self.channel in words.AI_VOICES:
            for months in (3, 24):
                if (given is not None and self.at <= add_months(given, months)) or (months == 3 and ends is not None):
                    found.add(f"fresh_call_{months}_months")
        return found

    def history(self) -> tuple[tuple[datetime, str], ...]:
        """Touches before the moment, oldest first; an opt-out among them stops everything."""
        found = []
        for index, told in enumerate(fields.rows(self.told, "history")):
            at = fields.moment(told.get("at"), f"history[{index}].at", self.at)
            said = fields.text(told, f"history[{index}].kind") or fields.text(told, f"history[{index}].event")
            if said.lower() in words.REVOCATIONS:
                self.is_revoked |= at is None or at <= self.at
            elif at is not None and at <= self.at:
                found.append((at, fields.text(told, f"history[{index}].channel")))
        return tuple(sorted(found))

    def suppressed(self) -> bool | None:
        """On the list, or revoked by any means."""
        listed = fields.yes_no(self.told, "suppressed")
        return True if self.is_revoked else listed

    def recipient_facts(self, recipient: Mapping[str, Any], kinds: frozenset[str]) -> dict[str, object]:
        """What is known of the recipient itself."""
        email = fields.text(recipient, "recipient.email").lower()
        line = fields.text(recipient, "recipient.line_type").lower()
        return {
            "recipient.kind": next(iter(kinds)) if len(kinds) == 1 else None,
            "recipient.kind_is_uncertain": len(kinds) != 1,
            "recipient.is_wireless_domain": email.rsplit("@", 1)[-1] in WIRELESS,
            "recipient.is_emergency_line": fields.yes_no(recipient, "recipient.is_emergency_line") or False,
            "recipient.in_emergency_area": fields.yes_no(recipient, "recipient.in_emergency_area") or False,
            "recipient.is_minor": fields.yes_no(recipient, "recipient.is_minor") or False,
            "line.mobile": {"mobile": True, "landline": False, "fixed": False}.get(
                line, _is_mobile(fields.text(recipient, "recipient.phone"))
            ),
        }

    def dated_facts(self) -> dict[str, object]:
        """Relationship, register, address and legal basis."""
        dnc, address, basis = self.parts["dnc"], self.parts["address"], self.parts["basis"]
        source = fields.text(address, "address.source").lower()
        return {
            **self.relationship_facts(),
            "dnc.national": fields.yes_no(dnc, "dnc.national"),
            "dnc.scrubbed_at": fields.moment(dnc.get("scrubbed_at"), "dnc.scrubbed_at", self.at),
            "address.source": source or None,
            **{
                f"address.{name}": fields.yes_no(address, f"address.{name}")
                for name in ("published_for_commercial_contact", "refusal_statement_at_source", "role_relevant")
            },
            "address.collected_at": fields.moment(address.get("collected_at"), "address.collected_at", self.at),
            "basis.lia_approved": fields.yes_no(basis, "basis.lia_approved"),
            "basis.art14_notice_at": self.past(
                fields.moment(basis.get("art14_notice_at"), "basis.art14_notice_at", self.at)
            ),
        }

    def relations(self) -> list[tuple[str, datetime | None]]:
        """Each fact of the relationship: its kind, and when it was, or None. The first is the one that leads."""
        own = self.parts["relationship"]
        told = [
            (own, "relationship"),
            *((row, f"relationship.also[{index}]") for index, row in enumerate(fields.rows(own, "also"))),
        ]
        return [
            (
                fields.text(row, f"{path}.kind").lower().replace(" ", "_").replace("-", "_"),
                fields.moment(row.get("at"), f"{path}.at", self.at),
            )
            for row, path in told
        ]

    def relationship_facts(self) -> dict[str, object]:
        """What the relationship is, and the latest date of each kind of fact."""
        found = self.relations()
        kinds = {kind for kind, _ in found}

        def latest(among: frozenset[str]) -> datetime | None:
            return max((at for kind, at in found if kind in among and at is not None), default=None)

        return {
            "relationship.kind": found[0][0] or None,
            "relationship.is_sale": not kinds.isdisjoint(words.SALES),
            "relationship.contract_in_force": not kinds.isdisjoint(words.IN_FORCE),
            "relationship.purchase_at": latest(words.SALES),
            "relationship.inquiry_at": latest(words.INQUIRIES),
            "relationship.membership_at": latest(words.MEMBERSHIPS),
        }

    def past(self, moment: datetime | None) -> datetime | None:
        """What has not happened yet is not known."""
        return moment if moment is not None and moment <= self.at else None

    def content_facts(self) -> dict[str, object]:
        """What the message or call says and who speaks."""
        content, sender = self.parts["content"], self.parts["sender"]
        subject, language = fields.text(content, "content.subject"), fields.text(content, "content.language").lower()
        names = ("has_unsubscribe", "has_postal_address", "ai_disclosed", "human_intro")
        told = {f"content.{name}": fields.yes_no(content, f"content.{name}") for name in names}
        if told["content.has_postal_address"] is None and fields.text(sender, "sender.postal_address"):
            told["content.has_postal_address"] = True
        return {
            **told,
            "content.subject_misleading": fields.yes_no(content, "content.subject_misleading") or False,
            "content.subject_claims_thread": self.purpose in words.OUTREACH and bool(_THREAD.match(subject)),
            "content.subject_has_adv": subject.startswith("<ADV>") if subject else None,
            "content.has_tracking_pixel": fields.yes_no(content, "content.has_tracking_pixel") or False,
            "content.asks_for_consent": fields.yes_no(content, "content.asks_for_consent") or False,
            "content.in_french": language.startswith("fr") if language else None,
            "speaks_as_ai": self.speaks_as_ai(content, fields.yes_no(sender, "sender.is_ai")),
        }

    def speaks_as_ai(self, content: Mapping[str, Any], is_ai: bool | None) -> bool | None:
        """Whether words of an AI go out that no person approved; None when that is not known."""
        if self.channel in words.AI_VOICES:
            return True
        if self.channel in ("phone_manual", "recording") or fields.yes_no(content, "content.human_approved"):
            return False
        drafted = fields.yes_no(content, "content.drafted_by_ai")
        if is_ai or drafted:
            return True
        if is_ai is False or drafted is False or self.purpose not in words.OUTREACH:
            return False
        return None

    def recording_facts(
        self, participants: tuple[tuple[str, bool | None], ...], held: frozenset[str]
    ) -> dict[str, object]:
        """Who agreed to be recorded."""
        answers = [answer for _, answer in participants]
        return {
            "recording.disclosure_announced": fields.yes_no(self.parts["recording"], "recording.disclosure_announced"),
            "recording.all_consented": all(answers) if answers else "recording_all_parties" in held,
            "recording.somebody_objected": False in answers,
        }

    def unknown(self, recipient: Mapping[str, Any], where: Whereabouts) -> tuple[str, ...]:
        """Facts of the request itself that are not there."""
        found = [] if self.channel == "recording" else [
            name for name, known in (
                ("recipient.country", bool(where.places)),
                ("recipient.kind", fields.text(recipient, "recipient.kind") not in ("", "unknown")),
                ("recipient.timezone", bool(where.zones)),
                ("suppressed", self.told.get("suppressed") is not None),
                ("purpose", self.told.get("purpose") is not None),
            ) if not known
        ]  # fmt: skip
        if where.us_state_unknown:
            found.append("recipient.region")
        if self.channel == "recording" and not self.told.get("participants"):
            found.append("participants")
        return tuple(found)


def _kinds(recipient: Mapping[str, Any]) -> frozenset[str]:
    """Kinds the recipient may be: those told, and what the address makes likely."""
    kind = fields.choice(recipient.get("kind"), "recipient.kind", (*words.KINDS, "unknown"))
    if kind in (None, "unknown"):
        return frozenset(words.KINDS)
    email = fields.text(recipient, "recipient.email").lower()
    found = {kind}
    if kind.startswith("corporate") and email.rsplit("@", 1)[-1] in FREEMAIL:
        found.add("sole_trader")
    if kind == "corporate_generic" and _PERSONAL_BOX.match(email):
        found.add("corporate_named")
    return frozenset(found)


def _is_mobile(phone: str) -> bool | None:
    """Whether a number can only be a mobile or only a landline one; None when it may be both."""
    import phonenumbers  # loads tables of all countries: only where a number is looked at

    try:
        kind = phonenumbers.number_type(phonenumbers.parse(phone))
    except phonenumbers.NumberParseException:
        return None
    known = {phonenumbers.PhoneNumberType.MOBILE: True, phonenumbers.PhoneNumberType.FIXED_LINE: False}
    return known.get(kind)


def _place(country: str, region: str) -> str:
    if not region:
        return country
    full = canonical(region if "-" in region else f"{country}-{region}") if country or "-" in region else ""
    return full if full and (not country or full[:2] == country[:2]) else country


def _participants(told: Mapping[str, Any]) -> tuple[tuple[str, bool | None], ...]:
    return tuple(
        (fields.text(one, f"participants[{index}].location"), fields.yes_no(one, f"participants[{index}].consented"))
        for index, one in enumerate(fields.rows(told, "participants"))
    )
