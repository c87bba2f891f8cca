"""Learning what agreement is worth, without labels (Fellegi and Sunter 1969; parameters by Splink 5).

u, the chance of agreeing by accident, is counted on random pairs. m, the chance of agreeing in a true match, comes
from expectation maximisation over several blocking rules, so that every comparison is learned from blocks it did not
choose. Where data are too few or a run does not converge the stated defaults of `comparisons` stay.
"""

from __future__ import annotations

import contextlib
import io
import logging
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb

from tandem.accounts.domain.matching.blocking import FEATURES_TABLE
from tandem.accounts.domain.matching.comparisons import COMPARISONS, FLOOR_BITS, Comparison, as_splink, output_name
from tandem.accounts.domain.matching.contracts import MatchedEntity

MIN_FILLED_SHARE = 0.02
MIN_RECORDS_TO_LEARN = 100
MIN_BLOCK_PAIRS = 60
DEFAULTS_HOLD_UP_TO = 2000  # records: beyond, there are more values too, so that the same value says as much as here
MAX_RANDOM_PAIRS = 150_000
DRAWN_TABLE = "drawn_records"
MAX_TRAINING_PAIRS = 300_000
SMALLEST_PROBABILITY = 1e-7
DEFAULT_MATCHES_PER_RECORD = 0.3  # a starting point only: `scoring` settles the prior on the pairs found

TRAINING_BLOCKS: dict[MatchedEntity, tuple[tuple[str, ...], ...]] = {
    "account": (("domain",), ("name",), ("phone",), ("street", "house")),
    "contact": (
        ("email",),
        ("first", "last"),
        ("phone",),
        ("last", "company"),
        ("birth",),
        ("national",),
        ("linkedin",),
    ),
}


@dataclass(frozen=True, slots=True)
class Trained:
    """Splink settings with probabilities, and which comparisons were learned from the data."""

    settings: dict[str, Any]
    comparisons: tuple[Comparison, ...]
    learned: tuple[str, ...]
    notes: tuple[str, ...]


def filled_columns(con: duckdb.DuckDBPyConnection, columns: Sequence[str]) -> list[str]:
    """Feature columns filled in at least 2% of records (and two records) that hold more than one value."""
    counted = ", ".join(f"count({name}), approx_count_distinct({name})" for name in columns)
    row = con.execute(f"SELECT count(*), {counted} FROM {FEATURES_TABLE}").fetchone() or (0,)  # noqa: S608
    records = row[0]
    return [
        name
        for position, name in enumerate(columns)
        if row[1 + 2 * position] >= max(2, MIN_FILLED_SHARE * records) and row[2 + 2 * position] >= 1
    ]


def usable_comparisons(entity: MatchedEntity, filled: Sequence[str]) -> tuple[Comparison, ...]:
    """The comparisons of which some telling column is filled."""
    telling = {"employer": ("account_id", "domain", "company"), "place": ("city", "region", "country")}
    return tuple(
        comparison
        for comparison in COMPARISONS[entity]
        if any(column in filled for column in telling.get(comparison.name, comparison.columns[:1]))
    )


