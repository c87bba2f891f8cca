"""Which signals do not count and why, and which companies visitors turned out to be of: one pair of files a load.

Both are worked out once, when a load is new, and never again under the same rules: a night reads new loads only.
The files hold numbers of rows and hashes of visitors: nothing of a person.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import timedelta
from pathlib import Path

import duckdb
import ibis
import ibis.expr.types as ir
import pyarrow as pa

from tandem.access.queries import get_organisation, person_ids_by_email
from tandem.accounts.queries import signal_parts
from tandem.accounts.queries.signal_parts import DESCRIBING, SignalLoad
from tandem.intent.contracts import KindRules
from tandem.intent.domain import sifting
from tandem.intent.domain.kind_rules import digest
from tandem.intent.domain.kinds import MOST
from tandem.intent.domain.sifting import Reason

FOLDER = "intent"
METHOD = 1  # another number works every load out again
DROPPED = pa.schema([("load_id", pa.int64()), ("row_number", pa.int64()), ("reason", pa.string())])
LINKS = pa.schema(
    [("visitor", pa.int64()), ("domain", pa.string()), ("load_id", pa.int64()), ("row_number", pa.int64())]
)
SAME_SECOND = timedelta(seconds=1)


def own_domains(rules: KindRules) -> tuple[str, ...]:
    """Mail domains of this company, as the organisation and the rules tell them."""
    return tuple(sorted({*(one.lower() for one in get_organisation().domains), *rules.own_domains}))


def sift_hash(rules: KindRules) -> str:
    """Of everything that decides which signals are left out, but for the list of own people, which changes by the week.

    DuckDB's version is in it, since visitors are told apart by its hash.
    """
    return digest(
        METHOD, own_domains(rules), rules.own_addresses, sifting.agent_patterns(), sifting.MOST_A_MINUTE,
        sifting.HOURS_A_DAY, duckdb.__version__,
    )  # fmt: skip


def folder_of(hashed: str) -> Path:
    """Where the files under these rules lie."""
    return signal_parts.derived_folder(FOLDER) / f"sift-{hashed}"


def files_of(hashed: str, loads: Iterable[tuple[int, int]], what: str) -> list[Path]:
    """Files of these loads, (id, rows); `what` is "dropped" or "links"."""
    return [folder_of(hashed) / f"load-{load_id}-{rows}.{what}.parquet" for load_id, rows in loads]


def unsifted(hashed: str, loads: Sequence[SignalLoad]) -> list[SignalLoad]:
    """Loads that were not worked out yet under these rules."""
    return [one for one in loads if not files_of(hashed, [(one.id, one.rows)], "links")[0].exists()]


def dropped(engine: ibis.BaseBackend, hashed: str, loads: Iterable[tuple[int, int]]) -> ir.Table:
    """load_id, row_number, reason of signals that do not count."""
    return _read(engine, files_of(hashed, loads, "dropped"), DROPPED)


def links(engine: ibis.BaseBackend, hashed: str, loads: Iterable[tuple[int, int]]) -> ir.Table:
    """visitor and domain, each visitor once: the company it was first known to be of."""
    found = _read(engine, files_of(hashed, loads, "links"), LINKS)
    first = ibis.row_number().over(group_by=found.visitor, order_by=[found.load_id, found.row_number])
    return found.mutate(nth=first).filter(lambda row: row.nth == 0).select("visitor", "domain")


def visitor_of(source: ir.Value, key: ir.Value) -> ir.Value:
    """A visitor's hash; the same id in two sources is two visitors."""
    return (source + "|" + key).hash()


def judged(
    engine: ibis.BaseBackend, loads: Sequence[SignalLoad], before: Collection[int], rules: KindRules
) -> ir.Table:
    """Rows of these loads with `reason` (null: it counts) and `anonymous` (an anonymous id told beside the visitor's).

    before : older loads, whose rows may be told again by these
    """
    ids = [one.id for one in loads]
    rows = _with_calls(engine, signal_parts.rows_of(engine, ids), loads)
    rows = rows.mutate(
        agent=rows.call.re_extract(sifting.AGENT, 1).lower(),
        address=rows.call.re_extract(sifting.ADDRESS, 1),
        anonymous=rows.call.re_extract(sifting.ANONYMOUS, 1),
    )
    rows = _with_pace(_with_repeats(engine, rows, before), loads)
    return rows.mutate(reason=_reason(engine, rows, rules))


def _with_calls(engine: ibis.BaseBackend, rows: ir.Table, loads: Sequence[SignalLoad]) -> ir.Table:
    """The whole call where it is kept, else what the payload says."""
    calls = signal_parts.calls_of(engine, [one for one in loads if one.is_product])
    if calls is None:
        return rows.mutate(call=ibis.coalesce(rows.payload, ""))
    joined = rows.left_join(calls, ["load_id", "row_number"])
    joined = joined.mutate(call=ibis.coalesce(joined.call, joined.payload, ""))
    return joined.select(*rows.columns, "call")


