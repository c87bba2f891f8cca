"""What became of lists: deals that opened after an account came on one, by where lists come from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from tandem.accounts.queries.visible import accounts_in_sight, deals_in_sight
from tandem.core.actors import Actor
from tandem.core.intervals import Difference, Share
from tandem.prospecting.models import ListEntry, ListOrigin

WITHIN = timedelta(days=90)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListsCompared:
    """Accounts that had 90 days since they came on a list, by origin. Lists are not drawn by lot: a difference is what
    was seen, not what caused it.

    waiting : accounts that came later, and are not judged yet
    """

    comparison: Difference
    waiting: int


def compare(actor: Actor, *, now: datetime) -> ListsCompared:
    """Signal-based against firmographic lists in sight. An account counts once a side, by its first list there."""
    visible = accounts_in_sight(actor).order_by().values("id")
    rows = ListEntry.objects.filter(
        account__in=visible, prospect_list__origin__in=(ListOrigin.SIGNALS, ListOrigin.FIRMOGRAPHIC)
    )
    first: dict[tuple[str, int], datetime] = {}
    for origin, account_id, at in rows.order_by("added_at", "id").values_list(
        "prospect_list__origin", "account_id", "added_at"
    ):
        first.setdefault((origin, account_id), at)
    judged = {key: at for key, at in first.items() if at + WITHIN <= now}
    opened = _openings(actor, {account_id for _, account_id in judged})
    shares = []
    for side in (ListOrigin.SIGNALS, ListOrigin.FIRMOGRAPHIC):
        own = {account_id: at for (origin, account_id), at in judged.items() if origin == side}
        hits = sum(any(at < day <= at + WITHIN for day in opened.get(pk, ())) for pk, at in own.items())
        shares.append(Share(hits=hits, n=len(own)))
    return ListsCompared(comparison=Difference(first=shares[0], second=shares[1]), waiting=len(first) - len(judged))


def _openings(actor: Actor, account_ids: set[int]) -> dict[int, list[datetime]]:
    found: dict[int, list[datetime]] = {}
    for account_id, at in (
        deals_in_sight(actor).filter(account__in=account_ids).order_by().values_list("account_id", "created_at")
    ):
        found.setdefault(account_id, []).append(at)
    return found
