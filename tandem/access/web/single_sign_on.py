"""Single sign-on by OpenID Connect: allauth's flow, with every check of the identity token that the standard asks for.

allauth carries state and PKCE. Added here: a nonce, the signature also of tokens that came straight from the provider,
the issuer of the discovery document, the identity of the user-info answer, and calls that go through `core.outside`.
Checks: OpenID Connect Core 1.0, 3.1.3.7 and 5.3.2; Discovery 1.0, 4.3.
"""

from __future__ import annotations

import hashlib
from types import TracebackType
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
import requests
from allauth.socialaccount.helpers import render_authentication_error
from allauth.socialaccount.models import SocialApp, SocialLogin
from allauth.socialaccount.providers.base import ProviderException
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView, OAuth2LoginView
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from allauth.utils import get_request_param
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.crypto import constant_time_compare, salted_hmac

from tandem.core.errors import ProviderFailed
from tandem.core.outside import Limits, open_client

# Keys that only the provider has. Shared-secret signatures and "none" are never taken.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
CLOCK_SKEW_SECONDS = 60
NEEDED = ["iss", "sub", "aud", "exp", "iat", "nonce"]
# Entra ID has no email_verified; this optional claim says that the domain's owner was checked.
MAIL_CLAIMS = ("email", "email_verified", "xms_edov")
MOST_BYTES = 1_000_000


class OutsideSession:
    """What allauth uses of a `requests` session, over the house's own client: HTTPS, public addresses, bounded."""

    def __enter__(self) -> OutsideSession:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    def get(self, url: str, headers: dict[str, str] | None = None) -> requests.Response:
        """Fetch a document. Raises requests.ConnectionError when there is no answer to be had."""
        return self.request("GET", url, headers=headers)

    def request(
        self,
        method: str,
        url: str,
        *,
        params: dict[str, str] | None = None,
        data: dict[str, str] | None = None,
        headers: dict[str, str] | None = None,
        auth: requests.auth.HTTPBasicAuth | None = None,
    ) -> requests.Response:
        """One call. Raises requests.ConnectionError when the address may not be called or there is no answer."""
        prepared = requests.Request(method, url, params=params, data=data, headers=headers, auth=auth).prepare()
        body = prepared.body  # a form or nothing
        try:
            with open_client("single sign-on", limits=Limits(total_seconds=20, most_bytes=MOST_BYTES)) as client:
                answer = client.call(
                    method,
                    str(prepared.url),
                    headers={name: str(value) for name, value in prepared.headers.items() if name != "Content-Length"},
                    content=body.encode() if isinstance(body, str) else None,
                    accepts=range(100, 600),
                )
        except ProviderFailed as error:
            raise requests.ConnectionError(error.message) from error
        response = requests.Response()
        response.status_code, response.url, response.encoding = answer.status, answer.url, "utf-8"
        response.headers.update(answer.headers)
        response._content = answer.body
        return response


