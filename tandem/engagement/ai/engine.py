"""The built-in writer: chooses the best reason, tells it, and hands out only what the validators let through."""

from __future__ import annotations

from collections.abc import Iterator

from tandem.agents.contracts import Claim
from tandem.engagement.ai.material import DraftInput, DraftOutput, ToldFact, checked
from tandem.engagement.contracts import Angle
from tandem.engagement.domain.firm_names import spoken_name
from tandem.engagement.domain.norms import norms_of
from tandem.engagement.domain.offers import Offer, offer_in
from tandem.engagement.domain.reasons import Reason, reasons
from tandem.engagement.domain.wording import Letter, Occasion, can_tell, turned, write

MOST_REASONS, TURNS = 4, 6  # reasons that are tried, and ways to tell each
NOTHING = DraftOutput(subject="", body="", opening_fact="", claims=[], facts=[])


def written(input: DraftInput) -> DraftOutput:
    """A text that keeps every rule; an empty one when there is nothing to say, which the task refuses."""
    for letter in tried(input):
        output = _as_output(input, letter)
        if not checked(input, output):
            return output
    return NOTHING


def tried(input: DraftInput) -> Iterator[Letter]:
    """The best reason in several ways, then without the offer, then the next one."""
    for occasion in occasions(input):
        for turn in range(TURNS):
            yield write(occasion, turn=turn)
        if occasion.offer.does:
            bare = turned(occasion, offer=Offer(case=occasion.offer.case))
            for turn in range(TURNS):
                yield write(bare, turn=turn)


def occasions(input: DraftInput) -> Iterator[Occasion]:
    """What the text could be written on, best first. A later touch takes a new thing, else the side of the old one."""
    norms = norms_of(input.language, input.norms or None)
    found = found_reasons(input)
    by_id = {one.id: one for one in reversed(found)}
    before = next((by_id[one] for one in input.used if one in by_id), None)
    fresh = [one for one in found if one.id not in input.used]
    if input.angle is Angle.LAST_WORD or (input.angle is Angle.REMINDER and before is not None):
        order = [before] if before is not None else fresh
    else:
        order = fresh or ([before] if before is not None else [])
    to = input.recipient
    for reason in order[:MOST_REASONS]:
        occasion = Occasion(
            channel=input.channel,
            angle=input.angle,
            norms=norms,
            reason=reason,
            first=to.first_name,
            last=to.last_name,
            title=to.title,
            firm=spoken_name(to.account),
            seller=input.sender.first_name,
            company=spoken_name(input.sender.company),
            year=input.now.year,
            seed=input.touch,
            offer=offer_in(input.message, norms.tag),
            before=before,
            earlier_subject=input.earlier_subject if input.angle is not Angle.OPENING else "",
        )
        if can_tell(occasion):
            yield occasion


def found_reasons(input: DraftInput) -> list[Reason]:
    """Every reason that the pieces give, best first."""
    return reasons(
        [one.as_source() for one in input.pieces],
        person=input.recipient.name,
        account=input.recipient.account,
        now=input.now,
        language=norms_of(input.language).language,
        taken=input.taken,
        about=input.message,
    )


def _as_output(input: DraftInput, letter: Letter) -> DraftOutput:
    statements = {one.id: one.statement for one in input.pieces}
    ids = list(dict.fromkeys(pk for pk, _ in letter.told))
    return DraftOutput(
        subject=letter.subject,
        body=letter.body,
        opening_fact=ids[0] if ids else "",
        claims=[Claim(text=statements[pk], evidence_ids=[pk]) for pk in ids],
        facts=[ToldFact(evidence_id=pk, words=words) for pk, words in letter.told],
    )
