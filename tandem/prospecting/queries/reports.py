"""Reckonings about the ranking that take longer than a page may take, as the last night left them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tandem.prospecting.models import RankingReport


def stored(key: str) -> dict[str, Any] | None:
    """The last result; None: never reckoned."""
    found = RankingReport.objects.filter(key=key).values_list("body", flat=True).first()
    return dict(found) if found is not None else None


def stored_at(key: str) -> datetime | None:
    """When it was reckoned; None: never."""
    return RankingReport.objects.filter(key=key).values_list("computed_at", flat=True).first()


def icp_key(number: int) -> str:
    """The key under which the judgement of a profile's version is kept."""
    return f"icp-{number}"
