"""Where people of campaigns can be reached and when: from what is known of them, quiet periods and the organisation."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from tandem.access.queries import get_organisation
from tandem.accounts.queries.time_zones import known_zone, zones_of_country
from tandem.compliance.queries.switches import all_quiet, quiet_among
from tandem.engagement.domain.due_times import Days, Place, is_daytime, moment_on, open_days, place_of
from tandem.engagement.models import Enrollment, Touch

REGION_CODE = re.compile(r"[A-Z0-9]{1,3}")
ENROLLED = (
    "id", "campaign_id", "contact_id", "account_id", "contact__country", "contact__region", "contact__time_zone",
    "account__country", "account__region", "account__industry",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Whereabouts:
    """What is known of somebody's place. Empty: not known."""

    country: str = ""
    region: str = ""
    time_zone: str = ""
    account_country: str = ""
    account_region: str = ""
    industry: str = ""
    account_id: int | None = None


class Places:
    """Places of many people, with the organisation and the quiet periods read once."""

    def __init__(self, now: datetime) -> None:
        self._year = now.year
        self._sender_zone = get_organisation().time_zone
        self._quiet = all_quiet()
        self._knows_accounts = any(row.accounts for row in self._quiet)
        self._known: dict[Whereabouts, Place] = {}

    def of(self, who: Whereabouts) -> Place:
        """Where somebody can be reached; the company's country stands in for an unknown one of their own."""
        if not self._knows_accounts and who.account_id is not None:
            who = Whereabouts(
                country=who.country, region=who.region, time_zone=who.time_zone, account_country=who.account_country,
                account_region=who.account_region, industry=who.industry,
            )  # fmt: skip
        if who not in self._known:
            self._known[who] = self._made(who)
        return self._known[who]

    def _made(self, who: Whereabouts) -> Place:
        country = who.country or who.account_country
        region = _region(who, country)
        return place_of(
            time_zone=known_zone(who.time_zone),
            candidates=zones_of_country(country) if country else (),
            sender_zone=self._sender_zone,
            country=country,
            region=region,
            closed=list(self._closed(who, country, region)),
            year=self._year,
        )

    def _closed(self, who: Whereabouts, country: str, region: str) -> Iterable[Days]:
        """Quiet periods meant for them, from last year's to next year's."""
        places = [f"{country}-{region}" if region else country] if country else []
        account = f"account:{who.account_id}" if who.account_id else ""
        for row in self._quiet:
            years = range(self._year - 1, self._year + 3) if row.is_yearly else (row.starts_on.year,)
            for year in years:
                day = _in_year(row.starts_on, year)
                for span in quiet_among([row], industry=who.industry, places=places, account=account, on=day):
                    yield span.starts_on, span.ends_on


def places_of(enrollment_ids: Iterable[int], *, now: datetime) -> dict[int, Place]:
    """The place of each enrollment's person. Three queries for each 5,000."""
    desk, ids, found = Places(now), list(enrollment_ids), dict[int, Place]()
    for start in range(0, len(ids), 5_000):
        for row in Enrollment.objects.filter(id__in=ids[start : start + 5_000]).values(*ENROLLED):
            found[row["id"]] = desk.of(whereabouts_of(row))
    return found


def whereabouts_of(row: Mapping[str, str | int | None]) -> Whereabouts:
    """From a row with the columns `ENROLLED`."""

    def text(name: str) -> str:
        return str(row[name] or "")

    account = row["account_id"]
    return Whereabouts(
        country=text("contact__country"),
        region=text("contact__region"),
        time_zone=text("contact__time_zone"),
        account_country=text("account__country"),
        account_region=text("account__region"),
        industry=text("account__industry"),
        account_id=account if isinstance(account, int) else None,
    )


def may_leave_at(touch_ids: Iterable[int], *, now: datetime) -> dict[int, datetime]:
    """The next moment from now at which each touch may leave by its recipient's day: now itself in their daytime."""
    ids = list(touch_ids)
    told = dict(Touch.objects.filter(id__in=ids, enrollment__isnull=False).values_list("id", "enrollment_id"))
    places = places_of({one for one in told.values() if one is not None}, now=now)
    found: dict[int, datetime] = {}
    for touch_id, enrollment_id in told.items():
        place = places.get(enrollment_id or 0)
        if place is None or is_daytime(place, now):
            found[touch_id] = now
            continue
        day = next(open_days(place, now))
        found[touch_id] = moment_on(place, day, key=str(touch_id), number=0, not_before=now)
    return found


def _region(who: Whereabouts, country: str) -> str:
    """The region's code, where a source gives one: its own, else the company's in the same country."""
    if who.region and REGION_CODE.fullmatch(who.region):
        return who.region
    is_same = who.account_country == country
    return who.account_region if is_same and not who.region and REGION_CODE.fullmatch(who.account_region) else ""


def _in_year(day: date, year: int) -> date:
    """Day and month in another year; 29 February is the last of February."""
    return day.replace(year=year, day=28) if (day.month, day.day) == (2, 29) else day.replace(year=year)
