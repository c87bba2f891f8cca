"""What a person needs who does a touch by hand: a LinkedIn message to copy, or a sheet for a call with a voicemail."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from tandem.agents.contracts import Claim, GuardName, Task, Tier, Violation
from tandem.compliance.contracts.gate import Road
from tandem.engagement.ai.checking import check
from tandem.engagement.ai.engine import NOTHING, found_reasons, occasions, tried
from tandem.engagement.ai.material import NOTHING_TO_SAY, DraftInput, DraftOutput, ToldFact, checked, known_names
from tandem.engagement.contracts import Violation as Found
from tandem.engagement.domain.texts import Text
from tandem.engagement.domain.wording import Letter, Occasion, turned, write

HERE = Path(__file__).parent
MOST_FACTS = 4
COPY, SAY, VOICEMAIL = "Copy this:", "Open with:", "If the voicemail answers:"
QUESTIONS = (
    "How do you handle it today, and who decides when it does not fit?",
    "What would have to be true for this to be worth a second call?",
    "Who else looks at this, and what would they ask first?",
)


class HandSheet(DraftOutput):
    """A sheet. message : what is sent or said word for word; it stands in the body"""

    message: str = ""


def sheet(input: DraftInput) -> HandSheet:
    """The sheet by rules; an empty one when there is nothing to say, which the task refuses."""
    return _linkedin(input) if input.channel is Road.LINKEDIN else _call(input)


def _linkedin(input: DraftInput) -> HandSheet:
    for letter in tried(input):
        if not lint_of(input, letter.body):
            lines = [COPY, letter.body, *_known(input, letter)]
            return _sheet(input, letter, "\n\n".join(lines), letter.body)
    return HandSheet(**NOTHING.model_dump())


def _call(input: DraftInput) -> HandSheet:
    for occasion in occasions(input):
        spoken, letter = _spoken(occasion), write(turned(occasion, channel=Road.VOICEMAIL_AI))
        if not spoken.told:
            continue
        words = spoken.told[0][1]
        questions = "\n".join(f"- {one}" for one in QUESTIONS)
        lines = [SAY, words, "Then ask, and listen:", questions, *_known(input, spoken), VOICEMAIL, letter.body]
        return _sheet(input, spoken, "\n\n".join(lines), words)
    return HandSheet(**NOTHING.model_dump())


def _spoken(occasion: Occasion) -> Letter:
    """The first touch's own words, to be said."""
    return write(turned(occasion, channel=Road.PHONE_MANUAL))


def _known(input: DraftInput, letter: Letter) -> Iterator[str]:
    """Who it is and what is known, newest first, each with source and day."""
    to = input.recipient
    yield f"Who: {to.name}, {to.title or 'title not known'}, {to.account}"
    by_id = {one.id: one for one in input.pieces}
    ids = dict.fromkeys([pk for pk, _ in letter.told] + [one.id for one in found_reasons(input)])
    pieces = [by_id[pk] for pk in list(ids)[:MOST_FACTS] if pk in by_id]
    told = [f"- {one.statement} ({one.source})" for one in pieces]
    if told:
        yield "What is known:\n" + "\n".join(told)


def _sheet(input: DraftInput, letter: Letter, body: str, message: str) -> HandSheet:
    statements = {one.id: one.statement for one in input.pieces}
    facts = [ToldFact(evidence_id=pk, words=words) for pk, words in letter.told]
    facts += [ToldFact(evidence_id=one.id, words=one.statement) for one in input.pieces if one.statement in body]
    ids = list(dict.fromkeys(one.evidence_id for one in facts))
    claims = [Claim(text=statements[pk], evidence_ids=[pk]) for pk in ids]
    return HandSheet(
        subject="", body=body, message=message, opening_fact=ids[0] if ids else "", claims=claims, facts=facts
    )


def lint_of(input: DraftInput, message: str) -> tuple[Found, ...]:
    """What the validators find hard in the message that is copied or said."""
    to = input.recipient
    text = Text(
        subject="", body=message, channel=input.channel, language=input.language, angle=input.angle,
        first_name=to.first_name, last_name=to.last_name, seller_first_name=input.sender.first_name,
        evidence=[one.evidence() for one in input.pieces], known=known_names(input),
    )  # fmt: skip
    found = check(text, overrides=input.norms or None)
    return tuple(one for one in found if one.is_hard)


def checked_sheet(input: DraftInput, output: HandSheet) -> Sequence[Violation]:
    """The message stands in the sheet and keeps the rules of its channel; facts stand where the sheet says."""
    if not output.body.strip():
        return [Violation(guard="draft", message=NOTHING_TO_SAY)]
    found = [one for one in checked(input, output) if one.guard == "facts"]
    if not output.message or output.message not in output.body:
        found.append(Violation(guard="draft", message="The message to copy or to say must stand in the sheet."))
    if input.channel is Road.LINKEDIN:
        broken = lint_of(input, output.message)
        found += [
            Violation(guard=one.rule, message=one.message, span=output.message[one.start : one.end]) for one in broken
        ]
    return found


HAND_SHEET: Task[DraftInput, HandSheet] = Task(
    name="engagement.hand_sheet",
    title="Prepare what a person does by hand",
    tier=Tier.STRONG,
    input_type=DraftInput,
    output_type=HandSheet,
    prompt=HERE / "prompts" / "hand_sheet.txt",
    built_in=sheet,
    evidence=lambda input: [one.evidence() for one in input.pieces],
    guards=frozenset({GuardName.GROUNDING, GuardName.INJECTION}),
    checks=(checked_sheet,),
    words=lambda output: [one.text for one in output.claims],
    eval_set=HERE / "evals" / "hand_sheet.jsonl",
)
