"""The road of Gmail: users.messages.send with the whole mail, through the account's own OAuth grant.

Google puts the mail into the account's Sent folder and may change its Message-ID; it signs for the domain itself.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from tandem.compliance.actions import gate
from tandem.compliance.contracts.gate import Clearance, ClearanceState, Permit, Road
from tandem.core import clock
from tandem.core.actors import Actor
from tandem.core.errors import AppError, InvalidInput, ProviderFailed
from tandem.core.outside import open_client
from tandem.engagement.channels.handing_over import HandOff, Moment, NotTaken, depart
from tandem.engagement.channels.tokens import AccessToken, Grant, renewed
from tandem.engagement.channels.web_answers import ONCE, ended_by, is_rate_limit

BASE = "https://gmail.googleapis.com"


class GmailLine:
    """Messages of one Gmail account.

    base : the interface's address; another one only for an own proxy
    """

    def __init__(self, grant: Grant, *, base: str = BASE) -> None:
        self.grant, self.base = grant, base.rstrip("/")
        self._client = open_client("Gmail", limits=ONCE)
        self._token: AccessToken | None = None

    def close(self) -> None:
        """End the connection."""
        self._client.close()

    def try_out(self, *, moment: Moment = clock.now) -> str:
        """Sign in, and no more; returns the account's address. Raises NotTaken."""
        return self._profile(moment)

    def hand_over(
        self, clearance: Clearance, message: bytes, *, sender: str, actor: Actor, moment: Moment = clock.now
    ) -> HandOff:
        """One mail; see `handing_over.Line`. The envelope address is Google's own."""
        if clearance.channel is not Road.EMAIL:
            raise InvalidInput("The clearance is not for mail.", hint="Use the channel that it names.")
        self._profile(moment)  # connection and token are good before anything is claimed
        permit = gate.claim(clearance, message, actor=actor, now=moment())
        gate.check_hand_off(permit, actor=actor, now=moment())
        return depart(permit, self._sent(permit), actor=actor, moment=moment)

    def _headers(self, moment: Moment) -> Mapping[str, str]:
        if self._token is None or not self._token.is_good(moment()):
            self._token = renewed(self._client, self.grant, now=moment())
        return {"Authorization": f"Bearer {self._token.token}"}

    def _profile(self, moment: Moment) -> str:
        try:
            answer = self._client.call("GET", f"{self.base}/gmail/v1/users/me/profile", headers=self._headers(moment))
            return str(answer.json().get("emailAddress", ""))
        except NotTaken:
            raise
        except ProviderFailed as error:
            self._token = None
            raise NotTaken(f"Gmail could not be used: {error.message}", is_line=True) from error

    def _sent(self, permit: Permit) -> HandOff:
        assert self._token is not None
        raw = base64.urlsafe_b64encode(permit.message).decode("ascii")
        try:
            answer = self._client.call(
                "POST", f"{self.base}/gmail/v1/users/me/messages/send", json_body={"raw": raw},
                headers={"Authorization": f"Bearer {self._token.token}"}, accepts=range(200, 500),
            )  # fmt: skip
        except ProviderFailed as error:
            return ended_by(error)
        try:
            told = answer.json()
        except AppError:
            told = {}
        return _read(answer.status, told if isinstance(told, dict) else {})


def _read(status: int, told: Mapping[str, Any]) -> HandOff:
    if status < 300:
        return HandOff(state=ClearanceState.DEPARTED, told=f"Gmail took it as {told.get('id', '?')}")
    error = told.get("error", {})
    error = error if isinstance(error, dict) else {}
    reasons = [str(one.get("reason", "")) for one in error.get("errors", ()) if isinstance(one, dict)]
    words = f"{status} {error.get('message', '')} {' '.join(reasons)}".strip()
    is_later = status in (401, 408, 429) or any(is_rate_limit(one) for one in reasons)
    return HandOff(state=ClearanceState.REFUSED, told=words, is_temporary=is_later)