class CheckedAdapter(OpenIDConnectOAuth2Adapter):
    """allauth's adapter; the identity token is believed only when everything about it holds."""

    @property
    def openid_config(self) -> dict[str, Any]:
        """The discovery document. Raises ProviderException when it is another issuer's or says too little."""
        known: dict[str, Any] | None = getattr(self, "_checked_config", None)
        if known is not None:
            return known
        try:
            found: dict[str, Any] = super().openid_config
            issuer, _ = found["issuer"], (found["authorization_endpoint"], found["token_endpoint"], found["jwks_uri"])
        except (ValueError, KeyError, TypeError) as error:
            raise ProviderException("The discovery document can't be used.") from error
        configured = self.get_provider().app.settings["server_url"]
        if str(issuer).rstrip("/") != configured:
            raise ProviderException("The discovery document names another issuer.")
        self._checked_config = found
        return found

    def complete_login(self, request: HttpRequest, app: SocialApp, token: Any, **kwargs: Any) -> SocialLogin:
        """The identity that the provider vouches for. Raises OAuth2Error when anything about it does not hold."""
        claims = self._claims(request, app, str(kwargs["response"].get("id_token") or ""))
        said = {name: claims.get(name) for name in MAIL_CLAIMS}
        if (said["email"] is None or set(said.values()) == {said["email"], None}) and self._has_user_info:
            said = self._mail_of_user_info(token.token, subject=claims["sub"])
        claims |= {"email": said["email"], "email_verified": any(is_true(said[name]) for name in MAIL_CLAIMS[1:])}
        login: SocialLogin = self.get_provider().sociallogin_from_response(request, {"id_token": claims})
        login.account.uid = identity_of(claims["iss"], claims["sub"])
        return login

    @property
    def _has_user_info(self) -> bool:
        return bool(self.openid_config.get("userinfo_endpoint"))

    def _mail_of_user_info(self, access_token: str, *, subject: str) -> dict[str, Any]:
        """Address and whether it is verified, always from one answer: a yes must not lend itself to another address."""
        more = self._fetch_user_info(access_token)
        if more.get("sub") != subject:
            raise OAuth2Error("The user info is somebody else's.")
        return {name: more.get(name) for name in MAIL_CLAIMS}

    def _claims(self, request: HttpRequest, app: SocialApp, id_token: str) -> dict[str, Any]:
        """What a token says, once signature, issuer, audience, times and nonce hold."""
        try:
            claims: dict[str, Any] = jwt.decode(
                id_token,
                key=self._key(id_token),
                algorithms=ALGORITHMS,
                audience=app.client_id,
                issuer=self.openid_config["issuer"],
                leeway=CLOCK_SKEW_SECONDS,
                options={"require": NEEDED},
            )
        except (jwt.PyJWTError, ValueError, KeyError, TypeError) as error:
            raise OAuth2Error("The identity token does not hold.") from error
        if claims.get("azp", app.client_id) != app.client_id:
            raise OAuth2Error("The identity token was made for another client.")
        if not constant_time_compare(str(claims["nonce"]), nonce_of(str(get_request_param(request, "state")))):
            raise OAuth2Error("The identity token was made for another sign-in.")
        return claims

    def _key(self, id_token: str) -> jwt.PyJWK:
        """The provider's public key that the token names; its only one when the token names none."""
        kid = jwt.get_unverified_header(id_token).get("kid")
        with OutsideSession() as session:
            response = session.get(self.openid_config["jwks_uri"])
            response.raise_for_status()
        keys = jwt.PyJWKSet.from_dict(response.json()).keys
        fitting = [key for key in keys if kid is None or key.key_id == kid]
        if len(fitting) != 1:
            raise OAuth2Error("The identity token names no key of the provider.")
        return fitting[0]


def is_true(value: object) -> bool:
    """Yes, as providers write it; the text "false" is no.

    >>> is_true("true"), is_true("false"), is_true(1), is_true(None)
    (True, False, True, False)
    """
    return str(value).strip().lower() in {"true", "1"}


def identity_of(issuer: str, subject: str) -> str:
    """One key for issuer and subject together: only both name somebody."""
    return hashlib.sha256(f"{issuer}\n{subject}".encode()).hexdigest()


def nonce_of(state: str) -> str:
    """The nonce of a sign-in. The state lives in one browser's session and is used once, so the nonce does too."""
    return salted_hmac("tandem.single-sign-on.nonce", state, algorithm="sha256").hexdigest()


def start(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Send the browser to the provider.

    By a page that moves on, not by a redirect: browsers hold the redirects of a form to the form-action of our
    content security policy, and the provider may send people on to hosts we can't know.
    """
    answer = _through(OAuth2LoginView, request, provider_id)
    if answer.status_code != 302:
        return answer
    state = parse_qs(urlsplit(answer["Location"]).query)["state"][0]
    address = f"{answer['Location']}&{urlencode({'nonce': nonce_of(state)})}"
    page = render(request, "access/sso_forward.html", {"address": address})
    page["Refresh"] = f"0; url={address}"
    return page


def come_back(request: HttpRequest, provider_id: str) -> HttpResponse:
    """The browser comes back from the provider: in, or a page that says why not."""
    return _through(OAuth2CallbackView, request, provider_id)


def _through(view: Any, request: HttpRequest, provider_id: str) -> HttpResponse:
    try:
        adapter = CheckedAdapter(request, provider_id)
        provider = adapter.get_provider()
    except SocialApp.DoesNotExist as error:
        raise Http404 from error
    try:
        answer: HttpResponse = view.adapter_view(adapter)(request)
    except (OAuth2Error, ProviderException, requests.RequestException, ValueError) as error:
        answer = render_authentication_error(request, provider, exception=error)
    return answer
