"""What models cost, by what it was for, against what may be spent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, Sum

from tandem.access.queries import list_people
from tandem.agents.contracts import BudgetScope, CallState
from tandem.agents.domain.asking import dollars_of
from tandem.agents.models import Budget, ModelCall, Spending
from tandem.core.errors import NotFound


@dataclass(frozen=True, slots=True, kw_only=True)
class SpentRow:
    """One scope's cost and limits, in US dollars, by UTC day and month.

    label : in words; budget_id None: nothing limits it
    a_day, a_month : limits; None: none
    is_used_up : nothing is left of a limit, so that models are not asked any more
    """

    scope: str
    key: str
    label: str
    day: Decimal
    month: Decimal
    calls: int
    budget_id: int | None = None
    a_day: Decimal | None = None
    a_month: Decimal | None = None

    @property
    def is_used_up(self) -> bool:
        """Whether a limit is reached."""
        return any(limit is not None and spent >= limit for limit, spent in self.limits)

    @property
    def share(self) -> float:
        """Of the tighter limit, 0 to 1 and above; 0 without a limit."""
        shares = [1.0 if limit == 0 else float(spent / limit) for limit, spent in self.limits if limit is not None]
        return max(shares, default=0.0)

    @property
    def limits(self) -> Sequence[tuple[Decimal | None, Decimal]]:
        """(limit, spent) of day and month."""
        return ((self.a_day, self.day), (self.a_month, self.month))

    def as_dict(self) -> dict[str, Any]:
        """Ready for JSON."""
        return {**asdict(self), "is_used_up": self.is_used_up}


def spent_rows(*, now: datetime) -> list[SpentRow]:
    """Every scope that cost something this month or has a budget; the whole first, then the dearest. Four queries."""
    today = now.astimezone(UTC).date()
    month, day = _sums(today.replace(day=1), today), _sums(today, today)
    budgets = {(row.scope, row.key): row for row in Budget.objects.order_by("id")}
    names = {str(person.id): person.name for person in list_people()}
    found = [
        SpentRow(
            scope=scope,
            key=key,
            label=_label(scope, key, names),
            day=day.get((scope, key), (Decimal(0), 0))[0],
            month=month.get((scope, key), (Decimal(0), 0))[0],
            calls=month.get((scope, key), (Decimal(0), 0))[1],
            **_limits(budgets.get((scope, key))),
        )
        for scope, key in {**month, **dict.fromkeys(budgets, None), (BudgetScope.ALL.value, ""): None}
    ]
    return sorted(found, key=lambda one: (one.scope != BudgetScope.ALL, one.scope, -one.month, one.label))


def _limits(row: Budget | None) -> dict[str, Any]:
    return {} if row is None else {"budget_id": row.pk, "a_day": row.a_day, "a_month": row.a_month}


def _sums(first: date, last: date) -> Mapping[tuple[str, str], tuple[Decimal, int]]:
    rows = Spending.objects.filter(on__gte=first, on__lte=last).values_list("scope", "key")
    sums = rows.order_by().annotate(all_units=Sum("units"), all_calls=Sum("calls"))
    return {(scope, key): (dollars_of(units or 0), calls or 0) for scope, key, units, calls in sums}


def _label(scope: str, key: str, names: Mapping[str, str]) -> str:
    return {BudgetScope.ALL.value: "All tasks", BudgetScope.SELLER.value: names.get(key, f"person {key}")}.get(
        scope, key
    )


def get_budget(budget_id: int, *, now: datetime) -> SpentRow:
    """One budget with what is spent of it. Raises NotFound."""
    for row in spent_rows(now=now):
        if row.budget_id == budget_id:
            return row
    raise NotFound(f"There is no budget {budget_id}.", hint="Reload the page.")


def spent_by_endpoint(*, now: datetime) -> Mapping[int, tuple[Decimal, int, int]]:
    """Endpoint id to (US dollars, calls, failed calls) of the UTC month. One query."""
    first = now.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    rows = ModelCall.objects.filter(started_at__gte=first).order_by().values_list("endpoint_id")
    sums = rows.annotate(
        dollars=Sum("cost"), failed=Count("id", filter=Q(state=CallState.FAILED.value)), calls=Count("id")
    )
    return {one: (dollars or Decimal(0), calls, failed) for one, dollars, failed, calls in sums}
