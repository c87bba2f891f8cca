"""NeverBounce, Kickbox and ZeroBounce: the single check of one address.

NeverBounce and ZeroBounce answer 200 also for a refused key or an empty account, so what the answer says of itself is
read before its result. A sandbox of Kickbox (keys that begin with test_) says nothing about real addresses: its answers
are marked and count for nothing but a test.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from tandem.prospecting.connectors.base import (
    FAILING,
    KEY_REFUSED,
    NO_CREDIT,
    REFUSED,
    SOMEBODY_ELSE,
    THROTTLED,
    UNREADABLE,
    Door,
    ask,
    failed,
    object_of,
    read_object,
    text_of,
)
from tandem.prospecting.domain.verification import Checked, Result, checked, result_of

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
SECONDS = 15
SANDBOX = "test_"
NEVERBOUNCE_TROUBLE = {
    "auth_failure": (KEY_REFUSED, "does not accept the key.", "Enter a valid key under Sources."),
    "throttle_triggered": (THROTTLED, "asks us to slow down.", "It is asked again later by itself."),
    "temp_unavail": (FAILING, "is not available for the moment.", "It is asked again later by itself."),
    "bad_referrer": (KEY_REFUSED, "does not accept this key from here.", "Use a key for servers, not for web pages."),
    "general_failure": (REFUSED, "does not take the question.", "Check the account at NeverBounce."),
}


class NeverBounce:
    """https://developers.neverbounce.com/reference/single-check"""

    def __init__(self, door: Door) -> None:
        self._door = door

    def check(self, address: str) -> Checked:
        """One address. Raises ProviderFailed."""
        asked = {"key": self._door.secret, "email": address, "address_info": "1", "timeout": str(SECONDS)}
        answer = ask(self._door, "POST", "/single/check", content=urlencode(asked).encode(), headers=FORM)
        told = read_object(self._door, answer)
        status = text_of(told.get("status"), 60)
        if status != "success":
            code, what, hint = NEVERBOUNCE_TROUBLE.get(
                status, (UNREADABLE, "answered in a form it does not document.", "Tell us if it stays so.")
            )
            if "credit" in text_of(told.get("message"), 400).lower():
                code, what, hint = NO_CREDIT, "has no credit left for us.", "Buy credits, or switch it off."
            raise failed(self._door, what, code=code, hint=hint)
        info = object_of(told.get("address_info"))
        _require_same(self._door, text_of(info.get("original_email")), address)
        flags = told.get("flags")
        reasons = tuple(text_of(one, 60) for one in flags) if isinstance(flags, list) else ()
        return _told("neverbounce", self._door, told.get("result"), reasons)


class Kickbox:
    """https://docs.kickbox.com/reference/verify-an-email-address"""

    def __init__(self, door: Door) -> None:
        self._door = door

    def check(self, address: str) -> Checked:
        """One address. Raises ProviderFailed."""
        asked = {"email": address, "timeout": str(SECONDS * 1000), "apikey": self._door.secret}
        told = read_object(self._door, ask(self._door, "GET", "/verify", params=asked))
        if told.get("success") is not True:
            raise failed(
                self._door, "does not take the question.", code=REFUSED, hint=text_of(told.get("message"), 200) or None
            )
        _require_same(self._door, text_of(told.get("email")), address)
        if self._door.secret.startswith(SANDBOX):
            why = "Kickbox's sandbox says nothing about real addresses."
            return checked(Result.UNKNOWN, "sandbox", is_weak=True, reasons=(why,))
        names = ("role", "free", "disposable", "accept_all")
        reasons = (text_of(told.get("reason"), 60), *(name for name in names if told.get(name) is True))
        return _told("kickbox", self._door, told.get("result"), reasons)


class ZeroBounce:
    """https://www.zerobounce.net/docs/email-validation-api-quickstart"""

    def __init__(self, door: Door) -> None:
        self._door = door

    def check(self, address: str) -> Checked:
        """One address. Raises ProviderFailed."""
        asked = {"api_key": self._door.secret, "email": address, "ip_address": ""}
        told = read_object(self._door, ask(self._door, "GET", "/validate", params=asked))
        trouble = text_of(told.get("error"), 200)
        if trouble:
            is_credit = "credit" in trouble.lower() and "key" not in trouble.lower().split("or")[0]
            code = NO_CREDIT if is_credit else KEY_REFUSED
            raise failed(self._door, "refuses the key or has no credit left.", code=code, hint=trouble)
        _require_same(self._door, text_of(told.get("address")), address)
        return _told("zerobounce", self._door, told.get("status"), (text_of(told.get("sub_status"), 60),))


def _told(verifier: str, door: Door, word: Any, reasons: tuple[str, ...]) -> Checked:
    raw = text_of(word, 60)
    if not raw:
        raise failed(door, "answered without a result.", code=UNREADABLE)
    kept = tuple(dict.fromkeys(one.replace("_", " ") for one in (raw, *reasons) if one))
    return checked(result_of(verifier, raw), raw, is_weak=False, reasons=kept)


def _require_same(door: Door, told: str, address: str) -> None:
    """Raises ProviderFailed when the answer names another address; one that names none is taken as the one asked."""
    if told and told.strip().lower() != address.strip().lower():
        raise failed(door, "answered for another address than was asked for.", code=SOMEBODY_ELSE)
