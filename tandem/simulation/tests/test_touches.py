"""What passes between both sides of a deal, and how sellers' calls add up."""

from __future__ import annotations

import csv
import datetime as dt

import numpy as np
import pytest

from tandem.simulation import CompanyConfig
from tandem.simulation.company import build_world
from tandem.simulation.deals.chain import state_parts
from tandem.simulation.outputs import Truth
from tandem.simulation.world import World
from tandem.simulation.writers.salesforce import write_salesforce


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    world = build_world(CompanyConfig(sellers=12), tmp_path_factory.mktemp("touches"), Truth(None))
    write_salesforce(world)
    return world


def test_touches_are_the_same_whoever_asks_and_lie_in_the_deal_life(world):
    for deal in world.book.deals[::7]:
        touches = world.touches(deal)
        assert touches == world.touches(deal)
        assert [touch.at for touch in touches] == sorted(touch.at for touch in touches)
        assert all(deal.opened_on <= touch.at.date() <= (deal.ended or world.config.end) for touch in touches)
        assert all(
            touch.people and touch.seller.active_on(touch.at.date()) for touch in touches if deal.owner.ended is None
        )


def test_the_customer_goes_quiet_before_a_loss_and_talks_with_a_champion(world):
    quiet, usual, warm, cold = [], [], [], []
    for deal in world.book.deals:
        received = [touch.at.date() for touch in world.touches(deal) if touch.inbound]
        for offset, code in enumerate(deal.path):
            monday = world.day(deal.opened + offset)
            count = sum(monday <= day < monday + dt.timedelta(days=7) for day in received)
            late = deal.outcome == "lost" and deal.ended and monday > deal.ended - dt.timedelta(days=28)
            (quiet if late else usual).append(count)
            if not late:
                (warm if state_parts(code)[1] else cold).append(count)
    assert np.mean(quiet) < 0.7 * np.mean(usual)
    assert np.mean(warm) > 1.3 * np.mean(cold)


def test_a_best_case_is_never_below_the_commit_and_calls_are_made_weekly(world):
    with (world.out / "salesforce" / "ForecastingItem.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    calls: dict[tuple[str, str, str], dict[str, float]] = {}
    for row in rows:
        key = (row["OwnerId"], row["PeriodStartDate"], row["CreatedDate"])
        calls.setdefault(key, {})[row["ForecastCategoryName"]] = float(row["ForecastAmount"])
    assert all(call["Best Case"] >= call["Commit"] >= 0 for call in calls.values())
    weeks = {dt.date.fromisoformat(row["CreatedDate"][:10]).isocalendar()[:2] for row in rows}
    assert len(weeks) >= 76


def test_the_heir_of_a_leaver_is_there_and_of_the_same_team_kind(world):
    for seller in world.sellers:
        heir = world.heir(seller)
        if seller.ended is None:
            assert heir is None
        else:
            assert heir is not None
            assert heir.ended is None
