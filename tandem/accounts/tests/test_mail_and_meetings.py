"""Mails, meetings and chats come out as what was said, by whom and when; nothing in them breaks the reading."""

from __future__ import annotations

import base64
import json
import os
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tandem.accounts.connectors.mail import is_mail, open_mail
from tandem.accounts.connectors.meetings import is_meeting
from tandem.accounts.connectors.slack import is_export, open_export
from tandem.accounts.domain.captions import read_captions
from tandem.accounts.tests.reading import EXPORTS, read
from tandem.core.errors import DataUnreadable
from tandem.core.html_text import text_of_html
from tandem.core.reply_text import trim

REAL_DATA = os.environ.get("TANDEM_REAL_DATA", "")
needs_real_data = pytest.mark.skipif(not REAL_DATA, reason="TANDEM_REAL_DATA names no folder of public data")


@pytest.fixture(scope="module")
def mails() -> dict[str, dict[str, Any]]:
    return {row["key"]: row for row in read(EXPORTS / "mail/ann@vendor.test.mbox").rows}


# --- mail --------------------------------------------------------------------------------------------------------


def test_a_mail_keeps_what_its_writer_added(mails: dict[str, dict[str, Any]]) -> None:
    sent, answer, refusal = (mails[key] for key in ("m1@vendor.test", "m2@gruenwald.de", "m3@acme-rockets.com"))
    assert sent["body"] == "Guten Tag Herr Weiß,\n\nanbei unser Angebot.\nFrom now on it is valid for 30 days."
    assert answer["body"] == "Danke, das passt für uns."
    assert refusal["body"] == "No thanks,\nwe are set."


def test_a_mailbox_named_by_its_owner_tells_direction(mails: dict[str, dict[str, Any]]) -> None:
    assert mails["m1@vendor.test"]["is_inbound"] is False
    assert mails["m2@gruenwald.de"]["is_inbound"] is True
    assert {row["owner_email"] for row in mails.values()} == {"ann@vendor.test"}


def test_headers_in_any_charset_are_read(mails: dict[str, dict[str, Any]]) -> None:
    assert mails["m1@vendor.test"]["subject"] == "Angebot für Sie"
    assert mails["m2@gruenwald.de"]["subject"] == "AW: Angebot für Sie"
    people = mails["m2@gruenwald.de"]["participants"]
    assert people[0] == {"address": "j.weiss@gruenwald.de", "name": "Weiß, Jürgen", "role": "from"}


def test_answers_belong_to_the_thread_of_their_first_mail(mails: dict[str, dict[str, Any]]) -> None:
    assert mails["m1@vendor.test"]["thread_key"] == mails["m2@gruenwald.de"]["thread_key"] == "m1@vendor.test"


def test_a_mail_without_a_true_date_has_that_of_its_receipt(mails: dict[str, dict[str, Any]]) -> None:
    assert mails["m3@acme-rockets.com"]["at"].isoformat() == "2026-09-01T12:00:05+00:00"


def test_attachments_are_named_and_not_read(mails: dict[str, dict[str, Any]]) -> None:
    assert mails["m2@gruenwald.de"]["details"]["attachments"] == ["Bestellung.pdf"]


def test_a_bounce_says_that_it_is_a_report(mails: dict[str, dict[str, Any]]) -> None:
    bounce = next(row for row in mails.values() if "is_report" in row["details"])
    assert bounce["details"]["auto_submitted"] == "auto-replied"
    assert bounce["body"] == "The address bob@gone.example was not found."


def test_a_forward_keeps_the_forwarded_text_when_nothing_else_is_there() -> None:
    forwarded = {row["key"]: row for row in read(EXPORTS / "mail/saved").rows}["e2@acme-rockets.com"]
    assert forwarded["body"] == "Approved: 8,500."


