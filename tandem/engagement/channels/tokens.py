"""Access tokens of mailboxes (OAuth 2.0, RFC 6749): refreshed before anything is claimed, kept for their time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode

from tandem.core.errors import ProviderFailed
from tandem.core.outside import OutsideClient
from tandem.engagement.channels.handing_over import NotTaken

GOOGLE_TOKENS = "https://oauth2.googleapis.com/token"
MICROSOFT_TOKENS = "https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token"
MICROSOFT_SCOPE = "https://graph.microsoft.com/.default"
EARLY = timedelta(minutes=2)  # before its end a token is renewed
GIVEN_UP = frozenset({"invalid_grant", "invalid_client", "unauthorized_client", "interaction_required"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What renews a token.

    address : of the token endpoint; scope : empty: as it was granted
    refresh_token : empty: the application signs in for itself (client credentials)
    """

    address: str
    client_id: str
    client_secret: str
    refresh_token: str = ""
    scope: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessToken:
    """A token and its end. refresh_token : a new one, where the provider rotates them; empty: the old one stays"""

    token: str
    ends_at: datetime
    refresh_token: str = ""

    def is_good(self, now: datetime) -> bool:
        """Whether it lives long enough for another message."""
        return now + EARLY < self.ends_at


def renewed(client: OutsideClient, grant: Grant, *, now: datetime) -> AccessToken:
    """A fresh token. Raises NotTaken; permanent when somebody must connect the mailbox again."""
    fields = {"client_id": grant.client_id, "client_secret": grant.client_secret}
    if grant.refresh_token:
        fields |= {"grant_type": "refresh_token", "refresh_token": grant.refresh_token}
    else:
        fields |= {"grant_type": "client_credentials"}
    if grant.scope:
        fields["scope"] = grant.scope
    try:
        answer = client.call(
            "POST", grant.address, content=urlencode(fields).encode(), is_idempotent=True,
            headers={"Content-Type": "application/x-www-form-urlencoded"}, accepts=range(200, 500),
        )  # fmt: skip
        told = answer.json()
    except ProviderFailed as error:
        raise NotTaken(f"No access token: {error.message}", is_line=True) from error
    return _read(told, answer.status, now)


def _read(told: object, status: int, now: datetime) -> AccessToken:
    fields: Mapping[str, object] = told if isinstance(told, dict) else {}
    token = fields.get("access_token")
    if status != 200 or not isinstance(token, str):
        word = str(fields.get("error", status))
        raise NotTaken(
            f"No access token: the provider said {word}. Connect the mailbox again.", is_line=True,
            is_permanent=word in GIVEN_UP,
        )  # fmt: skip
    lasts = fields.get("expires_in", 3600)
    seconds = int(lasts) if isinstance(lasts, (int, str)) and str(lasts).isdigit() else 3600
    return AccessToken(
        token=token, ends_at=now + timedelta(seconds=seconds), refresh_token=str(fields.get("refresh_token") or "")
    )
