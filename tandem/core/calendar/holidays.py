"""Public holidays by country and subdivision, from the `holidays` package (rules in code, nothing fetched)."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

import holidays
from holidays import HolidayBase

from tandem.core.errors import InvalidInput

SATURDAY_AND_SUNDAY = frozenset({5, 6})


def holiday_name(day: date, country: str, region: str = "") -> str | None:
    """The public holiday of a day, in English; None: none, or no country given.

    country : ISO 3166-1 alpha-2; empty: no holidays
    region : subdivision as the package names it, e.g. BY for Bavaria, TX for Texas; empty: holidays of all the country
    Raises InvalidInput for a country or subdivision that is not known.

    >>> holiday_name(date(2026, 1, 6), "DE", "BY"), holiday_name(date(2026, 1, 6), "DE", "BE")
    ('Epiphany', None)
    """
    return _of(country, region).get(day) if country else None


@lru_cache(maxsize=256)
def weekend_of(country: str) -> frozenset[int]:
    """Weekdays (0 is Monday) on which a country rests; Saturday and Sunday for none or one that is not known.

    >>> sorted(weekend_of("DE")), sorted(weekend_of("SA"))
    ([5, 6], [4, 5])
    """
    try:
        return frozenset(_of(country, "").weekend) if country else SATURDAY_AND_SUNDAY
    except InvalidInput:
        return SATURDAY_AND_SUNDAY


def require_holidays(country: str, region: str = "") -> None:
    """Raise InvalidInput when holidays of the place are not known."""
    if country:
        _of(country, region)


@lru_cache(maxsize=256)
def _of(country: str, region: str) -> HolidayBase:
    """Holidays of one place; years are added as they are asked for."""
    try:
        return holidays.country_holidays(country, subdiv=region or None, language="en_US")
    except NotImplementedError as error:
        place = f"{country}-{region}" if region else country
        raise InvalidInput(
            f"Holidays of {place} are not known.",
            hint="Give a country as ISO 3166-1 (DE, US) and a subdivision of it (BY, TX), or leave the region empty.",
            code="calendar.place",
            context={"country": country, "region": region},
        ) from error