def _with_repeats(engine: ibis.BaseBackend, rows: ir.Table, before: Collection[int]) -> ir.Table:
    """repeated: the key came before; twice: another source told the same person, name and second before."""
    own = ibis.row_number().over(group_by=[rows.source, rows.key], order_by=[rows.load_id, rows.row_number])
    who = ibis.cases((rows.contact_email != "", rows.contact_email), else_=ibis.null("string"))
    rows = rows.mutate(nth=own, who=who, second=rows["at"].truncate("s"))
    same = ibis.window(group_by=[rows.who, rows.kind.lower(), rows.topic, rows.second])
    first_source = rows.source.first(order_by=[rows.load_id, rows.row_number]).over(same)
    rows = rows.mutate(repeated=rows.nth > 0, twice=rows.who.notnull() & (rows.source != first_source))
    if before:
        older = signal_parts.rows_of(engine, before)
        known = older.select("source", "key").semi_join(rows, ["source", "key"]).distinct().mutate(known=True)
        rows = rows.left_join(known, ["source", "key"]).drop("source_right", "key_right")
        rows = rows.mutate(repeated=rows.repeated | rows.known.notnull()).drop("known")
    return rows.drop("nth")


def _with_pace(rows: ir.Table, loads: Sequence[SignalLoad]) -> ir.Table:
    """pace: events of the visitor in that minute; hours: different hours of that day with an event of the visitor."""
    product = [one.id for one in loads if one.is_product]
    seen = rows.filter([rows.contact_key != "", rows.load_id.isin(product or [0]), rows.kind.notin(DESCRIBING)])
    minutes = seen.group_by("source", "contact_key", minute=seen["at"].truncate("m")).aggregate(pace=seen.count())
    fast = minutes.filter(minutes.pace > sifting.MOST_A_MINUTE)
    days = seen.group_by("source", "contact_key", day=seen["at"].truncate("D")).aggregate(
        hours=seen["at"].truncate("h").nunique()
    )
    awake = days.filter(days.hours >= sifting.HOURS_A_DAY)
    rows = rows.mutate(minute=rows["at"].truncate("m"), day=rows["at"].truncate("D"))
    rows = rows.left_join(fast, ["source", "contact_key", "minute"]).select(*rows.columns, "pace")
    return rows.left_join(awake, ["source", "contact_key", "day"]).select(*rows.columns, "hours")


def _reason(engine: ibis.BaseBackend, rows: ir.Table, rules: KindRules) -> ir.Value:
    named, automated = sifting.agent_patterns()
    mails = [one.lower() for one in person_ids_by_email()] or [""]
    domains = list(own_domains(rules)) or [""]
    is_own = [_is_one_of(rows[column].lower(), mails, domains) for column in ("contact_email", "contact_key")]
    own_addresses = _own_addresses(engine, rows, rules)
    has_agent = rows.agent != ""
    told = ibis.cases(
        (rows.strength.isnull() | ~((rows.strength >= 0.0) & (rows.strength <= MOST)), Reason.UNUSABLE.value),
        (rows.repeated, Reason.REPEATED.value),
        (rows.twice, Reason.TOLD_TWICE.value),
        (is_own[0] | is_own[1], Reason.OWN_PEOPLE.value),
        (rows.address.isin(own_addresses or ["-"]), Reason.OWN_ADDRESS.value),
        (has_agent & rows.agent.re_search(automated), Reason.AUTOMATED.value),
        (has_agent & rows.agent.re_search(named), Reason.NAMED_BOT.value),
        (rows.call.lower().re_search(sifting.FLAGS), Reason.DECLARED.value),
        (rows.pace.notnull(), Reason.PACE.value),
        (rows.hours.notnull(), Reason.SLEEPLESS.value),
        else_=ibis.null("string"),
    )
    return ibis.cases((rows.kind.isin(DESCRIBING), ibis.null("string")), else_=told)


def _is_one_of(mail: ir.Value, mails: Sequence[str], domains: Sequence[str]) -> ir.Value:
    at = mail.find("@")
    domain = ibis.cases((at >= 0, mail.substr(at + 1)), else_="-")
    return (mail != "") & (mail.isin(mails) | domain.isin(domains))


def _own_addresses(engine: ibis.BaseBackend, rows: ir.Table, rules: KindRules) -> list[str]:
    if not rules.own_addresses:
        return []
    found = engine.to_pyarrow(rows.filter(rows.address != "").select("address").distinct()).column("address")
    return sorted(sifting.own_among(found.to_pylist(), rules.own_addresses))


def _read(engine: ibis.BaseBackend, files: Sequence[Path], schema: pa.Schema) -> ir.Table:
    there = [str(file) for file in files if file.exists()]
    if there:
        return engine.read_parquet(there)
    return ibis.memtable(schema.empty_table().to_pandas(), schema=ibis.schema(schema))
