"""The marketing database: companies and contacts as HubSpot exports them, labels of the English UI as headers."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from tandem.simulation.dice import Dice, Weighted
from tandem.simulation.lexicon import load
from tandem.simulation.market import Company, Person
from tandem.simulation.names import phone_spelling
from tandem.simulation.outputs import CsvFile
from tandem.simulation.systems import NumberIds
from tandem.simulation.times import Moment, utc_to_local, working_moment
from tandem.simulation.world import World
from tandem.simulation.writers.salesforce.contacts import mail_as_typed
from tandem.simulation.writers.salesforce.records import job_number

FOLDER = SOURCE = "hubspot"
COMPANY = (
    "Record ID", "Company name", "Company Domain Name", "Website URL", "Phone Number", "Street Address", "City", "State/Region",
    "Postal Code", "Country/Region", "Industry", "Number of Employees", "Annual Revenue", "Lifecycle Stage", "Company owner",
    "Parent Company ID", "Number of Pageviews", "Create Date", "Last Modified Date",
)  # fmt: skip
CONTACT = (
    "Record ID", "First Name", "Last Name", "Email", "Phone Number", "Mobile Phone Number", "Job Title", "Company Name", "City",
    "Country/Region", "Preferred language", "Lifecycle Stage", "Lead Status", "Contact owner", "Unsubscribed from all email",
    "First hard bounce date", "Number of Form Submissions", "Original Source", "Associated Company", "Associated Company IDs",
    "Create Date", "Last Activity Date", "Last Modified Date",
)  # fmt: skip
PORTAL_ZONE = "Europe/Berlin"
KNOWN_COMPANIES, KNOWN_PEOPLE = 0.66, 0.58
DUPLICATE_COMPANIES, DUPLICATE_PEOPLE = 0.03, 0.05
STAGES = Weighted([("Lead", 40), ("Marketing Qualified Lead", 22), ("Subscriber", 28), ("Sales Qualified Lead", 10)])
LEAD_STATUS = Weighted(
    [("New", 22), ("Open", 14), ("In Progress", 14), ("Attempted to Contact", 12), ("Unqualified", 8), ("", 30)]
)
ORIGINS = Weighted(
    [
        ("Organic Search", 30),
        ("Direct Traffic", 20),
        ("Offline Sources", 26),
        ("Paid Search", 10),
        ("Email Marketing", 8),
        ("Referrals", 6),
    ]
)


@dataclass(slots=True)
class _Company:
    company: Company
    key: str
    name: str
    created: dt.date


def local_time(moment: Moment) -> str:
    """As HubSpot exports write it, in the portal's zone: 2026-01-31 09:30."""
    return f"{utc_to_local(PORTAL_ZONE, moment):%Y-%m-%d %H:%M}"


def write_hubspot(world: World) -> None:
    """Companies first, then contacts that point at them."""
    known = _write_companies(world)
    _write_contacts(world, known)


def _write_companies(world: World) -> dict[int, list[_Company]]:
    ids = NumberIds(world.config.seed, "hubspot companies", 9_100_000_000, 90_000)
    known: dict[int, list[_Company]] = {}
    with CsvFile(world.out / FOLDER / "hubspot-companies.csv", COMPANY, world.summary) as file:
        for company in world.market.companies:
            dice = world.dice("hubspot company", company.index)
            if not dice.chance(0.9 if company.customer_since else KNOWN_COMPANIES):
                continue
            copies = 2 if world.drift.hit(dice, DUPLICATE_COMPANIES) else 1
            for number in range(copies):
                created = world.config.end - dt.timedelta(days=dice.between(5, 1100))
                record = _Company(company, ids.new(), world.drift.company(dice, company), created)
                known.setdefault(company.index, []).append(record)
                world.account_key(company, record.key, SOURCE)
                if number:
                    world.truth.add("planted", "hubspot/hubspot-companies.csv", record.key, "duplicate")
                file.write(_company_row(world, dice, record, known))
    return known


