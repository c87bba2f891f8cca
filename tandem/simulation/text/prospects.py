"""People who get our mail and behave: each has an interest, a patience and a desk, and answers, or does not.

Nothing here is read by the product. Laws, for one person and one mail (logit is the logistic's argument):

| what | law |
|---|---|
| address is dead | 4%; a delivery report comes back within the hour |
| is away | 10% at any time, for the days of `absence_days`; the absence assistant answers once, the mail is still read |
| is the wrong person | 8%; says so to the first two mails with chance .45 each |
| interest | N(0, 1), the person's own; .35 more when the mail names the company |
| answers with interest | logit(-3.3 + .95 interest), half as likely with each mail after the third; 45% want to talk, others ask |
| not now | logit(-3.4 + .3 interest) |
| never | logit(-4.3 - .7 interest) |
| wants no more mail | logit(-4.6 - .5 interest + .35 (mails of 14 days - patience)) |
| brief thanks, or "slower, please" | .025, .018; a soft no |
| complaint | .0004; .05 for each further mail within 21 days after a soft no, or beyond patience + 3 mails of 14 days |

patience is 2 + Poisson(2) mails of 14 days. After a soft no, interest grows back by .3 when 21 days are left in peace.
Who said no, complained or answered writes nothing more by themselves.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from enum import StrEnum

from tandem.simulation.dice import Dice, chance_of
from tandem.simulation.text import automatic

DEAD, AWAY, WRONG = 0.04, 0.10, 0.08
SOFT_WINDOW = dt.timedelta(days=21)
CROWDED = dt.timedelta(days=14)
ABSENCE_ANSWERS_AGAIN = dt.timedelta(days=7)


class Act(StrEnum):
    """What a person does about a mail. The seven labels of replies, soft noes, and what is no reply."""

    NOTHING = "nothing"
    BOUNCE = "bounce"
    AWAY = "ooo"
    WRONG_PERSON = "wrong_person"
    MEETING = "positive_meeting"
    INFO = "positive_info"
    NOT_NOW = "negative_now"
    NEVER = "negative_ever"
    UNSUBSCRIBE = "unsubscribe"
    BRIEF_THANKS = "brief_ack"
    SLOWER = "slow_down"
    COMPLAINT = "complaint"


SOFT_NOES = frozenset({Act.BRIEF_THANKS, Act.SLOWER})
ENDS = frozenset({Act.WRONG_PERSON, Act.MEETING, Act.INFO, Act.NEVER, Act.UNSUBSCRIBE, Act.COMPLAINT})


@dataclass(slots=True)
class Prospect:
    """One person with what happened so far. mails: when ours came; failure: why the address is dead, None: it is not."""

    address: str
    dice: Dice
    interest: float
    patience: int
    is_wrong: bool
    failure: automatic.Failure | None
    away_until: dt.datetime | None = None
    absence_told: dt.datetime | None = None
    mails: list[dt.datetime] = field(default_factory=list)
    soft_no: dt.datetime | None = None
    has_ended: bool = False

    @classmethod
    def of(cls, seed: int, address: str) -> Prospect:
        """The person behind an address; the same seed gives the same person."""
        dice = Dice.of(seed, "prospect", address.lower())
        failure = dice.draw(automatic.FAILURES) if dice.chance(DEAD) else None
        return cls(
            address=address, dice=dice, interest=dice.gauss(0, 1), patience=2 + dice.poisson(2), is_wrong=dice.chance(WRONG),
            failure=failure,  # type: ignore[arg-type]
        )  # fmt: skip

    def acts_on(self, at: dt.datetime, *, names_company: bool) -> list[Act]:
        """What the person does about a mail that arrives at a moment; an absence note may come before an answer."""
        if self.failure is not None:
            return [Act.BOUNCE]
        self.mails.append(at)
        acts = [Act.AWAY] if self._is_away(at) else []
        if self.has_ended:
            return acts
        act = self._drawn(at, 0.35 if names_company else 0.0)
        if act in SOFT_NOES:
            self.soft_no = at
        self.has_ended = act in ENDS
        return acts if act is Act.NOTHING else [*acts, act]

    def _is_away(self, at: dt.datetime) -> bool:
        """Whether the absence assistant answers this mail."""
        if self.away_until is None or at > self.away_until:
            if not self.dice.chance(AWAY):
                return False
            last, _ = automatic.absence_days(self.dice, at.date())
            self.away_until = dt.datetime.combine(last, dt.time(20), at.tzinfo)
        if self.absence_told is not None and at - self.absence_told < ABSENCE_ANSWERS_AGAIN:
            return False
        self.absence_told = at
        return True

    def _drawn(self, at: dt.datetime, bonus: float) -> Act:
        number, crowd = len(self.mails), self._crowd(at)
        if self.is_wrong and number <= 2 and self.dice.chance(0.45):
            return Act.WRONG_PERSON
        interest = -2.0 if self.is_wrong else self.interest + bonus + self._rested(at)
        late = 0.5 ** max(0, number - 3)
        hazards = (
            (Act.COMPLAINT, self._complains(at, crowd)),
            (Act.UNSUBSCRIBE, chance_of(-4.6 - 0.5 * interest + 0.35 * (crowd - self.patience))),
            (Act.NEVER, chance_of(-4.3 - 0.7 * interest)),
            (Act.NOT_NOW, chance_of(-3.4 + 0.3 * interest)),
            (Act.SLOWER, 0.018 if self.soft_no is None else 0.0),
            (Act.BRIEF_THANKS, 0.025 if self.soft_no is None else 0.0),
        )
        for act, hazard in hazards:
            if self.dice.chance(hazard):
                return act
        if self.dice.chance(late * chance_of(-3.3 + 0.95 * interest)):
            return Act.MEETING if self.dice.chance(0.45) else Act.INFO
        return Act.NOTHING

    def _crowd(self, at: dt.datetime) -> int:
        """How many of our mails came in the last two weeks."""
        return sum(1 for one in self.mails if at - one <= CROWDED)

    def _rested(self, at: dt.datetime) -> float:
        """Interest that came back because a soft no was respected."""
        before = self.mails[-2] if len(self.mails) > 1 else None
        was_left_alone = self.soft_no is not None and before is not None and at - before >= SOFT_WINDOW
        return 0.3 if was_left_alone else 0.0

    def _complains(self, at: dt.datetime, crowd: int) -> float:
        if self.soft_no is not None and at - self.soft_no < SOFT_WINDOW:
            return 0.05
        return 0.05 if crowd > self.patience + 3 else 0.0004
