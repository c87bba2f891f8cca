"""What happens at companies that the public hears of, and why: causes of need, moves of people, rivals, and noise."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from tandem.simulation.deals.paths import Deal
from tandem.simulation.dice import Dice, Weighted
from tandem.simulation.lexicon import load
from tandem.simulation.market import Company, NeedEvent, Person
from tandem.simulation.world import World
from tandem.simulation.writers.public.wording import invented_person, words_of

NOISE, MOVE, RIVAL, PERSONAL, MARKET = "noise", "move", "rival", "personal", "market"
# Of each cause of need: what is told of it, how often, and how many weeks ahead of its first week (mean, spread).
TOLD_OF_NEED: dict[str, tuple[tuple[str, float, float, float], ...]] = {
    "new_site": (("site_opening", 0.70, 5, 3),),
    "peak_trouble": (("peak_trouble", 0.40, -2, 2), ("post", 0.12, -3, 3)),
    "new_operations_lead": (("executive_hire", 0.62, 1, 2),),
    "wms_contract_ends": (("wms_contract_ends", 0.28, 4, 4), ("talk", 0.12, 2, 4)),
    "volume_growth": (("volume_growth", 0.58, 1, 3), ("funding_round", 0.30, 3, 3)),
    "automation_programme": (("automation_programme", 0.52, 4, 4), ("talk", 0.24, 0, 6), ("podcast", 0.08, 0, 6)),
}
NOISE_A_MONTH = {"enterprise": 0.30, "mid-market": 0.14, "commercial": 0.05}
NOISE_KINDS = Weighted(
    [("news", 55), ("product_launch", 14), ("award", 9), ("executive_hire", 7), ("customer_story", 4), ("volume_growth", 4),
     ("executive_leave", 3), ("site_opening", 2.5), ("funding_round", 1.5)]
)  # fmt: skip
OF_PEOPLE = (("talk", 0.10), ("podcast", 0.07), ("blog_post", 0.30))
POSTERS, POSTS, PERSONAL_SHARE = 0.075, 4.0, 0.27
SENIOR = {"executive": 0.75, "operations": 0.55, "it": 0.35, "finance": 0.30, "procurement": 0.2, "user": 0.0}
ROUNDS = (
    (60, ("Seed", "Series A"), (1, 8)), (250, ("Series A", "Series B"), (4, 25)), (800, ("Series B", "Series C"), (12, 60)),
    (2500, ("Series C", "Series D"), (25, 140)), (10**9, ("Private Equity", "Debt Financing"), (40, 300)),
)  # fmt: skip


@dataclass(slots=True)
class Happening:
    """Something that the public may hear of.

    kind: what it is. cause: why it came about: a cause of need, or one of the words above. person: whom it is about, or
    None. extra: slots of its texts that are decided once, so that all who tell it agree.
    """

    company: Company
    day: dt.date
    kind: str
    cause: str
    person: Person | None = None
    extra: dict[str, str] = field(default_factory=dict)
    amount: int = 0


def happenings(world: World) -> list[Happening]:
    """All of the exported period, company by company."""
    deals = world.company_deals()
    found: list[Happening] = []
    for company in world.market.companies:
        dice = world.dice("public", company.index)
        found += _of_need(world, dice, company)
        found += _of_moves(world, dice, company)
        found += _of_rivals(world, dice, company, deals.get(company.index, []))
        found += _noise(world, dice, company)
        found += _of_people(world, dice, company)
    first, last = world.config.start, world.config.end
    return [one for one in found if first <= one.day <= last]


def _of_need(world: World, dice: Dice, company: Company) -> list[Happening]:
    found = []
    for event in company.need_events:
        for kind, chance, lead, spread in TOLD_OF_NEED[event.kind]:
            day = _ahead(world, dice, event, lead, spread)
            if dice.chance(chance):
                found.append(_made(dice, company, day, kind, event.kind))
    return found


def _ahead(world: World, dice: Dice, event: NeedEvent, lead: float, spread: float) -> dt.date:
    """A day some weeks ahead of (or after) the first week of a cause of need."""
    return world.day(event.week) + dt.timedelta(days=round(7 * dice.gauss(-lead, spread)) + dice.between(0, 6))


def _made(dice: Dice, company: Company, day: dt.date, kind: str, cause: str) -> Happening:
    """A happening with its facts drawn."""
    one = Happening(company, day, kind, cause)
    here = [person for person in company.people if person.job_on(day).company is company]
    if kind == "funding_round":
        names, (low, high) = next((names, sums) for edge, names, sums in ROUNDS if company.employees <= edge)
        one.amount = dice.between(low * 2, high * 2) * 500_000
        one.extra = {"round": dice.pick(names), "investors": dice.pick(load("public")["investors"])}
    elif kind in ("executive_hire", "executive_leave"):
        lead = [person for person in here if person.part in ("operations", "executive")]
        if cause != NOISE and lead:
            one.person = lead[0]
        else:
            title = words_of("en").say("position_words", dice, {})
            one.extra = {"person": invented_person(dice, company), "position": title}
    elif kind in ("talk", "podcast", "blog_post", "post"):
        one.person = dice.pick(here) if here else None
    return one


def _of_moves(world: World, dice: Dice, company: Company) -> list[Happening]:
    """People who come from another company of the market: the more senior, the more often in the news."""
    found = []
    for person in company.people:
        if person.moved is None or person.second_job is None or person.second_job.company is not company:
            continue
        day = person.moved + dt.timedelta(days=dice.between(-10, 25))
        if dice.chance(SENIOR[person.part]):
            extra = {"other": person.first_job.company.name.short}
            found.append(Happening(company, day, "executive_hire", MOVE, person, extra))
        if dice.chance(0.5 * SENIOR[person.part]):
            left = day - dt.timedelta(days=dice.between(10, 60))
            found.append(Happening(person.first_job.company, left, "executive_leave", MOVE, person))
        if dice.chance(0.3):
            later = day + dt.timedelta(days=dice.between(0, 21))
            extra = {"other": person.first_job.company.name.short}
            found.append(Happening(company, later, "new_job", MOVE, person, extra))
    return found


def _of_rivals(world: World, dice: Dice, company: Company, deals: list[Deal]) -> list[Happening]:
    """A deal lost to a competitor is that competitor's customer story some months on."""
    found = []
    for deal in deals:
        if deal.competitor and deal.ended and deal.cause == "Lost to Competitor" and dice.chance(0.55):
            day = deal.ended + dt.timedelta(days=dice.between(20, 150))
            found.append(Happening(company, day, "competitor_deployment", RIVAL, None, {"vendor": deal.competitor}))
    if not company.customer_since and dice.chance(0.04):
        rivals = load("own")["competitors"]
        day = world.config.start + dt.timedelta(days=dice.between(0, world.config.months * 30))
        vendor = str(dice.draw(Weighted(list(zip(rivals["names"], rivals["weights"], strict=True)))))
        found.append(Happening(company, day, "competitor_deployment", NOISE, None, {"vendor": vendor}))
    return found


