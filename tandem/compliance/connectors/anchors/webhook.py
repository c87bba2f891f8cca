"""Anchor at a web address: the checkpoint as a signed POST."""

from __future__ import annotations

from datetime import datetime

from tandem.compliance.connectors import webhooks
from tandem.compliance.contracts.anchors import AnchorDocument


def keep(document: AnchorDocument, url: str, *, secret: str, now: datetime) -> str:
    """Hand over the checkpoint; returns the status in words. Raises ProviderFailed."""
    status = webhooks.post(
        url, document.body, content_type="application/json", key=document.name, secret=secret, now=now
    )
    return f"answered {status}"
