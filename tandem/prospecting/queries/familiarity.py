"""Who works accounts they know above accounts that rank higher: figures of a quarter for every seller."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from tandem.access.queries import list_people, sight_of
from tandem.core.actors import Actor
from tandem.prospecting.domain.account_score import week_of
from tandem.prospecting.domain.familiarity import Bias, Worked, bias_of
from tandem.prospecting.models import AccountRank
from tandem.prospecting.queries import own_history
from tandem.prospecting.queries.marking import SELLING
from tandem.prospecting.queries.reports import stored

SPAN_WEEKS = 12  # a quarter: in a month a seller works too few accounts that were not in a deal before
BEFORE_WEEKS = 52
MOST_NAMED = 10
REPORT = "familiarity"
Place = tuple[int, int | None, int]


def reckon(now: datetime, *, ranked_then: Callable[[datetime], Iterable[Place]]) -> dict[str, Any]:
    """By seller's id the bias over the last twelve weeks, JSON-ready.

    ranked_then : the places of a moment as it would have ranked; asked when no ranking of that week is kept
    """
    since = now - timedelta(weeks=SPAN_WEEKS)
    touches = own_history.touched_accounts(after=since, until=now)
    known = own_history.touched_accounts(after=since - timedelta(weeks=BEFORE_WEEKS), until=since)
    with_deals = own_history.dealt_accounts(since)
    books: defaultdict[int, list[Worked]] = defaultdict(list)
    for account, owner, place in _kept_places(since) or ranked_then(since):
        if owner is not None:
            books[owner].append(
                Worked(
                    account_id=account,
                    place=place,
                    touches=touches.get((owner, account), 0),
                    is_known=(owner, account) in known or account in with_deals,
                )
            )
    sellers = {str(owner): _told(bias_of(book, seed=owner)) for owner, book in sorted(books.items())}
    return {"weeks": SPAN_WEEKS, "since": since.isoformat(), "as_of": now.isoformat(), "sellers": sellers}


def _kept_places(since: datetime) -> list[Place]:
    """The ranking of the week in which the span began, excluded accounts left out; empty: not kept."""
    week = week_of(timezone.localtime(since).date())
    rows = AccountRank.objects.filter(week=week, excluded_by="", run__ranked_at__lte=since + timedelta(weeks=1))
    return list(rows.order_by("place", "account_id").values_list("account_id", "owner_id", "place"))


def biases(actor: Actor) -> dict[int, Bias]:
    """By seller's id, those whose book the actor sees, as the last night that reckoned it left them."""
    body = stored(REPORT) or {}
    sight = sight_of(actor, "view", "prospect")
    selling = {person.id for person in list_people(active_only=True) if person.role in SELLING}
    found = {int(key): _read(told) for key, told in body.get("sellers", {}).items()}
    seen = found if sight.reach == "all" else {key: one for key, one in found.items() if key in sight.person_ids}
    return {key: one for key, one in seen.items() if key in selling}


def _told(bias: Bias) -> dict[str, Any]:
    return {**asdict(bias), "passed_over": list(bias.passed_over[:MOST_NAMED])}


def _read(told: dict[str, Any]) -> Bias:
    return Bias(**{**told, "passed_over": tuple(told["passed_over"])})
