"""The lock on every door. A view says which right opens it; the permission test reads the same word.

    @page("account", "view")                                    # a page (GET)
    def account_list(request): ...

    @page("match", "decide", methods=("POST",))                 # a form or button
    def decide(request, pair_id): ...

    @router.get("/accounts")                                    # an API operation; below the router's decorator
    @api("account", "view")
    def list_accounts(request, text: str = ""): ...

    @public                                                     # a door that needs no actor: sign-in, health
    def healthz(request): ...

A stranger is sent to sign in (the API answers 401); an actor without the right gets the "not open to you" page (403).
Objects inside (this account, that deal) are filtered by `access.queries.sight_of` in the room's queries.
`tests/architecture/test_permissions.py` walks every address of the product with every role: a view without one of
these marks fails it, and for a marked one it expects 403 exactly where the table of rights says no.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods
from ninja.decorators import decorate_view

from tandem.access import actions
from tandem.access.domain import rights
from tandem.core.errors import AppError, Unauthenticated

View = Callable[..., Any]
V = TypeVar("V", bound=View)


def page(kind: str, verb: str = "view", *, methods: tuple[str, ...] = ("GET",)) -> Callable[[View], View]:
    """Open the view to actors with this right, for these HTTP methods (HEAD goes with GET)."""
    _refuse_unknown(kind, verb)
    allowed = [*methods, "HEAD"] if "GET" in methods else list(methods)

    def lock(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            _require(request, kind, verb)
            return view(request, *args, **kwargs)

        guarded.right = (kind, verb)  # type: ignore[attr-defined]
        opened = require_http_methods(allowed)(guarded)
        opened.right = (kind, verb)  # type: ignore[attr-defined]
        opened.methods = methods  # type: ignore[attr-defined]
        return opened

    return lock


def api(kind: str, verb: str = "view") -> Callable[[View], View]:
    """The same lock for an API operation; stands below the router's decorator."""
    _refuse_unknown(kind, verb)

    def lock(operation: View) -> View:
        @wraps(operation)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            _require(request, kind, verb)
            return operation(request, *args, **kwargs)

        # The router reads annotations by the wrapper's module; resolved here, they are right in any module.
        guarded.__signature__ = inspect.signature(operation, eval_str=True)  # type: ignore[attr-defined]
        guarded.right = (kind, verb)  # type: ignore[attr-defined]
        noted: View = decorate_view(_noting(kind, verb))(guarded)
        return noted

    return lock


def _noting(kind: str, verb: str) -> Callable[[View], View]:
    """The request says which right its operation asks for, before its body is read."""

    def note(run: View) -> View:
        @wraps(run)
        def noted(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            request.asked_right = (kind, verb)  # type: ignore[attr-defined]
            return run(request, *args, **kwargs)

        return noted

    return note


def refusal_of(request: HttpRequest) -> AppError | None:
    """Why the caller may not use the API operation that was called; None: they may, or it asks for no right.

    For answers that come before the operation itself runs: nobody learns a form whose door is closed to them.
    """
    right = getattr(request, "asked_right", None)
    try:
        if right is not None:
            _require(request, *right)
    except AppError as error:
        return error
    return None


def public(view: V) -> V:
    """This door needs no actor (sign-in, health, one-click unsubscribe)."""
    view.right = None  # type: ignore[attr-defined]
    return view


def is_public(view: View) -> bool:
    """Whether the view is marked as a door that needs no actor."""
    return getattr(view, "right", ()) is None


def _refuse_unknown(kind: str, verb: str) -> None:
    if kind not in rights.KINDS or verb not in rights.VERBS:
        raise KeyError(f"{kind}.{verb} is no right; kinds and verbs are in access/domain/rights.py")


def _require(request: HttpRequest, kind: str, verb: str) -> None:
    actor = getattr(request, "actor", None)
    token_error = getattr(request, "token_error", None)
    if token_error is not None:
        raise token_error
    if actor is None:
        raise Unauthenticated("Nobody is signed in.", hint="Sign in, then open the page again.")
    actions.require(actor, f"{kind}.{verb}")
