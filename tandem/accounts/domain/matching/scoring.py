"""Scores the pairs that blocking brings together: agreement level by level, weights, the prior settled on them."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from typing import Any

import duckdb
import numpy as np
import pandas as pd

from tandem.accounts.domain.matching import calibration
from tandem.accounts.domain.matching.blocking import CANDIDATES_TABLE, FEATURES_TABLE, Rule
from tandem.accounts.domain.matching.calibration import Calibrator
from tandem.accounts.domain.matching.comparisons import COMPARISONS, EMPLOYER, EmployerBound, output_name

PAIRS_TABLE = "scored_pairs"
COMPARED_TABLE = "compared_records"
LOWEST_WEIGHT = -12.0  # log2 odds; below, a pair adds nothing to the expected matches and counts as not compared
COMPARISONS_BY_NAME = {one.name: one for known in COMPARISONS.values() for one in known}
FREQUENT_AT = (4, 12, 60)  # records that share a value: from here on agreeing on it says less and less
PERSON_NAMES = ("first name", "last name")
NAMES_EMPLOYERS = frozenset({"account_id", "company"})  # a mail domain alone may be a person's own
BIT_STEPS = 1024  # weights are summed as whole steps: the sum is the same in any order
_SIDES = re.compile(r"\b(\w+)_[lr]\b")


def score_pairs(con: duckdb.DuckDBPyConnection, settings: dict[str, Any], filled: Sequence[str]) -> None:
    """Fill the table of scored pairs from the candidate pairs. `filled`: feature columns that say something.

    A row holds both record ids, the rule that found it, the level code of every comparison (`calibration`), their
    `pattern`, and `bits`, the weight without the prior (Fellegi and Sunter's log2(m/u), rare values counting more).
    """
    columns, counted = _columns_read(settings)
    told = _prepare_records(con, columns, counted)
    shared = [_count_of(name) for name in counted]
    sides = [f"{side}.{name} AS {name}_{side}" for name in (*columns, *shared) for side in "lr"]
    graded = {entry["output_column_name"]: _level_sql(entry) for entry in _entries(settings)}
    levels = [f"CAST({sql} AS TINYINT) AS level_{name}" for name, sql in graded.items()]
    highest = [f"greatest({name}_l, {name}_r) AS {name}" for name in shared]
    told_once = _told_once(settings) if NAMES_EMPLOYERS & set(filled) else ""
    once = f"SELECT * REPLACE ({told_once}) FROM graded" if told_once else "FROM graded"  # noqa: S608
    bits = " + ".join(_bits_sql(entry, told) for entry in _entries(settings)) or "0"
    names = ", ".join(f"level_{name}" for name in comparison_names(settings))
    con.execute(
        f"CREATE OR REPLACE TABLE {PAIRS_TABLE} AS "  # noqa: S608
        f"WITH sides AS (SELECT c.*, {', '.join(sides)} FROM {CANDIDATES_TABLE} c "
        f"JOIN {COMPARED_TABLE} l ON l.record_id = c.record_id_l "
        f"JOIN {COMPARED_TABLE} r ON r.record_id = c.record_id_r), "
        f"graded AS (SELECT record_id_l, record_id_r, rule, {', '.join([*levels, *highest])} FROM sides), "
        f"told_once AS ({once}) "
        f"SELECT record_id_l, record_id_r, rule, {names}, CAST({bits} AS FLOAT) AS bits, "
        f"hash(rule, {names}) AS pattern FROM told_once"
    )


def count_pairs(con: duckdb.DuckDBPyConnection) -> int:
    """How many pairs were scored."""
    (pairs,) = con.execute(f"SELECT count(*) FROM {PAIRS_TABLE}").fetchone() or (0,)  # noqa: S608
    return int(pairs)


def _entries(settings: dict[str, Any]) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = settings["comparisons"]
    return entries


def _levels(entry: dict[str, Any]) -> list[dict[str, Any]]:
    return [level for level in entry["comparison_levels"] if not level.get("is_null_level")]


def _codes(entry: dict[str, Any]) -> list[int]:
    """The code of each level; levels of the same weight are one: nothing was learned that tells them apart."""
    bits = [round(math.log2(level["m_probability"] / level["u_probability"]), 6) for level in _levels(entry)]
    return [bits.index(weight) * calibration.CODES_PER_LEVEL for weight in bits]


def _columns_read(settings: dict[str, Any]) -> tuple[list[str], list[str]]:
    """Feature columns that conditions read, and those whose frequent values count less."""
    conditions = [level for entry in _entries(settings) for level in entry["comparison_levels"]]
    read = {name for level in conditions for name in _SIDES.findall(level["sql_condition"])}
    counted = {level["tf_adjustment_column"] for level in conditions if level.get("tf_adjustment_column")}
    return sorted(read | counted), sorted(counted)


def _count_of(column: str) -> str:
    """The column that says how many records share this record's value."""
    return f"shared_{column}"


def _prepare_records(con: duckdb.DuckDBPyConnection, columns: Sequence[str], counted: Sequence[str]) -> dict[str, int]:
    """The table of compared columns with how many records share each value; returns how many are filled, by column."""
    joins, selected = [], [f"f.{name}" for name in columns]
    for name in counted:
        selected.append(f"CAST(coalesce(of_{name}.records, 1) AS INTEGER) AS {_count_of(name)}")
        joins.append(
            f"LEFT JOIN (SELECT {name} AS value, count(*) AS records FROM {FEATURES_TABLE} WHERE {name} IS NOT NULL "  # noqa: S608
            f"GROUP BY 1 HAVING count(*) > 1) of_{name} ON of_{name}.value = f.{name}"
        )
    con.execute(
        f"CREATE OR REPLACE TABLE {COMPARED_TABLE} AS SELECT f.record_id, {', '.join(selected)} "  # noqa: S608
        f"FROM {FEATURES_TABLE} f {' '.join(joins)}"
    )
    if not counted:
        return {}
    asked = ", ".join(f"count({name})" for name in counted)
    filled = con.execute(f"SELECT {asked} FROM {FEATURES_TABLE}").fetchone() or ()  # noqa: S608
    return dict(zip(counted, filled, strict=True))


def _level_sql(entry: dict[str, Any]) -> str:
    """SQL of a comparison's level code: -1 missing, else four codes a level, the later ones for frequent values."""
    cases, otherwise = [], -1
    for first, level in zip(_codes(entry), _levels(entry), strict=True):
        code = f"{first}"
        if column := level.get("tf_adjustment_column"):
            shared = f"greatest({_count_of(column)}_l, {_count_of(column)}_r)"
            code += "".join(f" + CAST({shared} >= {at} AS INTEGER)" for at in FREQUENT_AT)
        if level["sql_condition"].strip().upper() == "ELSE":
            otherwise = first
        else:
            cases.append(f"WHEN {level['sql_condition']} THEN {code}")
    missing = [level["sql_condition"] for level in entry["comparison_levels"] if level.get("is_null_level")]
    nothing = "".join(f"WHEN {condition} THEN -1 " for condition in missing)
    return f"CASE {nothing}{' '.join(cases)} ELSE {otherwise} END"


def _bits_sql(entry: dict[str, Any], filled: dict[str, int]) -> str:
    """SQL of a comparison's weight in bits, given its level and how many records share the value agreed on."""
    name, cases = f"level_{entry['output_column_name']}", []
    for position, level in enumerate(_levels(entry)):
        bits = f"{math.log2(level['m_probability'] / level['u_probability'])!r}"
        if column := level.get("tf_adjustment_column"):
            expected = level["u_probability"] * max(filled.get(column, 0), 1)
            bits += f" + log2({expected!r} / {_count_of(column)})"
        cases.append(f"WHEN {name} < {(position + 1) * calibration.CODES_PER_LEVEL} THEN {bits}")
    return f"(CASE WHEN {name} < 0 THEN 0 {' '.join(cases)} ELSE 0 END)"


def _told_once(settings: dict[str, Any]) -> str:
    """SQL that takes back levels that only follow from another, or "" where no employer is compared.

    Another address follows from another employer, the same address from the same. And colleagues agree on all that
    their employer gives them: where a name differs altogether that speaks for two colleagues, not for one person.
    """
    differs = {entry["output_column_name"]: _codes(entry)[-1] for entry in _entries(settings)}
    employer = output_name(EMPLOYER.name)
    if employer not in differs:
        return ""
    same, other = f"level_{employer} BETWEEN 0 AND {differs[employer] - 1}", f"level_{employer} = {differs[employer]}"
    names = [f"level_{name} = {differs[name]}" for name in map(output_name, PERSON_NAMES) if name in differs]
    colleagues = f"({' OR '.join(names) or 'false'})"
    taken_back = {employer: f"{colleagues} AND {same}"}
    for name, last in differs.items():
        bound = COMPARISONS_BY_NAME[name.replace("_", " ")].follows_employer
        if bound is not None:
            agrees = f"level_{name} BETWEEN 0 AND {last - 1}"
            known = [f"({other} AND level_{name} = {last})"]
            if bound is EmployerBound.ALL:
                known.append(f"(({same} OR {colleagues}) AND {agrees})")
            if bound is EmployerBound.FREQUENT:
                frequent = f"level_{name} BETWEEN 1 AND {calibration.CODES_PER_LEVEL - 1}"
                known.append(f"({same} AND {frequent}) OR ({same} AND {colleagues} AND {agrees})")
            taken_back[name] = " OR ".join(known)
    return ", ".join(
        f"CAST(CASE WHEN {known} THEN -1 ELSE level_{name} END AS TINYINT) AS level_{name}"
        for name, known in taken_back.items()
    )


def settle_prior(con: duckdb.DuckDBPyConnection, settings: dict[str, Any], records: int) -> float:
    """Set the prior that the pairs themselves bear out; returns it.

    The fixed point of: prior = expected matches among the pairs over all pairs there could be.
    """
    prior = float(settings["probability_two_random_records_match"])
    possible = max(records * (records - 1) / 2, 1.0)
    counted = con.execute(
        f"SELECT round(bits * 4) / 4 AS bits, count(*) AS pairs FROM {PAIRS_TABLE} "  # noqa: S608
        "WHERE bits >= ? GROUP BY 1 ORDER BY 1",
        [LOWEST_WEIGHT - log2_odds(prior)],
    ).fetch_df()
    bits, pairs = counted["bits"].to_numpy(float), counted["pairs"].to_numpy(float)
    settled = prior
    for _ in range(50):
        expected = float((pairs * calibration.sigmoid((bits + log2_odds(settled)) * math.log(2))).sum())
        renewed = min(max(expected / possible, 0.02 / possible), 0.5)
        if abs(renewed - settled) < 1e-3 * settled:
            break
        settled = renewed
    settings["probability_two_random_records_match"] = settled
    return settled


def log2_odds(probability: float) -> float:
    """Log base 2 of the odds of a probability."""
    return math.log2(probability / (1 - probability))


def comparison_names(settings: dict[str, Any]) -> tuple[str, ...]:
    """Column words of the comparisons of a model."""
    return tuple(output_name(entry["output_column_name"]) for entry in settings["comparisons"])


def trained_weights(settings: dict[str, Any]) -> dict[str, list[tuple[float, float]]]:
    """m and u of every comparison's levels, strongest level first."""
    return {
        output_name(entry["output_column_name"]): [
            (float(level["m_probability"]), float(level["u_probability"])) for level in _levels(entry)
        ]
        for entry in _entries(settings)
    }


def count_grades(con: duckdb.DuckDBPyConnection, settings: dict[str, Any]) -> dict[str, calibration.Grades]:
    """By comparison and level: how agreement falls on rare and frequent values, in matches and by accident."""
    return {
        output_name(entry["output_column_name"]): {
            place: _grades_of(con, column)
            for place, level in enumerate(_levels(entry))
            if (column := level.get("tf_adjustment_column"))
        }
        for entry in _entries(settings)
    }


def _grades_of(con: duckdb.DuckDBPyConnection, column: str) -> tuple[list[float], list[float]]:
    grade = " + ".join(f"CAST({_count_of(column)} >= {at} AS INTEGER)" for at in FREQUENT_AT)
    rows = con.execute(
        f"SELECT {grade} AS grade, count(*), sum({_count_of(column)} - 1) FROM {COMPARED_TABLE} "  # noqa: S608
        f"WHERE {column} IS NOT NULL AND {_count_of(column)} > 1 GROUP BY 1"
    ).fetchall()
    records, couples = [1.0] * calibration.CODES_PER_LEVEL, [1.0] * calibration.CODES_PER_LEVEL
    for at, holding, others in rows:
        records[at] += float(holding)
        couples[at] += float(others)
    return [one / sum(records) for one in records], [one / sum(couples) for one in couples]


def count_patterns(
    con: duckdb.DuckDBPyConnection, settings: dict[str, Any], rules: Sequence[Rule], *, one_of: int = 1
) -> pd.DataFrame:
    """Patterns of agreement among the scored pairs: pattern, stratum, level codes, pairs, weight (mean log2 odds).

    one_of : count one pair of so many, drawn by a hash of both ids, so that runs repeat
    """
    names = comparison_names(settings)
    levels = ", ".join(f"any_value(level_{name}) AS {name}" for name in names)
    drawn = f"WHERE hash(record_id_l, record_id_r) % {one_of} = 0" if one_of > 1 else ""
    frame = con.execute(
        f"SELECT pattern, any_value(rule) AS rule, {levels}, count(*) AS pairs, "  # noqa: S608
        f"sum(CAST(round(bits * {BIT_STEPS}) AS BIGINT)) / count(*) / {BIT_STEPS} AS weight "
        f"FROM {PAIRS_TABLE} {drawn} GROUP BY pattern ORDER BY rule, {', '.join(names)}"
    ).fetch_df()
    strata = np.array([rule.name for rule in rules] or [""], dtype=object)
    frame["stratum"] = strata[frame["rule"].to_numpy(dtype=int)] if len(frame) else ""
    frame["weight"] += log2_odds(float(settings["probability_two_random_records_match"]))
    return frame


def read_pairs(
    con: duckdb.DuckDBPyConnection,
    calibrator: Calibrator,
    settings: dict[str, Any],
    rules: Sequence[Rule],
    *,
    at_least: float,
) -> pd.DataFrame:
    """Pairs at or above a calibrated probability, most likely first; ties by record ids, so that runs repeat.

    Leaves the table of every pattern's probability for `read_within`.
    """
    patterns = count_patterns(con, settings, rules)
    patterns["probability"] = calibrator.probabilities(patterns, patterns["weight"].to_numpy(float))
    con.register("stated", patterns[["pattern", "stratum", "probability"]])
    con.execute("CREATE OR REPLACE TEMP TABLE pattern_probabilities AS SELECT * FROM stated")
    con.unregister("stated")
    return con.execute(
        "SELECT p.record_id_l, p.record_id_r, p.bits + ? AS weight, q.probability, q.stratum "  # noqa: S608
        f"FROM {PAIRS_TABLE} p JOIN pattern_probabilities q USING (pattern) "
        "WHERE q.probability >= ? ORDER BY q.probability DESC, p.record_id_l, p.record_id_r",
        [log2_odds(float(settings["probability_two_random_records_match"])), at_least],
    ).fetch_df()


def read_within(con: duckdb.DuckDBPyConnection, parts: pd.DataFrame, settings: dict[str, Any]) -> pd.DataFrame:
    """Every scored pair whose records stand in one part, with its probability; call `read_pairs` first.

    Hopeless pairs are left out: records of one thing that share nothing are as common as ones no block found.

    parts : record_id, part
    """
    con.register("given_parts", parts.astype("int64"))
    con.execute("CREATE OR REPLACE TEMP TABLE parts AS SELECT record_id, part FROM given_parts")
    con.unregister("given_parts")
    return con.execute(
        "SELECT p.record_id_l, p.record_id_r, q.probability "  # noqa: S608
        f"FROM {PAIRS_TABLE} p JOIN parts a ON a.record_id = p.record_id_l "
        "JOIN parts b ON b.record_id = p.record_id_r AND a.part = b.part JOIN pattern_probabilities q USING (pattern) "
        "WHERE p.bits >= ?",
        [LOWEST_WEIGHT - log2_odds(float(settings["probability_two_random_records_match"]))],
    ).fetch_df()


def read_weights(
    con: duckdb.DuckDBPyConnection, pairs: pd.DataFrame, settings: dict[str, Any]
) -> Iterator[dict[str, Any]]:
    """record_id_l, record_id_r and the bits of every comparison, for each of the pairs."""
    _, counted = _columns_read(settings)
    asked = ("SELECT count(*), " + ", ".join(f"count({name})" for name in counted)) if counted else "SELECT count(*)"
    filled = dict(zip(counted, (con.execute(f"{asked} FROM {FEATURES_TABLE}").fetchone() or ())[1:], strict=True))
    shared = [f"greatest(l.{_count_of(name)}, r.{_count_of(name)}) AS {_count_of(name)}" for name in counted]
    bits = [f"{_bits_sql(entry, filled)} AS {entry['output_column_name']}" for entry in _entries(settings)]
    con.register("wanted_pairs", pairs[["record_id_l", "record_id_r"]].astype("int64"))
    frame = con.execute(
        f"WITH wanted AS (SELECT {', '.join(['p.*', *shared])} FROM {PAIRS_TABLE} p "  # noqa: S608
        "JOIN wanted_pairs w ON w.record_id_l = p.record_id_l AND w.record_id_r = p.record_id_r "
        f"JOIN {COMPARED_TABLE} l ON l.record_id = p.record_id_l "
        f"JOIN {COMPARED_TABLE} r ON r.record_id = p.record_id_r) "
        f"SELECT record_id_l, record_id_r, {', '.join(bits)} FROM wanted"
    ).fetch_df()
    con.unregister("wanted_pairs")
    for row in frame.to_dict("records"):
        yield {str(name): value for name, value in row.items()}


def read_values(
    con: duckdb.DuckDBPyConnection, pairs: pd.DataFrame, settings: dict[str, Any]
) -> dict[int, dict[str, str]]:
    """What each record of the pairs says, by comparison, for showing; "" when it says nothing."""
    shown = {output_name(one.name): one.columns for one in COMPARISONS_BY_NAME.values()}
    names = comparison_names(settings)
    ids = pd.DataFrame({"record_id": pd.unique(pairs[["record_id_l", "record_id_r"]].to_numpy().ravel())})
    con.register("explained_records", ids.astype("int64"))
    selected = ", ".join(f"coalesce({', '.join(shown[name])}, '') AS {name}" for name in names)
    frame = con.execute(
        f"SELECT record_id, {selected} FROM {FEATURES_TABLE} "  # noqa: S608
        "WHERE record_id IN (SELECT record_id FROM explained_records)"
    ).fetch_df()
    con.unregister("explained_records")
    return {int(row["record_id"]): {name: str(row[name]) for name in names} for row in frame.to_dict("records")}
