"""The seven layers of a revenue stack and their health. Rooms register a check for each part they bring.

A layer whose part nobody brings is a named risk of the programme, not a blank: skipping a layer is the commonest cause
of disappointment after a year (the layers and their risks follow the playbook's table of seven).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum


class Layer(StrEnum):
    """The seven layers, from the ground up."""

    DATA = "data"
    IDENTITY_INTENT = "identity_intent"
    AI_RUNTIME = "ai_runtime"
    ENGAGEMENT = "engagement"
    CONVERSATIONS = "conversations"
    FORECASTING = "forecasting"
    OBSERVABILITY = "observability"


class Health(StrEnum):
    """Healthy; degraded: works with a fault that a person should look at; missing: nothing does this work."""

    HEALTHY = "healthy"
    DEGRADED = "degraded"
    MISSING = "missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One thing a layer must do, and what it means for the programme when nothing does it."""

    key: str
    layer: Layer
    title: str
    risk: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a check found. `evidence`: numbers and dates; `risk`: empty when healthy."""

    state: Health
    evidence: str
    risk: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PartHealth:
    """A part with what was found about it."""

    part: Part
    finding: Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerHealth:
    """A layer as the worst of its parts, except that it is missing only when all of them are."""

    layer: Layer
    title: str
    parts: tuple[PartHealth, ...]

    @property
    def state(self) -> Health:
        """Healthy when all parts are, missing when all are, else degraded."""
        states = {part.finding.state for part in self.parts}
        return states.pop() if len(states) == 1 else Health.DEGRADED

    @property
    def evidence(self) -> str:
        """What was found, part by part."""
        return " ".join(f"{part.part.title}: {part.finding.evidence}" for part in self.parts)

    @property
    def risk(self) -> str:
        """The named risks, empty when the layer is healthy."""
        return " ".join(part.finding.risk for part in self.parts if part.finding.risk)


TITLES: dict[Layer, str] = {
    Layer.DATA: "Data",
    Layer.IDENTITY_INTENT: "Identity and intent",
    Layer.AI_RUNTIME: "AI runtime",
    Layer.ENGAGEMENT: "Engagement",
    Layer.CONVERSATIONS: "Conversations",
    Layer.FORECASTING: "Forecasting and pipeline",
    Layer.OBSERVABILITY: "Observability and compliance",
}

PARTS: tuple[Part, ...] = (
    Part(
        key="data.sources",
        layer=Layer.DATA,
        title="Sources",
        risk="Without fresh sources every score and forecast speaks of the past.",
    ),
    Part(
        key="data.loads",
        layer=Layer.DATA,
        title="Loads",
        risk="Rows that were refused are deals and people that nobody will work.",
    ),
    Part(
        key="identity.matching",
        layer=Layer.IDENTITY_INTENT,
        title="Record matching",
        risk="Without one record a company, two sellers write to the same person and totals count twice.",
    ),
    Part(
        key="intent.scoring",
        layer=Layer.IDENTITY_INTENT,
        title="Intent scoring",
        risk="Without intent, sellers work accounts by habit instead of by need.",
    ),
    Part(
        key="ai.runtime",
        layer=Layer.AI_RUNTIME,
        title="AI tasks",
        risk="Without a runtime with routing, guards and evals, AI runs in side tools that nobody can check or stop.",
    ),
    Part(
        key="engagement.sending",
        layer=Layer.ENGAGEMENT,
        title="Sequences and the gate",
        risk="Without one way out, channels contradict each other and refusals are missed.",
    ),
    Part(
        key="conversations.reading",
        layer=Layer.CONVERSATIONS,
        title="Meetings and calls",
        risk="Without what was said, forecast and coaching rest on what was typed into the CRM.",
    ),
    Part(
        key="forecasting.pipeline",
        layer=Layer.FORECASTING,
        title="Forecast and hygiene",
        risk="Without a forecast of its own, the quarter is known when it is over.",
    ),
    Part(
        key="observability.ledger",
        layer=Layer.OBSERVABILITY,
        title="Ledger",
        risk="Without a record that can't be changed, nobody can show afterwards who did what and why.",
    ),
    Part(
        key="observability.rules",
        layer=Layer.OBSERVABILITY,
        title="Rules and consent",
        risk="Without rules in the path of every message, the first breach is found by the person who complains.",
    ),
)

Check = Callable[[], Finding]
_checks: dict[str, Check] = {}


def register(key: str, check: Check) -> None:
    """A room brings a part: its check is asked whenever health is shown. Raises KeyError for an unknown part."""
    if key not in {part.key for part in PARTS}:
        raise KeyError(f"{key!r} is no part of a layer; known: {', '.join(part.key for part in PARTS)}")
    _checks[key] = check


def registered() -> frozenset[str]:
    """Keys of the parts that some room brings."""
    return frozenset(_checks)


def examine(parts: Iterable[Part] = PARTS) -> tuple[LayerHealth, ...]:
    """Ask every check; parts without one are missing and tell their risk."""
    found = [PartHealth(part=part, finding=_find(part)) for part in parts]
    return tuple(
        LayerHealth(layer=layer, title=title, parts=tuple(one for one in found if one.part.layer is layer))
        for layer, title in TITLES.items()
    )


def _find(part: Part) -> Finding:
    check = _checks.get(part.key)
    if check is None:
        return Finding(state=Health.MISSING, evidence="Not installed yet.", risk=part.risk)
    found = check()
    return (
        found
        if found.state is Health.HEALTHY or found.risk
        else Finding(state=found.state, evidence=found.evidence, risk=part.risk)
    )
