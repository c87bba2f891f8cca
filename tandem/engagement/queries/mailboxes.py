"""Mailboxes and numbers as their page shows them: never a secret, only which there are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tandem.core.errors import NotFound
from tandem.engagement.contracts import SenderAllowance
from tandem.engagement.models import Mailbox, TextSender
from tandem.engagement.queries.senders import allowances

KIND_WORDS: Mapping[str, str] = {
    "smtp": "SMTP", "esp": "Mail provider", "gmail": "Gmail", "microsoft": "Microsoft 365",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class MailboxRow:
    """One mailbox. reaches : where it hands mail over, in words; reads : where its mail is read; empty: nowhere"""

    id: int
    address: str
    display_name: str
    seller: str
    seller_id: int | None
    kind: str
    kind_word: str
    reaches: str
    reads: str
    daily_cap: int
    is_active: bool
    why: str
    purpose: str
    sending: Mapping[str, Any]
    receiving: Mapping[str, Any]
    has_secrets: bool
    allowance: SenderAllowance | None


def list_mailboxes(*, now: datetime) -> list[MailboxRow]:
    """All of them by address, with what they may send today. Five queries."""
    rows = list(Mailbox.objects.select_related("domain", "seller").order_by("address"))
    left = allowances([row.id for row in rows], now=now, is_ai=False)
    return [_row(row, left.get(row.id)) for row in rows]


def get_mailbox(mailbox_id: int) -> MailboxRow:
    """One mailbox. Raises NotFound."""
    row = Mailbox.objects.select_related("domain", "seller").filter(id=mailbox_id).first()
    if row is None:
        raise NotFound(f"There is no mailbox {mailbox_id}.")
    return _row(row, None)


def list_text_senders() -> Sequence[TextSender]:
    """Numbers by channel."""
    return list(TextSender.objects.order_by("channel"))


def _row(row: Mailbox, allowance: SenderAllowance | None) -> MailboxRow:
    sending, receiving = dict(row.sending or {}), dict(row.receiving or {})
    reaches = str(sending.get("host") or sending.get("provider") or "")
    if row.kind == "smtp" and not reaches:
        reaches = "the installation's server"
    return MailboxRow(
        id=row.id,
        address=row.address,
        display_name=row.display_name,
        seller=row.seller.name if row.seller is not None else "",
        seller_id=row.seller_id,
        kind=row.kind,
        kind_word=KIND_WORDS.get(row.kind, row.kind),
        reaches=reaches,
        reads=str(receiving.get("host") or receiving.get("hook") or ""),
        daily_cap=row.daily_cap,
        is_active=row.is_active,
        why=row.why,
        purpose=row.domain.purpose,
        sending=sending,
        receiving=receiving,
        has_secrets=bool(row.secrets),
        allowance=allowance,
    )
