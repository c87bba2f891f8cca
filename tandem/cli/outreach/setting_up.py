"""What RevOps and managers set up before outreach begins: domains, mailboxes, plans, campaigns, people to write to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from tandem.core.actors import Actor
from tandem.core.errors import Conflict

if TYPE_CHECKING:
    from tandem.prospecting.queries.telling import TellableFact

DOMAINS = ("merrowline-mail.example", "try-merrowline.example")
FULL_VOLUME = 120
DAILY_CAP = 40
LATELY, ENOUGH_TOLD = timedelta(days=90), 2
A_HOUSE = 3  # people of one company
SELLERS = 14  # whose people are written to
# Where a company may be written to without having asked for it, as the rule pack of each country says.
COUNTRIES = ("US", "GB")
ZONE = """@ IN SOA ns hostmaster 1 7200 3600 1209600 3600
@ IN TXT "v=spf1 ip4:192.0.2.0/24 -all"
@ IN MX 10 mail
mail IN A 192.0.2.1
_dmarc IN TXT "v=DMARC1; p=reject; rua=mailto:dmarc@{domain}"
_mta-sts IN TXT "v=STSv1; id=1"
mta-sts IN A 192.0.2.1
_smtp._tls IN TXT "v=TLSRPTv1; rua=mailto:tls@{domain}"
"""
MAIL = {"channel": "email"}
ALONE = {"conditions": ["no_reply_yet"]}
LINKEDIN = {"channel": "linkedin", "angle": "new_reason", "wait_days": 2, "conditions": ["has_linkedin"]}
CALL = {"channel": "phone_manual", "angle": "new_reason", "wait_days": 2, "conditions": ["has_phone", "no_reply_yet"]}
OPENING = MAIL | {"angle": "opening", "wait_days": 0}
LAST_WORD = MAIL | ALONE | {"angle": "last_word", "wait_days": 5}
# Name, offer, segment, steps: short, middling and patient.
PLANS: Sequence[tuple[str, str, str, Sequence[dict[str, object]]]] = (
    (
        "Four notes", "Merrowline Wave plans a peak week before it comes, with the people you have.", "Busy season",
        (OPENING, MAIL | ALONE | {"angle": "new_reason", "wait_days": 3}, LINKEDIN, LAST_WORD),
    ),
    (
        "Mail, profile and a call", "Merrowline shows every pick path while it can be changed.", "Growing sites",
        (OPENING, LINKEDIN, MAIL | ALONE | {"angle": "case", "wait_days": 3}, CALL, LAST_WORD),
    ),
    (
        "Patient", "Merrowline takes miles out of the aisles without a change to your systems.", "Large accounts",
        (
            OPENING, MAIL | ALONE | {"angle": "new_reason", "wait_days": 4}, LINKEDIN,
            MAIL | ALONE | {"angle": "case", "wait_days": 4}, CALL, LAST_WORD,
        ),
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Programme:
    """What stands. contacts : who is to be written to, by campaign, in turn; sellers : who write"""

    campaigns: Sequence[int]
    contacts: dict[int, list[int]]
    sellers: Sequence[int]


def set_up(zones: Path, *, people: int, actor: Actor, now: datetime, sellers: int = SELLERS) -> Programme | None:
    """Set everything up through the product's own actions; None: it stands already.

    zones : folder of zone files that stand for DNS, as TANDEM_DNS_ZONES_DIR names it
    people : how many are to be written to, all together
    """
    from django.db import transaction

    from tandem.engagement.queries.campaigns import campaigns_in_sight

    if campaigns_in_sight(actor).exists():
        return None
    chosen = _people(people, sellers, actor=actor, now=now)
    with transaction.atomic():  # all of it, or nothing: broken off, it begins anew
        _company(actor=actor)
        _assessment(now=now)
        _mailboxes(_domains(zones, actor=actor, now=now), sorted(chosen), actor=actor, now=now)
        campaigns = [_campaign(plan, number, actor=actor, now=now) for number, plan in enumerate(PLANS)]
    shared: dict[int, list[int]] = {one: [] for one in campaigns}
    for number, account in enumerate(_in_turn(chosen)):
        shared[campaigns[number % len(campaigns)]] += account
    return Programme(campaigns=campaigns, contacts=shared, sellers=sorted(chosen))


def _company(*, actor: Actor) -> None:
    """The postal address that laws want in each message."""
    from tandem.access.actions import update_organisation
    from tandem.access.queries import get_organisation
    from tandem.simulation.lexicon import load

    if not get_organisation().postal_address:
        update_organisation(actor=actor, postal_address=f"{load('own')['company']['postal']}, Germany")


def _assessment(*, now: datetime) -> None:
    """The legitimate interest on which people in Europe are written to, as whoever minds compliance approves it."""
    from tandem.access.contracts import Role
    from tandem.access.queries import actor_of_person, list_people
    from tandem.compliance.actions.registers import add_assessment
    from tandem.compliance.contracts.registers import AssessmentDecision

    person = list_people(role=Role.COMPLIANCE.value, active_only=True)[0]
    actor = actor_of_person(person.id)
    if actor is not None:
        add_assessment(
            name="Outreach to companies", approver=person.name, decision=AssessmentDecision.APPROVED,
            purpose="To offer planning of warehouse work to people whose job it is, at companies it fits.",
            necessity="Nothing milder reaches them: they do not know us; one short mail costs them half a minute.",
            balancing="Work addresses alone, public facts about the company alone, a way out in each message, a stop "
            "on every channel at the first no.",
            decided_on=now.date(), review_on=now.date() + timedelta(days=365), actor=actor, now=now,
        )  # fmt: skip


def _domains(zones: Path, *, actor: Actor, now: datetime) -> list[str]:
    """Two domains apart from the company's own, with keys, entries in zone files, a sound check and a ramp begun."""
    from tandem.engagement.actions import sending_domains
    from tandem.engagement.queries.senders import domains_today
    from tandem.engagement.queries.sending_domains import own_key_record

    zones.mkdir(parents=True, exist_ok=True)
    for name in DOMAINS:
        pk = sending_domains.add_domain(name, "outreach", full_volume=FULL_VOLUME, actor=actor, now=now)
        sending_domains.make_key(pk, actor=actor, now=now)
        record = own_key_record(domains_today([pk], now=now)[pk].domain)
        if record is None:
            raise Conflict(f"The key of {name} can't be read.")
        parts = " ".join(f'"{record.value[at : at + 200]}"' for at in range(0, len(record.value), 200))
        (zones / f"{name}.zone").write_text(f"{ZONE.format(domain=name)}{record.name}. IN TXT {parts}\n")
        sending_domains.check_domain(pk, actor=actor, now=now)
        sending_domains.start_ramp(pk, actor=actor, now=now)
    return list(DOMAINS)


