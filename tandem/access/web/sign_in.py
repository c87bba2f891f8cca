"""The doors people come in by: sign-in page, one-click sign-in of the demo company, second step, passwords."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Any

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as recovery
from allauth.mfa.totp import views as totp
from allauth.socialaccount import views as social
from django.conf import settings
from django.contrib.auth import get_user_model, login
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import URLPattern, path, re_path
from django.views.decorators.http import require_POST

from tandem.access import actions, queries
from tandem.access.contracts import ROLE_LABELS
from tandem.access.guard import page, public
from tandem.access.web import single_sign_on

FORWARDED = ("HTTP_X_FORWARDED_FOR", "HTTP_X_REAL_IP", "HTTP_FORWARDED")


class SignInView(account.LoginView):
    """Mail and password; the demo company also offers one person of each role."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """What the page needs beside the form."""
        context: dict[str, Any] = super().get_context_data(**kwargs)
        found = []
        if is_demo_door_open(self.request):
            found = [(role.value, label, queries.find_demo_person(role)) for role, label in ROLE_LABELS.items()]
        people = [(role, label, person) for role, label, person in found if person is not None]
        return context | {"demo_people": people, "has_sso": bool(settings.SOCIALACCOUNT_PROVIDERS)}


def is_demo_door_open(request: HttpRequest) -> bool:
    """Only in demo mode, only when the server listens on this machine alone, only for a caller on this machine."""
    return (
        bool(settings.DEMO_MODE)
        and _is_loopback(settings.BIND_ADDRESS)
        and _is_loopback(request.META.get("REMOTE_ADDR", ""))
        and not any(request.META.get(header) for header in FORWARDED)
    )


def _is_loopback(address: str) -> bool:
    if address == "localhost":
        return True
    try:
        return ip_address(address.strip("[]")).is_loopback
    except ValueError:
        return False


@public
def demo_sign_in(request: HttpRequest, role: str) -> HttpResponse:
    """Sign in as the first person of a role."""
    if request.method != "POST" or not is_demo_door_open(request):
        raise Http404
    person = queries.find_demo_person(role)
    if person is None:
        raise Http404
    user = get_user_model().objects.get(pk=person.id)
    login(request, user, backend="allauth.account.auth_backends.AuthenticationBackend")
    actions.note_sign_in(person_id=person.id, ways=["demo"])
    return HttpResponseRedirect(settings.LOGIN_REDIRECT_URL)


def too_many_tries(request: HttpRequest) -> HttpResponse:
    """The answer to somebody who tries too often."""
    return render(request, "429.html", status=429)


def _open(view: Any) -> Any:
    """A door for strangers around somebody else's view, which stays as it is."""

    def opened(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        answer: HttpResponse = view(request, *args, **kwargs)
        return answer

    return public(opened)


_own = page("home", "view", methods=("GET", "POST"))

urlpatterns: list[URLPattern] = [
    path("sign-in/", public(SignInView.as_view()), name="account_login"),
    path("sign-out/", _open(account.logout), name="account_logout"),
    path("demo-sign-in/<str:role>", demo_sign_in, name="demo_sign_in"),
    path("sign-in/shut-out/", _open(account.account_inactive), name="account_inactive"),
    path("sign-in/code/", _open(mfa.authenticate), name="mfa_authenticate"),
    re_path(  # a path converter would cut at the last dash, and keys have dashes
        r"^sign-in/password/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>[^/]+)/$",
        _open(account.password_reset_from_key),
        name="account_reset_password_from_key",
    ),
    path(
        "sign-in/password/done/",
        _open(account.password_reset_from_key_done),
        name="account_reset_password_from_key_done",
    ),
    path("sign-in/sso/cancelled/", _open(social.login_cancelled), name="socialaccount_login_cancelled"),
    path("sign-in/sso/error/", _open(social.login_error), name="socialaccount_login_error"),
    path("sign-in/sso/<str:provider_id>/", public(require_POST(single_sign_on.start)), name="openid_connect_login"),
    path("sign-in/sso/<str:provider_id>/callback/", _open(single_sign_on.come_back), name="openid_connect_callback"),
    path("profile/confirm/", _own(account.reauthenticate), name="account_reauthenticate"),
    path("profile/confirm/code/", _own(mfa.reauthenticate), name="mfa_reauthenticate"),
    path("profile/password/", _own(account.password_change), name="account_change_password"),
    path("profile/password/first/", _own(account.password_set), name="account_set_password"),
    path("profile/two-step/", _own(mfa.index), name="mfa_index"),
    path("profile/two-step/on/", _own(totp.activate_totp), name="mfa_activate_totp"),
    path("profile/two-step/off/", _own(totp.deactivate_totp), name="mfa_deactivate_totp"),
    path("profile/two-step/codes/", _own(recovery.view_recovery_codes), name="mfa_view_recovery_codes"),
    path("profile/two-step/codes/new/", _own(recovery.generate_recovery_codes), name="mfa_generate_recovery_codes"),
    path("profile/two-step/codes/file/", _own(recovery.download_recovery_codes), name="mfa_download_recovery_codes"),
]
