"""The weekly chain every deal follows, and the exact win probabilities that follow from it.

A deal is at one of five stages, with or without a champion, an economic buyer and a budget freeze: 40 states.
Each week first champion, buyer and freeze may change, then the deal may be lost or move one stage on; moving on
from the last stage is winning. Hazards depend on the state, on the deal's latent values and, in the two late
stages, on the season. The chain is Markov, so the probability of winning, ever or before a quarter ends, is
computed exactly by backward recursion (Kemeny & Snell, Finite Markov Chains, 1960, ch. III).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tandem.simulation.times import quarter_end

STAGES = ("Qualification", "Needs Analysis", "Value Proposition", "Proposal/Price Quote", "Negotiation/Review")
WON, LOST = "Closed Won", "Closed Lost"
STAGE_PROBABILITY = (10, 20, 40, 60, 80)
MOTIONS = ("New Business", "Expansion", "Renewal")
SEGMENT_PACE = {"enterprise": 0.56, "mid-market": 0.78, "commercial": 1.05}

ADVANCE = np.array([0.155, 0.150, 0.145, 0.140, 0.165])
LOSE = np.array([0.105, 0.088, 0.074, 0.064, 0.046])
MOTION_ADVANCE = {"New Business": 0.0, "Expansion": 0.30, "Renewal": 0.55}
MOTION_LOSE = {"New Business": 0.0, "Expansion": -0.20, "Renewal": -1.35}
CHAMPION_LEAVES = 0.013
FREEZE_ENDS = 0.12
HORIZON_WEEKS = 130

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Latents:
    """Latent values of deals, arrays of one length; effects are in units of their standard deviation."""

    pull: Array
    fit: Array
    skill: Array
    competitor: Array
    price_pressure: Array
    pace: Array
    motion_advance: Array
    motion_lose: Array
    freeze_month: NDArray[np.int64]

    def quality(self) -> Array:
        """The linear index that raises advancing and lowers losing."""
        return (
            0.55 * self.pull + 0.40 * self.fit + 0.45 * self.skill - 0.55 * self.competitor - 0.35 * self.price_pressure
        )


def _grid(values: Array) -> Array:
    return values[:, None, None, None, None]


class Chain:
    """The weekly transition probabilities of a set of deals; arrays have axes deal, stage, champion, buyer, freeze."""

    def __init__(self, latents: Latents, origin: dt.date) -> None:
        self.latents, self.origin = latents, origin
        champion = np.array([0.0, 1.0])[None, None, :, None, None]
        late = (np.arange(5) >= 2).astype(float)[None, :, None, None, None]
        buyer = np.array([0.0, 1.0])[None, None, None, :, None] * late
        frozen = np.array([0.0, 1.0])[None, None, None, None, :]
        quality, pace = _grid(latents.quality()), _grid(latents.pace)
        advance = ADVANCE[None, :, None, None, None] * np.exp(
            0.28 * quality + 0.32 * champion + 0.28 * buyer - 1.6 * frozen + _grid(latents.motion_advance)
        )
        lose = LOSE[None, :, None, None, None] * np.exp(
            -0.55 * quality - 0.75 * champion - 0.50 * buyer + 0.15 * frozen + _grid(latents.motion_lose)
        )
        self.advance = np.minimum(advance * pace, 0.42)
        self.lose = np.minimum(lose * pace, 0.38)
        self.gain_champion = np.minimum(0.055 * np.exp(0.30 * latents.skill + 0.25 * latents.pull), 0.4)
        self.gain_buyer = np.minimum(0.050 * np.exp(0.35 * latents.skill), 0.35)

    def __len__(self) -> int:
        return len(self.latents.pull)

    def monday(self, week: int) -> dt.date:
        """First day of a week."""
        return self.origin + dt.timedelta(weeks=int(week))

    def season(self, week: int) -> Array:
        """Factor on both hazards by stage, shape (5,): quarter ends hurry the late stages, holidays slow all."""
        day = self.monday(week)
        left = (quarter_end(day) - day).days
        hurry = 1.9 if left < 14 else 0.78 if left > 70 else 1.0
        slow = 0.35 if (day.month, day.day) >= (12, 21) else 0.7 if day.month == 8 else 1.0
        return np.array([1.0, 1.0, 1.0, hurry, hurry]) * slow

    def freeze_starts(self, week: int) -> Array:
        """Chance by deal that spending is frozen in a week: higher in the month the budget year closes."""
        return np.where(self.latents.freeze_month == self.monday(week).month, 0.050, 0.012)

    def step_back(self, value: Array, week: int) -> Array:
        """Value before a week from the value after it; `value` has shape (deals, 6, 2, 2, 2), stage 5 is won."""
        season = self.season(week)[None, :, None, None, None]
        advance, lose = self.advance * season, self.lose * season
        value = advance * value[:, 1:] + (1 - advance - lose) * value[:, :5]
        starts = self.freeze_starts(week)[:, None, None, None]
        free, frozen = value[..., 0], value[..., 1]
        value = np.stack([free + starts * (frozen - free), frozen + FREEZE_ENDS * (free - frozen)], axis=-1)
        reach = self.gain_buyer[:, None, None] * np.array([1.0, 1.6])[None, :, None]
        without, with_buyer = value[:, :, :, 0], value[:, :, :, 1]
        gained = without[:, 1:] + reach[:, None, :, :] * (with_buyer[:, 1:] - without[:, 1:])
        value = np.stack([np.concatenate([without[:, :1], gained], axis=1), with_buyer], axis=3)
        gain = self.gain_champion[:, None, None, None]
        no, yes = value[:, :, 0], value[:, :, 1]
        return np.stack([no + gain * (yes - no), yes + CHAMPION_LEAVES * (no - yes)], axis=2)

    def closed(self) -> Array:
        """Value at the horizon: won deals count, open ones do not."""
        value = np.zeros((len(self), 6, 2, 2, 2))
        value[:, 5] = 1.0
        return value

    def with_won(self, value: Array) -> Array:
        """A value over the five open stages with the won stage put back."""
        return np.concatenate([value, np.ones((len(self), 1, 2, 2, 2))], axis=1)

    def win_values(self, first_week: int, last_week: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """P(win ever) and P(win by the quarter's end) at the start of each week, by state.

        Both have shape (weeks, deals, 40) in float32, weeks from `first_week` to `last_week`, both included.
        """
        weeks = last_week - first_week + 1
        ever = np.zeros((weeks, len(self), 40), dtype=np.float32)
        quarter = np.zeros((weeks, len(self), 40), dtype=np.float32)
        far, near = self.closed(), self.closed()
        ahead = last_week + 13
        for week in range(last_week + HORIZON_WEEKS, first_week - 1, -1):
            far = self.with_won(self.step_back(far, week))
            if week <= ahead:
                if quarter_end(self.monday(week)) < self.monday(week + 1):
                    near = self.closed()
                near = self.with_won(self.step_back(near, week))
            if week <= last_week:
                ever[week - first_week] = far[:, :5].reshape(len(self), 40)
                quarter[week - first_week] = near[:, :5].reshape(len(self), 40)
        return ever, quarter


def state_code(stage: int, champion: int, buyer: int, frozen: int) -> int:
    """Position of a state in the last axis of `win_values`."""
    return stage * 8 + champion * 4 + buyer * 2 + frozen


def state_parts(code: int) -> tuple[int, int, int, int]:
    """Stage, champion, buyer, freeze of a code."""
    return code // 8, code // 4 % 2, code // 2 % 2, code % 2
