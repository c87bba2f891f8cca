"""Any bytes as a mail: headers, texts and parts as far as they can be told. Nothing here raises.

The parser of the standard library reads what keeps RFC 5322 and MIME, and much that does not; around it stands what
real mail needs: "From " lines and blank lines before the headers, charsets that lie, transfer encodings that are not
there, winmail.dat, bodies of HTML alone, mails inside mails.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from email import message_from_bytes
from email.errors import MessageError
from email.message import Message
from email.utils import getaddresses, parsedate_to_datetime

from tandem.core.html_text import text_of_html
from tandem.engagement.domain.mail.decoding import as_header, as_text, plain_bytes
from tandem.engagement.domain.mail.outlook import text_of_tnef

MAX_BYTES = 12_000_000  # of one mail; what is past it is attachments
MAX_TEXT = 200_000  # characters of one part
MAX_PARTS, MAX_DEPTH = 200, 12
_READ_ERRORS = (MessageError, ValueError, LookupError, TypeError, AttributeError, AssertionError, RecursionError)
_BEFORE = re.compile(rb"\A(?:\xef\xbb\xbf|\s*\r?\n|>?From [^\n]*\n)+")
_HEADER_LINE = re.compile(rb"^[!-9;-~]{1,76}:", re.M)
_MESSAGE_ID = re.compile(r"<([^<>\s]+@[^<>\s]+|[^<>\s]{6,})>")
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_{|}~-]+@[A-Za-z0-9.-]+\.[A-Za-z0-9-]{2,}", re.A)
_STUB = re.compile(r"\bhtml\b.{0,80}\b(?:mail|client|viewer|browser|view)|\bmime\b.{0,60}\bformat", re.I | re.S)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One leaf of a mail.

    kind : content type in lower case
    text : decoded, of texts, reports and mails inside; empty for what is neither
    name : of an attached file; empty: not attached
    """

    kind: str
    text: str
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """A mail as far as it can be told.

    headers : decoded values by lower-case name, in their order
    sender, sender_name : address in lower case; empty: none told
    sent_on : day of the Date header in its own zone; None: none that can be read
    text : the body as a person would read it, quotes and all
    html : the HTML body; empty: there is none
    is_from_html : the text was made of it, since no plain text tells anything
    parts : all leaves, in their order
    inside : the first mail (or its headers) that is enclosed, as text; empty: none
    """

    headers: Mapping[str, tuple[str, ...]]
    sender: str = ""
    sender_name: str = ""
    subject: str = ""
    sent_on: date | None = None
    text: str = ""
    html: str = ""
    is_from_html: bool = False
    parts: tuple[Part, ...] = field(default=())
    inside: str = ""

    def header(self, name: str) -> str:
        """The first value of a header in lower-case name; empty: not there."""
        values = self.headers.get(name)
        return values[0] if values else ""

    def part(self, *kinds: str) -> str:
        """The text of the first part of a kind (also "message/x" for "x" inside); empty: not there."""
        return next((one.text for one in self.parts if one.kind in kinds), "")


def parse(raw: bytes) -> Mail:
    """Read a mail. Any bytes will do; what can't be read is empty.

    >>> parse(b"From: Ann <ann@acme.test>\\nSubject: Re: Hi\\n\\nYes.\\n").text
    'Yes.'
    """
    data = _without_envelope(raw[:MAX_BYTES])
    if not _HEADER_LINE.search(data[:4_000].split(b"\n\n")[0]):
        return Mail(headers={}, text=as_text(data[:MAX_TEXT]).strip())
    try:
        message = message_from_bytes(data)
        headers = headers_of(message)
        parts = tuple(_parts(message))
    except _READ_ERRORS:
        return Mail(headers={}, text=as_text(data[:MAX_TEXT]).strip())
    html = "\n".join(one.text for one in parts if one.kind == "text/html" and not one.name)
    inside = next((one.text for one in parts if one.kind.startswith(("message/rfc822", "text/rfc822"))), "")
    name, address = sender_of(headers)
    plain = _plain(parts, html)
    return Mail(
        headers=headers,
        sender=address,
        sender_name=name,
        subject=_first(headers, "subject"),
        sent_on=_day(_first(headers, "date")),
        text=plain or _body(parts, html) or _text_inside(inside),
        html=html,
        is_from_html=bool(html and not plain),
        parts=parts,
        inside=inside,
    )


def headers_of(message: Message[str, str]) -> Mapping[str, tuple[str, ...]]:
    """Decoded headers by lower-case name."""
    found: dict[str, tuple[str, ...]] = {}
    for name, value in message.raw_items():
        key = str(name).strip().lower()
        if len(found.get(key, ())) < 50:
            found[key] = (*found.get(key, ()), as_header(str(value)[:20_000]))
    return found


def headers_in(text: str) -> Mapping[str, tuple[str, ...]]:
    """Headers of a mail that is given as text, e.g. the returned part of a delivery report."""
    lines = text.lstrip().encode("utf-8", "replace")
    try:
        return headers_of(message_from_bytes(lines))
    except _READ_ERRORS:
        return {}


def message_ids(value: str) -> tuple[str, ...]:
    """Message-IDs of a header without their brackets, in their order.

    >>> message_ids("<a.1@acme.test>\\t<b.2@acme.test>")
    ('a.1@acme.test', 'b.2@acme.test')
    """
    found = _MESSAGE_ID.findall(value)
    if not found and "@" in value and " " not in value.strip():
        found = [value.strip(" <>")]
    return tuple(dict.fromkeys(found))


