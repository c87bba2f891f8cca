"""Puts the actor and the time of the request where views find them: `request.actor`, `request.now`.

Doors are closed by default: a stranger reaches only views marked `access.guard.public`; everything else sends them to
sign in, whatever the view itself does.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import reverse
from django.utils import timezone
from django_htmx.http import HttpResponseClientRedirect

from tandem.access import actions, guard, queries
from tandem.core import clock
from tandem.core.actors import Actor, ActorKind
from tandem.core.errors import Unauthenticated

GetResponse = Callable[[HttpRequest], HttpResponse]
API_PREFIX = "/api/"


class ActorMiddleware:
    """Sets the actor: the signed-in person, or on API addresses the agent of a bearer token; None for a stranger.

    A request with a token is an agent's and nothing else: a session cookie beside it is refused, so that a person's
    rights can never be mixed into an agent's call, and a token never opens a page.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request with its actor known."""
        request.now = clock.now()  # type: ignore[attr-defined]
        request.actor = None  # type: ignore[attr-defined]
        request.token_error = None  # type: ignore[attr-defined]
        header = request.headers.get("Authorization", "")
        is_api = request.path.startswith(API_PREFIX)
        if header and (is_api or header.lower().startswith("bearer")):
            self._take_token(request, header, is_api=is_api)
        elif settings.SESSION_COOKIE_NAME in request.COOKIES:
            request.actor = _signed_in(request)  # type: ignore[attr-defined]
        with queries.remembering(), timezone.override(_zone(request)):
            answer = self.get_response(request)
        if request.actor is not None:  # type: ignore[attr-defined]
            _keep_nowhere(answer)
        return answer

    def process_view(self, request: HttpRequest, view: Callable[..., Any], *_: Any) -> HttpResponse | None:
        """Turn strangers away before the view runs; the API answers for itself."""
        if request.path.startswith(API_PREFIX):
            return None
        error: Unauthenticated | None = request.token_error  # type: ignore[attr-defined]
        if error is not None:
            return JsonResponse(error.as_dict(), status=error.status)
        if request.actor is not None or guard.is_public(view):  # type: ignore[attr-defined]
            return None
        return _to_sign_in(request)

    def _take_token(self, request: HttpRequest, header: str, *, is_api: bool) -> None:
        kind, _, token = header.partition(" ")
        try:
            if kind.lower() != "bearer":
                raise Unauthenticated(
                    "Only bearer tokens of agents are understood here.",
                    hint="People sign in on the sign-in page; agents send 'Authorization: Bearer tdm_...'.",
                    code="access.token_refused",
                )
            if not is_api:
                raise Unauthenticated(
                    "Pages are for people.", hint=f"Agents use the addresses below {API_PREFIX}.", code="access.no_page"
                )
            if settings.SESSION_COOKIE_NAME in request.COOKIES:
                raise Unauthenticated(
                    "A token and a person's session came together.",
                    hint="Send the token without cookies.",
                    code="access.mixed_credentials",
                )
            request.actor = actions.actor_of_token(token.strip(), now=request.now)  # type: ignore[attr-defined]
            request._dont_enforce_csrf_checks = True  # type: ignore[attr-defined]  # no cookie, nothing to forge
        except Unauthenticated as error:
            request.token_error = error  # type: ignore[attr-defined]


def _keep_nowhere(answer: HttpResponse) -> None:
    """What somebody was shown stays in no cache, so that Back after signing out shows nothing."""
    if "Cache-Control" not in answer:
        answer["Cache-Control"] = "no-store"


def _zone(request: HttpRequest) -> ZoneInfo | None:
    """The reader's time zone, else the company's; None (the server's) for strangers and agents."""
    actor: Actor | None = request.actor  # type: ignore[attr-defined]
    if actor is None or actor.is_agent:
        return None
    own = str(request.user.time_zone)  # type: ignore[union-attr]
    try:
        return ZoneInfo(own if own not in ("", "UTC") else queries.get_organisation().time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        return None


def _signed_in(request: HttpRequest) -> Actor | None:
    """The person of the session, read anew for each request; somebody shut out since is signed out at once."""
    person: Any = request.user
    if person.is_authenticated and person.is_active:
        return Actor(kind=ActorKind.PERSON, id=person.pk, name=person.name, role=str(person.role))
    if request.session.get("_auth_user_id"):
        logout(request)
    return None


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    """To the sign-in page, and from there back to where the stranger wanted to go."""
    address = reverse(settings.LOGIN_URL)
    if getattr(request, "htmx", False):
        return HttpResponseClientRedirect(address)
    if request.method in {"GET", "HEAD"} and request.get_full_path() != "/":
        address += "?" + urlencode({"next": request.get_full_path()})
    return HttpResponseRedirect(address)
