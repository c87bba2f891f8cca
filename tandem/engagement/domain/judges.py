"""What the validators ask of engines outside the room: given to them, so that they stay pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tandem.agents.contracts import Claim, Evidence, Violation

# claims, evidence, names that need none: what the evidence does not bear out
Unsupported = Callable[[Sequence[Claim], Sequence[Evidence], Sequence[str]], Sequence[Violation]]


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonalVerdict:
    """Whether a text is about a private life. has_sign : a word or picture of one was found, not its wording alone"""

    probability: float
    has_sign: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Judges:
    """The check of claims against evidence, and the filter for private life; None: not asked."""

    unsupported: Unsupported | None = None
    personal: Callable[[Sequence[str]], Sequence[PersonalVerdict]] | None = None


NO_JUDGES = Judges()
