"""Whose a signal of the public world is when its source says so by name only: linked to an account's domain as it
lands.

The source's own words stay as they came (in the rows as they came, and `account_name`); how it was linked stands in the
payload as "linked_by". A name that two accounts bear links nothing. Signals of accounts that come later are linked when
their file is imported again.
"""

from __future__ import annotations

import json
from collections import defaultdict
from functools import cached_property
from typing import Any

from tandem.accounts.domain.headers import header_word
from tandem.accounts.domain.naming import first_named, run_together
from tandem.accounts.domain.normalise import company_name
from tandem.accounts.models import AccountDomain, AccountName, Competitor

HEADLINE_KINDS = frozenset({
    "news", "press_release", "executive_hire", "executive_leave", "product_launch", "site_opening", "funding_round",
    "customer_story",
    "award", "talk", "podcast", "blog_post",
})  # fmt: skip


class NamedAccounts:
    """Accounts by their names, and our competitors, as they stand now."""

    def domain_of(self, kind: str, name: str, payload: dict[str, Any]) -> tuple[str, str]:
        """The domain of the account that is meant, and how it was told: "name", "headline"; "", "" when nobody is."""
        account = self._by_core.get(company_name(name).core) if name else None
        if account is None and name:
            account = self._joined.get(company_name(name).core.replace(" ", ""))
        told = "name"
        if account is None and kind in HEADLINE_KINDS:
            account, told = first_named(str(payload.get("title", "")), self._by_core), "headline"
        domain = self._domains.get(account, "") if account is not None else ""
        return (domain, told) if domain else ("", "")

    def competitor(self, name: str) -> str:
        """The competitor of that name, as we call them; ""."""
        return self._competitors.get(header_word(name), "") if name else ""

    @cached_property
    def _by_core(self) -> dict[str, int]:
        """Names that one living account alone bears."""
        bearers: dict[str, set[int]] = defaultdict(set)
        rows = AccountName.objects.filter(account__merged_into=None).values_list("core", "account_id")
        for core, account_id in rows.iterator(chunk_size=20_000):
            bearers[core].add(account_id)
        return {core: next(iter(ids)) for core, ids in bearers.items() if len(ids) == 1}

    @cached_property
    def _joined(self) -> dict[str, int]:
        return run_together(self._by_core)

    @cached_property
    def _domains(self) -> dict[int, str]:
        """An account's first domain."""
        rows = AccountDomain.objects.filter(account__merged_into=None).order_by("account_id", "-id")
        return dict(rows.values_list("account_id", "domain").iterator(chunk_size=20_000))

    @cached_property
    def _competitors(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for name, aliases in Competitor.objects.values_list("name", "aliases"):
            found |= {header_word(str(word)): name for word in (name, *aliases) if header_word(str(word))}
        return found


def linked(columns: dict[str, list[Any]], named: NamedAccounts) -> None:
    """Fill `account_domain` of rows that have none, in place; a story about our competitor's customer says so."""
    for place, kind in enumerate(columns["kind"]):
        payload: dict[str, Any] | None = None
        if not columns["account_domain"][place]:
            payload = json.loads(columns["payload"][place])
            domain, how = named.domain_of(kind, columns["account_name"][place], payload)
            if domain:
                columns["account_domain"][place] = domain
                columns["payload"][place] = _with(payload, how)
        if kind == "customer_story" and (rival := named.competitor(columns["topic"][place])):
            columns["kind"][place], columns["topic"][place] = "competitor_deployment", rival


def _with(payload: dict[str, Any], how: str) -> str:
    return json.dumps(payload | {"linked_by": how}, ensure_ascii=False, sort_keys=True)
