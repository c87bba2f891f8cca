"""Which region's law a person's data is under: the strictest of all places that speak for the person."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from tandem.compliance.contracts.residency import REGION_NAMES, MechanismKind, Region, RegionAnswer
from tandem.compliance.domain.rules.places import EEA, canonical

_COUNTRIES: Mapping[str, Region] = MappingProxyType(
    {
        **dict.fromkeys(EEA, Region.EEA),
        "GB": Region.UK,
        "CH": Region.CH,
        "BR": Region.BR,
        "KR": Region.KR,
        "JP": Region.JP,
        "CA": Region.CA,
        "AU": Region.AU,
        "NZ": Region.NZ,
        "SG": Region.SG,
        "IN": Region.IN,
        "US": Region.US,
        **dict.fromkeys(("PR", "VI", "GU", "AS", "MP"), Region.US),
    }
)
_CODE = re.compile(r"[A-Z]{2}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Law:
    """What a region's law asks of data that leaves it.

    strictness : 0 is the strictest
    kind : "closed", "accountable" or "open"
    forbids : countries to which it may not go at all
    """

    region: Region
    strictness: int
    kind: str
    accepts: frozenset[MechanismKind]
    forbids: frozenset[str]
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Adequacy:
    """A decision that places protect data well enough. until : last day; None: no end is set"""

    origin: Region
    places: frozenset[str]
    since: date
    until: date | None
    needs_certificate: bool
    scope: str
    source: str


@cache
def _told() -> Mapping[str, list[dict[str, Any]]]:
    return tomllib.loads((Path(__file__).parent / "transfers.toml").read_text(encoding="utf-8"))


@cache
def laws() -> Mapping[Region, Law]:
    """The law of each region, from the strictest to the mildest."""
    return {
        Region(row["code"]): Law(
            region=Region(row["code"]),
            strictness=place,
            kind=str(row["law"]),
            accepts=frozenset(map(MechanismKind, row["accepts"])),
            forbids=frozenset(row.get("forbids", ())),
            source=str(row["source"]),
        )
        for place, row in enumerate(_told()["region"])
    }


@cache
def adequacy() -> tuple[Adequacy, ...]:
    """Every adequacy decision that is known here."""
    return tuple(
        Adequacy(
            origin=Region(row["from"]),
            places=frozenset(row["to"]),
            since=row["since"],
            until=row.get("until"),
            needs_certificate=row.get("needs") == "certificate",
            scope=str(row.get("scope", "")),
            source=str(row["source"]),
        )
        for row in _told()["adequacy"]
    )


def members(region: Region) -> tuple[str, ...]:
    """The countries of a region; none for the rest of the world."""
    return tuple(sorted(country for country, one in _COUNTRIES.items() if one is region))


def strictest(regions: Iterable[Region]) -> Region:
    """The region whose law is the strictest; of none, the strictest there is."""
    return min(regions, key=lambda region: laws()[region].strictness, default=next(iter(laws())))


def region_of_place(place: str) -> Region | None:
    """The region of a country, state ("US-TX"), "EU" or "EEA"; None when it is no known place.

    >>> region_of_place("US-TX"), region_of_place("el"), region_of_place("Atlantis")
    (<Region.US: 'us'>, <Region.EEA: 'eea'>, None)
    """
    word = place.strip().upper()
    if word in ("EU", "EEA"):
        return Region.EEA
    known = canonical(word)
    country = known[:2] if known else word
    if country in _COUNTRIES:
        return _COUNTRIES[country]
    return Region.REST if known or (_CODE.fullmatch(word) and word not in ("XX", "ZZ")) else None


def region_of(candidate_places: Iterable[str]) -> RegionAnswer:
    """Whose law counts for somebody for whom these places speak: seat, place of work, phone, mail ending, address.

    Several places: the strictest region among them. A place that can't be read counts as the strictest there is, and
    so does no place at all: what is not known is decided strictly.

    >>> region_of(["US-TX", "DE"]).region
    <Region.EEA: 'eea'>
    """
    places = sorted({place.strip() for place in candidate_places if place.strip()})
    found = {place: region_of_place(place) for place in places}
    unread = [place for place, region in found.items() if region is None]
    if not places or unread:
        why = f"{', '.join(unread)} is no known place" if unread else "no place is known"
        region = strictest(())
        return RegionAnswer(region=region, is_known=False, why=f"{why}: the strictest region counts")
    regions = {region for region in found.values() if region is not None}
    region = strictest(regions)
    if len(regions) == 1:
        return RegionAnswer(region=region, is_known=True, why=f"{', '.join(places)}: {REGION_NAMES[region]}")
    why = f"{REGION_NAMES[region]} is the strictest of {', '.join(places)}"
    return RegionAnswer(region=region, is_known=True, why=why)
