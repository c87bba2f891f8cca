"""The brief on an account: nine sections, every sentence with the evidence it rests on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import islice
from pathlib import Path

from pydantic import BaseModel

from tandem.agents.contracts import Claim, GuardName, Task, Tier, Violation
from tandem.prospecting.ai.pieces import Piece, claim, claim_on, evidence_of
from tandem.prospecting.ai.privacy import private_claims, without_private
from tandem.prospecting.domain.commentary import Comment, comments_in
from tandem.prospecting.domain.research_terms import QUARTERS, SECTION_OF, Section, quarter_of
from tandem.prospecting.domain.statements import chosen, cut, day_of, noun_of, quotable
from tandem.prospecting.domain.turns import telling_words, turns

HERE = Path(__file__).parent
MOST_IN_SECTION, MOST_A_QUARTER, MOST_REASONS = 6, 3, 4
MOST_COMMENTS, MOST_TOUCHES, MOST_DEALS = 4, 4, 4
QUOTED_KINDS = frozenset({"news", "press_release", "earnings_call", "blog_post", "podcast", "talk"})


class BriefInput(BaseModel):
    """One account as a brief is made of it.

    on : the day it is for; pieces : evidence that has not expired, strongest first
    """

    account_id: int
    account: str
    on: datetime
    pieces: list[Piece]


class BriefSection(BaseModel):
    """One section; without claims nothing is known."""

    section: Section
    claims: list[Claim]


class BriefOutput(BaseModel):
    """All nine sections in their order."""

    sections: list[BriefSection]


def built_in(input: BriefInput) -> BriefOutput:
    """The brief by rules: each kind of thing in its section, newest first."""
    newest = sorted(input.pieces, key=lambda one: one.at.timestamp() if one.at else 0.0, reverse=True)
    claims: dict[Section, list[Claim]] = {section: [] for section in Section}
    claims[Section.GLANCE] = list(_glance(input, newest))
    claims[Section.COMMUNICATIONS] = list(_communications(input, newest))
    claims[Section.LEADERSHIP] = list(_leadership(input, newest))
    for section in (
        Section.LAUNCHES, Section.HIRING, Section.TECHNOLOGY, Section.TESTIMONIALS, Section.COMPETITORS
    ):  # fmt: skip
        claims[section] = _told_of(section, input, newest)
    claims[Section.WHY_NOW] = list(_why_now(input))
    return BriefOutput(sections=[BriefSection(section=section, claims=claims[section]) for section in Section])


def _told_of(section: Section, input: BriefInput, newest: Sequence[Piece]) -> list[Claim]:
    pieces = [one for one in newest if SECTION_OF.get(one.kind) is section]
    told = [claim_on(one, name=input.account) for one in pieces[:MOST_IN_SECTION]]
    return [one for one in told if one is not None]


def _glance(input: BriefInput, newest: Sequence[Piece]) -> Iterator[Claim]:
    """Fields as they stand, then deals, then the newest touches."""
    for piece in input.pieces:
        if piece.kind == "account":
            yield claim(piece.quote, piece)
    for deal in [one for one in newest if one.kind == "deal"][:MOST_DEALS]:
        yield claim(deal.quote, deal)
    touches = [one for one in newest if one.id.startswith("activity:")][:MOST_TOUCHES]
    for touch in touches:
        yield _touched(touch)


def _touched(touch: Piece) -> Claim:
    noun = noun_of(touch.kind)
    who, on = touch.details.get("who", ""), day_of(touch.at) if touch.at else ""
    said = f": “{touch.title}”" if touch.title else ""
    forms: tuple[str, ...]
    if touch.details.get("direction") == "in" and who:
        forms = ("{who} wrote on {on}{said}.", "A {kind} from {who} on {on}{said}.")
    elif who:
        forms = ("A {kind} with {who} on {on}{said}.", "{kind_first} with {who} on {on}{said}.")
    else:
        forms = ("A {kind} on {on}{said}.",)
    return claim(
        chosen(forms, touch.id).format(who=who, on=on, said=said, kind=noun, kind_first=noun.capitalize()), touch
    )


def _communications(input: BriefInput, newest: Sequence[Piece]) -> Iterator[Claim]:
    """At most three of each of the last four quarters, newest first; of filings, which say little, one."""
    counted: Counter[str] = Counter()
    filed: set[str] = set()
    for piece in newest:
        if SECTION_OF.get(piece.kind) is not Section.COMMUNICATIONS or piece.at is None:
            continue
        quarter = quarter_of(piece.at)
        told = claim_on(piece, name=input.account)
        if told is None or counted[quarter] == MOST_A_QUARTER or (quarter not in counted and len(counted) == QUARTERS):
            continue
        if piece.kind == "filing":
            if quarter in filed:
                continue
            filed.add(quarter)
        counted[quarter] += 1
        yield told


def _leadership(input: BriefInput, newest: Sequence[Piece]) -> Iterator[Claim]:
    """Who came and went, then what leaders are quoted with."""
    yield from _told_of(Section.LEADERSHIP, input, newest)
    said = list(islice(_said(newest), 2 * MOST_COMMENTS))
    yield from without_private(said, input.pieces, name=input.account)[:MOST_COMMENTS]


def _said(newest: Sequence[Piece]) -> Iterator[Claim]:
    for piece in newest:
        if piece.kind not in QUOTED_KINDS:
            continue
        for comment in _comments(piece):
            who = f"{comment.person}, {comment.position}," if comment.position else comment.person
            told = f" on {day_of(piece.at)}" if piece.at else ""
            yield claim(f"{who} said{told}: “{comment.words}”.", piece)


def _comments(piece: Piece) -> Iterator[Comment]:
    """Who is quoted; in a transcript, who says something that matters, each speaker once."""
    spoken = turns(piece.body) if piece.kind == "earnings_call" else ()
    if not spoken:
        yield from comments_in(piece.body)
        return
    for person in dict.fromkeys(who for who, _ in spoken):
        words = cut(quotable(telling_words([turn for turn in spoken if turn[0] == person]))).rstrip(".")
        if words:
            yield Comment(words=words, person=person)


def _why_now(input: BriefInput) -> Iterator[Claim]:
    """The strongest pieces of different kinds: what makes this week better than another."""
    kinds: set[str] = set()
    for piece in input.pieces:
        if not piece.id.startswith("signal:") or piece.kind in kinds:
            continue
        told = claim_on(piece, name=input.account)
        if told is None:
            continue
        kinds.add(piece.kind)
        yield told
        if len(kinds) == MOST_REASONS:
            return
    interest = next((one for one in input.pieces if one.kind == "intent"), None)
    if interest is not None and len(kinds) < MOST_REASONS:
        yield claim(interest.quote, interest)


def checked(input: BriefInput, output: BriefOutput) -> Sequence[Violation]:
    """All nine sections, each once, in order; nothing private."""
    private = private_claims([told for one in output.sections for told in one.claims], input.pieces, name=input.account)
    if [one.section for one in output.sections] == list(Section):
        return private
    wanted = ", ".join(Section)
    return [*private, Violation(guard="brief", message=f"Give exactly these sections in this order: {wanted}.")]


BRIEF: Task[BriefInput, BriefOutput] = Task(
    name="prospecting.brief",
    title="Brief a seller on an account",
    tier=Tier.STRONG,
    input_type=BriefInput,
    output_type=BriefOutput,
    prompt=HERE / "prompts" / "brief.txt",
    built_in=built_in,
    evidence=lambda input: evidence_of(input.pieces),
    guards=frozenset({GuardName.GROUNDING, GuardName.INJECTION}),
    checks=(checked,),
    words=lambda output: [told.text for one in output.sections for told in one.claims],
    eval_set=HERE / "evals" / "brief.jsonl",
)
