"""What is known of companies for reckoning with all of them: golden fields, customers, open deals. Set-wise.

No sight is checked here: the caller names the accounts it may use, or takes all of them for a nightly reckoning.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import islice
from typing import Any

from django.db.models import Count, Max, Q, QuerySet
from django.utils import timezone

from tandem.accounts.models import Account, Opportunity, Renewal
from tandem.accounts.queries.totals import Rates

ACCOUNTS_AT_ONCE = 2_000
FIELDS = (
    "domain", "type", "segment", "industry", "employees", "annual_revenue", "currency", "country", "region", "city",
)  # fmt: skip
COLUMNS = ("id", "name", "owner_id", "updated_at", *FIELDS)


@dataclass(frozen=True, slots=True, kw_only=True)
class CompanyFacts:
    """One living account.

    fields : golden fields that are known, by name; annual_revenue is in the organisation's currency at the day's rate,
        and absent when no rate is known
    updated_at : when its golden record last changed; fields are as they are now, also for a moment before that
    is_customer : it had won a deal by the moment, and its last known contract had not ended
    open_deals : opened by the moment and not closed by it
    """

    id: int
    name: str
    owner_id: int | None
    updated_at: datetime
    fields: Mapping[str, Any]
    is_customer: bool
    open_deals: int


def company_facts(account_ids: Iterable[int] | None, *, at: datetime) -> Iterator[CompanyFacts]:
    """Living accounts in the order of their ids, read some thousand at a time; None: all of them."""
    on = timezone.localtime(at).date()
    factors = Rates().factors(on)
    for rows in _stretches(account_ids):
        ids = [row[0] for row in rows]
        won, ends, opened = _won_on(ids, on), _contract_ends(ids), _open_deals(ids, on)
        for row in rows:
            values = dict(zip(COLUMNS, row, strict=True))
            key = values["id"]
            last_end = ends.get(key)
            yield CompanyFacts(
                id=key,
                name=values["name"],
                owner_id=values["owner_id"],
                updated_at=values["updated_at"],
                fields=_known(values, factors),
                is_customer=key in won and (last_end is None or last_end >= on),
                open_deals=opened.get(key, 0),
            )


def _stretches(account_ids: Iterable[int] | None) -> Iterator[list[tuple[Any, ...]]]:
    living = Account.objects.filter(merged_into=None).order_by("id")
    if account_ids is None:
        last = 0
        while rows := list(living.filter(id__gt=last).values_list(*COLUMNS)[:ACCOUNTS_AT_ONCE]):
            last = rows[-1][0]
            yield rows
        return
    wanted = iter(sorted(set(account_ids)))
    while ids := list(islice(wanted, ACCOUNTS_AT_ONCE)):
        yield list(living.filter(id__in=ids).values_list(*COLUMNS))


def _known(values: Mapping[str, Any], factors: Mapping[str, Decimal]) -> dict[str, Any]:
    found = {name: values[name] for name in FIELDS if values[name] not in (None, "")}
    revenue = found.pop("annual_revenue", None)
    factor = factors.get(values["currency"])
    if revenue is not None and factor is not None:
        found["annual_revenue"] = round(revenue * factor, 2)
    return found


def _won_on(ids: Sequence[int], on: date) -> set[int]:
    won = Opportunity.objects.filter(account_id__in=ids, is_won=True)
    return set(
        won.filter(Q(closed_on__lte=on) | Q(closed_on=None, close_on__lte=on)).values_list("account_id", flat=True)
    )


def _contract_ends(ids: Sequence[int]) -> dict[int, date]:
    rows = Renewal.objects.filter(account_id__in=ids).order_by().values("account_id")
    return {row["account_id"]: row["last"] for row in rows.annotate(last=Max("ends_on"))}


def _open_deals(ids: Sequence[int], on: date) -> dict[int, int]:
    rows: QuerySet[Opportunity] = Opportunity.objects.filter(account_id__in=ids)
    begun = Q(opened_on__lte=on) | Q(opened_on=None, created_at__date__lte=on)
    going = Q(is_closed=False) | Q(closed_on__gt=on) | Q(closed_on=None, close_on__gt=on)
    counted = rows.filter(begun & going).order_by().values("account_id").annotate(n=Count("id"))
    return {row["account_id"]: row["n"] for row in counted}
