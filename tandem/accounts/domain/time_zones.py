"""The time zone of a person, from their country where it has one zone, else from their phone number."""

from __future__ import annotations

from functools import lru_cache
from zoneinfo import available_timezones

from babel.core import get_global

# The zone of nearly everybody where a country has more than one (Unicode CLDR, primaryZones).
PRIMARY_ZONES = {
    "CL": "America/Santiago", "CN": "Asia/Shanghai", "DE": "Europe/Berlin", "EC": "America/Guayaquil",
    "ES": "Europe/Madrid", "MY": "Asia/Kuala_Lumpur", "NZ": "Pacific/Auckland", "PT": "Europe/Lisbon",
    "UA": "Europe/Kiev", "UZ": "Asia/Tashkent",
}  # fmt: skip
AREA_DIGITS = 8  # "+1", area and exchange: enough to place a number, few enough to be asked seldom


@lru_cache(maxsize=512)
def zones_of_country(country: str) -> tuple[str, ...]:
    """IANA zones in use in a country (Unicode CLDR, as Babel carries it); empty for an unknown code."""
    return tuple(get_global("territory_zones").get(country, ()))


def zone_of(country: str, phone: str) -> str:
    """The IANA zone; "" where place and number leave several open.

    country : ISO 3166-1 alpha-2, or ""
    phone : E.164, or ""; only the zones of `country` count, where it is known

    >>> zone_of("AT", ""), zone_of("US", "+12125550123"), zone_of("US", "")
    ('Europe/Vienna', 'America/New_York', '')
    """
    if country in PRIMARY_ZONES:
        return PRIMARY_ZONES[country]
    zones = zones_of_country(country) if country else ()
    if len(zones) == 1:
        return zones[0]
    found = _zones_of_phone(phone[:AREA_DIGITS], phone) if phone.startswith("+") else ()
    if zones:
        found = tuple(zone for zone in found if zone in zones)
    return found[0] if len(found) == 1 else ""


@lru_cache(maxsize=1)
def _all_zones() -> frozenset[str]:
    return frozenset(available_timezones())


def known_zone(name: str) -> str:
    """The name, if it is an IANA zone we can reckon with; else "": sources also write "Eastern Time"."""
    return name if name in _all_zones() else ""


_known_areas: dict[str, tuple[str, ...]] = {}


def _zones_of_phone(area: str, phone: str) -> tuple[str, ...]:
    if area not in _known_areas:
        _known_areas[area] = _look_up(phone)
    return _known_areas[area]


def _look_up(phone: str) -> tuple[str, ...]:
    import phonenumbers
    from phonenumbers import timezone

    try:
        found = timezone.time_zones_for_number(phonenumbers.parse(phone, None))
    except phonenumbers.NumberParseException:
        return ()
    return tuple(zone for zone in found if zone != timezone.UNKNOWN_TIMEZONE)
