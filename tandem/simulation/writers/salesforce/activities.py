"""Task and Event: what sellers log of what truly passed, and what they only claim."""

from __future__ import annotations

import datetime as dt
from types import TracebackType
from typing import Self

from tandem.simulation.deals.habits import CrmStory
from tandem.simulation.deals.paths import Deal
from tandem.simulation.deals.touches import Touch, people_on
from tandem.simulation.dice import Dice
from tandem.simulation.outputs import CsvFile
from tandem.simulation.staff import Member
from tandem.simulation.times import Moment, last_moment, local_to_utc, stamp, working_moment
from tandem.simulation.world import World
from tandem.simulation.writers.salesforce.records import ALL_TIMES, FOLDER, CrmRecords, job_number, yes

TASK = (
    "Id", "IsDeleted", "WhoId", "WhatId", "AccountId", "Subject", "ActivityDate", "Status", "Priority", "Type", "TaskSubtype",
    "CallType", "CallDurationInSeconds", "CallDisposition", "IsClosed", "CompletedDateTime", "Description", "OwnerId", *ALL_TIMES,
)  # fmt: skip
EVENT = (
    "Id", "IsDeleted", "WhoId", "WhatId", "AccountId", "Subject", "StartDateTime", "EndDateTime", "ActivityDate", "DurationInMinutes",
    "IsAllDayEvent", "Location", "EventSubtype", "Description", "OwnerId", *ALL_TIMES,
)  # fmt: skip
MAIL_TOPICS = (
    ("intro", "your DC numbers", "quick question", "Termin nächste Woche?"), ("workshop agenda", "questions from IT", "Unterlagen", "site visit"),
    ("business case", "pilot scope", "picking rates", "Nutzenrechnung"), ("proposal", "Angebot", "pricing for two sites", "updated quote"),
    ("redlines", "Vertragsentwurf", "order form", "start date"),
)  # fmt: skip
CALL_TOPICS = (
    "Call",
    "Call: follow-up",
    "Quick call",
    "Call - voicemail",
    "Anruf",
    "Call re timeline",
    "Check-in call",
)
MEETING_TOPICS = (
    ("Intro call", "First meeting", "Discovery"), ("Workshop", "Discovery II", "Technical deep dive"), ("Demo", "Solution review", "Site walk"),
    ("Proposal review", "Pricing call"), ("Contract call", "Legal and IT security", "Closing call"),
)  # fmt: skip
TODOS = (
    "Send recap",
    "Prepare demo",
    "Chase signature",
    "Update forecast",
    "Send references",
    "Book workshop",
    "Follow up",
)
CLAIMS = ("Call", "Call: follow-up", "Spoke briefly, all good", "Check-in call")
DAYS_WAITING = 40