def addresses_in(text: str) -> tuple[str, ...]:
    """Mail addresses in a text, in their order, in lower case."""
    return tuple(dict.fromkeys(one.strip("'.").lower() for one in _ADDRESS.findall(text)))


def sender_of(headers: Mapping[str, tuple[str, ...]]) -> tuple[str, str]:
    """Name and address of whom a mail is from."""
    value = _first(headers, "from") or _first(headers, "sender")
    try:
        pairs = [pair for pair in getaddresses([value]) if "@" in pair[1]]
    except _READ_ERRORS:
        pairs = []
    if pairs:
        return as_header(pairs[0][0])[:200], pairs[0][1].strip().lower()[:254]
    found = addresses_in(value)
    return value.split("<")[0].strip(' "')[:200], found[0][:254] if found else ""


def _first(headers: Mapping[str, tuple[str, ...]], name: str) -> str:
    values = headers.get(name)
    return values[0] if values else ""


def _without_envelope(raw: bytes) -> bytes:
    """What stands before the headers taken away: byte order marks, blank lines, the "From " line of an mbox."""
    data = raw
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        data = as_text(raw).encode("utf-8", "replace")
    data = _BEFORE.sub(b"", data, count=1)
    return data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")


def _parts(message: Message[str, str], depth: int = 0) -> Iterator[Part]:
    """The leaves; reports and mails inside as text."""
    for number, part in enumerate(_leaves(message, depth)):
        if number >= MAX_PARTS:
            return
        one = _part(part)
        if one is not None:
            yield one


def _leaves(message: Message[str, str], depth: int) -> Iterator[Message[str, str]]:
    payload = message.get_payload()
    if message.get_content_maintype() != "multipart" or not isinstance(payload, list) or depth >= MAX_DEPTH:
        yield message
        return
    for part in payload:
        if isinstance(part, Message):
            yield from _leaves(part, depth + 1)
    if message.epilogue and message.epilogue.strip() and depth == 0:
        yield _as_message(message.epilogue)


def _as_message(text: str) -> Message[str, str]:
    message = Message()
    message.set_type("text/x-epilogue")
    message.set_payload(text)
    return message


def _part(part: Message[str, str]) -> Part | None:
    try:
        kind = part.get_content_type()
        name = as_header(part.get_filename() or "")[:200]
        if not name and part.get_content_disposition() == "attachment":
            name = kind
        payload = part.get_payload()
        if isinstance(payload, list):
            inner = "\n".join(one.as_string() for one in payload[:50] if isinstance(one, Message))
            return Part(kind=kind, text=as_text(inner.encode("utf-8", "surrogateescape"))[:MAX_TEXT])
        return Part(kind=kind, text=_text_of(part, kind, name), name=name)
    except _READ_ERRORS:
        return None


def _text_of(part: Message[str, str], kind: str, name: str) -> str:
    """Text of texts, reports and of winmail.dat; empty for pictures and documents."""
    encoding = str(part.get("Content-Transfer-Encoding") or "")
    del part["Content-Transfer-Encoding"]  # so that the library hands out the bytes as they came
    data = part.get_payload(decode=True)
    if not isinstance(data, bytes):
        return ""
    is_tnef = kind in {"application/ms-tnef", "application/vnd.ms-tnef"} or name.lower() == "winmail.dat"
    is_text = kind.startswith(("text/", "message/", "multipart/")) or (kind == "application/octet-stream" and not name)
    if not is_text and not is_tnef:
        return ""
    plain = plain_bytes(data, encoding)
    if is_tnef:
        return text_of_tnef(plain)[:MAX_TEXT]
    return as_text(plain[: 4 * MAX_TEXT], _charset(part))[:MAX_TEXT]


def _charset(part: Message[str, str]) -> str:
    value = part.get_param("charset") or ""
    return as_header(value[2] if isinstance(value, tuple) else str(value))


def _plain(parts: tuple[Part, ...], html: str) -> str:
    """The plain text; empty where it only says that there is HTML."""
    plain = "\n".join(one.text for one in parts if one.kind == "text/plain" and not one.name).strip()
    return "" if html and len(plain) < 300 and _STUB.search(plain) else plain


def _body(parts: tuple[Part, ...], html: str) -> str:
    """What a person would read where there is no plain text: HTML, else what Outlook packed, else any other text."""
    packed = next((one.text for one in parts if "ms-tnef" in one.kind or one.name.lower() == "winmail.dat"), "")
    told = (text_of_html(html) if html else "") or packed.strip()
    if told:
        return told
    rest = [one for one in parts if one.kind.startswith(("text/", "multipart/")) and one.kind != "text/rfc822-headers"]
    return next((_readable(one.text) for one in rest if one.text.strip()), "")


def _readable(text: str) -> str:
    """Text of a part of unknown make: tags out when it has them."""
    return text_of_html(text) if re.search(r"</?(?:p|br|div|html|body)\b", text[:5_000], re.I) else text.strip()


def _text_inside(inside: str) -> str:
    """The text of an enclosed mail where the mail around it says nothing."""
    head, _, body = inside.partition("\n\n")
    return _readable(body) if ":" in head else ""


def _day(value: str) -> date | None:
    try:
        return parsedate_to_datetime(value).date()
    except (*_READ_ERRORS, OverflowError, IndexError):
        return None
