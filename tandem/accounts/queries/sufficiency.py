"""How far the data carry each AI workflow: measured set-wise over all golden records, judged by `domain.sufficiency`.

Measuring reads every record and takes seconds to minutes; pages show the stored result of the last night.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, F, Max, OuterRef, Q, QuerySet
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import TruncQuarter

from tandem.accounts import warehouse
from tandem.accounts.contracts import ActivityKind, Entity, SourceKind
from tandem.accounts.domain.sufficiency import WORKFLOWS, Measure, Need, Sufficiency, judge
from tandem.accounts.models import (
    Account,
    Activity,
    Contact,
    Load,
    LoadState,
    Opportunity,
    OpportunityChange,
    OpportunityContact,
    Renewal,
    SellerCall,
    SourceRecord,
    StoredReport,
)
from tandem.accounts.queries.contacts import AGREEING_FOR_OUTREACH

REPORT = "sufficiency"
TWO_YEARS, YEAR, QUARTER = timedelta(days=730), timedelta(days=365), timedelta(days=90)
# What matters of deals that are still open.
OPEN_ONLY = frozenset({"next_step", "people", "last_activity_at"})
# Fields that are numbers, dates or links: there when they are not null.
NOT_TEXT = frozenset({"employees", "annual_revenue", "amount", "close_on", "opened_on", "account", "last_activity_at"})
Measures = dict[tuple[str, str], Measure]


@dataclass(frozen=True, slots=True, kw_only=True)
class SufficiencyReport:
    """Every workflow with its findings. `measured_at` None: never measured yet; then all counts are none."""

    measured_at: datetime | None
    workflows: tuple[Sufficiency, ...]

    def of(self, key: str) -> Sufficiency | None:
        """One workflow's findings; None for a key nobody knows."""
        return next((one for one in self.workflows if one.workflow.key == key), None)


def sufficiency() -> SufficiencyReport:
    """The last stored measuring, judged by the workflows as they are defined now."""
    stored = StoredReport.objects.filter(key=REPORT).first()
    if stored is None:
        return SufficiencyReport(measured_at=None, workflows=tuple(judge(one, {}, {}) for one in WORKFLOWS))
    measures = {(row["entity"], row["field"]): Measure(**row["measure"]) for row in stored.body["fields"]}
    counts = {str(word): int(count) for word, count in stored.body["counts"].items()}
    return SufficiencyReport(
        measured_at=stored.computed_at, workflows=tuple(judge(one, measures, counts) for one in WORKFLOWS)
    )


def measure(now: datetime, progress: Callable[[int, int | None, str], None] | None = None) -> dict[str, Any]:
    """Measure every need and count of every workflow, JSON-ready; nothing is stored."""
    needs: dict[tuple[str, str], Need] = {}
    for workflow in WORKFLOWS:
        for need in workflow.needs:
            needs.setdefault((need.entity, need.field), _stricter(need, needs.get((need.entity, need.field))))
    fields = []
    for at, need in enumerate(needs.values()):
        if progress:
            progress(at, len(needs), f"{need.entity} {need.field.replace('_', ' ')}")
        found = _measure(need, now)
        told = {"records": found.records, "filled": found.filled, "stale": found.stale}
        fields.append(
            {
                "entity": need.entity,
                "field": need.field,
                "measure": told | {"contradictory": found.contradictory},
            }
        )
    return {"fields": fields, "counts": count_cases(now)}


def _stricter(need: Need, other: Need | None) -> Need:
    """Of two needs of one field, the one that asks for fresher values."""
    if other is None or (need.max_age_days or 10**6) < (other.max_age_days or 10**6):
        return need
    return other