def test_a_mail_of_any_size_needs_little_memory(tmp_path: Path) -> None:
    line = base64.b64encode(b"x" * 57) + b"\r\n"
    with (tmp_path / "big.mbox").open("wb") as file:
        for number in range(2):
            file.write(b"From a Tue Sep  1 10:12:00 2026\r\nFrom: a@b.example\r\nSubject: big %d\r\n" % number)
            file.write(b"Date: Tue, 01 Sep 2026 12:12:00 +0200\r\nContent-Type: multipart/mixed; boundary=q\r\n\r\n")
            file.write(b"--q\r\nContent-Type: text/plain\r\n\r\nSee attached.\r\n--q\r\n")
            file.write(b"Content-Type: application/zip; name=dump.zip\r\nContent-Transfer-Encoding: base64\r\n\r\n")
            file.writelines([line] * 40_000)  # 3 MB
            file.write(b"--q--\r\n\r\n")
    tracemalloc.start()
    rows = [row for batch in open_mail(tmp_path / "big.mbox").batches() for row in batch.rows.to_dict("records")]
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert [row["new_text"] for row in rows] == ["See attached.", "See attached."]
    assert json.loads(rows[0]["details"])["attachments"] == ["dump.zip"]
    assert peak < 2_000_000


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(head=st.binary(max_size=400), body=st.binary(max_size=800))
def test_no_bytes_break_the_reading_of_mail(tmp_path: Path, head: bytes, body: bytes) -> None:
    file = tmp_path / "any.mbox"
    file.write_bytes(b"From a Tue Sep  1 10:12:00 2026\nSubject: " + head + b"\nFrom: a@b.example\n\n" + body)
    rows = sum(len(batch.rows) + len(batch.broken) for batch in open_mail(file).batches())
    assert rows >= 1


@pytest.mark.parametrize("text", ["name,domain\nAcme,acme.com\n", "From: nobody\n", "", "Hello From here\n"])
def test_what_is_no_mail_is_not_taken_for_one(text: str, tmp_path: Path) -> None:
    (tmp_path / "file.txt").write_text(text)
    assert not is_mail(tmp_path / "file.txt")


# --- the new text of a mail ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "new"),
    [
        ("Yes.\n\nOn Tue, 3 Mar 2026 at 10:12, Ann <ann@a.test>\nwrote:\n> No?", "Yes."),
        ("Ja, gern.\n\nAm 03.03.26 um 10:12 schrieb Ann Lee:\n> Passt es?", "Ja, gern."),
        ("Oui.\n\nLe mar. 3 mars 2026 à 10:12, Ann <ann@a.test> a écrit :\n> Non ?", "Oui."),
        ("Sí.\n\nEl mar, 3 mar 2026 a las 10:12, Ann (<ann@a.test>) escribió:\n> ¿No?", "Sí."),
        ("Va bene.\n\nIl giorno mar 3 mar 2026 alle 10:12 Ann <ann@a.test> ha scritto:\n> Ok?", "Va bene."),
        ("Prima.\n\nOp di 3 mrt. 2026 om 10:12 schreef Ann <ann@a.test>:\n> Goed?", "Prima."),
        ("Ok.\n\n-----Original Message-----\nFrom: Ann\nSent: Monday\nTo: Bo\nSubject: x\n\nHi", "Ok."),
        ("Ok.\n\n________________________________\nVon: Ann Lee\nGesendet: Montag\nAn: Bo\nBetreff: x\n\nHi", "Ok."),
        ("Inline.\n\nOn 3/3/26 10:12, Ann wrote:\n> One?\n\nYes to one.\n\n> Two?\n\nNo to two.", "Inline.\n\nYes to one.\n\nNo to two."),
        ("See you.\n\nBest regards,\nAnn Lee\nVendor Ltd\n+49 89 1", "See you."),
        ("See you.\n\nMit freundlichen Grüßen\nAnn Lee", "See you."),
        ("Fine.\n\n-- \nAnn\nVendor", "Fine."),
        ("Fine.\n\nSent from my iPhone", "Fine."),
        ("Thanks for the offer. We need it by Friday.", "Thanks for the offer. We need it by Friday."),
        ("> only a quote", "> only a quote"),
    ],
)  # fmt: skip
def test_new_text_is_what_the_writer_added(text: str, new: str) -> None:
    assert trim(text).new_text == new


