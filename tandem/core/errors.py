"""The error families. Every refusal a person can meet says what is wrong, the rule, and the remedy.

`tandem.core.error_pages` turns them into pages, fragments and JSON; `tandem.cli` into shell output. Nothing else does.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar


class AppError(Exception):
    """Something the product refuses or could not do, told so that a person can act on it.

    code : stable word for programs, e.g. "import.unreadable"
    message : what is wrong, with the value it concerns
    hint : the remedy; None when there is nothing the reader can do
    context : where it stands (file, row, column, ids); safe to show
    retryable : the same call may succeed later without a change
    """

    code: ClassVar[str] = "error"
    status: ClassVar[int] = 500
    title: ClassVar[str] = "That did not work"
    retryable: ClassVar[bool] = False

    def __init__(
        self,
        message: str,
        *,
        hint: str | None = None,
        code: str | None = None,
        context: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.error_code = code or self.code
        self.context = dict(context or {})

    def as_dict(self) -> dict[str, Any]:
        """The error as the shell and the API print it: code, message, hint, where."""
        return {"code": self.error_code, "message": self.message, "hint": self.hint, "where": self.context}


class InvalidInput(AppError, ValueError):
    """The input breaks a rule; the same input will be refused again."""

    code, status, title = "input.invalid", 422, "That can't be used as it is"


class Unauthenticated(AppError):
    """Nobody is signed in, or the token is not known or no longer valid."""

    code, status, title = "access.unauthenticated", 401, "Sign in first"


class NotAllowed(AppError, PermissionError):
    """The actor is known and may not do this."""

    code, status, title = "access.not_allowed", 403, "This is not open to you"


class NotFound(AppError, LookupError):
    """There is no such thing, or it is not visible to the actor."""

    code, status, title = "not_found", 404, "There is nothing here"


class Conflict(AppError):
    """The thing changed, or is in a state in which this can't be done."""

    code, status, title = "conflict", 409, "Somebody was there first"


class PolicyBlocked(AppError):
    """A written rule forbids it; `context` names the rule."""

    code, status, title = "policy.blocked", 403, "A rule forbids this"


class TooManyRequests(AppError):
    """More than the allowed number of calls; try again later."""

    code, status, title, retryable = "too_many_requests", 429, "Too many at once", True


class ProviderFailed(AppError):
    """An outside system did not answer as it should."""

    code, status, title, retryable = "provider.failed", 502, "An outside system did not answer", True


class ModelOutputInvalid(AppError):
    """A language model's answer did not fit its contract, also after repair."""

    code, status, title = "model.output_invalid", 502, "The model's answer could not be used"


class DataUnreadable(InvalidInput):
    """A file or stream can't be read as what it claims to be."""

    code, title = "data.unreadable", "This file can't be read"