def _noise(world: World, dice: Dice, company: Company) -> list[Happening]:
    """What is published without any need behind it."""
    config = world.config
    span = (config.end - config.start).days
    count = dice.poisson(NOISE_A_MONTH[company.segment] * config.months * min(1.0, config.scale))
    found = []
    for _ in range(count):
        kind = str(dice.draw(NOISE_KINDS))
        found.append(_made(dice, company, config.start + dt.timedelta(days=dice.between(0, span)), kind, NOISE))
    return found


def _of_people(world: World, dice: Dice, company: Company) -> list[Happening]:
    """Talks, interviews, blogs and posts, some of them private."""
    config = world.config
    span = (config.end - config.start).days
    share = config.months / 18 * min(1.0, config.scale)
    found = []
    for kind, rate in OF_PEOPLE:
        for _ in range(dice.poisson(rate * share)):
            found.append(_made(dice, company, config.start + dt.timedelta(days=dice.between(0, span)), kind, NOISE))
    for person in company.people:
        if person.second_job is not None and person.second_job.company is company:
            continue  # once a person, at the first company's turn
        if not dice.chance(POSTERS):
            continue
        for _ in range(dice.poisson(POSTS * share)):
            day = config.start + dt.timedelta(days=dice.between(0, span))
            private = dice.chance(PERSONAL_SHARE)
            kind, cause = ("personal", PERSONAL) if private else ("post", NOISE)
            found.append(Happening(person.job_on(day).company, day, kind, cause, person))
    return found
