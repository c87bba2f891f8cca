"""What goes into matching and what comes out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import pandas as pd

MatchedEntity = Literal["account", "contact"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """Where the machine decides and where a person does, as calibrated probabilities.

    automatic : at and above, records are put together
    review : from here up to `automatic` a person is asked; below, records stay apart
    """

    automatic: float = 0.92
    review: float = 0.4

    def __post_init__(self) -> None:
        if not 0 < self.review <= self.automatic < 1:
            raise ValueError(f"thresholds must satisfy 0 < review <= automatic < 1, got {self}")


@dataclass(frozen=True, slots=True, kw_only=True)
class PairEvidence:
    """One part of the waterfall of a pair: log2 of how much likelier the observation is in a true match."""

    comparison: str
    left: str
    right: str
    weight: float


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchModel:
    """A trained model, enough to score later records the same way.

    settings : Splink settings with trained probabilities
    calibration : parameters of `calibration.Calibrator`
    columns : feature columns the model compares
    trained : comparisons whose m probabilities were learned from the data; the others keep stated defaults
    """

    entity: MatchedEntity
    settings: Mapping[str, object]
    calibration: Mapping[str, object]
    columns: tuple[str, ...]
    trained: tuple[str, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchResult:
    """Who belongs together, and why.

    clusters : one row a record: record_id, cluster_id (the smallest record_id in it), probability
        of rightly standing in that cluster
    pairs : record_id_l, record_id_r, probability, weight (log2 odds before calibration), stratum (the block that
        found it); pairs at or above the review threshold, most likely first
    evidence : the waterfall of the pairs asked for; its parts add up to the log2 odds of the probability
    compared : pairs that blocking brought together
    """

    clusters: pd.DataFrame
    pairs: pd.DataFrame
    model: MatchModel
    evidence: Mapping[tuple[int, int], tuple[PairEvidence, ...]] = field(default_factory=dict)
    compared: int = 0
    seconds: float = 0.0
