"""The root of the API at /api/v1: who may call, how answers and refusals look, which rooms take part.

Agents send `Authorization: Bearer tdm_...`; people call with their session cookie and, for writes, the CSRF token.
Answers to GET carry an ETag and are not sent again when `If-None-Match` names it. Refusals are RFC 7807 JSON.
"""

from __future__ import annotations

import hashlib
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response, patch_vary_headers
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.security import APIKeyCookie, HttpBearer
from ninja.utils import check_csrf

from tandem.access.guard import public, refusal_of
from tandem.access.web.api import router as access
from tandem.accounts.web.api import router as accounts
from tandem.agents.web.api import router as agents
from tandem.compliance.web.api import router as compliance
from tandem.console.web.api import router as console
from tandem.core import error_pages
from tandem.core.actors import Actor
from tandem.core.api import REPLAY_HEADER
from tandem.core.errors import AppError, InvalidInput, Unauthenticated
from tandem.engagement.web.api import router as engagement
from tandem.intent.web.api import router as intent
from tandem.prospecting.web.api import router as prospecting

VERSION = "1"
ETAG_BYTES = 16
ABOUT = """Everything a page of Tandem can do, by the same queries and actions, within the same rights.

Lists are paged by `cursor`. Writes may carry an `Idempotency-Key`: sent again within a week, the same request gets the
same answer and nothing happens twice; another request under the same key is refused. Times are ISO 8601 with zone,
money is a decimal string beside an ISO 4217 currency, probabilities run from 0 to 1. Refusals are
`application/problem+json` with `code`, `detail` and `hint`."""


class AgentToken(HttpBearer):
    """An agent's own token. People's passwords and sessions are refused here."""

    def __call__(self, request: HttpRequest) -> Actor | None:
        """The agent that the middleware found behind the token; None when no token came. Raises Unauthenticated."""
        error: Unauthenticated | None = request.token_error  # type: ignore[attr-defined]
        if error is not None:
            raise error
        actor: Actor | None = request.actor  # type: ignore[attr-defined]
        return actor if actor is not None and actor.is_agent else None

    def authenticate(self, request: HttpRequest, token: str) -> Any | None:
        """Done by the middleware, which sees every request."""
        return None


class Session(APIKeyCookie):
    """The cookie of somebody who is signed in; writes also need the CSRF token in `X-CSRFToken`."""

    param_name = "sessionid"

    def __call__(self, request: HttpRequest) -> Actor | None:
        """The signed-in person; None for a stranger. Raises FormExpired for a write without the CSRF token."""
        actor: Actor | None = request.actor  # type: ignore[attr-defined]
        if actor is None or actor.is_agent:
            return None
        if check_csrf(request) is not None:
            raise error_pages.FormExpired(
                "The call lacks the CSRF token of the session.",
                hint="Send the csrftoken cookie's value as X-CSRFToken; programs use an agent's token instead.",
            )
        return actor

    def authenticate(self, request: HttpRequest, key: str | None) -> Any | None:
        """Done by the middleware, which sees every request."""
        return None


class TandemApi(NinjaAPI):
    """Adds ETags to what is read, and says when a write was only repeated."""

    def create_response(
        self,
        request: HttpRequest,
        data: Any,
        *,
        status: int | None = None,
        temporal_response: HttpResponse | None = None,
    ) -> HttpResponse:
        """The answer; 304 without a body when the caller has it already."""
        answer = super().create_response(request, data, status=status, temporal_response=temporal_response)
        answer["Cache-Control"] = "private, no-cache"
        patch_vary_headers(answer, ["Authorization", "Cookie"])
        if getattr(request, "is_replay", False):
            answer[REPLAY_HEADER] = "true"
        if request.method not in {"GET", "HEAD"} or answer.status_code != 200:
            return answer
        etag = f'"{hashlib.sha256(answer.content).hexdigest()[: 2 * ETAG_BYTES]}"'
        answer["ETag"] = etag
        found = get_conditional_response(request, etag=etag, response=answer)
        return found if isinstance(found, HttpResponse) else answer


api = TandemApi(
    title="Tandem",
    version=VERSION,
    description=ABOUT,
    urls_namespace="api-1",
    auth=[AgentToken(), Session(csrf=False)],
    docs_url=None,
    openapi_url="openapi.json",
    docs_decorator=public,
)


@api.exception_handler(AppError)
def refuse(request: HttpRequest, error: AppError) -> HttpResponse:
    """Any refusal of the product."""
    answer = error_pages.respond(request, error)
    if error.status == 401:
        answer["WWW-Authenticate"] = 'Bearer realm="Tandem"'
    return answer


@api.exception_handler(AuthenticationError)
def refuse_stranger(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    """Neither a token nor a session came."""
    hint = "Send 'Authorization: Bearer tdm_...' with an agent's token, or sign in."
    return refuse(request, Unauthenticated("Nobody is signed in.", hint=hint))


@api.exception_handler(ValidationError)
def refuse_input(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """Parameters or a body that do not fit the schema; who may not call at all hears that first."""
    refusal = refusal_of(request)
    if refusal is not None:
        return refuse(request, refusal)
    found = [{"at": [str(part) for part in one["loc"]], "rule": one["msg"]} for one in error.errors]
    told = "; ".join(f"{'.'.join(one['at'][1:]) or one['at'][0]}: {one['rule']}" for one in found)
    return refuse(
        request,
        InvalidInput(f"The request does not fit: {told}.", hint="The OpenAPI page names the form of each call.",
                     code="api.invalid", context={"faults": found}),
    )  # fmt: skip


@api.exception_handler(HttpError)
def refuse_unreadable(request: HttpRequest, error: HttpError) -> HttpResponse:
    """A body that is no JSON; who may not call at all hears that first."""
    refusal = refusal_of(request)
    if refusal is not None:
        return refuse(request, refusal)
    hint = "Send JSON as the OpenAPI page describes it."
    return refuse(request, error_pages.RequestUnreadable("The body can't be read as JSON.", hint=hint))


for _router in (accounts, access, compliance, agents, intent, prospecting, engagement, console):
    api.add_router("", _router)
