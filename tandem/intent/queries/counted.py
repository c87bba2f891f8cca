"""The signals that count, under the kinds they count as, at the domain of the company they are of.

Sums are kept by domain, not by account, so that accounts that are merged or get another domain score right at once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from tandem.accounts.queries import signal_parts
from tandem.accounts.queries.signal_parts import DESCRIBING
from tandem.intent.contracts import KindRules
from tandem.intent.domain.kind_rules import HAPPENED, PAGES, is_named, kind_of, speaks, topics_asked
from tandem.intent.domain.kinds import kinds_with_topics
from tandem.intent.domain.sifting import Reason
from tandem.intent.queries import expressions, sifted

DETAILS = ("source", "key", "name", "topic", "contact_email", "payload", "load_id", "row_number")
NAMED = pa.schema(
    [
        ("name", pa.string()), ("is_page", pa.bool_()), ("counts_as", pa.string()), ("most", pa.float64()),
        ("least", pa.float64()), ("has_topics", pa.bool_()),
    ]
)  # fmt: skip
OF_RULES = frozenset({Reason.OTHER_TOPIC, Reason.TOO_WEAK})  # decided here, under the rules of a run, not when landed


@dataclass(frozen=True, slots=True, kw_only=True)
class Horizon:
    """What a reckoning may read: loads as (id, rows), and under which rules signals were left out."""

    loads: tuple[tuple[int, int], ...]
    sift_hash: str

    @property
    def ids(self) -> list[int]:
        """Of the loads."""
        return [load_id for load_id, _ in self.loads]


@dataclass(frozen=True, slots=True, kw_only=True)
class NameCount:
    """How often a name was seen. `kind`: what it counts as; `is_named`: a rule names it"""

    name: str
    is_page: bool
    kind: str
    is_named: bool
    count: int


def counted(
    engine: ibis.BaseBackend,
    horizon: Horizon,
    rules: KindRules,
    *,
    links: ir.Table | None = None,
    after: datetime | None = None,
) -> ir.Table:
    """domain, kind, at, strength, and `DETAILS`, each signal once.

    links : visitors whose company is known; None: those of the horizon's own loads
    after : only signals after this moment; None: all
    """
    rows = _standing(engine, horizon)
    if after is not None:
        rows = rows.filter(rows["at"] > ibis.literal(after))
    if links is None:
        links = sifted.links(engine, horizon.sift_hash, horizon.loads)
    known = rows.filter(rows.account_domain != "")
    both = ibis.union(known.mutate(domain=known.account_domain), linked(rows, links).select(*rows.columns, "domain"))
    return _under_kinds(engine, both, rules)


def counted_at(
    engine: ibis.BaseBackend, horizon: Horizon, rules: KindRules, domains: Collection[str]
) -> list[dict[str, Any]]:
    """Signals of these domains alone, as rows of `counted`, in one reading."""
    if not domains or not horizon.loads:
        return []
    rows = _standing(engine, horizon)
    links = sifted.links(engine, horizon.sift_hash, horizon.loads)
    links = links.filter(links.domain.isin(list(domains)))
    known = rows.filter(rows.account_domain.isin(list(domains)))
    both = ibis.union(known.mutate(domain=known.account_domain), linked(rows, links).select(*rows.columns, "domain"))
    found: list[dict[str, Any]] = engine.to_pyarrow(_named(both)).to_pylist()
    for one in found:
        one["kind"] = kind_of(one["name"], is_page=one["is_page"], rules=rules)
        one["strength"] = min(one["strength"], rules.most_strength.get(one["kind"], HAPPENED))
    return [one for one in found if speaks(rules, one["kind"], strength=one["strength"], topic=one["topic"] or "")]


def late_linked(engine: ibis.BaseBackend, horizon: Horizon, rules: KindRules, links: ir.Table) -> ir.Table:
    """Signals of the horizon whose visitor's company these links tell, and nothing told before; as `counted`."""
    rows = _standing(engine, horizon)
    return _under_kinds(engine, linked(rows, links).select(*rows.columns, "domain"), rules)


def linked(rows: ir.Table, links: ir.Table) -> ir.Table:
    """Rows without a company whose visitor is known, with `domain`."""
    unknown = rows.filter([rows.account_domain == "", rows.contact_key != ""])
    unknown = unknown.mutate(visitor=sifted.visitor_of(unknown.source, unknown.contact_key))
    return unknown.inner_join(links, "visitor")


