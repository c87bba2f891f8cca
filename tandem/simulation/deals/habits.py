"""What the CRM is told about a deal, by a seller with habits: late, wishful, incomplete, sometimes deceitful."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass, field

from tandem.simulation.deals.chain import LOST, STAGE_PROBABILITY, STAGES, WON, state_parts
from tandem.simulation.deals.paths import Deal
from tandem.simulation.dice import Dice, chance_of
from tandem.simulation.staff import Member
from tandem.simulation.times import Moment, last_moment, month_end, quarter_end, working_moment

CATEGORY_OF_STAGE = ("Pipeline", "Pipeline", "Pipeline", "Best Case", "Best Case")
PARKED = 3  # the stage in which deals are parked
USUAL_DAYS = {"enterprise": 170, "mid-market": 110, "commercial": 70}
NEXT_STEPS = (
    "Call {day}", "Send proposal", "Waiting for feedback", "Demo with IT", "Follow up {day}", "Legal review", "Meet CFO", "tbd",
    "Check in after holidays", "Workshop on site", "Get budget confirmation", "Pilot review {day}", "Schedule call with operations",
    "send pricing for two sites", "Reference call", "intro to EB via champion", "n/a", "next week", "Security questionnaire", "MSA redlines",
)  # fmt: skip


@dataclass(slots=True)
class Change:
    """One change of a tracked field."""

    at: Moment
    field: str
    old: object
    new: object
    by: Member


@dataclass(slots=True)
class CrmStory:
    """A deal as the CRM shows it: the fields at creation, every later change, and where it stands.

    copied: the first amount is another deal's. parked: the owner put it in a late stage to look busy.
    fooled: pushes by a seller
    who pushes every date. skipped: stages never set. late_days: from the true end to the day it was logged.
    commits: by Monday, the close date then, the believed chance for its quarter, and the amount.
    """

    created_at: Moment
    first: dict[str, object]
    changes: list[Change] = field(default_factory=list)
    now: dict[str, object] = field(default_factory=dict)
    pushes: int = 0
    copied: bool = False
    parked: bool = False
    fooled: int = 0
    skipped: int = 0
    late_days: int = 0
    owner: Member | None = None
    commits: dict[dt.date, tuple[dt.date, float, float]] = field(default_factory=dict)


class Bookkeeper:
    """Keeps one deal's CRM record week by week."""

    def __init__(
        self, deal: Deal, dice: Dice, origin: dt.date, end: dt.date, successor: Member | None,
        copied: float | None = None,
    ) -> None:  # fmt: skip
        """`copied`: amount of the owner's deal before, taken over when the owner does not care to reckon."""
        self.deal, self.dice, self.origin, self.end = deal, dice, origin, end
        self.successor = successor
        owner = deal.owner
        self.keeper = owner
        self.mood = owner.optimism + dice.gauss(0, 0.5)
        self.zone = owner.place.zone
        amount = None if dice.chance(0.30 * (1.4 - owner.hygiene)) else self._guess()
        copies = copied is not None and dice.chance(0.22 * (1 - owner.hygiene))
        amount = copied if copies else amount
        created = min(working_moment(dice, self.zone, deal.opened_on), last_moment(end))
        entry = 0 if deal.motion == "New Business" else 1 if deal.motion == "Expansion" else 2
        first: dict[str, object] = {
            "StageName": STAGES[entry], "Amount": amount, "CloseDate": self._wish(deal.opened_on),
            "ForecastCategoryName": CATEGORY_OF_STAGE[entry], "NextStep": self._next_step(deal.opened_on) if dice.chance(owner.hygiene) else None,
            "Probability": STAGE_PROBABILITY[entry], "OwnerId": owner,
        }  # fmt: skip
        self.story = CrmStory(created, first, owner=owner, copied=copies)
        self.story.now = dict(first)

    def _guess(self) -> float:
        spread = 0.10 if self.deal.motion == "Renewal" else 0.28
        value = self.deal.amount * math.exp(self.dice.gauss(0.04 * self.deal.owner.optimism, spread))
        return max(1_000.0, round(value / 1000) * 1000.0)

    def _wish(self, day: dt.date) -> dt.date:
        """A hoped-for close date: too early for optimists, often a month's or quarter's end, always this quarter's to deceive."""
        if self.deal.contract_end:
            return self.deal.contract_end
        if self.deal.owner.gaming == "pushed_dates":
            return quarter_end(day + dt.timedelta(days=15))
        days = USUAL_DAYS[self.deal.company.segment] * math.exp(self.dice.gauss(-0.25 * self.deal.owner.optimism, 0.35))
        wish = day + dt.timedelta(days=max(10, int(days)))
        draw = self.dice.random()
        return quarter_end(wish) if draw < 0.38 else month_end(wish) if draw < 0.62 else wish

    def _next_step(self, day: dt.date) -> str:
        return self.dice.pick(NEXT_STEPS).format(
            day=(day + dt.timedelta(days=self.dice.between(3, 15))).strftime(
                self.dice.pick(("%d %b", "%d.%m.", "%m/%d"))
            )
        )

    def _set(self, at: Moment, name: str, value: object) -> None:
        old = self.story.now.get(name)
        if old != value:
            self.story.changes.append(Change(at, name, old, value, self.keeper))
            self.story.now[name] = value

    def _set_stage(self, at: Moment, stage: int) -> None:
        self._set(at, "StageName", STAGES[stage])
        self.story.now["Probability"] = STAGE_PROBABILITY[stage]
        if stage >= 3 and self.story.now["Amount"] is None:
            self._set(at, "Amount", self._guess())

    def keep(self) -> CrmStory:
        """The whole story."""
        deal = self.deal
        stage = STAGES.index(str(self.story.first["StageName"]))
        for offset, code in enumerate(deal.path):
            monday = self.origin + dt.timedelta(weeks=deal.opened + offset)
            if offset:
                stage = self._week(monday, code, stage, deal.p_quarter[offset])
            else:
                self._call(monday, deal.p_quarter[0])
        if deal.ended is not None:
            self._close()
        return self.story

    def _week(self, monday: dt.date, code: int, stage: int, p_quarter: float) -> int:
        dice, keeper = self.dice, self.keeper
        if self.successor and keeper.ended and monday > keeper.ended and keeper is not self.successor:
            at = working_moment(dice, self.zone, monday)
            self._set(at, "OwnerId", self.successor)
            self.keeper = self.story.owner = keeper = self.successor
        day = monday + dt.timedelta(days=dice.between(0, 4))
        if day > self.end:
            return stage
        at = working_moment(dice, self.zone, day)
        at = max(at, self.story.created_at + dt.timedelta(minutes=7))
        if at > last_moment(self.end):
            return stage
        true_stage = state_parts(code)[0]
        if keeper.gaming == "parked_stages" and stage < PARKED and monday > self.deal.opened_on:
            stage, self.story.parked = PARKED, True
            self._set_stage(at, stage)
        elif true_stage > stage and dice.chance(0.25 + 0.72 * keeper.hygiene):
            self.story.skipped += true_stage - stage - 1
            stage = true_stage
            self._set_stage(at, stage)
        elif stage < 4 and true_stage == stage and dice.chance(max(0.0, 0.02 * (1 + keeper.optimism))):
            stage += 1
            self._set_stage(at, stage)
        self._dates(at, day)
        self._small_things(at, day)
        self._call(monday, p_quarter)
        self._category(at, p_quarter, stage)
        return stage

    def _dates(self, at: Moment, day: dt.date) -> None:
        close = self.story.now["CloseDate"]
        assert isinstance(close, dt.date)
        if self.keeper.gaming == "pushed_dates" and close <= day + dt.timedelta(days=6):
            self._set(at, "CloseDate", month_end(month_end(day) + dt.timedelta(days=5)))
            self.story.pushes += 1
            self.story.fooled += 1
        elif quarter_end(day) == quarter_end(close) and (quarter_end(day) - day).days < 6 and self._will_slip():
            self._set(at, "CloseDate", quarter_end(quarter_end(day) + dt.timedelta(days=20)))
            self.story.pushes += 1
        elif close < day and self.dice.chance(0.15 + 0.65 * self.keeper.hygiene):
            later = day + dt.timedelta(days=int(self.dice.expovariate(1 / 40)) + 7)
            self._set(at, "CloseDate", self.dice.pick((month_end(later), quarter_end(day), quarter_end(later), later)))
            self.story.pushes += 1

    def _will_slip(self) -> bool:
        """Whether the seller admits, in a quarter's last days, that the deal goes into the next one."""
        believed = next(reversed(self.story.commits.values()))[1]
        return believed < 0.6 and self.dice.chance(0.2 + 0.5 * self.keeper.hygiene)

    def _small_things(self, at: Moment, day: dt.date) -> None:
        dice = self.dice
        if dice.chance(0.05) and self.story.now["Amount"] is not None:
            self._set(at, "Amount", self._guess())
        if dice.chance(0.30 * self.keeper.hygiene):
            self._set(at, "NextStep", self._next_step(day) if dice.chance(0.9) else None)

    def _call(self, monday: dt.date, p_quarter: float) -> None:
        """What the seller believes of this deal for the quarter its close date names."""
        close = self.story.now["CloseDate"]
        assert isinstance(close, dt.date)
        p = min(0.995, max(0.002, p_quarter))
        believed = chance_of(math.log(p / (1 - p)) + self.mood + self.dice.gauss(0, 0.35))
        self.story.commits[monday] = (close, believed, float(self.story.now["Amount"] or 0))  # type: ignore[arg-type]

    def _category(self, at: Moment, p_quarter: float, stage: int) -> None:
        if not self.dice.chance(0.45 * self.keeper.hygiene):
            return
        believed = list(self.story.commits.values())[-1][1]
        self._set(
            at,
            "ForecastCategoryName",
            "Commit" if believed > 0.6 else "Best Case" if believed > 0.3 else CATEGORY_OF_STAGE[min(stage, 2)],
        )

    def _close(self) -> None:
        deal, dice = self.deal, self.dice
        assert deal.ended is not None
        lag = int(dice.expovariate(1 / (1 + 5 * (1 - self.keeper.hygiene))))
        if deal.outcome == "lost":
            lag += int(dice.expovariate(1 / (3 + 45 * (1 - self.keeper.hygiene) ** 2)))
        logged = deal.ended + dt.timedelta(days=lag)
        if logged > self.end:
            return
        at = working_moment(dice, self.zone, logged)
        last = self.story.changes[-1].at if self.story.changes else self.story.created_at
        at = max(at, last + dt.timedelta(minutes=3))
        if at > last_moment(self.end):
            return
        self.story.late_days = lag
        won = deal.outcome == "won"
        if won:
            self._set(at, "Amount", float(deal.final_amount))
        self._set(at, "StageName", WON if won else LOST)
        self._set(at, "CloseDate", deal.ended if won else logged)
        self._set(at, "ForecastCategoryName", "Closed" if won else "Omitted")
        self.story.now["Probability"] = 100 if won else 0
