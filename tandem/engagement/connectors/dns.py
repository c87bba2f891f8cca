"""DNS, asked through the name servers of this machine, or a folder of zone files in its place."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import dns.exception
import dns.name
import dns.resolver
from django.conf import settings

from tandem.engagement.domain.dns_answers import Answer, Lookup, Status
from tandem.engagement.domain.zones import ZoneFile, value_of

SECONDS = 5.0  # for one question, all servers and repeats together
MOST_SILENT = 3  # questions without an answer in a row, before no more is asked


class NameServers:
    """Asks the name servers of this machine."""

    def __init__(self) -> None:
        self._resolver: dns.resolver.Resolver | None = None
        self._silent = 0

    def __call__(self, name: str, kind: str) -> Answer:
        """Records of one kind; after three silent questions no more is asked, so that a check ends."""
        if self._silent >= MOST_SILENT:
            return Answer(status=Status.TIMEOUT)
        try:
            found = self._own().resolve(dns.name.from_text(name), kind, search=False, lifetime=SECONDS)
        except dns.resolver.NXDOMAIN:
            return Answer(status=Status.NO_NAME)
        except dns.resolver.NoAnswer:
            return Answer(status=Status.NO_DATA)
        except dns.exception.Timeout:
            self._silent += 1
            return Answer(status=Status.TIMEOUT)
        except (dns.name.LabelTooLong, dns.name.NameTooLong, dns.name.EmptyLabel):
            return Answer(status=Status.NO_NAME)
        except (dns.exception.DNSException, OSError):
            return Answer(status=Status.FAILED)
        self._silent = 0
        return Answer(status=Status.FOUND, values=tuple(value_of(one) for one in found))

    def names_below(self, name: str) -> Sequence[str]:
        """Nothing: DNS does not list names."""
        return ()

    def _own(self) -> dns.resolver.Resolver:
        """The resolver, made at the first question: a machine without name servers fails there, and only there."""
        if self._resolver is None:
            self._resolver = dns.resolver.Resolver()
        return self._resolver


def lookup_for(domain: str) -> Lookup:
    """Where a domain's entries are looked up: its zone file in TANDEM_DNS_ZONES_DIR if there is one, else DNS.

    Raises DataUnreadable for a zone file that can't be read.
    """
    file = zone_file(domain)
    if file is None:
        return NameServers()
    return ZoneFile(file.read_text(encoding="utf-8", errors="replace"), domain=domain, file=file.name)


def zone_file(domain: str) -> Path | None:
    """The zone file that is read instead of DNS for a domain; None: there is none."""
    if not settings.DNS_ZONES_DIR:
        return None
    file = Path(settings.DNS_ZONES_DIR) / f"{domain}.zone"
    return file if "/" not in domain and file.is_file() else None