class Activities:
    """The two activity files; used by the deals, then for outreach beside deals."""

    def __init__(self, world: World, records: CrmRecords) -> None:
        self.world, self.records = world, records
        self.share = min(1.0, world.config.scale)
        self._tasks = CsvFile(world.out / FOLDER / "Task.csv", TASK, world.summary)
        self._events = CsvFile(world.out / FOLDER / "Event.csv", EVENT, world.summary)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._tasks.__exit__(kind, error, trace)
        self._events.__exit__(kind, error, trace)

    def deal(self, deal: Deal, story: CrmStory, account: str) -> dt.date | None:
        """Log one deal's touches, to-dos and claims; returns the day of the last one."""
        dice, days, start = self.world.dice("activities", deal.index), [], self.world.config.start
        for touch in self.world.touches(deal):
            if touch.at.date() >= start and self._logged(dice, touch):
                self._touch(dice, deal, touch, account)
                days.append(touch.at.date())
        days += self._claims(dice, deal, account)
        if deal.outcome == "open":
            self._todos(dice, deal, story, account)
        return max(days, default=None)

    def _logged(self, dice: Dice, touch: Touch) -> bool:
        """Meetings come from the calendar, mail and calls from the seller's diligence."""
        hygiene = touch.seller.hygiene
        habit = {"meeting": 0.60 + 0.38 * hygiene, "call": 0.30 + 0.60 * hygiene, "email": 0.20 + 0.55 * hygiene}
        return dice.chance(habit[touch.kind] * self.share)

    def _touch(self, dice: Dice, deal: Deal, touch: Touch, account: str) -> None:
        who = self.records.contact_of(touch.people[0], deal.company)
        what = self.world.opportunity_ids[deal.index] if dice.chance(0.85) else account
        if touch.kind == "meeting":
            self._meeting(dice, touch, who, what, account)
        elif touch.kind == "call":
            reached = touch.minutes > 0
            self._task(
                dice, touch.at, touch.seller, who, what, account, dice.pick(CALL_TOPICS), "Call", direction="Outbound",
                seconds=touch.minutes * 60 + dice.between(0, 59) if reached else 0, outcome="Connected" if reached else "No answer",
            )  # fmt: skip
        else:
            topic = dice.pick(MAIL_TOPICS[touch.stage])
            subject = f"Email: Received: Re: {topic}" if touch.inbound else f"Email: {topic}"
            self._task(dice, touch.at, touch.seller, who, what, account, subject, "Email")

    def _meeting(self, dice: Dice, touch: Touch, who: str, what: str, account: str) -> None:
        made = stamp(min(touch.at, touch.at - dt.timedelta(days=dice.between(1, 12))))
        end = touch.at + dt.timedelta(minutes=touch.minutes)
        self._events.write((
            self.world.ids.new("Event"), "false", who, what, account, dice.pick(MEETING_TOPICS[touch.stage]), stamp(touch.at), stamp(end),
            touch.at.date(), touch.minutes, "false", dice.pick(("Zoom", "Teams", "On site", "")), "Event", "",
            self.world.user_ids[touch.seller.index], made, made, made,
        ))  # fmt: skip

    def _task(
        self, dice: Dice, at: Moment, owner: Member, who: str, what: str, account: str, subject: str, kind: str, *,
        direction: str = "", seconds: int | None = None, outcome: str = "", done: bool = True, text: str = "",
    ) -> str:  # fmt: skip
        key, moment = self.world.ids.new("Task"), stamp(at)
        made = (
            moment
            if done
            else stamp(min(at - dt.timedelta(days=dice.between(1, 9)), last_moment(self.world.config.end)))
        )
        priority = "High" if dice.chance(0.06) else "Normal"
        self._tasks.write((
            key, "false", who, what, account, subject, at.date(), "Completed" if done else "Not Started", priority,
            kind if kind != "Task" else "", kind, direction, seconds, outcome, yes(done), moment if done else "", text,
            self.world.user_ids[owner.index], made, made, made,
        ))  # fmt: skip
        return key

    def _todos(self, dice: Dice, deal: Deal, story: CrmStory, account: str) -> None:
        owner = story.owner or deal.owner
        if not dice.chance(0.2 + 0.5 * owner.hygiene):
            return
        day = self.world.config.end + dt.timedelta(days=dice.between(-DAYS_WAITING, 14))
        at = working_moment(dice, owner.place.zone, max(day, deal.opened_on))
        what = self.world.opportunity_ids[deal.index]
        self._task(dice, at, owner, "", what, account, dice.pick(TODOS), "Task", done=False)

    def _claims(self, dice: Dice, deal: Deal, account: str) -> list[dt.date]:
        """Calls that never were, entered on Friday evening in one go; replies that nobody wrote."""
        owner = deal.owner
        if owner.gaming not in ("fake_activities", "fake_engagement"):
            return []
        days = []
        last = min(deal.ended or self.world.config.end, owner.ended or self.world.config.end)
        for offset in range(len(deal.path)):
            day = self.world.day(deal.opened + offset) + dt.timedelta(days=4)
            if self.world.config.start <= day <= last:
                for _ in range(dice.poisson(0.9)):
                    self._claim(dice, deal, account, day)
                    days.append(day)
        return days

    def _claim(self, dice: Dice, deal: Deal, account: str, day: dt.date) -> None:
        owner, person = deal.owner, dice.pick(people_on(deal, day))
        who, what = self.records.contact_of(person, deal.company), self.world.opportunity_ids[deal.index]
        at = local_to_utc(owner.place.zone, day, 16, dice.between(48, 58), dice.between(0, 59))
        if owner.gaming == "fake_activities":
            key = self._task(dice, at, owner, who, what, account, dice.pick(CLAIMS), "Call", direction="Outbound")
        else:
            key = self._task(dice, at, owner, who, what, account, "Email: Received: Re: next steps", "Email")
        self.world.truth.add("gaming", owner.email, owner.gaming, "Task", key)

    def prospect(self) -> None:
        """Outreach to people of companies without a deal, by those who open doors."""
        world, config = self.world, self.world.config
        dice = world.dice("outreach")
        callers = [member for member in world.staff if member.role in ("sdr", "seller")]
        span = (config.end - config.start).days
        people = [person for person in world.market.people if person.index in world.contact_ids]
        for _ in range(round(40 * config.sellers * self.share) if people else 0):
            caller, person = dice.pick(callers), dice.pick(people)
            day = config.start + dt.timedelta(days=dice.between(0, span - 1))
            company = person.job_on(day).company
            who = self.records.contacts.get((person.index, job_number(person, company)), "")
            account = self.records.account_for(dice, company)
            if not caller.active_on(day) or not account:
                continue
            at = working_moment(dice, caller.place.zone, day)
            if dice.chance(0.6):
                self._task(dice, at, caller, who, account, account, f"Email: {dice.pick(MAIL_TOPICS[0])}", "Email")
            else:
                outcome = "No answer" if dice.chance(0.75) else "Connected"
                seconds = dice.between(40, 500) if outcome == "Connected" else 0
                self._task(
                    dice, at, caller, who, account, account, "Cold call", "Call", direction="Outbound", seconds=seconds, outcome=outcome,
                )  # fmt: skip
