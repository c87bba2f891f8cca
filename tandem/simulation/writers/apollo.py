"""A second bought list, as Apollo exports people: its errors are its own, so that two lists that agree mean something."""

from __future__ import annotations

import datetime as dt

from tandem.simulation.dice import Dice, Weighted
from tandem.simulation.lexicon import load
from tandem.simulation.market import Company, Employment, Person
from tandem.simulation.names import mail_address, phone_number, phone_spelling
from tandem.simulation.outputs import CsvFile
from tandem.simulation.world import World
from tandem.simulation.writers.salesforce.contacts import linkedin_of
from tandem.simulation.writers.salesforce.records import job_number

FOLDER, SOURCE = "vendor", "apollo"
FILE = "apollo-people.csv"
HEADER = (
    "First Name", "Last Name", "Title", "Company Name", "Company Name for Emails", "Email", "Email Status", "Primary Email Source",
    "Email Confidence", "Primary Email Catch-all Status", "Primary Email Last Verified At", "Seniority", "Departments", "Contact Owner",
    "Work Direct Phone", "Home Phone", "Mobile Phone", "Corporate Phone", "Other Phone", "Stage", "Lists", "Last Contacted",
    "Account Owner", "# Employees", "Industry", "Keywords", "Person Linkedin Url", "Website", "Company Linkedin Url", "Facebook Url",
    "Twitter Url", "City", "State", "Country", "Company Address", "Company City", "Company State", "Company Country", "Company Phone",
    "Technologies", "Annual Revenue", "Apollo Contact Id", "Apollo Account Id",
)  # fmt: skip
PER_SELLER = 52
STILL_AT_OLD_JOB = 0.34  # of those who moved
WRONG = Weighted([("", 78), ("old_title", 8), ("dead_mail", 9), ("wrong_phone", 5)])
LEVELS = {
    "operations": "Director",
    "it": "Director",
    "finance": "C suite",
    "executive": "C suite",
    "procurement": "Manager",
    "user": "Entry",
}
DEPARTMENTS = {
    "operations": "Operations", "it": "Information Technology", "finance": "Finance", "executive": "C-Suite", "procurement": "Operations",
    "user": "Operations",
}  # fmt: skip
HEX = "0123456789abcdef"


def write_apollo(world: World) -> None:
    """apollo-people.csv, in the order of the vendor's search: by company."""
    dice, config = world.dice("apollo"), world.config
    count = min(len(world.market.people), round(PER_SELLER * config.sellers))
    listed = [(person, *_listing(world, dice, person)) for person in dice.some(world.market.people, count)]
    listed.sort(key=lambda one: (one[1].company.name.domain, one[0].index))
    accounts: dict[int, str] = {}
    with CsvFile(world.out / FOLDER / FILE, HEADER, world.summary, quoted=False) as file:
        for person, job, error in listed:
            row_dice = world.dice("apollo row", person.index)
            company = job.company
            if company.index not in accounts:
                accounts[company.index] = world.dice("apollo account", company.index).token(HEX, 24)
                world.account_key(company, accounts[company.index], SOURCE)
            key = row_dice.token(HEX, 24)
            world.contact_key(person, key, SOURCE, job_number(person, company))
            if error:
                world.truth.add("vendor_errors", key, error)
            file.write(_row(world, row_dice, person, job, error, key, accounts[company.index]))


def _listing(world: World, dice: Dice, person: Person) -> tuple[Employment, str]:
    """Where the person is listed, and what is wrong with the row."""
    now = person.job_on(world.config.end)
    if now is not person.first_job and dice.chance(STILL_AT_OLD_JOB):
        return person.first_job, "moved"
    return now, str(dice.draw(WRONG))


def _row(
    world: World, dice: Dice, person: Person, job: Employment, error: str, key: str, account: str
) -> tuple[object, ...]:  # fmt: skip
    company, drift, end = job.company, world.drift, world.config.end
    first, last = drift.person(dice, person.first, person.last)
    mail = _mail(dice, person, company) if error == "dead_mail" else job.email
    mail = "" if dice.chance(0.12) else mail
    status = (
        ""
        if not mail
        else "Verified"
        if dice.chance(0.42 if error in ("dead_mail", "moved") else 0.86)
        else "Extrapolated"
    )
    phone = phone_number(dice, company.place, mobile=False) if error == "wrong_phone" else job.phone
    titles = load("titles")[person.part]["en"]
    title = dice.pick([one for one in titles if one != job.title]) if error == "old_title" else job.title
    checked = f"{end - dt.timedelta(days=dice.between(3, 400))}T06:00:00+00:00" if status == "Verified" else ""
    name = drift.company(dice, company)
    return (
        first, last, title, name, company.name.root, mail, status, "Apollo" if mail else "", "", "", checked, LEVELS[person.part],
        DEPARTMENTS[person.part], "", phone_spelling(dice, phone) if dice.chance(0.35) else "", "",
        phone_spelling(dice, person.mobile) if dice.chance(0.3) else "", phone_spelling(dice, company.phone), "", "Cold", "", "", "",
        max(5, round(company.employees * (1 + dice.gauss(0, 0.12)))), load("companies")["industries"]["names"][company.industry].lower(), "",
        linkedin_of(world.config.seed, person) if dice.chance(0.85) else "", drift.website(dice, company, missing=0.04), "", "", "",
        company.city if dice.chance(0.8) else "", company.state if dice.chance(0.6) else "", company.place.name, company.street,
        company.city, company.state, company.place.name, phone_spelling(dice, company.phone), "",
        round(company.revenue * 1.08 * (1 + dice.gauss(0, 0.25))) if dice.chance(0.7) else "", key, account,
    )  # fmt: skip


def _mail(dice: Dice, person: Person, company: Company) -> str:
    """A guess in a pattern that the company does not use."""
    right = person.job_on(dt.date.max).email
    guesses = [
        mail_address(pattern, person.first, person.last, company.name.domain)
        for pattern in ("{f}.{l}", "{i}{l}", "{f}", "{l}.{f}")
    ]
    return dice.pick([guess for guess in guesses if guess != right])
