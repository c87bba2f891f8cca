"""The lock on every door. A view says which right opens it; the permission test reads the same word.

    @page("account", "view")
    def account_list(request): ...

    @page("match", "decide", methods=("POST",))
    def decide(request, pair_id): ...

An anonymous visitor is sent to sign in; an actor without the right gets the "not open to you" page. Objects inside
(this account, that deal) are filtered by `access.queries.sight_of` in the room's queries.
`@api("account", "view")` does the same for API operations, and `@public` marks the few doors that need no actor.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods

from tandem.access import actions
from tandem.access.domain import rights
from tandem.core.errors import Unauthenticated

View = Callable[..., Any]
V = TypeVar("V", bound=View)


def page(kind: str, verb: str = "view", *, methods: tuple[str, ...] = ("GET",)) -> Callable[[View], View]:
    """Open the view to actors with this right, for these HTTP methods (HEAD goes with GET)."""
    if kind not in rights.KINDS:
        raise KeyError(f"{kind!r} is no kind of object; add it to access/domain/rights.py")
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

    def lock(operation: View) -> View:
        @wraps(operation)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            _require(request, kind, verb)
            return operation(request, *args, **kwargs)

        guarded.right = (kind, verb)  # type: ignore[attr-defined]
        return guarded

    return lock


def public(view: V) -> V:
    """This door needs no actor (sign-in, health, one-click unsubscribe)."""
    view.right = None  # type: ignore[attr-defined]
    return view


def _require(request: HttpRequest, kind: str, verb: str) -> None:
    actor = getattr(request, "actor", None)
    token_error = getattr(request, "token_error", None)
    if token_error is not None:
        raise token_error
    if actor is None:
        raise Unauthenticated("Nobody is signed in.", hint="Sign in, then open the page again.")
    actions.require(actor, f"{kind}.{verb}")
