"""Ids as each system gives them, and which record of a system stands for whom."""

from __future__ import annotations

from tandem.simulation.dice import Dice

BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_CHECK = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
PREFIXES = {
    "Account": "001", "Contact": "003", "Lead": "00Q", "Opportunity": "006", "Task": "00T", "Event": "00U", "User": "005",
    "OpportunityHistory": "008", "OpportunityFieldHistory": "017", "OpportunityContactRole": "00K", "OpportunityLineItem": "00k",
    "Product2": "01t", "ForecastingItem": "0J9", "ForecastingQuota": "0J6", "Contract": "800", "DatedConversionRate": "04w", "UserRole": "00E",
}  # fmt: skip


def checked(key: str) -> str:
    """An 18-character id from a 15-character one (three letters tell the case of each five)."""
    suffix = ""
    for start in (0, 5, 10):
        bits = sum(1 << place for place, letter in enumerate(key[start : start + 5]) if letter.isupper())
        suffix += _CHECK[bits]
    return key + suffix


class CrmIds:
    """Salesforce ids: prefix of the object, pod, a counter that grows by random steps, checksum."""

    def __init__(self, seed: int) -> None:
        self._dice = Dice.of(seed, "crm ids")
        self._pod = self._dice.token(BASE62, 3)
        self._next: dict[str, int] = {}

    def new(self, kind: str) -> str:
        """The next id of an object kind."""
        number = self._next.get(kind)
        if number is None:
            number = int(self._dice.random() * 62**4) + 62**5
        number += 1 + int(self._dice.random() * 40)
        self._next[kind] = number
        digits = ""
        while number:
            number, rest = divmod(number, 62)
            digits = BASE62[rest] + digits
        return checked(f"{PREFIXES[kind]}5g0{self._pod}{digits:0>6}")


class NumberIds:
    """Growing numbers with gaps, as HubSpot and ZoomInfo give them."""

    def __init__(self, seed: int, name: str, first: int, step: int) -> None:
        self._dice = Dice.of(seed, "ids", name)
        self._number, self._step = first, step

    def new(self) -> str:
        """The next number."""
        self._number += 1 + int(self._dice.random() * self._step)
        return str(self._number)
