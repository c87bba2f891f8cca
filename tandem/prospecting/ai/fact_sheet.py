"""What is publicly and professionally known of one person, before anybody writes to them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from pydantic import BaseModel

from tandem.agents.contracts import Claim, GuardName, Task, Tier, Violation
from tandem.prospecting.ai.pieces import Piece, claim, claim_on, evidence_of
from tandem.prospecting.ai.privacy import private_claims, without_private
from tandem.prospecting.domain.commentary import comments_in
from tandem.prospecting.domain.research_terms import SheetSection
from tandem.prospecting.domain.statements import cut, day_of, quotable
from tandem.prospecting.domain.titles import folded

HERE = Path(__file__).parent
MOST_IN_SECTION = 4
SENTENCE = re.compile(r"(?<=[.!?])\s+")
STATED = re.compile(
    r"\b(our|my|the) (goal|priority|priorities|aim|plan|focus|challenge|problem|task|bottleneck)|"
    r"\bwe (want|need|plan|aim|struggle|lose|miss|lack|must|have to|are looking)|"
    r"\b(jams?|costs us|too slow|bottleneck|overtime|backlog|shortage)\b|"
    r"wir (wollen|brauchen|planen|muessen|mussen|suchen|verlieren|haben vor)|unser (ziel|problem|plan)|engpass|"
    r"nous (voulons|devons|cherchons|perdons)|notre (objectif|priorite|probleme)"
)


class FactSheetInput(BaseModel):
    """One person as a fact sheet is made of it.

    own : ids of the pieces they wrote, said or are quoted in; the rest is news of the company
    products : names of competing and adjacent products that may be mentioned
    """

    contact_id: int
    person: str
    title: str
    account: str
    own: list[str]
    products: list[str]
    pieces: list[Piece]


class FactSheetSection(BaseModel):
    """One section; without claims nothing is known."""

    section: SheetSection
    claims: list[Claim]


class FactSheetOutput(BaseModel):
    """All four sections in their order."""

    sections: list[FactSheetSection]


def built_in(input: FactSheetInput) -> FactSheetOutput:
    """The fact sheet by rules, newest first, in the words of the sources."""
    newest = sorted(input.pieces, key=lambda one: one.at.timestamp() if one.at else 0.0, reverse=True)
    own = [one for one in newest if one.id in input.own]
    company = [one for one in newest if one.id not in input.own]
    told: dict[SheetSection, Iterator[Claim | None]] = {
        SheetSection.CONTENT: (claim_on(one, name=input.account) for one in own),
        SheetSection.NEWS: (claim_on(one, name=input.account) for one in company),
        SheetSection.PRIORITIES: _priorities(input, own, company),
        SheetSection.PRODUCTS: _products(input, newest),
    }
    claims = {
        section: _some(without_private([one for one in some if one is not None], input.pieces, name=input.account))
        for section, some in told.items()
    }
    return FactSheetOutput(sections=[FactSheetSection(section=one, claims=claims[one]) for one in SheetSection])


def _some(claims: Sequence[Claim]) -> list[Claim]:
    told = {one.text: one for one in claims}
    return list(told.values())[:MOST_IN_SECTION]


def _priorities(input: FactSheetInput, own: Sequence[Piece], company: Sequence[Piece]) -> Iterator[Claim]:
    """Sentences that state an aim or a pain, out of what they wrote and what they are quoted with elsewhere."""
    for piece in own:
        quoted = [one.words for one in comments_in(piece.body) if folded(one.person) == folded(input.person)]
        mine = piece.details.get("author", "") or piece.details.get("person", "")
        texts = quoted or (SENTENCE.split(piece.body) if folded(mine) == folded(input.person) else [])
        yield from _stated(input.person, piece, texts)
    for piece in company:
        words = [one.words for one in comments_in(piece.body) if folded(one.person) == folded(input.person)]
        yield from _stated(input.person, piece, words)


def _stated(person: str, piece: Piece, texts: Sequence[str]) -> Iterator[Claim]:
    for text in texts:
        words = cut(quotable(text)).rstrip(".")
        if words and STATED.search(folded(words)):
            told = f" on {day_of(piece.at)}" if piece.at else ""
            yield claim(f"{person} stated{told}: “{words}”.", piece)


def _products(input: FactSheetInput, newest: Sequence[Piece]) -> Iterator[Claim]:
    """Where a competing or adjacent product is named, in the sentence that names it."""
    for piece in newest:
        for sentence in SENTENCE.split(f"{piece.title}. {piece.body}"):
            named = [one for one in input.products if re.search(rf"(?<!\w){re.escape(one)}(?!\w)", sentence)]
            words = cut(quotable(sentence)).rstrip(".")
            if named and words:
                told = f" on {day_of(piece.at)}" if piece.at else ""
                yield claim(f"{named[0]} is named{told}: “{words}”.", piece)
                break


def checked(input: FactSheetInput, output: FactSheetOutput) -> Sequence[Violation]:
    """All four sections in order; own words only from own pieces; nothing private."""
    told = [one for section in output.sections for one in section.claims]
    found = private_claims(told, input.pieces, name=input.account)
    if [one.section for one in output.sections] != list(SheetSection):
        wanted = ", ".join(SheetSection)
        found.append(Violation(guard="fact_sheet", message=f"Give exactly these sections in this order: {wanted}."))
        return found
    own = set(input.own)
    for one in output.sections[0].claims:
        if not own & set(one.evidence_ids):
            message = "This is not from the person's own pieces; put it under news or leave it out."
            found.append(Violation(guard="fact_sheet", message=message, span=one.text))
    return found


FACT_SHEET: Task[FactSheetInput, FactSheetOutput] = Task(
    name="prospecting.fact_sheet",
    title="Gather what is known of a person",
    tier=Tier.STRONG,
    input_type=FactSheetInput,
    output_type=FactSheetOutput,
    prompt=HERE / "prompts" / "fact_sheet.txt",
    built_in=built_in,
    evidence=lambda input: evidence_of(input.pieces),
    guards=frozenset({GuardName.GROUNDING, GuardName.INJECTION}),
    checks=(checked,),
    words=lambda output: [told.text for one in output.sections for told in one.claims],
    eval_set=HERE / "evals" / "fact_sheet.jsonl",
)
