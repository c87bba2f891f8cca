"""Going on without what a guard found fault with: a piece that can't be told without breaking a rule is left untold."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar

from tandem.agents.contracts import Violation
from tandem.prospecting.ai.brief import BriefInput
from tandem.prospecting.ai.fact_sheet import FactSheetInput
from tandem.prospecting.ai.pieces import Piece, claim_on
from tandem.prospecting.ai.rationale import RationaleInput
from tandem.prospecting.domain.statements import cut, quotable

SHORTEST = 4  # letters of a span or text that can point at anything
Faulty = TypeVar("Faulty", RationaleInput, BriefInput, FactSheetInput)


def without_faults(input: Faulty, violations: Sequence[Violation]) -> Faulty | None:
    """The input without the pieces that the violations point at; without every longer text where they point at none.

    A piece is at fault when its sentence, its title or its words stand in what breaks the rule, or the other way round.
    None: nothing is left that could be taken out.
    """
    spans = [text.casefold() for one in violations for text in (one.span, one.message) if len(text) >= SHORTEST]
    kept = [piece for piece in input.pieces if not _is_at_fault(piece, spans, input.account)]
    if len(kept) == len(input.pieces):
        kept = [piece for piece in input.pieces if not piece.body]
    return input.model_copy(update={"pieces": kept}) if len(kept) < len(input.pieces) else None


def _is_at_fault(piece: Piece, spans: Iterable[str], name: str) -> bool:
    if not piece.is_signal:
        return False
    told = claim_on(piece, name=name)
    own = [told.text if told else "", piece.title, cut(quotable(piece.body)), piece.details.get("who", "")]
    texts = [text.casefold() for text in own if len(text) >= SHORTEST]
    whole = piece.text.casefold()
    return any(span in whole or any(text in span for text in texts) for span in spans)
