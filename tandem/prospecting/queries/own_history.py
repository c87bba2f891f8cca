"""What happened at this company up to a moment, as far as the profile and the ranking learn from it.

Nothing later than the moment counts. Facts of the whole company are read; what is shown of them are rates and means.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Min, Q

from tandem.accounts.contracts import Motion
from tandem.accounts.queries.totals import Rates
from tandem.accounts.queries.visible import accounts_in_sight, deals_in_sight
from tandem.core.actors import built_in_agent
from tandem.prospecting.domain.account_score import OwnHistory
from tandem.prospecting.domain.icp_proposal import Tried, WonDeal

NIGHTLY = built_in_agent("nightly", "worker")
HISTORY_WEEKS = 52
ENDED_WEEKS = 104


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """A deal that began. Renewals come by the calendar and are not among them."""

    account_id: int
    at: datetime


def history_until(at: datetime) -> OwnHistory:
    """Openings of the year before a moment, and how deals ended in the two years before it."""
    deals = deals_in_sight(NIGHTLY).exclude(motion=Motion.RENEWAL).filter(created_at__lte=at, account__isnull=False)
    first = deals.aggregate(first=Min("created_at"))["first"]
    since = at - timedelta(weeks=HISTORY_WEEKS)
    begun = max(since, first) if first is not None else at
    ended = deals.filter(closed_on__lte=at.date(), closed_on__gt=(at - timedelta(weeks=ENDED_WEEKS)).date())
    return OwnHistory(
        openings=deals.filter(created_at__gt=since).count(),
        weeks=(at - begun).total_seconds() / 604_800,
        accounts=accounts_in_sight(NIGHTLY).filter(created_at__lte=at).count(),
        won=ended.filter(is_won=True).count(),
        closed=ended.filter(is_closed=True).count(),
    )


def openings(*, after: datetime, until: datetime) -> list[Opening]:
    """Deals that began in a span of time, at known accounts, oldest first."""
    deals = deals_in_sight(NIGHTLY).exclude(motion=Motion.RENEWAL)
    rows = deals.filter(account__isnull=False, created_at__gt=after, created_at__lte=until).order_by("created_at", "id")
    return [Opening(account_id=account, at=at) for account, at in rows.values_list("account_id", "created_at")]


def tried_accounts(at: datetime) -> list[Tried]:
    """Every living account known at a moment with what its deals of new business had come to by then."""
    ended, won = Counter[int](), Counter[int]()
    deals = deals_in_sight(NIGHTLY).filter(motion=Motion.NEW, account__isnull=False, closed_on__lte=at.date())
    for account_id, is_won in deals.filter(is_closed=True).order_by().values_list("account_id", "is_won"):
        ended[account_id] += 1
        won[account_id] += is_won
    rows = accounts_in_sight(NIGHTLY).filter(created_at__lte=at).order_by("id")
    return [
        Tried(
            industry=industry,
            segment=segment,
            country=country,
            employees=employees,
            won=won[account_id],
            ended=ended[account_id],
        )
        for account_id, industry, segment, country, employees in rows.values_list(
            "id", "industry", "segment", "country", "employees"
        )
    ]


def won_deals(at: datetime) -> tuple[str, Sequence[WonDeal]]:
    """The organisation's currency, and won deals (no renewals) by a moment, each at the rate of its last day."""
    rates = Rates()
    deals = deals_in_sight(NIGHTLY).exclude(motion=Motion.RENEWAL).filter(is_won=True, closed_on__lte=at.date())
    found = []
    for segment, amount, currency, on in deals.order_by("id").values_list(
        "account__segment", "amount", "currency", "closed_on"
    ):
        converted = None if amount is None or on is None else rates.convert(amount, currency, on)
        found.append(WonDeal(segment=segment or "", amount=converted))
    return rates.currency, found


def won_people(at: datetime) -> Iterator[tuple[str, str]]:
    """Role word and job title of people in won deals, once a part."""
    deals = deals_in_sight(NIGHTLY).filter(is_won=True, closed_on__lte=at.date(), people__isnull=False)
    return iter(deals.order_by("id").values_list("people__role", "people__contact__title"))


def touched_accounts(*, after: datetime, until: datetime) -> dict[tuple[int, int], int]:
    """How many touches each owner made at each account in a span: (owner, account) to count."""
    accounts = accounts_in_sight(NIGHTLY)
    rows = accounts.filter(
        Q(activities__at__gt=after, activities__at__lte=until, activities__owner__isnull=False)
        & (Q(activities__is_inbound=None) | Q(activities__is_inbound=False))
    )
    found: Counter[tuple[int, int]] = Counter()
    for owner, account in rows.order_by().values_list("activities__owner_id", "id"):
        found[(owner, account)] += 1
    return dict(found)


def known_at(at: datetime) -> frozenset[int]:
    """Accounts that were known at a moment: their first source's record, or what that says of itself, is older."""
    return frozenset(accounts_in_sight(NIGHTLY).filter(created_at__lte=at).values_list("id", flat=True))


def dealt_accounts(at: datetime) -> frozenset[int]:
    """Accounts that had a deal by a moment."""
    deals = deals_in_sight(NIGHTLY).filter(created_at__lte=at, account__isnull=False)
    return frozenset(deals.order_by().values_list("account_id", flat=True).distinct())
