"""Which pairs are looked at: records that share a key, with hot keys left out so that work grows with n, not n squared.

A key's cap on block size is the largest that keeps its pairs within a budget: small data is compared broadly,
large data only where a key is telling.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb

from tandem.accounts.domain.matching.contracts import MatchedEntity

COMPARE_ALL_UP_TO = 300  # records: below, looking at every pair costs nothing
FREE_PAIRS = 400_000  # a key may always cost this many pairs
PAIRS_PER_RECORD = 0.1  # and this many more per record
PAIRS_PER_RECORD_TELLING = 1.0  # or this many, where records with the same key are as a rule the same thing
TELLING: dict[MatchedEntity, frozenset[str]] = {
    "account": frozenset({"domain", "name", "phone", "stem", "street"}),
    "contact": frozenset(
        {
            "email",
            "national",
            "linkedin",
            "phone",
            "whole name",
            "last and domain",
            "last and company",
            "last and account",
        }
    ),
}
FEATURES_TABLE = "features"
KEYS_TABLE = "block_keys"
CANDIDATES_TABLE = "candidate_pairs"
FRESH_TABLE = "fresh_records"
COMPARE_ALL = "every pair"


@dataclass(frozen=True, slots=True)
class BlockKey:
    """An SQL expression over feature columns; records with the same value are compared."""

    name: str
    sql: str
    needs: tuple[str, ...]


def _key(name: str, sql: str, *needs: str) -> BlockKey:
    return BlockKey(name, sql, needs)


def _joined(name: str, *parts: str) -> BlockKey:
    """A key of several columns; "left:4:squash" and "right:5:squash" take parts of one."""
    sql, needs = [], []
    for part in parts:
        words = part.split(":")
        needs.append(words[-1])
        sql.append(words[0] if len(words) == 1 else f"{words[0]}({words[2]}, {words[1]})")
    return BlockKey(name, " || '|' || ".join(sql), tuple(needs))


KEYS: dict[MatchedEntity, tuple[BlockKey, ...]] = {
    "account": (
        _key("domain", "domain", "domain"),
        _key("name", "name_sorted", "name_sorted"),
        _key("phone", "phone", "phone"),
        _key("stem", "stem", "stem"),
        _joined("street", "street", "house"),
        _joined("head and city", "left:4:squash", "city"),
        _joined("tail and city", "right:5:squash", "city"),
        _joined("head and postal", "left:3:squash", "postal"),
        _joined("street and city", "left:6:street", "city"),
        _joined("house and postal", "house", "postal"),
        _key("first word", "split_part(name, ' ', 1) || '|' || coalesce(split_part(name, ' ', 2)[1], '')", "name"),
        _joined("head", "left:7:squash"),
        _joined("tail", "right:8:squash"),
        _joined("stem head", "left:6:stem"),
        _joined("stem tail", "right:6:stem"),
        _joined("phone head", "left:6:phone", "left:3:squash"),
    ),
    "contact": (
        _key("email", "email", "email"),
        _key("national", "national", "national"),
        _key("linkedin", "linkedin", "linkedin"),
        _key("phone", "phone", "phone"),
        _key("whole name", "least(first_root, last) || '|' || greatest(first_root, last)", "first_root", "last"),
        _joined("last and domain", "last", "domain"),
        _joined("first and domain", "first_root", "domain"),
        _joined("last and company", "last", "left:6:company"),
        _joined("first and company", "first_root", "left:6:company"),
        _joined("last and account", "last", "account_id"),
        _joined("first and account", "first_root", "account_id"),
        _key("birth", "birth", "birth"),
        _key("local", "local", "local"),
        _joined("last and city", "last", "left:3:first", "city"),
        _joined("last head and city", "left:3:last", "first_root", "city"),
        _joined("last and postal", "last", "postal"),
        _joined("first and postal", "first_root", "postal"),
        _joined("address", "street", "house"),
        _joined("street and postal", "left:6:street", "postal"),
        _joined("last and first head", "last", "left:2:first"),
        _joined("heads", "left:4:last", "left:3:first"),
        _joined("last tail", "right:4:last", "left:3:first"),
        _joined("last and birth year", "left:4:last", "left:4:birth"),
        _joined("first and birth year", "first_root", "left:6:birth"),
        _joined("first and birth day", "first_root", "right:4:birth"),
        _joined("national head", "left:5:national"),
        _joined("national tail", "right:5:national"),
        _joined("domain and initial", "domain", "left:1:first", "left:1:last"),
        _key("mailbox and domain", "left(email, 4) || '|' || domain", "email", "domain"),
    ),
}

# A further value of one record against the first of another: (left column, right column), both ways round.
CROSS_KEYS: dict[MatchedEntity, tuple[tuple[str, str], ...]] = {
    "account": (("squash", "stem"), ("domain2", "domain"), ("phone2", "phone")),
    "contact": (("email2", "email"), ("phone2", "phone")),
}


@dataclass(frozen=True, slots=True)
class Rule:
    """A condition that brings two records `l` and `r` together; its name says in every run which block found a pair.

    pairs : at most so many pairs, those of earlier rules included
    """

    name: str
    sql: str
    pairs: float = 0.0


def block(
    con: duckdb.DuckDBPyConnection, entity: MatchedEntity, filled: Sequence[str], *, only_fresh: bool = False
) -> list[Rule]:
    """Make the table of every record's block keys, all of them hashes; returns the blocking rules, most telling first.

    filled : feature columns worth reading
    only_fresh : leave out pairs of which neither record stands in the table of fresh records
    """
    (records,) = con.execute(f"SELECT count(*) FROM {FEATURES_TABLE}").fetchone() or (0,)  # noqa: S608
    table = _Blocked(con, records, only_fresh=only_fresh)
    for key in KEYS[entity]:
        if set(key.needs) <= set(filled):
            table.add(key, _budget(records, telling=key.name in TELLING[entity]))
    for further, first in CROSS_KEYS[entity]:
        if {further, first} <= set(filled):
            table.add_cross(further, first)
    table.write()
    if records <= COMPARE_ALL_UP_TO:
        table.rules.append(Rule(COMPARE_ALL, "1 = 1", records * (records - 1) / 2))
    return table.rules


def collect_pairs(con: duckdb.DuckDBPyConnection, rules: Sequence[Rule], *, only_fresh: bool = False) -> int:
    """Fill the table of candidate pairs, each once, with the first rule that finds it; returns how many pairs."""
    con.execute(f"CREATE OR REPLACE TABLE {CANDIDATES_TABLE} (record_id_l BIGINT, record_id_r BIGINT, rule UTINYINT)")
    fresh = " AND (l.is_fresh OR r.is_fresh)" if only_fresh else ""
    for number, rule in enumerate(rules):
        earlier = "".join(f" AND NOT coalesce({before.sql}, false)" for before in rules[:number])
        con.execute(
            f"INSERT INTO {CANDIDATES_TABLE} SELECT l.record_id, r.record_id, {number} "  # noqa: S608
            f"FROM {KEYS_TABLE} l JOIN {KEYS_TABLE} r ON {rule.sql} AND l.record_id < r.record_id{fresh}{earlier}"
        )
    (pairs,) = con.execute(f"SELECT count(*) FROM {CANDIDATES_TABLE}").fetchone() or (0,)  # noqa: S608
    return int(pairs)


class _Blocked:
    """The table of block keys, while it is being put together."""

    def __init__(self, con: duckdb.DuckDBPyConnection, records: int, *, only_fresh: bool) -> None:
        self.con, self.records, self.only_fresh = con, records, only_fresh
        self.rules: list[Rule] = []
        fresh = f"f.record_id IN (SELECT record_id FROM {FRESH_TABLE})" if only_fresh else "true"  # noqa: S608
        self._selected, self._joins = ["f.record_id", f"{fresh} AS is_fresh"], [""]

    def add(self, key: BlockKey, budget: float) -> None:
        """A key, unless no block of it fits the budget."""
        number = len(self._selected)
        table = f"block_sizes_{number}"
        if _size_blocks(self.con, table, key.sql, budget, only_fresh=self.only_fresh) < 2:
            return
        row = self.con.execute(f"SELECT sum(size * (size - 1) / 2) FROM {table}").fetchone()  # noqa: S608
        self._selected.append(f"b{number}.key AS block_{number}")
        self._joins.append(f"LEFT JOIN block_sizes_{number} b{number} ON b{number}.key = hash({_aliased(key)})")
        self.rules.append(Rule(key.name, f"l.block_{number} = r.block_{number}", float(row[0] or 0) if row else 0.0))

    def add_cross(self, further: str, first: str) -> None:
        """A further value of one record against the first of another, both ways round."""
        number = len(self._selected)
        if not _size_cross(self.con, f"cross_sizes_{number}", further, first, self.records):
            return
        for side, column in (("further", further), ("first", first)):
            values = f"{side}_values_{number}"
            self._selected.append(f"{values}.key AS {side}_{number}")
            self._joins.append(f"LEFT JOIN cross_sizes_{number} {values} ON {values}.value = f.{column}")
        name = f"{further} and {first}"
        self.rules.append(Rule(name, f"l.further_{number} = r.first_{number}"))
        self.rules.append(Rule(f"{name} reversed", f"l.first_{number} = r.further_{number}"))

    def write(self) -> None:
        """Make the table."""
        self.con.execute(
            f"CREATE OR REPLACE TABLE {KEYS_TABLE} AS SELECT {', '.join(self._selected)} "  # noqa: S608
            f"FROM {FEATURES_TABLE} f {' '.join(self._joins)}"
        )


def _aliased(key: BlockKey) -> str:
    """The key's SQL reads bare column names; only the features table has them."""
    return f"({key.sql})"


