"""A campaign with people in it, ready to send, for tests of outreach."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from tandem.access.models import Organisation
from tandem.accounts.models import Opportunity
from tandem.compliance.contracts.gate import Mode, Road
from tandem.engagement.contracts import CampaignState, DomainPurpose, MailboxKind, TouchState
from tandem.engagement.models import (
    Campaign,
    Draft,
    Enrollment,
    Mailbox,
    SendingDomain,
    Sequence,
    SequenceVersion,
    Touch,
)
from tandem.prospecting.models import AddressCheck
from tandem.prospecting.queries.sources import address_hash
from tests.wide_policy import put_wide_policy_in_force

if TYPE_CHECKING:
    from tandem.accounts.models import Contact
    from tests.company import Company

POSTAL = "Aislewright GmbH, Hafenstrasse 1, 20457 Hamburg, Germany"
SITE = "https://tandem.aislewright.example"
# An hour at which mail may go to all of the United States.
OPEN_HOUR = datetime(2026, 11, 24, 18, 30, tzinfo=UTC)
BODY = "Hi {name},\n\nYour Portland site opens in May. We moved two clinics there in a weekend.\n\nBest,\nMaya"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outreach:
    """What was planted: one mailbox of Maya's on an outreach domain, one campaign, one enrollment a person."""

    domain: SendingDomain
    mailbox: Mailbox
    campaign: Campaign
    enrollments: dict[str, Enrollment]

    def touch(self, who: str, **changes: Any) -> Touch:
        """The next touch of somebody, with its text; `subject`, `body`, `is_by_ai`, `language` go to the draft."""
        text = {
            name: changes.pop(name)
            for name in ("subject", "body", "is_by_ai", "language", "violations")
            if name in changes
        }
        enrollment = self.enrollments[who]
        step = Touch.objects.filter(enrollment=enrollment).count() + 1
        values = {
            "key": f"enrollment:{enrollment.id}:step:{step}", "contact": enrollment.contact, "step": step,
            "channel": Road.EMAIL.value, "mode": self.campaign.mode, "state": TouchState.READY.value,
            "due_at": OPEN_HOUR, "made_at": OPEN_HOUR - timedelta(days=1),
        }  # fmt: skip
        touch = Touch.objects.create(enrollment=enrollment, **values | changes)
        told = {
            "subject": "Your Portland site",
            "body": BODY.format(name=who.title()),
            "language": "en-US",
            "is_by_ai": True,
        }
        Draft.objects.create(
            touch=touch, number=1, written_at=OPEN_HOUR - timedelta(hours=2), written_by="worker", **told | text
        )
        return touch


def verify(contacts: Iterable[Contact], *, at: datetime, result: str = "ok") -> None:
    """Let a verifier have asked the mail servers of contacts."""
    AddressCheck.objects.bulk_create(
        [
            AddressCheck(
                contact=one, address_hash=address_hash(one.email), verifier="zerobounce", result=result, is_weak=False,
                chance=0.97, checked_at=at,
            )
            for one in contacts
        ]
    )  # fmt: skip


def plant(
    company: Company,
    *who: str,
    mode: Mode = Mode.POLICY,
    sending: dict[str, Any] | None = None,
    purpose: DomainPurpose = DomainPurpose.OUTREACH,
) -> Outreach:
    """Plant a running campaign with people of the small company in it ("paula", ...). The caller has a database."""
    Organisation.objects.update_or_create(id=1, defaults={"postal_address": POSTAL, "country": "DE"})
    Opportunity.objects.update(is_closed=True)
    domain = SendingDomain.objects.create(
        name="mail.aislewright.example", purpose=purpose.value, is_sound=True, checked_at=OPEN_HOUR,
        ramp_started_on=OPEN_HOUR.date() - timedelta(days=60), added_at=OPEN_HOUR, added_by="Olga",
    )  # fmt: skip
    mailbox = Mailbox.objects.create(
        address="maya@mail.aislewright.example", domain=domain, display_name="Maya Lindqvist",
        seller=company.people["maya"], kind=MailboxKind.SMTP.value, sending=sending or {}, daily_cap=1_000,
        added_at=OPEN_HOUR, added_by="Olga",
    )  # fmt: skip
    sequence = Sequence.objects.create(name="New sites", created_at=OPEN_HOUR, created_by="Olga")
    version = SequenceVersion.objects.create(
        sequence=sequence, number=1, steps=[], made_at=OPEN_HOUR, made_by="Olga", published_at=OPEN_HOUR
    )
    campaign = Campaign.objects.create(
        name="New sites", version=version, mode=mode.value, state=CampaignState.RUNNING.value,
        autonomy_since=OPEN_HOUR, created_at=OPEN_HOUR, created_by="Olga", started_at=OPEN_HOUR,
    )  # fmt: skip
    if mode is Mode.POLICY:
        put_wide_policy_in_force(campaign, OPEN_HOUR)
    verify([company.contacts[one] for one in who], at=OPEN_HOUR - timedelta(days=2))
    enrollments = {
        one: Enrollment.objects.create(
            campaign=campaign, contact=company.contacts[one], account=company.contacts[one].account,
            seller=company.people["maya"], mailbox=mailbox, language="en-US", enrolled_at=OPEN_HOUR, enrolled_by="Olga",
        )
        for one in who
    }  # fmt: skip
    return Outreach(domain=domain, mailbox=mailbox, campaign=campaign, enrollments=enrollments)


def bought(company: Company, account: str, amount: int) -> None:
    """Let an account have bought something this autumn, in euros: that is what it is worth then."""
    Opportunity.objects.create(
        name="Bought", account=company.accounts[account], stage="Closed Won", amount=amount, currency="EUR",
        is_closed=True, is_won=True, closed_on=OPEN_HOUR.date() - timedelta(days=40), created_at=OPEN_HOUR,
        updated_at=OPEN_HOUR,
    )  # fmt: skip
