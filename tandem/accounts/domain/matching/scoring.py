"""Scores the pairs that blocking brings together: Splink's weights, the prior settled on them, calibrated."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import duckdb
import numpy as np
import pandas as pd

from tandem.accounts.domain.matching import calibration, training
from tandem.accounts.domain.matching.blocking import Rule
from tandem.accounts.domain.matching.calibration import Calibrator, Floats
from tandem.accounts.domain.matching.comparisons import COMPARISONS, output_name

PAIRS_TABLE = "scored_pairs"
DRAWN_TABLE = "drawn_pairs"
LOWEST_WEIGHT = -12.0  # log2 odds under the starting prior; below, a pair is not worth keeping
COMPARISONS_BY_NAME = {one.name: one for known in COMPARISONS.values() for one in known}
FREQUENT_AT = (4, 12, 60)  # records that share a value: from here on agreeing on it says less and less


def score_pairs(
    con: duckdb.DuckDBPyConnection,
    settings: dict[str, Any],
    rules: Sequence[Rule],
    *,
    table: str = PAIRS_TABLE,
    lowest: float | None = LOWEST_WEIGHT,
    one_of: int = 1,
) -> int:
    """Fill a table of scored pairs, each with the name of the rule that found it; returns their number.

    lowest : pairs of less weight are left out; None: all that blocking brings together
    one_of : score one pair of so many, drawn by a hash of both ids, so that runs repeat
    """
    drawn = f" AND hash(l.record_id, r.record_id) % {one_of} = 0" if one_of > 1 else ""
    settings = {**settings, "blocking_rules_to_generate_predictions": [rule.sql + drawn for rule in rules]}
    with training.quiet():
        linker = training.new_linker(con, settings)
        found = linker.inference.predict(threshold_match_weight=lowest)
    present = {row[0] for row in con.execute(f"DESCRIBE {found.physical_name}").fetchall()}
    (records,) = con.execute(f"SELECT count(*) FROM {training.BLOCKED_TABLE}").fetchone() or (0,)  # noqa: S608
    names = ", ".join(f"'{rule.name}'" for rule in rules)
    stratum = f"[{names}][CAST(match_key AS INTEGER) + 1] AS stratum"
    ordered = ["least(record_id_l, record_id_r) AS record_id_l", "greatest(record_id_l, record_id_r) AS record_id_r"]
    selected = [*ordered, "match_weight AS weight", stratum]
    for entry in settings["comparisons"]:
        selected += _selected(entry, present, int(records))
    con.execute(
        f"CREATE OR REPLACE TABLE {table} AS SELECT {', '.join(selected)} FROM {found.physical_name}"  # noqa: S608
    )
    con.execute(f"DROP TABLE {found.physical_name}")
    (pairs,) = con.execute(f"SELECT count(*) FROM {table}").fetchone() or (0,)  # noqa: S608
    return int(pairs)


def _selected(entry: dict[str, Any], present: set[str], records: int) -> list[str]:
    """The weight of a comparison and its level code; frequent values make codes of their own."""
    name = entry["output_column_name"]
    adjustment = f"mw_tf_adj_{name}"
    weight = f"mw_{name}" + (f" + {adjustment}" if adjustment in present else "")
    levels = [level for level in entry["comparison_levels"] if not level.get("is_null_level")]
    cases = []
    for position, level in enumerate(levels):
        bits = math.log2(level["m_probability"] / level["u_probability"])
        column = level.get("tf_adjustment_column")
        code = f"{position * calibration.CODES_PER_LEVEL}"
        if column and f"tf_{column}_l" in present:
            count = f"greatest(coalesce(tf_{column}_l, 0), coalesce(tf_{column}_r, 0)) * {records}"
            code += "".join(f" + CAST({count} >= {at} AS INTEGER)" for at in FREQUENT_AT)
        cases.append(f"WHEN abs(mw_{name} - ({bits!r})) < 1e-7 THEN {code}")
    return [
        f"CAST({weight} AS FLOAT) AS mw_{name}",
        f"CAST(CASE WHEN mw_{name} = 0 THEN -1 {' '.join(cases)} ELSE -1 END AS SMALLINT) AS level_{name}",
    ]


def settle_prior(con: duckdb.DuckDBPyConnection, settings: dict[str, Any], records: int) -> float:
    """Shift all weights to the prior that the pairs themselves bear out; returns it.

    The fixed point of: prior = expected matches among the pairs over all pairs there could be.
    """
    prior = float(settings["probability_two_random_records_match"])
    possible = max(records * (records - 1) / 2, 1.0)
    counted = con.execute(
        f"SELECT round(weight * 4) / 4 AS bits, count(*) AS pairs FROM {PAIRS_TABLE} GROUP BY 1"  # noqa: S608
    ).fetch_df()
    bits, pairs = counted["bits"].to_numpy(float), counted["pairs"].to_numpy(float)
    settled = prior
    for _ in range(50):
        shift = log2_odds(settled) - log2_odds(prior)
        expected = float((pairs * calibration._sigmoid((bits + shift) * math.log(2))).sum())
        renewed = min(max(expected / possible, 0.02 / possible), 0.5)
        if abs(renewed - settled) < 1e-3 * settled:
            break
        settled = renewed
    shift = log2_odds(settled) - log2_odds(prior)
    con.execute(f"UPDATE {PAIRS_TABLE} SET weight = weight + ?", [shift])  # noqa: S608
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
            (float(level["m_probability"]), float(level["u_probability"]))
            for level in entry["comparison_levels"]
            if not level.get("is_null_level")
        ]
        for entry in settings["comparisons"]
    }


def count_patterns(con: duckdb.DuckDBPyConnection, names: Sequence[str], table: str = PAIRS_TABLE) -> pd.DataFrame:
    """Patterns of agreement among the scored pairs of a table with their number and mean weight."""
    levels = ", ".join(f"level_{name} AS {name}" for name in names)
    by = ", ".join(f"level_{name}" for name in names)
    return con.execute(
        f"SELECT stratum, {levels}, count(*) AS pairs, avg(weight) AS weight "  # noqa: S608
        f"FROM {table} GROUP BY stratum, {by} ORDER BY stratum, {by}"
    ).fetch_df()


def read_pairs(
    con: duckdb.DuckDBPyConnection,
    calibrator: Calibrator,
    names: Sequence[str],
    *,
    at_least: float,
    among: str = "",
) -> pd.DataFrame:
    """Pairs at or above a calibrated probability, most likely first; ties by record ids, so that runs repeat.

    among : table of record ids that both records must stand in; empty: any
    """
    inside = f"SEMI JOIN {among} a ON a.record_id = p.record_id_l SEMI JOIN {among} b ON b.record_id = p.record_id_r"
    patterns = count_patterns(con, names)
    patterns["probability"] = calibrator.probabilities(patterns, patterns["weight"].to_numpy(float))
    con.register("pattern_probabilities", patterns)
    joined = " AND ".join(f"p.level_{name} = q.{name}" for name in names)
    weights = ", ".join(f"p.mw_{name}" for name in names)
    frame = con.execute(
        f"SELECT p.record_id_l, p.record_id_r, p.weight, q.probability, p.stratum, {weights} "  # noqa: S608
        f"FROM {PAIRS_TABLE} p JOIN pattern_probabilities q ON p.stratum = q.stratum AND {joined} "
        f"{inside if among else ''} WHERE q.probability >= ? ORDER BY q.probability DESC, p.record_id_l, p.record_id_r",
        [at_least],
    ).fetch_df()
    con.unregister("pattern_probabilities")
    return frame


def read_linkage(
    con: duckdb.DuckDBPyConnection,
    calibrator: Calibrator,
    names: Sequence[str],
    *,
    around: pd.DataFrame,
    at_least: float,
) -> pd.DataFrame:
    """Every scored pair among the records that some pair of `around` at or above `at_least` holds, with probability."""
    strong = around[around["probability"] >= at_least]
    ids = pd.DataFrame({"record_id": pd.unique(strong[["record_id_l", "record_id_r"]].to_numpy().ravel())})
    con.register("strong_records", ids.astype("int64"))
    con.execute("CREATE OR REPLACE TEMP TABLE strong AS SELECT record_id FROM strong_records")
    con.unregister("strong_records")
    frame = read_pairs(con, calibrator, names, at_least=0.0, among="strong")
    return frame[["record_id_l", "record_id_r", "probability"]]


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
        f"SELECT record_id, {selected} FROM {training.FEATURES_TABLE} "  # noqa: S608
        "WHERE record_id IN (SELECT record_id FROM explained_records)"
    ).fetch_df()
    con.unregister("explained_records")
    return {int(row["record_id"]): {name: str(row[name]) for name in names} for row in frame.to_dict("records")}


def observed(frame: pd.DataFrame, truth: dict[int, int]) -> tuple[Floats, np.ndarray]:
    """Probabilities of pairs and whether they are true, for measuring."""
    left = frame["record_id_l"].map(truth).to_numpy()
    right = frame["record_id_r"].map(truth).to_numpy()
    return frame["probability"].to_numpy(float), left == right
