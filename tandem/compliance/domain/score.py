"""Compliance score: how much of the law that concerns a message it meets, 0 to 100, part by part.

Each part is a body of law (CAN-SPAM, CASL, ...). The parts that concern the message share 100 points evenly, in whole
points. A part keeps all of its points when every rule of it that spoke is met or only makes the message wait, half when
a person must judge, none when a rule blocks. The parts add up to the score. The method, and what the figure does not
mean, stand in docs/methods/compliance-score.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import fmean
from typing import Any

from tandem.compliance.domain.rules.packs import Packs
from tandem.core.intervals import mean_interval, wilson


class Regime(StrEnum):
    """A body of law, or the house's own rules, as a part of the score."""

    CAN_SPAM = "CAN-SPAM and state mail law"
    CASL = "CASL and Canadian law"
    GDPR = "GDPR and ePrivacy"
    CCPA = "CCPA and state privacy"
    AI_ACT = "EU AI Act and AI disclosure"
    TCPA = "TCPA and state call law"
    RECORDING = "Recording consent"
    OTHER = "Other countries"
    HOUSE = "Rules of the house and mailbox providers"


_BY_PACK: Mapping[str, Regime] = {
    "us-mail": Regime.CAN_SPAM,
    "canada": Regime.CASL,
    "europe-data": Regime.GDPR,
    "europe-mail": Regime.GDPR,
    "europe-messages": Regime.GDPR,
    "europe-calls": Regime.GDPR,
    "us-privacy": Regime.CCPA,
    "ai-disclosure": Regime.AI_ACT,
    "us-calls": Regime.TCPA,
    "us-state-calls": Regime.TCPA,
    "recording": Regime.RECORDING,
    "asia-pacific": Regime.OTHER,
    "rights": Regime.OTHER,
}
_LEVELS = {"block": 0.0, "review": 0.5}
BOUGHT = frozenset({"purchased", "third_party_list"})
SUPPRESSION = "XX-SUPP-001"


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentFacts:
    """What a score asks beyond the decision. None or empty: not known, which counts as a person's to judge."""

    address_source: str = ""
    has_privacy_notice: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One rule within a part. level : 1 met or waiting, 0.5 a person must judge, 0 not met"""

    rule: str
    law: str
    level: float
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ScorePart:
    """A part of the score. points : earned, of at most `of`"""

    regime: Regime
    points: float
    of: int
    checks: tuple[Check, ...]

    @property
    def lost(self) -> tuple[Check, ...]:
        """Checks that cost points."""
        return tuple(check for check in self.checks if check.level < 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """A message's score. total : 0 to 100, the sum of the parts; None: no rule concerns it.

    silent : bodies of law that do not concern the message
    """

    total: float | None
    parts: tuple[ScorePart, ...]
    silent: tuple[Regime, ...]

    def as_dict(self) -> dict[str, Any]:
        """As the shell and the API print it."""
        return {
            "score": self.total,
            "parts": [
                {
                    "part": part.regime.value,
                    "points": part.points,
                    "of": part.of,
                    "rules": [
                        {"rule": one.rule, "source": one.law, "level": one.level, "why": one.why} for one in part.checks
                    ],
                }
                for part in self.parts
            ],
            "not_concerned": [regime.value for regime in self.silent],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreSummary:
    """Scores of many messages.

    n : messages that have a score
    mean, low, high : 0 to 100 with a 95 % interval; low and high None below 30 messages, mean None for none
    clean, clean_low, clean_high : share that has 100, 0 to 1, with Wilson's 95 % interval
    parts : mean share of each part's points, 0 to 1, and how many messages it concerns
    """

    n: int
    mean: float | None
    low: float | None
    high: float | None
    clean: float | None
    clean_low: float
    clean_high: float
    parts: Mapping[Regime, tuple[float, int]]


def regimes_of(packs: Packs) -> dict[str, Regime]:
    """Rule id to its part of the score; rules of an installation's own packs are rules of the house."""
    return {rule.id: _BY_PACK.get(rule.pack, Regime.HOUSE) for rule in (*packs.replaced, *packs.rules)}


