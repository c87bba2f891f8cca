"""Signals of all accounts as a table of the warehouse, for rooms that reckon with them there."""

from __future__ import annotations

from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

from tandem.accounts import warehouse
from tandem.accounts.contracts import Entity
from tandem.accounts.models import Load, LoadState
from tandem.accounts.queries.signal_parts import domain_rows
from tandem.accounts.queries.signals import DESCRIBING


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalRows:
    """Signals of accounts, each once an account.

    engine : where `rows` can be reckoned
    rows : account_id, kind, at, strength, source, key, topic, contact_email, payload (JSON text), load_id, row_number
    """

    engine: ibis.BaseBackend
    rows: ir.Table


def signal_rows() -> SignalRows:
    """Landed signals at the domains of living accounts; a domain of two accounts counts for both, as on their pages.

    Signals of companies that are no account, and those that only describe a visitor, are not among them. All accounts:
    the caller limits what is shown to the actor's sight.
    """
    engine = warehouse.connect()
    loads = Load.objects.filter(entity=Entity.SIGNAL, state=LoadState.LANDED)
    found = warehouse.signals(engine, loads.values_list("id", flat=True))
    owned = [{"account_id": pk, "domain": domain} for pk, domain in domain_rows()]
    domains = ibis.memtable(owned, schema=ibis.schema({"account_id": "int64", "domain": "string"}))
    told = found.filter(found.kind.notin(DESCRIBING))
    rows = told.inner_join(domains, told.account_domain == domains.domain)
    return SignalRows(
        engine=engine,
        rows=rows.select(
            "account_id", "kind", "at", "strength", "source", "key", "topic", "contact_email", "payload", "load_id",
            "row_number",
        ),
    )  # fmt: skip
