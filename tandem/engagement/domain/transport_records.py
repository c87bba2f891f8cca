"""Advice on encrypted transport to a domain: MTA-STS (RFC 8461) and TLS reports (RFC 8460)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tandem.engagement.domain.dns_answers import ABSENT, Lookup, Status
from tandem.engagement.domain.domain_findings import DnsRecord, Finding, FindingLevel, Topic
from tandem.engagement.domain.tag_lists import has_version, read_tags

POLICY_ID = re.compile(r"[A-Za-z0-9]{1,32}")


def check_transport(domain: str, *, lookup: Lookup) -> Iterator[Finding]:
    """Whether senders are told to encrypt, and to report where they could not. Never more than advice."""
    yield from _of(
        domain, lookup, f"_mta-sts.{domain}", "STSv1", "mta_sts", "RFC 8461, 3.1", "v=STSv1; id=1",
        "serve the policy at https://mta-sts." + domain + "/.well-known/mta-sts.txt",
    )  # fmt: skip
    yield from _of(
        domain, lookup, f"_smtp._tls.{domain}", "TLSRPTv1", "tls_rpt", "RFC 8460, 3",
        f"v=TLSRPTv1; rua=mailto:tls-reports@{domain}", "name a mailbox that takes the reports",
    )  # fmt: skip


def _of(
    domain: str, lookup: Lookup, name: str, version: str, rule: str, source: str, wanted: str, remedy: str
) -> Iterator[Finding]:
    answer = lookup(name, "TXT")
    if answer.status not in ABSENT | {Status.FOUND}:
        return  # advice that can't be asked is no advice
    records = [one for one in answer.values if has_version(one, version)]
    record = DnsRecord(name=name, type="TXT", value=wanted)
    if not records:
        told = f"{name} has no record: other servers may hand mail to {domain} over in the clear."
        yield _finding(f"{rule}.missing", FindingLevel.ADVICE, told, source, "", f"Set it, and {remedy}.", record)
    elif len(records) > 1 or not _is_whole(records[0], version):
        told = f"{name} holds {len(records)} records." if len(records) > 1 else f"The record at {name} is not whole."
        yield _finding(f"{rule}.wrong", FindingLevel.ADVICE, told, source, "\n".join(records), "Set one.", record)
    else:
        yield _finding(f"{rule}.ok", FindingLevel.OK, f"{name} is set.", source, records[0], "", None)


def _is_whole(record: str, version: str) -> bool:
    tags = read_tags(record)
    if version == "STSv1":
        return POLICY_ID.fullmatch(tags.get("id")) is not None
    return tags.get("rua").startswith(("mailto:", "https:"))


def _finding(
    rule: str, level: FindingLevel, text: str, source: str, found: str, remedy: str, record: DnsRecord | None
) -> Finding:
    return Finding(
        topic=Topic.TRANSPORT, rule=rule, level=level, text=text, source=source, found=found, remedy=remedy,
        record=record,
    )  # fmt: skip
