"""One trial of the gate: everything that can happen to it, through its public actions, with the oracle watching.

The state machine and the fuzz both drive a `Trial`; they differ in who chooses what happens next.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress as ignoring
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from tandem.access.actions import revoke_agent
from tandem.cli.proof.oracle import Entry, Held, Oracle, digest, text_of
from tandem.cli.proof.town import CAMPAIGNS, DOMAINS, SHELL, WORKER, Citizen, Step, Town, message_of, request_of
from tandem.compliance import queries
from tandem.compliance.actions import approving, gate, lift_suppression, revoke_consent, suppress
from tandem.compliance.actions import switches as switching
from tandem.compliance.contracts import Channel, Purpose, SuppressionEntry, SuppressionReason
from tandem.compliance.contracts.decisions import Outcome
from tandem.compliance.contracts.gate import ClearanceState, GateAnswer, Mode, Permit
from tandem.compliance.contracts.switches import SwitchScope
from tandem.core import clock
from tandem.core.actors import Actor
from tandem.core.errors import AppError, NotAllowed


class Way(StrEnum):
    """How somebody says that they want no more."""

    MAILBOX = "mailbox"
    OTHER_MAILBOX = "other mailbox"
    NUMBER = "number"
    DOMAIN = "domain"
    ACCOUNT = "account"
    KEY = "key"
    NAME = "name"


class Crash(StrEnum):
    """Where the worker dies."""

    NOWHERE = "nowhere"
    BEFORE_CLAIM = "before the claim"
    BEFORE_WIRE = "between claim and wire"
    AFTER_WIRE = "between wire and answer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Leave:
    """A clearance in somebody's hands, with what the oracle knows of it."""

    held: Held
    answer: GateAnswer
    message: bytes
    actor: Actor


