"""Working out, for each new load, which of its signals do not count and whom its visitors turned out to be."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from tandem.accounts.queries import signal_parts
from tandem.accounts.queries.signal_parts import SignalLoad
from tandem.intent.contracts import KindRules
from tandem.intent.queries import sifted

ROWS_AT_ONCE = 2_000_000  # of loads that are worked out together; a kill loses at most that much work
Report = Callable[[int, int | None, str], None]


def sift_new_loads(
    engine: ibis.BaseBackend, loads: Sequence[SignalLoad], rules: KindRules, *, report: Report | None = None
) -> int:
    """Work out loads that are new under these rules, in their order; returns how many. Nothing is done twice."""
    hashed = sifted.sift_hash(rules)
    new = sifted.unsifted(hashed, loads)
    fresh = {one.id for one in new}
    done = [one.id for one in loads if one.id not in fresh]
    for number, group in enumerate(_groups(new)):
        judged = _kept(engine, group, done, rules, name=f"judged_{number}")
        _write_files(engine, judged, group, hashed)
        engine.drop_table(f"judged_{number}")
        done += [one.id for one in group]
        if report is not None:
            report(len(done), len(loads), "signals looked through")
    return len(new)


def forget_sifted(keep: Collection[str]) -> None:
    """Remove what was worked out under rules that no kept run names."""
    kept = {sifted.folder_of(hashed).name for hashed in keep}
    parent = signal_parts.derived_folder(sifted.FOLDER)
    for place in parent.glob("sift-*"):
        if place.name not in kept:
            shutil.rmtree(place, ignore_errors=True)


def _groups(loads: Sequence[SignalLoad]) -> Iterator[list[SignalLoad]]:
    group: list[SignalLoad] = []
    for load in loads:
        if group and sum(one.rows for one in group) + load.rows > ROWS_AT_ONCE:
            yield group
            group = []
        group.append(load)
    if group:
        yield group


def _kept(
    engine: ibis.BaseBackend, group: Sequence[SignalLoad], before: Collection[int], rules: KindRules, *, name: str
) -> ir.Table:
    judged = sifted.judged(engine, group, before, rules)
    wanted = judged.select(
        "load_id", "row_number", "reason", "source", "contact_key", "anonymous", domain=judged.account_domain
    )
    return engine.create_table(name, wanted, overwrite=True, temp=True)


def _write_files(engine: ibis.BaseBackend, judged: ir.Table, group: Sequence[SignalLoad], hashed: str) -> None:
    """One pair of files a load; links last, since their presence says that the load is done."""
    out = judged.filter(judged.reason.notnull()).select("load_id", "row_number", "reason")
    dropped = engine.to_pyarrow(out).cast(sifted.DROPPED)
    links = engine.to_pyarrow(_links(judged)).cast(sifted.LINKS)
    for load in group:
        for what, table in (("dropped", dropped), ("links", links)):
            own = table.filter(pc.equal(table.column("load_id"), load.id))
            _write(sifted.files_of(hashed, [(load.id, load.rows)], what)[0], own)


def _links(judged: ir.Table) -> ir.Table:
    """Visitors whose company is told, by their own id and by the anonymous one that came with it; of each load once."""
    known = judged.filter([judged.domain != "", judged.reason.isnull()])
    by_key = known.filter(known.contact_key != "").mutate(
        visitor=lambda row: sifted.visitor_of(row.source, row.contact_key)
    )
    by_anonymous = known.filter(known.anonymous != "").mutate(
        visitor=lambda row: sifted.visitor_of(row.source, row.anonymous)
    )
    both = ibis.union(by_key, by_anonymous).select("visitor", "domain", "load_id", "row_number")
    nth = ibis.row_number().over(group_by=[both.visitor, both.load_id], order_by=both.row_number)
    return both.mutate(nth=nth).filter(lambda row: row.nth == 0).drop("nth")


def _write(file: Path, table: pa.Table) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    half = file.with_suffix(".half")
    pq.write_table(table, half)
    half.replace(file)
