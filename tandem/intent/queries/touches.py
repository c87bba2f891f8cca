"""Touches of the CRM and the mailbox as signals, read where they lie: what the customer did, never what our side did.

A reply, a call that was answered, a meeting that was held, a form. Mail that we sent and automatic answers say nothing
of interest. Conversations become signals by the same door once a room keeps them: `register_touches`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

import pyarrow as pa

from tandem.accounts.contracts import ActivityKind
from tandem.accounts.queries.customer_acts import CustomerAct, customer_acts, last_activity_id

REACH = timedelta(days=180)  # 8 half-lives of the longest-lived of these kinds: older ones add less than half a percent
TOUCHES = pa.schema(
    [
        ("account_id", pa.int64()), ("kind", pa.string()), ("at", pa.timestamp("us", tz="UTC")),
        ("strength", pa.float64()), ("reference", pa.string()), ("topic", pa.string()),
    ]
)  # fmt: skip
ANSWERED_SECONDS = 60  # shorter calls are mailboxes and wrong numbers
Touch = dict[str, Any]
Provider = Callable[[datetime, datetime, int | None], Iterator[Touch]]
__all__ = ["last_activity_id", "register_touches", "touches"]
_providers: dict[str, Provider] = {}


def register_touches(name: str, provider: Provider) -> None:
    """Called at start-up by a room that keeps what customers say (conversations).

    provider : (since, until, account id or None for all) to rows of `TOUCHES`; the same name again replaces it
    """
    _providers[name] = provider


def touches(*, as_of: datetime, upto_id: int, account_id: int | None = None) -> pa.Table:
    """What customers did in the reach before a moment, as rows of `TOUCHES`; upto_id : later touches were not known."""
    since = as_of - REACH
    rows = list(_activities(since, as_of, upto_id, account_id))
    for provider in _providers.values():
        rows += provider(since, as_of, account_id)
    return pa.Table.from_pylist(rows, schema=TOUCHES)


def _activities(since: datetime, until: datetime, upto_id: int, account_id: int | None) -> Iterator[Touch]:
    seen: set[tuple[object, ...]] = set()
    for act in customer_acts(since, until, upto_id=upto_id, account_id=account_id):
        touch = _touch(act)
        if touch is not None and (same := _same(touch)) not in seen:
            seen.add(same)
            yield touch


def _same(touch: Touch) -> tuple[object, ...]:
    """A meeting stands in the calendar and in the CRM, a mail in the mailbox and in the CRM: what makes them one."""
    at: datetime = touch["at"]
    if touch["kind"] == "email_reply":
        return touch["account_id"], touch["kind"], at.date(), touch["topic"].casefold().removeprefix("re: ")
    return touch["account_id"], touch["kind"], at.replace(minute=0, second=0, microsecond=0)


def _touch(act: CustomerAct) -> Touch | None:
    counts_as = _kind(act.kind, act.is_inbound, act.seconds, act.details)
    if counts_as is None:
        return None
    return {"account_id": act.account_id, "kind": counts_as, "at": act.at, "strength": 1.0,
            "reference": f"activity:{act.id}", "topic": act.subject}  # fmt: skip


def _kind(kind: ActivityKind, is_inbound: bool | None, seconds: int | None, details: Mapping[str, Any]) -> str | None:
    if kind is ActivityKind.MEETING:
        return None if _did_not_happen(details) else "meeting_held"
    if kind is ActivityKind.CALL:
        return "call" if is_inbound or (seconds or 0) >= ANSWERED_SECONDS else None
    if kind is ActivityKind.FORM:
        return "form"
    return None if details.get("auto_submitted") or details.get("is_report") else "email_reply"


def _did_not_happen(details: Mapping[str, Any]) -> bool:
    told = str(details.get("status", "")).lower()
    return any(word in told for word in ("cancel", "no show", "no-show", "declined", "not held"))
