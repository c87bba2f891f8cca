"""Contacts: people as the sellers keep them, often out of date, sometimes twice."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass

from tandem.simulation.dice import Dice
from tandem.simulation.drift import typo
from tandem.simulation.market import Company, Employment, Person
from tandem.simulation.names import phone_spelling, plain
from tandem.simulation.outputs import CsvFile
from tandem.simulation.times import stamp
from tandem.simulation.world import World
from tandem.simulation.writers.salesforce.records import (
    ALL_TIMES,
    FOLDER,
    SOURCE,
    CrmRecords,
    job_number,
    moment_on,
    times_between,
    yes,
)

FILE = "salesforce/Contact.csv"
HEADER = (
    "Id", "IsDeleted", "AccountId", "FirstName", "LastName", "Name", "Title", "Department", "Email", "Phone", "MobilePhone",
    "MailingStreet", "MailingCity", "MailingState", "MailingPostalCode", "MailingCountry", "HasOptedOutOfEmail", "DoNotCall",
    "EmailBouncedDate", "EmailBouncedReason", "LeadSource", "Language__c", "LinkedIn__c", "NoLongerAtCompany__c", "OwnerId",
    *ALL_TIMES,
)  # fmt: skip
KNOWN_IN_DEAL, KNOWN, KNOWN_AFTER_MOVE = 0.94, 0.60, 0.5
DUPLICATES, DELETED = 0.045, 0.004
DEPARTMENTS = {
    "operations": "Operations", "it": "IT", "finance": "Finance", "executive": "Management", "procurement": "Procurement", "user": "Operations",
}  # fmt: skip


@dataclass(slots=True)
class _Record:
    created: dt.date
    person: Person
    company: Company
    kind: str  # "main", "duplicate" or "deleted"
    key: str = ""


def linkedin_of(seed: int, person: Person) -> str:
    """The person's profile address, the same in every system that knows it."""
    tail = hashlib.blake2b(f"{seed} profile {person.index}".encode(), digest_size=4).hexdigest()
    return f"https://www.linkedin.com/in/{plain(person.first).replace(' ', '-')}-{plain(person.last).replace(' ', '-')}-{tail}"


def write_contacts(world: World, records: CrmRecords) -> None:
    """Contact.csv in order of creation; fills `records.contacts` and `world.contact_ids`."""
    plans = _plans(world, records)
    with CsvFile(world.out / FOLDER / "Contact.csv", HEADER, world.summary) as file:
        for plan in plans:
            plan.key = world.ids.new("Contact")
            number = job_number(plan.person, plan.company)
            if plan.kind == "main":
                records.contacts[plan.person.index, number] = plan.key
                world.contact_ids[plan.person.index] = plan.key
            else:
                world.truth.add("planted", FILE, plan.key, plan.kind)
            if plan.kind != "deleted":
                world.contact_key(plan.person, plan.key, SOURCE, number)
            file.write(_row(world, records, plan))


def _plans(world: World, records: CrmRecords) -> list[_Record]:
    first_deal: dict[tuple[int, int], dt.date] = {}
    for deal in world.exported_deals:
        for person in (deal.champion, deal.buyer, *deal.team):
            if person is not None:
                first_deal.setdefault((person.index, deal.company.index), deal.opened_on)
    plans: list[_Record] = []
    for company in world.market.companies:
        if company.index not in world.tracked:
            continue
        dice = world.dice("crm contacts", company.index)
        for person in company.people:
            plans += _person_plans(world, records, dice, person, company, first_deal)
    plans.sort(key=lambda plan: (plan.created, plan.company.index, plan.person.index, plan.kind))
    return plans


def _person_plans(
    world: World, records: CrmRecords, dice: Dice, person: Person, company: Company, first_deal: dict[tuple[int, int], dt.date]
) -> list[_Record]:  # fmt: skip
    moved_in = person.first_job.company is not company
    deal_day = first_deal.get((person.index, company.index))
    known = KNOWN_IN_DEAL if deal_day else KNOWN_AFTER_MOVE if moved_in else KNOWN
    if not dice.chance(known):
        return []
    end = world.config.end
    floor = records.created[company.index]
    if moved_in and person.moved:
        floor = max(floor, person.moved)
    created = min(end, floor + dt.timedelta(days=int(dice.random() * max(1, (end - floor).days))))
    if deal_day:
        created = max(floor, min(created, deal_day + dt.timedelta(days=dice.between(-20, 25))))
    created = min(created, end)
    plans = [_Record(created, person, company, "main")]
    if world.drift.hit(dice, DUPLICATES):
        again = created + dt.timedelta(days=dice.between(0, max(1, (end - created).days)))
        plans.append(_Record(min(again, end), person, company, "duplicate"))
    elif world.drift.hit(dice, DELETED):
        plans.append(_Record(created, person, company, "deleted"))
    return plans


def mail_as_typed(world: World, dice: Dice, job: Employment, person: Person, *, missing: float) -> str:
    """The work address as somebody typed it: perhaps missing, private or with a slip."""
    drift = world.drift
    if drift.hit(dice, missing):
        return ""
    if drift.hit(dice, 0.015):
        return f"{plain(person.first).replace(' ', '')}.{plain(person.last).replace(' ', '')}@{dice.pick(('gmail.com', 'gmx.de', 'outlook.com'))}"
    local, _, domain = job.email.partition("@")
    if drift.hit(dice, 0.012):
        local = typo(dice, local)
    text = f"{local}@{domain}"
    return text.title() if drift.hit(dice, 0.02) else text


def _row(world: World, records: CrmRecords, plan: _Record) -> tuple[object, ...]:
    person, company, main = plan.person, plan.company, plan.kind == "main"
    dice = world.dice("crm contact row", person.index, company.index, plan.kind)
    end, drift = world.config.end, world.drift
    job = person.first_job if person.first_job.company is company else person.second_job
    assert job is not None
    first, last = (
        drift.person(dice, person.first, person.last) if not main or dice.chance(0.4) else (person.first, person.last)
    )
    left = bool(person.moved and person.first_job.company is company)
    bounced = left and person.moved is not None and dice.chance(0.35)
    bounce_day = min(end, (person.moved or end) + dt.timedelta(days=dice.between(5, 60)))
    title = person.old_title if person.old_title and dice.chance(0.5) else job.title
    gaps = 0.14 if main else 0.4
    owner = company.owner
    assert owner is not None
    return (
        plan.key, yes(plan.kind == "deleted"), records.account_for(dice, company), first, last, f"{first} {last}",
        "" if dice.chance(gaps / 2) else title, "" if dice.chance(0.4) else DEPARTMENTS[person.part],
        mail_as_typed(world, dice, job, person, missing=gaps), "" if dice.chance(gaps) else phone_spelling(dice, job.phone),
        "" if dice.chance(0.45) else phone_spelling(dice, person.mobile), "" if dice.chance(0.5) else company.street,
        "" if dice.chance(0.3) else company.city, "" if dice.chance(0.5) else company.state, "" if dice.chance(0.5) else company.postal,
        "" if dice.chance(0.15) else drift.country(dice, company), yes(person.opted_out and dice.chance(0.85)), yes(dice.chance(0.015)),
        stamp(moment_on(dice, bounce_day)) if bounced else "", "550 5.1.1 user unknown" if bounced else "",
        dice.pick(("Outbound", "Web", "Trade Show", "Referral", "Webinar", "")), person.language if dice.chance(0.5) else "",
        linkedin_of(world.config.seed, person) if dice.chance(0.35) else "", yes(left and dice.chance(0.25)),
        world.user_ids[owner.index], *times_between(dice, plan.created, end),
    )  # fmt: skip
