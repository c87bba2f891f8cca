"""The check of claims against evidence, for rooms that make texts of their own."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from tandem.agents.contracts import Claim, Evidence, Violation
from tandem.agents.domain import grounding


def unsupported(
    claims: Sequence[Claim], evidence: Sequence[Evidence], *, known: Collection[str] = ()
) -> tuple[Violation, ...]:
    """Everything in the claims that their cited evidence does not bear out; empty: all claims stand.

    known : names that may be used without evidence, such as the account's own
    """
    return grounding.unsupported(claims, evidence, known=known)


def is_supported(claim: Claim, evidence: Sequence[Evidence], *, known: Collection[str] = ()) -> bool:
    """Whether one claim stands, as the unsupported-claim rate counts it."""
    return not grounding.unsupported([claim], evidence, known=known)
