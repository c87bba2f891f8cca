"""People of a campaign whose messages are ready and due, for benchmarks of sending.

Imports of the product stand inside: a benchmark chooses its database before Django reads its settings.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

OPENS_AT = datetime(2026, 11, 24, 18, 5, tzinfo=UTC)  # working hours everywhere in the United States


def start_clock(began: float) -> None:
    """Let the clock run from an hour at which mail may go, and links lead somewhere; before anybody is forked.

    began : seconds since 1970
    """
    from django.conf import settings

    from tandem.core import clock

    settings.PUBLIC_URL = "https://tandem.example.com"
    clock.now = lambda: OPENS_AT + timedelta(seconds=time.time() - began)


def warm_up() -> None:
    """Read rules, words and tables once, without a database, so that a worker is at work as soon as it is forked."""
    from django.core import checks

    from tandem.compliance.queries.rules import decide
    from tandem.engagement.actions import dispatch  # noqa: F401

    checks.run_checks()  # all addresses and models
    told = {"at": OPENS_AT.isoformat(), "channel": "email", "purpose": "cold_outreach", "suppressed": False,
            "recipient": {"country": "US", "kind": "corporate_named", "email": address_of(1)}}  # fmt: skip
    decide(told)


def prepare(port: int, *, seconds: float = 20.0, dkim_key: str = "") -> None:
    """An organisation, a domain, three mailboxes and a campaign."""
    from django.core.management import call_command

    from tandem.access.models import Organisation, Person
    from tandem.compliance.contracts.gate import Mode
    from tandem.core import clock
    from tandem.core.secrets import seal
    from tandem.engagement.models import Campaign, Mailbox, SendingDomain, Sequence, SequenceVersion
    from tests.wide_policy import put_wide_policy_in_force

    call_command("migrate", verbosity=0, interactive=False)
    now = clock.now()
    Person.objects.create(email="olga@aislewright.example", name="Olga", role="revops", password="!", country="DE")
    Organisation.objects.update_or_create(
        id=1,
        defaults={"name": "Aislewright", "country": "DE", "postal_address": "Hafenstrasse 1, 20457 Hamburg, Germany"},
    )
    domain = SendingDomain.objects.create(
        name="aislewright.example", purpose="primary", is_sound=True, checked_at=now, full_volume=1_000_000,
        dkim_selector="s1" if dkim_key else "", dkim_key=seal(dkim_key), added_at=now, added_by="bench",
    )  # fmt: skip
    sending = {"host": "127.0.0.1", "port": port, "tls": "none", "seconds": seconds, "answer_seconds": seconds}
    for name in ("maya", "liam", "priya"):
        Mailbox.objects.create(
            address=f"{name}@aislewright.example", domain=domain, display_name=name.title(), kind="smtp",
            sending=sending, daily_cap=1_000_000, added_at=now, added_by="bench",
        )  # fmt: skip
    sequence = Sequence.objects.create(name="New sites", created_at=now, created_by="bench")
    version = SequenceVersion.objects.create(
        sequence=sequence, number=1, steps=[], made_at=now, made_by="bench", published_at=now
    )
    campaign = Campaign.objects.create(
        name="New sites", version=version, mode=Mode.POLICY.value, state="running", autonomy_since=now,
        created_at=now, created_by="bench", started_at=now,
    )  # fmt: skip
    put_wide_policy_in_force(campaign, now)


def address_of(number: int) -> str:
    """Mail address of a made-up person."""
    return f"person{number}@firm{number}.example"


def add_people(first: int, count: int) -> None:
    """More people with a message each that is ready and due."""
    from django.db import transaction

    from tandem.accounts.models import Account, Contact
    from tandem.core import clock
    from tandem.engagement.models import Campaign, Draft, Enrollment, Mailbox, Touch
    from tests.outreach import verify

    now, numbers = clock.now(), range(first, first + count)
    campaign, mailboxes = Campaign.objects.get(), list(Mailbox.objects.order_by("id"))
    with transaction.atomic():
        accounts = Account.objects.bulk_create(
            [Account(name=f"Firm {one}", domain=f"firm{one}.example", country="US", created_at=now, updated_at=now)
             for one in numbers]
        )  # fmt: skip
        contacts = Contact.objects.bulk_create(
            [
                Contact(name=f"Person {one}", account=account, email=address_of(one), country="US",
                        created_at=now, updated_at=now)
                for one, account in zip(numbers, accounts, strict=True)
            ]
        )  # fmt: skip
        verify(contacts, at=now)
        enrollments = Enrollment.objects.bulk_create(
            [
                Enrollment(campaign=campaign, contact=contact, account_id=contact.account_id, language="en-US",
                           mailbox=mailboxes[one % len(mailboxes)], enrolled_at=now, enrolled_by="bench")
                for one, contact in zip(numbers, contacts, strict=True)
            ]
        )  # fmt: skip
        touches = Touch.objects.bulk_create(
            [
                Touch(key=f"enrollment:{one.id}:step:1", enrollment=one, contact_id=one.contact_id, step=1,
                      channel="email", mode="policy", state="ready", due_at=now, made_at=now)
                for one in enrollments
            ]
        )  # fmt: skip
        Draft.objects.bulk_create(
            [
                Draft(touch=one, number=1, subject="Your new site", body="Hi,\n\nYour site opens in May.\n\nBest,\nMaya",
                      language="en-US", is_by_ai=False, written_at=now, written_by="bench")
                for one in touches
            ]
        )  # fmt: skip
