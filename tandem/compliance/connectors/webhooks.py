"""Signed POSTs to a receiver's address: HMAC-SHA256 over time and body, as the header Tandem-Signature."""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime

from tandem.core.outside import Limits, open_client

HEADER = "Tandem-Signature"
LIMITS = Limits(total_seconds=30, read_seconds=10, most_bytes=100_000, first_wait=0.2)


def sign(body: bytes, *, secret: str, now: datetime) -> str:
    """The header's value: "t=UNIX SECONDS,v1=HEX" over the seconds, a full stop and the body."""
    seconds = int(now.timestamp())
    digest = hmac.new(secret.encode(), f"{seconds}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={seconds},v1={digest}"


def post(url: str, body: bytes, *, content_type: str, key: str, secret: str, now: datetime) -> int:
    """Hand over a body; returns the status, 2xx. The key tells the receiver that it has seen a body before.

    Raises ProviderFailed.
    """
    headers = {"Content-Type": content_type, HEADER: sign(body, secret=secret, now=now), "Idempotency-Key": key}
    with open_client("webhook", limits=LIMITS) as client:
        return client.call("POST", url, headers=headers, content=body, is_idempotent=True).status