@pytest.mark.parametrize(
    ("text", "new"),
    [
        ("Let us talk.\n\nMany thanks and best wishes,\nMaya\n\n-- \nMaya O'Neil", "Let us talk."),
        ("Let us talk.\n\nMaya", "Let us talk."),
        ("Hi Bo,\n\nPerfect, that works!\n\nMaya", "Hi Bo,\n\nPerfect, that works!"),
        ("Let me look at it on Monday.\n\nOn Tue, 3 Mar 2026 at 10:12 Bo wrote:\n\n> Well?", "Let me look at it on Monday."),
        ("Thank you.\n* The board must agree before any data moves.\n* We start in May.\n\nMaya",
         "Thank you.\n* The board must agree before any data moves.\n* We start in May."),
        ("Maya", "Maya"),
    ],
)  # fmt: skip
def test_the_writers_own_name_at_the_end_is_a_signature(text: str, new: str) -> None:
    assert trim(text, signer="Maya O'Neil").new_text == new


@given(st.text(max_size=600))
def test_a_text_is_never_trimmed_to_nothing(text: str) -> None:
    trimmed = trim(text).new_text
    assert bool(trimmed) == bool(text.replace("\xa0", " ").strip())


@given(st.text(alphabet="ab <>/&;=\"'-!\n", max_size=300))
def test_no_markup_breaks_the_reading_of_html(html: str) -> None:
    assert isinstance(text_of_html(html, without_quotes=True), str)


@pytest.mark.realdata
@needs_real_data
def test_replies_of_many_clients_are_trimmed_as_their_collectors_expect() -> None:
    folder = Path(REAL_DATA) / "reply_trimmer"
    pairs = [(file.read_text(), (folder / "trimmed" / file.name).read_text()) for file in (folder / "emails").iterdir()]
    right = sum(" ".join(trim(text).new_text.split()) == " ".join(wanted.split()) for text, wanted in pairs)
    # The set counts signatures as new text; in five of its 35 mails that alone makes the difference.
    assert right >= 28


@pytest.mark.realdata
@needs_real_data
def test_every_bounce_of_a_hundred_mail_systems_is_read() -> None:
    folder = Path(REAL_DATA) / "bounces" / "mails"
    batches = list(open_mail(folder).batches())
    assert sum(len(batch.rows) for batch in batches) == 311
    assert sum(bool(at) for batch in batches for at in batch.rows["at"]) >= 310


# --- meetings ------------------------------------------------------------------------------------------------------


def test_a_meeting_has_its_people_length_and_talk() -> None:
    meeting = next(row for row in read(EXPORTS / "meetings/recorded").rows if row["subject"] == "Grünwald – weekly")
    assert meeting["key"] == "4444AAAiAAAAAiAiAiiAii=="
    assert meeting["duration_seconds"] == 62 * 60
    assert [(one["address"], one["role"]) for one in meeting["participants"]] == [
        ("ann@vendor.test", "organizer"), ("j.weiss@gruenwald.de", "attendee"), ("phone 1", "attendee"),
    ]  # fmt: skip
    assert meeting["body"].splitlines()[1] == "Jürgen Weiß: Happy to. Note: I have to leave at ten."
    assert meeting["body"].splitlines()[2] == "Jürgen Weiß: Budget is approved & signed."
    assert meeting["details"]["speakers"]["Jürgen Weiß"] == {"words": 14, "seconds": 6.5}


def test_what_was_said_without_consent_is_not_taken() -> None:
    reading = read(EXPORTS / "meetings/recorded")
    refused = next(row for row in reading.rows if row["key"] == "refused==")
    assert "body" not in refused
    assert reading.raw.set_index("meeting_id").at["refused==", "utterances"] == "[]"
    assert "m2/transcript.vtt: consent to record was refused, so what was said is not taken." in reading.table.notes


