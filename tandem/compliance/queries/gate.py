"""Reads of the gate: everything the installation knows of a request, and what follows from it.

Many requests are read together, one query a registry; one request is a batch of one. The same reading serves the
decision and the claim, so that a claim can't rest on less than the decision did.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q

from tandem.access.contracts import OrganisationSettings
from tandem.access.queries import get_organisation, is_revoked
from tandem.compliance.contracts.decisions import Decision
from tandem.compliance.contracts.gate import ContactRequest, Permit, RecipientFacts, Road
from tandem.compliance.contracts.registries import Address, AddressKind, DncState
from tandem.compliance.domain import addresses, message_content
from tandem.compliance.domain import gate as judging
from tandem.compliance.domain import kill as killing
from tandem.compliance.domain.consent_words import (
    registry_channel,
    registry_purpose,
    rule_consents,
    rule_relationship,
)
from tandem.compliance.domain.gate import Known
from tandem.compliance.domain.message_content import MessageContent
from tandem.compliance.models import Approval, Clearance, Dispute, LedgerEntry, Suppression
from tandem.compliance.queries import switches
from tandem.compliance.queries.consent import dnc_states, relationship_facts_among
from tandem.compliance.queries.disclosure import said_in_messages
from tandem.compliance.queries.keys import hashes_of, registry_keys
from tandem.compliance.queries.limits import limited_among
from tandem.compliance.queries.notices import notices_given
from tandem.compliance.queries.registers import approved_assessments
from tandem.compliance.queries.rules import decide as decide_by_rules
from tandem.compliance.queries.stored_consents import stored_consents_among
from tandem.compliance.queries.suppression import complaints_of, suppressed_among
from tandem.compliance.queries.unsubscribing import PATH, read_unsubscribe_token
from tandem.core.actors import Actor, ActorKind
from tandem.core.errors import InvalidInput

HISTORY_DAYS = 400  # longer than the longest cap of any rule
LEFT = ("claimed", "departed", "uncertain")
CALLS = frozenset({Road.PHONE_MANUAL, Road.PHONE_AI, Road.VOICEMAIL_AI})

# Whom a request concerns, as the rooms above know them: (subject, account, address) to facts. Those nobody knows are
# left out.
FactsOf = Callable[[Sequence[tuple[str, str, str]]], Mapping[tuple[str, str, str], RecipientFacts]]
_facts_of: FactsOf | None = None


def register_recipient_facts(provider: FactsOf | None) -> FactsOf | None:
    """Called once at start-up by the room that knows contacts and deals; returns who was asked before."""
    global _facts_of
    before, _facts_of = _facts_of, provider
    return before


def recipient_facts(asked: Sequence[tuple[str, str, str]]) -> Mapping[tuple[str, str, str], RecipientFacts]:
    """What the rooms above know of people: (subject, account, address) to facts; whom nobody knows is left out."""
    return _facts_of(asked) if _facts_of is not None else {}


def names_of(people: Sequence[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """How pages call somebody, by (subject, account); who is not known (any more) is left out."""
    asked = [(subject, account, "") for subject, account in dict.fromkeys(people) if subject]
    facts = _facts_of(asked) if _facts_of is not None else {}
    return {(whom[0], whom[1]): one.name for whom, one in facts.items() if one.name}


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """A request with its bytes read and its address in normal form."""

    asked: ContactRequest
    content: MessageContent
    address: Address
    recipient_hash: str
    message_hash: str
    message_key: str

    @property
    def whom(self) -> tuple[str, str, str]:
        """As providers are asked."""
        return (self.asked.subject, self.asked.account, self.asked.address)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What the gate found. approvals_missing : people whose yes to this text is still needed"""

    read: Read
    known: Known
    request: Mapping[str, Any]
    decision: Decision
    approvals_missing: int


def read_request(asked: ContactRequest) -> Read:
    """Read the bytes and the address. No database.

    Raises InvalidInput for a message that can't leave, an address that can't be one, or bytes that go to somebody
    else than the request says.
    """
    address = _address(asked.channel, asked.address)
    content = message_content.read(asked.channel, asked.message)
    if asked.channel is Road.EMAIL:
        _refuse_other_addressing(asked, content, address)
    message_hash = message_content.sha256(asked.message)
    return Read(
        asked=asked,
        content=content,
        address=address,
        recipient_hash=addresses.keyed_hash(address, registry_keys()[0]),
        message_hash=message_hash,
        message_key=_message_key(asked, content),
    )


