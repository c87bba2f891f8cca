"""Who opted out in any source is suppressed in the same import, whatever came first and whatever is changed later."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tandem.accounts.actions import assembling, corrections
from tandem.accounts.actions.imports import import_path
from tandem.accounts.actions.opting_out import OptOutReport, suppress_opted_out, suppress_reported
from tandem.accounts.contracts import Entity, SourceKind
from tandem.accounts.models import Contact, SourceRecord
from tandem.accounts.tests.telling import NOW, SHELL, source, tell
from tandem.compliance import actions as compliance
from tandem.compliance import queries
from tandem.compliance.contracts import Channel, SuppressionReason
from tandem.compliance.models import LedgerEntry, Suppression
from tandem.core.actors import built_in_agent
from tandem.core.errors import NotAllowed
from tests.company import Company

LATER = NOW + timedelta(days=1)
SOURCES = (
    ("salesforce", SourceKind.CRM),
    ("hubspot", SourceKind.MARKETING),
    ("dynamics", SourceKind.CRM),
    ("vendor", SourceKind.VENDOR),
    ("events", SourceKind.MARKETING),
)


def assemble(now: Any = NOW) -> OptOutReport:
    assembling.assemble(actor=SHELL, now=now)
    return suppress_opted_out(actor=SHELL, now=now)


def is_out(*found: str, channel: Channel = Channel.EMAIL) -> bool:
    return queries.is_suppressed(found, channel) is not None


@pytest.fixture
def ann(db: None) -> SourceRecord:
    return tell(
        Entity.CONTACT, 7, source(), name="Ann Lee", email="ann@acme.example", email_2="ann@home.example",
        mobile="+4915112345678", opted_out=True,
    )  # fmt: skip


def test_one_source_is_enough_for_every_address_and_channel(ann: SourceRecord) -> None:
    tell(
        Entity.CONTACT,
        7,
        source("vendor", SourceKind.VENDOR),
        name="Ann Lee",
        email="lee@acme.example",
        opted_out=False,
    )
    assert assemble() == OptOutReport(people=1, added=5)
    for address in ("ann@acme.example", "ann@home.example", "lee@acme.example", "+4915112345678", "contact:7"):
        for channel in (Channel.EMAIL, Channel.SMS, Channel.VOICE, Channel.POSTAL):
            assert is_out(address, channel=channel)
    row = Suppression.objects.get(address="ann@acme.example")
    assert (row.source, row.evidence, row.subject, row.reason, row.at) == (
        "opted out in Crm", f"record:{ann.id}", "contact:7", "unsubscribe", NOW,
    )  # fmt: skip


def test_a_second_run_writes_nothing(ann: SourceRecord) -> None:
    assemble()
    entries = LedgerEntry.objects.count()
    assert assemble(LATER) == OptOutReport(people=1, known=4)
    assert LedgerEntry.objects.count() == entries


def test_a_new_address_of_somebody_who_opted_out_is_covered_before_and_after_the_next_run(ann: SourceRecord) -> None:
    assemble()
    tell(Entity.CONTACT, 7, source("hubspot", SourceKind.MARKETING), name="Ann Lee", email="new@acme.example")
    assert is_out("new@acme.example", "contact:7")
    assert assemble(LATER) == OptOutReport(people=1, added=1, known=4)
    assert is_out("new@acme.example")


def test_a_flag_that_is_taken_off_in_the_crm_changes_nothing_here(ann: SourceRecord) -> None:
    assemble()
    SourceRecord.objects.filter(id=ann.id).update(
        data={**ann.data, "opted_out": False}, is_dirty=True, observed_at=LATER
    )
    assert assemble(LATER) == OptOutReport()
    assert not Contact.objects.get(id=7).opted_out
    assert is_out("ann@acme.example")


def test_a_later_permission_with_proof_lifts_and_a_stale_flag_does_not_undo_it(ann: SourceRecord) -> None:
    assemble()
    allowed = NOW + timedelta(hours=2)
    for row in Suppression.objects.all():
        compliance.lift_suppression(row.id, permission="form 9", given_at=allowed, actor=SHELL, now=allowed)
    assert assemble(LATER) == OptOutReport(people=1, known=4)
    assert not is_out("ann@acme.example", "contact:7")
    SourceRecord.objects.filter(id=ann.id).update(is_dirty=True, observed_at=LATER)
    assert assemble(LATER) == OptOutReport(people=1, added=4)
    assert is_out("ann@acme.example")


def test_an_erased_person_who_comes_in_again_is_not_written_down(ann: SourceRecord) -> None:
    for one in ("ann@acme.example", "ann@home.example", "+4915112345678", "contact:7"):
        compliance.erase_person([one], actor=SHELL, now=NOW, request="request:1")
    assert assemble() == OptOutReport(people=1, known=4)
    assert set(Suppression.objects.values_list("address", flat=True)) == {""}


def test_do_not_call_closes_the_phone_alone(db: None) -> None:
    tell(Entity.CONTACT, 8, source(), name="Bo Ek", email="bo@acme.example", phone="+442079460958", do_not_call=True)
    assert assemble() == OptOutReport(people=1, added=2)
    assert is_out("+442079460958", channel=Channel.VOICE)
    assert is_out("contact:8", channel=Channel.VOICE)
    assert not is_out("bo@acme.example")
    assert not is_out("contact:8")


def test_a_number_that_others_share_who_said_nothing_stays_open(ann: SourceRecord) -> None:
    for golden_id, flag in ((8, True), (9, False)):
        tell(Entity.CONTACT, golden_id, source(), name=f"P {golden_id}", email=f"p{golden_id}@acme.example",
             phone="+442079460958", opted_out=flag)  # fmt: skip
    assemble()
    assert not is_out("+442079460958", channel=Channel.VOICE)
    assert is_out("+442079460958", "contact:8", channel=Channel.VOICE)


def test_a_mailbox_that_bounced_gets_no_more_mail(db: None) -> None:
    tell(
        Entity.CONTACT, 8, source("hubspot", SourceKind.MARKETING), name="Bo Ek", email="bo@acme.example",
        email_2="bo@home.example", bounced_at="2026-11-01T00:00:00+00:00",
    )  # fmt: skip
    assert assemble() == OptOutReport(people=1, added=1)
    found = queries.is_suppressed(["bo@acme.example"], Channel.EMAIL)
    assert found is not None
    assert found.reason is SuppressionReason.BOUNCE
    assert not is_out("bo@acme.example", channel=Channel.VOICE)
    assert not is_out("bo@home.example")


def test_a_source_whose_clock_runs_ahead_is_believed(db: None) -> None:
    tell(Entity.CONTACT, 8, source(), at=NOW + timedelta(days=300), name="Bo", email="bo@acme.example", opted_out=True)
    assert assemble() == OptOutReport(people=1, added=2)
    assert Suppression.objects.get(address="bo@acme.example").at == NOW


@given(
    order=st.permutations(range(len(SOURCES))),
    who=st.sets(st.integers(0, len(SOURCES) - 1), min_size=1),
    between=st.lists(st.booleans(), min_size=len(SOURCES), max_size=len(SOURCES)),
)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_opted_out_in_one_of_five_sources_in_any_order_is_suppressed(
    order: Sequence[int], who: set[int], between: Sequence[bool], rolled_back: Callable[[], Any]
) -> None:
    with rolled_back():
        for place in order:
            key, kind = SOURCES[place]
            tell(Entity.CONTACT, 7, source(key, kind), name="Ann Lee", email=f"ann{place}@acme.example",
                 opted_out=place in who)  # fmt: skip
            if between[place]:
                assemble()
        assemble()
        assert all(is_out(f"ann{place}@acme.example", channel=Channel.VOICE) for place in order)
        assert is_out("contact:7")


@pytest.fixture
def rolled_back(db: None) -> Callable[[], Any]:
    @contextmanager
    def one_by_one() -> Any:
        with transaction.atomic():
            yield
            transaction.set_rollback(True)

    return one_by_one


def test_an_import_suppresses_before_it_ends(tmp_path: Path, db: None, settings: Any) -> None:
    settings.DATA_DIR, settings.WAREHOUSE_DIR = tmp_path / "d", tmp_path / "w"
    file = tmp_path / "Contact.csv"
    head = "Id,FirstName,LastName,Email,AccountId,HasOptedOutOfEmail\n"
    file.write_text(f"{head}003A,Ann,Lee,ann@acme.example,,1\n003B,Bo,Ek,bo@acme.example,,0\n")
    report = import_path(file, actor=SHELL, now=NOW)
    assert report.golden is not None
    assert report.golden["opted_out"]["people"] == 1
    assert is_out("ann@acme.example", channel=Channel.SMS)
    assert not is_out("bo@acme.example")


def test_a_correction_by_hand_suppresses_at_once(company: Company) -> None:
    contact = company.contacts["sofia"]
    assert not is_out(f"contact:{contact.id}")
    corrections.correct(
        Entity.CONTACT, contact.id, "opted_out", "yes", actor=company.actor("revops"), now=NOW, reason="on the phone"
    )
    assert is_out(f"contact:{contact.id}", channel=Channel.VOICE)


def test_nobody_without_the_right_runs_it(ann: SourceRecord) -> None:
    with pytest.raises(NotAllowed):
        suppress_opted_out(actor=built_in_agent("nobody"), now=NOW)
    assert not Suppression.objects.exists()


def test_many_people_take_few_queries(db: None) -> None:
    of = source()
    for number in range(1, 41):
        tell(Entity.CONTACT, number, of, name=f"P {number}", email=f"p{number}@acme.example", opted_out=True)
    assemble()
    with CaptureQueriesContext(connection) as asked:
        assert suppress_opted_out(actor=SHELL, now=NOW) == OptOutReport(people=40, known=80)
    assert len(asked) <= 12


BOUNCE = """From: Mail Delivery <mailer-daemon@mx.example>
To: maya@us.example
Date: Mon, 23 Nov 2026 09:00:00 +0000
Message-ID: <b1@mx.example>
Subject: Undelivered
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

