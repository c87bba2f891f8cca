"""What truly passed between seller and customer in a deal: mails, calls and meetings, week by week.

Activity follows the causes of the deal: a champion and a strong pull make the customer write more, a budget freeze
silences both sides, and in the last weeks before a loss the customer goes quiet while the seller still chases.
The CRM writer logs some of these touches; mail and meetings can be told from the same list.
"""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass

from tandem.simulation.deals.chain import state_parts
from tandem.simulation.deals.paths import Deal
from tandem.simulation.dice import Dice
from tandem.simulation.market import Person
from tandem.simulation.staff import Member
from tandem.simulation.times import Moment, full_slot, working_moment

QUIET_DAYS = 28  # so long before a loss the customer begins to withdraw
SENT, RECEIVED, CALLS, MEETINGS = 0.62, 0.40, 0.26, 0.20
STAGE_FACTOR = (0.8, 1.1, 1.2, 1.1, 1.3)


@dataclass(frozen=True, slots=True)
class Touch:
    """One contact between the two sides.

    kind: "email", "call" or "meeting". inbound: the customer began it. minutes: 0 for mail and missed calls.
    stage: the true stage that week, 0..4.
    """

    at: Moment
    kind: str
    inbound: bool
    people: tuple[Person, ...]
    seller: Member
    minutes: int
    stage: int


def touches_of(deal: Deal, *, seed: int, origin: dt.date, end: dt.date, heir: Member | None) -> list[Touch]:
    """All touches of a deal in order of time; the same for the same seed, whoever asks.

    heir: who keeps the deal after its owner left.
    """
    dice = Dice.of(seed, "touches", deal.motion, deal.company.index, deal.opened)
    result: list[Touch] = []
    for offset, code in enumerate(deal.path):
        monday = origin + dt.timedelta(weeks=deal.opened + offset)
        result += _week(dice, deal, monday, code, heir)
    last = deal.ended or end
    first = deal.opened_on
    kept = [touch for touch in result if first <= touch.at.date() <= last]
    kept.sort(key=lambda touch: touch.at)
    return kept


def _week(dice: Dice, deal: Deal, monday: dt.date, code: int, heir: Member | None) -> list[Touch]:
    stage, champion, buyer, frozen = state_parts(code)
    pace = STAGE_FACTOR[stage] * (0.4 if frozen else 1.0) * (0.5 if deal.motion == "Renewal" else 1.0)
    warm = (1 + 0.7 * champion + 0.3 * buyer) * math.exp(0.22 * min(3.0, max(-3.0, deal.pull)))
    if deal.outcome == "lost" and deal.ended and monday > deal.ended - dt.timedelta(days=QUIET_DAYS):
        warm *= 0.35
    counts = (
        ("email", False, dice.poisson(SENT * pace)),
        ("email", True, dice.poisson(RECEIVED * pace * warm)),
        ("call", False, dice.poisson(CALLS * pace)),
        ("meeting", False, dice.poisson(MEETINGS * pace * (0.5 + 0.5 * warm))),
    )
    return [
        _touch(dice, deal, monday, kind, inbound, heir, stage) for kind, inbound, count in counts for _ in range(count)
    ]


def _touch(
    dice: Dice, deal: Deal, monday: dt.date, kind: str, inbound: bool, heir: Member | None, stage: int
) -> Touch:  # fmt: skip
    day = monday + dt.timedelta(days=dice.between(0, 4))
    seller = deal.owner if heir is None or deal.owner.active_on(day) else heir
    people = people_on(deal, day)
    minutes = 0
    if kind == "meeting":
        at, minutes = full_slot(dice, seller.place.zone, day), dice.pick((25, 30, 30, 45, 45, 60))
        group = tuple(dice.some(people, 1 + dice.poisson(0.9)))
    else:
        at = working_moment(dice, seller.place.zone, day)
        group = (dice.pick(people),)
        if kind == "call" and dice.chance(0.55):
            minutes = 2 + int(dice.expovariate(1 / 9))
    return Touch(at, kind, inbound, group, seller, minutes, stage)


def people_on(deal: Deal, day: dt.date) -> list[Person]:
    """Who of the customer's side takes part and still works there on a day; never empty."""
    party = [person for person in (deal.champion, deal.buyer, *deal.team) if person is not None]
    here = [person for person in party if person.job_on(day).company is deal.company]
    return list({person.index: person for person in here or party or deal.company.people}.values())
