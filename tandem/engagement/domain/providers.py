"""Who receives mail for a domain, and how much of a day's mail may go to one domain or one provider."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from math import ceil
from pathlib import Path

TABLE = Path(__file__).with_name("providers.toml")
OTHER = "other"  # the domain's own server, or a provider the table doesn't know
# House rules, so that one provider's view of us can't be spoiled in a day, and one company isn't written to in a crowd.
SHARE_OF_DOMAIN, LEAST_OF_DOMAIN = 0.05, 3  # of a sending domain's day to one recipient domain
SHARE_OF_PROVIDER, LEAST_OF_PROVIDER = 0.6, 6  # of a sending domain's day to all domains of one provider


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """One line of the table.

    mx : ends of MX hosts' names; domains : its own domains for everybody
    spf : what a domain that sends through it includes; empty: it doesn't send for others, or not by one name
    """

    key: str
    name: str
    mx: tuple[str, ...]
    domains: tuple[str, ...]
    spf: str = ""


@cache
def table() -> Mapping[str, Provider]:
    """All providers by key."""
    read = tomllib.loads(TABLE.read_text(encoding="utf-8"))
    return {
        key: Provider(
            key=key, name=row["name"], mx=tuple(row["mx"]), domains=tuple(row["domains"]), spf=row.get("spf", "")
        )
        for key, row in read.items()
    }


def name_of(key: str) -> str:
    """A provider's name as pages show it; words for others and for those not known yet."""
    if not key:
        return "Not known yet"
    return table()[key].name if key in table() else "Others"


def provider_of_domain(domain: str) -> str:
    """Key of the provider whose own domain it is; empty: its MX entries must be asked."""
    return _owners().get(domain.rstrip(".").lower(), "")


def provider_of_hosts(hosts: Iterable[str]) -> str:
    """Key of the provider behind MX hosts, best host first; "other" when the table knows none of them.

    >>> provider_of_hosts(["acme-com.mail.protection.outlook.com."])
    'microsoft'
    """
    for host in hosts:
        labels = host.rstrip(".").lower().split(".")
        for start in range(len(labels)):
            if key := _ends().get(".".join(labels[start:])):
                return key
    return OTHER


@cache
def _owners() -> Mapping[str, str]:
    return {domain: one.key for one in table().values() for domain in one.domains}


@cache
def _ends() -> Mapping[str, str]:
    return {end: one.key for one in table().values() for end in one.mx}


def cap_of_recipient_domain(limit: int) -> int:
    """Most messages of a sending domain's day to one recipient domain that is a company's own."""
    return min(limit, max(LEAST_OF_DOMAIN, ceil(SHARE_OF_DOMAIN * limit)))


def cap_of_provider(limit: int) -> int:
    """Most messages of a sending domain's day to one provider, all its domains together."""
    return min(limit, max(LEAST_OF_PROVIDER, ceil(SHARE_OF_PROVIDER * limit)))
