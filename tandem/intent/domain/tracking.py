"""Calls of Segment's HTTP tracking protocol: what a request holds, which of it can be taken, and when it happened.

Source: Segment's specification of its HTTP API and of common fields (sizes, required ids, clock skew). The moment of a
call is what the client's clock said, less how far that clock was off: received - (sent - told).
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from tandem.core.errors import InvalidInput

CALLS = ("identify", "track", "page", "screen", "group", "alias")
MOST_BYTES_A_CALL = 32 * 1024
MOST_BYTES_A_BATCH = 500 * 1024
MOST_CALLS_A_BATCH = 2_500
LONGEST_MESSAGE_ID = 100
NEEDED: Mapping[str, tuple[str, ...]] = {"track": ("event",), "group": ("groupId",), "alias": ("previousId", "userId")}

Call = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What a request held.

    calls : (message id, call) that can be taken
    refused : why others can't, one reason each
    """

    calls: tuple[tuple[str, Call], ...]
    refused: tuple[str, ...] = ()


def read_body(body: bytes, *, is_batch: bool) -> Call:
    """The JSON object of a request. Raises InvalidInput for what is too large or no JSON object."""
    most = MOST_BYTES_A_BATCH if is_batch else MOST_BYTES_A_CALL
    if len(body) > most:
        raise InvalidInput(f"The body has {len(body):,} bytes.", hint=f"At most {most:,}.", code="intent.body_size")
    try:
        found = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise InvalidInput("The body is no JSON.", hint="Send a JSON object.", code="intent.body") from error
    if not isinstance(found, dict):
        raise InvalidInput("The body is no JSON object.", hint="Send a JSON object.", code="intent.body")
    return found


def take(kind: str, body: Call, *, received_at: datetime) -> Taken:
    """The calls of a request of this kind ("batch" or one of `CALLS`), each with its id, kind and corrected moment."""
    if kind != "batch":
        return _sorted_out([{**body, "type": kind}], body.get("sentAt"), received_at)
    calls = body.get("batch")
    if not isinstance(calls, list):
        raise InvalidInput("The batch is no list.", hint='Send {"batch": [...]}.', code="intent.body")
    if len(calls) > MOST_CALLS_A_BATCH:
        return Taken(calls=(), refused=(f"the batch has more than {MOST_CALLS_A_BATCH:,} calls",) * len(calls))
    outer = body.get("context")
    merged = [_merged(one, outer) if isinstance(one, dict) else one for one in calls]
    return _sorted_out(merged, body.get("sentAt"), received_at)


def _sorted_out(calls: list[Any], sent: object, received_at: datetime) -> Taken:
    taken: list[tuple[str, Call]] = []
    refused: list[str] = []
    for call in calls:
        wrong = _wrong_with(call)
        if wrong:
            refused.append(wrong)
        else:
            taken.append((_message_id(call), _stamped(call, call.get("sentAt") or sent, received_at)))
    return Taken(calls=tuple(taken), refused=tuple(refused))


def _wrong_with(call: Any) -> str:
    """Why a call can't be taken; empty: it can."""
    if not isinstance(call, dict) or call.get("type") not in CALLS:
        return "it is no call: type must be one of " + ", ".join(CALLS)
    if len(json.dumps(call, ensure_ascii=False).encode(errors="replace")) > MOST_BYTES_A_CALL:
        return f"it has more than {MOST_BYTES_A_CALL // 1024} KB"
    if not (_text(call.get("userId")) or _text(call.get("anonymousId"))):
        return "no_user_anon_id: it needs userId or anonymousId"
    missing = [name for name in NEEDED.get(call["type"], ()) if not _text(call.get(name))]
    return f"{call['type']} needs {missing[0]}" if missing else ""


def _merged(call: Call, outer: object) -> Call:
    """The outer context under the call's own."""
    own = call.get("context")
    if not isinstance(outer, dict):
        return call
    return {**call, "context": {**outer, **(own if isinstance(own, dict) else {})}}


def _message_id(call: Call) -> str:
    """As sent; one too long becomes its hash, a missing one is made."""
    told = _text(call.get("messageId"))
    if len(told) > LONGEST_MESSAGE_ID:
        return hashlib.sha256(told.encode(errors="replace")).hexdigest()
    return told or str(uuid.uuid4())


def _stamped(call: Call, sent: object, received_at: datetime) -> Call:
    told, sent_at = moment(call.get("timestamp") or call.get("originalTimestamp")), moment(sent)
    at = corrected(told, sent_at=sent_at, received_at=received_at)
    stamped = {**call, "timestamp": at.isoformat(), "receivedAt": received_at.isoformat()}
    return stamped | ({"originalTimestamp": told.isoformat()} if told is not None else {})


def corrected(told: datetime | None, *, sent_at: datetime | None, received_at: datetime) -> datetime:
    """When it happened by our clock; never after it was received.

    >>> received = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
    >>> corrected(datetime(2026, 11, 25, 10, 59, tzinfo=UTC), sent_at=datetime(2026, 11, 25, 11, 0, tzinfo=UTC),
    ...           received_at=received)
    datetime.datetime(2026, 11, 25, 11, 59, tzinfo=datetime.timezone.utc)
    """
    if told is None:
        return received_at
    try:
        at = told if sent_at is None else received_at - (sent_at - told)
    except OverflowError:
        return received_at
    return min(at, received_at)


def moment(told: object) -> datetime | None:
    """ISO text, or seconds or milliseconds since 1970, as a moment; without a zone it is UTC. None: it is none."""
    try:
        if isinstance(told, str):
            found = datetime.fromisoformat(told.strip())
        elif isinstance(told, int | float) and not isinstance(told, bool):
            found = datetime.fromtimestamp(told / 1000 if told > 1e11 else told, UTC)
        else:
            return None
        return (found if found.tzinfo is not None else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _text(value: object) -> str:
    return "" if value is None or isinstance(value, dict | list | bool) else str(value).strip()
