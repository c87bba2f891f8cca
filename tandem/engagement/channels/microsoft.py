"""The road of Microsoft 365: Graph sendMail with the whole mail as MIME, which keeps Message-ID and headers."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from tandem.compliance.actions import gate
from tandem.compliance.contracts.gate import Clearance, ClearanceState, Permit, Road
from tandem.core import clock
from tandem.core.actors import Actor
from tandem.core.errors import AppError, InvalidInput, ProviderFailed
from tandem.core.outside import open_client
from tandem.engagement.channels.handing_over import HandOff, Moment, NotTaken, depart
from tandem.engagement.channels.tokens import AccessToken, Grant, renewed
from tandem.engagement.channels.web_answers import LATER, ONCE, ended_by

BASE = "https://graph.microsoft.com/v1.0"
MOST_BYTES = 4_000_000  # of one request; larger mail would need an upload of its own
NO_SUCH_ADDRESS = frozenset({"ErrorInvalidRecipients", "ErrorInvalidSmtpAddress"})


class MicrosoftLine:
    """Messages of one mailbox.

    mailbox : its address; base : the interface's address; another one only for a national cloud or an own proxy
    """

    def __init__(self, grant: Grant, *, mailbox: str, base: str = BASE) -> None:
        self.grant, self.mailbox, self.base = grant, mailbox, base.rstrip("/")
        self._client = open_client("Microsoft Graph", limits=ONCE)
        self._token: AccessToken | None = None

    def close(self) -> None:
        """End the connection."""
        self._client.close()

    def try_out(self, *, moment: Moment = clock.now) -> str:
        """Sign in and read the name of the Sent folder, and no more. Raises NotTaken."""
        return self._folder(moment)

    def hand_over(
        self, clearance: Clearance, message: bytes, *, sender: str, actor: Actor, moment: Moment = clock.now
    ) -> HandOff:
        """One mail; see `handing_over.Line`. The envelope address is Microsoft's own."""
        if clearance.channel is not Road.EMAIL:
            raise InvalidInput("The clearance is not for mail.", hint="Use the channel that it names.")
        if len(message) * 4 // 3 > MOST_BYTES:
            raise NotTaken(
                f"The mail has {len(message):,} bytes; too many for Graph.", is_line=False, is_permanent=True
            )
        self._folder(moment)  # connection and token are good before anything is claimed
        permit = gate.claim(clearance, message, actor=actor, now=moment())
        gate.check_hand_off(permit, actor=actor, now=moment())
        return depart(permit, self._sent(permit), actor=actor, moment=moment)

    @property
    def _user(self) -> str:
        return f"{self.base}/users/{quote(self.mailbox)}"

    def _headers(self, moment: Moment) -> Mapping[str, str]:
        if self._token is None or not self._token.is_good(moment()):
            self._token = renewed(self._client, self.grant, now=moment())
        return {"Authorization": f"Bearer {self._token.token}"}

    def _folder(self, moment: Moment) -> str:
        try:
            answer = self._client.call("GET", f"{self._user}/mailFolders/sentitems", headers=self._headers(moment))
            return str(answer.json().get("displayName", ""))
        except NotTaken:
            raise
        except ProviderFailed as error:
            self._token = None
            raise NotTaken(f"Microsoft 365 could not be used: {error.message}", is_line=True) from error

    def _sent(self, permit: Permit) -> HandOff:
        assert self._token is not None
        try:
            answer = self._client.call(
                "POST", f"{self._user}/sendMail", content=base64.b64encode(permit.message),
                headers={"Authorization": f"Bearer {self._token.token}", "Content-Type": "text/plain"},
                accepts=range(200, 500),
            )  # fmt: skip
        except ProviderFailed as error:
            return ended_by(error)
        if answer.status < 300:
            told = answer.headers.get("request-id", "without a number")
            return HandOff(state=ClearanceState.DEPARTED, told=f"Microsoft took it, {told}")
        try:
            said = answer.json()
        except AppError:
            said = {}
        return _read(answer.status, said if isinstance(said, dict) else {})


def _read(status: int, told: Mapping[str, Any]) -> HandOff:
    error = told.get("error", {})
    error = error if isinstance(error, dict) else {}
    code = str(error.get("code", ""))
    enhanced = " 5.1.3" if code in NO_SUCH_ADDRESS else ""
    words = f"{status}{enhanced} {code} {error.get('message', '')}".strip()
    return HandOff(state=ClearanceState.REFUSED, told=words, is_temporary=status in LATER)