def test_a_loose_transcript_takes_its_day_from_its_name() -> None:
    reading = read(EXPORTS / "meetings/loose")
    days = {row["key"]: row["at"].isoformat() for row in reading.rows}
    assert days == {
        "2026-09-13.sbv": "2026-09-13T00:00:00+00:00",
        "GMT20260912-150000_Recording.transcript.vtt": "2026-09-12T15:00:00+00:00",
    }
    assert reading.reasons == ["when it happened is missing"]


def test_a_word_before_a_colon_is_a_speaker_only_when_it_recurs_or_is_known() -> None:
    text = "WEBVTT\n\n00:01.000 --> 00:02.000\nNote: this is said\n\n00:02.000 --> 00:03.000\nAnn: hi\n"
    assert [one.speaker for one in read_captions(text).utterances] == ["", ""]
    assert [one.speaker for one in read_captions(text, ["ann"]).utterances] == ["", "Ann"]


def test_two_voices_in_one_caption_share_its_time() -> None:
    text = "WEBVTT\n\n00:00.000 --> 00:10.000\n<v Ann>12345</v> <v Bo>12345</v>\n"
    assert [(one.speaker, one.start, one.end) for one in read_captions(text).utterances] == [
        ("Ann", 0.0, 5.0), ("Bo", 5.0, 10.0),
    ]  # fmt: skip


@given(st.text(alphabet="0123456789:.,->\n <vA>WEBVTT", max_size=400))
def test_no_captions_break_the_reading(text: str) -> None:
    found = read_captions(text)
    assert all(one.text for one in found.utterances)
    assert found.seconds >= 0


@pytest.mark.realdata
@needs_real_data
def test_malformed_captions_give_what_can_be_read() -> None:
    folder = Path(REAL_DATA) / "webvtt"
    counts = {file.name: len(read_captions(file.read_bytes().decode("utf-8", "replace")).utterances)
              for file in folder.iterdir() if file.suffix in {".vtt", ".srt", ".sbv"}}  # fmt: skip
    assert counts["netflix_chicas_del_cable.vtt"] == 865
    assert counts["invalid_timeframe.vtt"] == 7
    assert counts["missing_caption_text.srt"] == 4
    assert counts["empty.vtt"] == counts["no_captions.vtt"] == 0
    assert is_meeting(folder / "sample.vtt")


# --- chat ----------------------------------------------------------------------------------------------------------


def test_a_channels_day_and_each_of_its_threads_are_one_touch() -> None:
    rows = {row["key"]: row for row in read(EXPORTS / "slack/export").rows}
    assert sorted(rows) == ["C1:1788251000.000200:2026-09-01", "C1:2026-09-01", "C2:2026-09-03"]
    thread = rows["C1:1788251000.000200:2026-09-01"]
    assert thread["body"] == "Ann Lee: Signed the contract & sent, @Bo Chen!\nBo Chen: Great :tada:"
    assert rows["C1:2026-09-01"]["body"] == "Standup bot: Standup time\nBo Chen: lunch?"


def test_people_of_other_companies_in_a_shared_channel_are_guests() -> None:
    shared = next(row for row in read(EXPORTS / "slack/export").rows if row["key"] == "C2:2026-09-03")
    assert [(one["address"], one["role"]) for one in shared["participants"]] == [
        ("maya@acme-rockets.com", "guest"), ("slack:U77", "guest"), ("ann@vendor.test", "member"),
    ]  # fmt: skip
    assert shared["details"]["is_shared"] is True
    assert shared["details"]["files"] == ["plan.pdf"]


def test_a_zipped_export_reads_like_the_folder(tmp_path: Path) -> None:
    import shutil

    zipped = Path(shutil.make_archive(str(tmp_path / "Vendor Slack export"), "zip", EXPORTS / "slack/export"))
    assert is_export(zipped)
    assert read(zipped).rows == read(EXPORTS / "slack/export").rows


def test_a_damaged_export_is_refused_with_the_remedy(tmp_path: Path) -> None:
    (tmp_path / "users.json").write_text("[{")
    (tmp_path / "channels.json").write_text("[]")
    with pytest.raises(DataUnreadable) as refused:
        open_export(tmp_path)
    assert refused.value.hint == "Download the export again and import it as it is, zipped or unpacked."
