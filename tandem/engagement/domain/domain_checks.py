"""The whole check of a domain's DNS entries: may mail be sent in its name, and will it be taken?

    report = check_domain("mail.example.com", lookup=ZoneFile(text, domain="mail.example.com"))
    report.verdict, report.of(Topic.SPF), report.findings[0].record

Methods: SPF by RFC 7208, DKIM by RFC 6376, 8301 and 8463, DMARC by RFC 7489 and 9989 with reports by RFC 9990, BIMI by
the group's draft, MX by RFC 5321, 2181 and 7505, MTA-STS by RFC 8461, TLS-RPT by RFC 8460. The parsers are our own on
answers of dnspython: the ready-made checkers ask the network themselves and can't be fed from a zone file.
"""

from __future__ import annotations

from collections.abc import Sequence

import idna

from tandem.core.errors import InvalidInput
from tandem.engagement.domain.bimi_records import check_bimi
from tandem.engagement.domain.dkim_records import check_dkim
from tandem.engagement.domain.dmarc_records import check_dmarc
from tandem.engagement.domain.dns_answers import Answer, Lookup, Status
from tandem.engagement.domain.domain_findings import DnsRecord, DomainReport, Finding, FindingLevel, Topic, undecided
from tandem.engagement.domain.mx_records import check_mx
from tandem.engagement.domain.providers import provider_of_hosts, table
from tandem.engagement.domain.spf import check_spf
from tandem.engagement.domain.transport_records import check_transport

LONGEST_NAME = 253


def name_of(text: str) -> str:
    """A domain's name in small letters and IDNA, as DNS knows it.

    Raises InvalidInput for what is none.

    >>> name_of("Müller.Example."), name_of("mail.example.com")
    ('xn--mller-kva.example', 'mail.example.com')
    """
    asked = text.strip().rstrip(".").lower()
    try:
        name = asked if asked.isascii() and "_" in asked else idna.encode(asked, uts46=True).decode("ascii")
    except (idna.IDNAError, UnicodeError) as error:
        raise _no_domain(text) from error
    if "." not in name or len(name) > LONGEST_NAME or any(not 0 < len(label) < 64 for label in name.split(".")):
        raise _no_domain(text)
    return name


def _no_domain(text: str) -> InvalidInput:
    return InvalidInput(f"{text[:80]!r} is no domain.", hint="Write it as mail.example.com.", code="domain.name")


def check_domain(
    domain: str,
    *,
    lookup: Lookup,
    selectors: Sequence[str] = (),
    includes: Sequence[str] = (),
    own_key: DnsRecord | None = None,
) -> DomainReport:
    """Check all entries of a domain.

    Parameters
    ----------
    domain : str
        As a person writes it.
    lookup : Lookup
        DNS, or a zone file. Every question is asked once.
    selectors : names of its DKIM keys; empty: they are looked for
    includes : SPF names of the providers its mail leaves by, e.g. "_spf.google.com"
    own_key : the record of the DKIM key this installation signs with; None: somebody else signs

    Raises InvalidInput for what is no domain.
    """
    name = name_of(domain)
    asked = Remembering(lookup)
    if (gone := _of_domain(name, asked)) is not None:
        return DomainReport(domain=name, findings=(gone,))
    mx, hosts = check_mx(name, lookup=asked)
    provider = table().get(provider_of_hosts(hosts))
    guessed = [provider.spf] if provider is not None and provider.spf and provider.spf not in includes else []
    spf = check_spf(name, lookup=asked, includes=includes, guessed=guessed)
    dkim = check_dkim(name, lookup=asked, selectors=selectors, own=own_key)
    dmarc = check_dmarc(name, lookup=asked)
    findings = (
        *mx, *spf.findings, *dkim.findings, *dmarc.findings, *check_bimi(name, lookup=asked, dmarc=dmarc),
        *check_transport(name, lookup=asked),
    )  # fmt: skip
    has_record = spf.record is not None
    return DomainReport(
        domain=name, findings=findings, spf_lookups=spf.lookups if has_record else None,
        spf_void=spf.void if has_record else None, selectors=tuple(dkim.selectors),
    )  # fmt: skip


def _of_domain(domain: str, lookup: Lookup) -> Finding | None:
    """Whether there is anything to check; None: the domain is there."""
    answers = [lookup(domain, kind) for kind in ("TXT", "MX")]
    if all(answer.status is Status.NO_NAME for answer in answers):
        return Finding(
            topic=Topic.DNS, rule="dns.no_name", level=FindingLevel.ERROR, text=f"{domain} does not exist.",
            source="RFC 8020", remedy="Register it, or correct its name.",
        )  # fmt: skip
    if all(answer.status not in {Status.FOUND, Status.NO_DATA, Status.NO_NAME} for answer in answers):
        return undecided(Topic.DNS, domain, answers[0], source="RFC 1035, 4")
    return None


class Remembering:
    """A lookup that asks each question once."""

    def __init__(self, lookup: Lookup) -> None:
        self._lookup = lookup
        self._known: dict[tuple[str, str], Answer] = {}

    def __call__(self, name: str, kind: str) -> Answer:
        """Records of one kind under a name."""
        key = (name.rstrip(".").lower(), kind)
        if key not in self._known:
            self._known[key] = self._lookup(*key)
        return self._known[key]

    def names_below(self, name: str) -> Sequence[str]:
        """Names directly below one, as far as they can be listed."""
        return self._lookup.names_below(name)
