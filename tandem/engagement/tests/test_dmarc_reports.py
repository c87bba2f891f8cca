"""DMARC aggregate reports: read from any package, refused when hostile, shown by source and day."""

from __future__ import annotations

import gzip
import io
import zipfile
import zlib
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tandem.core.actors import built_in_agent
from tandem.core.errors import DataUnreadable, NotFound
from tandem.engagement.actions.dmarc import take_report, take_reports_of_inbox
from tandem.engagement.domain import dmarc_reports
from tandem.engagement.domain.dmarc_reports import is_report, read_report
from tandem.engagement.models import DmarcReport, DmarcRow, Inbound
from tandem.engagement.queries.dmarc import reported
from tandem.engagement.tests.test_senders import NOW, domain_with

READER = built_in_agent("inbox")
DAY = int(datetime(2026, 11, 23, tzinfo=UTC).timestamp())


def row(ip: str, count: object, *, dkim: str = "pass", spf: str = "pass", domain: str = "outreach.example") -> str:
    return f"""<record><row><source_ip>{ip}</source_ip><count>{count}</count><policy_evaluated>
<disposition>none</disposition><dkim>{dkim}</dkim><spf>{spf}</spf>
<reason><type>forwarded</type><comment>by a list</comment></reason></policy_evaluated></row>
<identifiers><header_from>{domain}</header_from></identifiers>
<auth_results><dkim><domain>{domain}</domain><selector>s1</selector><result>{dkim}</result></dkim>
<spf><domain>bounce.{domain}</domain><result>{spf}</result></spf></auth_results></record>"""


def xml(*rows: str, domain: str = "outreach.example", begin: object = DAY, head: str = "", ns: str = "") -> bytes:
    return f"""<?xml version="1.0" encoding="UTF-8"?>{head}
<feedback{ns}><version>1.0</version><report_metadata><org_name>google.com</org_name><email>x@google.com</email>
<report_id>42-{begin}</report_id><date_range><begin>{begin}</begin><end>{DAY + 86_399}</end></date_range></report_metadata>
<policy_published><domain>{domain}</domain><adkim>r</adkim><aspf>r</aspf><p>none</p><sp>none</sp><pct>100</pct>
</policy_published>{"".join(rows)}</feedback>""".encode()


def zipped(*files: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as package:
        for number, content in enumerate(files):
            package.writestr(f"report{number}.xml", content)
    return packed.getvalue()


RAW = xml(row("192.0.2.1", 10), row("2001:db8::1", 3, dkim="fail", spf="softfail"))


@pytest.mark.parametrize("raw", [RAW, gzip.compress(RAW), zipped(RAW), b"\xef\xbb\xbf" + RAW])
def test_a_report_is_read_from_xml_gzip_and_zip(raw: bytes) -> None:
    report = read_report(raw)
    assert is_report(raw)
    assert (report.reporter, report.domain, report.policy["p"]) == ("google.com", "outreach.example", "none")
    assert [(one.source_ip, one.count, one.is_aligned) for one in report.rows] == [
        ("192.0.2.1", 10, True), ("2001:db8::1", 3, False)
    ]  # fmt: skip
    assert report.rows[0].dkim == [("outreach.example", "s1", "pass")]
    assert report.rows[0].overrides == ["forwarded: by a list"]


def test_the_namespace_of_the_new_rfc_is_understood() -> None:
    assert len(read_report(xml(row("192.0.2.1", 1), ns=' xmlns="urn:ietf:params:xml:ns:dmarc-2.0"')).rows) == 1


BOMB = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
OUTSIDE = '<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize(
    "raw",
    [
        b"", b"hello", b"<feedback>", b"<html></html>", b"\x1f\x8b broken", b"PK\x03\x04 broken", RAW[:-40],
        gzip.compress(RAW)[:60], zipped(RAW, RAW), zipped(), xml(head=BOMB), xml(head=OUTSIDE),
        xml(row("nowhere", 1)), xml(row("192.0.2.1", -1)), xml(row("192.0.2.1", 10**30)), xml(row("192.0.2.1", "x")),
        xml(begin="never"), xml(begin=10**30), b"<feedback>" + b"<a>" * 50 + b"</a>" * 50 + b"</feedback>",
        RAW.replace(b"UTF-8", b"no-such"), RAW.replace(b"<report_id>", b"<other_id>").replace(b"</report_id>", b"</other_id>"),
    ],
)  # fmt: skip
def test_what_is_no_report_or_hostile_is_refused(raw: bytes) -> None:
    with pytest.raises(DataUnreadable, match="DMARC report"):
        read_report(raw)


