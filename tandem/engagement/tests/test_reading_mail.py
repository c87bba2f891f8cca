"""Whatever comes in is read, and nothing is taken for what it is not."""

from __future__ import annotations

import base64
import json
import random
import time
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tandem.engagement.contracts import MailKind, ReplyLabel
from tandem.engagement.domain.mail.decoding import as_header, as_text, plain_bytes
from tandem.engagement.domain.mail.mailboxes import messages_in
from tandem.engagement.domain.mail.parsing import parse
from tandem.engagement.domain.reading import read_mail, read_text

DATA = Path(__file__).parent / "data"
MAILS = sorted((DATA / "bounces" / "mails").glob("*.eml"))
TODAY = date(2026, 11, 25)


def reply(text: str, **headers: str) -> bytes:
    lines = {"From": "Pat Doe <pat@firm.example>", "Subject": "Re: Question", "In-Reply-To": "<1.a@vendor.example>"}
    head = "".join(f"{name.replace('_', '-')}: {value}\n" for name, value in (lines | headers).items())
    return f"{head}Content-Type: text/plain; charset=utf-8\n\n{text}".encode()


# --- any bytes --------------------------------------------------------------------------------------------------


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=600))
def test_no_bytes_break_the_reading(raw: bytes) -> None:
    assert read_mail(raw, today=TODAY).kind in MailKind


@settings(max_examples=60, deadline=None)
@given(head=st.binary(max_size=120), body=st.binary(max_size=300), kind=st.sampled_from(["text/html", "multipart/mixed; boundary=b", "message/rfc822", "application/ms-tnef", "text/plain; charset=utf-7"]), encoding=st.sampled_from(["base64", "quoted-printable", "8bit", "x-uuencode"]))  # fmt: skip
def test_no_content_breaks_the_reading(head: bytes, body: bytes, kind: str, encoding: str) -> None:
    stated = f"\nContent-Type: {kind}\nContent-Transfer-Encoding: {encoding}\n\n--b\n".encode()
    reading = read_mail(b"From: a@b.example\nSubject: " + head.replace(b"\n", b" ") + stated + body, today=TODAY)
    assert reading.kind in MailKind
    assert 0 <= reading.confidence <= 1


def test_damaged_mail_is_read_all_the_same() -> None:
    dice = random.Random(7)
    for path in dice.sample(MAILS, 40):
        raw = bytearray(path.read_bytes())
        for _ in range(dice.randrange(1, 40)):
            raw[dice.randrange(len(raw))] = dice.randrange(256)
        cut = dice.randrange(len(raw))
        for part in (raw, raw[:cut], raw[cut:]):
            reading = read_mail(bytes(part), today=TODAY)
            assert reading.kind in MailKind
            assert reading.label is None or reading.evidence in reading.new_text


@pytest.mark.parametrize("raw", [b"", b"\x00" * 50, b"\n\n\n", b": \n: \n", b"\xff\xfe", b"--b--"])
def test_next_to_nothing_is_no_reply_with_a_label(raw: bytes) -> None:
    assert read_mail(raw, today=TODAY).label is None


def test_a_text_without_an_end_is_cut() -> None:
    assert len(read_mail(reply("yes " * 300_000), today=TODAY).new_text) <= 20_000


@pytest.mark.parametrize("piece", ["a@", "please do not want to be ", "on 12:00 <a@b\n", "user ", ">", "until 12 "])
def test_no_text_holds_the_reading_up(piece: str) -> None:
    began = time.process_time()
    read_mail(reply(piece * 6_000), today=TODAY)
    assert time.process_time() - began < 3


