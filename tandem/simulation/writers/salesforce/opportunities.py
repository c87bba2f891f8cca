"""Opportunities with their snapshots, field history, contact roles and line items, deal by deal."""

from __future__ import annotations

import datetime as dt
from contextlib import ExitStack

from tandem.simulation.deals.chain import LOST, WON
from tandem.simulation.deals.habits import Bookkeeper, CrmStory
from tandem.simulation.deals.paths import LOSS_REASONS, Deal
from tandem.simulation.dice import Dice
from tandem.simulation.lexicon import load
from tandem.simulation.outputs import CsvFile
from tandem.simulation.times import quarter_start, stamp
from tandem.simulation.world import World
from tandem.simulation.writers.salesforce.activities import Activities
from tandem.simulation.writers.salesforce.calls import Calls
from tandem.simulation.writers.salesforce.history import CATEGORY_CODES, History
from tandem.simulation.writers.salesforce.parts import DealParts
from tandem.simulation.writers.salesforce.records import ALL_TIMES, FOLDER, CrmRecords, money, yes

FILE = "salesforce/Opportunity.csv"
HEADER = (
    "Id", "IsDeleted", "AccountId", "ContactId", "Name", "StageName", "Amount", "Probability", "ExpectedRevenue", "CloseDate", "Type",
    "NextStep", "LeadSource", "IsClosed", "IsWon", "ForecastCategory", "ForecastCategoryName", "CurrencyIsoCode", "OwnerId",
    "FiscalYear", "FiscalQuarter", "PushCount", "LastStageChangeDate", "LastActivityDate", "Loss_Reason__c", "Main_Competitor__c",
    "CreatedById", *ALL_TIMES,
)  # fmt: skip
NO_ACCOUNT = 0.05
LATE_DAYS = 14


def assign_opportunity_ids(world: World) -> None:
    """Ids of all exported deals, in order of opening; fills `world.opportunity_ids`."""
    for deal in world.exported_deals:
        world.opportunity_ids[deal.index] = world.ids.new("Opportunity")


def write_opportunities(world: World, records: CrmRecords, products: list[str], activities: Activities) -> Calls:
    """Five files and the truth of each deal; returns what sellers believed week by week."""
    calls, last_amount = Calls(world), dict[int, float]()
    with ExitStack() as stack:
        file = stack.enter_context(CsvFile(world.out / FOLDER / "Opportunity.csv", HEADER, world.summary))
        history = stack.enter_context(History(world))
        parts = stack.enter_context(DealParts(world, records, products))
        for deal in world.exported_deals:
            story = _story(world, deal, last_amount)
            dice = world.dice("crm deal", deal.index)
            account = _account(records, dice, deal)
            last_touch = activities.deal(deal, story, account)
            contact = parts.deal(deal, story)
            file.write(_row(world, deal, story, dice, account, contact, last_touch))
            history.deal(deal, story)
            calls.deal(deal, story)
            _plant(world, deal, story, account)
    return calls


def _story(world: World, deal: Deal, last_amount: dict[int, float]) -> CrmStory:
    """The deal as its owner keeps it; the amount of the owner's deal before may be copied."""
    dice, owner = world.dice("crm story", deal.index), deal.owner
    keeper = Bookkeeper(
        deal, dice, world.config.origin, world.config.end, world.heir(owner), last_amount.get(owner.index)
    )
    story = keeper.keep()
    story.changes.sort(key=lambda change: change.at)
    amount = story.first["Amount"]
    if isinstance(amount, float):
        last_amount[owner.index] = amount
    return story


def _account(records: CrmRecords, dice: Dice, deal: Deal) -> str:
    """The deal's account record; some new deals are kept without one."""
    if deal.motion == "New Business" and dice.chance(NO_ACCOUNT * 1.6 * (1 - deal.owner.hygiene)):
        return ""
    return records.account_for(dice, deal.company)


