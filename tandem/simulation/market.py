"""The market: companies with changing need, and the people who work there and move between them."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from tandem.simulation.config import CompanyConfig
from tandem.simulation.dice import Dice, Weighted
from tandem.simulation.lexicon import load
from tandem.simulation.names import (
    MAIL_PATTERNS,
    CompanyName,
    CompanyNames,
    Place,
    country_weights,
    mail_address,
    person_name,
    phone_number,
    postal_code,
    street,
)
from tandem.simulation.staff import Member

SEGMENT_HEADS = {"enterprise": 1500, "mid-market": 200, "commercial": 0}
NEED_EVENTS = (
    "new_site",
    "peak_trouble",
    "new_operations_lead",
    "wms_contract_ends",
    "volume_growth",
    "automation_programme",
)


@dataclass(slots=True)
class Person:
    """A person of the market with one or two employments and a way of being.

    style: how the person writes and talks. consent: recording consent, "granted", "declined" or "unknown".
    moved: day of the change to `second`, if there was one.
    """

    index: int
    first: str
    last: str
    part: str
    title: str
    language: str
    mobile: str
    style: str
    consent: str
    first_job: Employment
    moved: dt.date | None = None
    second_job: Employment | None = None
    old_title: str = ""
    opted_out: bool = False

    @property
    def name(self) -> str:
        """First and last name."""
        return f"{self.first} {self.last}"

    def job_on(self, day: dt.date) -> Employment:
        """Where the person works on a day."""
        return self.second_job if self.moved and self.second_job and day >= self.moved else self.first_job


@dataclass(slots=True)
class Employment:
    """A person at a company, with the address and phone there."""

    company: Company
    title: str
    email: str
    phone: str


@dataclass(slots=True)
class NeedEvent:
    """A cause of need: from a week on, for some weeks, with a strength in logit units."""

    kind: str
    week: int
    weeks: int
    strength: float


@dataclass(slots=True)
class Company:
    """A company of the market with the latent values that decide what happens.

    fit: standard normal plus the industry's fit. usage: health of a customer's use, -2..2 (customers only).
    freeze_month: month in which its budget year closes and spending is often frozen.
    """

    index: int
    name: CompanyName
    place: Place
    city: str
    state: str
    postal: str
    street: str
    phone: str
    industry: int
    employees: int
    revenue: int
    segment: str
    fit: float
    pattern: str
    parent: Company | None
    freeze_month: int
    owner: Member | None = None
    people: list[Person] = field(default_factory=list)
    need_events: list[NeedEvent] = field(default_factory=list)
    customer_since: dt.date | None = None
    churned_on: dt.date | None = None
    usage: float = 0.0
    sites: int = 1


@dataclass(slots=True)
class Market:
    """All companies and people; `need[company, week]` in logit units around 0."""

    companies: list[Company]
    people: list[Person]
    need: NDArray[np.float32]


STYLES = Weighted([("plain", 34), ("terse", 22), ("warm", 18), ("formal", 16), ("chatty", 10)])
CONSENT = Weighted([("granted", 86), ("unknown", 9), ("declined", 5)])


def build_market(config: CompanyConfig, staff: list[Member]) -> Market:
    """Draw the market of the configured size and share it out among the sellers."""
    dice = Dice.of(config.seed, "market")
    names = CompanyNames()
    count = max(12, round(config.sellers * config.accounts_per_seller))
    companies: list[Company] = []
    for index in range(count):
        parent = dice.pick(companies) if index > 10 and dice.chance(0.07) else None
        companies.append(
            _company(dice, names, index, parent if parent is None or parent.parent is None else parent.parent)
        )
    _share_out(dice, companies, staff)
    people = _people(config, dice, companies)
    return Market(companies, people, _need(config, dice, companies))


def _company(dice: Dice, names: CompanyNames, index: int, parent: Company | None) -> Company:
    industries = load("companies")["industries"]
    place: Place = country_weights().at(dice.random())  # type: ignore[assignment]
    if parent and dice.chance(0.5):
        place = parent.place
    name = names.daughter(dice, parent.name, place) if parent else names.draw(dice, place)
    city, state = dice.pick(place.cities)
    employees = int(min(60_000, max(18, math.exp(dice.gauss(6.1, 1.35)))))
    industry = parent.industry if parent else dice.between(0, len(industries["names"]) - 1)
    segment = next(segment for segment, heads in SEGMENT_HEADS.items() if employees >= heads)
    revenue = int(employees * math.exp(dice.gauss(12.2, 0.5)) / 1000) * 1000
    return Company(
        index, name, place, city, state, postal_code(dice, place), street(dice, place), phone_number(dice, place, mobile=False),
        industry, employees, revenue, segment, industries["fits"][industry] * 0.7 + dice.gauss(0, 0.75),
        str(dice.draw(MAIL_PATTERNS)), parent, dice.pick((12, 12, 12, 3, 6, 9)), sites=1 + dice.poisson(min(6, employees / 700)),
    )  # fmt: skip


def _share_out(dice: Dice, companies: list[Company], staff: list[Member]) -> None:
    """Give each company an owner of its region and segment; leavers keep some accounts on their name."""
    sellers = [member for member in staff if member.role == "seller"]
    shelves: dict[tuple[str, str], list[Member]] = {}
    for seller in sellers:
        for region in ("NA", "EMEA", "APAC") if seller.region == "ALL" else (seller.region,):
            shelves.setdefault((region, seller.segment), []).append(seller)
    turn: dict[int, int] = {}
    for company in companies:
        pool = shelves.get((company.place.region, company.segment)) or shelves.get(("APAC", "commercial")) or sellers
        stayed = [seller for seller in pool if seller.ended is None] or pool
        pool = pool if dice.chance(0.25) else stayed
        owner = min(dice.some(pool, 3), key=lambda seller: turn.get(seller.index, 0))
        turn[owner.index] = turn.get(owner.index, 0) + 1
        company.owner = owner


def _people(config: CompanyConfig, dice: Dice, companies: list[Company]) -> list[Person]:
    titles = load("titles")
    parts = Weighted([(part, row["reach"]) for part, row in titles.items()])
    people: list[Person] = []
    mean = config.contacts_per_account
    for company in companies:
        size = 1 + dice.poisson(
            (mean - 1) * {"enterprise": 1.9, "mid-market": 1.15, "commercial": 0.6}[company.segment]
        )
        for position in range(size):
            part = "operations" if position == 0 and dice.chance(0.7) else str(dice.draw(parts))
            person = _person(dice, company, len(people), part, titles)
            people.append(person)
            company.people.append(person)
    span = (config.end - config.origin).days
    for person in people:
        if dice.chance(1 - math.exp(-0.17 * span / 365)):
            _move(dice, person, companies, config.origin + dt.timedelta(days=dice.between(20, span)))
    return people


def _person(dice: Dice, company: Company, index: int, part: str, titles: dict) -> Person:
    place = company.place
    first, last = person_name(dice, place)
    language = place.language if place.language in ("de", "fr", "nl", "es") else "en"
    native = {"no": "sv", "da": "sv"}.get(place.language, place.language)
    speaks_titles = native if native in titles[part] and dice.chance(0.62) else "en"
    title = dice.pick(titles[part][speaks_titles])
    if language != "en" and dice.chance(0.3 if place.code != "DE" else 0.2):
        language = "en"
    person = Person(
        index, first, last, part, title, language, phone_number(dice, place, mobile=True), str(dice.draw(STYLES)),
        str(dice.draw(CONSENT)), None, opted_out=dice.chance(0.04),  # type: ignore[arg-type]
    )  # fmt: skip
    person.first_job = _job(dice, company, first, last, title)
    if dice.chance(0.25):
        person.old_title = dice.pick(titles[part]["en"])
    return person


def _job(dice: Dice, company: Company, first: str, last: str, title: str) -> Employment:
    email = mail_address(company.pattern, first, last, company.name.domain)
    if company.pattern in ("{f}", "{l}", "{i}{l}") and any(
        mate.first_job and mate.first_job.email == email for mate in company.people
    ):
        email = mail_address("{f}.{l}", first, last, company.name.domain)
    extension = f"{company.phone[:-2]}{dice.between(10, 99)}"
    return Employment(company, title, email, extension)


def _move(dice: Dice, person: Person, companies: list[Company], day: dt.date) -> None:
    old = person.first_job.company
    for _ in range(6):
        new = dice.pick(companies)
        if new is not old and (new.place.region == old.place.region):
            person.moved = day
            person.second_job = _job(dice, new, person.first, person.last, person.title)
            new.people.append(person)
            return


def _need(config: CompanyConfig, dice: Dice, companies: list[Company]) -> NDArray[np.float32]:
    """Need by company and week: a level of its own, a slow wave, and events that raise it for months."""
    rng = np.random.default_rng(config.seed + 17)
    weeks = np.arange(config.weeks, dtype=np.float32)
    count = len(companies)
    level = rng.normal(0, 0.35, count).astype(np.float32)
    phase = rng.uniform(0, 2 * np.pi, count).astype(np.float32)
    period = rng.uniform(40, 90, count).astype(np.float32)
    need = level[:, None] + 0.25 * np.sin(2 * np.pi * weeks[None, :] / period[:, None] + phase[:, None])
    for company in companies:
        for _ in range(dice.poisson(config.weeks / 95)):
            event = NeedEvent(
                dice.pick(NEED_EVENTS), dice.between(-8, config.weeks), dice.between(14, 40), dice.uniform(0.7, 2.4)
            )
            company.need_events.append(event)
            first = max(0, event.week)
            shape = 1 - ((weeks[first : event.week + event.weeks] - event.week) / event.weeks) ** 2
            need[company.index, first : event.week + event.weeks] += event.strength * shape
    return need.astype(np.float32)
