"""Which accounts a list of names and domains means, in three reads: by domain, else by name without legal form."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

from tandem.accounts.domain.normalise import company_domain, company_name
from tandem.accounts.models import AccountDomain, AccountName
from tandem.accounts.queries.visible import accounts_in_sight
from tandem.core.actors import Actor

AT_ONCE = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedCompany:
    """A company as somebody wrote it down. Empty: not told."""

    name: str = ""
    domain: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Meant:
    """Which accounts in sight it may be: one is a match, several need a person, none is not known here.

    by : "domain", "name" or "" for none
    """

    account_ids: tuple[int, ...]
    by: str


def accounts_meant(actor: Actor, companies: Sequence[NamedCompany]) -> list[Meant]:
    """For each company the accounts in sight it may be, in the order given. A domain outranks a name."""
    domains = [company_domain(one.domain) if one.domain else "" for one in companies]
    names = [company_name(one.name).core if one.name.strip() else "" for one in companies]
    by_domain = _ids(actor, AccountDomain, "domain", domains)
    by_name = _ids(actor, AccountName, "core", names)
    found = []
    for domain, name in zip(domains, names, strict=True):
        ids, how = by_domain.get(domain, ()), "domain"
        if not ids:
            ids, how = by_name.get(name, ()), "name"
        found.append(Meant(account_ids=tuple(ids), by=how if ids else ""))
    return found


def _ids(
    actor: Actor, model: type[AccountDomain] | type[AccountName], column: str, told: Iterable[str]
) -> dict[str, list[int]]:
    """Ids of accounts in sight by a value they are known by."""
    found: dict[str, set[int]] = defaultdict(set)
    values = iter({value for value in told if value})
    visible = accounts_in_sight(actor).order_by().values("id")
    while some := list(islice(values, AT_ONCE)):
        rows = model._default_manager.filter(**{f"{column}__in": some}, account__in=visible)
        for value, account_id in rows.values_list(column, "account_id"):
            found[value].add(account_id)
    return {value: sorted(ids) for value, ids in found.items()}
