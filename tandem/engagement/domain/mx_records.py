"""Checks of where a domain's mail comes in: MX records by RFC 5321, RFC 2181 and RFC 7505."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Sequence

from tandem.engagement.domain.dns_answers import ABSENT, UNKNOWN, Answer, Lookup, Status
from tandem.engagement.domain.domain_findings import DnsRecord, Finding, FindingLevel, Topic, undecided

NULL_HOST = "."
INNER = tuple(map(ipaddress.ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "0.0.0.0/8", "fc00::/7")))
MOST_HOSTS = 20  # looked up; a domain with more is told so by the first of them


def mail_hosts(answer: Answer) -> list[str]:
    """Hosts of an MX answer, best preference first; "." for a null MX."""
    pairs = [(int(one.split(" ", 1)[0]), one.split(" ", 1)[1]) for one in answer.values if " " in one]
    return [host.rstrip(".") or NULL_HOST for _, host in sorted(pairs)]


def check_mx(domain: str, *, lookup: Lookup) -> tuple[list[Finding], list[str]]:
    """Findings, and the hosts that receive for the domain."""
    answer = lookup(domain, "MX")
    if answer.status not in ABSENT | {Status.FOUND}:
        return [undecided(Topic.MX, f"MX of {domain}", answer, source="RFC 5321, 5.1")], []
    hosts = mail_hosts(answer)
    if not hosts:
        return [_missing(domain, lookup)], []
    if NULL_HOST in hosts:
        return [_null(domain, hosts)], []
    findings = [one for host in hosts[:MOST_HOSTS] for one in _of_host(domain, host, lookup)]
    if not any(one.level in {FindingLevel.ERROR, FindingLevel.WARNING} for one in findings):
        told = f"Mail comes in at {', '.join(hosts)}."
        findings.append(_finding("mx.ok", FindingLevel.OK, told, "RFC 5321, 5.1", found="\n".join(answer.values)))
    return findings, hosts


def _finding(rule: str, level: FindingLevel, text: str, source: str, *, found: str = "", remedy: str = "",
             record: DnsRecord | None = None) -> Finding:  # fmt: skip
    return Finding(
        topic=Topic.MX, rule=rule, level=level, text=text, source=source, found=found, remedy=remedy, record=record
    )


def _wanted(domain: str) -> DnsRecord:
    return DnsRecord(name=domain, type="MX", value="10 <your mail server>")


def _missing(domain: str, lookup: Lookup) -> Finding:
    if lookup(domain, "A").status is Status.FOUND or lookup(domain, "AAAA").status is Status.FOUND:
        return _finding(
            "mx.implicit", FindingLevel.WARNING,
            f"{domain} has no MX record; mail to it goes to the address of its web site.", "RFC 5321, 5.1",
            remedy="Set an MX record, so that replies and bounces come in.", record=_wanted(domain),
        )  # fmt: skip
    return _finding(
        "mx.missing", FindingLevel.ERROR,
        f"{domain} has no MX record and no address: replies and bounces can't come in.", "RFC 5321, 5.1",
        remedy="Set an MX record.", record=_wanted(domain),
    )  # fmt: skip


def _null(domain: str, hosts: Sequence[str]) -> Finding:
    if len(hosts) > 1:
        told = f"{domain} has a null MX beside other mail servers; it must stand alone."
    else:
        told = f"{domain} says by a null MX that it takes no mail. Receivers refuse mail that nobody can answer."
    return _finding("mx.null", FindingLevel.ERROR, told, "RFC 7505, 3 and 4.2", found="0 .",
                    remedy="Replace it by the MX record of your mail server.", record=_wanted(domain))  # fmt: skip


def _of_host(domain: str, host: str, lookup: Lookup) -> Iterator[Finding]:
    if _is_address(host):
        yield _finding("mx.address", FindingLevel.ERROR, f"The MX record names the address {host}, not a host.",
                       "RFC 1035, 3.3.9", found=host, remedy="Name a host that has this address.")  # fmt: skip
        return
    if (alias := lookup(host, "CNAME")).status is Status.FOUND:
        yield _finding("mx.cname", FindingLevel.ERROR, f"{host} is an alias of {alias.values[0]}; an MX record must "
                       "name the host itself.", "RFC 2181, 10.3; RFC 5321, 5.1", found=host,
                       remedy=f"Name {alias.values[0]}.",
                       record=DnsRecord(name=domain, type="MX", value=f"10 {alias.values[0]}."))  # fmt: skip
        return
    answers = [lookup(host, "A"), lookup(host, "AAAA")]
    found = [value for answer in answers for value in answer.values]
    if not found and any(answer.status in UNKNOWN for answer in answers):
        unknown = next(answer for answer in answers if answer.status in UNKNOWN)
        yield undecided(Topic.MX, f"the address of {host}", unknown, source="RFC 5321, 5.1")
    elif not found and all(answer.status in ABSENT for answer in answers):
        told = "does not exist" if answers[0].status is Status.NO_NAME else "has no address"
        yield _finding("mx.unresolved", FindingLevel.ERROR, f"The mail server {host} {told}.", "RFC 5321, 5.1",
                       found=host, remedy="Correct its name, or remove the record.")  # fmt: skip
    elif found and all(_is_inner(one) for one in found):
        yield _finding("mx.private", FindingLevel.WARNING, f"{host} has no address that can be reached from outside: "
                       f"{', '.join(found)}.", "RFC 6890", found=host, remedy="Name a public mail server.")  # fmt: skip


def _is_inner(address: str) -> bool:
    """Whether an address means nothing outside one's own network."""
    read = ipaddress.ip_address(address)
    return read.is_loopback or read.is_link_local or any(read in network for network in INNER)


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