def _address(road: Road, told: str) -> Address:
    kind = {Road.EMAIL: AddressKind.EMAIL, Road.LINKEDIN: AddressKind.ACCOUNT}.get(road, AddressKind.PHONE)
    text = told
    if kind is AddressKind.ACCOUNT:
        text = "linkedin:" + text.rstrip("/").rpartition("/")[2].casefold()
    address = addresses.read(text, kind=kind)
    if address is None:
        raise InvalidInput(
            f"{told!r} is no address for {road.value}.",
            hint="Give a mail address, a number with its country code, or a profile.",
            code="gate.address",
        )
    return address


def _refuse_other_addressing(asked: ContactRequest, content: MessageContent, address: Address) -> None:
    if [one.casefold() for one in content.recipients] != [address.value]:
        raise InvalidInput(
            f"The mail is addressed to {len(content.recipients)} recipients; the request is for one.",
            hint="One mail for one person, its To the address of the request, without Cc and Bcc.",
            code="gate.recipient_mismatch",
        )
    if addresses.email(asked.sender) != content.sender or not content.message_id:
        raise InvalidInput(
            "The mail's From is not the sender of the request, or it has no Message-ID.",
            hint="Fix both before asking.",
            code="gate.sender_mismatch",
        )


def _message_key(asked: ContactRequest, content: MessageContent) -> str:
    key = content.message_id or f"{asked.channel.value}:{asked.touch}"
    return key if len(key) <= 110 else message_content.sha256(key.encode())


def judge(reads: Sequence[Read], *, actor: Actor, now: datetime) -> list[Judgement]:
    """What may happen with each request at `now`, in their order. Some ten queries for any number of them."""
    desk = _Desk(reads, now)
    return [_judged(number, desk, actor, now) for number in range(len(reads))]


def _judged(number: int, desk: _Desk, actor: Actor, now: datetime) -> Judgement:
    read = desk.reads[number]
    asked, known = read.asked, desk.known(number, actor)
    request = judging.request_of(asked, read.content, known, now)
    rules = decide_by_rules(request)
    facts = known.facts
    zone = facts.time_zone if facts is not None and facts.time_zone else "UTC"
    today = now.astimezone(ZoneInfo(zone)).date()
    kill = killing.voices(
        facts,
        killing.KillAsked(
            channel=asked.channel,
            purpose=asked.purpose,
            is_reply=asked.is_reply,
            policy_violations=asked.policy_violations,
            four_eyes_above=asked.four_eyes_above,
            mode=asked.mode,
        ),
        desk.limits,
        desk.quiet(facts, rules.places, today),
        desk.thrown(read, actor, rules.places),
        known.touches,
        now,
        today,
    )
    decision, missing = judging.combine(rules, kill, mode=asked.mode, known=known)
    return Judgement(read=read, known=known, request=request, decision=decision, approvals_missing=missing)


