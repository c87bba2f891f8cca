"""Switches that stop what leaves, and the criteria that keep it back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum


class SwitchScope(StrEnum):
    """What a switch stops. GLOBAL has no key."""

    GLOBAL = "global"
    AGENT = "agent"
    DOMAIN = "domain"
    CAMPAIGN = "campaign"
    REGION = "region"
    CHANNEL = "channel"


@dataclass(frozen=True, slots=True, kw_only=True)
class ThrownSwitch:
    """A switch that stands.

    key : agent id, sending domain, campaign key, place ("DE", "US-TX", "EEA") or road; empty for GLOBAL
    """

    id: int
    scope: SwitchScope
    key: str
    reason: str
    thrown_at: datetime
    thrown_by: str

    @property
    def sentence(self) -> str:
        """The switch in words."""
        what = "everything" if self.scope is SwitchScope.GLOBAL else f"{self.scope.value} {self.key}"
        return f"Stopped: {what}, since {self.thrown_at:%d %b %Y %H:%M} UTC by {self.thrown_by}: {self.reason}"


@dataclass(frozen=True, slots=True, kw_only=True)
class KillSettings:
    """Limits of the kill criteria; None: that criterion is off.

    days_between_touches : no contact within so many days of any touch on any channel
    objection_days : none within so many days of an objection
    review_above : accounts worth more go to a person, in the organisation's currency
    four_eyes_above : and above this two people must approve
    """

    days_between_touches: int | None = 3
    objection_days: int | None = 365
    review_above: Decimal | None = None
    four_eyes_above: Decimal | None = None
    stop_on_open_deal: bool = True
    stop_on_legal_dispute: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class QuietSpan:
    """Days on which an industry, a place or one account is left alone.

    industries, places, accounts : empty: all; several kinds must all fit
    """

    id: int
    name: str
    starts_on: date
    ends_on: date
    industries: Sequence[str] = ()
    places: Sequence[str] = ()
    accounts: Sequence[str] = ()
    source: str = ""
