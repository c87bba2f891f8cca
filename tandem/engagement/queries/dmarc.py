"""What receivers report: alignment of the mail that names a domain, by source and by day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import BooleanField, Case, Count, Max, Q, QuerySet, Sum, Value, When
from django.db.models.functions import TruncDate

from tandem.core.intervals import Share
from tandem.engagement.models import DmarcReport, DmarcRow

DAYS = 30
MOST_SOURCES = 25
ALIGNED = Q(is_dkim_aligned=True) | Q(is_spf_aligned=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedSource:
    """One address that sent in the domain's name."""

    source_ip: str
    messages: int
    dkim: int
    spf: int
    aligned: int
    last_on: date

    @property
    def share(self) -> Share:
        """Aligned among all its messages."""
        return Share(hits=self.aligned, n=self.messages)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedDay:
    """Messages of one day (by the report's first moment, UTC), aligned and not."""

    day: date
    aligned: int
    other: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedDomain:
    """All that was reported about a domain in a window. `reporters` by name."""

    reports: int
    reporters: Sequence[str]
    aligned: Share
    days: Sequence[ReportedDay]
    sources: Sequence[ReportedSource]


def reported(domain_id: int, *, now: datetime, days: int = DAYS) -> ReportedDomain:
    """What was reported about a domain in the last days. Three queries."""
    since = now - timedelta(days=days)
    reports = DmarcReport.objects.filter(domain_id=domain_id, begins_at__gte=since)
    rows = DmarcRow.objects.filter(report__domain_id=domain_id, report__begins_at__gte=since)
    names = dict(reports.order_by("reporter").values_list("reporter").annotate(Count("id")))
    by_day = _days(rows)
    aligned, other = sum(one.aligned for one in by_day), sum(one.other for one in by_day)
    return ReportedDomain(
        reports=sum(names.values()),
        reporters=tuple(names),
        aligned=Share(hits=aligned, n=aligned + other),
        days=by_day,
        sources=_sources(rows),
    )


def _days(rows: QuerySet[DmarcRow]) -> tuple[ReportedDay, ...]:
    is_aligned = Case(When(ALIGNED, then=Value(True)), default=Value(False), output_field=BooleanField())
    found: dict[date, dict[bool, int]] = {}
    grouped = rows.annotate(day=TruncDate("report__begins_at"), fits=is_aligned).order_by()
    for day, fits, number in grouped.values_list("day", "fits").annotate(Sum("count")):
        found.setdefault(day, {})[fits] = number
    return tuple(
        ReportedDay(day=day, aligned=counts.get(True, 0), other=counts.get(False, 0))
        for day, counts in sorted(found.items())
    )


def _sources(rows: QuerySet[DmarcRow]) -> tuple[ReportedSource, ...]:
    grouped = (
        rows.order_by()
        .values_list("source_ip")
        .annotate(
            messages=Sum("count"),
            dkim=Sum("count", filter=Q(is_dkim_aligned=True), default=0),
            spf=Sum("count", filter=Q(is_spf_aligned=True), default=0),
            fits=Sum("count", filter=ALIGNED, default=0),
            last=Max("report__begins_at"),
        )
    )
    return tuple(
        ReportedSource(source_ip=ip, messages=messages, dkim=dkim, spf=spf, aligned=fits, last_on=last.date())
        for ip, messages, dkim, spf, fits, last in grouped.order_by("-messages", "source_ip")[:MOST_SOURCES]
    )
