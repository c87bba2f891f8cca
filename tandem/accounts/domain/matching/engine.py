"""Records in, groups out: features, blocks, weights, calibrated probabilities, clusters. Shell and database call this.

Fellegi and Sunter (1969) with Splink 5 on DuckDB; docs/methods/identity-resolution.md gives definitions and figures.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import duckdb
import pandas as pd

from tandem.accounts.domain.matching import blocking, calibration, clusters, scoring, store, training
from tandem.accounts.domain.matching.calibration import Calibrator
from tandem.accounts.domain.matching.clusters import NO_DECISIONS, Decisions
from tandem.accounts.domain.matching.contracts import MatchedEntity, MatchModel, MatchResult, PairEvidence, Thresholds
from tandem.accounts.domain.matching.features import FEATURES

SEED = 20_260_101
PAIRS_TO_CALIBRATE = 1_500_000  # beyond, a sample of the pairs teaches the calibration
PRIOR = "before looking"
CALIBRATION = "pairs like this one"
DEFAULT = Thresholds()

Progress = Callable[[int, int | None, str], None]
STEPS = (
    "reading records",
    "looking for likely pairs",
    "learning what agreement is worth",
    "weighing pairs",
    "grouping",
)


def match_records(
    records: pd.DataFrame | Iterable[pd.DataFrame],
    entity: MatchedEntity,
    *,
    thresholds: Thresholds = DEFAULT,
    model: MatchModel | None = None,
    decisions: Decisions = NO_DECISIONS,
    fresh: Collection[int] | None = None,
    held: Mapping[int, int] | None = None,
    explain_up_to: int = 0,
    seed: int = SEED,
    progress: Progress | None = None,
) -> MatchResult:
    """Find out which records tell of the same company or person.

    Parameters
    ----------
    records : `record_id` (unique integers), `source` and canonical fields, as `features.build_features` takes them
    model : weights learned before; None: learn them from these records
    decisions : what people said; binds
    fresh : score only pairs with one of these records; None: score all
    held : record id to former group. A record that was scored leaves it when no tie to it reaches the review
        threshold any more; the others stay
    explain_up_to : for how many pairs, the most uncertain first, to give the evidence

    Returns
    -------
    MatchResult
        The same for the same records in any order, as long as their ids are the same.
    """
    started = time.perf_counter()
    tell = _teller(progress)
    with store.matching_database() as con:
        tell(0)
        total = store.load_features(con, records, entity)
        copies = store.set_copies_aside(con, entity)
        total, bound = total - len(copies), replace(decisions, together=(*decisions.together, *copies))
        filled = training.filled_columns(con, FEATURES[entity]) if total else []
        if model is None and not training.usable_comparisons(entity, filled):
            return _uncompared(con, entity, bound, held)
        tell(1)
        if fresh is not None:
            _mark_fresh(con, fresh)
        rules = blocking.block(con, entity, filled, only_fresh=fresh is not None)
        compared = blocking.collect_pairs(con, rules, only_fresh=fresh is not None)
        tell(2)
        known = model or _learn(con, entity, filled, seed)
        tell(3)
        scoring.score_pairs(con, dict(known.settings), known.columns)
        known = known if model else _settle(con, known, rules, total, decisions)
        tell(4)
        found = _group(con, known, rules, thresholds, bound, _Former(held or {}, fresh))
        evidence = _explain(con, found.pairs, known, thresholds, explain_up_to)
    return replace(found, evidence=evidence, compared=compared, seconds=time.perf_counter() - started)


def _teller(progress: Progress | None) -> Callable[[int], None]:
    def tell(step: int) -> None:
        if progress:
            progress(step, len(STEPS), STEPS[step])

    return tell


def _uncompared(
    con: duckdb.DuckDBPyConnection, entity: MatchedEntity, decisions: Decisions, held: Mapping[int, int] | None
) -> MatchResult:
    """Nothing to compare by: former groups and people's word stand, all others are alone."""
    none = pd.DataFrame({"record_id_l": [], "record_id_r": [], "probability": [], "weight": [], "stratum": []})
    groups = clusters.group(_record_ids(con), none, automatic=1.0, decisions=decisions, held=held)
    model = MatchModel(entity=entity, settings={}, calibration={}, columns=(), trained=())
    return MatchResult(clusters=clusters.memberships(groups, none, decisions), pairs=none, model=model)


