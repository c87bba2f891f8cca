"""A small task that tests may have done: a note about a company, out of its news."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel

from tandem.agents.contracts import (
    Claim,
    Evidence,
    GroundedText,
    GuardName,
    RunRequest,
    Task,
    Tier,
)

PROMPT = Path(__file__).with_name("small_task.txt")


class News(BaseModel):
    """What came in of a company."""

    company: str
    pieces: list[str]


class Note(BaseModel):
    """What to know of it. is_hot : whether to call today"""

    note: GroundedText
    is_hot: bool


def pieces_of(news: News) -> list[Evidence]:
    return [
        Evidence(id=f"signal:news/{place}", text=text, source="Reuters") for place, text in enumerate(news.pieces, 1)
    ]


def first_piece(news: News) -> Note:
    """The first piece as it stands."""
    claims = [Claim(text=piece.text, evidence_ids=[piece.id]) for piece in pieces_of(news)[:1]]
    return Note(note=GroundedText(claims=claims), is_hot=len(news.pieces) > 1)


SMALL = Task(
    name="tests.note",
    title="Note on a company",
    tier=Tier.FAST,
    input_type=News,
    output_type=Note,
    prompt=PROMPT,
    built_in=first_piece,
    evidence=pieces_of,
    guards=frozenset({GuardName.GROUNDING}),
    most_words=60,
)


def about(number: int, *texts: str, **more: object) -> RunRequest[News]:
    """A request about an account, with its news."""
    news = News(company=f"Company {number}", pieces=list(texts) or [f"Company {number} opened a plant in Lyon."])
    return RunRequest(input=news, subject=f"account:{number}", **more)  # type: ignore[arg-type]