def deal_name(deal: Deal) -> str:
    """As sellers name deals: company, what it is about, and the year of a renewal."""
    short = deal.company.name.short
    if deal.motion == "Renewal":
        return f"{short} - Renewal {(deal.contract_end or deal.opened_on).year}"
    product = load("own")["products"][deal.products[0]]["name"].removeprefix("Merrowline ")
    return f"{short} - {product}{' expansion' if deal.motion == 'Expansion' else ''}"


def _row(
    world: World, deal: Deal, story: CrmStory, dice: Dice, account: str, contact: str, last_touch: dt.date | None
) -> tuple[object, ...]:  # fmt: skip
    now, owner = story.now, story.owner or deal.owner
    stage, amount, close = str(now["StageName"]), now["Amount"], now["CloseDate"]
    assert isinstance(close, dt.date)
    changed = [change.at for change in story.changes]
    moves = [change.at for change in story.changes if change.field == "StageName"]
    last = stamp(max(changed, default=story.created_at))
    probability = int(now["Probability"])  # type: ignore[call-overload]
    category = str(now["ForecastCategoryName"])
    created_by = deal.sdr if deal.sdr and deal.sdr.active_on(deal.opened_on) else deal.owner
    return (
        world.opportunity_ids[deal.index], "false", account, contact, deal_name(deal), stage, money(amount), probability,
        money(amount * probability / 100 if isinstance(amount, float) else None), close.isoformat(), deal.motion, now["NextStep"], deal.source,
        yes(stage in (WON, LOST)), yes(stage == WON), CATEGORY_CODES[category], category, deal.currency, world.user_ids[owner.index],
        close.year, (close.month + 2) // 3, story.pushes, stamp(moves[-1]) if moves else "", last_touch or "",
        _loss_reason(dice, deal, stage), _competitor(dice, deal), world.user_ids[created_by.index], stamp(story.created_at), last, last,
    )  # fmt: skip


def _loss_reason(dice: Dice, deal: Deal, stage: str) -> str:
    """What the seller says it was: missing by habit, and one in four times the comfortable reason."""
    if stage != LOST or not dice.chance(0.35 + 0.6 * deal.owner.hygiene):
        return ""
    return dice.pick(("Price", "Price", "Timing", dice.pick(LOSS_REASONS))) if dice.chance(0.25) else deal.cause


def _competitor(dice: Dice, deal: Deal) -> str:
    if not deal.competitor or not dice.chance(0.2 + 0.6 * deal.owner.hygiene):
        return ""
    rivals = load("own")["competitors"]
    spellings = rivals["spellings"][rivals["names"].index(deal.competitor)]
    return spellings[0] if dice.chance(0.8) else dice.pick(spellings)


def _plant(world: World, deal: Deal, story: CrmStory, account: str) -> None:
    """Keep in the truth every bad habit this deal shows, and the deceit."""
    truth, key, now = world.truth, world.opportunity_ids[deal.index], story.now
    over = now["StageName"] in (WON, LOST)
    habits = {
        "no account": not account,
        "amount copied": story.copied,
        "amount missing": now["Amount"] is None,
        "next step blank": not now["NextStep"] and not over,
        "stages skipped": story.skipped > 0,
        "logged late": story.late_days > LATE_DAYS,
        "over but open": deal.ended is not None and not over,
        "close date past": not over and isinstance(now["CloseDate"], dt.date) and now["CloseDate"] < world.config.end,
        "pushed over a quarter": any(_over_quarter(change.old, change.new) for change in story.changes),
    }
    for kind, shown in habits.items():
        if shown:
            truth.add("planted", FILE, key, kind)
    if story.parked:
        truth.add("gaming", deal.owner.email, "parked_stages", "Opportunity", key)
    if story.fooled:
        truth.add("gaming", deal.owner.email, "pushed_dates", "Opportunity", key)


def _over_quarter(old: object, new: object) -> bool:
    return isinstance(old, dt.date) and isinstance(new, dt.date) and quarter_start(new) > quarter_start(old)
