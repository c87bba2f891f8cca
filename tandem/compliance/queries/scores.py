"""Compliance scores: of one decision, and of what the gate decided, by campaign and workflow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from tandem.compliance.contracts.decisions import Decision
from tandem.compliance.domain.score import ContentFacts, Regime, Score, ScoreSummary, regimes_of, score, summarise
from tandem.compliance.models import GateDecision
from tandem.compliance.queries.rules import packs

MOST_DECISIONS = 20_000
NO_CAMPAIGN = "no campaign"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreTable:
    """Scores of the gate's decisions in a span of days.

    decisions : counted; is_cut : there were more, and the latest were taken
    total : None: there was none
    """

    since: datetime
    decisions: int
    is_cut: bool
    total: ScoreSummary | None
    by_campaign: Mapping[str, ScoreSummary]
    by_workflow: Mapping[str, ScoreSummary]


def score_of(decision: Decision, request: Mapping[str, Any] | None = None) -> Score:
    """The score of one decision. request : the object of the shell contract it was made on, for facts of content."""
    return score(decision.as_dict(), regimes_of(packs()), _content(request or {}))


def score_table(*, now: datetime, days: int) -> ScoreTable:
    """Scores of what the gate decided in the last days, once for each message.

    A message that was decided several times (held, then allowed) counts with its last decision.
    """
    since = now - timedelta(days=days)
    rows = GateDecision.objects.filter(decided_at__gte=since).order_by("-decided_at", "-id")
    known = regimes_of(packs())
    seen: set[str] = set()
    campaigns: dict[str, list[Score]] = {}
    workflows: dict[str, list[Score]] = {}
    every: list[Score] = []
    taken = rows.values_list("touch", "campaign", "decision", "facts")[: MOST_DECISIONS + 1]
    for number, (touch, campaign, decision, facts) in enumerate(taken.iterator(chunk_size=2_000)):
        if number == MOST_DECISIONS:
            break
        if touch in seen:
            continue
        seen.add(touch)
        found = score(decision, known, _content(facts))
        every.append(found)
        campaigns.setdefault(campaign or NO_CAMPAIGN, []).append(found)
        workflows.setdefault(touch.partition(":")[0] or "by hand", []).append(found)
    return ScoreTable(
        since=since,
        decisions=len(every),
        is_cut=rows.count() > MOST_DECISIONS,
        total=summarise(every) if every else None,
        by_campaign=_worst_first(campaigns),
        by_workflow=_worst_first(workflows),
    )


def _worst_first(scores: Mapping[str, list[Score]]) -> dict[str, ScoreSummary]:
    found = {name: summarise(some) for name, some in scores.items()}
    return dict(sorted(found.items(), key=lambda item: (101.0 if item[1].mean is None else item[1].mean, item[0])))


def _content(request: Mapping[str, Any]) -> ContentFacts:
    address, content = request.get("address"), request.get("content")
    source = address.get("source") if isinstance(address, Mapping) else None
    notice = content.get("has_privacy_notice") if isinstance(content, Mapping) else None
    return ContentFacts(
        address_source=source if isinstance(source, str) else "",
        has_privacy_notice=notice if isinstance(notice, bool) else None,
    )


def parts_in_order() -> tuple[Regime, ...]:
    """The parts as tables show them."""
    return tuple(Regime)
