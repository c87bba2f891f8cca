"""Checks of domains through DNS, and those that were made."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from tandem.engagement.connectors.dns import NameServers, lookup_for
from tandem.engagement.domain.dns_answers import Status
from tandem.engagement.domain.domain_checks import check_domain, name_of
from tandem.engagement.domain.domain_findings import DnsRecord, DomainReport
from tandem.engagement.domain.mx_records import mail_hosts
from tandem.engagement.domain.providers import OTHER, provider_of_hosts


def check(
    domain: str,
    *,
    selectors: Sequence[str] = (),
    includes: Sequence[str] = (),
    own_key: DnsRecord | None = None,
) -> DomainReport:
    """Check a domain's entries in DNS now, or in the zone file that stands for it here. Takes seconds.

    Raises InvalidInput for what is no domain, DataUnreadable for a zone file that can't be read.
    """
    name = name_of(domain)
    return check_domain(name, lookup=lookup_for(name), selectors=selectors, includes=includes, own_key=own_key)


def look_up_providers(domains: Collection[str]) -> Mapping[str, str]:
    """Provider of each domain by its MX entries; a domain whose name servers don't answer is left out."""
    ask = NameServers()
    found: dict[str, str] = {}
    for domain in domains:
        answer = ask(domain, "MX")
        if answer.status is Status.FOUND:
            found[domain] = provider_of_hosts(mail_hosts(answer))
        elif answer.status in {Status.NO_DATA, Status.NO_NAME}:
            found[domain] = OTHER
    return found