def test_a_package_that_grows_is_unpacked_no_further_than_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dmarc_reports, "LARGEST_XML", 10_000)
    for raw in (gzip.compress(b"<feedback>" + b" " * 1_000_000), zipped(b"<feedback>" + b" " * 1_000_000)):
        with pytest.raises(DataUnreadable, match="more than 10,000 bytes"):
            read_report(raw)


def said_of(raw: bytes) -> object:
    """The report, or why it can't be read."""
    try:
        return read_report(raw)
    except DataUnreadable as error:
        return error


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=400), st.integers(0, len(RAW)))
def test_whatever_the_bytes_there_is_a_report_or_a_reason(noise: bytes, at: int) -> None:
    for raw in (noise, RAW[:at] + noise + RAW[at:]):
        said = said_of(raw)
        assert said.message if isinstance(said, DataUnreadable) else said.rows  # type: ignore[attr-defined]


@pytest.mark.django_db
def test_a_report_counts_once_and_is_shown_by_source_and_day() -> None:
    domain, _ = domain_with()
    first = take_report(gzip.compress(RAW), actor=READER, now=NOW)
    again = take_report(RAW, actor=READER, now=NOW + timedelta(hours=1))
    take_report(xml(row("192.0.2.1", 5), begin=DAY + 86_400), actor=READER, now=NOW)
    assert (first.is_new, again.is_new, first.messages) == (True, False, 13)
    told = reported(domain.id, now=NOW)
    assert (told.reports, told.reporters, told.aligned.hits, told.aligned.n) == (2, ("google.com",), 15, 18)
    assert [(one.source_ip, one.messages, one.aligned) for one in told.sources] == [
        ("192.0.2.1", 15, 15), ("2001:db8::1", 3, 0)
    ]  # fmt: skip
    assert [(one.aligned, one.other) for one in told.days] == [(10, 3), (5, 0)]


@pytest.mark.django_db
def test_a_report_about_somebody_elses_domain_is_refused_and_one_below_ours_is_taken() -> None:
    domain, _ = domain_with()
    with pytest.raises(NotFound):
        take_report(xml(row("192.0.2.1", 1, domain="other.example"), domain="other.example"), actor=READER, now=NOW)
    assert not DmarcReport.objects.exists()
    take_report(xml(row("192.0.2.1", 1), domain="example"), actor=READER, now=NOW)
    assert DmarcRow.objects.get().report.domain == domain


@pytest.mark.django_db
def test_reports_that_came_to_a_mailbox_are_taken_out_of_their_mail_once() -> None:
    domain, _ = domain_with()
    mail = EmailMessage()
    mail["Subject"] = "Report Domain: outreach.example Submitter: google.com Report-ID: 42"
    mail.set_content("See what is attached.")
    mail.add_attachment(gzip.compress(RAW), maintype="application", subtype="gzip", filename="r.xml.gz")
    mail.add_attachment(b"no report", maintype="application", subtype="zip", filename="x.zip")
    Inbound.objects.create(
        content=zlib.compress(mail.as_bytes()), content_hash="a", subject=mail["Subject"], kind="other",
        received_at=NOW - timedelta(days=1), read_at=NOW,
    )  # fmt: skip
    Inbound.objects.create(
        content=b"broken", content_hash="b", subject="DMARC", kind="other", received_at=NOW, read_at=NOW
    )
    assert take_reports_of_inbox(actor=READER, now=NOW) == 1
    assert take_reports_of_inbox(actor=READER, now=NOW + timedelta(days=1)) == 0
    assert reported(domain.id, now=NOW).aligned.n == 13
