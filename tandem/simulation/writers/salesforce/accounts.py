"""Accounts, with the duplicates people made."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from tandem.simulation.dice import Dice
from tandem.simulation.lexicon import load
from tandem.simulation.market import Company
from tandem.simulation.names import phone_spelling
from tandem.simulation.outputs import CsvFile
from tandem.simulation.world import World
from tandem.simulation.writers.salesforce.records import ALL_TIMES, FOLDER, SOURCE, CrmRecords, times_between, yes

FILE = "salesforce/Account.csv"
HEADER = (
    "Id", "IsDeleted", "MasterRecordId", "Name", "Type", "ParentId", "BillingStreet", "BillingCity", "BillingState",
    "BillingPostalCode", "BillingCountry", "Phone", "Website", "Industry", "AnnualRevenue", "CurrencyIsoCode",
    "NumberOfEmployees", "OwnerId", "AccountSource", "Segment__c", "Description", *ALL_TIMES,
)  # fmt: skip
KNOWN = 0.80  # share of companies without deals that the CRM knows
DUPLICATES, MERGED = 0.05, 0.008
SOURCES = ("Outbound", "Web", "Trade Show", "Partner", "Referral", "Purchased List", "")
REMARKS = (
    "",
    "",
    "",
    "",
    "",
    "Key account plan in the shared folder",
    "Met at LogiMAT",
    "Uses an in-house WMS",
    "see parent",
    "Do not merge",
)


@dataclass(slots=True)
class _Record:
    created: dt.date
    company: Company
    kind: str  # "main", "duplicate" or "merged"
    key: str = ""


def write_accounts(world: World, records: CrmRecords) -> None:
    """Account.csv in order of creation; fills `records.accounts`, `world.account_ids` and `world.tracked`."""
    plans = _plans(world)
    for plan in plans:
        plan.key = world.ids.new("Account")
        if plan.kind == "main":
            records.accounts[plan.company.index] = [plan.key]
            records.created[plan.company.index] = plan.created
            world.account_ids[plan.company.index] = plan.key
            world.tracked.add(plan.company.index)
    for plan in plans:
        if plan.kind == "duplicate":
            records.accounts[plan.company.index].append(plan.key)
    with CsvFile(world.out / FOLDER / "Account.csv", HEADER, world.summary) as file:
        for plan in plans:
            file.write(_row(world, records, plan))
            if plan.kind != "merged":
                world.account_key(plan.company, plan.key, SOURCE)
            if plan.kind != "main":
                world.truth.add("planted", FILE, plan.key, plan.kind)


def _plans(world: World) -> list[_Record]:
    """Which records there are and when each was made."""
    first_deal: dict[int, dt.date] = {}
    for deal in world.exported_deals:
        first_deal.setdefault(deal.company.index, deal.opened_on)
    customers = {contract.company.index for contract in world.book.contracts}
    plans: list[_Record] = []
    for company in world.market.companies:
        dice = world.dice("crm account", company.index)
        needed = company.index in first_deal or company.index in customers
        if not needed and not dice.chance(KNOWN):
            continue
        created = _created(world, dice, company, first_deal.get(company.index))
        plans.append(_Record(created, company, "main"))
        if world.drift.hit(dice, DUPLICATES):
            span = max(1, (world.config.end - created).days - 1)
            plans.append(_Record(created + dt.timedelta(days=dice.between(0, span)), company, "duplicate"))
        elif world.drift.hit(dice, MERGED):
            plans.append(_Record(created, company, "merged"))
    plans.sort(key=lambda plan: (plan.created, plan.company.index, plan.kind))
    return plans


def _created(world: World, dice: Dice, company: Company, first_deal: dt.date | None) -> dt.date:
    """Before the first deal and before becoming a customer."""
    day = world.config.end - dt.timedelta(days=dice.between(20, 1500))
    limits = [limit for limit in (first_deal, company.customer_since) if limit is not None]
    return min([day, *(limit - dt.timedelta(days=dice.between(0, 45)) for limit in limits)])


def _row(world: World, records: CrmRecords, plan: _Record) -> tuple[object, ...]:
    company, main = plan.company, plan.kind == "main"
    dice = world.dice("crm account row", company.index, plan.kind)
    drift, place = world.drift, company.place
    name = company.name.full if main and dice.chance(0.6) else drift.company(dice, company)
    parent = company.parent
    parent_id = world.account_ids.get(parent.index, "") if main and parent and dice.chance(0.6) else ""
    gaps = 0.10 if main else 0.35
    industry = load("companies")["industries"]["crm"][company.industry]
    assert company.owner is not None
    times = times_between(dice, plan.created, world.config.end)
    return (
        plan.key, yes(plan.kind == "merged"), records.accounts[company.index][0] if plan.kind == "merged" else "", name,
        _type(company, dice), parent_id, "" if dice.chance(gaps) else company.street, "" if dice.chance(gaps / 2) else company.city,
        "" if dice.chance(0.3) else company.state, "" if dice.chance(gaps) else company.postal, drift.country(dice, company),
        "" if dice.chance(gaps) else phone_spelling(dice, company.phone), drift.website(dice, company, missing=gaps + 0.04),
        "" if dice.chance(gaps) else industry, "" if dice.chance(0.35) else company.revenue, place.currency,
        "" if dice.chance(0.15) else _heads(dice, company), world.user_ids[company.owner.index], dice.pick(SOURCES),
        "" if dice.chance(0.08) else company.segment, dice.pick(REMARKS), *times,
    )  # fmt: skip


def _heads(dice: Dice, company: Company) -> int:
    """Employees as somebody looked them up: near, often rounded."""
    guess = company.employees * (1 + dice.gauss(0, 0.08))
    return max(5, round(guess / 10) * 10 if guess > 100 and dice.chance(0.6) else round(guess))


def _type(company: Company, dice: Dice) -> str:
    if company.churned_on:
        return "Former Customer" if dice.chance(0.6) else "Customer"
    if company.customer_since:
        return "Customer" if dice.chance(0.93) else "Prospect"
    return "Prospect" if dice.chance(0.9) else ""
