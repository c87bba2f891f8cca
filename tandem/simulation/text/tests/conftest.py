"""A small company whose mail, meetings and chat were written once for all tests of this folder."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tandem.simulation.config import CompanyConfig, Summary
from tandem.simulation.deals.paths import build_book
from tandem.simulation.drift import Drift
from tandem.simulation.market import build_market
from tandem.simulation.outputs import Truth
from tandem.simulation.staff import build_staff
from tandem.simulation.systems import CrmIds
from tandem.simulation.text import write_mail, write_meetings, write_slack
from tandem.simulation.world import World


@dataclass(frozen=True)
class Written:
    """Files of a company, its truth, and the world it came from."""

    out: Path
    truth_path: Path
    truth: sqlite3.Connection
    world: World


def write_company(folder: Path, seed: int, sellers: int = 3) -> Written:
    """All text channels of a company, written to a folder."""
    config = CompanyConfig(sellers=sellers, seed=seed, meetings_per_seller=24, slack_channels_per_seller=2)
    staff = build_staff(config)
    market = build_market(config, staff)
    book = build_book(config, market, staff)
    path = folder / "truth.sqlite"
    truth = Truth(path)
    world = World(
        config=config, staff=staff, market=market, book=book, out=folder / "files", truth=truth, summary=Summary(),
        drift=Drift(config.noise), ids=CrmIds(seed),
    )  # fmt: skip
    for write in (write_mail, write_meetings, write_slack):
        write(world)
    truth.close()
    return Written(world.out, path, sqlite3.connect(path), world)


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Written]:
    """The company of seed 11."""
    company = write_company(tmp_path_factory.mktemp("text"), 11)
    yield company
    company.truth.close()