It could not be delivered.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

Final-Recipient: rfc822; Gone@acme.example
Action: failed
Status: 5.1.1

Final-Recipient: rfc822; full@acme.example
Action: delayed
Status: 4.2.2
--b--
"""
COMPLAINT = """From: feedback@isp.example
To: abuse@us.example
Date: Mon, 23 Nov 2026 10:00:00 +0000
Message-ID: <c1@isp.example>
Subject: Complaint
Content-Type: multipart/report; report-type=feedback-report; boundary="b"

--b
Content-Type: text/plain

Somebody pressed the button.
--b
Content-Type: message/feedback-report

Feedback-Type: abuse
User-Agent: isp/1
Version: 1
Original-Rcpt-To: <angry@acme.example>
--b--
"""


def test_bounces_and_complaints_of_a_mailbox_suppress_in_the_same_import(
    tmp_path: Path, db: None, settings: Any
) -> None:
    settings.DATA_DIR, settings.WAREHOUSE_DIR = tmp_path / "d", tmp_path / "w"
    folder = tmp_path / "mail"
    folder.mkdir()
    for name, text in (("b.eml", BOUNCE), ("c.eml", COMPLAINT)):
        (folder / name).write_text(text)
    import_path(folder, actor=SHELL, now=NOW)
    for address, channel, reason in (
        ("gone@acme.example", Channel.EMAIL, SuppressionReason.BOUNCE),
        ("angry@acme.example", Channel.VOICE, SuppressionReason.COMPLAINT),
    ):
        found = queries.is_suppressed([address], channel)
        assert found is not None
        assert found.reason is reason
    assert not is_out("gone@acme.example", channel=Channel.VOICE)
    assert not is_out("full@acme.example")
    assert suppress_reported(actor=SHELL, now=NOW) == OptOutReport()
    assert Suppression.objects.count() == 2
