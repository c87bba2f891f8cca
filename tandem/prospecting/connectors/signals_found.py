"""What fetchers of public places hand back: signals in the words of the warehouse, and marks for the next visit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tandem.accounts.queries.told_answers import ToldAnswer


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


def signals_of(told: ToldAnswer) -> tuple[FoundSignal, ...]:
    """The signals of an answer as accounts reads it."""
    return tuple(
        FoundSignal(key=one.key, kind=one.kind, at=one.at, topic=one.topic, payload=one.payload) for one in told.signals
    )
