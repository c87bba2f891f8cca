"""How a meeting recorder is set, against the recording law of places."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from tandem.compliance.domain.recorder import HEARERS, Finding, Severity, check_recorder, places_of, read_settings
from tandem.compliance.queries.rules import packs

__all__ = ["HEARERS", "Finding", "Severity", "check_settings"]


def check_settings(told: Mapping[str, object], places: Sequence[str], *, now: datetime) -> Sequence[Finding]:
    """What is wrong with a recorder's settings for people in these places, the worst first. Raises InvalidInput."""
    return check_recorder(read_settings(told), places_of(told, places), packs(), now=now)