def _mailboxes(domains: Sequence[str], sellers: Sequence[int], *, actor: Actor, now: datetime) -> None:
    from tandem.access.queries import get_organisation, get_person
    from tandem.engagement.actions.mailboxes import MailboxFields, add_mailbox
    from tandem.engagement.contracts import MailboxKind

    own = [(get_person(seller), domains[number % len(domains)]) for number, seller in enumerate(sellers)]
    boxes = [(person.email.partition("@")[0], domain, person.name, person.id) for person, domain in own]
    shared: list[tuple[str, str, str, int | None]] = [
        ("hello", domain, get_organisation().name, None) for domain in domains
    ]
    for local, domain, name, seller_id in [*boxes, *shared]:
        told = MailboxFields(
            address=f"{local}@{domain}", display_name=name, kind=MailboxKind.SMTP, seller_id=seller_id,
            daily_cap=DAILY_CAP,
        )  # fmt: skip
        add_mailbox(told, actor=actor, now=now)


def _campaign(
    plan: tuple[str, str, str, Sequence[dict[str, object]]], number: int, *, actor: Actor, now: datetime
) -> int:
    from tandem.access.contracts import Role
    from tandem.access.queries import list_people
    from tandem.engagement.actions import campaigns, sequences
    from tandem.engagement.queries.sequences import sequences_in_sight

    name, message, segment, steps = plan
    managers = [one.id for one in list_people(role=Role.MANAGER.value, active_only=True)]
    sequence = sequences.create(name, steps=steps, actor=actor, now=now)
    sequences.publish(sequence, actor=actor, now=now)
    version = sequences_in_sight(actor).values_list("versions__id", flat=True).get(id=sequence)
    fields = campaigns.CampaignFields(
        name=segment, segment=segment, message=message, owner_id=managers[number % len(managers)],
        sponsor_id=_sponsor(managers[0]), new_per_day=25,
    )  # fmt: skip
    pk = campaigns.create(version, fields, actor=actor, now=now)
    campaigns.start(pk, actor=actor, now=now)
    return pk


