"""Which class speaks with which provider."""

from __future__ import annotations

from tandem.prospecting.connectors.apollo import Apollo
from tandem.prospecting.connectors.base import AccountSource, Door, Enricher, PeopleSource, Verifier
from tandem.prospecting.connectors.verifiers import Kickbox, NeverBounce, ZeroBounce

ACCOUNT_SOURCES: dict[str, type[Apollo]] = {"apollo": Apollo}
VERIFIERS: dict[str, type[NeverBounce | Kickbox | ZeroBounce]] = {
    "neverbounce": NeverBounce,
    "kickbox": Kickbox,
    "zerobounce": ZeroBounce,
}


def account_source(door: Door) -> AccountSource:
    """Who finds companies. Raises KeyError for a provider that finds none."""
    return ACCOUNT_SOURCES[door.key](door)


def people_source(door: Door) -> PeopleSource:
    """Who finds people. Raises KeyError for a provider that finds none."""
    return ACCOUNT_SOURCES[door.key](door)


def enricher(door: Door) -> Enricher:
    """Who tells more of companies and people. Raises KeyError for a provider that does not."""
    return ACCOUNT_SOURCES[door.key](door)


def verifier(door: Door) -> Verifier:
    """Who checks addresses. Raises KeyError for a provider that does not."""
    return VERIFIERS[door.key](door)