class Trial:
    """A town, its gate and its oracle; `leaks` must stay empty. Times move forward only."""

    def __init__(self, town: Town, now: datetime) -> None:
        self.town, self.now = town, now
        self.oracle = Oracle(citizens=town.citizens, consents={one.number for one in town.citizens if one.has_consent})
        self.steps: list[Step] = []
        self.asked: list[tuple[Step, GateAnswer]] = []
        self.leaves: list[Leave] = []
        self.standing: list[tuple[tuple[str, int, int], int, bool, Actor]] = []
        self.entries: list[Entry] = []
        self.uncertain: dict[int, str] = {}
        self.events: Counter[str] = Counter()
        self.results: Counter[str] = Counter()
        self.outcomes: Counter[str] = Counter()
        self.refusals: Counter[str] = Counter()
        self.leaks: list[str] = []
        self.wire: dict[str, str] = {}

    def note(self, event: str) -> None:
        """Count an event."""
        self.events[event] += 1

    def pass_time(self, span: timedelta) -> None:
        """It gets later."""
        self.note("time")
        self.now += span

    def enroll(self, citizen: int, *, mailbox: int, campaign: int, domain: int, mode: Mode) -> None:
        """Somebody is to get a mail: a new touch."""
        self.note("enroll")
        self.steps.append(
            Step(
                touch=f"enrollment:{len(self.steps)}:step:1",
                citizen=citizen,
                mailbox=mailbox,
                campaign=CAMPAIGNS[campaign],
                domain=DOMAINS[domain],
                mode=mode,
            )
        )

    def redraft(self, place: int, draft: int) -> None:
        """The text of a step is another one."""
        self.note("redraft")
        self.steps[place] = replace(self.steps[place], draft=draft)

    def decide(self, places: Sequence[int], actor: Actor = WORKER) -> None:
        """Ask the gate for steps; who gets leave holds it."""
        self.events["decide"] += len(places)
        steps = [self.steps[place] for place in places]
        messages = [message_of(step, self._citizen(step)) for step in steps]
        requests = [
            request_of(step, self._citizen(step), message) for step, message in zip(steps, messages, strict=True)
        ]
        try:
            with clock.at(self.now):
                answers = gate.decide_many(requests, actor=actor, now=self.now)
        except NotAllowed:
            self.refusals["may not ask"] += len(places)
            return
        for step, message, answer in zip(steps, messages, answers, strict=True):
            self._keep(step, message, answer, actor)

    def _keep(self, step: Step, message: bytes, answer: GateAnswer, actor: Actor) -> None:
        self.outcomes[answer.outcome.value] += 1
        self.asked.append((step, answer))
        if answer.clearance is None:
            if answer.outcome is Outcome.ALLOW:
                self.leaks.append(f"allowed without a clearance: {step.touch}")
            return
        held = Held(step=step, digest=digest(message), since=self.now, agent=actor.id)
        leave = Leave(held=held, answer=answer, message=message, actor=actor)
        for fault in self.oracle.faults_at_claim(held, message, self.now):
            if fault not in ("claimed twice", "left twice"):  # a second leave may be given; it can't be taken
                self.leaks.append(f"leave was given although {fault}: {step.touch}")
        self.leaves.append(leave)

    def _citizen(self, step: Step) -> Citizen:
        return self.town.citizens[step.citizen]

    def say(self, place: int, *, approver: int, is_yes: bool) -> None:
        """A person approves or rejects a text they were shown."""
        self.note("approve" if is_yes else "reject")
        step, answer = self.asked[place]
        actor = self.town.approvers[approver]
        key = (text_of(step), step.draft, actor.id)
        with ignoring(AppError), clock.at(self.now):
            if is_yes:
                said = approving.approve(answer.id, content_hash=answer.content_hash, actor=actor, now=self.now)
            else:
                said = approving.reject(
                    answer.id, content_hash=answer.content_hash, reason="Tone", actor=actor, now=self.now
                )
            (self.oracle.approved if is_yes else self.oracle.rejected).add(key)
            self.standing.append((key, said, is_yes, actor))

    def withdraw(self, place: int) -> None:
        """A person takes back what they said of a text."""
        self.note("withdraw")
        key, said, is_yes, actor = self.standing.pop(place)
        with clock.at(self.now):
            approving.withdraw_approval(said, actor=actor, now=self.now)
        (self.oracle.approved if is_yes else self.oracle.rejected).discard(key)

    def suppress(
        self,
        citizen: int,
        way: Way,
        *,
        reason: SuppressionReason = SuppressionReason.UNSUBSCRIBE,
        channel: Channel = Channel.ALL,
        purpose: Purpose = Purpose.ANY,
    ) -> None:
        """Somebody says no, in one of the ways there are."""
        self.note("suppress")
        address, whom, subject = self._said_of(self.town.citizens[citizen], way)
        entry = SuppressionEntry(address=address, reason=reason, channel=channel, purpose=purpose)
        with clock.at(self.now):
            suppress(entry, source="proof", actor=WORKER, now=self.now, subject=subject)
        self._suppressed((address, channel.value, purpose.value, reason.value), whom)

    def _suppressed(self, entry: Entry, whom: set[int]) -> None:
        self.oracle.suppress(entry, whom)
        self.entries.append(entry)

    def _said_of(self, citizen: Citizen, way: Way) -> tuple[str, set[int], str]:
        """The address as it is said, whom it takes out, and the name it is said under."""
        own = {citizen.number}
        everybody = {one.number for one in self.town.citizens if one.company == citizen.company}
        return {
            Way.MAILBOX: (citizen.mailboxes[0], own, ""),
            Way.OTHER_MAILBOX: (citizen.mailboxes[1], own, ""),
            Way.NUMBER: (citizen.phone, own, ""),
            Way.DOMAIN: (citizen.domain, everybody, ""),
            Way.ACCOUNT: (citizen.account, everybody, ""),
            Way.KEY: (citizen.subject, own, ""),
            Way.NAME: (f"old{citizen.number}@gone.example", own, citizen.subject),
        }[way]

    def press(self, client: Any, place: int, *, is_scanner: bool = False) -> None:
        """The one-click link of a mail is pressed (POST), or a scanner opens it (GET), which says nothing."""
        self.note("scan" if is_scanner else "press")
        step = self.steps[place]
        mailbox = self._citizen(step).mailboxes[step.mailbox]
        path = queries.unsubscribe_path(mailbox, purpose=Purpose.SALES, message_id="proof")
        with clock.at(self.now):
            answer = client.get(path) if is_scanner else client.post(path, {"List-Unsubscribe": "One-Click"})
        if answer.status_code != 200:
            self.leaks.append(f"a good link answered {answer.status_code}")
        if not is_scanner:
            self._suppressed((mailbox, "all", "any", "unsubscribe"), {step.citizen})
            if step.mailbox == 0:
                self.oracle.consents.discard(step.citizen)

    def take_back_consent(self, citizen: int) -> None:
        """Somebody takes back all they agreed to."""
        self.note("revoke consent")
        one = self.town.citizens[citizen]
        with clock.at(self.now):
            revoke_consent(one.mailboxes, how="reply", subject=one.subject, actor=SHELL, now=self.now)
        self.oracle.consents.discard(citizen)
        for mailbox in one.mailboxes:
            self._suppressed((mailbox, "all", "any", "unsubscribe"), {citizen})

    def consent(self, citizen: int) -> None:
        """Somebody says yes, by double opt-in; it does not lift what stands against them."""
        self.note("consent")
        with clock.at(self.now):
            self.town.consent(self.town.citizens[citizen], self.now)
        self.oracle.consents.add(citizen)

    def lift(self, place: int) -> None:
        """A later permission with proof ends an entry."""
        self.note("lift suppression")
        address, channel, purpose, reason = entry = self.entries[place]
        filters = queries.SuppressionFilters(text=address, channel=channel, reason=reason)
        for row in queries.list_suppressions(self.town.manager, filters):
            is_it = (
                row.purpose == purpose and row.address in ("", address) and ("@" in address) == (row.kind == "email")
            )
            if not is_it:
                continue
            with ignoring(AppError), clock.at(self.now):
                lift_suppression(row.id, permission="form 12", given_at=self.now, actor=self.town.manager, now=self.now)
                self.oracle.lift(entry)

    def throw(self, scope: SwitchScope, key: str) -> None:
        """Somebody presses a button."""
        self.note("throw")
        with clock.at(self.now):
            number = switching.throw(scope, key, reason="Proof", actor=self.town.approvers[0], now=self.now)
        self.oracle.switches[number] = (scope.value, key)

    def release(self, number: int) -> None:
        """A person lets go what a switch stopped."""
        self.note("release")
        with clock.at(self.now):
            switching.lift(number, reason="Over", actor=self.town.manager, now=self.now)
        del self.oracle.switches[number]

    def revoke(self, agent: Actor) -> None:
        """An agent is revoked, for good; another one takes its work."""
        self.note("revoke agent")
        with clock.at(self.now):
            revoke_agent(agent_id=agent.id, reason="Proof", actor=self.town.manager, now=self.now)
            self.oracle.revoked.add(agent.id)
            self.town.agents.append(self.town.new_agent(len(self.town.agents), self.now))

    def send(
        self,
        place: int,
        *,
        crash: Crash = Crash.NOWHERE,
        is_changed: bool = False,
        meanwhile: Callable[[], None] | None = None,
    ) -> None:
        """Take a leave and hand the bytes over; the same leave may be tried again later.

        is_changed : a byte is another one
        meanwhile : what happens between claim and wire
        """
        self.note("send")
        leave = self.leaves[place]
        if crash is Crash.BEFORE_CLAIM:
            self.note("crash")
            return
        message = leave.message.replace(b"Hello", b"hello") if is_changed else leave.message
        permit = self._claimed(leave, message)
        if permit is None:
            return
        if meanwhile is not None:
            meanwhile()
        if crash is Crash.BEFORE_WIRE:
            self._crashed(permit, leave, has_left=False)
        elif self._handed_over(permit, leave, message):
            if crash is Crash.AFTER_WIRE:
                self._crashed(permit, leave, has_left=True)
                return
            self._depart(permit)

    def _claimed(self, leave: Leave, message: bytes) -> Permit | None:
        assert leave.answer.clearance is not None
        faults = self.oracle.faults_at_claim(leave.held, message, self.now)
        try:
            with clock.at(self.now):
                permit = gate.claim(leave.answer.clearance, message, actor=WORKER, now=self.now)
        except (gate.NotCleared, NotAllowed):
            self.refusals[f"at the claim: {faults[0] if faults else 'other'}"] += 1
            return None
        self.results["claimed"] += 1
        self.leaks += [f"claimed although {fault}: {leave.held.step.touch}" for fault in faults]
        self.oracle.taken.add(leave.held.step.touch)
        return permit

    def _handed_over(self, permit: Permit, leave: Leave, message: bytes) -> bool:
        faults = self.oracle.faults_at_wire(leave.held, message)
        try:
            with clock.at(self.now):
                gate.check_hand_off(permit, actor=WORKER, now=self.now)
        except gate.NotCleared:
            self.refusals[f"at the wire: {faults[0] if faults else 'other'}"] += 1
            self.oracle.taken.discard(leave.held.step.touch)
            return False
        self._on_the_wire(leave, message, faults)
        return True

    def _on_the_wire(self, leave: Leave, message: bytes, faults: Sequence[str]) -> None:
        touch = leave.held.step.touch
        self.results["departed"] += 1
        self.leaks += [f"left although {fault}: {touch}" for fault in faults]
        self.oracle.gone[touch] += 1
        self.wire[touch] = digest(message)

    def _depart(self, permit: Permit) -> None:
        with clock.at(self.now):
            gate.depart(permit, outcome=ClearanceState.DEPARTED, reference="250 ok", actor=WORKER, now=self.now)

    def _crashed(self, permit: Permit, leave: Leave, *, has_left: bool) -> None:
        self.note("crash")
        self.uncertain[permit.clearance_id] = leave.held.step.touch if not has_left else ""

    def clean_up(self) -> None:
        """Claims whose worker died are put before a person."""
        self.note("clean up")
        with clock.at(self.now):
            gate.end_lost_claims(actor=WORKER, now=self.now)

    def settle(self, clearance_id: int) -> None:
        """A person looks whether an uncertain message left, and says so truly."""
        self.note("settle")
        touch = self.uncertain[clearance_id]
        with ignoring(AppError), clock.at(self.now):
            gate.settle(
                clearance_id, has_left=not touch, why="The server's log", actor=self.town.approvers[0], now=self.now
            )
            self.oracle.taken.discard(touch)
            del self.uncertain[clearance_id]
