"""Where a recipient may be: every candidate that the facts give, with time zones."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

EU = frozenset("AT BE BG HR CY CZ DK EE FI FR DE GR HU IE IT LV LT LU MT NL PL PT RO SK SI ES SE".split())
EEA = EU | {"NO", "IS", "LI"}
EVERYWHERE, UNKNOWN = "*", "XX"
_ALIASES = {"UK": "GB", "EL": "GR", "USA": "US"}
_TERRITORIES = {"PR": "US-PR", "VI": "US-VI", "GU": "US-GU", "AS": "US-AS", "MP": "US-MP"}
# Country endings of addresses that are evidence of a country; those sold as words (.io, .ai, .co) are not.
_ENDINGS = {
    **{country.lower(): country for country in EEA},
    "uk": "GB",
    "ch": "CH",
    "ca": "CA",
    "au": "AU",
    "nz": "NZ",
    "us": "US",
    "sg": "SG",
}
_STATE = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,3})?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Whereabouts:
    """Candidates of a recipient's place.

    places : countries and states, e.g. "DE", "US-TX"; empty: nothing is known
    zones : IANA names, all of which must agree; empty: not known
    jurisdictions : what rules name: places, their countries, "EEA", "*"
    us_state_unknown : the United States without a word on the state
    """

    places: tuple[str, ...]
    zones: tuple[str, ...]
    jurisdictions: frozenset[str]
    us_state_unknown: bool

    @property
    def is_uncertain(self) -> bool:
        """Whether there is no candidate or more than one."""
        return len(self.places) != 1 or self.us_state_unknown


@cache
def _table() -> Mapping[str, Mapping[str, list[str]]]:
    told = tomllib.loads((Path(__file__).parent / "places.toml").read_text(encoding="utf-8"))
    return {
        "zones": told["zones"],
        "codes": {str(code): [place] for place, codes in told["area_codes"].items() for code in codes},
        "calling": told["calling_codes"],
        "others": {zone: [place] for zone, place in told["other_zones"].items()},
    }


def is_place(name: str) -> bool:
    """Whether rules may name it."""
    return name in (EVERYWHERE, UNKNOWN, "EEA", "EU") or name.split("-")[0] in _table()["zones"]


def canonical(place: str) -> str:
    """A country or state as ISO writes it: "us-tx" becomes "US-TX", "UK" "GB"; empty when it is no known place."""
    name = place.strip().upper().replace("_", "-").replace(" ", "")
    name = _TERRITORIES.get(name, name)
    country, _, state = name.partition("-")
    country = _ALIASES.get(country, country)
    name = f"{country}-{state}" if state else country
    if country not in _table()["zones"] or not _STATE.fullmatch(name):
        return ""
    if country == "US" and state and name not in _table()["zones"]:
        return country
    return name


@lru_cache(maxsize=100_000)
def places_of_number(phone: str) -> tuple[str, ...]:
    """Countries or states that an international number (+1 512 ...) points to; none for others."""
    digits = re.sub(r"[^\d+]", "", phone)
    digits = "+" + digits[2:] if digits.startswith("00") else digits
    if not digits.startswith("+"):
        return ()
    number = digits[1:]
    if number.startswith("1"):
        return tuple(_table()["codes"].get(number[1:4], ()))
    calling = _table()["calling"]
    return next(((calling[number[:size]][0],) for size in (1, 2, 3) if number[:size] in calling), ())


@lru_cache(maxsize=100_000)
def place_of_mail(email: str) -> str:
    """The country that the ending of a mail address points to; empty: none."""
    return _ENDINGS.get(email.rsplit(".", 1)[-1].strip().lower(), "") if "@" in email else ""


@cache
def _places_by_zone() -> Mapping[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for place, zones in _table()["zones"].items():
        for zone in zones:
            found.setdefault(zone, []).append(place)
    for zone, other in _table()["others"].items():
        found.setdefault(zone, []).extend(dict.fromkeys((other[0], other[0][:2])))
    return {zone: tuple(places) for zone, places in found.items()}


@lru_cache(maxsize=20_000)
def whereabouts(given: tuple[str, ...], phones: tuple[str, ...], emails: tuple[str, ...], timezone: str) -> Whereabouts:
    """Put all evidence together: every candidate applies.

    given : canonical places that the facts name; phones, emails : further evidence; timezone : IANA name or empty
    """
    found = [*given, *(place for phone in phones for place in places_of_number(phone))]
    found += [place for place in map(place_of_mail, emails) if place and not _agree((place,), found)]
    at_zone = _places_by_zone().get(timezone, ())
    if timezone and at_zone and not _agree(at_zone, found):
        found.extend(place for place in at_zone if "-" not in place)
    places = _without_wholes(dict.fromkeys(found))
    states = [place for place in at_zone if place.startswith("US-")]
    is_open = "US" in places
    return Whereabouts(
        places=places,
        zones=_zones(places, timezone),
        jurisdictions=_jurisdictions(places, states if timezone and states else _us_states()),
        us_state_unknown=is_open,
    )


def _agree(one: Iterable[str], other: Iterable[str]) -> bool:
    """Whether both name a country in common."""
    return not {place[:2] for place in one}.isdisjoint(place[:2] for place in other)


def _without_wholes(found: Iterable[str]) -> tuple[str, ...]:
    """Without countries of which a state is among the candidates; sorted, so that order says nothing."""
    names = set(found)
    narrowed = {name[:2] for name in names if "-" in name}
    return tuple(sorted(name for name in names if "-" in name or name not in narrowed))


@cache
def _us_states() -> tuple[str, ...]:
    return tuple(place for place in _table()["zones"] if place.startswith("US-"))


def _zones(places: tuple[str, ...], timezone: str) -> tuple[str, ...]:
    """The zone given, and for places that it can't be in, all of theirs."""
    table, found = _table()["zones"], {timezone} if timezone else set()
    for place in places:
        zones = table.get(place) or table.get(place[:2], [])
        if timezone not in zones and place not in _places_by_zone().get(timezone, ()):
            found.update(zones)
    return tuple(sorted(found))


def _jurisdictions(places: tuple[str, ...], states: Iterable[str]) -> frozenset[str]:
    found = {EVERYWHERE, *places, *(place[:2] for place in places)}
    if "US" in places:
        found.update(states)
    if not found.isdisjoint(EEA):
        found.add("EEA")
    return frozenset(found)
