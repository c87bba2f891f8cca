"""DMARC aggregate reports are taken in: from mail that came to a mailbox of ours, and from files."""

from __future__ import annotations

import logging
import zlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from tandem.access.actions import require
from tandem.core import ledger
from tandem.core.actors import Actor
from tandem.core.errors import DataUnreadable, NotFound
from tandem.engagement.contracts import MailKind
from tandem.engagement.domain.dmarc_reports import AggregateReport, read_report, reports_in
from tandem.engagement.models import DmarcReport, DmarcRow, Inbound, SendingDomain

log = logging.getLogger(__name__)
LOOKS_BACK = timedelta(days=3)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportTaken:
    """What became of a report. is_new False: it had been taken before, and nothing changed."""

    report_id: int
    domain: str
    messages: int
    is_new: bool


def take_report(raw: bytes, *, actor: Actor, now: datetime) -> ReportTaken:
    """Take one report: XML, gzip or zip, as it was attached.

    Raises DataUnreadable for what is no report, NotFound when it is about no domain of ours; nothing is kept.
    """
    report = read_report(raw)
    domain = _domain_of(report)
    facts = {"reporter": report.reporter, "rows": len(report.rows)}
    with transaction.atomic():
        row = DmarcReport(
            domain=domain, reporter=report.reporter[:200], report_id=report.report_id, begins_at=report.begins_at,
            ends_at=report.ends_at, policy=report.policy, received_at=now,
        )  # fmt: skip
        DmarcReport.objects.bulk_create([row], ignore_conflicts=True)
        known = DmarcReport.objects.get(domain=domain, reporter=row.reporter, report_id=row.report_id)
        is_new = known.received_at == now and not known.rows.exists()
        if is_new:
            DmarcRow.objects.bulk_create(_rows(known, report), batch_size=2_000)
            ledger.append(actor, "engagement.dmarc_report_taken", subject=f"sending_domain:{domain.id}", **facts)
    messages = sum(one.count for one in report.rows)
    return ReportTaken(report_id=known.id, domain=domain.name, messages=messages, is_new=is_new)


def upload_report(raw: bytes, *, actor: Actor, now: datetime) -> ReportTaken:
    """The same for a file somebody brings. Raises NotAllowed as well."""
    require(actor, "sender.manage")
    return take_report(raw, actor=actor, now=now)


def take_reports_of_inbox(*, actor: Actor, now: datetime) -> int:
    """Take the reports out of mail that came in lately; returns how many were new.

    Receivers name them in the subject (RFC 7489, 7.2.1.1). A mail is looked at again on later days, and nothing of it
    counts twice. What is no report, or about a domain that is not ours, is passed over.
    """
    named = Q(subject__icontains="report domain") | Q(subject__icontains="dmarc")
    rows = Inbound.objects.filter(named, kind=MailKind.OTHER.value, received_at__gte=now - LOOKS_BACK)
    new = 0
    for content in rows.order_by("id").values_list("content", flat=True).iterator(chunk_size=20):
        for raw in _reports_of(bytes(content)):
            try:
                new += take_report(raw, actor=actor, now=now).is_new
            except (DataUnreadable, NotFound) as error:
                log.info("A DMARC report was passed over: %s", error.message)
    return new


def _reports_of(content: bytes) -> list[bytes]:
    try:
        return reports_in(zlib.decompress(content))
    except zlib.error:
        return []


def _domain_of(report: AggregateReport) -> SendingDomain:
    """Our domain the report is about: the one it names, or one below it that its mail came from."""
    names = [report.domain, *(row.header_from for row in report.rows)]
    found = {one.name: one for one in SendingDomain.objects.filter(name__in=set(names[:1_000]))}
    for name in names:
        if name in found:
            return found[name]
    raise NotFound(
        f"The report is about {report.domain}, which is no domain of ours.",
        hint="Add it to the sending domains first, if it is.",
        code="dmarc.other_domain",
    )


def _rows(report: DmarcReport, read: AggregateReport) -> list[DmarcRow]:
    return [
        DmarcRow(
            report=report, source_ip=one.source_ip, count=one.count, disposition=one.disposition,
            is_dkim_aligned=one.is_dkim_aligned, is_spf_aligned=one.is_spf_aligned, header_from=one.header_from,
            dkim=[{"domain": domain, "selector": selector, "result": result} for domain, selector, result in one.dkim],
            spf=[{"domain": domain, "result": result} for domain, result in one.spf],
            overrides=list(one.overrides),
        )
        for one in read.rows
    ]  # fmt: skip
