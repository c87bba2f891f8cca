"""Many events in random order over a whole town, with the oracle watching: a million of them, or as many as wanted.

The work is cut into parts of 25,000 events, each with a town and a database of its own and a seed made of the seed and
the part's number: a leak is found again by running its part alone.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from django.test import Client

from tandem.cli.proof.record import faults_of_record
from tandem.cli.proof.report import FuzzReport
from tandem.cli.proof.town import CAMPAIGNS, WORKER, Town
from tandem.cli.proof.trial import Crash, Trial, Way
from tandem.compliance.contracts import Channel, Purpose, SuppressionReason
from tandem.compliance.contracts.gate import Mode
from tandem.compliance.contracts.switches import SwitchScope

PEOPLE = 2_500
AGENTS = 4
DECIDED_TOGETHER = 40
START = datetime(2026, 10, 19, 13, 0, tzinfo=UTC)
LONGEST_STOP = 25  # events; then a person lets go, or nothing would ever leave
FRESH = 25  # leaves that are young enough to be worth a try

# What happens next: name and weight. Cheap things are as frequent as they are in life: most enrollments, new texts and
# refusals meet no message on its way at that moment.
WEIGHTS: dict[str, int] = {
    "enroll": 330, "redraft": 60, "decide": 6, "approve": 60, "reject": 6, "withdraw": 12, "suppress": 14, "press": 12,
    "scan": 10, "revoke_consent": 4, "consent": 8, "lift": 12, "throw": 3, "revoke_agent": 1, "send": 70, "retry": 10,
    "send_around": 20, "clean_up": 2, "settle": 6, "time": 20,
}  # fmt: skip


def run_part(part: int, *, events: int, seed: int, said: Callable[[int], None] = lambda _: None) -> FuzzReport:
    """Run one part in the (empty) database of this process.

    said : told from time to time how many events there were so far
    """
    began = time.monotonic()
    town = Town(min(PEOPLE, max(30, events // 10)))
    town.settle(agents=AGENTS, now=START)
    fuzz = Fuzz(Trial(town, START), random.Random(f"{seed}/{part}"))  # noqa: S311  repeatable, not secret
    try:
        fuzz.run(events, said)
    finally:
        town.leave_office()
    trial = fuzz.trial
    leaks = [*trial.leaks, *faults_of_record(trial.wire)]
    return FuzzReport(
        events=trial.events.total(),
        seconds=time.monotonic() - began,
        by_event=trial.events,
        outcomes=trial.outcomes,
        refusals=trial.refusals,
        departures=trial.results["departed"],
        people=len(town.citizens),
        leaks=[f"part {part} of seed {seed}: {leak}" for leak in leaks],
    )


class Fuzz:
    """Chooses what happens next."""

    def __init__(self, trial: Trial, dice: random.Random) -> None:
        self.trial, self.dice = trial, dice
        self.client = Client()
        self.waiting: list[int] = []
        self.stopped_at: dict[int, int] = {}

    def run(self, events: int, said: Callable[[int], None]) -> None:
        """Until so many events have happened."""
        names, weights = list(WEIGHTS), list(WEIGHTS.values())
        told = 0
        while (done := self.trial.events.total()) < events:
            getattr(self, f"_{self.dice.choices(names, weights)[0]}")()
            self._release_old()
            if done - told >= 500:
                told = done
                said(done)

    def _citizen(self) -> int:
        return self.dice.randrange(len(self.trial.town.citizens))

    def _place(self, things: Any) -> int | None:
        return self.dice.randrange(len(things)) if things else None

    def _young(self) -> int | None:
        count = len(self.trial.leaves)
        return count - 1 - self.dice.randrange(min(FRESH, count)) if count else None

    def _enroll(self) -> None:
        dice = self.dice
        mode = Mode.EVERY if dice.random() < 0.25 else Mode.POLICY
        self.trial.enroll(
            self._citizen(), mailbox=int(dice.random() < 0.2), campaign=dice.randrange(2), domain=dice.randrange(2),
            mode=mode,
        )  # fmt: skip
        if dice.random() < 0.45:  # the others stay drafts
            self.waiting.append(len(self.trial.steps) - 1)

    def _redraft(self) -> None:
        if (place := self._place(self.trial.steps)) is not None:
            self.trial.redraft(place, self.dice.randrange(3))

    def _decide(self) -> None:
        places, self.waiting = self.waiting[:DECIDED_TOGETHER], self.waiting[DECIDED_TOGETHER:]
        if places:
            self._ask(places)

    def _ask(self, places: list[int]) -> None:
        actor = self.dice.choice(self.trial.town.agents) if self.dice.random() < 0.3 else WORKER
        self.trial.decide(places, actor)

    def _approve(self) -> None:
        self._say(is_yes=True)

    def _reject(self) -> None:
        self._say(is_yes=False)

    def _say(self, *, is_yes: bool) -> None:
        asked = self.trial.asked
        if not asked:
            return
        place = len(asked) - 1 - self.dice.randrange(min(4 * FRESH, len(asked)))
        self.trial.say(place, approver=self.dice.randrange(2), is_yes=is_yes)
        if is_yes:
            self.waiting.append(int(asked[place][0].touch.split(":")[1]))

    def _withdraw(self) -> None:
        if (place := self._place(self.trial.standing)) is not None:
            self.trial.withdraw(place)

    def _suppress(self) -> None:
        dice = self.dice
        self.trial.suppress(
            self._citizen(),
            # A whole company at a time would soon leave nobody to write to.
            dice.choices(list(Way), [6, 4, 4, 1, 1, 4, 4])[0],
            reason=dice.choice([SuppressionReason.UNSUBSCRIBE, SuppressionReason.MANUAL, SuppressionReason.COMPLAINT]),
            channel=dice.choices([Channel.ALL, Channel.EMAIL, Channel.SMS, Channel.VOICE], [6, 2, 1, 1])[0],
            purpose=dice.choices([Purpose.ANY, Purpose.SALES, Purpose.NEWSLETTER], [6, 2, 2])[0],
        )

    def _press(self) -> None:
        if (place := self._place(self.trial.steps)) is not None:
            self.trial.press(self.client, place)

    def _scan(self) -> None:
        if (place := self._place(self.trial.steps)) is not None:
            self.trial.press(self.client, place, is_scanner=True)

    def _revoke_consent(self) -> None:
        self.trial.take_back_consent(self._citizen())

    def _consent(self) -> None:
        self.trial.consent(self._citizen())

    def _lift(self) -> None:
        if (place := self._place(self.trial.entries)) is not None:
            self.trial.lift(place)

    def _throw(self) -> None:
        before = set(self.trial.oracle.switches)
        self.trial.throw(*self._button())
        for number in set(self.trial.oracle.switches) - before:
            self.stopped_at[number] = self.trial.events.total()

    def _button(self) -> tuple[SwitchScope, str]:
        return self.dice.choice(
            [
                (SwitchScope.GLOBAL, ""), (SwitchScope.DOMAIN, "proof.example"),
                (SwitchScope.DOMAIN, "mail.proof.example"), (SwitchScope.CAMPAIGN, self.dice.choice(CAMPAIGNS)),
                (SwitchScope.REGION, self.dice.choice(["US", "DE", "EEA"])), (SwitchScope.CHANNEL, "email"),
                (SwitchScope.AGENT, str(self.dice.choice(self.trial.town.agents).id)),
            ]
        )  # fmt: skip

    def _release_old(self) -> None:
        now = self.trial.events.total()
        for number in [one for one, at in self.stopped_at.items() if now - at > LONGEST_STOP]:
            del self.stopped_at[number]
            self.trial.release(number)

    def _revoke_agent(self) -> None:
        agent = self.dice.choice(self.trial.town.agents)
        if agent.id not in self.trial.oracle.revoked:
            self.trial.revoke(agent)

    def _send(self) -> None:
        if (place := self._young()) is not None:
            crash = self.dice.choices(list(Crash), [12, 1, 1, 1])[0]
            self.trial.send(place, crash=crash, is_changed=self.dice.random() < 0.05)

    def _retry(self) -> None:
        if (place := self._young()) is not None:
            self._ask([int(self.trial.leaves[place].held.step.touch.split(":")[1])])
            self.trial.send(len(self.trial.leaves) - 1)

    def _send_around(self) -> None:
        """A message meets a no, a button or a revocation, right before its claim or between claim and wire."""
        if (place := self._young()) is None:
            return
        leave, trial = self.trial.leaves[place], self.trial
        events: list[Callable[[], None]] = [
            lambda: trial.suppress(leave.held.step.citizen, self.dice.choice(list(Way))),
            lambda: trial.suppress(leave.held.step.citizen, self.dice.choice(list(Way))),
            self._throw,
            (lambda: trial.revoke(leave.actor)) if leave.actor.id else self._throw,
        ]
        event = self.dice.choice(events)
        if self.dice.random() < 0.5:
            trial.send(place, meanwhile=event)
        else:
            event()
            trial.send(place)

    def _clean_up(self) -> None:
        self.trial.clean_up()

    def _settle(self) -> None:
        if self.trial.uncertain:
            self.trial.settle(self.dice.choice(list(self.trial.uncertain)))

    def _time(self) -> None:
        """Mostly seconds; at times over a night, a weekend or the change of clocks."""
        dice = self.dice
        if dice.random() < 0.97:
            self.trial.pass_time(timedelta(seconds=dice.randrange(1, 240)))
        else:
            self.trial.pass_time(timedelta(hours=dice.choice([1, 4, 15, 15, 60])))
        local = self.trial.now
        if local.weekday() > 4 or not 13 <= local.hour < 17:
            day = 1 if local.hour >= 13 else 0
            later = local.replace(hour=13, minute=5) + timedelta(days=day)
            if dice.random() < 0.8:  # nearly always somebody waits for a working hour of both countries
                while later.weekday() > 4:
                    later += timedelta(days=1)
                self.trial.pass_time(later - local)
