"""Leads: forms, lists and fairs; many are people whom the CRM already knows as contacts."""

from __future__ import annotations

import datetime as dt

from tandem.simulation.dice import Dice, Weighted
from tandem.simulation.market import Person
from tandem.simulation.names import phone_spelling
from tandem.simulation.outputs import CsvFile
from tandem.simulation.world import World
from tandem.simulation.writers.salesforce.contacts import mail_as_typed
from tandem.simulation.writers.salesforce.records import (
    ALL_TIMES,
    FOLDER,
    SOURCE,
    CrmRecords,
    job_number,
    times_between,
    yes,
)

FILE = "salesforce/Lead.csv"
HEADER = (
    "Id", "IsDeleted", "FirstName", "LastName", "Name", "Title", "Company", "Website", "Email", "Phone", "MobilePhone", "Street",
    "City", "State", "PostalCode", "Country", "LeadSource", "Status", "Rating", "HasOptedOutOfEmail", "IsConverted",
    "ConvertedDate", "ConvertedAccountId", "ConvertedContactId", "ConvertedOpportunityId", "OwnerId", *ALL_TIMES,
)  # fmt: skip
STATUS = Weighted(
    [("Open - Not Contacted", 34), ("Working - Contacted", 30), ("Closed - Not Converted", 26), ("Nurturing", 10)]
)
SOURCES = Weighted(
    [("Web", 30), ("Webinar", 16), ("Trade Show", 18), ("Purchased List", 20), ("Partner", 6), ("Phone Inquiry", 10)]
)


def write_leads(world: World, records: CrmRecords) -> None:
    """Lead.csv in order of creation."""
    config = world.config
    dice = world.dice("leads")
    count = round(config.leads_per_seller * config.sellers)
    span = (config.end - config.start).days
    drawn = sorted(
        (
            (config.start + dt.timedelta(days=dice.between(0, span)), person)
            for person in dice.some(world.market.people, count)
        ),
        key=lambda pair: (pair[0], pair[1].index),
    )
    deals = {company: made[0].index for company, made in world.company_deals().items()}
    with CsvFile(world.out / FOLDER / "Lead.csv", HEADER, world.summary) as file:
        for day, person in drawn:
            key = world.ids.new("Lead")
            job = person.job_on(day)
            world.contact_key(person, key, SOURCE, job_number(person, job.company))
            file.write(_row(world, records, world.dice("lead", person.index), key, day, person, deals))


def _row(
    world: World, records: CrmRecords, dice: Dice, key: str, day: dt.date, person: Person, deals: dict[int, int]
) -> tuple[object, ...]:
    job = person.job_on(day)
    company, drift = job.company, world.drift
    first, last = drift.person(dice, person.first, person.last)
    contact = records.contact_of(person, company)
    converted = bool(contact) and dice.chance(0.45)
    day_converted = min(world.config.end, day + dt.timedelta(days=dice.between(1, 40)))
    links = ("", "", "", "")
    if converted:
        deal = world.opportunity_ids.get(deals.get(company.index, -1), "") if dice.chance(0.4) else ""
        links = (day_converted.isoformat(), world.account_ids[company.index], contact, deal)
    owners = [member for member in world.staff if member.role == "sdr"] or world.sellers
    owner = dice.pick(owners) if dice.chance(0.75) else company.owner or owners[0]
    status = "Closed - Converted" if converted else dice.draw(STATUS)
    return (
        key, "false", first, last, f"{first} {last}", "" if dice.chance(0.2) else person.old_title or job.title,
        drift.company(dice, company), drift.website(dice, company, missing=0.4), mail_as_typed(world, dice, job, person, missing=0.06),
        phone_spelling(dice, job.phone) if dice.chance(0.5) else "", phone_spelling(dice, person.mobile) if dice.chance(0.2) else "",
        company.street if dice.chance(0.2) else "", company.city if dice.chance(0.5) else "", company.state if dice.chance(0.2) else "",
        company.postal if dice.chance(0.25) else "", drift.country(dice, company) if dice.chance(0.8) else "", dice.draw(SOURCES), status,
        dice.pick(("Hot", "Warm", "Cold", "", "")), yes(person.opted_out and dice.chance(0.5)), yes(converted), *links,
        world.user_ids[owner.index], *times_between(dice, day, world.config.end),
    )  # fmt: skip
