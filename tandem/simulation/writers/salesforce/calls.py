"""Sellers' weekly calls (ForecastingItem), quotas (ForecastingQuota) and exchange rates (DatedConversionRate)."""

from __future__ import annotations

import datetime as dt
import math

from tandem.simulation.deals.chain import WON
from tandem.simulation.deals.habits import CrmStory
from tandem.simulation.deals.paths import RATES, Deal
from tandem.simulation.outputs import write_csv
from tandem.simulation.staff import Member
from tandem.simulation.times import noon, quarter_end, quarter_start, stamp, working_moment
from tandem.simulation.world import World
from tandem.simulation.writers.salesforce.records import ALL_TIMES, FOLDER, money

CALL = (
    "Id", "OwnerId", "PeriodStartDate", "ForecastCategoryName", "ForecastAmount", "CurrencyIsoCode", "HasAdjustment",
    "CreatedDate", "LastModifiedDate", "SystemModstamp",
)  # fmt: skip
QUOTA = (
    "Id",
    "QuotaOwnerId",
    "StartDate",
    "QuotaAmount",
    "CurrencyIsoCode",
    "IsAmount",
    "ForecastingTypeId",
    *ALL_TIMES,
)
RATE = ("Id", "IsoCode", "ConversionRate", "StartDate", "NextStartDate", *ALL_TIMES)
COMMIT, BEST_CASE = 0.60, 0.32  # believed chance from which a seller counts a deal
LOOK_AHEAD_DAYS = 40  # so long before a quarter begins its first call is asked for
CORPORATE = "EUR"
OTHER_RATES = {
    "CAD": 1.49,
    "SEK": 11.4,
    "NOK": 11.7,
    "DKK": 7.46,
    "JPY": 163.0,
}  # accounts reckon in these, deals do not


class Calls:
    """Adds up, by seller, Monday and quarter, what was won and what the seller believed."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.totals: dict[tuple[int, dt.date, dt.date], list[float]] = {}
        self._mondays = [world.day(week) for week in range(world.config.weeks) if world.day(week) >= world.config.start]

    def deal(self, deal: Deal, story: CrmStory) -> None:
        """Count one deal in every week it was open or, in the quarter it was won, after."""
        heir = self.world.heir(deal.owner)
        rate = RATES[deal.currency]
        for monday, (close, believed, amount) in story.commits.items():
            keeper = deal.owner if heir is None or deal.owner.active_on(monday) else heir
            if believed >= BEST_CASE and amount and close >= monday:
                self._add(keeper, monday, quarter_start(close), amount / rate, commits=believed >= COMMIT)
        won = [change for change in story.changes if change.field == "StageName" and change.new == WON]
        if won:
            amount = float(story.now["Amount"]) / rate  # type: ignore[arg-type]
            quarter = quarter_start(deal.ended or won[0].at.date())
            for monday in self._mondays:
                if won[0].at.date() < monday <= quarter_end(quarter):
                    self._add(won[0].by, monday, quarter, amount, commits=True)

    def _add(self, seller: Member, monday: dt.date, quarter: dt.date, amount: float, *, commits: bool) -> None:
        total = self.totals.setdefault((seller.index, monday, quarter), [0.0, 0.0])
        total[0] += amount if commits else 0.0
        total[1] += amount

    def rows(self) -> list[tuple[Member, dt.date, dt.date, float, float]]:
        """Seller, Monday, quarter, commit and best case in the corporate currency, for the open periods."""
        result = []
        for monday in self._mondays:
            quarter = quarter_start(monday)
            following = quarter_end(monday) + dt.timedelta(days=1)
            periods = [quarter] + [following] * ((following - monday).days <= LOOK_AHEAD_DAYS)
            for seller in self.world.sellers:
                if seller.active_on(monday):
                    result += [
                        (seller, monday, period, *self.totals.get((seller.index, monday, period), (0.0, 0.0)))
                        for period in periods
                    ]
        return result


def write_calls(world: World, calls: Calls) -> None:
    """ForecastingItem.csv: one row a seller, week, period and category; some weeks are forgotten."""
    dice = world.dice("calls")

    def rows() -> list[tuple[object, ...]]:
        written: list[tuple[object, ...]] = []
        for seller, monday, quarter, commit, best in calls.rows():
            if dice.chance(0.22 * (1 - seller.hygiene)):
                continue
            at = working_moment(dice, seller.place.zone, monday)
            if at.date() > world.config.end:
                continue
            said = stamp(at)
            for category, amount in (("Commit", commit), ("Best Case", max(best, commit))):
                rounded = round(amount / 1000) * 1000.0
                written.append((
                    world.ids.new("ForecastingItem"), world.user_ids[seller.index], quarter, category, money(rounded), CORPORATE,
                    "true", said, said, said,
                ))  # fmt: skip
        return written

    write_csv(world.out / FOLDER / "ForecastingItem.csv", CALL, rows(), world.summary)


def quarters_of(world: World) -> list[dt.date]:
    """First days of the quarters that touch the exported period."""
    first, result = quarter_start(world.config.start), []
    while first <= world.config.end:
        result.append(first)
        first = quarter_end(first) + dt.timedelta(days=1)
    return result


def quota_of(seller: Member, quarter: dt.date) -> float:
    """The quota of a quarter in the corporate currency: less while ramping, none for quarters not worked."""
    last = quarter_end(quarter)
    if seller.started > last - dt.timedelta(days=30) or (seller.ended and seller.ended < quarter):
        return 0.0
    ramp = seller.ramp(quarter + dt.timedelta(days=45))
    return round(seller.quota * (1.0 if ramp > 0.85 else max(0.25, ramp)) / 5_000) * 5_000.0


def write_quotas(world: World) -> None:
    """ForecastingQuota.csv."""
    kind = "0Db5g000000XZtnCAG"
    rows = []
    for quarter in quarters_of(world):
        at = stamp(noon(quarter - dt.timedelta(days=12)))
        for seller in world.sellers:
            if amount := quota_of(seller, quarter):
                rows.append((
                    world.ids.new("ForecastingQuota"), world.user_ids[seller.index], quarter, money(amount), CORPORATE, "true", kind, at, at, at,
                ))  # fmt: skip
    write_csv(world.out / FOLDER / "ForecastingQuota.csv", QUOTA, rows, world.summary)


def write_rates(world: World) -> None:
    """DatedConversionRate.csv: units of a currency for one of the corporate currency, by month."""
    first = (world.config.origin - dt.timedelta(days=40)).replace(day=1)
    corporate, at = world.ids.new("DatedConversionRate"), stamp(noon(first))
    world.truth.add("planted", "salesforce/DatedConversionRate.csv", corporate, "currency to itself")
    rows: list[tuple[object, ...]] = [(corporate, CORPORATE, "1", first, "9999-12-31", at, at, at)]
    for code, level in (RATES | OTHER_RATES).items():
        if code == CORPORATE:
            continue
        dice, drift = world.dice("rate", code), 0.0
        day = first
        while day <= world.config.end:
            following = (day + dt.timedelta(days=32)).replace(day=1)
            drift = 0.8 * drift + dice.gauss(0, 0.008)
            rate = level * math.exp(drift)
            at = stamp(noon(day))
            after = following if following <= world.config.end else "9999-12-31"
            rows.append((world.ids.new("DatedConversionRate"), code, f"{rate:.6f}", day, after, at, at, at))
            day = following
    write_csv(world.out / FOLDER / "DatedConversionRate.csv", RATE, rows, world.summary)
