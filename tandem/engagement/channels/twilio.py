"""What SMS, WhatsApp and voicemail share: a provider of Twilio's kind, one form posted for one claimed message.

The provider has no key against sending twice: a call without an answer is uncertain and is never repeated.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar
from urllib.parse import urlencode, urlsplit

from tandem.compliance.actions import gate
from tandem.compliance.contracts.gate import Clearance, ClearanceState, Permit, Road
from tandem.core import clock
from tandem.core.actors import Actor
from tandem.core.errors import AppError, InvalidInput, ProviderFailed
from tandem.core.outside import open_client
from tandem.engagement.channels.handing_over import HandOff, Moment, NotTaken, depart
from tandem.engagement.channels.web_answers import LATER, ONCE, ended_by

BASE = "https://api.twilio.com"
OPTED_OUT = 21610
NO_SUCH_NUMBER = frozenset({21211, 21614, 30005})
STANDARD_PORTS = {"https": 443, "http": 80}


@dataclass(frozen=True, slots=True, kw_only=True)
class TextAccount:
    """An account with a provider of Twilio's kind.

    sender : own number (E.164) or messaging service (MG...); callback : address for news of what was sent; empty: none
    user : account or key that signs in; secret : its password
    """

    account: str
    user: str
    secret: str
    sender: str
    base: str = BASE
    callback: str = ""


class TextLine:
    """Messages of one number. Each road says what it posts where."""

    road: ClassVar[Road] = Road.SMS
    resource: ClassVar[str] = "Messages.json"

    def __init__(self, account: TextAccount) -> None:
        self.account = account
        self._client = open_client("The provider of text messages", limits=ONCE)

    def close(self) -> None:
        """End the connection."""
        self._client.close()

    @property
    def _url(self) -> str:
        return f"{self.account.base.rstrip('/')}/2010-04-01/Accounts/{self.account.account}"

    @property
    def _headers(self) -> Mapping[str, str]:
        told = base64.b64encode(f"{self.account.user}:{self.account.secret}".encode()).decode("ascii")
        return {"Authorization": f"Basic {told}"}

    def try_out(self, *, moment: Moment = clock.now) -> str:
        """Sign in, and no more; returns the account's name. Raises NotTaken."""
        try:
            answer = self._client.call("GET", f"{self._url}.json", headers=self._headers)
            return str(answer.json().get("friendly_name", ""))
        except ProviderFailed as error:
            raise NotTaken(f"The provider could not be used: {error.message}", is_line=True) from error

    def fields(self, permit: Permit) -> dict[str, str]:
        """What is posted for a message."""
        raise NotImplementedError

    def hand_over(
        self, clearance: Clearance, message: bytes, *, sender: str, actor: Actor, moment: Moment = clock.now
    ) -> HandOff:
        """One message; see `handing_over.Line`."""
        if clearance.channel is not self.road:
            raise InvalidInput(f"The clearance is not for {self.road.value}.", hint="Use the channel that it names.")
        self.try_out()  # the connection is open and the sign-in good before anything is claimed
        permit = gate.claim(clearance, message, actor=actor, now=moment())
        gate.check_hand_off(permit, actor=actor, now=moment())
        return depart(permit, self._sent(permit, clearance.touch), actor=actor, moment=moment)

    def _sent(self, permit: Permit, touch: str) -> HandOff:
        told = self.fields(permit)
        if self.account.callback:
            told["StatusCallback"] = f"{self.account.callback}?{urlencode({'touch': touch})}"
        headers = {**self._headers, "Content-Type": "application/x-www-form-urlencoded"}
        try:
            answer = self._client.call(
                "POST", f"{self._url}/{self.resource}", content=urlencode(told).encode(), headers=headers,
                accepts=range(200, 500),
            )  # fmt: skip
        except ProviderFailed as error:
            return ended_by(error)
        try:
            said = answer.json()
        except AppError:
            said = {}
        return _read(answer.status, said if isinstance(said, dict) else {})


def _read(status: int, told: Mapping[str, Any]) -> HandOff:
    if status < 300:
        return HandOff(state=ClearanceState.DEPARTED, told=f"taken as {told.get('sid', '?')}, {told.get('status', '')}")
    code = told.get("code", 0)
    enhanced = " 5.1.1" if code in NO_SUCH_NUMBER else ""
    words = f"{status}{enhanced} {code} {told.get('message', '')}".strip()
    return HandOff(state=ClearanceState.REFUSED, told=words, is_temporary=status in LATER)


def is_signed(url: str, fields: Mapping[str, Sequence[str]], signature: str, *, secret: str) -> bool:
    """Whether a form was posted by the provider: HMAC-SHA1 over address and sorted fields, with or without port."""
    if not secret or not signature:
        return False
    told = "".join(name + "".join(sorted(set(fields[name]))) for name in sorted(fields))
    return any(
        hmac.compare_digest(signature, _signature(address + told, secret)) for address in _with_and_without_port(url)
    )


def _signature(told: str, secret: str) -> str:
    return base64.b64encode(hmac.new(secret.encode(), told.encode(), hashlib.sha1).digest()).decode("ascii")


def _with_and_without_port(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    host = parts.hostname or ""
    port = parts.port or STANDARD_PORTS.get(parts.scheme, 443)
    return parts._replace(netloc=host).geturl(), parts._replace(netloc=f"{host}:{port}").geturl()