def _measure(need: Need, now: datetime) -> Measure:
    rows = _golden(need)
    filled = rows.filter(_is_filled(need))
    records, full = rows.count(), filled.count()
    if not full or need.field in OPEN_ONLY - {"next_step"}:
        return Measure(records=records, filled=full, stale=0, contradictory=0)
    told = SourceRecord.objects.filter(
        entity=need.entity, data__has_key=need.field, golden_id__in=filled.values("id")
    ).order_by()
    grouped = told.values("golden_id")
    stale = contradictory = 0
    if need.max_age_days is not None:
        before = now - timedelta(days=need.max_age_days)
        stale = grouped.annotate(last=Max("observed_at")).filter(last__lt=before).count()
    if need.compare:
        words = Count(KeyTextTransform(need.field, "data"), distinct=True)
        sources = Count("source", distinct=True)
        contradictory = grouped.annotate(words=words, sources=sources).filter(words__gt=1, sources__gt=1).count()
    return Measure(records=records, filled=full, stale=stale, contradictory=contradictory)


def _golden(need: Need) -> QuerySet[Any]:
    if need.entity == Entity.ACCOUNT:
        return Account.objects.filter(merged_into=None)
    if need.entity == Entity.CONTACT:
        return Contact.objects.filter(merged_into=None)
    deals = Opportunity.objects.all()
    return deals.filter(is_closed=False) if need.field in OPEN_ONLY else deals


def _is_filled(need: Need) -> Q:
    if need.field == "people":
        return Q(Exists(OpportunityContact.objects.filter(opportunity_id=OuterRef("id"))))
    if need.field in NOT_TEXT:
        return Q(**{f"{need.field}__isnull": False})
    return ~Q(**{need.field: ""})


def count_cases(now: datetime) -> dict[str, int]:
    """How many cases of each sort there are: the words of `domain.sufficiency.Minimum.counted`."""
    closed = Opportunity.objects.filter(is_closed=True, closed_on__gte=(now - TWO_YEARS).date())
    quarters = closed.annotate(quarter=TruncQuarter("closed_on")).values("quarter").order_by().distinct()
    meetings = Activity.objects.filter(kind=ActivityKind.MEETING)
    usable = Contact.objects.filter(merged_into=None, agreeing_sources__gte=AGREEING_FOR_OUTREACH)
    counted: Mapping[str, QuerySet[Any]] = {
        "closed_deals": closed,
        "won_deals": closed.filter(is_won=True),
        "lost_deals": closed.filter(is_won=False),
        "closed_quarters": quarters,
        "stage_changes": OpportunityChange.objects.filter(field="stage"),
        "seller_calls": SellerCall.objects.all(),
        "activities": Activity.objects.filter(at__gte=now - YEAR, at__lte=now),
        "won_accounts": Opportunity.objects.filter(is_won=True, account__isnull=False).values("account_id").distinct(),
        "usable_contacts": usable,
        "inbound_mails": Activity.objects.filter(kind=ActivityKind.EMAIL, is_inbound=True),
        "transcripts": meetings.exclude(body=""),
        "consents": meetings.filter(Q(details__consent=True) | Q(details__consent__status="granted")),
        "deal_roles": OpportunityContact.objects.exclude(role=""),
        "renewals": Renewal.objects.all(),
    }
    return {word: rows.count() for word, rows in counted.items()} | _count_signals(now)


def _count_signals(now: datetime) -> dict[str, int]:
    """Signals of the last 90 days, and those of them that our product sent."""
    loads = Load.objects.filter(entity=Entity.SIGNAL, state=LoadState.LANDED)
    ids = list(loads.values_list("id", flat=True))
    if not ids:
        return {"signals": 0, "product_signals": 0}
    product = set(loads.filter(source__kind=SourceKind.PRODUCT).values_list(F("source__key"), flat=True))
    found = warehouse.signals(warehouse.connect(), ids)
    recent = found.filter([found["at"] >= now - QUARTER, found["at"] <= now])
    counts = recent.group_by("source").agg(n=recent.count()).to_pandas()
    by_source = dict(zip(counts["source"], counts["n"], strict=True))
    return {
        "signals": int(sum(by_source.values())),
        "product_signals": int(sum(count for source, count in by_source.items() if source in product)),
    }