class _Desk:
    """All the registries' answers for a batch."""

    def __init__(self, reads: Sequence[Read], now: datetime) -> None:
        self.now = now
        self.reads = reads
        asked = [read.whom for read in reads]
        self.facts = _with_disputes(_facts_of(asked) if _facts_of is not None else {})
        self.suppressed = self._suppressed()
        self.consents = stored_consents_among({str(number): [read.address] for number, read in enumerate(reads)})
        self.relationships = relationship_facts_among(
            {str(number): self.all_addresses(read) for number, read in enumerate(reads)},
            {str(number): read.asked.subject for number, read in enumerate(reads)},
            now=now,
        )
        whom = {
            str(number): [*map(_text, self.all_addresses(read)), read.asked.subject]
            for number, read in enumerate(reads)
        }
        self.notices = notices_given({key: [one for one in some if one] for key, some in whom.items()})
        self.complaints = complaints_of([read.recipient_hash for read in reads], [read.asked.subject for read in reads])
        self.limited = limited_among(whom)
        self.departures = self._departures()
        self.approvals = self._approvals()
        self.limits = switches.limits()
        self.lia_approved = bool(approved_assessments())
        self.organisation: OrganisationSettings = get_organisation()
        self.disclosures = {one: said_in_messages(campaign=one) for one in {read.asked.campaign for read in reads}}
        self._standing = switches.all_thrown()
        self._spans = switches.all_quiet()

    def all_addresses(self, read: Read) -> list[Address | str]:
        """The address that is used, the person's others, their key and the account's."""
        return [read.address, *_others(read.asked.subject, read.asked.account, self.facts.get(read.whom))]

    def _suppressed(self) -> frozenset[int]:
        """Numbers of the requests whose recipient stands in the registry under any address or name of theirs."""
        found: set[int] = set()
        groups: dict[tuple[str, str], dict[str, list[Address | str]]] = {}
        for number, read in enumerate(self.reads):
            key = (read.asked.channel.value, read.asked.purpose)
            groups.setdefault(key, {})[str(number)] = self.all_addresses(read)
        for (channel, purpose), people in groups.items():
            told = suppressed_among(people, registry_channel(channel), purpose=registry_purpose(purpose))
            found.update(int(number) for number in told)
        return frozenset(found | self._suppressed_by_name())

    def _suppressed_by_name(self) -> set[int]:
        """Who was taken out under a name ("contact:12"), whichever address was said."""
        names = {read.asked.subject for read in self.reads} - {""}
        rows = Suppression.objects.filter(superseded_at=None, subject__in=names) if names else []
        told = {(row.subject, row.channel, row.purpose) for row in rows}
        return {
            number for number, read in enumerate(self.reads)
            if any(
                (read.asked.subject, channel, purpose) in told
                for channel in ("all", registry_channel(read.asked.channel.value).value)
                for purpose in ("any", registry_purpose(read.asked.purpose).value)
            )
        }  # fmt: skip

    def _departures(self) -> dict[str, list[tuple[str, datetime, str]]]:
        """What left here, by recipient's hash and by subject: (road, moment, touch)."""
        hashes = {read.recipient_hash for read in self.reads}
        names = {read.asked.subject for read in self.reads} - {""}
        rows = Clearance.objects.filter(
            Q(recipient_hash__in=hashes) | Q(subject__in=names),
            state__in=LEFT,
            claimed_at__gte=self.now - timedelta(days=HISTORY_DAYS),
        ).order_by("claimed_at")
        found: dict[str, list[tuple[str, datetime, str]]] = {}
        for hashed, subject, road, at, touch in rows.values_list(
            "recipient_hash", "subject", "channel", "claimed_at", "touch"
        ):
            for key in {hashed, subject} - {""}:
                found.setdefault(key, []).append((road, at or self.now, touch))
        return found

    def _approvals(self) -> dict[tuple[str, str], list[tuple[int, bool]]]:
        hashes = {read.content.content_hash for read in self.reads}
        rows = Approval.objects.filter(content_hash__in=hashes, withdrawn_at=None)
        found: dict[tuple[str, str], list[tuple[int, bool]]] = {}
        for content_hash, touch, person, is_yes in rows.values_list("content_hash", "touch", "person_id", "is_yes"):
            found.setdefault((content_hash, touch), []).append((person, is_yes))
        return found

    def known(self, number: int, actor: Actor) -> Known:
        """What is known of one request, by its place in the batch."""
        read = self.reads[number]
        asked = read.asked
        said = self.approvals.get((read.content.content_hash, asked.touch), [])
        facts = self.facts.get(read.whom)
        complained = self.complaints.get(read.recipient_hash) or self.complaints.get(asked.subject)
        if facts is not None and complained is not None:
            facts = replace(facts, last_complaint_at=complained)
        return Known(
            facts=facts,
            is_suppressed=number in self.suppressed,
            consents=rule_consents(
                self.consents.get(str(number), []), channel=asked.channel.value, purpose=asked.purpose, now=self.now
            ),
            relationship=rule_relationship(self.relationships.get(str(number), {})),
            dnc=_dnc(dnc_states(read.address, now=self.now)) if asked.channel in CALLS else {},
            lia_approved=self.lia_approved,
            notice_at=self.notices.get(str(number)),
            touches=self._touches(read, facts),
            approvals=len({person for person, is_yes in said if is_yes}),
            is_rejected=any(not is_yes for _, is_yes in said),
            sender_country=self.organisation.country,
            postal_address=self.organisation.postal_address,
            is_agent=actor.is_agent and actor.id != 0,  # the worker only carries
            can_unsubscribe=_can_unsubscribe(read),
            disclosures=self.disclosures[asked.campaign],
            refuses_automation=str(number) in self.limited,
        )

    def _touches(self, read: Read, facts: RecipientFacts | None) -> list[tuple[str, datetime]]:
        """Everything that went to them, once each, without this very touch."""
        own = {
            (road, at)
            for key in (read.recipient_hash, read.asked.subject)
            for road, at, touch in self.departures.get(key, ())
            if touch != read.asked.touch
        }
        return sorted({*own, *(facts.touches if facts else ())}, key=lambda one: one[1])

    def thrown(self, read: Read, actor: Actor, places: Sequence[str]) -> list[Any]:
        """Switches that stop this request."""
        return switches.among(
            self._standing,
            channel=read.asked.channel.value,
            agent_id=actor.id if actor.is_agent else None,
            domain=addresses.email(read.asked.sender).rpartition("@")[2],
            campaign=read.asked.campaign,
            places=places,
        )

    def quiet(self, facts: RecipientFacts | None, places: Sequence[str], today: Any) -> list[Any]:
        """Quiet spans that lie on the day."""
        return switches.quiet_among(
            self._spans,
            industry=facts.industry if facts else "",
            places=places,
            account=facts.account if facts else "",
            on=today,
        )


def _text(address: Address | str) -> str:
    return address if isinstance(address, str) else address.value


