"""The nightly reckoning: every account's score, with what it rests on, so that it can be opened on any later day."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow.parquet as pq
from django.db import transaction

from tandem.access.actions import require
from tandem.accounts.queries import signal_parts
from tandem.core import bulk, ledger
from tandem.core.actors import Actor
from tandem.core.nightly import today
from tandem.intent.actions.sifting import Report, forget_sifted, sift_new_loads
from tandem.intent.domain.standing import AccountPoints, percentiles, points_of
from tandem.intent.models import AccountIntent, IntentRun, RunState
from tandem.intent.queries import counted, nightly, sifted
from tandem.intent.queries.counted import Horizon
from tandem.intent.queries.kind_rules import RulesInForce, rules_in_force
from tandem.intent.queries.touches import last_activity_id

DAILY_DAYS = 56  # every day is kept for eight weeks, then one run a week
BASES_KEPT = 3
NAMES_KEPT = 300
WEEKS_AFTERWARDS, MOST_AFTERWARDS = 8, 5_000_000
COLUMNS = ("run_id", "account_id", "score", "surge", "percentile", "kinds")


def score_weeks_before(*, actor: Actor, now: datetime, report: Report | None = None) -> int:
    """Before the first run: reckon the weeks before it afterwards, so that the first morning has something to compare
    with; returns how many. They rest on what is known by now and say so. Nothing above five million signals.
    """
    rows = sum(one.rows for one in signal_parts.signal_loads())
    if not 0 < rows <= MOST_AFTERWARDS or IntentRun.objects.filter(state=RunState.DONE).exists():
        return 0
    for number in range(WEEKS_AFTERWARDS, 0, -1):
        moment = now - timedelta(weeks=number)
        score_accounts(day=today(moment), actor=actor, now=moment, report=report, is_afterwards=True)
    return WEEKS_AFTERWARDS


def score_accounts(
    *, day: date, actor: Actor, now: datetime, report: Report | None = None, is_afterwards: bool = False
) -> IntentRun:
    """Reckon all accounts as of now and keep it as the day's run. From last night's sums where they can be carried on:
    the same rules, the same older loads; else from all signals. is_afterwards : the day is long past.

    Raises NotAllowed without "intent.manage". A failed run is kept with its error, and what stood before stands.
    """
    require(actor, "intent.manage")
    started = time.perf_counter()
    in_force, loads = rules_in_force(), signal_parts.signal_loads()
    engine = signal_parts.connect()
    try:
        sift_new_loads(engine, loads, in_force.rules, report=report)
        horizon = Horizon(loads=tuple((one.id, one.rows) for one in loads), sift_hash=sifted.sift_hash(in_force.rules))
        run = _begin(day, now, in_force, horizon)
        try:
            points, counts = _reckon(engine, run, horizon, in_force, report)
        except Exception as error:
            _fail(run, error, now)
            raise
        counts["is_afterwards"] = is_afterwards
        _keep(run, points, counts, started=started, now=now, actor=actor)
    finally:
        engine.disconnect()
    prune(today=day)
    return run


def _begin(day: date, now: datetime, in_force: RulesInForce, horizon: Horizon) -> IntentRun:
    base = _base_for(horizon, in_force, now)
    return IntentRun.objects.create(
        day=day,
        as_of=now,
        kinds_id=in_force.version,
        rules_hash=in_force.hash,
        sift_hash=horizon.sift_hash,
        loads={str(load_id): rows for load_id, rows in horizon.loads},
        last_activity_id=last_activity_id(),
        base=base,
        started_at=now,
    )


def _base_for(horizon: Horizon, in_force: RulesInForce, now: datetime) -> IntentRun | None:
    """The last run whose sums can be carried on; None: there is none."""
    known = {str(load_id): rows for load_id, rows in horizon.loads}
    same = IntentRun.objects.filter(
        state=RunState.DONE, rules_hash=in_force.hash, sift_hash=horizon.sift_hash, as_of__lte=now
    )
    for run in same.order_by("-as_of", "-id")[:BASES_KEPT]:
        is_whole = (nightly.folder_of(run.id) / nightly.FIRSTS).exists()
        if is_whole and all(known.get(load_id) == rows for load_id, rows in run.loads.items()):
            return run
    return None


def _reckon(
    engine: ibis.BaseBackend, run: IntentRun, horizon: Horizon, in_force: RulesInForce, report: Report | None
) -> tuple[list[AccountPoints], dict[str, Any]]:
    if report is not None:
        report(0, None, "scores, from last night's sums" if run.base else "scores, from all signals")
    rules, as_of = in_force.rules, run.as_of
    base = run.base and nightly.Base(
        run_id=run.base.id,
        as_of=run.base.as_of,
        horizon=Horizon(loads=_loads_of(run.base), sift_hash=run.base.sift_hash),
    )
    if base:
        parts = nightly.parts_carried_on(engine, base, horizon, rules, as_of=as_of)
    else:
        parts = nightly.parts_of_all(engine, horizon, rules, as_of=as_of)
    parts = _stored(engine, run, parts)
    points, surges = nightly.account_points(engine, parts, rules, as_of=as_of, upto_id=run.last_activity_id)
    left_out = ibis.union(
        sifted.dropped(engine, horizon.sift_hash, horizon.loads), counted.left_out_by_rules(engine, horizon, rules)
    )
    by_reason = engine.to_pyarrow(left_out.group_by("reason").aggregate(number=left_out.count())).to_pylist()
    names = counted.name_counts(engine, horizon, rules, most=NAMES_KEPT)
    counts = {
        "left_out": {one["reason"]: one["number"] for one in by_reason},
        "names": [[one.name, one.is_page, one.kind, one.is_named, one.count] for one in names],
    }
    return points_of(engine.to_pyarrow(points), engine.to_pyarrow(surges)), counts


def _stored(engine: ibis.BaseBackend, run: IntentRun, parts: nightly.Parts) -> nightly.Parts:
    """The sums as files, from which the next night goes on; first moments last, since they say that both are whole."""
    place = nightly.folder_of(run.id)
    place.mkdir(parents=True, exist_ok=True)
    tables: dict[str, ir.Table] = {}
    for name, table in ((nightly.SUMS, parts.sums), (nightly.FIRSTS, parts.firsts)):
        half = place / f"{name}.half"
        with pq.ParquetWriter(half, table.schema().to_pyarrow()) as writer:
            for batch in engine.to_pyarrow_batches(table, chunk_size=500_000):
                writer.write_batch(batch)
        half.replace(place / name)
        tables[name] = engine.read_parquet(str(place / name))
    return nightly.Parts(sums=tables[nightly.SUMS], firsts=tables[nightly.FIRSTS], weeks=parts.weeks)


def _keep(
    run: IntentRun, points: Sequence[AccountPoints], counts: Mapping[str, Any], *, started: float, now: datetime,
    actor: Actor,
) -> None:  # fmt: skip
    shares = percentiles([one.score for one in points])
    rows: Iterator[tuple[object, ...]] = (
        (run.id, one.account_id, one.score, one.surge, share, [list(pair) for pair in one.kinds])
        for one, share in zip(points, shares, strict=True)
    )
    run.counts = {"accounts": len(points), "signals": sum(run.loads.values()), **counts}
    with transaction.atomic():
        bulk.upsert(AccountIntent, COLUMNS, rows, conflict=("run", "account"), update=None)
        run.seconds = time.perf_counter() - started
        run.state, run.finished_at = RunState.DONE, now + timedelta(seconds=run.seconds)
        run.save(update_fields=["counts", "state", "seconds", "finished_at"])
        ledger.append(
            actor,
            "intent.scored",
            subject=f"intent_run:{run.id}",
            accounts=len(points),
            kinds=run.kinds_id,
            rules=run.rules_hash,
            base=run.base_id,
        )


def _fail(run: IntentRun, error: Exception, now: datetime) -> None:
    run.state, run.error, run.finished_at = RunState.FAILED, f"{type(error).__name__}: {error}"[:2_000], now
    run.save(update_fields=["state", "error", "finished_at"])
    shutil.rmtree(nightly.folder_of(run.id), ignore_errors=True)


def _loads_of(run: IntentRun) -> tuple[tuple[int, int], ...]:
    return tuple((int(load_id), rows) for load_id, rows in run.loads.items())


def prune(*, today: date) -> int:
    """Let go of runs that need not be kept: all but the last of a day; after eight weeks all but the last of a week.
    Returns how many went. Sums stay for the last few runs only.
    """
    kept: set[tuple[object, ...]] = set()
    gone: list[int] = []
    for run in IntentRun.objects.order_by("-day", "-id").only("id", "day", "state"):
        is_recent = run.day > today - timedelta(days=DAILY_DAYS)
        slot: tuple[object, ...] = (run.day,) if is_recent else tuple(run.day.isocalendar()[:2])
        if run.state == RunState.DONE and slot not in kept:
            kept.add(slot)
        elif run.state == RunState.DONE or not is_recent:
            gone.append(run.id)
    with transaction.atomic():
        AccountIntent.objects.filter(run_id__in=gone).delete()
        IntentRun.objects.filter(id__in=gone).delete()
    done = IntentRun.objects.filter(state=RunState.DONE).order_by("-as_of", "-id")
    with_sums = {nightly.folder_of(pk).name for pk in done.values_list("id", flat=True)[:BASES_KEPT]}
    for place in signal_parts.derived_folder(sifted.FOLDER).glob("run-*"):
        if place.name not in with_sums:
            shutil.rmtree(place, ignore_errors=True)
    forget_sifted(set(done.values_list("sift_hash", flat=True)))
    return len(gone)
