"""The kinds of signals: the ones that come with the product, and the rules a table of kinds has to hold."""

from __future__ import annotations

import math
import tomllib
from functools import lru_cache
from pathlib import Path

from tandem.core.errors import InvalidInput
from tandem.intent.contracts import KindTable, SignalKind

FILE = Path(__file__).parent / "kinds.toml"
MOST = 1e9  # of any number: far above what is meant, far below where sums of floats lose the tenth decimal of 1


@lru_cache(maxsize=1)
def built_in_kinds() -> KindTable:
    """The kinds of `kinds.toml`, where each says why; others count as a plain page view without a bound."""
    told = tomllib.loads(FILE.read_text(encoding="utf-8"))
    known = {
        kind: checked(
            SignalKind(
                kind=kind,
                weight=one["weight"],
                half_life_days=one["half_life_days"],
                saturation=one.get("saturation"),
                least_strength=one.get("least_strength"),
            )
        )
        for kind, one in told["kinds"].items()
    }
    other = told["other"]
    return KindTable(
        known=known,
        other=checked(SignalKind(kind="other", weight=other["weight"], half_life_days=other["half_life_days"])),
    )


@lru_cache(maxsize=1)
def kinds_with_topics() -> frozenset[str]:
    """Kinds whose source tells a topic from its own list."""
    told = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return frozenset(kind for kind, one in told["kinds"].items() if one.get("has_topics"))


def checked(kind: SignalKind) -> SignalKind:
    """The kind itself. Raises InvalidInput for a number out of range."""
    rules = (
        ("weight", kind.weight, kind.weight >= 0, "0 or more"),
        ("half_life_days", kind.half_life_days, kind.half_life_days > 0, "above 0"),
        ("saturation", kind.saturation, kind.saturation is None or kind.saturation > 0, "above 0, or empty for none"),
        (
            "least_strength",
            kind.least_strength,
            kind.least_strength is None or kind.least_strength >= 0,
            "0 or more, or empty for none",
        ),
    )
    for column, value, holds, rule in rules:
        if not holds or (value is not None and not (math.isfinite(value) and value <= MOST)):
            raise InvalidInput(
                f"{column} {value} of kind {kind.kind!r} can't be used.",
                hint=f"It must be {rule}, and at most {MOST:,.0f}.",
                code="intent.kind",
                context={"column": column},
            )
    return kind
