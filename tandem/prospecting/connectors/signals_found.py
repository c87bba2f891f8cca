"""What fetchers of public places hand back: signals in the words of the warehouse, and marks for the next visit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundSignal:
    """One thing that was published.

    key : the source's own, so that a second reading adds nothing
    kind : e.g. "news", "job_post", "filing"
    payload : title, text, url, author, language, and what the kind has of its own
    """

    key: str
    kind: str
    at: datetime
    topic: str = ""
    payload: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One visit. not_modified : nothing changed since the marks that were told"""

    signals: tuple[FoundSignal, ...] = ()
    etag: str = ""
    last_modified: str = ""
    not_modified: bool = False


def moment_of(value: object) -> datetime | None:
    """A moment in ISO 8601, RFC 822 or milliseconds since 1970; None when it is none or lies outside 1995 to 2100."""
    found: datetime | None = None
    try:
        if isinstance(value, int | float) and not isinstance(value, bool):
            found = datetime.fromtimestamp(value / 1000, UTC)
        elif isinstance(value, str) and value.strip():
            text = value.strip()
            found = datetime.fromisoformat(text) if text[:4].isdigit() else parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError, OSError, IndexError):
        return None
    if found is None:
        return None
    found = found if found.tzinfo else found.replace(tzinfo=UTC)
    return found if 1995 <= found.year <= 2100 else None
