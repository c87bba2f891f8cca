"""What accounts score, as the nightly runs left it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db.models import QuerySet, Subquery

from tandem.intent.contracts import Standing
from tandem.intent.models import AccountIntent, IntentRun, RunState

LIFTS_LOOKED_AT = 30  # runs; measured weekly
IDS_AT_ONCE = 5_000  # of a query: SQLite takes 32,766 values
COLUMNS = ("account_id", "score", "surge", "percentile", "kinds")


def latest_run() -> IntentRun | None:
    """The last run that was finished; None: there has been none."""
    return IntentRun.objects.filter(state=RunState.DONE).order_by("-day", "-id").first()


def run_of(day: date) -> IntentRun | None:
    """The run in force at the end of a day: that day's, else the last one before that is kept; None: none is."""
    return IntentRun.objects.filter(state=RunState.DONE, day__lte=day).order_by("-day", "-id").first()


def latest_lift() -> dict[str, Any] | None:
    """What was measured last of how well scores find opportunities: `domain.learning.Learned` as JSON, with the version
    of the kinds; None: never.
    """
    for run in IntentRun.objects.filter(state=RunState.DONE).order_by("-day", "-id").only("counts")[:LIFTS_LOOKED_AT]:
        if "lift" in run.counts:
            found: dict[str, Any] = run.counts["lift"]
            return found
    return None


def latest_scores(account_ids: Iterable[int] | None = None) -> Mapping[int, Standing]:
    """By account id, as the last run left them; None: all. Accounts without a signal that counts are not among them.

    The caller limits what is shown to the actor's sight. One query, for more than 5,000 ids one for each 5,000.
    """
    last = IntentRun.objects.filter(state=RunState.DONE).order_by("-day", "-id").values("id")[:1]
    return _standings(AccountIntent.objects.filter(run_id=Subquery(last)), account_ids)


def standings_at(day: date, account_ids: Iterable[int] | None = None) -> Mapping[int, Standing]:
    """As the nightly run of that day left them; a day without a run of its own has the one before. Empty: none."""
    run = run_of(day)
    return _standings(AccountIntent.objects.filter(run=run), account_ids) if run is not None else {}


def history(account_id: int, *, since: date) -> tuple[tuple[date, Standing], ...]:
    """An account's standings of all runs kept, oldest first; of a day with several runs the last."""
    rows = AccountIntent.objects.filter(account_id=account_id, run__state=RunState.DONE, run__day__gte=since)
    told = rows.order_by("run__day", "run_id").values_list(*COLUMNS, "run__day", "run__as_of")
    by_day = {day: _standing(row, as_of) for *row, day, as_of in told}
    return tuple(sorted(by_day.items()))


def _standings(rows: QuerySet[AccountIntent], account_ids: Iterable[int] | None) -> Mapping[int, Standing]:
    told = rows.values_list(*COLUMNS, "run__as_of")
    if account_ids is None:
        return {row[0]: _standing(row, as_of) for *row, as_of in told.iterator(chunk_size=5_000)}
    ids = sorted(set(account_ids))
    return {
        row[0]: _standing(row, as_of)
        for start in range(0, len(ids), IDS_AT_ONCE)
        for *row, as_of in told.filter(account_id__in=ids[start : start + IDS_AT_ONCE])
    }


def _standing(row: Sequence[Any], as_of: datetime) -> Standing:
    account_id, score, surge, percentile, kinds = row
    return Standing(
        account_id=account_id,
        score=score,
        surge=surge,
        percentile=percentile,
        scored_at=as_of,
        top=tuple((kind, points) for kind, points in kinds),
    )
