"""Files in and out by pages, confirming a double opt-in, a vendor's checklist, and the proof of a recorded meeting."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client

from tandem.compliance import actions, queries
from tandem.compliance.actions import recording
from tandem.compliance.contracts import Channel, ConsentKind, Purpose, VendorProof
from tandem.compliance.contracts.recordings import Participant
from tandem.compliance.models import Consent, DncScreening, LedgerEntry
from tandem.compliance.queries import recordings
from tandem.core.actors import built_in_agent
from tests.company import NOW, Company

ClientOf = Callable[..., Client]
WORKER = built_in_agent("worker", "worker")
HEADS = "address,kind,purpose,channel,wording,proof,source,given_at\n"


def send(client: Client, where: str, content: bytes, **fields: str) -> Any:
    return client.post(f"/compliance/{where}/import", {"file": SimpleUploadedFile("f.csv", content), **fields})


def text_of(answer: Any) -> str:
    return b"".join(answer.streaming_content).decode() if answer.streaming else answer.content.decode()


def test_consents_come_in_by_the_page_with_their_bad_rows(client_of: ClientOf) -> None:
    client = client_of("compliance")
    assert "Import a file" in client.get("/compliance/consent").content.decode()
    assert client.get("/compliance/consent/import").status_code == 200
    page = send(
        client,
        "consent",
        f"{HEADS}ann@acme.example,express,sales,email,Yes,form 7,web,2026-11-20\nnobody,express,,,,,,\n".encode(),
    )
    assert page.status_code == 200
    assert "1 added, 0 known already, 1 refused." in page.content.decode()
    for bad in (b"name\nann\n", b"\xff"):
        assert send(client, "consent", bad).status_code == 422
    assert client.post("/compliance/consent/import", {}).status_code == 422
    assert Consent.objects.count() == 1


def test_screenings_come_in_by_the_page(client_of: ClientOf) -> None:
    client = client_of("compliance")
    page = send(client, "dnc", b"201,5550100\n201,5550101\n", numbers="201 555 0100\n201 555 0199")
    assert "2 added" in page.content.decode()
    assert set(DncScreening.objects.values_list("address", "is_listed")) == {
        ("+12015550100", True), ("+12015550199", False),
    }  # fmt: skip
    assert send(client, "dnc", b"hello\n").status_code == 422
    assert send(client, "dnc", b"201,5550100\n", screened_at="2030-01-01T00:00").status_code == 422


def test_files_are_not_for_sellers(client_of: ClientOf) -> None:
    client = client_of("seller")
    assert "Import a file" not in client.get("/compliance/consent").content.decode()
    for where in ("consent", "dnc"):
        assert send(client, where, b"201,5550100\n").status_code == 403
    assert not DncScreening.objects.exists()


def test_an_export_of_consents_and_screenings_comes_in_again_whole(client_of: ClientOf) -> None:
    client = client_of("compliance")
    with transaction.atomic():
        send(client, "consent", f"{HEADS}ann@acme.example,express,sales,email,Yes,form 7,web,2026-11-20\n"
                                "bo@acme.example,express,sales,email,Yes,form 8,web,2026-11-20\n".encode())  # fmt: skip
        actions.revoke_consent(["bo@acme.example"], how="a call", actor=WORKER, now=NOW)
        send(client, "dnc", b"phone,status\n+442079460958,listed\n+442079460959,clean\n", register="uk_tps")
        consents = text_of(client.get("/compliance/consent.csv")).encode()
        screenings = text_of(client.get("/compliance/dnc.csv")).encode()
        transaction.set_rollback(True)
    assert not Consent.objects.exists()
    client = client_of("compliance")
    page = send(client, "consent", consents).content.decode()
    assert "1 added, 0 known already, 1 refused." in page
    assert "it was taken back" in page
    assert "2 added, 0 known already." in send(client, "dnc", screenings).content.decode()
    assert queries.consent_state(["ann@acme.example"], Channel.EMAIL, Purpose.SALES, now=NOW).holds
    assert set(DncScreening.objects.values_list("register", "is_listed")) == {("uk_tps", True), ("uk_tps", False)}


def test_a_double_opt_in_is_confirmed_by_its_button(client_of: ClientOf, company: Company) -> None:
    actions.record_consent(
        "ann@acme.example", kind=ConsentKind.DOUBLE_OPT_IN, channel=Channel.EMAIL, purpose=Purpose.NEWSLETTER,
        proof="form", wording="Yes", source="web", given_at=NOW - timedelta(days=1), actor=WORKER, now=NOW,
    )  # fmt: skip
    client, button = client_of("compliance"), f"/compliance/consent/{Consent.objects.get().id}/confirm"
    assert button in client.get("/compliance/consent").content.decode()
    assert client.post(button).status_code == 302
    assert button not in client.get("/compliance/consent").content.decode()


def test_a_vendors_page_shows_its_gaps(client_of: ClientOf, company: Company) -> None:
    vendor = actions.add_vendor(
        name="Mailer", service="x", regions="EU", review_on=NOW.date() + timedelta(days=400), actor=WORKER, now=NOW
    )
    actions.add_vendor_document(
        vendor, proof=VendorProof.PORTABILITY, reference="contract 9", issued_on=NOW.date(), actor=WORKER, now=NOW
    )
    page = client_of("compliance").get(f"/compliance/vendors/{vendor}").content.decode()
    assert "inflation (CPI) plus 2 % more" in page
    assert "contract 9" in page
    assert page.count(">gap<") == len(VendorProof) - 1


@pytest.fixture
def meeting(company: Company) -> int:
    """A call that a late joiner from California paused and then objected to."""
    people = [Participant(name="Maya", locations=("US-TX",), is_host=True),
              Participant(name="Bo", address="bo@acme.example", locations=("US-GA",))]  # fmt: skip
    session = recording.open_recording("zoom-77", people, actor=WORKER, now=NOW, everybody_agrees=False)
    recording.announce(session.id, text="recording.en@3", actor=WORKER, now=NOW)
    ann = Participant(name="Ann", address="ann@acme.example", locations=("US-CA",))
    recording.join(session.id, ann, actor=WORKER, now=NOW)
    who = {one.name: one.id for one in recordings.attendance_of(session.id, now=NOW)}
    recording.answer(session.id, who["Bo"], agrees=True, wording="May we record?", proof="0:20", actor=WORKER, now=NOW)
    recording.object_to(session.id, who["Ann"], proof="0:31", actor=WORKER, now=NOW)
    recording.close(session.id, actor=WORKER, now=NOW)
    return session.id


def test_the_proof_of_a_meeting_says_who_agreed_on_which_words_and_by_which_rule(
    meeting: int, client_of: ClientOf
) -> None:
    client = client_of("compliance")
    assert "zoom-77" in client.get("/compliance/recordings").content.decode()
    page = client.get("/compliance/recordings/zoom-77").content.decode()
    for told in ("Maya", "Bo", "Ann", "US-CA", "May we record?", "0:20", "declined", "REC-US-CA-001", "recording.en@3",
                 "To be deleted", "ledger entry"):  # fmt: skip
        assert told in page, told
    assert client.get("/compliance/recordings/no-such").status_code == 404
    assert client_of("seller").get("/compliance/recordings/zoom-77").status_code == 404
    assert "zoom-77" in text_of(client.get("/compliance/recordings.csv"))


def test_a_reviewer_tells_that_a_recording_is_gone(meeting: int, client_of: ClientOf) -> None:
    client = client_of("compliance")
    erasure = recordings.list_erasures(WORKER)[0]
    where = f"/compliance/recordings/zoom-77/gone/{erasure.id}"
    assert client.post(where, {"proof": ""}).status_code == 422
    assert client_of("seller").post(where, {"proof": "x"}).status_code == 403
    assert recordings.list_erasures(WORKER) == [erasure]
    assert client.post(where, {"proof": "store says gone"}).status_code == 302
    assert "store says gone" in client.get("/compliance/recordings/zoom-77").content.decode()
    assert LedgerEntry.objects.filter(action="compliance.recording_erased").count() == 1


def test_the_pages_of_recordings_ask_little(
    meeting: int, client_of: ClientOf, django_assert_max_num_queries: Any
) -> None:
    client = client_of("compliance")
    for where, most in (("/compliance/recordings", 8), ("/compliance/recordings/zoom-77", 12)):
        client.get(where)
        with django_assert_max_num_queries(most):
            assert client.get(where).status_code == 200
