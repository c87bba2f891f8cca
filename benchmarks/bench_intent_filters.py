"""How many robots and own people are kept out of intent scores. `python -m benchmarks.bench_intent_filters [--full]`.

The simulated company (10 sellers, in full 50) plants both among its product events and tells the truth in a file of its
own, which the product never reads. Every event is landed and looked through as in an installation. Precision: of the
events left out as robots or own people, the share that were planted; recall: of those planted, the share left out.
Baselines: leaving out every event without a company, and leaving out as many events at random.
"""

from __future__ import annotations

import random
import sqlite3
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.bench_core import fresh_database
from benchmarks.figures import chosen, print_table, read_sizes

QUICK, FULL = 10, 50
SEED = 20261124
MOMENT = datetime(2026, 11, 25, 6, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One product event: whose it is in truth, and as whose it was left out: "bot", "own employee", "" a real visitor."""

    planted: str
    left_out: str
    has_company: bool


def simulate_and_land(sellers: int, folder: Path) -> Path:
    """The company's staff and product events, brought in; returns the file of the truth."""
    from tandem.accounts.actions.imports import import_path
    from tandem.core.actors import built_in_agent
    from tandem.simulation import CompanyConfig, simulate

    truth = folder / "truth.sqlite"
    simulate(CompanyConfig(sellers=sellers, seed=SEED), folder / "files", truth, lambda done, total, note: None)
    for part in ("hr", "product"):
        import_path(folder / "files" / part, actor=built_in_agent("shell", "shell"), now=MOMENT)
    return truth


def judged_events(truth: Path) -> list[Event]:
    """Every product event that happened, as it was judged and as it was planted."""
    from tandem.accounts.queries import signal_parts
    from tandem.intent.actions.sifting import sift_new_loads
    from tandem.intent.domain.kind_rules import built_in_rules
    from tandem.intent.domain.sifting import Reason
    from tandem.intent.queries import sifted

    own = dict.fromkeys((Reason.OWN_PEOPLE, Reason.OWN_ADDRESS), "own employee")
    robots = (Reason.NAMED_BOT, Reason.AUTOMATED, Reason.DECLARED, Reason.PACE, Reason.SLEEPLESS)
    as_whose = own | dict.fromkeys(robots, "bot")
    with sqlite3.connect(truth) as told:
        planted = dict(told.execute("SELECT source_id, kind FROM planted WHERE file = 'product'"))
    engine, rules = signal_parts.connect(), built_in_rules()
    loads = [one for one in signal_parts.signal_loads() if one.is_product]
    sift_new_loads(engine, loads, rules)
    rows = signal_parts.rows_of(engine, [one.id for one in loads])
    rows = rows.filter(rows.kind.notin(signal_parts.DESCRIBING))
    out = sifted.dropped(engine, sifted.sift_hash(rules), [(one.id, one.rows) for one in loads])
    judged = rows.left_join(out, ["load_id", "row_number"]).select("contact_key", "account_domain", "reason")
    return [
        Event(
            planted=planted.get(row["contact_key"], ""),
            left_out=as_whose.get(row["reason"] or "", ""),
            has_company=bool(row["account_domain"]),
        )
        for row in engine.to_pyarrow(judged).to_pylist()
    ]


def line(name: str, events: Sequence[Event], left_out: Sequence[bool], wanted: frozenset[str]) -> tuple[object, ...]:
    """Precision and recall of one way of leaving out."""
    chosen_ones = [event for event, is_out in zip(events, left_out, strict=True) if is_out]
    hits = sum(event.planted in wanted for event in chosen_ones)
    planted = sum(event.planted in wanted for event in events)
    real = len(chosen_ones) - sum(event.planted != "" for event in chosen_ones)
    precision = f"{hits / len(chosen_ones):.4f}" if chosen_ones else "-"
    return name, f"{planted:,}", f"{hits:,}", f"{hits / max(planted, 1):.4f}", precision, f"{real:,}"


def main() -> None:
    """Measure."""
    sizes = read_sizes(__doc__, sellers=QUICK)
    sellers = chosen(sizes.sellers, quick=QUICK, full=FULL, is_full=sizes.full)
    with tempfile.TemporaryDirectory() as folder, fresh_database():
        from django.test import override_settings

        with override_settings(WAREHOUSE_DIR=Path(folder) / "warehouse"):
            events = judged_events(simulate_and_land(sellers, Path(folder)))
    both, luck = frozenset({"bot", "own employee"}), random.Random(SEED)
    ours = [event.left_out != "" for event in events]
    as_bots = [event.left_out == "bot" for event in events]
    as_own = [event.left_out == "own employee" for event in events]
    at_random = luck.sample(ours, len(ours))
    rows = [
        line("robots and own people", events, ours, both),
        line("  robots", events, as_bots, frozenset({"bot"})),
        line("  own people", events, as_own, frozenset({"own employee"})),
        line("every event without a company", events, [not event.has_company for event in events], both),
        line("as many at random", events, at_random, both),
    ]
    heads = ("left out", "planted", "caught", "recall", "precision", "real ones lost")
    print_table(f"{len(events):,} events of {sellers} sellers' company", heads, rows)


if __name__ == "__main__":
    main()
