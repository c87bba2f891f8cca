"""Puts the actor and the time of the request where views find them: `request.actor`, `request.now`."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse

from tandem.access import actions, queries
from tandem.core import clock
from tandem.core.actors import Actor
from tandem.core.errors import Unauthenticated

GetResponse = Callable[[HttpRequest], HttpResponse]


class ActorMiddleware:
    """Sets the actor: the signed-in person, or the agent of a bearer token; None for a stranger.

    A request with a token is an agent's and nothing else: a session cookie beside it is refused, so that a person's
    rights can never be mixed into an agent's call.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request with its actor known."""
        request.now = clock.now()  # type: ignore[attr-defined]
        request.actor = None  # type: ignore[attr-defined]
        request.token_error = None  # type: ignore[attr-defined]
        header = request.headers.get("Authorization", "")
        if header:
            self._take_token(request, header)
        elif request.user.is_authenticated:
            request.actor = self._person(request)  # type: ignore[attr-defined]
        return self.get_response(request)

    def _take_token(self, request: HttpRequest, header: str) -> None:
        kind, _, token = header.partition(" ")
        try:
            if kind.lower() != "bearer":
                raise Unauthenticated(
                    "Only bearer tokens of agents are understood here.",
                    hint="People sign in on the sign-in page; agents send 'Authorization: Bearer tdm_...'.",
                    code="access.token_refused",
                )
            if request.user.is_authenticated:
                raise Unauthenticated(
                    "A token and a person's session came together.",
                    hint="Send the token without cookies.",
                    code="access.mixed_credentials",
                )
            request.actor = actions.actor_of_token(token.strip(), now=request.now)  # type: ignore[attr-defined]
            request._dont_enforce_csrf_checks = True  # type: ignore[attr-defined]  # no cookie, nothing to forge
        except Unauthenticated as error:
            request.token_error = error  # type: ignore[attr-defined]

    def _person(self, request: HttpRequest) -> Actor | None:
        """The signed-in person; somebody shut out since is signed out at once."""
        actor = queries.actor_of_person(int(request.user.pk))
        if actor is None:
            logout(request)
        return actor
