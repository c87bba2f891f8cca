"""The processes of a race, each of one role, on one database: they send, say no, press buttons, and may be killed.

Every deed is told to the parent as a JSON line with its moment; the server of the mail is the parent's, so that what
arrived is known from the receiving side.
"""

from __future__ import annotations

import json
import random
import smtplib
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.test import Client

from tandem.access.queries import list_people
from tandem.cli.proof.telling import say
from tandem.cli.proof.town import DOMAINS, SHELL, WORKER, Step, Town, message_of, request_of
from tandem.compliance.actions import gate, suppress, suppress_many
from tandem.compliance.actions import switches as switching
from tandem.compliance.contracts import Purpose, SuppressionEntry, SuppressionReason
from tandem.compliance.contracts.gate import ClearanceState, GateAnswer, Mode
from tandem.compliance.contracts.switches import SwitchScope
from tandem.compliance.queries import gate as reading
from tandem.compliance.queries import unsubscribe_path
from tandem.core import clock
from tandem.core.actors import Actor, ActorKind
from tandem.core.errors import AppError

ROUNDS_OF_LEAVE = 8  # steps that are decided together before each is sent


def step_of(citizen: int, number: int) -> Step:
    """The mail that everybody in the race may send: the same touch for whoever comes to it first."""
    return Step(
        touch=f"enrollment:{citizen}:step:{number}", citizen=citizen, mailbox=0, campaign="spring",
        domain=DOMAINS[0], mode=Mode.POLICY,
    )  # fmt: skip


def build(told: Mapping[str, Any]) -> None:
    """Write the town; everybody in it may get mail until they say no."""
    town = Town(told["people"])
    town.settle(agents=0, now=clock.now())


class _Sender:
    """Decides and sends until it is killed."""

    def __init__(self, told: Mapping[str, Any]) -> None:
        self.town = Town(told["people"])
        self.town.take_office()
        self.dice = random.Random(told["seed"])  # noqa: S311  repeatable, not secret
        self.told = told
        self.smtp = smtplib.SMTP("127.0.0.1", told["port"], timeout=20)
        self._warm_up()

    def _warm_up(self) -> None:
        """Read rules and calendars before the start, so that the race is about the gate; writes nothing."""
        citizen = self.town.citizens[0]
        step = step_of(citizen.number, 0)
        asked = request_of(step, citizen, message_of(step, citizen))
        reading.judge([reading.read_request(asked)], actor=WORKER, now=self._now())

    def work(self) -> None:
        """Rounds without an end; the parent ends them."""
        say(ready=True)
        while True:
            numbers = [self.dice.randrange(len(self.town.citizens)) for _ in range(ROUNDS_OF_LEAVE)]
            steps = [step_of(number, self.dice.randrange(self.told["steps"])) for number in dict.fromkeys(numbers)]
            messages = [message_of(step, self.town.citizens[step.citizen]) for step in steps]
            requests = [
                request_of(step, self.town.citizens[step.citizen], message)
                for step, message in zip(steps, messages, strict=True)
            ]
            answers = gate.decide_many(requests, actor=WORKER, now=self._now())
            say(decided=len(answers), allowed=sum(answer.clearance is not None for answer in answers))
            for step, message, answer in zip(steps, messages, answers, strict=True):
                if answer.clearance is not None:
                    self._send(step, message, answer)

    def _now(self) -> datetime:
        """A working hour of the recipients, so that a race can be run at night too; it goes as fast as the clock."""
        return clock.now() + timedelta(seconds=self.told["ahead"])

    def _send(self, step: Step, message: bytes, answer: GateAnswer) -> None:
        assert answer.clearance is not None
        try:
            permit = gate.claim(answer.clearance, message, actor=WORKER, now=self._now())
            time.sleep(self.dice.random() * self.told["linger"])  # a network that is slow between claim and wire
            gate.check_hand_off(permit, actor=WORKER, now=self._now())
        except gate.NotCleared:
            say(refused=step.touch)
            return
        self.smtp.sendmail(f"maya@{step.domain}", [permit.address], message)
        gate.depart(permit, outcome=ClearanceState.DEPARTED, reference="250", actor=WORKER, now=self._now())
        say(sent=step.touch)


def send(told: Mapping[str, Any]) -> None:
    """A worker that sends."""
    _Sender(told).work()


def _press(town: Town, citizen: int) -> None:
    path = unsubscribe_path(town.citizens[citizen].mailboxes[0], purpose=Purpose.SALES, message_id="race")
    answer = Client().post(path, {"List-Unsubscribe": "One-Click"})
    if answer.status_code != 200:
        raise AppError(f"The link answered {answer.status_code}.")


def _say(address: Callable[[Town, int], str], subject: Callable[[Town, int], str] = lambda *_: "") -> Any:
    def said(town: Town, citizen: int) -> None:
        entry = SuppressionEntry(address=address(town, citizen), reason=SuppressionReason.UNSUBSCRIBE)
        suppress(entry, source="race", actor=WORKER, now=clock.now(), subject=subject(town, citizen))

    return said


def _import(town: Town, citizen: int) -> None:
    addresses = [town.citizens[citizen].mailboxes[1], f"stranger{citizen}@elsewhere.example"]
    entries = [SuppressionEntry(address=one, reason=SuppressionReason.MANUAL) for one in addresses]
    suppress_many(entries, source="race list", actor=SHELL, now=clock.now())


WAYS: Mapping[str, Callable[[Town, int], None]] = {
    "one-click link": _press,
    "reply": _say(lambda town, one: town.citizens[one].mailboxes[0]),
    "STOP by text": _say(lambda town, one: town.citizens[one].phone),
    "list of another system": _import,
    "by name": _say(lambda _, one: f"old{one}@gone.example", lambda town, one: town.citizens[one].subject),
}


def refuse(told: Mapping[str, Any]) -> None:
    """Somebody through whom one person after the other says no, in all ways."""
    town = Town(told["people"])
    town.take_office()
    ways = list(WAYS)
    say(ready=True)
    numbers: Sequence[int] = told["citizens"]
    for place, citizen in enumerate(numbers):
        way = ways[place % len(ways)]
        began = time.time()
        WAYS[way](town, citizen)
        say(no=citizen, way=way, began=began, done=time.time())
        time.sleep(told["pause"])


def stop(told: Mapping[str, Any]) -> None:
    """Somebody who presses the red button and lets go again."""
    town = Town(told["people"])
    town.take_office()
    person = next(one for one in list_people() if one.role == "revops")
    actor = Actor(kind=ActorKind.PERSON, id=person.id, name=person.name, role="revops")
    say(ready=True)
    while True:
        time.sleep(told["pause"])
        began = time.time()
        number = switching.throw(SwitchScope.GLOBAL, "", reason="Race", actor=actor, now=clock.now())
        thrown = time.time()
        time.sleep(told["stands"])
        lifting = time.time()
        switching.lift(number, reason="Over", actor=actor, now=clock.now())
        say(stop=number, began=began, thrown=thrown, lifted=lifting)


def judge(told: Mapping[str, Any]) -> None:
    """What the ledger and the receiving server say afterwards."""
    from tandem.cli.proof.verdict import verdict

    gate.end_lost_claims(actor=WORKER, now=clock.now() + timedelta(days=30))
    say(report=verdict(Town(told["people"]), json.loads(Path(told["arrivals"]).read_bytes())))


ROLES: Mapping[str, Callable[[Mapping[str, Any]], None]] = {
    "build": build,
    "send": send,
    "refuse": refuse,
    "stop": stop,
    "judge": judge,
}