def starting_settings(comparisons: Sequence[Comparison], records: int) -> dict[str, Any]:
    """Splink settings with the default probabilities."""
    pairs = max(records * (records - 1) / 2, 1)
    return {
        "link_type": "dedupe_only",
        "unique_id_column_name": "record_id",
        "probability_two_random_records_match": min(0.5, DEFAULT_MATCHES_PER_RECORD * records / pairs),
        "retain_matching_columns": False,
        "retain_intermediate_calculation_columns": True,
        "blocking_rules_to_generate_predictions": [],
        "comparisons": [as_splink(comparison) for comparison in comparisons],
        "em_convergence": 0.001,
        "max_iterations": 20,
    }


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Splink tells its progress on standard output and a logger; the product tells its own."""
    logger = logging.getLogger("splink")
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            yield
    finally:
        logger.setLevel(before)


def new_linker(con: duckdb.DuckDBPyConnection, settings: dict[str, Any], table: str = FEATURES_TABLE) -> Any:
    """A Splink linker over a table of the matching database."""
    from splink import DuckDBAPI, Linker

    registered = DuckDBAPI(con).register(table)
    return Linker(registered, settings, log_level=logging.ERROR, validate_settings=False)


def train(
    con: duckdb.DuckDBPyConnection,
    entity: MatchedEntity,
    *,
    comparisons: Sequence[Comparison],
    seed: int,
) -> Trained:
    """Learn m and u for `comparisons` from the features table."""
    (records,) = con.execute(f"SELECT count(*) FROM {FEATURES_TABLE}").fetchone() or (0,)  # noqa: S608
    settings = starting_settings(comparisons, records)
    if records < MIN_RECORDS_TO_LEARN:
        _forget_frequencies(settings)
        note = f"{records} records are too few to learn from: stated default weights are used"
        return Trained(settings, tuple(comparisons), (), (note,))
    with quiet():
        linker = new_linker(con, _with_accidents(con, settings, seed))
        notes = _expectation_maximisation(con, linker, entity, comparisons)
        learned_settings = linker.misc.save_model_to_json()
        learned = tuple(
            comparison.output_column_name
            for comparison in linker._settings_obj.core_model_settings.comparisons
            if any(level._trained_m_probabilities for level in comparison.comparison_levels)
        )
    if not learned:
        notes.append("too few kinds of evidence to learn from: stated default weights are used")
        settings = starting_settings(comparisons, min(records, DEFAULTS_HOLD_UP_TO))
        _forget_frequencies(settings, rarer_than=2 / records)
        return Trained(settings, tuple(comparisons), (), tuple(notes))
    _guard(learned_settings, comparisons, learned)
    return Trained(learned_settings, tuple(comparisons), learned, tuple(notes))


def _with_accidents(con: duckdb.DuckDBPyConnection, settings: dict[str, Any], seed: int) -> dict[str, Any]:
    """The settings with u counted on all pairs of records drawn by a hash of their ids, so that runs repeat."""
    drawn = math.isqrt(2 * MAX_RANDOM_PAIRS) + 1
    con.execute(
        f"CREATE OR REPLACE TABLE {DRAWN_TABLE} AS SELECT * FROM {FEATURES_TABLE} "  # noqa: S608
        "ORDER BY hash(record_id, ?), record_id LIMIT ?",
        [seed, drawn],
    )
    linker = new_linker(con, settings, DRAWN_TABLE)
    linker.training.estimate_u_using_random_sampling(max_pairs=2 * MAX_RANDOM_PAIRS, num_chunks=1)
    counted: dict[str, Any] = linker.misc.save_model_to_json()
    return counted


def _forget_frequencies(settings: dict[str, Any], *, rarer_than: float = 1.0) -> None:
    """Among few records every value looks frequent, most of all that of a true match.

    rarer_than : only where accidental agreement is stated to be rarer than this
    """
    for comparison in settings["comparisons"]:
        for level in comparison["comparison_levels"]:
            if level.get("u_probability", 0.0) < rarer_than:
                level.pop("tf_adjustment_column", None)
                level.pop("tf_adjustment_weight", None)


def _expectation_maximisation(
    con: duckdb.DuckDBPyConnection, linker: Any, entity: MatchedEntity, comparisons: Sequence[Comparison]
) -> list[str]:
    from splink.internals.exceptions import EMTrainingException

    notes = []
    present = {row[0] for row in con.execute(f"DESCRIBE {FEATURES_TABLE}").fetchall()}
    for columns in TRAINING_BLOCKS[entity]:
        if not set(columns) <= present or _block_pairs(con, columns) < MIN_BLOCK_PAIRS:
            continue
        if all(set(columns) & set(comparison.columns) for comparison in comparisons):
            continue  # every kind of evidence is used up by the block itself
        rule = " AND ".join(f"l.{column} = r.{column}" for column in columns)
        try:
            linker.training.estimate_parameters_using_expectation_maximisation(
                rule, estimate_without_term_frequencies=True, max_pairs=MAX_TRAINING_PAIRS
            )
        except (EMTrainingException, ValueError, ZeroDivisionError) as error:
            notes.append(f"nothing could be learned from records with the same {' and '.join(columns)}: {error}")
    return notes


def _block_pairs(con: duckdb.DuckDBPyConnection, columns: Sequence[str]) -> float:
    filled = " AND ".join(f"{column} IS NOT NULL" for column in columns)
    row = con.execute(
        f"SELECT sum(n * (n - 1) / 2) FROM (SELECT count(*) n FROM {FEATURES_TABLE} "  # noqa: S608
        f"WHERE {filled} GROUP BY {', '.join(columns)})"
    ).fetchone()
    return float(row[0] or 0) if row else 0.0


def _guard(settings: dict[str, Any], comparisons: Sequence[Comparison], learned: Sequence[str]) -> None:
    """Keep learned weights sane: probabilities never 0, better agreement never worth less, weak evidence capped."""
    by_name = {output_name(comparison.name): comparison for comparison in comparisons}
    for entry in settings["comparisons"]:
        comparison = by_name[entry["output_column_name"]]
        levels = [level for level in entry["comparison_levels"] if not level.get("is_null_level")]
        for level, default in zip(levels, comparison.levels, strict=True):
            level["u_probability"] = max(level.get("u_probability") or default.u, SMALLEST_PROBABILITY)
            level["m_probability"] = max(level.get("m_probability") or default.m, SMALLEST_PROBABILITY)
        _bound_weights(levels, comparison)


def _bound_weights(levels: list[dict[str, Any]], comparison: Comparison) -> None:
    bits = [math.log2(level["m_probability"] / level["u_probability"]) for level in levels]
    highest = bits[0]
    for position, weight in enumerate(bits):
        bounded = max(min(weight, highest), FLOOR_BITS)
        if comparison.max_bits is not None:
            bounded = max(min(bounded, comparison.max_bits), -comparison.max_bits)
        if position == len(bits) - 1:
            bounded = min(bounded, 0.0)
        levels[position]["m_probability"] = min(1.0, levels[position]["u_probability"] * 2.0**bounded)
        if levels[position]["m_probability"] == 1.0 and bounded > 0:
            levels[position]["u_probability"] = max(2.0**-bounded, SMALLEST_PROBABILITY)
