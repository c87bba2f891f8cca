"""Mail: mbox files (Google Takeout, Thunderbird, plain), folders of .eml files, Maildir folders.

One activity a message. Its text is what its writer added: quoted mails and the signature are left out
(`core.reply_text`). Attachments are named, never read: while a message is read line by line, the lines of parts that
are no text are passed over, so that a message of any size needs little memory. Headers in any charset, or none that is
true to its word, are read as well as they can be; refused is only what has no mail header at all, or no date anywhere.

A mailbox file named by its owner ("ann@example.com.mbox") tells direction; else Gmail's labels do; else it is left to
the loader, which knows our domains. Outlook .pst and .msg files are not read.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC
from email import message_from_bytes
from email.errors import MessageError
from email.header import decode_header
from email.message import Message
from email.utils import getaddresses, parsedate_to_datetime
from functools import partial
from pathlib import Path
from typing import Any

from tandem.accounts.connectors.base import Connector, Table
from tandem.accounts.connectors.files.limits import KEPT_RAW_CHARACTERS, MAX_LINE_BYTES
from tandem.accounts.connectors.files.packed import unpacked
from tandem.accounts.connectors.files.rows import RowTable, Unread
from tandem.accounts.connectors.mail_reports import reported
from tandem.accounts.contracts import ActivityKind, Entity, SourceKind
from tandem.core import reply_text
from tandem.core.errors import AppError
from tandem.core.html_text import text_of_html

SYSTEM = "mail"
HEADERS = (
    "message_id", "kind", "at", "subject", "new_text", "is_inbound", "thread", "participants", "owner_email", "details",
    "from", "to", "text",
)  # fmt: skip
MAX_TEXT_BYTES = 2_000_000  # of one message's text parts; what is past it is dropped and said
MAX_TEXT_CHARACTERS = 100_000  # kept of one text
MAX_PARTICIPANTS = 100  # of one message; further addresses are counted, not listed
MAX_KEY = 200
MAIL_HEADERS = frozenset(
    {b"from", b"to", b"subject", b"date", b"message-id", b"received", b"return-path", b"mime-version", b"delivered-to",
     b"content-type", b"x-gmail-labels", b"x-gm-thrid", b"cc", b"reply-to", b"dkim-signature"}
)  # fmt: skip
_FROM_LINE = re.compile(rb"^From (?:\S+|- ).*?\d{1,2}:\d{2}|^From \S+@\S+\s*$|^From MAILER-DAEMON", re.I)
_HEADER_LINE = re.compile(rb"^([A-Za-z][A-Za-z0-9-]*):")
_BOUNDARY = re.compile(rb'boundary\s*=\s*(?:"([^"]+)"|([^\s;"]+))', re.I)
_TYPE = re.compile(rb"^content-type\s*:\s*([^\s;]+)", re.I | re.M)
_ATTACHED = re.compile(rb"^content-disposition\s*:\s*attachment", re.I | re.M)
_MESSAGE_ID = re.compile(r"<([^<>\s]+)>")
_READ_ERRORS = (MessageError, ValueError, LookupError, TypeError, AttributeError, AssertionError)


class _Slim:
    """A message without the bodies of its attachments, gathered line by line."""

    def __init__(self) -> None:
        self.kept = bytearray()
        self.size = 0
        self.is_cut = False
        self._head = bytearray()
        self._in_head = True
        self._passing = False
        self._boundaries: set[bytes] = set()

    def feed(self, line: bytes) -> None:
        """Take in the next line."""
        self.size += len(line)
        if self._in_head:
            self._keep(line)
            self._head += line[: max(0, 262_144 - len(self._head))]
            if not line.strip():
                self._read_head()
        elif self._is_boundary(line):
            self._passing = False
            self._keep(line)
            if not line.rstrip().endswith(b"--"):
                self._in_head, self._head = True, bytearray()
        elif not self._passing:
            self._keep(line)

    def _keep(self, line: bytes) -> None:
        if len(self.kept) + len(line) <= MAX_TEXT_BYTES:
            self.kept += line
        else:
            self.is_cut = True

    def _is_boundary(self, line: bytes) -> bool:
        if not line.startswith(b"--") or not self._boundaries:
            return False
        mark = line.rstrip()[2:]
        return mark in self._boundaries or mark.removesuffix(b"--") in self._boundaries

    def _read_head(self) -> None:
        head = re.sub(rb"\r?\n[ \t]+", b" ", bytes(self._head))
        self._in_head = False
        self._boundaries |= {quoted or bare for quoted, bare in _BOUNDARY.findall(head)}
        found = _TYPE.search(head)
        kind = found[1].lower() if found else b"text/plain"
        is_text = kind.startswith((b"text/", b"multipart/", b"message/"))
        self._passing = not is_text or bool(_ATTACHED.search(head))


def messages_of(path: Path) -> Iterator[tuple[_Slim, str]]:
    """Every message of an mbox file, .eml file or folder, with the date of its "From " line where it has one."""
    if path.is_dir():
        for entry in mail_files(path):
            yield from messages_of(entry)
        return
    with unpacked(path) as plain:
        slim, stamp, is_blank = _Slim(), "", True
        is_mbox = bool(_FROM_LINE.match(plain.head))
        while line := plain.stream.readline(MAX_LINE_BYTES):
            if is_mbox and is_blank and line.startswith(b"From ") and _FROM_LINE.match(line):
                if slim.size:
                    yield slim, stamp
                slim, stamp = _Slim(), line.decode("ascii", "replace")
                continue
            is_blank = not line.strip()
            is_escaped = is_mbox and line.startswith(b">") and line.lstrip(b">").startswith(b"From ")
            slim.feed(line[1:] if is_escaped else line)
        if slim.size:
            yield slim, stamp


def mail_files(folder: Path) -> list[Path]:
    """The messages of a folder in a stable order; Maildir's cur and new are looked into."""
    return sorted(entry for entry in folder.rglob("*") if entry.is_file() and not entry.name.startswith("."))


