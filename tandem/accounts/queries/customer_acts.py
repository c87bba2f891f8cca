"""What customers did, as the CRM, the mailbox and the calendar tell it, for rooms that reckon with it: no texts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Max, Q

from tandem.accounts.contracts import ActivityKind
from tandem.accounts.models import Activity

AT_ONCE = 10_000
COLUMNS = ("id", "account_id", "kind", "is_inbound", "at", "duration_seconds", "subject", "details")
EITHER_WAY = (ActivityKind.MEETING, ActivityKind.FORM, ActivityKind.CALL)
WRITTEN = (ActivityKind.EMAIL, ActivityKind.SMS, ActivityKind.CHAT)


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerAct:
    """One touch in which the customer may have acted.

    is_inbound : they began it; None: nobody said
    seconds : of a call; None: unknown
    details : as its source told it (state of a meeting, automatic mail)
    """

    id: int
    account_id: int
    kind: ActivityKind
    is_inbound: bool | None
    at: datetime
    seconds: int | None
    subject: str
    details: Mapping[str, Any]


def last_activity_id() -> int:
    """The touch that came last; 0: none did."""
    return int(Activity.objects.aggregate(last=Max("id"))["last"] or 0)


def customer_acts(
    since: datetime, until: datetime, *, upto_id: int, account_id: int | None = None
) -> Iterator[CustomerAct]:
    """Meetings, forms, calls, and messages that came in, of living accounts, in the order in which they became known.

    since, until : of the act, the first not among them; upto_id : later ones were not known
    account_id : one account; None: all. The caller limits what is shown to sight. One query, read a stretch at a time.
    """
    theirs = Q(kind__in=EITHER_WAY) | Q(kind__in=WRITTEN, is_inbound=True)
    found = Activity.objects.filter(theirs, at__gt=since, at__lte=until, id__lte=upto_id, account__merged_into=None)
    found = found.filter(account_id=account_id) if account_id is not None else found.exclude(account=None)
    for row in found.order_by("id").values_list(*COLUMNS).iterator(chunk_size=AT_ONCE):
        pk, account, kind, is_inbound, at, seconds, subject, details = row
        yield CustomerAct(
            id=pk, account_id=account, kind=ActivityKind(kind), is_inbound=is_inbound, at=at, seconds=seconds,
            subject=subject, details=details or {},
        )  # fmt: skip
