"""The state of intent: what was read, what was left out and why, who moved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import ibis

from tandem.accounts.queries import signal_parts
from tandem.accounts.queries.visible import accounts_in_sight
from tandem.core.actors import Actor
from tandem.intent.contracts import Standing
from tandem.intent.domain.sifting import WORDS, Reason
from tandem.intent.models import IntentRun, WriteKey
from tandem.intent.queries import counted, sifted
from tandem.intent.queries.kind_rules import rules_of
from tandem.intent.queries.latest import latest_run, latest_scores, run_of, standings_at

MOVERS_SHOWN = 12
MOVED_OVER = timedelta(days=7)
LEFT_OUT_SHOWN = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceState:
    """One source of signals. last_at : when its last file was landed"""

    key: str
    name: str
    files: int
    rows: int
    last_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Mover:
    """An account in sight whose place among the others changed most since a week ago; percentile before and now."""

    account_id: int
    name: str
    score: float
    surge: float | None
    percentile: float
    before: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """One signal that did not count."""

    reason: str
    source: str
    name: str
    at: datetime
    who: str
    load_id: int
    row_number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonCount:
    """How many signals did not count for a reason. title, text : in words"""

    reason: str
    title: str
    text: str
    count: int


def source_states() -> tuple[SourceState, ...]:
    """Sources of signals by name. One query."""
    found: dict[str, SourceState] = {}
    for load in signal_parts.signal_loads():
        before = found.get(load.source)
        found[load.source] = SourceState(
            key=load.source,
            name=load.source_name,
            files=(before.files if before else 0) + 1,
            rows=(before.rows if before else 0) + load.rows,
            last_at=max(before.last_at, load.finished_at) if before else load.finished_at,
        )
    return tuple(sorted(found.values(), key=lambda one: one.name.lower()))


def movers(actor: Actor) -> tuple[tuple[Mover, ...], date | None]:
    """Accounts in the actor's sight that rose most, and the day they are compared with; None: no older run is kept."""
    run = latest_run()
    older = None if run is None else run_of(run.day - MOVED_OVER)
    if run is None or older is None:
        return _strongest(actor), None
    names = dict(accounts_in_sight(actor).values_list("id", "name"))
    now, then = latest_scores(names), standings_at(older.day, names)
    rose = sorted(now.values(), key=lambda one: (_before(one, then) - one.percentile, one.account_id))
    return tuple(_mover(one, names, _before(one, then)) for one in rose[:MOVERS_SHOWN]), older.day


def _strongest(actor: Actor) -> tuple[Mover, ...]:
    names = dict(accounts_in_sight(actor).values_list("id", "name"))
    best = sorted(latest_scores(names).values(), key=lambda one: (-one.score, one.account_id))[:MOVERS_SHOWN]
    return tuple(_mover(one, names, one.percentile) for one in best)


def _before(one: Standing, then: Mapping[int, Standing]) -> float:
    return then[one.account_id].percentile if one.account_id in then else 0.0


def _mover(one: Standing, names: Mapping[int, str], before: float) -> Mover:
    return Mover(
        account_id=one.account_id, name=names[one.account_id], score=one.score, surge=one.surge,
        percentile=one.percentile, before=before,
    )  # fmt: skip


def reason_counts(run: IntentRun) -> tuple[ReasonCount, ...]:
    """Why signals of a run did not count, most first."""
    found: Mapping[str, int] = run.counts.get("left_out", {})
    return tuple(
        ReasonCount(reason=reason, title=WORDS[Reason(reason)][0], text=WORDS[Reason(reason)][1], count=count)
        for reason, count in sorted(found.items(), key=lambda one: (-one[1], one[0]))
    )


def left_out(run: IntentRun, reason: Reason) -> tuple[LeftOut, ...]:
    """The latest signals that did not count for a reason, each with its row."""
    loads = tuple((int(load_id), rows) for load_id, rows in run.loads.items())
    engine = signal_parts.connect()
    try:
        if reason in counted.OF_RULES:
            horizon = counted.Horizon(loads=loads, sift_hash=run.sift_hash)
            dropped = counted.left_out_by_rules(engine, horizon, rules_of(run.kinds_id).rules)
        else:
            dropped = sifted.dropped(engine, run.sift_hash, loads)
        wanted = dropped.filter(dropped.reason == reason.value)
        rows = signal_parts.rows_of(engine, [load_id for load_id, _ in loads])
        found = rows.inner_join(wanted, ["load_id", "row_number"]).order_by([ibis.desc("at"), "load_id", "row_number"])
        told = engine.to_pyarrow(
            found.select("source", "kind", "at", "contact_email", "contact_key", "load_id", "row_number").limit(
                LEFT_OUT_SHOWN
            )
        ).to_pylist()
    finally:
        engine.disconnect()
    return tuple(
        LeftOut(
            reason=reason.value,
            source=one["source"],
            name=one["kind"],
            at=one["at"],
            who=one["contact_email"] or one["contact_key"] or "",
            load_id=one["load_id"],
            row_number=one["row_number"],
        )
        for one in told
    )


def write_keys() -> Sequence[WriteKey]:
    """All keys, those in use first."""
    found = WriteKey.objects.order_by("name")
    return sorted(found, key=lambda key: (key.revoked_at is not None, key.name.lower()))