def new_links(engine: ibis.BaseBackend, now: Horizon, before: Horizon) -> ir.Table:
    """Visitors whose company is known now and was not before."""
    known = sifted.links(engine, before.sift_hash, before.loads)
    return sifted.links(engine, now.sift_hash, now.loads).anti_join(known, "visitor")


def name_counts(engine: ibis.BaseBackend, horizon: Horizon, rules: KindRules, *, most: int) -> tuple[NameCount, ...]:
    """Names of events and pages that came, the `most` frequent, with what they count as."""
    rows = _named(_standing(engine, horizon))
    found = (
        rows.group_by("name", "is_page")
        .aggregate(count=rows.count())
        .order_by([ibis.desc("count"), "name"])
        .limit(most)
    )
    return tuple(
        NameCount(
            name=one["name"],
            is_page=one["is_page"],
            kind=kind_of(one["name"], is_page=one["is_page"], rules=rules),
            is_named=is_named(one["name"], is_page=one["is_page"], rules=rules),
            count=one["count"],
        )
        for one in engine.to_pyarrow(found).to_pylist()
    )


def left_out_by_rules(engine: ibis.BaseBackend, horizon: Horizon, rules: KindRules) -> ir.Table:
    """load_id, row_number, reason of signals that passed every filter and still do not count under these rules."""
    rows = _with_kinds(engine, _standing(engine, horizon), rules)
    return rows.filter(rows.reason.notnull()).select("load_id", "row_number", "reason")


def _standing(engine: ibis.BaseBackend, horizon: Horizon) -> ir.Table:
    """Rows of the horizon that were not left out and tell of something that happened."""
    rows = signal_parts.rows_of(engine, horizon.ids)
    rows = rows.filter(rows.kind.notin(DESCRIBING))
    return rows.anti_join(sifted.dropped(engine, horizon.sift_hash, horizon.loads), ["load_id", "row_number"])


def _named(rows: ir.Table) -> ir.Table:
    """name: of the event, or of the page it was a view of."""
    is_page = rows.kind.isin(sorted(PAGES))
    return rows.mutate(is_page=is_page, name=ibis.cases((is_page, rows.topic.lower()), else_=rows.kind))


def _under_kinds(engine: ibis.BaseBackend, rows: ir.Table, rules: KindRules) -> ir.Table:
    rows = _with_kinds(engine, rows, rules)
    return rows.filter(rows.reason.isnull()).select("domain", "kind", "at", "strength", *DETAILS)


def _with_kinds(engine: ibis.BaseBackend, rows: ir.Table, rules: KindRules) -> ir.Table:
    """kind and strength as they count, and reason: why a signal does not count under these rules; null: it does."""
    rows = _named(rows).drop("kind")
    names = engine.to_pyarrow(rows.select("name", "is_page").distinct()).to_pylist()
    known = rows.inner_join(ibis.memtable(_kinds_of_names(names, rules)), ["name", "is_page"])
    known = known.mutate(kind=known.counts_as, strength=ibis.least(known.strength, known.most))
    return known.mutate(reason=_reason(known, rules))


def _reason(rows: ir.Table, rules: KindRules) -> ir.Value:
    topic = ibis.coalesce(rows.topic, "").strip().lower()
    ours = sorted({"", *topics_asked(rules)})
    is_other = (rows.has_topics & topic.notin(ours)) if rules.topics else ibis.literal(False)
    return ibis.cases(
        (is_other, Reason.OTHER_TOPIC.value), (rows.strength < rows.least, Reason.TOO_WEAK.value),
        else_=ibis.null("string"),
    )  # fmt: skip


def _kinds_of_names(names: Iterable[dict[str, object]], rules: KindRules) -> pa.Table:
    told = []
    for one in names:
        name, is_page = str(one["name"]), bool(one["is_page"])
        kind = kind_of(name, is_page=is_page, rules=rules)
        counts_as = rules.kinds.of(kind)
        least = None if counts_as is None else counts_as.least_strength
        told.append(
            {
                "name": name, "is_page": is_page, "counts_as": kind, "most": rules.most_strength.get(kind, HAPPENED),
                "least": expressions.NONE if least is None else least, "has_topics": kind in kinds_with_topics(),
            }
        )  # fmt: skip
    return pa.Table.from_pylist(told, schema=NAMED)
