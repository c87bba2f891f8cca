"""Reading single fields of a request as JSON has them; what can't be read is refused with the field's name."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tandem.core.errors import InvalidInput

EARLIEST, LATEST = 1970, 2200


def section(told: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """A part of the request; empty when it is not there."""
    value = told.get(name)
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise refused(name, value, "Give an object with fields.")
    return value


def rows(told: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    """A list of objects; empty when it is not there."""
    value = told.get(name)
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(one, Mapping) for one in value):
        raise refused(name, value, "Give a list of objects.")
    return value


def text(told: Mapping[str, Any], path: str) -> str:
    """A text without spaces around it; empty when it is not there. The last word of the path names the field."""
    value = told.get(path.rsplit(".", 1)[-1])
    if value is None:
        return ""
    if not isinstance(value, str):
        raise refused(path, value, "Give a text.")
    return value.strip()


def texts(told: Mapping[str, Any], path: str) -> list[str]:
    """A list of texts; empty when it is not there."""
    value = told.get(path.rsplit(".", 1)[-1])
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise refused(path, value, 'Give a list of places such as ["US-TX", "DE"].')
    return value


def yes_no(told: Mapping[str, Any], path: str) -> bool | None:
    """True or False; None when it is not known."""
    value = told.get(path.rsplit(".", 1)[-1])
    if value is not None and not isinstance(value, bool):
        raise refused(path, value, "Give true or false, or leave it out when it is not known.")
    return value


def choice(value: object, path: str, known: tuple[str, ...]) -> str | None:
    """One of the known words; None when it is not there."""
    if value is None:
        return None
    if value not in known or not isinstance(value, str):
        raise refused(path, value, f"Known: {', '.join(known)}.")
    return value


def zone(name: str) -> str:
    """A time zone that exists, or empty."""
    if name:
        try:
            ZoneInfo(name)
        except (KeyError, ValueError, OSError) as error:
            raise refused("recipient.timezone", name, "Give an IANA name such as Europe/Berlin.") from error
    return name


def moment(value: object, path: str, at: datetime | None) -> datetime | None:
    """A moment with zone. A date alone counts to its end, though not past `at` on the same day."""
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise refused(path, value, "Give ISO 8601 with zone, such as 2026-11-24T15:00:00Z.")
    try:
        found = datetime.fromisoformat(value)
    except ValueError as error:
        raise refused(path, value, "Give ISO 8601 with zone, such as 2026-11-24T15:00:00Z.") from error
    if not EARLIEST <= found.year <= LATEST:
        raise refused(path, value, f"Give a year from {EARLIEST} to {LATEST}.")
    if len(value) == 10 and path != "at":
        whole = found.replace(tzinfo=UTC) + timedelta(days=1, microseconds=-1)
        return min(whole, at) if at is not None and at.date() == found.date() else whole
    if found.tzinfo is None:
        raise refused(path, value, "Say the zone: add Z or +01:00.")
    return found.astimezone(UTC)


def refused(path: str, value: object, hint: str) -> InvalidInput:
    """What can't be read, and what to give instead."""
    shown = repr(value) if len(repr(value)) <= 80 else repr(value)[:77] + "..."
    said = "is missing" if value is None else f"can't be {shown}"
    return InvalidInput(f"{path} {said}.", hint=hint, code="decide.input", context={"field": path})
