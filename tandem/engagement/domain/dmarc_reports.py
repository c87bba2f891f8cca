"""Aggregate reports of receivers (RFC 7489, appendix C, and RFC 9990), read from XML, gzip or zip.

The parser is expat with document types refused, so that no entity can grow, and with limits on size, depth and rows.
Text outside what the report knows is passed over; what it must have and has not is told.
"""

from __future__ import annotations

import io
import ipaddress
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from xml.parsers import expat

from tandem.core.errors import DataUnreadable

LARGEST_RAW = 5_000_000  # bytes as they come
LARGEST_XML = 30_000_000  # bytes unpacked; the largest seen in the wild have some megabytes
DEEPEST = 12
MOST_ROWS = 100_000
MOST_PARTS = 50  # of a mail, looked at
MOST_COUNT = 2_147_483_647
LONGEST = 255
GZIP, ZIP = b"\x1f\x8b", b"PK\x03\x04"
DISPOSITIONS = ("none", "quarantine", "reject", "pass")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportRow:
    """Mail of one source: how much, what the receiver did, and whether it was aligned.

    dkim : (domain, selector, result) of each signature; spf : (domain, result) of each look
    overrides : why the receiver did otherwise than the policy asks
    """

    source_ip: str
    count: int
    disposition: str
    is_dkim_aligned: bool
    is_spf_aligned: bool
    header_from: str
    dkim: Sequence[tuple[str, str, str]]
    spf: Sequence[tuple[str, str]]
    overrides: Sequence[str]

    @property
    def is_aligned(self) -> bool:
        """Whether the mail passed DMARC: by signature or by return path."""
        return self.is_dkim_aligned or self.is_spf_aligned


@dataclass(frozen=True, slots=True, kw_only=True)
class AggregateReport:
    """One report of one receiver about one domain and a stretch of time.

    policy : what the receiver saw published: p, sp, adkim, aspf, pct ...
    """

    reporter: str
    report_id: str
    domain: str
    begins_at: datetime
    ends_at: datetime
    policy: dict[str, str]
    rows: Sequence[ReportRow]


def is_report(raw: bytes) -> bool:
    """Whether bytes may be a report: an attachment is only looked at when it looks like one."""
    head = raw[:512].lstrip(b"\xef\xbb\xbf \t\r\n")
    return raw.startswith((GZIP, ZIP)) or (head.startswith(b"<") and b"<feedback" in raw[:2_048])


def reports_in(mail: bytes) -> list[bytes]:
    """Attachments of a mail that may be reports; the mail's own body where it is one."""
    found = []
    for number, part in enumerate(message_from_bytes(mail).walk()):
        if number >= MOST_PARTS:
            break
        content = None if part.is_multipart() else part.get_payload(decode=True)
        if isinstance(content, bytes) and is_report(content):
            found.append(content)
    return found


def read_report(raw: bytes) -> AggregateReport:
    """Read a report.

    Raises DataUnreadable for what is too large, packed in another way, not XML, hostile, or lacks what a report must
    have.
    """
    if len(raw) > LARGEST_RAW:
        raise _unreadable(f"it has {len(raw):,} bytes, at most {LARGEST_RAW:,} are read")
    root = _parse(_unpacked(raw))
    if root.name != "feedback":
        raise _unreadable(f"it begins with <{root.name}>, not <feedback>")
    about, policy = root.one("report_metadata"), root.one("policy_published")
    span = about.one("date_range")
    rows = [_row(record) for record in root.all("record")]
    return AggregateReport(
        reporter=about.need("org_name"),
        report_id=about.need("report_id"),
        domain=policy.need("domain").rstrip(".").lower(),
        begins_at=_moment(span.need("begin")),
        ends_at=_moment(span.need("end")),
        policy={child.name: child.told[:64] for child in policy.children if child.name != "domain" and child.told},
        rows=rows,
    )


def _unreadable(why: str) -> DataUnreadable:
    return DataUnreadable(
        f"The DMARC report can't be read: {why}.",
        hint="Receivers send XML, gzip or zip as RFC 7489, appendix C, and RFC 9990 describe.",
        code="dmarc.report",
    )


