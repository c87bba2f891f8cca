"""What mail servers report of mail that was sent: addresses that do not exist any more, and complaints.

Sources: delivery status notifications (RFC 3464) and abuse feedback reports (RFC 5965).
"""

from __future__ import annotations

from collections.abc import Iterator
from email.errors import MessageError
from email.message import Message
from typing import Any

from tandem.accounts.domain.normalise import email_address

MOST = 50
_READ_ERRORS = (MessageError, ValueError, LookupError, TypeError, AttributeError)


def reported(message: Message[str, str]) -> dict[str, list[str]]:
    """Addresses that bounced for good, and those that complained; absent where there are none.

    Bounced are only those that failed for good (status 5.x.x): a full mailbox today is no reason to leave it for ever.
    """
    if message.get_content_type() != "multipart/report":
        return {}
    try:
        found = {"bounced": list(_bounced(message)), "complained": list(_complained(message))}
    except _READ_ERRORS:
        return {}
    return {word: list(dict.fromkeys(filter(None, told)))[:MOST] for word, told in found.items() if any(told)}


def _blocks(message: Message[str, str], kind: str) -> Iterator[Any]:
    """The blocks of header lines in the parts of one kind."""
    for part in message.walk():
        payload = part.get_payload()
        if part.get_content_type() == kind and isinstance(payload, list):
            yield from payload


def _bounced(message: Message[str, str]) -> Iterator[str]:
    for block in _blocks(message, "message/delivery-status"):
        has_failed = str(block.get("Action", "")).strip().lower() == "failed"
        if has_failed and str(block.get("Status", "")).strip().startswith("5"):
            yield _address(block.get("Original-Recipient") or block.get("Final-Recipient") or "")


def _complained(message: Message[str, str]) -> Iterator[str]:
    for block in _blocks(message, "message/feedback-report"):
        if str(block.get("Feedback-Type", "")).strip().lower() in {"abuse", "fraud", "opt-out"}:
            for told in block.get_all("Original-Rcpt-To", []):
                yield _address(told)


def _address(told: object) -> str:
    """The address behind "rfc822; ann@acme.example"; "" when it is none."""
    return email_address(str(told).rpartition(";")[2].strip().strip("<>")) or ""
