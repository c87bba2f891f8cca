"""The bytes of a mail."""

from __future__ import annotations

import base64
import re
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from types import SimpleNamespace
from typing import Any

import dkim
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from tandem.compliance.contracts.gate import Road
from tandem.compliance.domain import message_content
from tandem.core.errors import InvalidInput
from tandem.engagement.domain import composing
from tandem.engagement.domain.composing import MailParts, compose, return_path, touch_of_return_path, wire_address
from tandem.engagement.domain.dkim import DkimKey, read_key

RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
ED25519 = ed25519.Ed25519PrivateKey.generate()
PARTS = MailParts(
    sender="maya@mail.aislewright.example",
    sender_name="Maya",
    recipient="paula@cascade.example",
    recipient_name="Paula Reyes",
    subject="Your Portland site",
    body="Hi Paula,\n\nIt opens in May: https://cascade.example/news?a=1&b=2.\n\nBest,\nMaya",
    message_id="abc@mail.aislewright.example",
    date=datetime(2026, 11, 24, 18, 30, tzinfo=UTC),
    text_footer="Unsubscribe: https://t.example/u/x",
    html_footer='<p>Unsubscribe: <a href="https://t.example/u/x">https://t.example/u/x</a></p>',
    headers={"List-Unsubscribe": "<https://t.example/u/x>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"},
)
WORDS = st.text(max_size=60)
BREAKERS = st.sampled_from(
    ["", "\r\nBcc: x@y.example", "\nX-Evil: 1", "\r\n\r\n<b>", "\x00", "\u2028X: y", "=?utf-8?q?=0AX:_1?="]
)
NAMES = {
    "from", "to", "subject", "date", "message-id", "in-reply-to", "references", "list-unsubscribe",
    "list-unsubscribe-post", "mime-version", "content-type", "content-language", "feedback-id", "auto-submitted",
}  # fmt: skip


def key_of(private: Any) -> DkimKey:
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    return read_key(pem, domain="mail.aislewright.example", selector="s1")


def dns(private: Any) -> Any:
    """What the name server says of a key; asked for any other name, nothing."""
    is_rsa = isinstance(private, rsa.RSAPrivateKey)
    told = private.public_key().public_bytes(
        Encoding.DER if is_rsa else Encoding.Raw, PublicFormat.SubjectPublicKeyInfo if is_rsa else PublicFormat.Raw
    )
    record = f"v=DKIM1; k={'rsa' if is_rsa else 'ed25519'}; p=".encode() + base64.b64encode(told)
    return lambda name, timeout=5: record if name == b"s1._domainkey.mail.aislewright.example." else None


class VerifyKey:
    """What dkimpy asks of PyNaCl, which is not installed, from the library that is."""

    def __init__(self, raw: bytes, encoder: Any = None) -> None:
        self.key = ed25519.Ed25519PublicKey.from_public_bytes(base64.b64decode(raw) if encoder else raw)

    def verify(self, told: bytes, signature: bytes) -> bytes:
        """Raise what dkimpy expects when it is wrong."""
        try:
            self.key.verify(signature, told)
        except InvalidSignature as error:
            raise dkim.ValidationError(str(error)) from error
        return told


@pytest.fixture
def with_ed25519(monkeypatch: pytest.MonkeyPatch) -> None:
    nacl = SimpleNamespace(
        signing=SimpleNamespace(VerifyKey=VerifyKey),
        encoding=SimpleNamespace(Base64Encoder=object()),
        exceptions=SimpleNamespace(BadSignatureError=dkim.ValidationError, ValueError=ValueError),
    )
    monkeypatch.setattr(dkim, "nacl", nacl, raising=False)