def decoded(value: str) -> str:
    """A header as people read it: encoded words decoded, bytes in a wrong charset rescued, white space folded.

    >>> decoded("=?utf-8?q?Gr=C3=BC=C3=9Fe?= aus Wien")
    'Grüße aus Wien'
    """
    text = _rescued(value)
    if "=?" in text:
        try:
            pieces = decode_header(text)
        except _READ_ERRORS:
            pieces = []
        text = "".join(
            piece if isinstance(piece, str) else _decode(piece, charset or "ascii") for piece, charset in pieces
        ) or text  # fmt: skip
    return " ".join(text.replace("\x00", "").split())


Headers = Mapping[str, list[str]]


def _headers(message: Message[str, str]) -> Headers:
    """All headers by lower-case name, as they stand in the file; `Message.get` would lose bytes in a wrong charset."""
    found: dict[str, list[str]] = {}
    for name, value in message.raw_items():
        found.setdefault(name.lower(), []).append(str(value))
    return found


def _header(headers: Headers, name: str) -> str:
    """The first value of a header; "" when it is not there."""
    return headers[name][0] if name in headers else ""


def _rescued(text: str) -> str:
    """Bytes that the parser kept as surrogates, decoded."""
    if text.isascii() or not any("\udc80" <= sign <= "\udcff" for sign in text):
        return text
    return _decode(text.encode("utf-8", "surrogateescape"), "utf-8")


def _decode(data: bytes, charset: str) -> str:
    """Text in the charset it claims, else UTF-8, else Windows-1252."""
    for name in (charset, "utf-8"):
        try:
            return data.decode(name)
        except (LookupError, ValueError):
            continue
    return data.decode("cp1252", "replace")


def _body(message: Message[str, str]) -> tuple[str, bool, list[str]]:
    """The message's text, whether quotes were marked and left out in HTML, and the names of what is attached."""
    plain: list[str] = []
    html: list[str] = []
    attached: list[str] = []
    for part in _leaves(message):
        name = _file_name(part)
        kind = part.get_content_type()
        if name or part.get_content_disposition() == "attachment":
            attached.append(name or kind)
        elif kind == "text/plain":
            plain.append(_part_text(part))
        elif kind == "text/html":
            html.append(_part_text(part))
    text = "\n".join(plain).strip()
    if text or not html:
        return text, False, attached
    return text_of_html("\n".join(html), without_quotes=True), True, attached


def _leaves(message: Message[str, str], depth: int = 0) -> Iterator[Message[str, str]]:
    """Parts that hold something themselves; an enclosed message is one of them and is not opened."""
    payload = message.get_payload()
    is_open = message.get_content_maintype() == "multipart" and isinstance(payload, list) and depth < 20
    if not is_open:
        yield message
        return
    for part in payload:
        if isinstance(part, Message):
            yield from _leaves(part, depth + 1)


def _part_text(part: Message[str, str]) -> str:
    try:
        data = part.get_payload(decode=True)
        charset = part.get_content_charset() or "utf-8"
    except _READ_ERRORS:
        return ""
    return _decode(data, charset) if isinstance(data, bytes) else ""


