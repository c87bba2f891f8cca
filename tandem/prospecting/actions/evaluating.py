"""How the ranking would have done at this company, reckoned anew and kept for pages and for the next nights."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from tandem.access.actions import require
from tandem.core import ledger
from tandem.core.actors import Actor
from tandem.prospecting.actions.icp import proposed_body
from tandem.prospecting.domain.account_score import IntentShape
from tandem.prospecting.domain.backtest import judge
from tandem.prospecting.models import RankingReport
from tandem.prospecting.queries import familiarity
from tandem.prospecting.queries.backtest import cut_moments, past_rankings, places_at
from tandem.prospecting.queries.reports import stored_at

Reporter = Callable[[int, int | None, str], None]
CUTS = 7  # half a year: more would judge a company that is no longer this one
EVERY_DAYS = 7


def backtest(now: datetime, *, cuts: int = CUTS, progress: Reporter | None = None) -> dict[str, Any]:
    """The ranking at several moments of the past and what happened after each, JSON-ready. Nothing is stored.

    cuts : moments four weeks apart, the last one eight weeks before `now`
    """
    past = past_rankings(cut_moments(now, cuts=cuts), propose=proposed_body, progress=progress)
    verdict = judge(past.cuts)
    return {
        "as_of": now.isoformat(),
        "cuts": [day.isoformat() for day in verdict.cuts],
        "candidates": verdict.candidates,
        "opened": {str(weeks): count for weeks, count in verdict.opened.items()},
        "results": [asdict(one) for one in verdict.results],
        "reason": verdict.reason,
        "shape": asdict(past.shape),
    }


def refresh_reports(*, actor: Actor, now: datetime, progress: Reporter | None = None, force: bool = False) -> bool:
    """Reckon back-test and familiarity anew when they are a week old; says whether it did.

    force : also when they are younger

    Raises NotAllowed without "prospect.manage".
    """
    require(actor, "prospect.manage")
    last = stored_at("backtest")
    if last is not None and not force and now - last < timedelta(days=EVERY_DAYS):
        return False
    judged = backtest(now, progress=progress)
    shape = IntentShape(**judged["shape"])
    bodies = {
        "backtest": judged,
        "familiarity": familiarity.reckon(now, ranked_then=lambda at: places_at(at, proposed_body(at), shape)),
    }
    with transaction.atomic():
        for key, body in bodies.items():
            RankingReport.objects.update_or_create(key=key, defaults={"computed_at": now, "body": body})
        ledger.append(
            actor, "prospecting.ranking_judged", subject="ranking:all",
            cuts=judged["cuts"], opened=judged["opened"],
        )  # fmt: skip
    return True
