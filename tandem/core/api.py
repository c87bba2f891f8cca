"""Building blocks of API routes: lists with cursors, and writes that may be repeated.

@router.get("/accounts", response=Listed[AccountRow], summary="Accounts by id")
@api("account", "view")
def list_accounts(request, cursor: Cursor = "", limit: Limit = 50) -> Listed[AccountRow]:
    return listed(queries.list_accounts_after(..., after_id=place(cursor), limit=limit + 1), limit)

@router.post("/agents", response=AgentSummary, summary="A new agent")
@api("agent", "manage")
@repeatable
def create_agent(request, body: NewAgent) -> AgentSummary: ...
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import asdict, is_dataclass
from datetime import datetime
from functools import wraps
from typing import Annotated, Any, Generic, TypeVar

from django.http import HttpRequest
from ninja import Field, Query, Schema

from tandem.core.actors import Actor
from tandem.core.errors import InvalidInput
from tandem.core.idempotency import once, request_hash

T = TypeVar("T")
V = TypeVar("V", bound=Callable[..., Any])

MOST_ROWS = 200
KEY_HEADER = "Idempotency-Key"
REPLAY_HEADER = "Idempotency-Replayed"

Cursor = Annotated[str, Query(description="`next` of the page before; empty: from the start.", max_length=200)]
Limit = Annotated[int, Query(ge=1, le=MOST_ROWS, description="Rows of a page.")]


class Listed(Schema, Generic[T]):
    """A page of a list. `next` is the cursor of the following page; empty: this is the last one."""

    items: list[T]
    next: str = Field(default="", description="Cursor of the following page; empty: this is the last one.")


def actor_of(request: HttpRequest) -> Actor:
    """Who calls; the lock above the operation has made sure that it is somebody."""
    return request.actor  # type: ignore[attr-defined,no-any-return]


def moment_of(request: HttpRequest) -> datetime:
    """When the call came in."""
    return request.now  # type: ignore[attr-defined,no-any-return]


def place(cursor: str) -> int:
    """The id a page goes on from; 0 for the start. Raises InvalidInput for a cursor that no page gave."""
    if not cursor:
        return 0
    if not (cursor.isascii() and cursor.isdecimal() and len(cursor) < 19):
        raise InvalidInput(
            f"{cursor!r} is no cursor.", hint="Pass on `next` as it came, or nothing.", code="api.cursor"
        )
    return int(cursor)


def listed(found: Sequence[T], limit: int, *, id_name: str = "id") -> dict[str, Any]:
    """A page of `limit` rows out of `limit + 1` that were asked for; the last one's id is the cursor onwards."""
    rows = found[:limit]
    following = str(getattr(rows[-1], id_name)) if len(found) > limit else ""
    return {"items": rows, "next": following}


def repeatable(operation: V) -> V:
    """Let callers repeat the write under an `Idempotency-Key`; without one it happens as often as it is sent."""

    @wraps(operation)
    def kept(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        key = request.headers.get(KEY_HEADER, "")
        if not key:
            return operation(request, *args, **kwargs)
        outcome = once(
            actor=actor_of(request),
            key=key,
            request=request_hash(str(request.method), request.get_full_path(), request.body),
            now=moment_of(request),
            write=lambda: _plain(operation(request, *args, **kwargs)),
        )
        request.is_replay = outcome.is_replay  # type: ignore[attr-defined]
        return outcome.body

    kept.__signature__ = inspect.signature(operation, eval_str=True)  # type: ignore[attr-defined]
    kept.is_repeatable = True  # type: ignore[attr-defined]
    return kept  # type: ignore[return-value]


def _plain(result: Any) -> Any:
    return asdict(result) if is_dataclass(result) and not isinstance(result, type) else result