def _sponsor(otherwise: int) -> int:
    """Who answers for the programme: somebody with a revenue role."""
    from tandem.access.contracts import Role
    from tandem.access.queries import list_people

    leaders = list_people(role=Role.EXECUTIVE.value, active_only=True)
    return leaders[0].id if leaders else otherwise


def _people(wanted: int, sellers: int, *, actor: Actor, now: datetime) -> dict[int, dict[int, list[int]]]:
    """Who may be written to, by seller and account: of the ranked accounts, the best first, few a house.

    Only people of whom something published is known: without it there is nothing to say.
    """
    from tandem.accounts.queries.visible import contacts_in_sight
    from tandem.prospecting.queries.ranking import latest_ranks
    from tandem.prospecting.queries.sources import contact_states
    from tandem.prospecting.queries.telling import tellable_facts

    ranks = latest_ranks()
    best = sorted(ranks, key=lambda pk: ranks[pk].expected_value, reverse=True)
    rows = contacts_in_sight(actor).filter(account__in=best, country__in=COUNTRIES, merged_into=None).exclude(email="")
    columns = ("id", "account_id", "owner_id", "account__owner_id")
    people = {row[0]: row for row in rows.order_by("id").values_list(*columns)}
    usable = [pk for pk, state in contact_states(people, now=now).items() if not state.reasons]
    told = tellable_facts(usable, at=now)
    books: dict[int, dict[int, list[int]]] = defaultdict(lambda: defaultdict(list))
    places = {account: place for place, account in enumerate(best)}
    for pk in sorted(usable, key=lambda one: (places[people[one][1]], one)):
        _, account, own, houses = people[pk]
        if (
            (seller := own or houses)
            and _is_worth_a_mail(told.get(pk, ()), now)
            and len(books[seller][account]) < A_HOUSE
        ):
            books[seller][account].append(pk)
    largest = sorted(books, key=lambda seller: (-sum(map(len, books[seller].values())), seller))[:sellers]
    each = -(-wanted // max(1, len(largest)))
    return {seller: dict(_first(books[seller], each)) for seller in largest}


def _is_worth_a_mail(told: Sequence[TellableFact], now: datetime) -> bool:
    """Whether enough was published lately that a first message and a second one have something to say."""
    recent = [one for one in told if one.kind != "job_post" and one.at is not None and now - LATELY <= one.at <= now]
    return len(recent) >= ENOUGH_TOLD


def _first(book: dict[int, list[int]], wanted: int) -> Iterator[tuple[int, list[int]]]:
    """The best accounts of a book, until there are people enough."""
    for account, people in book.items():
        if wanted <= 0:
            return
        wanted -= len(people)
        yield account, people


def _in_turn(chosen: dict[int, dict[int, list[int]]]) -> Iterator[list[int]]:
    """Accounts, one of each seller after another, so that all begin on the first day."""
    books = [list(book.values()) for book in chosen.values()]
    for place in range(max(map(len, books), default=0)):
        for book in books:
            if place < len(book):
                yield book[place]