def _company_row(world: World, dice: Dice, record: _Company, known: dict[int, list[_Company]]) -> tuple[object, ...]:
    company, drift = record.company, world.drift
    parent = known.get(company.parent.index) if company.parent and dice.chance(0.3) else None
    created, changed = _times(dice, record.created, world.config.end)
    owner = company.owner.name if company.owner and dice.chance(0.5) else ""
    stage = (
        "Customer"
        if company.customer_since and dice.chance(0.85)
        else "Opportunity"
        if dice.chance(0.15)
        else dice.draw(STAGES)
    )
    return (
        record.key, record.name, drift.domain(dice, company, missing=0.08), drift.website(dice, company, missing=0.4),
        phone_spelling(dice, company.phone) if dice.chance(0.5) else "", company.street if dice.chance(0.3) else "",
        company.city if dice.chance(0.8) else "", company.state if dice.chance(0.4) else "", company.postal if dice.chance(0.4) else "",
        drift.country(dice, company), "" if dice.chance(0.2) else load("companies")["industries"]["marketing"][company.industry],
        "" if dice.chance(0.3) else _band(company.employees), "" if dice.chance(0.5) else round(company.revenue, -6) or company.revenue,
        stage, owner, parent[0].key if parent else "", dice.poisson(9), created, changed,
    )  # fmt: skip


def _band(heads: int) -> int:
    """Employees as enrichment fills them: the lower edge of a band."""
    edges = (1, 5, 10, 25, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 50_000)
    return max(edge for edge in edges if edge <= heads)


def _times(dice: Dice, day: dt.date, end: dt.date) -> tuple[str, str]:
    created = working_moment(dice, PORTAL_ZONE, day)
    changed = working_moment(dice, PORTAL_ZONE, day + dt.timedelta(days=int((end - day).days * dice.random() ** 0.5)))
    return local_time(created), local_time(max(created, changed))


def _write_contacts(world: World, known: dict[int, list[_Company]]) -> None:
    ids = NumberIds(world.config.seed, "hubspot contacts", 151, 37)
    with CsvFile(world.out / FOLDER / "hubspot-contacts.csv", CONTACT, world.summary) as file:
        for person in world.market.people:
            dice = world.dice("hubspot contact", person.index)
            if not dice.chance(KNOWN_PEOPLE):
                continue
            copies = 2 if world.drift.hit(dice, DUPLICATE_PEOPLE) else 1
            for number in range(copies):
                key = ids.new()
                created = world.config.end - dt.timedelta(days=dice.between(2, 1000))
                job = person.job_on(created)
                world.contact_key(person, key, SOURCE, job_number(person, job.company))
                if number:
                    world.truth.add("planted", "hubspot/hubspot-contacts.csv", key, "duplicate")
                file.write(_contact_row(world, dice, person, key, created, known))


def _contact_row(
    world: World, dice: Dice, person: Person, key: str, created: dt.date, known: dict[int, list[_Company]]
) -> tuple[object, ...]:  # fmt: skip
    job, drift, end = person.job_on(created), world.drift, world.config.end
    company = job.company
    first, last = drift.person(dice, person.first, person.last)
    records = known.get(company.index, [])
    linked = records[:1] if dice.chance(0.75) else records
    made, changed = _times(dice, created, end)
    moved_since = person.moved is not None and person.moved > created
    bounced = moved_since and dice.chance(0.3)
    stage = "Customer" if company.customer_since and dice.chance(0.6) else dice.draw(STAGES)
    bounce = (
        local_time(working_moment(dice, PORTAL_ZONE, min(end, (person.moved or end) + dt.timedelta(days=20))))
        if bounced
        else ""
    )
    return (
        key, first, last, mail_as_typed(world, dice, job, person, missing=0.01).lower(),
        phone_spelling(dice, job.phone) if dice.chance(0.35) else "", phone_spelling(dice, person.mobile) if dice.chance(0.2) else "",
        (person.old_title or job.title) if dice.chance(0.75) else "", "" if dice.chance(0.1) else drift.company(dice, company),
        company.city if dice.chance(0.3) else "", drift.country(dice, company) if dice.chance(0.6) else "",
        person.language if dice.chance(0.4) else "", stage, dice.draw(LEAD_STATUS),
        company.owner.name if company.owner and dice.chance(0.5) else "", "true" if person.opted_out else "", bounce, dice.poisson(0.5),
        dice.draw(ORIGINS), ";".join(record.name for record in linked), ";".join(record.key for record in linked), made,
        changed if dice.chance(0.6) else "", changed,
    )  # fmt: skip