def _others(subject: str, account: str, facts: RecipientFacts | None) -> list[str]:
    """Everything besides the address that is used under which somebody may stand in a registry."""
    known = facts.addresses if facts is not None else ()
    keys = {subject, account, facts.account if facts is not None else ""} - {""}
    return [*known, *sorted(keys)]


def _with_disputes(facts: Mapping[tuple[str, str, str], RecipientFacts]) -> dict[tuple[str, str, str], RecipientFacts]:
    """The register of disputes is kept here: what does not stand in it is no dispute."""
    accounts = {one.account for one in facts.values()} - {""}
    disputed = set(Dispute.objects.filter(account__in=accounts, closed_at=None).values_list("account", flat=True))
    return {whom: replace(one, has_legal_dispute=one.account in disputed) for whom, one in facts.items()}


def _dnc(states: Mapping[str, DncState]) -> dict[str, Any]:
    """The `dnc` of a request: listed if any register says so, screened when the oldest of them was."""
    if not states:
        return {}
    return {
        "national": any(state.is_listed for state in states.values()),
        "scrubbed_at": min(state.screened_at for state in states.values()).isoformat(),
    }


def _can_unsubscribe(read: Read) -> bool:
    """Whether a one-click link of the mail is ours and takes out this very recipient; texts say STOP."""
    if read.asked.channel is not Road.EMAIL:
        return "STOP" in read.content.text
    for link in read.content.unsubscribe_links:
        claim = read_unsubscribe_token(link.rpartition(PATH)[2])
        if claim is not None and claim.address_hash in hashes_of([read.address]):
            return True
    return False


def message_hash(message: bytes) -> str:
    """SHA-256 of the exact bytes, hex."""
    return message_content.sha256(message)


def key_in_use() -> str:
    """The name of the key that recipients are hashed with."""
    return addresses.key_id(registry_keys()[0])


def stopped_since(permit: Permit) -> str:
    """What has come up since a claim that forbids the hand-off; empty: nothing. A few short queries."""
    row = Clearance.objects.select_related("decision").filter(id=permit.clearance_id).first()
    if row is None or row.state != "claimed":
        return "The claim does not stand any more."
    made = row.decision
    if made.actor_kind == ActorKind.AGENT and made.actor_id and is_revoked(_agent(made.actor_id)):
        return "The agent that asked was revoked."
    thrown = switches.thrown(
        channel=row.channel,
        agent_id=made.actor_id if made.actor_kind == ActorKind.AGENT else None,
        domain=made.sender_domain,
        campaign=made.campaign,
        places=made.decision["places"],
    )
    if thrown:
        return thrown[0].sentence
    return "Suppressed since the claim." if _is_listed(row, made.purpose, permit.address) else ""


def _is_listed(row: Clearance, purpose: str, address: str) -> bool:
    """Whether the recipient stands in the registry under any address or name of theirs, as the claim asked."""
    whom = (row.subject, row.account, address)
    facts = recipient_facts([whom]).get(whom)
    if facts is not None and facts.is_erased:
        return True
    found: list[Address | str] = [_address(Road(row.channel), address), *_others(row.subject, row.account, facts)]
    channel, wanted = registry_channel(row.channel), registry_purpose(purpose)
    if suppressed_among({"": found}, channel, purpose=wanted):
        return True
    by_name = Suppression.objects.filter(
        superseded_at=None,
        subject=row.subject,
        channel__in=("all", channel.value),
        purpose__in=("any", wanted.value),
    )
    return bool(row.subject) and by_name.exists()


def _agent(agent_id: int) -> Actor:
    return Actor(kind=ActorKind.AGENT, id=agent_id, name="")


# Entries that can't make a contact less allowed than it was.
HARMLESS = tuple(f"compliance.{deed}" for deed in ("decided", "claim_refused", "departed", "refused", "left"))
NEW_ENTRIES_LOOKED_AT = 200


def has_changed(row: Clearance, *, since: int) -> bool:
    """Whether the ledger holds anything after an entry that may change what was found for a clearance.

    Claims of other messages matter only to the same recipient. Ask under the ledger's lock.
    """
    new = LedgerEntry.objects.filter(number__gt=since).exclude(action__in=HARMLESS)
    entries = list(new.values_list("action", "subject")[:NEW_ENTRIES_LOOKED_AT])
    claimed = [subject.removeprefix("message:") for action, subject in entries if action == "compliance.claimed"]
    if len(claimed) < len(entries) or len(entries) == NEW_ENTRIES_LOOKED_AT:
        return True
    same = Q(recipient_hash=row.recipient_hash) | (Q(subject=row.subject) & ~Q(subject=""))
    return bool(claimed) and Clearance.objects.filter(same, message_key__in=claimed).exclude(id=row.id).exists()
