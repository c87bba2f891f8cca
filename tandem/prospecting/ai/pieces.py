"""What research tasks are given: pieces of evidence, word for word, with what each is about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from pydantic import BaseModel, Field

from tandem.agents.contracts import Claim, Evidence
from tandem.prospecting.domain.statements import Told, statement

SIGNALS = ("signal:", "activity:")  # what counts as something that happened; fields and figures of ours do not


class Piece(BaseModel):
    """One piece.

    text : what it says, as grounding reads it; quote : the source's own words, for people
    details : typed words of the source, e.g. {"round": "Series C"}
    is_outside : somebody outside wrote it
    """

    id: str
    kind: str
    text: str
    quote: str
    source: str
    at: datetime | None = None
    url: str = ""
    title: str = ""
    body: str = ""
    topic: str = ""
    strength: float | None = None
    details: dict[str, str] = Field(default_factory=dict)
    is_outside: bool = True

    @property
    def is_signal(self) -> bool:
        """Whether something happened: a published signal, a mail, a call, a meeting."""
        return self.id.startswith(SIGNALS)

    def told(self) -> Told:
        """As sentences are made of it."""
        return Told(
            id=self.id, kind=self.kind, at=self.at, title=self.title, text=self.body, topic=self.topic,
            strength=self.strength, details=self.details,
        )  # fmt: skip


def evidence_of(pieces: Iterable[Piece]) -> list[Evidence]:
    """The pieces as guards take them."""
    return [
        Evidence(id=one.id, text=one.text, source=one.source, at=one.at, url=one.url, is_outside=one.is_outside)
        for one in pieces
    ]


def claim_on(piece: Piece, *, name: str) -> Claim | None:
    """One sentence on one piece; None when its source says nothing that could be said."""
    text = statement(piece.told(), name=name)
    return Claim(text=text, evidence_ids=[piece.id]) if text else None


def claim(text: str, *pieces: Piece) -> Claim:
    """A claim that rests on these pieces."""
    return Claim(text=text, evidence_ids=[one.id for one in pieces])


def by_id(pieces: Sequence[Piece]) -> Mapping[str, Piece]:
    """Pieces by their id."""
    return {one.id: one for one in pieces}
