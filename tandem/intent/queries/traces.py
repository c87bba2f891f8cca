"""A score opened whole: every signal with what it adds, down to source, key, load, file, row and the payload's hash.

What a run read is read again: the same loads, the same rules, the same moment. So any day that is kept opens as it was,
whatever has come since; where the account's domains have changed since, the page says by how much the sum is off.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from tandem.accounts.queries import signal_parts
from tandem.accounts.queries.signal_parts import SignalLoad
from tandem.core.errors import NotFound
from tandem.intent.contracts import KindRules, Signal
from tandem.intent.domain.scoring import score_account
from tandem.intent.models import AccountIntent, IntentRun
from tandem.intent.queries import counted
from tandem.intent.queries.counted import Horizon
from tandem.intent.queries.kind_rules import hash_of, rules_of
from tandem.intent.queries.latest import latest_run, run_of
from tandem.intent.queries.touches import touches

EXACT = 1e-9
WEEKS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class TracedSignal:
    """One signal and what it adds.

    id : as evidence cites it: "signal:SOURCE/KEY", "activity:ID"
    name : as the source calls it; topic : what it is about
    points : strength × weight × decay × what saturation leaves of its kind
    load_id, file_name, row_number : where the row stands; None and "": a touch of the CRM, which is a row of its own
    payload_hash : SHA-256 of the payload as it came, hex; "": a touch
    who : the visitor's mail address; "": only the company is known
    """

    id: str
    kind: str
    name: str
    topic: str
    source: str
    key: str
    at: datetime
    strength: float
    weight: float
    half_life_days: float
    decay: float
    points: float
    who: str = ""
    load_id: int | None = None
    file_name: str = ""
    row_number: int | None = None
    payload_hash: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekPoints:
    """What the account scored at a moment, by kind, from the signals of the trace."""

    at: datetime
    kinds: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """A score as a run left it, opened.

    total : of the points of all signals; off : how far it lies from the stored score
    is_exact : within 1e-9
    weeks : the last twelve weeks and the moment itself, oldest first
    """

    account_id: int
    run_id: int
    day: date
    as_of: datetime
    score: float
    surge: float | None
    percentile: float
    kinds_version: int | None
    total: float
    off: float
    is_exact: bool
    signals: tuple[TracedSignal, ...]
    weeks: tuple[WeekPoints, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """Signals of an account with their details, in the same order."""

    signals: tuple[Signal, ...]
    details: Mapping[str, Mapping[str, Any]]


def open_score(account_id: int, *, day: date | None = None) -> Trace:
    """The account's score of a day, opened; None: the last. The caller has checked sight.

    Raises NotFound when no run of that day or before is kept.
    """
    run = latest_run() if day is None else run_of(day)
    if run is None:
        raise NotFound("No score is kept of that day.", hint="Scores are kept from the first nightly run on.")
    rules = rules_of(run.kinds_id).rules
    found = _signals_of(account_id, run, rules)
    scored = score_account(str(account_id), found.signals, kinds=rules.kinds, as_of=run.as_of)
    stored = AccountIntent.objects.filter(run=run, account_id=account_id).first()
    score = stored.score if stored is not None else 0.0
    off = scored.score - score
    return Trace(
        account_id=account_id,
        run_id=run.id,
        day=run.day,
        as_of=run.as_of,
        score=score,
        surge=stored.surge if stored is not None else None,
        percentile=stored.percentile if stored is not None else 0.0,
        kinds_version=run.kinds_id,
        total=scored.score,
        off=off,
        is_exact=abs(off) <= EXACT and hash_of(rules) == run.rules_hash,
        signals=tuple(
            _traced(one, found.details[one.reference], rules) for one in scored.contributions if one.points > 0
        ),
        weeks=_weeks(found.signals, rules, run.as_of),
    )


def _signals_of(account_id: int, run: IntentRun, rules: KindRules) -> _Found:
    loads = {one.id: one for one in signal_parts.signal_loads()}
    read = tuple((int(load_id), rows) for load_id, rows in run.loads.items() if int(load_id) in loads)
    domains = [domain for pk, domain in signal_parts.domain_rows() if pk == account_id]
    engine = signal_parts.connect()
    try:
        rows = counted.counted_at(engine, Horizon(loads=read, sift_hash=run.sift_hash), rules, domains)
    finally:
        engine.disconnect()
    details: dict[str, Mapping[str, Any]] = {}
    signals: list[Signal] = []
    for row in rows:
        reference = f"signal:{row['source']}/{row['key']}"
        reference = reference if reference not in details else f"{reference}#{row['load_id']}.{row['row_number']}"
        details[reference] = {**row, "file_name": loads[row["load_id"]].file_name, "source_name": _named(row, loads)}
        signals.append(_signal(reference, row))
    for touch in touches(as_of=run.as_of, upto_id=run.last_activity_id, account_id=account_id).to_pylist():
        details[touch["reference"]] = touch
        signals.append(_signal(touch["reference"], touch))
    return _Found(signals=tuple(signals), details=details)


def _signal(reference: str, row: Mapping[str, Any]) -> Signal:
    return Signal(kind=row["kind"], at=row["at"].astimezone(UTC), strength=row["strength"], reference=reference)


def _named(row: Mapping[str, Any], loads: Mapping[int, SignalLoad]) -> str:
    return loads[row["load_id"]].source_name


def _traced(one: Any, told: Mapping[str, Any], rules: KindRules) -> TracedSignal:
    kind = rules.kinds.of(one.kind)
    is_row = "load_id" in told
    payload = told.get("payload") or ""
    return TracedSignal(
        id=one.reference,
        kind=one.kind,
        name=told.get("name", one.kind),
        topic=told.get("topic") or "",
        source=told.get("source_name", "CRM, mail and calendar"),
        key=told.get("key", one.reference.partition(":")[2]),
        at=one.at,
        strength=one.strength,
        weight=one.weight,
        half_life_days=kind.half_life_days if kind is not None else 0.0,
        decay=one.decay,
        points=one.points,
        who=told.get("contact_email") or "",
        load_id=told.get("load_id"),
        file_name=told.get("file_name", ""),
        row_number=told.get("row_number"),
        payload_hash=hashlib.sha256(payload.encode()).hexdigest() if is_row else "",
    )


def _weeks(signals: Sequence[Signal], rules: KindRules, as_of: datetime) -> tuple[WeekPoints, ...]:
    moments = [as_of - timedelta(weeks=number) for number in range(WEEKS, -1, -1)]
    return tuple(WeekPoints(at=at, kinds=_by_kind(signals, rules, at)) for at in moments)


def _by_kind(signals: Sequence[Signal], rules: KindRules, at: datetime) -> tuple[tuple[str, float], ...]:
    scored = score_account("", signals, kinds=rules.kinds, as_of=at)
    totals: dict[str, float] = {}
    for one in scored.contributions:
        totals[one.kind] = totals.get(one.kind, 0.0) + one.points
    return tuple(sorted(((kind, points) for kind, points in totals.items() if points > 0), key=lambda one: -one[1]))
