"""An answer to somebody who wrote back: short, to the point, and never one that answers nothing."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pydantic import BaseModel, Field

from tandem.agents.contracts import Claim, Evidence, GuardName, Task, Tier, Violation
from tandem.compliance.contracts.gate import Road
from tandem.engagement.ai.checking import check
from tandem.engagement.ai.material import Piece, Recipient, Sender, ToldFact
from tandem.engagement.contracts import ReplyLabel
from tandem.engagement.domain.inflection import polished
from tandem.engagement.domain.norms import norms_of
from tandem.engagement.domain.offers import offer_in
from tandem.engagement.domain.texts import Text
from tandem.engagement.domain.wording import pack_of

HERE = Path(__file__).parent
REPLY = "reply:theirs"
NO_ANSWER = "There is nothing here that answers this: a person must write."


class ReplyInput(BaseModel):
    """A reply as an answer to it is written.

    words : what they wrote, without quotes and signature; label : what it was read as; None: a person must say
    message : what the campaign offers, in its own words, a line a language
    free_times : moments that can be offered, in words of the language ("Tuesday 10:00"); empty: none are known
    redirect_name : whom they named instead; empty: nobody
    pieces : published things that may be told
    """

    words: str
    label: ReplyLabel | None = None
    language: str
    channel: Road = Road.EMAIL
    recipient: Recipient
    sender: Sender
    message: str = ""
    free_times: list[str] = Field(default_factory=list)
    redirect_name: str = ""
    pieces: list[Piece] = Field(default_factory=list)


class ReplyOutput(BaseModel):
    """An answer. claims : facts it tells, in English, with the pieces they rest on; facts : where they stand"""

    body: str
    claims: list[Claim] = Field(default_factory=list)
    facts: list[ToldFact] = Field(default_factory=list)


def answered(input: ReplyInput) -> ReplyOutput:
    """The answer by rules; an empty one where a person must write, which the task refuses."""
    norms = norms_of(input.language)
    pack, key = pack_of(norms.language)["reply"], _key(input)
    if key is None:
        return ReplyOutput(body="")
    offer = offer_in(input.message, norms.tag)
    times = pack["or"].join(input.free_times[:2])
    words = pack[key].format(offer=offer.does, case=offer.case, times=times, name=input.redirect_name)
    to = input.recipient
    ending = [norms.closing, input.sender.first_name] if norms.closing else [input.sender.first_name]
    parts = [norms.greet(to.first_name, to.last_name), polished(words, norms), "\n".join(ending)]
    return ReplyOutput(body="\n\n".join(parts))


def _key(input: ReplyInput) -> str | None:
    """Which form answers it; None: none does."""
    offer = offer_in(input.message, input.language)
    label = input.label
    if label is ReplyLabel.POSITIVE_MEETING:
        return "positive_meeting_times" if input.free_times else "positive_meeting"
    if label is ReplyLabel.POSITIVE_INFO:
        # A question of their own is answered by somebody who knows, not by what we say to everybody.
        if not offer.does or "?" in input.words or "？" in input.words:
            return None
        return "positive_info_case" if offer.case else "positive_info"
    if label is ReplyLabel.WRONG_PERSON:
        return "wrong_person_named" if input.redirect_name else "wrong_person"
    if label in (ReplyLabel.NEGATIVE_NOW, ReplyLabel.NEGATIVE_EVER, ReplyLabel.UNSUBSCRIBE):
        return label.value
    return None


def evidence_of(input: ReplyInput) -> list[Evidence]:
    """What an answer may rest on: their words, and the published pieces."""
    theirs = Evidence(id=REPLY, text=input.words, source="their reply")
    return [theirs, *(one.evidence() for one in input.pieces)]


def checked_answer(input: ReplyInput, output: ReplyOutput) -> Sequence[Violation]:
    """The validators of answers: manners, words, facts, and no sentence that answers nothing."""
    if not output.body.strip():
        return [Violation(guard="draft", message=NO_ANSWER)]
    to, sender = input.recipient, input.sender
    known = (to.account, to.name, to.title, sender.company, input.redirect_name, *input.free_times)
    text = Text(
        subject="", body=output.body, channel=input.channel, language=input.language, angle=None,
        first_name=to.first_name, last_name=to.last_name, seller_first_name=sender.first_name,
        evidence=evidence_of(input), known=tuple(filter(None, (*known, *input.message.splitlines()))),
    )  # fmt: skip
    found = [one for one in check(text) if one.is_hard]
    return [Violation(guard=one.rule, message=one.message, span=output.body[one.start : one.end]) for one in found]


REPLY_DRAFT: Task[ReplyInput, ReplyOutput] = Task(
    name="engagement.reply_draft",
    title="Draft an answer to a reply",
    tier=Tier.STRONG,
    input_type=ReplyInput,
    output_type=ReplyOutput,
    prompt=HERE / "prompts" / "reply_draft.txt",
    built_in=answered,
    evidence=evidence_of,
    guards=frozenset({GuardName.GROUNDING, GuardName.INJECTION}),
    checks=(checked_answer,),
    words=lambda output: [one.text for one in output.claims],
    eval_set=HERE / "evals" / "reply_draft.jsonl",
)