def score(decision: Mapping[str, Any], regimes: Mapping[str, Regime], content: ContentFacts | None = None) -> Score:
    """Score one decision.

    decision : as `Decision.as_dict` gives it and the gate stores it
    content : for the privacy law of American states; None: nothing is known of it
    """
    found: dict[Regime, list[Check]] = {}
    for rule in decision["rules"]:
        check = Check(
            rule=rule["id"], law=rule["source"], level=_LEVELS.get(rule["effect"], 1.0), why=rule["why"]
        )  # fmt: skip
        found.setdefault(regimes.get(rule["id"], Regime.HOUSE), []).append(check)
    privacy = _state_privacy(decision, content or ContentFacts())
    if privacy:
        found.setdefault(Regime.CCPA, []).extend(privacy)
    concerned = [regime for regime in Regime if regime in found]
    parts = tuple(
        ScorePart(
            regime=regime,
            points=of * min(check.level for check in found[regime]),
            of=of,
            checks=tuple(sorted(found[regime], key=lambda check: (check.level, check.rule))),
        )
        for regime, of in zip(concerned, _shared_out(len(concerned)), strict=True)
    )
    return Score(
        total=sum(part.points for part in parts) if parts else None,
        parts=parts,
        silent=tuple(regime for regime in Regime if regime not in found),
    )


def _shared_out(count: int) -> list[int]:
    """100 in whole points, as evenly as can be, the first ones larger."""
    return [100 // count + (index < 100 % count) for index in range(count)] if count else []


def _state_privacy(decision: Mapping[str, Any], content: ContentFacts) -> list[Check]:
    """What the privacy law of American states asks of one message; it decides on no contact by itself."""
    places = [str(place) for place in decision.get("places", ())]
    if not any(place[:2] == "US" for place in places):
        return []
    missing = "suppressed" in decision.get("missing", ())
    stopped = any(rule["id"] == SUPPRESSION and rule["effect"] == "block" for rule in decision["rules"])
    level, why = (0.0, "The person opted out.") if stopped else (
        (0.5, "Whether the person opted out was not looked up.") if missing else (1.0, "No opt-out is on record.")
    )  # fmt: skip
    found = [Check(rule="US-ST-PRIV-002", law="opt-out requests of any US resident", level=level, why=why)]
    if not any(place in ("US-CA", "US") for place in places):
        return found
    source = content.address_source
    bought = (0.5, "The address was bought: keep the contract and take deletions over.") if source in BOUGHT else (
        (1.0, "The address was not bought.") if source else (0.5, "Where the address comes from is not known.")
    )  # fmt: skip
    notice = {
        True: (1.0, "The message links the privacy notice."),
        False: (0.5, "The message links no privacy notice."),
        None: (0.5, "Whether the message links the privacy notice is not known."),
    }[content.has_privacy_notice]
    return [
        *found,
        Check(rule="US-CA-CCPA-004", law="Cal. Civ. Code 1798.100(d)", level=bought[0], why=bought[1]),
        Check(rule="US-CA-CCPA-003", law="Cal. Civ. Code 1798.100(a)", level=notice[0], why=notice[1]),
    ]


def summarise(scores: Iterable[Score]) -> ScoreSummary:
    """Put the scores of many messages together; those that no rule concerns are left out."""
    known = [one for one in scores if one.total is not None]
    totals: Sequence[float] = [one.total for one in known if one.total is not None]
    clean = sum(total == 100 for total in totals)
    interval = mean_interval(totals)
    shares: dict[Regime, list[float]] = {}
    for one in known:
        for part in one.parts:
            shares.setdefault(part.regime, []).append(part.points / part.of)
    clean_low, clean_high = wilson(clean, len(totals))
    return ScoreSummary(
        n=len(totals),
        mean=fmean(totals) if totals else None,
        low=max(0.0, interval[0]) if interval else None,
        high=min(100.0, interval[1]) if interval else None,
        clean=clean / len(totals) if totals else None,
        clean_low=clean_low,
        clean_high=clean_high,
        parts={regime: (fmean(shares[regime]), len(shares[regime])) for regime in Regime if regime in shares},
    )
