"""Checks of a domain's BIMI record (BIMI Group draft; Gmail's and Apple's conditions). Never more than a warning."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from tandem.engagement.domain.dmarc_records import DmarcReading
from tandem.engagement.domain.dns_answers import ABSENT, Lookup, Status
from tandem.engagement.domain.domain_findings import DnsRecord, Finding, FindingLevel, Topic
from tandem.engagement.domain.tag_lists import Tags, has_version, read_tags

SOURCE = "BIMI Group, draft-brand-indicators-for-message-identification"


def check_bimi(domain: str, *, lookup: Lookup, dmarc: DmarcReading) -> Iterator[Finding]:
    """Whether receivers may show the company's logo beside its mail."""
    name = f"default._bimi.{domain}"
    answer = lookup(name, "TXT")
    if answer.status not in ABSENT | {Status.FOUND}:
        return  # a logo is never needed: not knowing says nothing
    records = [one for one in answer.values if has_version(one, "BIMI1")]
    if not records:
        told = f"{domain} has no BIMI record; receivers show no logo of yours."
        wanted = f"v=BIMI1; l=https://{domain}/logo.svg; a=https://{domain}/logo.pem"
        yield _finding(
            "bimi.missing",
            FindingLevel.ADVICE,
            told,
            remedy="A logo needs an enforced DMARC policy, an SVG "
            "Tiny PS file and, for Gmail and Apple, a certificate.",
            record=DnsRecord(name=name, type="TXT", value=wanted),
        )
        return
    if len(records) > 1:
        yield _finding(
            "bimi.multiple",
            FindingLevel.WARNING,
            f"{name} has {len(records)} BIMI records; none counts.",
            found="\n".join(records),
            remedy="Keep one.",
        )
        return
    tags = read_tags(records[0])
    if not tags.get("l") and not tags.get("a"):
        yield _finding("bimi.declined", FindingLevel.OK, f"{domain} declines to show a logo.", found=records[0])
        return
    found = list(_of_record(domain, records[0], tags, dmarc))
    yield from found
    if not found:
        yield _finding("bimi.ok", FindingLevel.OK, "Logo, certificate and policy are named.", found=records[0])


def _of_record(domain: str, record: str, tags: Tags, dmarc: DmarcReading) -> Iterator[Finding]:
    logo, certificate = tags.get("l"), tags.get("a")
    for fault in tags.faults:
        yield _finding("bimi.syntax", FindingLevel.WARNING, f"{fault}.", found=record, remedy="Mend it.")
    if not dmarc.is_enforced:
        yield _finding(
            "bimi.needs_dmarc",
            FindingLevel.WARNING,
            "No logo is shown: DMARC must ask for quarantine or reject "
            f"of all mail of {domain} and the names below it.",
            found=record,
            remedy="Set p=quarantine or p=reject, without pct=, sp=none or t=y.",
        )
    if logo and not _fits(logo, ".svg"):
        yield _finding(
            "bimi.logo",
            FindingLevel.WARNING,
            f"l={logo[:120]} is no https address of an SVG file.",
            found=record,
            remedy="Name an SVG Tiny PS file behind https.",
        )
    if not logo:
        yield _finding("bimi.logo", FindingLevel.WARNING, "l= names no logo.", found=record, remedy="Name one.")
    if certificate and not _fits(certificate, ".pem"):
        yield _finding(
            "bimi.certificate",
            FindingLevel.WARNING,
            f"a={certificate[:120]} is no https address of a PEM file.",
            found=record,
            remedy="Name the file of the certificate behind https.",
        )
    if not certificate:
        yield _finding(
            "bimi.no_certificate",
            FindingLevel.ADVICE,
            "There is no certificate: Yahoo shows the logo, Gmail and Apple do not.",
            found=record,
            remedy="A VMC needs a registered trademark, a CMC a logo in use for a year.",
        )


def _fits(address: str, end: str) -> bool:
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return parts.scheme == "https" and bool(parts.hostname) and parts.path.lower().endswith(end)


def _finding(
    rule: str, level: FindingLevel, text: str, *, found: str = "", remedy: str = "", record: DnsRecord | None = None
) -> Finding:
    return Finding(
        topic=Topic.BIMI, rule=rule, level=level, text=text, source=SOURCE, found=found, remedy=remedy, record=record
    )
