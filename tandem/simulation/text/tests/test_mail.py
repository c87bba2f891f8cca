"""The simulated mailboxes read like real ones, and their truth agrees with them."""

from __future__ import annotations

import mailbox
import re
from contextlib import closing
from email.header import decode_header, make_header
from email.message import Message
from email.utils import parsedate_to_datetime

import pytest

from tandem.accounts.connectors.mail import open_mail
from tandem.simulation.text.tests.conftest import Written


def messages(written: Written) -> list[tuple[str, Message]]:
    found = []
    for path in sorted((written.out / "mail").glob("*.mbox")):
        with closing(mailbox.mbox(path)) as box:
            found += [(path.stem, mail) for mail in box]
    return found


def plain_text(mail: Message) -> str:
    part = next(part for part in mail.walk() if part.get_content_type() == "text/plain")
    text = part.get_payload(decode=True).decode(part.get_content_charset() or "utf-8")
    return re.sub(r"(?m)^>(>*From )", r"\1", text)  # as mailbox files escape it


def test_every_message_of_the_truth_stands_in_its_mailbox_once(written):
    found = sorted((box, mail["Message-ID"]) for box, mail in messages(written))
    told = written.truth.execute("SELECT mailbox, message_id FROM messages WHERE kind <> 'chat'").fetchall()
    assert set(found) ^ set(told) == set()
    assert len({key for _, key in found}) == len(found) > 300


def test_headers_and_parts_are_sound(written):
    for box, mail in messages(written):
        assert parsedate_to_datetime(mail["Date"]).tzinfo is not None
        assert not mail.defects
        assert str(make_header(decode_header(mail["From"])))
        addresses = " ".join(str(mail[name] or "") for name in ("From", "To", "Cc"))
        assert box in addresses
        assert all(not part.defects for part in mail.walk())


def test_answers_name_a_message_that_came_before_them(written):
    sent_at = {mail["Message-ID"]: parsedate_to_datetime(mail["Date"]) for _, mail in messages(written)}
    answers = [mail for _, mail in messages(written) if mail["In-Reply-To"]]
    assert answers
    for mail in answers:
        assert sent_at[mail["In-Reply-To"]] < parsedate_to_datetime(mail["Date"])
        assert mail["References"].split()[-1] == mail["In-Reply-To"]


def test_new_text_and_spans_stand_in_the_message(written):
    texts = {mail["Message-ID"]: plain_text(mail) for _, mail in messages(written)}
    rows = written.truth.execute("SELECT message_id, new_text FROM messages WHERE kind NOT IN ('chat', 'bounce')")
    for key, new_text in rows:
        assert texts[key].startswith(new_text)
    spans = written.truth.execute(
        "SELECT s.message_id, s.quote, m.new_text FROM spans s JOIN messages m USING (message_id) "
        "WHERE m.kind NOT IN ('chat', 'bounce')"
    ).fetchall()
    assert len(spans) > 300
    for key, quote, new_text in spans:
        assert quote
        assert quote in new_text, (key, quote)


def test_labels_are_those_of_the_inbox(written):
    labels = {label for (label,) in written.truth.execute("SELECT DISTINCT label FROM messages")}
    assert labels <= {
        "", "positive_meeting", "positive_info", "negative_now", "negative_ever", "wrong_person", "ooo", "unsubscribe",
    }  # fmt: skip
    assert {"positive_meeting", "positive_info", "negative_now", "ooo", "unsubscribe"} <= labels


def test_bounces_are_delivery_reports(written):
    keys = {key for (key,) in written.truth.execute("SELECT message_id FROM messages WHERE kind = 'bounce'")}
    bounces = [mail for _, mail in messages(written) if mail["Message-ID"] in keys]
    assert bounces
    details = dict(written.truth.execute("SELECT message_id, detail FROM spans WHERE act = 'bounce'"))
    for mail in bounces:
        assert mail.get_content_type() == "multipart/report"
        report = next(part for part in mail.walk() if part.get_content_type() == "message/delivery-status")
        fields = {name: value for block in report.get_payload() for name, value in block.items()}
        assert fields["Status"] == details[mail["Message-ID"]].split()[1]


def test_absence_notices_name_the_day_the_truth_tells(written):
    days = written.truth.execute("SELECT detail FROM spans WHERE act = 'returns_on'").fetchall()
    assert any(day == "none" for (day,) in days) or len(days) < 8
    assert any(day[:2] == "20" for (day,) in days)


def test_several_languages_are_written(written):
    languages = {language for (language,) in written.truth.execute("SELECT DISTINCT language FROM messages")}
    assert {"en", "de"} <= languages <= {"en", "de", "fr", "es"}


def test_the_mail_connector_reads_all_of_it_and_finds_most_new_texts(written):
    truth = dict(written.truth.execute("SELECT message_id, new_text FROM messages WHERE kind = 'reply'"))
    rows, close = 0, 0
    for path in sorted((written.out / "mail").glob("*.mbox")):
        for batch in open_mail(path).batches():
            assert not batch.broken
            rows += len(batch.rows)
            for key, text in zip(batch.rows["message_id"], batch.rows["new_text"], strict=True):
                told = truth.get(f"<{key}>")
                close += told is not None and " ".join(text.split()).startswith(" ".join(told.split()))
    assert rows == written.truth.execute("SELECT count(*) FROM messages WHERE kind <> 'chat'").fetchone()[0]
    assert close / len(truth) > 0.9


@pytest.mark.parametrize("word", ["{", "}", "[", "|"])
def test_no_rule_mark_is_left_in_a_text(written, word):
    texts = written.truth.execute("SELECT new_text FROM messages WHERE kind <> 'chat'")
    assert not [text for (text,) in texts if word in text]
