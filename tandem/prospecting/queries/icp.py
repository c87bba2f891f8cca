"""Reads of the ideal customer profile: what is in force, its versions, whom it finds now."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils import timezone

from tandem.core.errors import NotFound
from tandem.prospecting.domain.fit import fit_of
from tandem.prospecting.domain.icp import Icp, read_icp
from tandem.prospecting.domain.icp_outcomes import BANDS, band_of
from tandem.prospecting.models import IcpVersion
from tandem.prospecting.models.ranking import DRAFT, LIVE
from tandem.prospecting.queries.profiles import profiles

SOON_DAYS = 14
HOW = "Open /prospecting/icp: Tandem proposes one from your own won deals."


@dataclass(frozen=True, slots=True, kw_only=True)
class IcpRow:
    """One version. valid_until None: a draft. days_left: of the version in force, below 0 when overdue."""

    number: int
    state: str
    hash: str
    note: str
    author: str
    created_at: datetime
    published_at: datetime | None
    published_by: str
    retired_at: datetime | None
    valid_until: date | None
    body: dict[str, Any]
    days_left: int | None = None

    @property
    def is_overdue(self) -> bool:
        """In force past its last day."""
        return self.days_left is not None and self.days_left < 0

    @property
    def is_due_soon(self) -> bool:
        """In force, and to be looked at within two weeks."""
        return self.days_left is not None and 0 <= self.days_left <= SOON_DAYS

    @property
    def icp(self) -> Icp:
        """The profile, read."""
        return read_icp(self.body, version=self.number)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """Whom a profile finds among all accounts now.

    bands : (word, lowest fit, accounts)
    excluded : (exclusion, accounts it leaves out), by the first that holds
    unknown : (signal, accounts of which it is not known)
    """

    accounts: int
    bands: tuple[tuple[str, float, int], ...]
    excluded: tuple[tuple[str, int], ...]
    unknown: tuple[tuple[str, int], ...]

    @property
    def excluded_count(self) -> int:
        """Accounts left out by any exclusion."""
        return sum(count for _, count in self.excluded)


def current_icp() -> Icp:
    """The profile in force. Raises NotFound when none was ever published."""
    row = live_version()
    if row is None:
        raise NotFound("No ideal customer profile is in force.", hint=HOW, code="icp.none")
    return row.icp


def live_version(today: date | None = None) -> IcpRow | None:
    """The version in force; None: none was published. One query.

    today : the company's day, for what is left of its quarter; None: today
    """
    found = IcpVersion.objects.filter(state=LIVE).first()
    return _row(found, today or timezone.localdate()) if found else None


def draft() -> IcpRow | None:
    """The draft somebody works on; None: there is none."""
    found = IcpVersion.objects.filter(state=DRAFT).first()
    return _row(found, None) if found else None


def get_version(number: int) -> IcpRow:
    """One version. Raises NotFound."""
    found = IcpVersion.objects.filter(number=number).first()
    if found is None:
        raise NotFound(f"There is no version {number} of the profile.", hint="Open /prospecting/icp for the list.")
    return _row(found, timezone.localdate() if found.state == LIVE else None)


def list_versions() -> Sequence[IcpRow]:
    """All versions, newest first."""
    today = timezone.localdate()
    return [_row(one, today if one.state == LIVE else None) for one in IcpVersion.objects.order_by("-number")]


def reach(icp: Icp, *, at: datetime) -> Reached:
    """Whom the profile finds among all accounts at a moment: counts alone, no names."""
    bands, excluded, unknown = Counter[str](), Counter[str](), Counter[str]()
    accounts = 0
    for profile in profiles(None, at=at):
        accounts += 1
        fit = fit_of(icp, profile)
        unknown.update(part.name for part in fit.parts if part.match.truth == "unknown")
        if fit.excluded_by:
            excluded[fit.excluded_by] += 1
        else:
            bands[band_of(fit.score)] += 1
    return Reached(
        accounts=accounts,
        bands=tuple((word, low, bands[word]) for low, word in BANDS),
        excluded=tuple((one.name, excluded[one.name]) for one in icp.exclusion),
        unknown=tuple(unknown.most_common()),
    )


def _row(found: IcpVersion, today: date | None) -> IcpRow:
    left = (found.valid_until - today).days if today is not None and found.valid_until is not None else None
    return IcpRow(
        number=found.number,
        state=found.state,
        hash=found.hash,
        note=found.note,
        author=found.author_name,
        created_at=found.created_at,
        published_at=found.published_at,
        published_by=found.published_by,
        retired_at=found.retired_at,
        valid_until=found.valid_until,
        body=found.body,
        days_left=left,
    )