# --- charsets and encodings -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "charset", "text"),
    [
        ("Grüße".encode(), "iso-8859-1", "Grüße"),
        ("Grüße".encode("cp1252"), "utf-8", "Grüße"),
        ("こんにちは".encode("iso2022_jp"), "us-ascii", "こんにちは"),
        ("请不要再联系".encode("gb18030"), "gb2312", "请不要再联系"),
        ("Привет".encode("koi8-r"), "koi8-r", "Привет"),
        (b"ok", "no-such-charset", "ok"),
    ],
)
def test_charsets_that_lie_are_seen_through(data: bytes, charset: str, text: str) -> None:
    assert as_text(data, charset) == text


def test_encoded_words_cut_inside_a_character_are_whole_again() -> None:
    first, second = base64.b64encode("é".encode()[:1]), base64.b64encode("é".encode()[1:])
    assert as_header("=?utf-8?q?caf=C3?= =?utf-8?q?=A9?=") == "café"
    assert as_header(f"=?utf-8?b?{first.decode()}?=") != second.decode()


def test_a_body_that_only_says_base64_is_left_alone() -> None:
    assert plain_bytes(b"Please, stop writing to me. Thank you!", "base64") == b"Please, stop writing to me. Thank you!"


def test_base64_without_its_header_is_decoded() -> None:
    packed = base64.encodebytes(("Please take me off your list. " * 5).encode())
    assert b"take me off" in plain_bytes(packed, "")


def test_text_of_html_has_no_scripts_and_nothing_hidden() -> None:
    html = "<html><head><style>p {}</style></head><body><script>stop()</script><p>Yes, Tuesday.</p><div style='display:none'>remove me</div></body></html>"
    raw = f"From: a@b.example\nSubject: Re: x\nContent-Type: text/html\n\n{html}".encode()
    assert read_mail(raw, today=TODAY).new_text == "Yes, Tuesday."


def test_quotes_of_html_mail_are_no_part_of_the_answer() -> None:
    html = "<div>No thanks.</div><div class='gmail_quote'>On Monday Ann wrote:<blockquote>unsubscribe here</blockquote></div>"
    reading = read_mail(f"From: a@b.example\nSubject: Re: x\nContent-Type: text/html\n\n{html}".encode(), today=TODAY)
    assert reading.new_text == "No thanks."
    assert reading.label is ReplyLabel.NEGATIVE_EVER


def test_the_unsubscribe_line_of_our_own_quoted_mail_is_no_request() -> None:
    text = "Tuesday at 3 works, send an invite.\n\nOn Mon, 3 Mar 2026 at 10:12, Ann <ann@v.example> wrote:\n> Hi\n> Unsubscribe"
    assert read_mail(reply(text), today=TODAY).label is ReplyLabel.POSITIVE_MEETING


def test_a_mailbox_is_read_mail_by_mail() -> None:
    box = b"From a Tue Sep  1 10:12:00 2026\nSubject: one\n\nYes\n>From here on\n\nFrom b Tue Sep  1 10:13:00 2026\nSubject: two\n\nNo\n"
    assert [parse(raw).subject for raw in messages_in(box)] == ["one", "two"]
    assert "From here on" in parse(next(messages_in(box))).text


# --- kinds ------------------------------------------------------------------------------------------------------


def test_no_delivery_report_or_complaint_is_taken_for_a_person() -> None:
    kinds = {path.name: read_mail(path.read_bytes(), today=TODAY).kind for path in MAILS}
    assert [name for name, kind in kinds.items() if kind is MailKind.REPLY] == []


def test_complaints_are_told_from_bounces() -> None:
    told = {path.name: read_mail(path.read_bytes(), today=TODAY) for path in MAILS if path.name.startswith("arf-")}
    others = {name for name, reading in told.items() if reading.kind is not MailKind.COMPLAINT}
    assert others == {"arf-18.eml", "arf-26.eml"}  # a report on authentication; the button of a mail program
    assert told["arf-26.eml"].label is ReplyLabel.UNSUBSCRIBE
    assert {reading.bounce.reason for reading in told.values() if reading.bounce} == {"feedback"}


