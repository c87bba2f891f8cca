"""Drafts that wait for a person, for tests of review: people of Liam's book, in a campaign whose every message is read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tandem.compliance.contracts.gate import Mode
from tandem.core.actors import built_in_agent
from tandem.engagement.actions.asking import ask_gate
from tandem.engagement.contracts import TouchState
from tandem.engagement.models import Draft
from tests.outreach import OPEN_HOUR, Outreach, plant

if TYPE_CHECKING:
    from tests.company import Company

WORKER = built_in_agent("worker", "worker")
PEOPLE = ("paula", "oscar", "nora")
STEPS = [
    {"number": number, "channel": "email", "angle": angle, "wait_days": 3 * (number > 1)}
    for number, angle in enumerate(("opening", "new_reason", "case", "last_word"), 1)
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What was planted, and the drafts that wait, by person."""

    outreach: Outreach
    drafts: dict[str, Draft]

    def again(self, who: str) -> Draft:
        """The draft as it is stored now, with its touch."""
        return Draft.objects.select_related("touch").get(id=self.drafts[who].id)


def lay_out(company: Company, *people: str, is_asked: bool = True, **text: Any) -> Desk:
    """Plant one waiting draft a person; `text` changes all of them. The caller has a database and a clock."""
    people = people or PEOPLE
    outreach = plant(company, *people, mode=Mode.EVERY)
    outreach.campaign.version.steps = STEPS
    outreach.campaign.version.save()
    touches = {who: outreach.touch(who, state=TouchState.WRITTEN.value, **text) for who in people}
    if is_asked:
        ask_gate([touch.id for touch in touches.values()], actor=WORKER, now=OPEN_HOUR)
    return Desk(outreach=outreach, drafts={who: Draft.objects.get(touch=touch) for who, touch in touches.items()})
