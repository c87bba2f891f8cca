"""How sign-in behaves here: no self sign-up; single sign-on only for people already known."""

from allauth.account.adapter import DefaultAccountAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):
    """People are added by RevOps, not by themselves."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never."""
        return False


class SocialAccountAdapter(DefaultSocialAccountAdapter):
    """A single sign-on identity must match a known person."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: object) -> bool:
        """Never."""
        return False