def test_reasons_of_bounces_do_not_get_worse() -> None:
    from benchmarks.bench_replies import REASONS, published, reason_of

    found = [
        (reason_of(read_mail((DATA / "bounces" / "mails" / name).read_bytes(), today=TODAY)), truth["recipients"][0])
        for name, truth in published()
    ]
    assert sum(reason in REASONS[told["reason"]] for (reason, _), told in found) >= 257
    assert sum(kind == ("hard" if told["hardbounce"] else "soft") for (_, kind), told in found) >= 253


@pytest.mark.parametrize("subject", ["Re: Undelivered Mail Returned to Sender", "FW: Delivery Status Notification (Failure)", "Re: failure notice"])  # fmt: skip
def test_a_person_who_talks_about_a_bounce_is_a_person(subject: str) -> None:
    text = "I got this back, is your server down?\n\n> The following address failed: 550 5.1.1 user unknown"
    assert read_mail(reply(text, Subject=subject), today=TODAY).kind is MailKind.REPLY


def test_replies_are_people() -> None:
    rows = [json.loads(line) for line in (Path(__file__).parent / "blind_replies.jsonl").read_text().splitlines()]
    wrong = [row["text"] for row in rows if read_mail(reply(row["text"]), today=TODAY).kind in {MailKind.BOUNCE, MailKind.COMPLAINT}]  # fmt: skip
    assert wrong == []


def test_an_automatic_answer_that_says_stop_asks_for_nothing() -> None:
    text = "*** Please stop and read this ***\nI will be travelling on July 10-31 with limited access to email."
    reading = read_mail(reply(text, Auto_Submitted="auto-replied", Date="Thu, 9 Jul 2026 10:00:00 +0200"), today=TODAY)
    assert (reading.kind, reading.label, reading.returns_on) == (MailKind.AUTO_REPLY, ReplyLabel.OOO, date(2026, 8, 1))


@pytest.mark.parametrize(("zone", "day"), [("-0500", date(2026, 12, 1)), ("+0100", date(2027, 1, 12))])
def test_numbers_of_days_are_read_as_the_senders_country_writes_them(zone: str, day: date) -> None:
    raw = reply("I am out of the office and will be back on 12/1.", Date=f"Wed, 25 Nov 2026 10:00:00 {zone}")
    assert read_mail(raw, today=TODAY).returns_on == day


def test_a_challenge_goes_to_a_person() -> None:
    text = "To have your message delivered to my inbox please verify that you are human: http://x.example/v"
    reading = read_mail(reply(text, Subject="Please confirm your message"), today=TODAY)
    assert (reading.kind, reading.label, reading.to_human) == (MailKind.AUTO_REPLY, None, True)


def test_a_newsletter_is_no_reply() -> None:
    raw = b"From: news@shop.example\nSubject: Autumn offers\nList-Id: <news.shop.example>\nList-Unsubscribe: <mailto:x@shop.example>\n\nBuy!"
    assert read_mail(raw, today=TODAY).kind is MailKind.OTHER


def test_references_lead_back_to_the_mail_that_bounced() -> None:
    reading = read_mail((DATA / "bounces" / "mails" / "lhost-qmail-05.eml").read_bytes(), today=TODAY)
    assert reading.references[0] == "00000000.000000000@example.jp"
    assert reading.bounce
    assert (reading.bounce.recipient, reading.bounce.status) == ("kijitora@example.net", "4.4.3")


def test_references_of_an_answer_begin_with_what_it_answers() -> None:
    raw = reply("Yes", References="<0.a@vendor.example> <1.a@vendor.example>")
    assert list(read_mail(raw, today=TODAY).references) == ["1.a@vendor.example", "0.a@vendor.example"]


def test_short_messages_are_read_whole() -> None:
    assert read_text("STOP", today=TODAY).label is ReplyLabel.UNSUBSCRIBE
    assert read_text("Call me tomorrow at 10", today=TODAY).label is ReplyLabel.POSITIVE_MEETING
