"""Experiments: who gets which arm and which text, by a hash and for good; and what may be said of the results.

Arms are drawn by account, so that colleagues are not treated in different ways and talk about it; variants by person.
People of one account are not independent of each other; with many people an account the intervals, which count people,
are somewhat too narrow.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b

from tandem.core.errors import InvalidInput
from tandem.core.intervals import ENOUGH_FOR_SHARE, Difference, Share
from tandem.engagement.contracts import Arm
from tandem.engagement.domain.outcomes import MEASURE_WORDS, Measure, Outcomes

ARM_WORDS: Mapping[Arm, str] = {
    Arm.HUMAN: "People alone",
    Arm.HYBRID: "AI proposes, people approve",
    Arm.AUTONOMOUS: "AI inside written limits",
}
COMPARED = (Measure.REPLIED, Measure.MEETING, Measure.DEAL)
ROUNDING = 0.001
_ALL = 2**64


def read_arms(data: object, *, may_be_autonomous: bool) -> dict[Arm, float]:
    """Shares of arms, adding up to 1; empty: no experiment. Raises InvalidInput.

    may_be_autonomous : the campaign is opted in to autonomy, without which nobody gets that arm
    """
    if not data:
        return {}
    if not isinstance(data, Mapping):
        raise InvalidInput("Arms are no shares.", hint='Write {"human": 0.5, "hybrid": 0.5}.', code="campaign.arms")
    found: dict[Arm, float] = {}
    for word, share in data.items():
        is_share = isinstance(share, int | float) and not isinstance(share, bool) and 0 < share <= 1
        if word not in [arm.value for arm in Arm] or not is_share:
            raise InvalidInput(
                f"{word!r:.40}: {share!r:.20} is no share of an arm.",
                hint=f"Arms are {', '.join(Arm)}, shares more than 0 and up to 1.",
                code="campaign.arms",
            )
        found[Arm(word)] = float(share)
    if abs(sum(found.values()) - 1) > ROUNDING:
        raise InvalidInput(f"Shares add up to {sum(found.values()):g}.", hint="Let them be 1.", code="campaign.arms")
    if Arm.AUTONOMOUS in found and not may_be_autonomous:
        raise InvalidInput(
            "The campaign is not opted in to autonomy, so nobody can be in that arm.",
            hint="Opt in first, on the campaign's page.",
            code="campaign.arms",
        )
    return found


def arm_of(arms: Mapping[Arm, float], *, campaign_id: int, unit: str) -> Arm:
    """The arm of an account (or of a person without one): always the same, in the shares asked for.

    Without an experiment it is hybrid.
    """
    if not arms:
        return Arm.HYBRID
    place, total = _share(f"arm:{campaign_id}:{unit}") * sum(arms.values()), 0.0
    ordered = sorted(arms, key=lambda arm: list(Arm).index(arm))
    for arm in ordered:
        total += arms[arm]
        if place < total:
            return arm
    return ordered[-1]


def variant_of(variants: Sequence[str], *, campaign_id: int, contact_id: int, step: int) -> str:
    """The text somebody gets at a step: each variant equally often. Empty: the step has one text."""
    if not variants:
        return ""
    place = _share(f"variant:{campaign_id}:{contact_id}:{step}")
    return sorted(variants)[int(place * len(variants))]


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """One measure of one group against the group compared with."""

    measure: Measure
    share: Share
    difference: Difference | None

    @property
    def label(self) -> str:
        """The measure in words."""
        return MEASURE_WORDS[self.measure]

    @property
    def said(self) -> str:
        """What may be said of it."""
        if self.difference is None:
            return "The others are compared with it" if self.share.is_enough else not_enough(self.share)
        if not self.difference.is_enough:
            return not_enough(self.share, self.difference.second)
        if not self.difference.differs:
            return "No difference that may not be chance"
        return "More" if self.difference.low > 0 else "Less"


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """One arm or variant with its figures. people : enrolled; reached : written to without a bounce"""

    key: str
    label: str
    people: int
    reached: int
    compared: Sequence[Compared]


def not_enough(*shares: Share) -> str:
    """The house's words for too little to say anything."""
    least = min(share.n for share in shares)
    return f"Not enough data: {least} of {ENOUGH_FOR_SHARE} people"


def compare(groups: Mapping[str, Outcomes], *, against: str, words: Mapping[str, str]) -> list[Group]:
    """Every group beside the one compared with (which comes first), with intervals of shares and of differences."""
    base = groups.get(against)
    ordered = sorted(groups, key=lambda key: (key != against, key))
    return [_group(key, groups[key], None if key == against else base, words) for key in ordered]


def _group(key: str, told: Outcomes, base: Outcomes | None, words: Mapping[str, str]) -> Group:
    compared = [
        Compared(
            measure=measure,
            share=told.shares[measure],
            difference=Difference(first=told.shares[measure], second=base.shares[measure]) if base else None,
        )
        for measure in COMPARED
    ]
    return Group(key=key, label=words.get(key, key), people=told.people, reached=told.reached, compared=compared)


def _share(text: str) -> float:
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest()) / _ALL
