"""Reads of watched public places, within the actor's sight."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tandem.accounts.queries.visible import accounts_in_sight
from tandem.core.actors import Actor
from tandem.prospecting.models import WatchedPlace

MOST_SHOWN = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceRow:
    """A watched place. read_at None: never yet; note : why it is not read, empty: all is well"""

    id: int
    kind: str
    place: str
    account_id: int
    account_name: str
    is_on: bool
    read_at: datetime | None
    next_at: datetime
    note: str


def watched_places(actor: Actor, *, account_id: int | None = None) -> list[PlaceRow]:
    """Places watched for accounts in sight, those in trouble first; at most 200."""
    rows = WatchedPlace.objects.filter(account__in=accounts_in_sight(actor)).select_related("account")
    if account_id is not None:
        rows = rows.filter(account_id=account_id)
    return [
        PlaceRow(
            id=row.id, kind=row.kind, place=row.place, account_id=row.account_id, account_name=row.account.name,
            is_on=row.is_on, read_at=row.read_at, next_at=row.next_at, note=row.note,
        )
        for row in rows.order_by("-failures", "account__name", "kind", "id")[:MOST_SHOWN]
    ]  # fmt: skip