@pytest.mark.parametrize("private", [RSA, ED25519], ids=["rsa", "ed25519"])
def test_a_signature_holds_and_covers_the_way_out(private: Any, with_ed25519: None) -> None:
    mail = compose(PARTS, key=key_of(private))
    assert dkim.verify(mail, dnsfunc=dns(private))
    changed = {
        "the words": mail.replace(b"opens in May", b"opens in Mai"),
        "the subject": mail.replace(b"Subject: Your", b"Subject: Our"),
        "the link": mail.replace(
            b"List-Unsubscribe: <https://t.example/u/x>", b"List-Unsubscribe: <https://e.example>"
        ),
        "one click": mail.replace(b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n", b""),
        "a second From": mail.replace(b"From: ", b"From: evil@e.example\r\nFrom: ", 1),
        "a Reply-To": mail.replace(b"From: ", b"Reply-To: evil@e.example\r\nFrom: ", 1),
    }
    assert [what for what, bytes_ in changed.items() if dkim.verify(bytes_, dnsfunc=dns(private))] == []
    refolded = mail.replace(b"Subject: Your Portland site", b"Subject:  Your\r\n  Portland site ")
    assert dkim.verify(refolded, dnsfunc=dns(private)), "servers on the way may fold anew"


@given(
    name=WORDS,
    to_name=WORDS,
    subject=WORDS,
    body=st.text(max_size=400),
    breaker=BREAKERS,
    language=st.sampled_from(["de", "en-US"]),
)
def test_no_word_in_it_becomes_a_header_and_every_word_arrives(
    name: str, to_name: str, subject: str, body: str, breaker: str, language: str
) -> None:
    parts = replace(
        PARTS, sender_name=name + breaker, recipient_name=breaker + to_name, subject=subject + breaker + subject,
        body=body + breaker, language=language,
    )  # fmt: skip
    raw = compose(parts)
    assert raw == compose(parts)
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)", raw)
    assert all(len(line) <= 998 for line in raw.split(b"\r\n"))
    mail = message_from_bytes(raw, policy=policy.default)
    assert {one.lower() for one in mail.keys()} <= NAMES  # noqa: SIM118  a message is no mapping
    assert [one.addr_spec for one in mail["To"].addresses] == [PARTS.recipient]
    assert [one.addr_spec for one in mail["From"].addresses] == [PARTS.sender]
    assert str(mail["Subject"]).split() == composing._blank(parts.subject).split()
    plain = mail.get_body(("plain",))
    assert plain is not None
    shown = plain.get_content().replace("\r\n", "\n")
    assert shown.startswith(composing._lines(parts.body).strip("\n"))
    read = message_content.read(Road.EMAIL, raw)
    assert (list(read.recipients), read.sender, read.message_id) == ([PARTS.recipient], PARTS.sender, PARTS.message_id)
    assert read.unsubscribe_links == ("https://t.example/u/x",)
    assert not read.has_tracking_pixel


def test_html_says_the_same_words_and_fetches_nothing() -> None:
    mail = message_from_bytes(
        compose(replace(PARTS, body="1 < 2 & <img src=x> https://a.example/?q=1&r=2")), policy=policy.default
    )
    html = mail.get_body(("html",))
    assert html is not None
    told = html.get_content()
    assert "1 &lt; 2 &amp; &lt;img src=x&gt;" in told
    assert '<a href="https://a.example/?q=1&amp;r=2">' in told
    assert "src=" not in told.replace("&lt;img src=x&gt;", "")


@pytest.mark.parametrize(
    ("given", "wire"),
    [
        ("maya@Müller.example", "maya@xn--mller-kva.example"),
        ("josé@example.com", "josé@example.com"),
        ("a.b+c@example.com", "a.b+c@example.com"),
    ],
)
def test_addresses_beyond_ascii_can_be_written_to(given: str, wire: str) -> None:
    assert wire_address(given) == wire
    read = message_content.read(Road.EMAIL, compose(replace(PARTS, recipient=given)))
    assert len(read.recipients) == 1
    assert "\ufffd" not in read.recipients[0]


@pytest.mark.parametrize(
    "address",
    [
        "",
        "x",
        "a@b",
        "a b@c.example",
        "a@c.example\r\nBcc: d@e.example",
        "a,b@c.example",
        "<a@c.example>",
        "a\u200b\u2028@c.example",
    ],
)
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(InvalidInput):
        compose(replace(PARTS, recipient=address))
    with pytest.raises(InvalidInput):
        compose(replace(PARTS, sender=address))


@pytest.mark.parametrize("told", ["x", "a@b>\r\nX: y", "a b@c", "<a@b>", "a@b,c"[:0]])
def test_what_is_no_message_id_is_refused(told: str) -> None:
    with pytest.raises(InvalidInput):
        compose(replace(PARTS, message_id=told))


def test_answers_of_software_say_so_and_point_at_what_they_answer() -> None:
    raw = compose(
        replace(PARTS, is_automatic=True, in_reply_to="q@c.example", references=["p@c.example", "q@c.example"])
    )
    mail = message_from_bytes(raw, policy=policy.default)
    assert mail["Auto-Submitted"] == "auto-replied"
    assert (mail["In-Reply-To"], mail["References"]) == ("<q@c.example>", "<p@c.example> <q@c.example>")


@given(number=st.integers(1, 2**40), letter=st.integers(0, 40))
def test_a_bounce_names_its_touch_and_nobody_can_make_one_up(number: int, letter: int) -> None:
    path = return_path(number, "maya@mail.aislewright.example", secret="s")
    assert touch_of_return_path(f"<{path.upper()}>", secrets=["new", "s"]) == number
    assert touch_of_return_path(path, secrets=["other"]) is None
    place = len("maya+b-") + letter % (path.index("@") - len("maya+b-"))
    changed = path[:place] + ("0" if path[place] != "0" else "1") + path[place + 1 :]
    assert touch_of_return_path(changed, secrets=["s"]) != number or changed == path


@pytest.mark.parametrize("pem", ["", "no key", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"])
def test_a_key_that_is_none_is_refused(pem: str) -> None:
    with pytest.raises(InvalidInput):
        read_key(pem, domain="a.example", selector="s")
