"""Made-up people, senders and messages in a scratch database, for proofs of the gate.

Everybody lives in one of three ways: in the United States (mail needs no consent), in Germany with a confirmed consent
(without it nothing may go), in Germany without one. Each has two mailboxes and a number; three share a company.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email import policy
from email.message import EmailMessage

from tandem.access.actions import add_person, create_agent, update_organisation
from tandem.access.contracts import Role
from tandem.compliance.actions import record_consent
from tandem.compliance.actions.switches import set_limits
from tandem.compliance.contracts import Channel, ConsentKind, Purpose
from tandem.compliance.contracts.gate import ContactRequest, Mode, RecipientFacts, Road
from tandem.compliance.contracts.switches import KillSettings
from tandem.compliance.queries import unsubscribe_path
from tandem.compliance.queries.gate import FactsOf, register_recipient_facts
from tandem.core.actors import Actor, ActorKind, built_in_agent

POSTAL = "Proof GmbH, Hafenstrasse 1, 20457 Hamburg, Germany"
DOMAINS = ("proof.example", "mail.proof.example")
CAMPAIGNS = ("spring", "autumn")
SITE = "https://proof.example"
WORKER = built_in_agent("worker", "worker")
SHELL = built_in_agent("shell", "shell")
WIRE = policy.SMTP.clone(max_line_length=998)
ZONES = {"US": "America/New_York", "DE": "Europe/Berlin"}
SEATS = 3  # people a company
KINDS = (("US", False), ("DE", True), ("DE", False), ("US", False), ("DE", True), ("US", False))


@dataclass(frozen=True, slots=True, kw_only=True)
class Citizen:
    """Somebody of the town, by number from 0. `has_consent`: they said yes to mail when the town was built."""

    number: int
    country: str
    has_consent: bool

    @property
    def company(self) -> int:
        """Number of the company, from 0."""
        return self.number // SEATS

    @property
    def domain(self) -> str:
        """The company's mail domain."""
        return f"firm{self.company}.example"

    @property
    def mailboxes(self) -> tuple[str, str]:
        """At work, and another one."""
        return f"p{self.number}@{self.domain}", f"p{self.number}@home{self.number}.example"

    @property
    def phone(self) -> str:
        """A number that could be one."""
        return f"+1503{2_000_000 + self.number}"

    @property
    def subject(self) -> str:
        """As rooms name people."""
        return f"contact:{self.number + 1}"

    @property
    def account(self) -> str:
        """As rooms name companies."""
        return f"account:{self.company + 1}"

    @property
    def addresses(self) -> tuple[str, ...]:
        """Every address of theirs that is known."""
        return (*self.mailboxes, self.phone)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One mail of a campaign to somebody, in the draft that stands now.

    touch : its key; it leaves at most once, ever
    mailbox : 0 or 1, which of the two
    draft : number of the text; another number is another text
    """

    touch: str
    citizen: int
    mailbox: int
    campaign: str
    domain: str
    mode: Mode
    draft: int = 0


class Town:
    """The people, those who send and approve, and what the gate is told of them."""

    def __init__(self, people: int) -> None:
        self.citizens = [
            Citizen(number=number, country=KINDS[number % 6][0], has_consent=KINDS[number % 6][1])
            for number in range(people)
        ]
        self.approvers: list[Actor] = []
        self.manager = SHELL
        self.agents: list[Actor] = []
        self._before: FactsOf | None = None

    def settle(self, *, agents: int, now: datetime) -> None:
        """Write the town into an empty database: its company, people who approve, agents, limits, consents."""
        update_organisation(actor=SHELL, name="Proof", country="DE", postal_address=POSTAL)
        self.manager = self._person("olga", Role.REVOPS)
        self.approvers = [self._person("maya", Role.SELLER), self._person("lena", Role.MANAGER)]
        self.agents = [self.new_agent(number, now) for number in range(agents)]
        # No days between touches: that more leaves is the harder proof.
        set_limits(KillSettings(days_between_touches=None), actor=self.manager, now=now)
        for citizen in self.citizens:
            if citizen.has_consent:
                self.consent(citizen, now)
        self.take_office()

    def take_office(self) -> None:
        """Let this process's gate ask the town whom it knows, until `leave_office`."""
        known = {citizen.subject: citizen for citizen in self.citizens}

        def facts(asked: Sequence[tuple[str, str, str]]) -> Mapping[tuple[str, str, str], RecipientFacts]:
            return {whom: facts_of(known[whom[0]]) for whom in asked if whom[0] in known}

        self._before = register_recipient_facts(facts)

    def leave_office(self) -> None:
        """Let the gate ask again whom it asked before."""
        register_recipient_facts(self._before)

    def _person(self, name: str, role: Role) -> Actor:
        number = add_person(
            email=f"{name}@proof.example", name=name.title(), role=role.value, team_id=None, actor=SHELL
        )
        return Actor(kind=ActorKind.PERSON, id=number, name=name.title(), role=role.value)

    def new_agent(self, number: int, now: datetime) -> Actor:
        """Another agent that may send."""
        scopes = ["gate.send"]
        made = create_agent(
            name=f"sender-{number}", purpose="Sends.", scopes=scopes, answerable_id=self.manager.id,
            actor=self.manager, now=now,
        )  # fmt: skip
        return Actor(kind=ActorKind.AGENT, id=made, name=f"sender-{number}", scopes=frozenset(scopes))

    def consent(self, citizen: Citizen, now: datetime) -> None:
        """They say yes to mail to the first mailbox, by double opt-in."""
        record_consent(
            citizen.mailboxes[0], kind=ConsentKind.DOUBLE_OPT_IN, channel=Channel.EMAIL, purpose=Purpose.SALES,
            proof="form", source="proof", given_at=now - timedelta(hours=2), confirmed_at=now - timedelta(hours=1),
            wording="Yes, write me about this.", country=citizen.country, subject=citizen.subject, actor=SHELL, now=now,
        )  # fmt: skip


def facts_of(citizen: Citizen) -> RecipientFacts:
    """What the gate is told of somebody."""
    return RecipientFacts(
        subject=citizen.subject,
        account=citizen.account,
        addresses=citizen.addresses,
        kind="corporate_named",
        country=citizen.country,
        time_zone=ZONES[citizen.country],
        industry="retail",
        has_legal_dispute=False,
    )


def message_of(step: Step, citizen: Citizen) -> bytes:
    """The whole mail of a step in its present draft, with all that laws want in it."""
    to = citizen.mailboxes[step.mailbox]
    key = f"{step.touch.replace(':', '-')}"
    link = SITE + unsubscribe_path(to, purpose=Purpose.SALES, message_id=key[:60])
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = f"Maya <maya@{step.domain}>", to, "Your warehouse"
    message["Message-ID"] = f"<{key}@{step.domain}>"
    message["List-Unsubscribe"] = f"<{link}>"
    message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(f"Hello, this is draft {step.draft}.\n\n{POSTAL}\nNo more of this: {link}\n")
    return message.as_bytes(policy=WIRE)


def request_of(step: Step, citizen: Citizen, message: bytes) -> ContactRequest:
    """Leave is asked for a step."""
    return ContactRequest(
        channel=Road.EMAIL,
        purpose="cold_outreach",
        address=citizen.mailboxes[step.mailbox],
        message=message,
        touch=step.touch,
        sender=f"maya@{step.domain}",
        subject=citizen.subject,
        account=citizen.account,
        campaign=step.campaign,
        mode=step.mode,
        language="en",
    )