def _file_name(part: Message[str, str]) -> str:
    try:
        return decoded(part.get_filename() or "")[:200]
    except _READ_ERRORS:
        return ""


def _people(headers: Headers) -> tuple[list[dict[str, str]], int]:
    """Participants in the order of the headers, each address once a role; and how many there were."""
    found: dict[tuple[str, str], dict[str, str]] = {}
    for role in ("from", "to", "cc", "bcc"):
        values = [_rescued(value) for value in headers.get(role, [])]
        try:
            pairs = getaddresses(values)
        except _READ_ERRORS:
            pairs = []
        for name, address in pairs:
            bare = decoded(address).strip("<>'\" ").lower()
            if "@" in bare and len(bare) <= 254 and " " not in bare:
                one = {"address": bare, "name": decoded(name)[:200], "role": role}
                found.setdefault((bare, role), one)
    return list(found.values())[:MAX_PARTICIPANTS], len(found)


def _moment(headers: Headers, stamp: str) -> str:
    """When it was sent, in UTC: the Date header, else the last Received header, else the mbox line; "" without any."""
    received = [value.rsplit(";", 1)[-1] for value in headers.get("received", [])[:1]]
    line = re.sub(r"^From \S+\s+", "", stamp.strip())
    for text in (decoded(_header(headers, "date")), *received, _rearranged(line)):
        try:
            moment = parsedate_to_datetime(text.strip())
        except (*_READ_ERRORS, OverflowError, IndexError):
            continue
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
        try:
            return moment.astimezone(UTC).isoformat(timespec="seconds")
        except (OverflowError, ValueError):
            continue
    return ""


def _rearranged(line: str) -> str:
    """ "Tue Mar  3 10:12:00 2026" (with or without a zone) in the order of a Date header."""
    match = re.match(r"^\w{3} (\w{3})\s+(\d{1,2}) (\d{2}:\d{2}(?::\d{2})?)\s?([+-]\d{4}|\w{3,4})? ?(\d{4})", line)
    if match is None:
        return line
    month, day, clock, zone, year = match.groups()
    return f"{day} {month} {year} {clock} {zone or '+0000'}"


