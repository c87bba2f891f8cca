"""Who can be asked outside, for what, and which of them speak from the same base of data."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from pathlib import Path

FAMILIES_FILE = Path(__file__).with_name("source_families.toml")
BUILT_IN = "built-in"


class CallKind(StrEnum):
    """What a provider can be asked. Public: something that stands open to everybody and costs nothing."""

    SEARCH_ACCOUNTS = "search_accounts"
    SEARCH_PEOPLE = "search_people"
    ENRICH_ACCOUNT = "enrich_account"
    ENRICH_PERSON = "enrich_person"
    CHECK_ADDRESS = "check_address"
    SEND_ROW = "send_row"
    PUBLIC = "public"


class PlaceKind(StrEnum):
    """What sort of public place is read for signals."""

    FEED = "feed"
    GREENHOUSE = "greenhouse"
    LEVER = "lever"
    ASHBY = "ashby"
    GITHUB = "github"
    EDGAR = "edgar"
    PAGE = "page"


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """One provider as the product knows it.

    key : by which rows, pages and the shell call it; also the key of its source in accounts
    base_address : of its documented API
    prices : what a call costs by its public price list or plan, in US dollars, until RevOps enters their own
    charges_misses : whether an answer without a hit is paid for as well
    needs_key : whether it answers nobody without one
    is_about_people : whether it gets personal data, so that the register of vendors must allow it
    note : what one should know before switching it on
    """

    key: str
    name: str
    base_address: str
    kinds: frozenset[CallKind]
    prices: Mapping[CallKind, Decimal]
    charges_misses: bool = False
    needs_key: bool = True
    is_about_people: bool = True
    note: str = ""


def _usd(**prices: str) -> dict[CallKind, Decimal]:
    return {CallKind(kind): Decimal(price) for kind, price in prices.items()}


PROVIDERS: tuple[Provider, ...] = (
    Provider(
        key="apollo",
        name="Apollo",
        base_address="https://api.apollo.io/api/v1",
        kinds=frozenset(
            {CallKind.SEARCH_ACCOUNTS, CallKind.SEARCH_PEOPLE, CallKind.ENRICH_ACCOUNT, CallKind.ENRICH_PERSON}
        ),
        prices=_usd(search_accounts="0.02", search_people="0", enrich_account="0.02", enrich_person="0.02"),
        note="The search for people costs no credit and tells no mail address; matching a person does both.",
    ),
    Provider(
        key="clay",
        name="Clay",
        base_address="https://app.clay.com",
        kinds=frozenset({CallKind.SEND_ROW}),
        prices=_usd(send_row="0"),
        note="Clay has no search API: rows go into a table's webhook, an HTTP column of the table sends them back.",
    ),
    Provider(
        key="neverbounce",
        name="NeverBounce",
        base_address="https://api.neverbounce.com/v4.2",
        kinds=frozenset({CallKind.CHECK_ADDRESS}),
        prices=_usd(check_address="0.008"),
        charges_misses=True,
    ),
    Provider(
        key="kickbox",
        name="Kickbox",
        base_address="https://api.kickbox.com/v2",
        kinds=frozenset({CallKind.CHECK_ADDRESS}),
        prices=_usd(check_address="0.01"),
        note="Keys that begin with test_ ask its sandbox, which costs nothing and says nothing about real addresses.",
    ),
    Provider(
        key="zerobounce",
        name="ZeroBounce",
        base_address="https://api.zerobounce.net/v2",
        kinds=frozenset({CallKind.CHECK_ADDRESS}),
        prices=_usd(check_address="0.008"),
        note="For checks that stay in a region: https://api-eu.zerobounce.net/v2 or https://api-us.zerobounce.net/v2.",
    ),
    Provider(
        key="edgar",
        name="SEC EDGAR",
        base_address="https://data.sec.gov",
        kinds=frozenset({CallKind.PUBLIC}),
        prices={},
        needs_key=False,
        is_about_people=False,
        note="The SEC wants a company's name and a mail address in every call; enter the address as contact.",
    ),
    Provider(
        key="github",
        name="GitHub",
        base_address="https://api.github.com",
        kinds=frozenset({CallKind.PUBLIC}),
        prices={},
        needs_key=False,
        is_about_people=False,
        note="Only organisations and their repositories are read, never addresses of people. A token allows more.",
    ),
    Provider(
        key="public-web",
        name="Public pages, feeds and job boards",
        base_address="",
        kinds=frozenset({CallKind.PUBLIC}),
        prices={},
        needs_key=False,
        is_about_people=False,
        note="robots.txt is kept, and pages are text and data, never instructions.",
    ),
    Provider(
        key="mail-hosts",
        name="Look-up of mail hosts",
        base_address="",
        kinds=frozenset({CallKind.PUBLIC}),
        prices={},
        needs_key=False,
        is_about_people=False,
        note="Lets the built-in check ask the name servers of this machine whether a domain takes mail.",
    ),
)
BY_KEY: Mapping[str, Provider] = {provider.key: provider for provider in PROVIDERS}
VERIFIERS = tuple(provider.key for provider in PROVIDERS if CallKind.CHECK_ADDRESS in provider.kinds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """Sources that speak from one base: several of them are one word.

    is_reseller : hands on what others found, so it makes no second word beside any vendor
    why : in one sentence
    """

    key: str
    name: str
    systems: frozenset[str]
    is_reseller: bool = False
    why: str = ""


@lru_cache(maxsize=1)
def families() -> tuple[Family, ...]:
    """Families of sources, from `source_families.toml`."""
    told = tomllib.loads(FAMILIES_FILE.read_text(encoding="utf-8"))
    return tuple(
        Family(
            key=row["key"],
            name=row["name"],
            systems=frozenset(row["systems"]),
            is_reseller=row.get("is_reseller", False),
            why=row.get("why", ""),
        )
        for row in told["family"]
    )


def family_of(system: str) -> str:
    """The family a source's system belongs to; a system of no family is one by itself.

    >>> family_of("salesforce") == family_of("dynamics"), family_of("zoominfo")
    (True, 'zoominfo')
    """
    return next((family.key for family in families() if system in family.systems), system)


def independent(systems: Iterable[str], *, vendors: frozenset[str]) -> tuple[str, ...]:
    """Families among the systems that count as a word of their own, in alphabetical order.

    A reseller counts only where no vendor speaks: what it says beside one may be that vendor's own word.
    vendors : those of the systems that sell data
    """
    found = {family_of(system) for system in systems}
    resellers = {family.key for family in families() if family.is_reseller}
    if {family_of(system) for system in vendors} - resellers:
        found -= resellers
    return tuple(sorted(found))