def _record_ids(con: duckdb.DuckDBPyConnection) -> list[int]:
    """All records, copies included."""
    rows = con.execute(
        f"SELECT record_id FROM {blocking.FEATURES_TABLE} UNION ALL SELECT record_id FROM copies ORDER BY 1"  # noqa: S608
    ).fetchall()
    return [int(row[0]) for row in rows]


def _mark_fresh(con: duckdb.DuckDBPyConnection, fresh: Collection[int]) -> None:
    marked = pd.DataFrame({"record_id": pd.Series(sorted(fresh), dtype="int64")})
    con.register("marked_fresh", marked)
    con.execute(f"CREATE OR REPLACE TABLE {blocking.FRESH_TABLE} AS SELECT record_id FROM marked_fresh")  # noqa: S608
    con.unregister("marked_fresh")


def _learn(
    con: duckdb.DuckDBPyConnection,
    entity: MatchedEntity,
    filled: Sequence[str],
    seed: int,
) -> MatchModel:
    comparisons = training.usable_comparisons(entity, filled)
    trained = training.train(con, entity, comparisons=comparisons, seed=seed)
    return MatchModel(
        entity=entity,
        settings=trained.settings,
        calibration={},
        columns=tuple(filled),
        trained=trained.learned,
        notes=trained.notes,
    )


def _settle(
    con: duckdb.DuckDBPyConnection,
    model: MatchModel,
    rules: Sequence[blocking.Rule],
    records: int,
    decisions: Decisions,
) -> MatchModel:
    """Prior and calibration, learned from the pairs that blocking brings together and from what people said."""
    if not model.trained and records >= training.MIN_RECORDS_TO_LEARN:
        return model  # where matches can't be told from accidents, the pairs can't settle how many there are
    settings = dict(model.settings)
    scoring.settle_prior(con, settings, records)
    pairs = scoring.count_pairs(con)
    if pairs < calibration.MIN_PAIRS_TO_LEARN:
        return replace(model, settings=settings)
    one_of = max(1, math.ceil(pairs / PAIRS_TO_CALIBRATE))
    patterns = scoring.count_patterns(con, settings, rules, one_of=one_of)
    prior = scoring.log2_odds(float(settings["probability_two_random_records_match"]))  # type: ignore[arg-type]
    calibrator = calibration.fit(
        patterns, scoring.trained_weights(settings), scoring.count_grades(con, settings), prior=prior
    )
    if decisions.together or decisions.apart:
        stated = scoring.read_pairs(con, calibrator, settings, rules, at_least=0.0)
        calibrator = _learn_from_people(stated, calibrator, decisions)
    return replace(model, settings=settings, calibration=calibrator.as_dict())


def _learn_from_people(pairs: pd.DataFrame, calibrator: Calibrator, decisions: Decisions) -> Calibrator:
    couples = pd.Series(list(zip(pairs["record_id_l"].tolist(), pairs["record_id_r"].tolist(), strict=True)))
    is_match = couples.isin(set(decisions.together))
    decided = (is_match | couples.isin(decisions.apart)).to_numpy(dtype=bool)
    stated = pairs["probability"].to_numpy(float)[decided]
    return calibration.with_decisions(calibrator, stated, is_match.to_numpy(dtype=bool)[decided])


def calibrator_of(model: MatchModel) -> Calibrator:
    """The model's calibrator; one that passes Splink's odds through when nothing was learned."""
    names = scoring.comparison_names(dict(model.settings))
    return Calibrator.from_dict(model.calibration) if model.calibration else Calibrator(comparisons=names)


