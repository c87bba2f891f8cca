"""A second look at activities that named somebody whom nobody knew when they landed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import transaction

from tandem.accounts.actions.facts.deal_links import link_again_by_deals
from tandem.accounts.actions.facts.linking import Link, Mention, contacts_by_mail, link, touch_all
from tandem.accounts.models import Activity, ActivityParticipant
from tandem.accounts.queries.choosing.records import in_slices
from tandem.core import bulk

ROWS_AT_ONCE = 10_000
LINKS = ("account_id", "contact_id", "opportunity_id", "loose")

Progress = Callable[[int, int | None, str], None]


class _Loose(NamedTuple):
    """An activity with something still to be found."""

    id: int
    source_id: int
    at: datetime
    account_id: int | None
    contact_id: int | None
    opportunity_id: int | None
    loose: dict[str, Any]


def relink_activities(*, now: datetime, progress: Progress | None = None) -> int:
    """Find out who was meant, where that can be told by now; returns how many links were found or made anew."""
    found, last = 0, 0
    joined: set[int] = set()
    while rows := _next_rows(last):
        with transaction.atomic():
            changed = _relink(rows, now)
        found += len(changed)
        joined |= {one.account_id for one in changed if one.account_id}
        last = rows[-1].id
        if progress:
            progress(found, None, "linking activities")
    return found + link_again_by_deals(joined, now=now, progress=progress)


def _next_rows(after: int) -> list[_Loose]:
    rows = Activity.objects.filter(id__gt=after, loose__isnull=False).order_by("id")
    fields = ("id", "source_id", "at", "account_id", "contact_id", "opportunity_id", "loose")
    return [_Loose(*row) for row in rows.values_list(*fields)[:ROWS_AT_ONCE]]


def _relink(rows: Sequence[_Loose], now: datetime) -> list[Link]:
    mentions = [_mention(row) for row in rows]
    told = link(mentions)
    changed = []
    for row, found in zip(rows, told, strict=True):
        merged = _merged(row, found)
        if (merged.account_id, merged.contact_id, merged.opportunity_id, merged.loose) != row[3:]:
            changed.append((row, merged))
    values = ((row.id, one.account_id, one.contact_id, one.opportunity_id, one.loose) for row, one in changed)
    bulk.update_many(Activity, "id", LINKS, values)
    _relink_participants([row.id for row in rows], {address for one in mentions for address in one.addresses})
    touch_all(((one, row.at) for row, one in changed), now=now)
    return [one for _, one in changed]


def _mention(row: _Loose) -> Mention:
    loose = row.loose
    return Mention(
        source_id=row.source_id,
        account_key=str(loose.get("account_key", "")),
        contact_key=str(loose.get("contact_key", "")),
        opportunity_key=str(loose.get("opportunity_key", "")),
        account_name=str(loose.get("account_name", "")),
        opportunity_name=str(loose.get("opportunity_name", "")),
        addresses=tuple(loose.get("addresses", ())),
    )


def _merged(row: _Loose, found: Link) -> Link:
    """What was known stays; what was found comes to it."""
    one = Link(
        account_id=row.account_id or found.account_id,
        contact_id=row.contact_id or found.contact_id,
        opportunity_id=row.opportunity_id or found.opportunity_id,
    )
    known = {
        "account_key": one.account_id, "account_name": one.account_id, "contact_key": one.contact_id,
        "opportunity_key": one.opportunity_id, "opportunity_name": one.opportunity_id,
    }  # fmt: skip
    left = {name: value for name, value in row.loose.items() if name != "addresses" and known.get(name) is None}
    if row.loose.get("addresses") and (one.account_id is None or one.contact_id is None):
        left["addresses"] = row.loose["addresses"]
    one.loose = left or None
    return one


def _relink_participants(activity_ids: Sequence[int], addresses: set[str]) -> None:
    contacts = contacts_by_mail(addresses)
    if not contacts:
        return
    rows: list[tuple[int, int]] = []
    for some in in_slices(activity_ids):
        unknown = ActivityParticipant.objects.filter(activity_id__in=some, contact=None, person=None)
        rows += [(pk, contacts[address]) for pk, address in unknown.values_list("id", "address") if address in contacts]
    bulk.update_many(ActivityParticipant, "id", ("contact_id",), rows)
