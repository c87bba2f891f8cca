"""That no claim of research tells of somebody's private life, with the company's own name left out of the judgement.

Companies are called Winwood & Sons; a filter that reads of sons there is right about the word and wrong about the text.
"""

from __future__ import annotations

from collections.abc import Sequence

from tandem.agents.contracts import Claim, GuardName, Violation
from tandem.agents.queries.personal import are_personal
from tandem.prospecting.ai.pieces import Piece

THE_COMPANY = "the company"


def private_claims(claims: Sequence[Claim], pieces: Sequence[Piece], *, name: str) -> list[Violation]:
    """Every claim on something published that is about a private life.

    Sentences on own figures, deals and touches can't be: their words are ours, subjects of mail are filtered before.
    """
    published = {one.id for one in pieces if one.is_outside and one.body}
    told = [one.text for one in claims if published & set(one.evidence_ids)]
    judged = are_personal([text.replace(name, THE_COMPANY) for text in told]) if told else []
    message = "This is about somebody's private life; keep to what is professional."
    return [
        Violation(guard=GuardName.PERSONAL, message=message, span=text)
        for text, verdict in zip(told, judged, strict=True)
        if verdict.is_personal
    ]
