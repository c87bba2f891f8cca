"""How like the ideal customer an account is: points earned of points there are, and exclusions that win over all.

A weighted checklist (Dawes 1979, "The robust beauty of improper linear models", American Psychologist 34): additive, so
that a seller can see and dispute every point. What nobody knows earns half: neither proof for nor against.
"""

from __future__ import annotations

from decimal import Decimal

from tandem.prospecting.contracts import AccountProfile, Fit, FitPart, Match, Truth
from tandem.prospecting.domain.conditions import holds
from tandem.prospecting.domain.icp import Exclusion, Icp

SHARE_OF = {Truth.YES: 1.0, Truth.UNKNOWN: 0.5, Truth.NO: 0.0}


def fit_of(icp: Icp, profile: AccountProfile) -> Fit:
    """Fit of one account at its profile's moment.

    Every part is there with its match, also those that earn nothing and also when an exclusion makes the score 0;
    a part whose truth is unknown names what is missing in `match.because`. An exclusion that is unknown does not hold.
    """
    parts = []
    for signal in icp.fit:
        match = holds(signal.when, profile)
        parts.append(
            FitPart(name=signal.name, weight=signal.weight, points=signal.weight * SHARE_OF[match.truth], match=match)
        )
    excluded = excluded_by(icp, profile)
    earned = sum(part.points for part in parts)
    return Fit(
        score=0.0 if excluded else min(earned / icp.points, 1.0),
        parts=tuple(parts),
        excluded_by=excluded[0].name if excluded else "",
        icp_version=icp.version,
    )


def excluded_by(icp: Icp, profile: AccountProfile) -> tuple[Exclusion, Match] | None:
    """The first exclusion that holds, with what it rests on; None: none."""
    for one in icp.exclusion:
        match = holds(one.when, profile)
        if match.truth is Truth.YES:
            return one, match
    return None


def value_of(icp: Icp, profile: AccountProfile) -> tuple[str, Decimal]:
    """Segment and value if won of the first segment that holds; ("", what holds otherwise) when none does."""
    for segment in icp.segments:
        if holds(segment.when, profile).truth is Truth.YES:
            return segment.name, segment.value_if_won
    return "", icp.value_otherwise
