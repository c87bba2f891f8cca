"""What the writing tasks are given and give back: people, published pieces, the text with every fact it tells."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field

from tandem.agents.contracts import Claim, Evidence, Violation
from tandem.compliance.contracts.gate import Road
from tandem.engagement.ai.checking import check
from tandem.engagement.contracts import Angle
from tandem.engagement.contracts import Violation as Found
from tandem.engagement.domain.norms import norms_of
from tandem.engagement.domain.reasons import Source
from tandem.engagement.domain.texts import Text
from tandem.engagement.domain.voice import read_guide

NOTHING_TO_SAY = "Nothing published is known that could be said: needs research."


class Piece(BaseModel):
    """One published thing as research kept it.

    statement : research's own sentence on it; text : the words of the source
    is_theirs : on the recipient themself; comments : [words, person, position] of those it quotes
    """

    id: str
    kind: str
    statement: str
    text: str
    source: str
    at: datetime | None = None
    url: str = ""
    title: str = ""
    body: str = ""
    topic: str = ""
    details: dict[str, str] = Field(default_factory=dict)
    is_theirs: bool = False
    comments: list[tuple[str, str, str]] = Field(default_factory=list)

    def evidence(self) -> Evidence:
        """As guards take it: the source's words and what research says of them."""
        told = "\n".join(dict.fromkeys(one for one in (self.text, self.statement) if one))
        return Evidence(id=self.id, text=told, source=self.source, at=self.at, url=self.url)

    def as_source(self) -> Source:
        """As reasons are found in it."""
        return Source(
            id=self.id, kind=self.kind, source=self.source, at=self.at, title=self.title, text=self.body,
            topic=self.topic, url=self.url, details=self.details, is_theirs=self.is_theirs, comments=self.comments,
        )  # fmt: skip


class Recipient(BaseModel):
    """Whom the text is for. account : the company's full name; role : likely part in a purchase; empty: unknown"""

    first_name: str
    last_name: str = ""
    name: str
    title: str = ""
    account: str
    role: str = ""


class Sender(BaseModel):
    """Who writes. company : ours"""

    first_name: str
    company: str


class DraftInput(BaseModel):
    """One touch as a text is written for it.

    touch : its key; decides among equally good ways to say it
    language : tag of the norm packs
    message : what the campaign offers, in its own words, a line a language
    used : ids that earlier touches told, first one first; taken : ids that colleagues were told, with how often
    voice : the voice guide's document; norms : the organisation's changes to the norms
    most_words : of the step; None: the channel's own limit
    """

    touch: str
    channel: Road
    angle: Angle
    language: str
    recipient: Recipient
    sender: Sender
    message: str = ""
    pieces: list[Piece]
    used: list[str] = Field(default_factory=list)
    taken: dict[str, int] = Field(default_factory=dict)
    earlier_subject: str = ""
    voice: dict[str, Any] = Field(default_factory=dict)
    norms: dict[str, Any] = Field(default_factory=dict)
    most_words: int | None = None
    now: datetime


class ToldFact(BaseModel):
    """Words of the body that tell a fact, exactly as they stand there."""

    evidence_id: str
    words: str


class DraftOutput(BaseModel):
    """A text with what it rests on.

    subject : empty on channels without one
    opening_fact : id of the piece that the first sentence rests on
    claims : every fact that the body tells, once more in English, with the pieces it rests on
    facts : where in the body each is told
    """

    subject: str
    body: str
    opening_fact: str
    claims: list[Claim]
    facts: list[ToldFact]


def text_of(input: DraftInput, output: DraftOutput) -> Text:
    """A draft as the validators read it."""
    to, sender = input.recipient, input.sender
    return Text(
        subject=output.subject,
        body=output.body,
        channel=input.channel,
        language=input.language,
        angle=input.angle,
        first_name=to.first_name,
        last_name=to.last_name,
        seller_first_name=sender.first_name,
        evidence=[one.evidence() for one in input.pieces],
        opening_fact=output.opening_fact,
        known=known_names(input),
        most_words=input.most_words,
    )


def known_names(input: DraftInput) -> tuple[str, ...]:
    """What needs no evidence: the recipient, their company, ours, and what the campaign says in our own words."""
    to = input.recipient
    return tuple(filter(None, (to.account, to.name, to.title, input.sender.company, *input.message.splitlines())))


def checked(input: DraftInput, output: DraftOutput) -> Sequence[Violation]:
    """What a draft must keep beside the guards: the validators of outreach, and facts that stand where it says."""
    if not output.body.strip():
        return [Violation(guard="draft", message=NOTHING_TO_SAY)]
    found = [
        Violation(guard=one.rule, message=one.message, span=output.body[one.start : one.end])
        for one in violations_of(input, output)
        if one.is_hard
    ]
    ids = {one.id for one in input.pieces}
    for told in output.facts:
        if told.words not in output.body:
            message = "These words do not stand in the body; repeat them exactly."
            found.append(Violation(guard="facts", message=message, span=told.words))
        if told.evidence_id not in ids:
            message = f"There is no piece {told.evidence_id!r}; cite only ids that were given."
            found.append(Violation(guard="facts", message=message, span=told.evidence_id))
    if not output.facts:
        message = "No fact is named; say in facts which words rest on which piece."
        found.append(Violation(guard="facts", message=message))
    return found


def violations_of(input: DraftInput, output: DraftOutput) -> tuple[Found, ...]:
    """Everything the validators find in a draft, hard or not."""
    voice = read_guide(input.voice) if input.voice else None
    return check(text_of(input, output), voice=voice, overrides=input.norms or None)


def spans(body: str, facts: Sequence[ToldFact], pieces: Sequence[Piece]) -> list[dict[str, Any]]:
    """Facts as a draft keeps them: {id, text, source, url, date, start, end}, places in the body; in their order."""
    by_id: Mapping[str, Piece] = {one.id: one for one in pieces}
    found = []
    for told in facts:
        start, piece = body.find(told.words), by_id.get(told.evidence_id)
        if start < 0 or piece is None:
            continue
        found.append(
            {
                "id": piece.id, "text": piece.text, "source": piece.source, "url": piece.url,
                "date": piece.at.date().isoformat() if piece.at else "", "start": start,
                "end": start + len(told.words),
            }
        )  # fmt: skip
    return sorted(found, key=lambda one: (one["start"], one["end"]))


def language_of(tag: str) -> str:
    """ISO 639-1 of a tag, as far as packs go."""
    return norms_of(tag).language


def first_word(name: str) -> str:
    """A person's first name out of a whole one: "Maria-Jose Silva" gives "Maria-Jose"."""
    found = re.match(r"\S+", name.strip())
    return found.group() if found else ""