def _row(slim: _Slim, stamp: str, owner: str) -> Mapping[str, str] | Unread:
    raw = bytes(slim.kept[:KEPT_RAW_CHARACTERS]).decode("utf-8", "replace")
    try:
        message = message_from_bytes(bytes(slim.kept))
        headers = _headers(message)
        people, count = _people(headers)
        text, is_quote_free, attached = _body(message)
        at = _moment(headers, stamp)
    except (*_READ_ERRORS, RecursionError) as error:
        return Unread(f"no readable message: {type(error).__name__}", raw)
    if not people and not any(_header(headers, name) for name in ("date", "subject", "message-id")):
        return Unread("no mail: neither people nor a date, subject or id in its headers", raw)
    signer = people[0]["name"] or people[0]["address"].split("@")[0] if people else ""
    trimmed = reply_text.trim(text[:MAX_TEXT_CHARACTERS], signer=signer)
    key = _first_id(_header(headers, "message-id"))
    if not key:
        told = f"{at}|{people[:1]}|{decoded(_header(headers, 'subject'))}|{text[:500]}"
        key = "~" + hashlib.blake2b(told.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
    details = _details(headers, slim, attached, trimmed.has_quote or is_quote_free, count) | reported(message)
    sender = people[0]["address"] if people and people[0]["role"] == "from" else ""
    return {
        "message_id": key,
        "kind": ActivityKind.EMAIL.value,
        "at": at,
        "subject": decoded(_header(headers, "subject"))[:400],
        "new_text": _storable(trimmed.new_text),
        "is_inbound": _direction(sender, owner, decoded(_header(headers, "x-gmail-labels"))),
        "thread": _thread(headers, key),
        "participants": json.dumps(people, ensure_ascii=False),
        "owner_email": owner,
        "details": json.dumps(details, ensure_ascii=False, sort_keys=True),
        "from": sender,
        "to": "; ".join(one["address"] for one in people if one["role"] == "to"),
        "text": _storable(text[:MAX_TEXT_CHARACTERS]),
    }


def _storable(text: str) -> str:
    """Text that every database and Parquet takes: no NUL, no half characters."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode()


def _first_id(value: str) -> str:
    text = decoded(value)
    found = _MESSAGE_ID.search(text)
    key = found[1] if found else text.strip("<> ")
    return key if len(key) <= MAX_KEY else "~" + hashlib.blake2b(key.encode(), digest_size=16).hexdigest()


def _thread(headers: Headers, own: str) -> str:
    """The first message of the thread: the first reference, else what is answered, else Gmail's thread, else itself."""
    references = _MESSAGE_ID.findall(decoded(_header(headers, "references")))
    answered = _first_id(_header(headers, "in-reply-to"))
    gmail = decoded(_header(headers, "x-gm-thrid"))
    return (references[0] if references else answered or gmail or own)[:MAX_KEY]


def _direction(sender: str, owner: str, labels: str) -> str:
    """ "false" for mail of the mailbox's owner, "true" for mail from other companies, "" where it can't be told."""
    if owner:
        if sender == owner:
            return "false"
        return "true" if sender and sender.rsplit("@", 1)[-1] != owner.rsplit("@", 1)[-1] else ""
    words = {label.strip().lower() for label in labels.split(",")}
    return "false" if "sent" in words else "true" if "inbox" in words else ""


def _details(headers: Headers, slim: _Slim, attached: list[str], has_quote: bool, people: int) -> dict[str, Any]:
    """What else tells something of the message; absent where it is the usual."""
    automatic = decoded(_header(headers, "auto-submitted")).lower()
    found: dict[str, Any] = {
        "attachments": attached[:50],
        "auto_submitted": "" if automatic == "no" else automatic,
        "is_report": _header(headers, "content-type").lower().startswith("multipart/report"),
        "list_id": decoded(_header(headers, "list-id"))[:200],
        "answers": _first_id(_header(headers, "in-reply-to")),
        "has_quote": has_quote,
        "labels": decoded(_header(headers, "x-gmail-labels"))[:200],
        "participants_in_all": people if people > MAX_PARTICIPANTS else 0,
        "is_cut": slim.is_cut,
        "bytes": slim.size,
    }
    return {word: value for word, value in found.items() if value}


def _owner_of(path: Path) -> str:
    """The mailbox's owner where the file is named by it."""
    name = re.sub(r"\.(mbox|mbx|eml|gz|zip)$", "", re.sub(r"\.(gz|zip)$", "", path.name.lower()))
    return name if re.fullmatch(r"[^\s@]+@[^\s@]+\.[a-z]{2,}", name) else ""


def _rows(path: Path) -> Iterator[Mapping[str, str] | Unread]:
    for slim, stamp in messages_of(path):
        yield _row(slim, stamp, _owner_of(path))


def open_mail(path: Path) -> Table:
    """A mailbox as a table, one message a row."""
    return RowTable(HEADERS, partial(_rows, path), row_estimate=len(mail_files(path)) if path.is_dir() else None)


def is_mail(path: Path) -> bool:
    """Whether a file holds mail (by its first lines), or a folder nothing but mail."""
    if path.is_dir():
        if (path / "cur").is_dir() and (path / "new").is_dir():
            return True
        entries = [entry for entry in path.iterdir() if not entry.name.startswith(".")]
        return bool(entries) and all(entry.is_file() and entry.suffix.lower() == ".eml" for entry in entries)
    try:
        with unpacked(path) as plain:
            lines = plain.head[:65_536].removeprefix(b"\xef\xbb\xbf").splitlines()
    except (AppError, OSError):
        return False
    start = next((place for place, line in enumerate(lines) if line.strip()), None)
    if start is None:
        return False
    if _FROM_LINE.match(lines[start]):
        return _mail_headers(lines[start + 1 : start + 60]) >= 2
    return _mail_headers(lines[start : start + 60]) >= 3


def _mail_headers(lines: Iterable[bytes]) -> int:
    """How many different mail headers the block that begins here has."""
    found: set[bytes] = set()
    for line in lines:
        match = _HEADER_LINE.match(line)
        if match:
            found.add(match[1].lower())
        elif not line[:1].isspace():
            break
    return len(found & MAIL_HEADERS)


MAIL = Connector(
    system=SYSTEM,
    entity=Entity.ACTIVITY,
    source_kind=SourceKind.MAIL,
    file_names=("*.mbox", "*.mbx", "*.eml"),
    columns={
        "messageid": "key", "kind": "kind", "at": "at", "subject": "subject", "newtext": "body",
        "isinbound": "is_inbound", "thread": "thread_key", "participants": "participants", "owneremail": "owner_email",
        "details": "details",
    },
    recognise=is_mail,
    open_table=open_mail,
    label="Mail",
)  # fmt: skip

CONNECTORS: tuple[Connector, ...] = (MAIL,)
