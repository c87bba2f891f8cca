"""A look through everything finds a person in any coding, in live and in deleted rows, and nobody else instead."""

from __future__ import annotations

import base64
import gzip
import json
import zlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from tandem.accounts.models import Contact
from tandem.compliance.actions import erase_person
from tandem.compliance.contracts.rights import PersonKeys
from tandem.compliance.domain.traces import Traces
from tandem.compliance.models import MessageCopy, RecordingParticipant, RecordingSession
from tandem.compliance.queries import hashes_of, read_all
from tandem.compliance.queries.crawling import crawl
from tandem.core.actors import built_in_agent
from tandem.core.models import KeptAnswer
from tandem.core.scrubbing import scrub

NOW = datetime(2026, 11, 24, 8, 40, tzinfo=UTC)
DESK = built_in_agent("rights desk", "worker")
MAIL, PHONE, NAME = "lee@x-corp.example", "+442079460958", "Ann Käster"
ANN = PersonKeys(emails=(MAIL,), phones=(PHONE,), names=(NAME,))
KEYS = {"mail address": MAIL, "phone number": PHONE, "name": NAME}


@pytest.fixture
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.DATA_DIR = tmp_path
    return tmp_path


def coded(text: str) -> dict[str, bytes]:
    """A text in the ways in which it could lie in a file."""
    inside = f"<<{text}>>"
    return {
        "plain": inside.encode(),
        "capitals": inside.upper().encode(),
        "utf-16-le": inside.encode("utf-16-le"),
        "utf-16-be": inside.encode("utf-16-be"),
        "latin-1": inside.encode("latin-1"),
        "json": json.dumps({"a": text}).encode(),
        "percent": b"?q=" + quote(text, safe="").encode(),
        "gzip": gzip.compress(inside.encode()),
        **{f"base64-{shift}": base64.b64encode(b"." * shift + inside.encode()) for shift in range(3)},
        "mime": base64.encodebytes(b"." * 50 + inside.encode()),
    }


@pytest.mark.django_db
@pytest.mark.parametrize("kind", KEYS)
def test_every_coding_in_a_file_is_found(kind: str, folder: Path) -> None:
    for name, content in coded(KEYS[kind]).items():
        (folder / f"{name}.bin").write_bytes(b"\x01\x02\n" + content + b"\n\x03" if name != "gzip" else content)
    found = {finding.place for finding in crawl(ANN).findings if finding.what == kind}
    assert found == {f"{name}.bin" for name in coded("")}


@pytest.mark.django_db
def test_somebody_who_only_looks_alike_is_nowhere_reported(folder: Path) -> None:
    for one in ("ann.lee@x-corp.example", "lee@x-corp.example.org", "4420794609581", "Joann Kästerle"):
        for name, content in coded(one).items():
            (folder / f"{name}-{one[:6]}.bin").write_bytes(content)
    Contact.objects.create(name="Ann Lee", email="ann.lee@x-corp.example", created_at=NOW, updated_at=NOW)
    assert crawl(ANN).findings == ()


@pytest.mark.django_db
def test_a_key_across_two_blocks_is_found(folder: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr("tandem.compliance.queries.crawling.BLOCK_BYTES", 4096)
    cuts = range(0, len(MAIL) + 1, 3)
    for cut in cuts:
        (folder / f"{cut}.bin").write_bytes(b"\x00" * (4096 - cut) + MAIL.encode() + b"\x00" * 64)
    assert {one.place for one in crawl(ANN).findings if "sqlite" not in one.place} == {f"{cut}.bin" for cut in cuts}


@pytest.mark.django_db
def test_tables_sessions_and_packed_columns_are_read(folder: Path) -> None:
    body = {"deep": [{NAME: 1}]}
    KeptAnswer.objects.create(actor_kind="person", actor_id=1, key="k", request_hash="h", body=body, created_at=NOW)
    content = zlib.compress(f"To: {MAIL}".encode())
    MessageCopy.objects.create(message_hash="a" * 64, recipient_hash="b" * 32, content=content, size=9, kept_at=NOW)
    session = SessionStore()
    session["q"] = PHONE
    session.save()
    found = {(one.place, one.what) for one in crawl(ANN).findings if not one.place.endswith("sqlite3")}
    assert found == {
        ("core_keptanswer", "name"), ("compliance_messagecopy", "mail address"), ("django_session", "phone number"),
    }  # fmt: skip


@pytest.mark.django_db
def test_a_finding_never_tells_what_was_found(folder: Path) -> None:
    (folder / f"{MAIL}.txt").write_text(f"{NAME} {PHONE}")
    report = crawl(ANN)
    assert report.findings
    assert not report.is_clean
    told = str(report).casefold()
    assert not any(key.casefold() in told for key in KEYS.values())


@pytest.mark.django_db
def test_a_name_that_somebody_else_bears_is_no_fault(folder: Path) -> None:
    (folder / "a.txt").write_text(NAME)
    assert not crawl(ANN).is_clean
    Contact.objects.create(name=NAME, email="ann@elsewhere.example", created_at=NOW, updated_at=NOW)
    report = crawl(ANN)
    assert report.is_clean
    assert {one.what for one in report.findings} == {"name"}


@pytest.mark.django_db(transaction=True)
def test_deleted_rows_are_found_until_the_database_is_scrubbed(folder: Path) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL's files are not in the data folder")
    Contact.objects.create(name="x", email=MAIL, created_at=NOW, updated_at=NOW)
    Contact.objects.filter(email=MAIL).delete()
    assert {one.what for one in crawl(ANN).findings} == {"mail address"}
    scrub({"accounts_contact"})
    assert crawl(ANN).findings == ()


@pytest.mark.django_db
def test_copies_of_messages_and_recorded_sessions_lose_the_person(folder: Path) -> None:
    hashed = next(iter(hashes_of(read_all([MAIL]))))
    copy = MessageCopy.objects.create(
        message_hash="a" * 64, recipient_hash=hashed, content=zlib.compress(MAIL.encode()), size=9, kept_at=NOW
    )
    session = RecordingSession.objects.create(
        meeting="m-1", scope="recording", state="closed", everybody_agrees=True, opened_at=NOW, closed_at=NOW
    )
    RecordingParticipant.objects.create(session=session, name=NAME, address=MAIL, key_hash=hashed, joined_at=NOW)
    erase_person([MAIL], actor=DESK, now=NOW, request="request:1")
    copy.refresh_from_db()
    assert (copy.content, copy.removed_at, copy.removed_why) == (None, NOW, "erasure, request:1")
    assert RecordingParticipant.objects.values_list("name", "address").get() == ("[erased]", "")
    assert crawl(ANN).is_clean


@given(st.binary(max_size=40), st.binary(max_size=40), st.sampled_from(list(KEYS.items())), st.integers(0, 9))
def test_a_key_is_found_between_any_bytes(before: bytes, after: bytes, key: tuple[str, str], which: int) -> None:
    kind, text = key
    forms = [content for name, content in coded(text).items() if name != "gzip"]
    traces = Traces(emails=ANN.emails, phones=ANN.phones, names=ANN.names)
    block = before + b"\n" + forms[which % len(forms)] + b"\n" + after
    if "utf-16" not in list(coded(text))[which % len(forms)]:
        assert kind in {spot.kind for spot in traces.spots(block)}
