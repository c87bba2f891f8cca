"""Why an account stands where it stands, in a line: the strongest of the parts that were stored with its rank."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tandem.prospecting.domain.conditions import kind_in_words

SURGE = 2.0  # standard deviations above its usual week, where a control chart warns
NAMED_KINDS, NAMED_FIT = 2, 2
LOUD = 0.75
YES, UNKNOWN = "yes", "unknown"


def reason(parts: Mapping[str, Any], excluded_by: str = "") -> str:
    """One line, sentence case, without a full stop. An exclusion is told alone: nothing else matters then."""
    if excluded_by:
        return f"Excluded: {lowered(excluded_by)}"
    told = [*_intent(parts.get("intent", {}), is_customer=bool(parts.get("is_customer"))), *_fit(parts.get("fit", []))]
    line = "; ".join(told) or "Nothing stands out: no signals, and no trait of the profile beyond the market"
    return line[0].upper() + line[1:]


def percentile_in_words(percentile: float, *, is_customer: bool) -> str:
    """What a percentile among peers means: "more interest than 93% of accounts that are no customers"."""
    peers = "customers" if is_customer else "accounts that are no customers"
    if percentile <= 0:
        return f"no interest seen, as with the quietest {peers}"
    return f"more interest than {percentile:.0%} of {peers}"


def _intent(intent: Mapping[str, Any], *, is_customer: bool) -> list[str]:
    percentile = float(intent.get("percentile") or 0.0)
    kinds = [kind_in_words(str(kind)) for kind, points in intent.get("kinds", [])[:NAMED_KINDS] if points > 0]
    found = []
    if kinds and percentile > 0:
        above = percentile_in_words(percentile, is_customer=is_customer)
        found.append(f"{' and '.join(kinds)}: {above}" if percentile >= LOUD else f"some {' and '.join(kinds)}")
    surge = intent.get("surge")
    if surge is not None and surge >= SURGE:
        found.append("far above its own usual week")
    return found


def _fit(fit: list[list[Any]]) -> list[str]:
    """Signals of the profile that hold, heaviest first; the first is the market, which tells nothing of one account."""
    holding = sorted((part for part in fit[1:] if part[3] == YES), key=lambda part: -part[1])
    named = [lowered(str(part[0])) for part in holding[:NAMED_FIT]]
    unknown = [lowered(str(part[0])) for part in fit[1:] if part[3] == UNKNOWN]
    told = [", ".join(named)] if named else []
    return told or ([f"not known: {unknown[0]}"] if unknown else [])


def lowered(text: str) -> str:
    """The words inside a sentence: the first letter small, unless the word is an abbreviation."""
    return text if text[:2].isupper() else text[:1].lower() + text[1:]
