"""The whole company: draw it, let its deals live, and write what its systems would export."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from tandem.simulation.config import Bar, CompanyConfig, Summary
from tandem.simulation.deals.paths import build_book
from tandem.simulation.drift import Drift
from tandem.simulation.market import build_market
from tandem.simulation.outputs import Truth
from tandem.simulation.staff import build_staff
from tandem.simulation.systems import CrmIds
from tandem.simulation.text import write_mail, write_meetings, write_slack
from tandem.simulation.truths import write_truth
from tandem.simulation.world import World
from tandem.simulation.writers.apollo import write_apollo
from tandem.simulation.writers.hr import write_hr
from tandem.simulation.writers.hubspot import write_hubspot
from tandem.simulation.writers.intent import write_intent
from tandem.simulation.writers.product import write_product
from tandem.simulation.writers.public import write_public
from tandem.simulation.writers.salesforce import write_salesforce
from tandem.simulation.writers.vendor import write_vendor

WRITERS: tuple[tuple[str, Callable[[World], None]], ...] = (
    ("CRM", write_salesforce),
    ("marketing database", write_hubspot),
    ("bought contacts", write_vendor),
    ("more bought contacts", write_apollo),
    ("product events", write_product),
    ("third-party intent", write_intent),
    ("news, jobs and registers", write_public),
    ("staff, quotas and plan", write_hr),
    ("mail", write_mail),
    ("meetings", write_meetings),
    ("chat", write_slack),
    ("truth", write_truth),
)


def _silent(done: int, total: int | None, note: str) -> None:
    """Nobody looks."""


def simulate(config: CompanyConfig, out: Path, truth: Path | None = None, progress: Bar = _silent) -> Summary:
    """Write the company's files below `out`, and the truth behind them; the same bytes for the same configuration.

    Parameters
    ----------
    config : CompanyConfig
    out : Path
        Folder to fill; made when missing. Files of an earlier run there are overwritten, others stay.
    truth : Path or None
        SQLite file for the truth, best outside `out`, so that no import reads it. None: not kept.
    progress : callable
        Told before each part: parts done, parts in all, what comes.

    Returns
    -------
    Summary
        Files, bytes, seconds, and rows by file.
    """
    started = time.perf_counter()
    total = len(WRITERS) + 1
    progress(0, total, "market and deals")
    out.mkdir(parents=True, exist_ok=True)
    with Truth(truth) as kept:
        world = build_world(config, out, kept)
        for done, (note, write) in enumerate(WRITERS, start=1):
            progress(done, total, note)
            write(world)
    progress(total, total, "done")
    summary = world.summary
    written = [file for file in out.rglob("*") if file.is_file()]
    summary.files, summary.bytes = len(written), sum(file.stat().st_size for file in written)
    summary.seconds = time.perf_counter() - started
    return summary


def build_world(config: CompanyConfig, out: Path, truth: Truth) -> World:
    """Draw staff, market and deals; write nothing yet."""
    staff = build_staff(config)
    market = build_market(config, staff)
    book = build_book(config, market, staff)
    drift, ids = Drift(config.noise), CrmIds(config.seed)
    return World(config, staff, market, book, out, truth, Summary(), drift, ids)
