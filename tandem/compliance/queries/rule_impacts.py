"""Reads of impact reports: what was compared, how far it is, what was found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from tandem.compliance.models import RuleImpact
from tandem.core import jobs
from tandem.core.errors import NotFound


@dataclass(frozen=True, slots=True, kw_only=True)
class ImpactReport:
    """One comparison.

    before, after : what was compared, in words
    by : who asked; empty: software
    status : "waiting", "running", "done", "failed"
    progress : part that is done, 0 to 1; None while that is not known
    found : counts and first changes, as `Impact.as_dict` has them; None: not yet
    """

    id: int
    before: str
    after: str
    asked_at: datetime
    by: str
    status: str
    progress: float | None
    done_at: datetime | None
    rules_version: str
    found: Mapping[str, Any] | None

    @property
    def sentence(self) -> str:
        """The finding in words."""
        if self.found is None:
            return "It is being worked out." if self.status != "failed" else "It could not be worked out; see Jobs."
        changed, decided = self.found["changed_count"], self.found["decided"]
        return f"{changed:,} of {decided:,} contacts by channel end otherwise."


def list_impacts(*, limit: int = 10) -> list[ImpactReport]:
    """The latest reports, newest first."""
    return [_report(row) for row in RuleImpact.objects.select_related("asked_by").order_by("-asked_at", "-id")[:limit]]


def get_impact(impact_id: int) -> ImpactReport:
    """One report. Raises NotFound."""
    row = RuleImpact.objects.select_related("asked_by").filter(id=impact_id).first()
    if row is None:
        raise NotFound(f"There is no impact report {impact_id}.", hint="See Compliance, Changes of rules.")
    return _report(row)


def _report(row: RuleImpact) -> ImpactReport:
    status, progress = _state(row)
    before, after = _in_words(row.question)
    return ImpactReport(
        id=row.id,
        before=before,
        after=after,
        asked_at=row.asked_at,
        by=row.asked_by.name if row.asked_by is not None else "",
        status=status,
        progress=progress,
        done_at=row.done_at,
        rules_version=row.rules_version,
        found=row.found,
    )


def _state(row: RuleImpact) -> tuple[str, float | None]:
    if row.done_at is not None:
        return "done", 1.0
    try:
        job = jobs.get_job(row.job or 0)
    except NotFound:
        return "failed", None
    if job.status is jobs.JobStatus.DEAD:
        return "failed", None
    return job.status.value, job.share


def _in_words(question: Mapping[str, Any]) -> tuple[str, str]:
    if question["kind"] == "own_packs":
        return "the product's rules", "with this installation's own rules"
    return _law_of(question["before"]), _law_of(question["after"])


def _law_of(day: str) -> str:
    return f"the law of {date.fromisoformat(day):%d %b %Y}"
