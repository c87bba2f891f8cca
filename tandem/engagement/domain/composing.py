"""The very bytes of a mail (RFC 5322, MIME, RFC 8058), out of a text and what stands around it. Pure.

The same parts give the same bytes, always: an approval and a clearance are bound to them. Plain text with a simple HTML
twin of the same words; nothing in it is fetched from anywhere, and nobody is counted by it.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from html import escape

from tandem.core.errors import InvalidInput
from tandem.engagement.domain.dkim import DkimKey, signature_header

LONGEST_WORD = 75  # characters of an encoded word (RFC 2047)
LONGEST_LINE = 998  # octets of a line (RFC 5322)
MOST_REFERENCES = 20
WRAPPED_AT = 76
BASE64_FROM = 1 / 6  # share of bytes beyond ASCII from which base64 is shorter than quoted-printable
MAC_BYTES = 8
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\u0080-\U0010ffff-]+"
_LOCAL = re.compile(rf"{_ATOM}(\.{_ATOM})*")
_HOST = re.compile(r"(?=.{1,253}$)([A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z0-9-]{2,63}")
_ID = re.compile(r"[\x21-\x3b\x3d\x3f-\x7e]{3,250}")
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]*")
_LINK = re.compile(r"https://[^\s<>\"']+[^\s<>\"'.,;:!?)\]]")
_PARAGRAPHS = re.compile(r"\n[ \t]*\n\s*")
_VERP = re.compile(r"(?P<local>[^+]*)\+b-(?P<touch>[0-9a-z]+)-(?P<mac>[0-9a-f]{16})@.+")


@dataclass(frozen=True, slots=True, kw_only=True)
class MailParts:
    """Everything a mail is made of.

    body : what the recipient reads, without opening, footer and signature of laws
    opening, text_footer, html_footer, headers : as `compliance.queries.required` writes them; empty: none
    message_id, in_reply_to, references : without brackets, references oldest first
    date : of the mail and of its signature
    feedback_id : what complaint reports of large providers name; empty: none
    is_automatic : software answers without a person
    """

    sender: str
    recipient: str
    subject: str
    body: str
    message_id: str
    date: datetime
    sender_name: str = ""
    recipient_name: str = ""
    language: str = ""
    opening: str = ""
    text_footer: str = ""
    html_footer: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    in_reply_to: str = ""
    references: Sequence[str] = ()
    feedback_id: str = ""
    is_automatic: bool = False


def compose(parts: MailParts, *, key: DkimKey | None = None) -> bytes:
    """The whole mail with CR LF line ends, signed when there is a key.

    Line breaks and control characters in names and subjects become blanks: no part can add a header.
    Raises InvalidInput for addresses and ids that can't stand in a mail.
    """
    text, html = _texts(parts)
    boundary = f"=_{hashlib.sha256(parts.message_id.encode()).hexdigest()[:24]}"
    body = b"".join(
        (
            _part(boundary, "plain", text),
            _part(boundary, "html", html),
            f"--{boundary}--\r\n".encode("ascii"),
        )
    )
    headers = [*_headers(parts), ("Content-Type", f'multipart/alternative; boundary="{boundary}"'.encode("ascii"))]
    signature = signature_header(headers, body, key, at=parts.date) if key is not None else b""
    told = b"".join(name.encode("ascii") + b": " + value + b"\r\n" for name, value in headers)
    return signature + told + b"\r\n" + body


def _headers(parts: MailParts) -> Iterator[tuple[str, bytes]]:
    """Names and values as they stand on the wire."""
    yield "From", _mailbox(parts.sender_name, parts.sender)
    yield "To", _mailbox(parts.recipient_name, parts.recipient)
    yield "Subject", unstructured(parts.subject)
    yield "Date", format_datetime(parts.date).encode("ascii")
    yield "Message-ID", _id(parts.message_id)
    if parts.in_reply_to:
        yield "In-Reply-To", _id(parts.in_reply_to)
    if parts.references:
        yield "References", b"\r\n ".join(_id(one) for one in parts.references[-MOST_REFERENCES:])
    for name, value in parts.headers.items():
        yield _name(name), _plain(value)
    if parts.feedback_id:
        yield "Feedback-ID", _plain(parts.feedback_id)
    if parts.is_automatic:
        yield "Auto-Submitted", b"auto-replied"
    if parts.language:
        yield "Content-Language", _plain(parts.language)
    yield "MIME-Version", b"1.0"


def _texts(parts: MailParts) -> tuple[str, str]:
    """What is read, as plain text and as HTML."""
    body = _lines(parts.body).strip("\n")
    blocks = [one for one in (_lines(parts.opening).strip(), body) if one]
    footer = _lines(parts.text_footer).strip()
    text = "\n\n".join([*blocks, *([footer] if footer else [])]) + "\n"
    paragraphs = "".join(f"<p>{_as_html(one)}</p>\n" for block in blocks for one in _PARAGRAPHS.split(block))
    under = f'<div style="font-size:85%">{parts.html_footer}</div>\n' if parts.html_footer else ""
    lang = f' lang="{escape(_blank(parts.language))}"' if parts.language else ""
    html = (
        f'<!DOCTYPE html>\n<html{lang}><head><meta charset="utf-8"></head><body>\n{paragraphs}{under}</body></html>\n'
    )
    return text, html


def _as_html(paragraph: str) -> str:
    """Words as HTML: nothing in them is markup, links can be pressed, lines stay."""
    pieces, end = [], 0
    for found in _LINK.finditer(paragraph):
        link = escape(found.group())
        pieces += [escape(paragraph[end : found.start()]), f'<a href="{link}">{link}</a>']
        end = found.end()
    return "".join([*pieces, escape(paragraph[end:])]).replace("\n", "<br>\n")


def _lines(text: str) -> str:
    """Line ends as LF, no control characters, no halves of characters."""
    told = text.replace("\r\n", "\n").replace("\r", "\n").encode("utf-8", "replace").decode("utf-8")
    return "".join(one for one in told if one in "\n\t" or unicodedata.category(one) != "Cc")


def _part(boundary: str, subtype: str, text: str) -> bytes:
    """One part: as it is where all is ASCII in short lines, else in the shorter of both encodings."""
    raw = text.replace("\n", "\r\n").encode("utf-8")
    if text.isascii() and all(len(line) <= LONGEST_LINE for line in raw.split(b"\r\n")):
        encoding, content = "7bit", raw
    elif sum(byte > 127 for byte in raw) > BASE64_FROM * len(raw):
        encoding, content = "base64", base64.encodebytes(raw).replace(b"\n", b"\r\n")
    else:
        encoding, content = "quoted-printable", binascii.b2a_qp(raw, istext=True)
    kind = f'Content-Type: text/{subtype}; charset="utf-8"'
    return f"--{boundary}\r\n{kind}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n".encode("ascii") + content


def unstructured(text: str) -> bytes:
    """A subject as it stands on the wire, on one logical line.

    >>> unstructured("Your quarry")
    b'Your quarry'
    """
    told = _blank(text)
    if told.isascii() and "=?" not in told and len(told) < LONGEST_LINE - 80:
        return told.encode("ascii")
    return _encoded(told)


def _mailbox(name: str, address: str) -> bytes:
    """A name with its address; a local part beyond ASCII stands as UTF-8 (RFC 6532)."""
    told = wire_address(address).encode("utf-8")
    shown = _blank(name)
    if not shown:
        return told
    if not shown.isascii() or "=?" in shown:
        return _encoded(shown) + b" <" + told + b">"
    if not _ATOMS.fullmatch(shown):
        shown = '"' + shown.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return shown.encode("ascii") + b" <" + told + b">"


def wire_address(address: str) -> str:
    """A mail address as servers take it, the domain as ASCII (IDNA). Raises InvalidInput for anything else.

    >>> wire_address("maya@Müller.example")
    'maya@xn--mller-kva.example'
    """
    local, at, host = unicodedata.normalize("NFC", address.strip()).rpartition("@")
    if not host.isascii():
        import idna

        try:
            host = idna.encode(host, uts46=True).decode("ascii")
        except idna.IDNAError:
            host = ""
    if not (at and _LOCAL.fullmatch(local) and _HOST.fullmatch(host)) or any(
        unicodedata.category(one)[0] in "CZ" for one in local
    ):
        raise InvalidInput(f"{address!r} is no mail address.", hint="Write name@example.com.", code="mail.address")
    return f"{local}@{host.lower()}"


def _encoded(text: str) -> bytes:
    """Encoded words of RFC 2047, each whole characters, each on its line."""
    words: list[bytes] = []
    room = (LONGEST_WORD - len("=?utf-8?b??=")) // 4 * 3
    piece = b""
    for one in text:
        more = one.encode("utf-8", "replace")
        if len(piece) + len(more) > room:
            words.append(piece)
            piece = b""
        piece += more
    words.append(piece)
    return b"\r\n ".join(b"=?utf-8?b?" + base64.b64encode(word) + b"?=" for word in words)


def _blank(text: str) -> str:
    """A text on one line: everything that breaks lines or can't be seen is a blank."""
    told = "".join(" " if unicodedata.category(one) in ("Cc", "Cs", "Zl", "Zp") else one for one in text)
    return " ".join(told.split())


