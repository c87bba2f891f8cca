"""A bought contact list as ZoomInfo exports it: a third to two thirds of it stale or wrong, each error in the truth."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from tandem.simulation.config import Noise
from tandem.simulation.dice import Dice, Weighted
from tandem.simulation.lexicon import load
from tandem.simulation.market import Company, Person
from tandem.simulation.names import mail_address, phone_number, phone_spelling
from tandem.simulation.outputs import CsvFile
from tandem.simulation.systems import NumberIds
from tandem.simulation.world import World
from tandem.simulation.writers.salesforce.contacts import linkedin_of
from tandem.simulation.writers.salesforce.records import job_number

FOLDER, SOURCE = "vendor", "zoominfo"
HEADER = (
    "ZoomInfo Contact ID", "Last Name", "First Name", "Middle Name", "Job Title", "Management Level", "Job Start Date", "Job Function",
    "Department", "Direct Phone Number", "Email Address", "Email Domain", "Mobile phone", "Contact Accuracy Score",
    "ZoomInfo Contact Profile URL", "LinkedIn Contact Profile URL", "Notice Provided Date", "Person City", "Country",
    "ZoomInfo Company ID", "Company Name", "Website", "Company HQ Phone", "Revenue (in 000s USD)", "Employees", "Primary Industry",
    "Company Street Address", "Company City", "Company State", "Company Zip Code", "Company Country",
)  # fmt: skip
STALE_SHARE = {Noise.LOW: 0.43, Noise.MIDDLE: 0.49, Noise.HIGH: 0.57}
# Movers are taken in first, whom the provider missed; what is left of the share is drawn from these.
ERRORS = Weighted([("old_title", 34), ("dead_mail", 34), ("wrong_employer", 14), ("wrong_phone", 18)])
LEVELS = {
    "operations": "Director", "it": "Director", "finance": "C-Level", "executive": "C-Level", "procurement": "Manager", "user": "Non-Manager",
}  # fmt: skip
FUNCTIONS = {
    "operations": "Operations", "it": "Information Technology", "finance": "Finance", "executive": "C-Suite",
    "procurement": "Operations", "user": "Operations",
}  # fmt: skip
WRONG_COMPANY = -1  # employment number of a person listed where that person never worked


@dataclass(slots=True)
class _Listing:
    """One row to be: who, listed where, and what is wrong with it."""

    person: Person
    company: Company
    error: str
    job: int


def write_vendor(world: World) -> None:
    """zoominfo-contacts.csv, sorted as the vendor's search returns it: by company."""
    dice, config = world.dice("vendor"), world.config
    count = min(len(world.market.people), round(config.vendor_contacts_per_seller * config.sellers))
    listings = [_listing(world, dice, person) for person in dice.some(world.market.people, count)]
    listings.sort(key=lambda listing: (listing.company.name.domain, listing.person.index))
    people = NumberIds(config.seed, "zoominfo people", 1_204_000_000, 800_000)
    company_ids = NumberIds(config.seed, "zoominfo companies", 344_000_000, 60_000)
    companies: dict[int, str] = {}
    with CsvFile(world.out / FOLDER / "zoominfo-contacts.csv", HEADER, world.summary) as file:
        for listing in listings:
            if listing.company.index not in companies:
                companies[listing.company.index] = company_ids.new()
                world.account_key(listing.company, companies[listing.company.index], SOURCE)
            key = people.new()
            world.contact_key(listing.person, key, SOURCE, listing.job)
            if listing.error:
                world.truth.add("vendor_errors", key, listing.error)
            file.write(_row(world, listing, key, companies[listing.company.index]))


def _listing(world: World, dice: Dice, person: Person) -> _Listing:
    """Movers are mostly listed where they were; of the others enough are wrong to reach the share."""
    now = person.job_on(world.config.end).company
    old = person.first_job.company
    share = STALE_SHARE[world.config.noise]
    if person.moved and person.moved <= world.config.end and dice.chance(0.45 + share / 2):
        return _Listing(person, old, "moved", 0)
    movers = 0.22  # about so many of all people are listed at a job they left
    if not dice.chance((share - movers) / (1 - movers)):
        return _Listing(person, now, "", job_number(person, now))
    error = str(dice.draw(ERRORS))
    if error == "wrong_employer":
        other = dice.pick(world.market.companies)
        if other not in (now, old) and (person.second_job is None or person.second_job.company is not other):
            return _Listing(person, other, error, WRONG_COMPANY)
        error = "dead_mail"
    return _Listing(person, now, error, job_number(person, now))


def _title(dice: Dice, person: Person, error: str, title: str) -> str:
    if error != "old_title":
        return title
    others = [other for other in load("titles")[person.part]["en"] if other != title]
    return person.old_title if person.old_title and person.old_title != title else dice.pick(others)


def _mail(dice: Dice, listing: _Listing, mail: str) -> str:
    """The address; a dead one is guessed in a pattern the company does not use."""
    if listing.error not in ("dead_mail", "wrong_employer"):
        return mail
    person, domain = listing.person, listing.company.name.domain
    guesses = [
        mail_address(pattern, person.first, person.last, domain)
        for pattern in ("{f}.{l}", "{i}{l}", "{l}{i}", "{f}_{l}", "{f}{l}")
    ]
    return dice.pick([guess for guess in guesses if guess != mail])


def _row(world: World, listing: _Listing, key: str, company_key: str) -> tuple[object, ...]:
    person, company, error = listing.person, listing.company, listing.error
    dice, drift, end = world.dice("vendor row", person.index), world.drift, world.config.end
    job = person.second_job if listing.job == 1 and person.second_job else person.first_job
    first, last = drift.person(dice, person.first, person.last)
    mail = _mail(dice, listing, job.email if listing.job >= 0 else "")
    phone = phone_number(dice, company.place, mobile=False) if error in ("wrong_phone", "wrong_employer") else job.phone
    started = (person.moved if listing.job == 1 else None) or end - dt.timedelta(days=dice.between(200, 3000))
    score = min(99, max(60, round(dice.gauss(86 if error else 91, 6))))
    title = _title(dice, person, error, job.title)
    website = drift.website(dice, company, missing=0.03)
    notice = (
        end - dt.timedelta(days=dice.between(100, 900)) if company.place.region == "EMEA" and dice.chance(0.7) else None
    )
    missing_mail = error in ("", "old_title", "wrong_phone") and dice.chance(0.08)
    mail = "" if missing_mail else mail
    return (
        key, last, first, "", title, LEVELS[person.part], started.replace(day=1), FUNCTIONS[person.part], FUNCTIONS[person.part],
        phone_spelling(dice, phone) if error == "wrong_phone" or dice.chance(0.6) else "", mail, mail.partition("@")[2],
        phone_spelling(dice, person.mobile) if dice.chance(0.4) else "", score, f"https://app.zoominfo.com/#/apps/profile/person/{key}",
        linkedin_of(world.config.seed, person) if dice.chance(0.7) else "", f"{notice:%m/%d/%Y}" if notice else "",
        company.city if dice.chance(0.7) else "", company.place.name, company_key, drift.company(dice, company), website,
        phone_spelling(dice, company.phone), round(company.revenue * 1.08 / 1000 * (1 + dice.gauss(0, 0.2))) if dice.chance(0.9) else "",
        max(5, round(company.employees * (1 + dice.gauss(0, 0.15)))), load("companies")["industries"]["vendor"][company.industry],
        company.street, company.city, company.state, company.postal, company.place.name,
    )  # fmt: skip
