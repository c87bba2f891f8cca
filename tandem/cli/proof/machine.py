"""A Hypothesis state machine over the gate: whatever order things happen in, nothing leaves against the oracle.

Each run is a transaction that is rolled back, so that a run of thousands leaves an empty database behind.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from django.db import transaction
from django.test import Client
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tandem.access.queries import forget_organisation
from tandem.cli.proof.record import faults_of_record
from tandem.cli.proof.town import CAMPAIGNS, WORKER, Town
from tandem.cli.proof.trial import Crash, Trial, Way
from tandem.compliance.contracts import Channel, Purpose, SuppressionReason
from tandem.compliance.contracts.gate import Mode
from tandem.compliance.contracts.switches import SwitchScope

PEOPLE = 6
# A Friday on which all are at work; by the next working day the United States are back in winter time.
START = datetime(2026, 10, 30, 14, 30, tzinfo=UTC)
SPANS = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 14, 15, 60, 9 * 60))
BUTTONS = (
    (SwitchScope.GLOBAL, ""), (SwitchScope.DOMAIN, "proof.example"), (SwitchScope.CAMPAIGN, CAMPAIGNS[0]),
    (SwitchScope.REGION, "US"), (SwitchScope.REGION, "EEA"), (SwitchScope.CHANNEL, "email"),
    (SwitchScope.CHANNEL, "sms"),
)  # fmt: skip
places, people = st.integers(0, 999), st.integers(0, PEOPLE - 1)
# No, most often in a way that reaches beyond the mailbox that is written to; and nearly always for all roads.
ways = st.sampled_from(Way)
roads = st.sampled_from([Channel.ALL, Channel.ALL, Channel.ALL, Channel.EMAIL, Channel.SMS])
purposes = st.sampled_from([Purpose.ANY, Purpose.ANY, Purpose.ANY, Purpose.SALES, Purpose.NEWSLETTER])
reasons = st.sampled_from([SuppressionReason.UNSUBSCRIBE, SuppressionReason.MANUAL, SuppressionReason.LEGAL])


class GateMachine(RuleBasedStateMachine):
    """What can happen to the gate, one rule each. The newest leave is tried first, so that something does leave."""

    def __init__(self) -> None:
        super().__init__()
        self._undo = transaction.atomic()
        self._undo.__enter__()
        town = Town(PEOPLE)
        town.settle(agents=1, now=START)
        self.trial, self.client = Trial(town, START), Client()

    def teardown(self) -> None:
        """What the ledger says in the end; then all of it is undone."""
        try:
            faults = faults_of_record(self.trial.wire) if not self.trial.leaks else []
            assert faults == [], faults
        finally:
            transaction.set_rollback(True)
            self._undo.__exit__(None, None, None)
            self.trial.town.leave_office()
            forget_organisation()

    @initialize()
    def begin(self) -> None:
        """Somebody of each kind is to get a mail, so that stories begin with leaves that can be taken."""
        for citizen in range(3):
            self.enroll(citizen, False, False, True, Mode.POLICY)

    @invariant()
    def nothing_leaks(self) -> None:
        """The one thing that must hold after every step."""
        assert self.trial.leaks == [], self.trial.leaks

    @rule(citizen=people, mailbox=st.booleans(), campaign=st.booleans(), domain=st.booleans(),
          mode=st.sampled_from([Mode.POLICY, Mode.POLICY, Mode.EVERY]))  # fmt: skip
    def enroll(self, citizen: int, mailbox: bool, campaign: bool, domain: bool, mode: Mode) -> None:
        """A new touch, and leave is asked at once."""
        trial = self.trial
        trial.enroll(citizen, mailbox=int(mailbox), campaign=int(campaign), domain=int(domain), mode=mode)
        trial.decide([len(trial.steps) - 1])

    @precondition(lambda self: self.trial.steps)
    @rule(place=places, by_agent=st.booleans())
    def decide(self, place: int, by_agent: bool) -> None:
        """Leave is asked again, for the worker or an agent, revoked or not."""
        agents = self.trial.town.agents
        self.trial.decide([place % len(self.trial.steps)], agents[place % len(agents)] if by_agent else WORKER)

    @precondition(lambda self: self.trial.steps)
    @rule(place=places, draft=st.integers(0, 2))
    def redraft(self, place: int, draft: int) -> None:
        """Another text."""
        self.trial.redraft(place % len(self.trial.steps), draft)

    @precondition(lambda self: self.trial.asked)
    @rule(place=places, approver=st.integers(0, 1), is_yes=st.sampled_from([True, True, True, False]))
    def say(self, place: int, approver: int, is_yes: bool) -> None:
        """A person approves or rejects, and leave is asked again by whoever asked for the step."""
        trial = self.trial
        number = place % len(trial.asked)
        trial.say(number, approver=approver, is_yes=is_yes)
        touches = [step.touch for step in trial.steps]
        trial.decide([touches.index(trial.asked[number][0].touch)])

    @precondition(lambda self: self.trial.standing)
    @rule(place=places)
    def withdraw(self, place: int) -> None:
        """A person takes it back."""
        self.trial.withdraw(place % len(self.trial.standing))

    @rule(citizen=people, way=ways, reason=reasons, channel=roads, purpose=purposes)
    def suppress(self, citizen: int, way: Way, reason: SuppressionReason, channel: Channel, purpose: Purpose) -> None:
        """Somebody says no."""
        self.trial.suppress(citizen, way, reason=reason, channel=channel, purpose=purpose)

    @precondition(lambda self: self.trial.steps)
    @rule(place=places, is_scanner=st.booleans())
    def press(self, place: int, is_scanner: bool) -> None:
        """The link of a mail."""
        self.trial.press(self.client, place % len(self.trial.steps), is_scanner=is_scanner)

    @rule(citizen=people)
    def take_back_consent(self, citizen: int) -> None:
        """By any reasonable means."""
        self.trial.take_back_consent(citizen)

    @rule(citizen=people)
    def consent(self, citizen: int) -> None:
        """They say yes again."""
        self.trial.consent(citizen)

    @precondition(lambda self: self.trial.entries)
    @rule(place=places)
    def lift(self, place: int) -> None:
        """A later permission."""
        self.trial.pass_time(timedelta(minutes=1))
        self.trial.lift(place % len(self.trial.entries))

    @rule(button=st.sampled_from(BUTTONS))
    def throw(self, button: tuple[SwitchScope, str]) -> None:
        """A button is pressed."""
        self.trial.throw(*button)

    @rule(place=places)
    def throw_at_agent(self, place: int) -> None:
        """An agent is stopped."""
        agents = self.trial.town.agents
        self.trial.throw(SwitchScope.AGENT, str(agents[place % len(agents)].id))

    @precondition(lambda self: self.trial.oracle.switches)
    @rule()
    def release(self) -> None:
        """Everything that was stopped goes on."""
        for number in list(self.trial.oracle.switches):
            self.trial.release(number)

    @rule(place=places)
    def revoke_agent(self, place: int) -> None:
        """An agent is revoked, at times once more."""
        agents = self.trial.town.agents
        self.trial.revoke(agents[place % len(agents)])

    @precondition(lambda self: self.trial.leaves)
    @rule(back=st.integers(0, 3), crash=st.sampled_from([Crash.NOWHERE, *Crash]),
          is_changed=st.sampled_from([False, False, False, True]))  # fmt: skip
    def send(self, back: int, crash: Crash, is_changed: bool) -> None:
        """A leave is taken, perhaps for the second time; the worker may die on the way."""
        self.trial.send(self._back(back), crash=crash, is_changed=is_changed)

    @precondition(lambda self: self.trial.leaves)
    @rule(back=st.integers(0, 3), way=ways, is_between=st.booleans())
    def send_when_they_say_no(self, back: int, way: Way, is_between: bool) -> None:
        """Somebody says no right before the claim, or between claim and wire."""
        place = self._back(back)
        citizen = self.trial.leaves[place].held.step.citizen
        self._send_around(place, lambda: self.trial.suppress(citizen, way), is_between)

    @precondition(lambda self: self.trial.leaves)
    @rule(back=st.integers(0, 3), button=st.sampled_from(BUTTONS), is_between=st.booleans())
    def send_when_a_button_is_pressed(self, back: int, button: tuple[SwitchScope, str], is_between: bool) -> None:
        """The same with a switch."""
        self._send_around(self._back(back), lambda: self.trial.throw(*button), is_between)

    @precondition(lambda self: any(leave.actor.id for leave in self.trial.leaves))
    @rule(is_between=st.booleans())
    def send_when_the_agent_is_revoked(self, is_between: bool) -> None:
        """The same with whoever asked."""
        place = max(number for number, leave in enumerate(self.trial.leaves) if leave.actor.id)
        self._send_around(place, lambda: self.trial.revoke(self.trial.leaves[place].actor), is_between)

    def _send_around(self, place: int, event: Callable[[], None], is_between: bool) -> None:
        if is_between:
            self.trial.send(place, meanwhile=event)
        else:
            event()
            self.trial.send(place)

    @precondition(lambda self: self.trial.leaves)
    @rule(back=st.integers(0, 3), crash=st.sampled_from([Crash.NOWHERE, *Crash]))
    def retry(self, back: int, crash: Crash) -> None:
        """Leave is asked again for a touch that was tried before, and taken."""
        trial = self.trial
        leave, before = trial.leaves[self._back(back)], len(trial.leaves)
        trial.decide([int(leave.held.step.touch.split(":")[1])], leave.actor)
        if len(trial.leaves) > before:
            trial.send(before, crash=crash)

    def _back(self, back: int) -> int:
        return max(0, len(self.trial.leaves) - 1 - back)

    @rule(span=st.sampled_from(SPANS))
    def pass_time(self, span: timedelta) -> None:
        """It gets later, over the end of leaves, of the working day and of summer time."""
        self.trial.pass_time(span)

    @rule()
    def next_working_day(self) -> None:
        """Half past three in Berlin, and a working hour in New York."""
        trial = self.trial
        later = trial.now.replace(hour=START.hour, minute=START.minute) + timedelta(days=1)
        while later.weekday() > 4:
            later += timedelta(days=1)
        trial.pass_time(later - trial.now)

    @precondition(lambda self: self.trial.uncertain)
    @rule(place=places)
    def settle(self, place: int) -> None:
        """Six minutes later a person looks at what a dead worker left behind."""
        self.trial.pass_time(timedelta(minutes=6))
        self.trial.clean_up()
        self.trial.settle(list(self.trial.uncertain)[place % len(self.trial.uncertain)])


def run_machine(*, examples: int, steps: int, seed: int, shrink: bool = True) -> None:
    """Let the machine run; raises what it found, with the shortest story that leads there.

    examples : stories
    steps : at most so many things happen in one
    seed : the same seed tells the same stories
    shrink : look for the shortest story, which takes a while
    """
    phases = [Phase.generate, *([Phase.shrink] if shrink else [])]
    how = settings(
        max_examples=examples, stateful_step_count=steps, deadline=None, database=None, phases=phases,
        print_blob=False, suppress_health_check=list(HealthCheck), report_multiple_bugs=False,
    )  # fmt: skip
    # What Hypothesis's own `seed` decorator sets; it takes functions alone.
    machine = type(GateMachine.__name__, (GateMachine,), {"_hypothesis_internal_use_seed": seed})
    run_state_machine_as_test(machine, settings=how)  # type: ignore[no-untyped-call]