def _plain(value: str) -> bytes:
    """A value in ASCII on one line. Raises InvalidInput for any other."""
    if not value.isascii() or not value.isprintable() or len(value) > LONGEST_LINE - 80:
        raise InvalidInput("A header has characters that can't stand in it, or is too long.", code="mail.header")
    return value.encode("ascii")


def _name(name: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9-]{1,60}", name):
        raise InvalidInput(f"{name!r} is no name of a header.", code="mail.header")
    return name


def _id(told: str) -> bytes:
    if not _ID.fullmatch(told) or told.count("@") < 1:
        raise InvalidInput(f"{told!r} is no Message-ID.", hint="Write left@right, without brackets.", code="mail.id")
    return b"<" + told.encode("ascii") + b">"


def message_id_of(touch_key: str, domain: str, *, secret: str) -> str:
    """The Message-ID of a touch, without brackets: the same for the same touch, and nobody outside can guess it."""
    told = hmac.new(secret.encode(), f"message-id:{touch_key}".encode(), hashlib.sha256).hexdigest()[:32]
    return f"{told}@{domain}"


def return_path(touch_id: int, mailbox: str, *, secret: str) -> str:
    """The envelope address of a touch (VERP): bounces to it name the touch, signed so that nobody makes them up.

    mailbox : where bounces are read; gets a plus tag
    """
    local, _, host = mailbox.rpartition("@")
    return f"{local}+b-{_base36(touch_id)}-{_mac(touch_id, secret)}@{host}"


def touch_of_return_path(address: str, *, secrets: Sequence[str]) -> int | None:
    """The touch that a bounce came back to; None when the address is none of ours, or was changed by one letter."""
    found = _VERP.fullmatch(address.strip().strip("<>").lower())
    if found is None or len(found["touch"]) > 13:
        return None
    touch_id = int(found["touch"], 36)
    good = any(hmac.compare_digest(found["mac"], _mac(touch_id, secret)) for secret in secrets)
    return touch_id if good else None


def _mac(touch_id: int, secret: str) -> str:
    return hmac.new(secret.encode(), f"return-path:{touch_id}".encode(), hashlib.sha256).hexdigest()[: 2 * MAC_BYTES]


def _base36(number: int) -> str:
    digits = "0123456789abcdefghijklmnopqrstuvwxyz"
    found = ""
    while number:
        number, rest = divmod(number, 36)
        found = digits[rest] + found
    return found or "0"