@dataclass(frozen=True, slots=True)
class _Former:
    """Groups of an earlier run, and which records were scored anew (None: all)."""

    groups: Mapping[int, int]
    fresh: Collection[int] | None

    def still_held(self, pairs: pd.DataFrame, decisions: Decisions) -> dict[int, int]:
        """The former groups without the scored records that no tie holds there any more."""
        if not self.groups:
            return {}
        scored = set(self.groups if self.fresh is None else self.fresh)
        tied: set[int] = set()
        couples = list(zip(pairs["record_id_l"].tolist(), pairs["record_id_r"].tolist(), strict=True))
        for left, right in (*couples, *decisions.together):
            if left in self.groups and self.groups[left] == self.groups.get(right):
                tied |= {left, right}
        return {record: at for record, at in self.groups.items() if record not in scored or record in tied}


def _group(
    con: duckdb.DuckDBPyConnection,
    model: MatchModel,
    rules: Sequence[blocking.Rule],
    thresholds: Thresholds,
    decisions: Decisions,
    former: _Former,
) -> MatchResult:
    pairs = scoring.read_pairs(con, calibrator_of(model), dict(model.settings), rules, at_least=thresholds.review)
    ids = _record_ids(con)
    held = former.still_held(pairs, decisions)
    strong = pairs[pairs["probability"] >= thresholds.automatic]
    parts = clusters.connected(strong, decisions=decisions, held=held)
    groups = clusters.group(
        ids,
        scoring.read_within(con, parts, dict(model.settings)),
        automatic=thresholds.automatic,
        decisions=decisions,
        held=held,
        unseen=0.0 if len(ids) <= blocking.COMPARE_ALL_UP_TO and not former.groups else clusters.UNSEEN,
    )
    return MatchResult(clusters=clusters.memberships(groups, pairs, decisions), pairs=pairs, model=model)


def _explain(
    con: duckdb.DuckDBPyConnection, pairs: pd.DataFrame, model: MatchModel, thresholds: Thresholds, up_to: int
) -> dict[tuple[int, int], tuple[PairEvidence, ...]]:
    """The waterfall of pairs, those for review first."""
    if up_to <= 0 or pairs.empty:
        return {}
    for_review = pairs["probability"] < thresholds.automatic
    chosen = pd.concat([pairs[for_review], pairs[~for_review]]).head(up_to)
    told = scoring.read_values(con, chosen, dict(model.settings))
    prior = scoring.log2_odds(float(model.settings["probability_two_random_records_match"]))  # type: ignore[arg-type]
    couples = zip(chosen["record_id_l"].tolist(), chosen["record_id_r"].tolist(), strict=True)
    stated = dict(zip(couples, chosen["probability"].tolist(), strict=True))
    found = {}
    for row in scoring.read_weights(con, chosen, dict(model.settings)):
        couple = (row.pop("record_id_l"), row.pop("record_id_r"))
        found[couple] = _waterfall(row, told[couple[0]], told[couple[1]], prior, stated[couple])
    return found


def _waterfall(
    bits: Mapping[Any, Any], left: Mapping[str, str], right: Mapping[str, str], prior: float, probability: float
) -> tuple[PairEvidence, ...]:
    """Prior, one part a comparison that says something, and what calibration adds: together the log2 odds."""
    parts = [PairEvidence(comparison=PRIOR, left="", right="", weight=round(prior, 3))]
    for name, weight in bits.items():
        if weight:
            shown = name.replace("_", " ")
            parts.append(PairEvidence(comparison=shown, left=left[name], right=right[name], weight=round(weight, 3)))
    rest = scoring.log2_odds(probability) - sum(part.weight for part in parts)
    parts.append(PairEvidence(comparison=CALIBRATION, left="", right="", weight=round(rest, 3)))
    return tuple(parts)
