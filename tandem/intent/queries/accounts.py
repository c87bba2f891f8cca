"""Scores of the accounts of this installation, from the signals that the warehouse holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import ibis
import ibis.expr.types as ir

from tandem.accounts.queries.signal_rows import signal_rows
from tandem.intent.contracts import AccountScore, KindTable, Signal
from tandem.intent.domain.kinds import MOST
from tandem.intent.domain.scoring import score_account
from tandem.intent.queries import expressions


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreAndSurge:
    """What an account comes to, without its signals. surge: None when too little history is known."""

    score: float
    surge: float | None


def scores_of_accounts(*, kinds: KindTable, as_of: datetime) -> Mapping[int, ScoreAndSurge]:
    """By account id, those that have a signal which counts. The caller limits what is shown to the actor's sight."""
    found = signal_rows()
    scores = expressions.account_scores(_usable(found.rows), kinds=kinds, as_of=as_of)
    return {
        row["account_id"]: ScoreAndSurge(score=row["score"], surge=row["surge"])
        for row in found.engine.to_pyarrow(scores).to_pylist()
    }


def score_of_account(account_id: int, *, kinds: KindTable, as_of: datetime) -> AccountScore:
    """One account with every signal that counts, each with source, key and row. The caller has checked sight."""
    found = signal_rows()
    rows = _usable(found.rows)
    own = rows.filter([rows.account_id == account_id, rows["at"] <= ibis.literal(as_of)])
    signals = [_signal(row) for row in found.engine.to_pyarrow(own).to_pylist()]
    return score_account(str(account_id), signals, kinds=kinds, as_of=as_of)


def _usable(rows: ir.Table) -> ir.Table:
    """Sources may send any number; a strength below 0, above what is meant or not a number says nothing."""
    return rows.filter([rows.strength >= 0.0, rows.strength <= MOST])


def _signal(row: Mapping[str, Any]) -> Signal:
    reference = f"{row['source']} {row['key']}, load {row['load_id']}, row {row['row_number']}"
    return Signal(kind=row["kind"], at=row["at"].astimezone(UTC), strength=row["strength"], reference=reference)
