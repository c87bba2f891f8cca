"""Third-party intent as Bombora's weekly Company Surge file: company level, noisy, some weeks ahead of need."""

from __future__ import annotations

import math

from tandem.simulation.dice import Dice
from tandem.simulation.market import Company
from tandem.simulation.outputs import CsvFile
from tandem.simulation.world import World

FOLDER = "intent"
HEADER = (
    "Company Name",
    "Domain",
    "Size",
    "Industry",
    "Topic Name",
    "Topic ID",
    "Composite Score",
    "Domain Origin Country",
    "Date Stamp",
)
# name, id, weight of need: research on these topics grows with need; the last ones are noise that every company shows
TOPICS = (
    ("Warehouse Management System (WMS)", 1208, 1.0), ("Warehouse Automation", 3391, 1.0), ("Autonomous Mobile Robots (AMR)", 5120, 0.9),
    ("Order Fulfillment", 884, 0.7), ("Yard Management", 4417, 0.6), ("Labor Management Software", 2260, 0.5), ("Slotting Optimization", 6033, 0.8),
    ("Supply Chain Visibility", 1977, 0.3), ("Cloud Migration", 310, 0.0), ("Payroll Software", 702, 0.0), ("Cyber Security", 118, 0.0),
    ("Employee Engagement", 929, 0.0),
)  # fmt: skip
SIZES = ((10, "1-10 employees"), (50, "11-50 employees"), (200, "51-200 employees"), (500, "201-500 employees"),
         (1000, "501-1,000 employees"), (5000, "1,001-5,000 employees"), (10_000, "5,001-10,000 employees"))  # fmt: skip
LEAD_WEEKS = 4  # research runs about so far ahead of need
RANDOM_SHARE = 0.45  # rows that have nothing to do with need


def write_intent(world: World) -> None:
    """One file a week of the exported period, Monday's date in its name."""
    config = world.config
    mean = config.intent_rows_per_seller_week * config.sellers
    for week in range(config.weeks):
        day = world.day(week)
        if day < config.start:
            continue
        dice = world.dice("intent", week)
        weights = [math.exp(1.1 * world.need(company, week + LEAD_WEEKS)) for company in world.market.companies]
        total = sum(weights)
        with CsvFile(world.out / FOLDER / f"bombora-surge-{day}.csv", HEADER, world.summary, quoted=False) as file:
            for company, weight in zip(world.market.companies, weights, strict=True):
                expected = mean * ((1 - RANDOM_SHARE) * weight / total + RANDOM_SHARE / len(weights))
                count = min(dice.poisson(expected), len(TOPICS))
                for topic in dice.some(TOPICS, count) if count else ():
                    file.write(_row(world, dice, company, topic, week))


def _row(world: World, dice: Dice, company: Company, topic: tuple[str, int, float], week: int) -> tuple[object, ...]:
    name, number, weight = topic
    need = world.need(company, week + LEAD_WEEKS)
    score = round(min(99, max(25, 55 + 9 * weight * need + dice.gauss(0, 11))))
    size = next((label for edge, label in SIZES if company.employees <= edge), "10,001+ employees")
    title = "" if dice.chance(0.06) else world.drift.company(dice, company)
    return (title, company.name.domain, size, "", name, number, score, company.place.code, world.day(week))
