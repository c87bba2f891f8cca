"""The weekly ranking: every account marked and placed, kept with the parts it rests on, refreshed each night."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from tandem.access.actions import require
from tandem.access.queries import get_organisation
from tandem.core import bulk, ledger
from tandem.core.actors import Actor
from tandem.intent.queries.latest import latest_scores
from tandem.prospecting.domain.account_score import Chance, IntentShape, Placed, chance_of, place_all, week_of
from tandem.prospecting.models import AccountRank, IcpVersion, RankRun
from tandem.prospecting.queries import own_history
from tandem.prospecting.queries.icp import live_version
from tandem.prospecting.queries.marking import Interest, MarkedAccount, Marking, mark, owner_capacities, takers
from tandem.prospecting.queries.profiles import profiles
from tandem.prospecting.queries.reports import stored

Reporter = Callable[[int, int | None, str], None]
COLUMNS = (
    "run_id", "week", "account_id", "owner_id", "suggested_owner_id", "fit", "intent", "capacity", "chance", "value",
    "expected_value", "low", "high", "place", "excluded_by", "parts",
)  # fmt: skip
MOST_EVIDENCE, MOST_KINDS = 6, 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """What a ranking came to. reason : why nothing was ranked; empty: it was"""

    week: str
    accounts: int = 0
    excluded: int = 0
    reason: str = ""


def rank_accounts(*, actor: Actor, now: datetime, progress: Reporter | None = None) -> Ranked:
    """Rank all accounts for the week of `now`; doing it again that week replaces it, weeks before stay as they were.

    Without a profile in force nothing is ranked and the reason says so.

    Raises NotAllowed without "prospect.manage".
    """
    require(actor, "prospect.manage")
    today = timezone.localtime(now).date()
    week = week_of(today)
    version = live_version(today)
    if version is None:
        return Ranked(week=week, reason="No ideal customer profile is in force; publish one at /prospecting/icp.")
    interests, intent_day = _interests(today)
    shape = intent_shape()
    _tell(progress, 0, "Fit, intent, capacity")
    marking = mark(
        version.icp,
        profiles(None, at=now),
        interests,
        capacity=owner_capacities(at=now),
        shape=shape,
        takers=takers(),
    )
    chance = chance_of(own_history.history_until(now), mean_marks=marking.mean_marks)
    placed = place_all((one.marked for one in marking.accounts), chance)
    _tell(progress, 1, "Places")
    excluded = sum(1 for one in marking.accounts if one.fit.excluded_by)
    with transaction.atomic():
        run, _ = RankRun.objects.update_or_create(
            week=week,
            defaults={
                "ranked_at": now,
                "intent_day": intent_day,
                "icp_id": _icp_id(version.number),
                "currency": get_organisation().currency,
                "accounts": len(placed),
                "excluded": excluded,
                "model": _model(chance, shape),
                "capacities": _capacities(marking),
            },
        )
        _store(run.id, week, placed, marking, chance)
        ledger.append(
            actor, "prospecting.ranked", subject=f"week:{week}", accounts=len(placed), excluded=excluded,
            icp=version.number, intent_day=intent_day.isoformat(),
        )  # fmt: skip
    return Ranked(week=week, accounts=len(placed), excluded=excluded)


def intent_shape() -> IntentShape:
    """How percentiles count: as the last back-test fitted it to own history, else the stated prior."""
    body = stored("backtest")
    shape = body.get("shape") if body else None
    return IntentShape(**shape) if isinstance(shape, dict) else IntentShape()


def _interests(today: date) -> tuple[Mapping[int, Interest], date]:
    """What intent left last, and the day it was left; without a night of it: nobody shows interest, today."""
    standings = latest_scores(None)
    found = {key: Interest(score=one.score, surge=one.surge, kinds=one.top) for key, one in standings.items()}
    days = [timezone.localtime(one.scored_at).date() for one in standings.values()]
    return found, max(days, default=today)


def _icp_id(number: int) -> int:
    return int(IcpVersion.objects.values_list("id", flat=True).get(number=number))


def _model(chance: Chance, shape: IntentShape) -> dict[str, Any]:
    return {"chance": chance.as_dict(), "shape": asdict(shape)}


def _capacities(marking: Marking) -> dict[str, Any]:
    """By owner's id as text; "" is the team's, which counts where nobody owns."""
    told = {str(owner): one.as_dict() for owner, one in marking.capacities.items()}
    return told | {"": marking.team.as_dict()}


def _store(run_id: int, week: str, placed: list[Placed], marking: Marking, chance: Chance) -> None:
    by_account = {one.marked.account_id: one for one in marking.accounts}
    before = AccountRank.objects.filter(week=week).values_list("account_id", flat=True)
    gone = [pk for pk in before if pk not in by_account]
    AccountRank.objects.filter(week=week, account_id__in=gone).delete()
    rows = (_row(run_id, week, one, by_account[one.marked.account_id], chance) for one in placed)
    bulk.upsert(AccountRank, COLUMNS, rows, conflict=("week", "account_id"), update=COLUMNS[3:])


def _row(run_id: int, week: str, one: Placed, found: MarkedAccount, chance: Chance) -> tuple[Any, ...]:
    marked = one.marked
    return (
        run_id, week, marked.account_id, marked.owner_id, found.suggested_owner_id, marked.fit, marked.intent,
        marked.capacity, chance.chance, marked.value, one.expected_value, one.low, one.high, one.place,
        found.fit.excluded_by, _parts(found),
    )  # fmt: skip


def _parts(found: MarkedAccount) -> dict[str, Any]:
    """What the factors rest on. Words of outside texts are not copied: evidence ids lead to them while they exist."""
    return {
        "fit": [
            [part.name, part.weight, part.points, part.match.truth.value, list(part.match.evidence_ids[:MOST_EVIDENCE])]
            for part in found.fit.parts
        ],
        "intent": {
            "score": found.interest.score,
            "points": found.points,
            "percentile": found.percentile,
            "surge": None if found.interest.surge is None or math.isnan(found.interest.surge) else found.interest.surge,
            "kinds": [list(pair) for pair in found.interest.kinds[:MOST_KINDS]],
        },
        "is_customer": found.is_customer,
        "segment": found.segment,
    }


def _tell(progress: Reporter | None, done: int, note: str) -> None:
    if progress is not None:
        progress(done, 2, note)