def _budget(records: int, *, telling: bool) -> float:
    return FREE_PAIRS + (PAIRS_PER_RECORD_TELLING if telling else PAIRS_PER_RECORD) * records


def _size_blocks(
    con: duckdb.DuckDBPyConnection, table: str, sql: str, budget: float, *, only_fresh: bool = False
) -> int:
    """Keep the hashes of blocks of two and more that fit the budget; returns the cap on block size."""
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE {table} AS SELECT hash({sql}) AS key, count(*) AS size "  # noqa: S608
        f"FROM {FEATURES_TABLE} WHERE ({sql}) IS NOT NULL GROUP BY 1 HAVING count(*) > 1"
    )
    sizes = con.execute(f"SELECT size, count(*) FROM {table} GROUP BY 1 ORDER BY 1").fetchall()  # noqa: S608
    cap, pairs = 0, 0.0
    for size, blocks in sizes:
        pairs += blocks * size * (size - 1) / 2
        if pairs > budget:
            break
        cap = size
    con.execute(f"DELETE FROM {table} WHERE size > ?", [cap])  # noqa: S608
    if only_fresh:
        con.execute(
            f"DELETE FROM {table} WHERE key NOT IN (SELECT hash({sql}) FROM {FEATURES_TABLE} "  # noqa: S608
            f"WHERE ({sql}) IS NOT NULL AND record_id IN (SELECT record_id FROM {FRESH_TABLE}))"
        )
    return cap


def _size_cross(con: duckdb.DuckDBPyConnection, table: str, further: str, first: str, records: int) -> int:
    """Values that stand in both columns, with few enough records on each side; returns how many values."""
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE {table} AS "  # noqa: S608
        f"WITH a AS (SELECT {further} AS value, count(*) n FROM {FEATURES_TABLE} "
        f"WHERE {further} IS NOT NULL GROUP BY 1), "
        f"b AS (SELECT {first} AS value, count(*) n FROM {FEATURES_TABLE} WHERE {first} IS NOT NULL GROUP BY 1) "
        f"SELECT value, hash(value) AS key FROM a JOIN b USING (value) "
        f"WHERE a.n * b.n <= 10000 ORDER BY a.n * b.n, value LIMIT {10 * records}"
    )
    (values,) = con.execute(f"SELECT count(*) FROM {table}").fetchone() or (0,)  # noqa: S608
    return int(values)