def _unpacked(raw: bytes) -> bytes:
    """The XML, never more of it than the limit, whatever the package claims."""
    try:
        if raw.startswith(GZIP):
            unpacker = zlib.decompressobj(wbits=31)
            xml = unpacker.decompress(raw, LARGEST_XML + 1)
        elif raw.startswith(ZIP):
            with zipfile.ZipFile(io.BytesIO(raw)) as package:
                files = [one for one in package.infolist() if not one.is_dir()]
                if len(files) != 1:
                    raise _unreadable(f"the zip holds {len(files)} files, not one")
                with package.open(files[0]) as file:
                    xml = file.read(LARGEST_XML + 1)
        else:
            xml = raw
    except (zlib.error, zipfile.BadZipFile, OSError, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
        if isinstance(error, DataUnreadable):
            raise
        raise _unreadable("its package is broken, or sealed with a password") from error
    if len(xml) > LARGEST_XML:
        raise _unreadable(f"unpacked it has more than {LARGEST_XML:,} bytes")
    return xml


class _Element:
    """An element with its children and text; names without their namespace."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.children: list[_Element] = []
        self.words: list[str] = []

    @property
    def told(self) -> str:
        """Its text without blanks around it."""
        return "".join(self.words).strip()

    def all(self, name: str) -> Iterator[_Element]:
        """Children of a name."""
        return (child for child in self.children if child.name == name)

    def one(self, name: str) -> _Element:
        """The first child of a name. Raises DataUnreadable."""
        found = next(self.all(name), None)
        if found is None:
            raise _unreadable(f"<{self.name}> has no <{name}>")
        return found

    def need(self, name: str) -> str:
        """Text of a child that must have some."""
        if not (told := self.one(name).told):
            raise _unreadable(f"<{name}> is empty")
        return told[:LONGEST]

    def text(self, name: str) -> str:
        """Text of a child; empty: there is none."""
        found = next(self.all(name), None)
        return found.told[:LONGEST] if found is not None else ""


class _Builder:
    """Takes what the parser meets; refuses what no report needs."""

    def __init__(self) -> None:
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text
        self.parser.StartDoctypeDeclHandler = self._refuse
        self.parser.EntityDeclHandler = self._refuse
        self.root: _Element | None = None
        self._path: list[_Element] = []
        self._rows = 0

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        made = _Element(name.rpartition(" ")[2])
        if len(self._path) >= DEEPEST:
            raise _unreadable("its elements lie too deep")
        self._rows += made.name == "record"
        if self._rows > MOST_ROWS:
            raise _unreadable(f"it has more than {MOST_ROWS:,} rows")
        if self._path:
            self._path[-1].children.append(made)
        else:
            self.root = made
        self._path.append(made)

    def _end(self, name: str) -> None:
        self._path.pop()

    def _text(self, text: str) -> None:
        if self._path:
            self._path[-1].words.append(text)

    def _refuse(self, *told: object) -> None:
        raise _unreadable("it declares a document type or entities, which no report needs")


def _parse(xml: bytes) -> _Element:
    builder = _Builder()
    try:
        builder.parser.Parse(xml, True)
    except expat.ExpatError as error:
        raise _unreadable(f"line {error.lineno}: {expat.errors.messages[error.code]}") from error
    except LookupError as error:
        raise _unreadable("its encoding is not known") from error
    if builder.root is None:
        raise _unreadable("it is empty")
    return builder.root


def _row(record: _Element) -> ReportRow:
    row = record.one("row")
    evaluated = row.one("policy_evaluated")
    results = next(record.all("auth_results"), _Element("auth_results"))
    disposition = evaluated.text("disposition").lower()
    return ReportRow(
        source_ip=_address(row.need("source_ip")),
        count=_count(row.need("count")),
        disposition=disposition if disposition in DISPOSITIONS else "none",
        is_dkim_aligned=evaluated.text("dkim").lower() == "pass",
        is_spf_aligned=evaluated.text("spf").lower() == "pass",
        header_from=record.one("identifiers").text("header_from").rstrip(".").lower()[:253],
        dkim=[(one.text("domain"), one.text("selector"), one.text("result")) for one in results.all("dkim")],
        spf=[(one.text("domain"), one.text("result")) for one in results.all("spf")],
        overrides=[": ".join(filter(None, (one.text("type"), one.text("comment")))) for one in evaluated.all("reason")],
    )


def _address(told: str) -> str:
    try:
        return str(ipaddress.ip_address(told))
    except ValueError as error:
        raise _unreadable(f"{told[:60]!r} is no address") from error


def _count(told: str) -> int:
    if not (told.isascii() and told.isdecimal() and len(told) <= len(str(MOST_COUNT)) and int(told) <= MOST_COUNT):
        raise _unreadable(f"{told[:60]!r} is no number of messages")
    return int(told)


def _moment(told: str) -> datetime:
    try:
        return datetime.fromtimestamp(int(told), UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise _unreadable(f"{told[:60]!r} is no moment in seconds since 1970") from error
