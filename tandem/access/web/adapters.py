"""How sign-in behaves here: no self sign-up, single sign-on only for people already known, all of it in the ledger."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from cryptography.fernet import Fernet
from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from tandem.access import actions
from tandem.access.web.single_sign_on import OutsideSession

SECOND_STEP_CHANGES = {
    "mfa/email/totp_activated": "on",
    "mfa/email/totp_deactivated": "off",
    "mfa/email/recovery_codes_generated": "new recovery codes",
}


class AccountAdapter(DefaultAccountAdapter):
    """People are added by RevOps, not by themselves; coming and going is written down."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never."""
        return False

    def post_login(self, request: HttpRequest, user: Any, **kwargs: Any) -> HttpResponse:
        """Record the sign-in with the steps that were passed."""
        ways = [str(record["method"]) for record in get_authentication_records(request, user)]
        actions.note_sign_in(person_id=user.pk, ways=ways)
        return super().post_login(request, user, **kwargs)

    def logout(self, request: HttpRequest) -> None:
        """Record the sign-out, then end the session."""
        actor = getattr(request, "actor", None)
        if actor is not None and not actor.is_agent:
            actions.note_sign_out(actor=actor)
        super().logout(request)

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """Record a failed try at the door of somebody known."""
        actions.note_failed_sign_in(email=str(credentials.get("email") or ""))

    def set_password(self, user: Any, password: str) -> None:
        """Keep the new password and the fact that it changed, together."""
        with transaction.atomic():
            super().set_password(user, password)
            actions.note_credential_change(person_id=user.pk, what="password")


class SocialAccountAdapter(DefaultSocialAccountAdapter):
    """A single sign-on identity must match a known, active person by a mail address that the provider has verified."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        """Never."""
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Link the identity to its person at the first sign-in, or refuse it."""
        sociallogin.state["process"] = "login"  # whatever the form asked for: coming in is all there is
        if sociallogin.is_existing:
            return
        mails = [address.email.lower() for address in sociallogin.email_addresses if address.verified]
        person = get_user_model().objects.filter(email__in=mails, is_active=True).first()
        if person is None or (request.user.is_authenticated and request.user.pk != person.pk):
            raise ImmediateHttpResponse(render(request, "access/sso_refused.html", status=403))
        with transaction.atomic():
            sociallogin.connect(request, person)
            actions.note_credential_change(person_id=person.pk, what="single sign-on linked")

    def get_requests_session(self) -> OutsideSession:
        """Calls to the provider go the way of all outside calls."""
        return OutsideSession()


class MFAAdapter(DefaultMFAAdapter):
    """Authenticator secrets are kept encrypted under the installation's key."""

    def encrypt(self, text: str) -> str:
        """Seal a secret before it is stored."""
        return _box().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Open a stored secret."""
        return _box().decrypt(encrypted_text.encode()).decode()

    def get_totp_issuer(self) -> str:
        """The name that the authenticator app shows."""
        return "Tandem"

    def send_notification_mail(self, template_prefix: str, user: Any, *args: Any, **kwargs: Any) -> None:
        """Record changes of the second step."""
        change = SECOND_STEP_CHANGES.get(template_prefix)
        if change is not None:
            actions.note_credential_change(person_id=user.pk, what=f"second step: {change}")


def _box() -> Fernet:
    key = hashlib.sha256(b"tandem second step\n" + settings.SECRET_KEY.encode()).digest()
    return Fernet(base64.urlsafe_b64encode(key))
