"""Checks of a domain's DMARC policy by RFC 7489 and RFC 9989, which replaced it in May 2026.

The new RFC took out pct, rf and ri, reads a record without p= as p=none, and finds the policy of a subdomain by walking
up the tree. Receivers of both kinds are about: what only one of them understands is told as such.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import unquote, urlsplit

from tandem.engagement.domain.dns_answers import ABSENT, Lookup, Status
from tandem.engagement.domain.domain_findings import DnsRecord, Finding, FindingLevel, Topic, undecided
from tandem.engagement.domain.tag_lists import Tags, has_version, read_tags

POLICIES = ("none", "quarantine", "reject")
KNOWN = frozenset("v p sp np adkim aspf fo rua ruf pct rf ri t psd".split())
RETIRED = ("pct", "rf", "ri")
LONGEST_WALK = 8  # labels, RFC 9989, 4.10
FAILURE_OPTIONS = frozenset("01ds")
MOST_REPORTS = 10  # destinations looked up


@dataclass(slots=True, kw_only=True)
class DmarcReading:
    """The policy in force.

    record : None: none, several, or not asked
    at : the domain whose record it is: the domain itself or one above
    policy : what it asks for mail of the domain; empty: nothing readable
    """

    record: str | None = None
    at: str = ""
    policy: str = ""
    tags: Tags | None = None
    findings: list[Finding] = field(default_factory=list)

    @property
    def is_enforced(self) -> bool:
        """Whether receivers are asked to act on all mail that fails, as BIMI wants it."""
        tags = self.tags
        if tags is None or self.policy not in POLICIES[1:] or tags.get("sp") == "none" or tags.get("t") == "y":
            return False
        return tags.get("pct", "100") == "100"


def check_dmarc(domain: str, *, lookup: Lookup) -> DmarcReading:
    """Find the policy of a domain, its own or that of a domain above, and read it."""
    reading = DmarcReading()
    for at in _walk(domain):
        answer = lookup(f"_dmarc.{at}", "TXT")
        if answer.status not in ABSENT | {Status.FOUND}:
            if at == domain or answer.status is not Status.OUTSIDE:
                reading.findings.append(undecided(Topic.DMARC, f"_dmarc.{at}", answer, source="RFC 9989, 4.10"))
                return reading
            continue
        records = [one for one in answer.values if has_version(one, "DMARC1")]
        if len(records) > 1:
            reading.findings.append(_multiple(at, records))
            return reading
        if records:
            _read(reading, domain, at, records[0], lookup)
            return reading
        if at == domain and answer.values:
            reading.findings.append(_nearly(domain, answer.values))
    reading.findings.append(_missing(domain))
    return reading


def _walk(domain: str) -> Iterator[str]:
    """The domain and those above it, without the top one; long names jump as RFC 9989 says."""
    labels = domain.split(".")
    yield domain
    above = labels[1:] if len(labels) <= LONGEST_WALK else labels[-(LONGEST_WALK - 1) :]
    for start in range(len(above) - 1):
        yield ".".join(above[start:])


def _finding(
    rule: str,
    level: FindingLevel,
    text: str,
    source: str,
    *,
    found: str = "",
    remedy: str = "",
    record: DnsRecord | None = None,
) -> Finding:
    return Finding(
        topic=Topic.DMARC, rule=rule, level=level, text=text, source=source, found=found, remedy=remedy, record=record
    )


def _wanted(domain: str) -> DnsRecord:
    return DnsRecord(name=f"_dmarc.{domain}", type="TXT", value=f"v=DMARC1; p=quarantine; rua=mailto:dmarc@{domain}")


def _missing(domain: str) -> Finding:
    return _finding(
        "dmarc.missing",
        FindingLevel.ERROR,
        f"{domain} has no DMARC record, nor has a domain above it.",
        "RFC 9989, 4.10; Google, Yahoo and Microsoft, rules for bulk senders",
        remedy="Set one. Begin with p=none while you watch the reports, then go on to quarantine.",
        record=_wanted(domain),
    )


def _nearly(domain: str, values: Sequence[str]) -> Finding:
    return _finding(
        "dmarc.no_record",
        FindingLevel.WARNING,
        f"The text at _dmarc.{domain} is no DMARC record: it must begin with v=DMARC1, written so.",
        "RFC 9989, 4.7",
        found="\n".join(one[:300] for one in values[:3]),
        remedy="Replace it.",
        record=_wanted(domain),
    )


def _multiple(at: str, records: Sequence[str]) -> Finding:
    return _finding(
        "dmarc.multiple",
        FindingLevel.ERROR,
        f"_dmarc.{at} has {len(records)} DMARC records; receivers then act as if there were none.",
        "RFC 9989, 4.10.1",
        found="\n".join(records),
        remedy="Keep one.",
        record=DnsRecord(name=f"_dmarc.{at}", type="TXT", value=records[0]),
    )


def _read(reading: DmarcReading, domain: str, at: str, record: str, lookup: Lookup) -> None:
    tags = read_tags(record)
    reading.record, reading.at, reading.tags = record, at, tags
    own = tags.get("p").lower()
    reading.policy = own if at == domain else (tags.get("sp") or own).lower()
    reading.findings += _of_syntax(at, record, tags)
    reading.findings += _of_policy(reading, domain, tags)
    reading.findings += _of_alignment(at, record, tags)
    reading.findings += _of_reports(at, record, tags, lookup)
    if not any(one.level in {FindingLevel.ERROR, FindingLevel.WARNING} for one in reading.findings):
        told = f"Receivers are asked to {_asked(reading.policy)} mail that only claims to be from {domain}."
        reading.findings.append(_finding("dmarc.ok", FindingLevel.OK, told, "RFC 9989", found=record))


def _asked(policy: str) -> str:
    return {"reject": "refuse", "quarantine": "put aside"}.get(policy, "watch")


def _of_syntax(at: str, record: str, tags: Tags) -> Iterator[Finding]:
    for fault in tags.faults:
        yield _finding(
            "dmarc.syntax",
            FindingLevel.WARNING,
            f"{fault}.",
            "RFC 9989, 4.8",
            found=record,
            remedy="Mend it: receivers stop reading or pass it over, each in its own way.",
        )
    for name in tags.values:
        if name not in KNOWN:
            yield _finding(
                "dmarc.unknown_tag",
                FindingLevel.ADVICE,
                f"{name}= means nothing to receivers.",
                "RFC 9989, 4.7",
                found=record,
                remedy="Correct its name, or remove it.",
            )
    yield from _of_share(at, record, tags)
    if tags.get("t").lower() == "y":
        yield _finding(
            "dmarc.test_mode",
            FindingLevel.WARNING,
            "t=y: receivers are asked not to act yet.",
            "RFC 9989, 4.7",
            found=record,
            remedy="Remove t=y.",
            record=_with(at, tags, t=None),
        )


def _of_share(at: str, record: str, tags: Tags) -> Iterator[Finding]:
    """Tags that the newer standard took out, pct= among them."""
    retired = [name for name in RETIRED if name in tags.values]
    if retired:
        told = ", ".join(f"{name}=" for name in retired)
        yield _finding(
            "dmarc.retired_tag",
            FindingLevel.ADVICE,
            f"{told}: RFC 9989 took this out; newer receivers pass it over.",
            "RFC 9989, appendix C",
            found=record,
            remedy="Remove it.",
        )
    pct = tags.get("pct", "100")
    if not (pct.isascii() and pct.isdecimal() and int(pct[:9]) <= 100):
        yield _finding(
            "dmarc.pct",
            FindingLevel.ERROR,
            f"pct={pct} is no share from 0 to 100.",
            "RFC 7489, 6.3",
            found=record,
            remedy="Remove pct=.",
        )
    elif int(pct) < 100:
        yield _finding(
            "dmarc.pct",
            FindingLevel.WARNING,
            f"Only {int(pct)} % of the mail that fails is treated as asked.",
            "RFC 7489, 6.3",
            found=record,
            remedy="Remove pct=.",
            record=_with(at, tags, pct=None),
        )


def _with(at: str, tags: Tags, **changes: str | None) -> DnsRecord:
    """The record with some tags set anew, or taken out (None)."""
    values = {name: value for name, value in {**tags.values, **changes}.items() if value is not None}
    return DnsRecord(
        name=f"_dmarc.{at}", type="TXT", value="; ".join(f"{name}={value}" for name, value in values.items())
    )


def _of_policy(reading: DmarcReading, domain: str, tags: Tags) -> Iterator[Finding]:
    record, at = reading.record or "", reading.at
    if at != domain:
        yield _finding(
            "dmarc.inherited",
            FindingLevel.ADVICE,
            f"{domain} has no record of its own; that of {at} holds.",
            "RFC 9989, 4.10",
            found=record,
            remedy="Set one, so that its reports come by themselves.",
            record=_wanted(domain),
        )
    for name in ("p", "sp", "np"):
        said = tags.get(name)
        if said and said.lower() not in POLICIES:
            yield _finding(
                "dmarc.policy",
                FindingLevel.ERROR,
                f"{name}={said} is no policy.",
                "RFC 9989, 4.7",
                found=record,
                remedy="Say none, quarantine or reject.",
                record=_with(at, tags, **{name: "quarantine"}),
            )
    yield from _of_strength(reading, domain, tags)


def _of_strength(reading: DmarcReading, domain: str, tags: Tags) -> Iterator[Finding]:
    """Whether anything happens to mail that fails."""
    record, at = reading.record or "", reading.at
    if "p" not in tags.values:
        yield _finding(
            "dmarc.no_policy",
            FindingLevel.ERROR,
            "The record has no p=; older receivers pass it over, newer ones take it for none.",
            "RFC 7489, 6.3; RFC 9989, 4.7",
            found=record,
            remedy="Add p=.",
            record=DnsRecord(name=f"_dmarc.{at}", type="TXT", value=_with_policy(tags)),
        )
    elif reading.policy == "none":
        yield _finding(
            "dmarc.none",
            FindingLevel.WARNING,
            f"Nothing happens to mail that only claims to be from {domain}.",
            "RFC 9989, 5.1",
            found=record,
            record=_with(at, tags, p="quarantine", sp=None),
            remedy="Once the reports show all your mail aligned, go on to quarantine.",
        )
    elif at == domain and tags.get("sp").lower() == "none":
        yield _finding(
            "dmarc.open_subdomains",
            FindingLevel.WARNING,
            f"sp=none: anyone may use names below {domain}.",
            "RFC 9989, 4.7",
            found=record,
            remedy="Remove sp=.",
            record=_with(at, tags, sp=None),
        )


def _with_policy(tags: Tags) -> str:
    rest = [f"{name}={value}" for name, value in tags.values.items() if name != "v"]
    return "; ".join(["v=DMARC1", "p=quarantine", *rest])


def _of_alignment(at: str, record: str, tags: Tags) -> Iterator[Finding]:
    for name, words in (("adkim", "the domain that signs"), ("aspf", "the return path")):
        said = tags.get(name, "r")
        if said not in {"r", "s"}:
            yield _finding(
                "dmarc.alignment",
                FindingLevel.ERROR,
                f"{name}={said} is neither r nor s.",
                "RFC 9989, 4.7",
                found=record,
                remedy="Say r, or remove it.",
                record=_with(at, tags, **{name: "r"}),
            )
        elif said == "s":
            yield _finding(
                "dmarc.strict",
                FindingLevel.ADVICE,
                f"{name}=s: {words} must be {at} itself; a name below it, as many ESPs use, does not count.",
                "RFC 9989, 4.4",
                found=record,
                remedy="Keep it only if your mail shows as aligned in the reports.",
            )
    options = [one.strip() for one in tags.get("fo", "0").split(":")]
    if any(one not in FAILURE_OPTIONS or len(one) != 1 for one in options):
        yield _finding(
            "dmarc.fo",
            FindingLevel.ADVICE,
            f"fo={tags.get('fo')} is read as 0.",
            "RFC 9989, 4.7",
            found=record,
            remedy="Use 0, 1, d and s, with colons between.",
        )


def _of_reports(at: str, record: str, tags: Tags, lookup: Lookup) -> Iterator[Finding]:
    if not tags.get("rua"):
        yield _finding(
            "dmarc.no_reports",
            FindingLevel.WARNING,
            "There is no rua=: nobody tells you what leaves in your name.",
            "RFC 9989, 4.7",
            found=record,
            remedy="Add an address for reports.",
            record=_with(at, tags, rua=f"mailto:dmarc@{at}"),
        )
    destinations = [(name, uri.strip()) for name in ("rua", "ruf") for uri in tags.get(name).split(",") if uri.strip()]
    for name, uri in destinations[:MOST_REPORTS]:
        yield from _of_destination(at, record, name, uri, lookup)


def _of_destination(at: str, record: str, name: str, uri: str, lookup: Lookup) -> Iterator[Finding]:
    to = _mail_domain(uri)
    if not to:
        yield _finding(
            "dmarc.report_address",
            FindingLevel.WARNING,
            f"{name}={uri[:120]} is no mailto: address.",
            "RFC 9990, 3.5",
            found=record,
            remedy=f"Write {name}=mailto:dmarc@{at}.",
        )
        return
    if _is_family(at, to):
        return
    asked = f"{at}._report._dmarc.{to}"
    answer = lookup(asked, "TXT")
    if answer.status is Status.OUTSIDE:
        yield _finding(
            "dmarc.external_not_asked",
            FindingLevel.ADVICE,
            f"Whether {to} takes reports about {at} is not in the zone file.",
            "RFC 9990, 4",
            found=record,
            remedy=f"Look at {asked} in DNS.",
        )
    elif answer.status not in ABSENT | {Status.FOUND}:
        yield undecided(Topic.DMARC, asked, answer, source="RFC 9990, 4")
    elif not any(has_version(one, "DMARC1") for one in answer.values):
        yield _finding(
            "dmarc.external_not_authorised",
            FindingLevel.WARNING,
            f"{to} has not agreed to take reports about {at}: receivers send none there.",
            "RFC 9990, 4; RFC 7489, 7.1",
            found=record,
            remedy=f"Whoever owns {to} sets the record, or you name another address.",
            record=DnsRecord(name=asked, type="TXT", value="v=DMARC1"),
        )


def _mail_domain(uri: str) -> str:
    """Domain of a mailto: URI, an old size suffix ("!10m") left out; empty: it is none."""
    try:
        parts = urlsplit(uri.partition("!")[0])
    except ValueError:
        return ""
    local, _, domain = unquote(parts.path).rpartition("@")
    fits = parts.scheme.lower() == "mailto" and bool(local) and "." in domain.strip(".")
    return domain.strip().rstrip(".").lower() if fits else ""


def _is_family(one: str, other: str) -> bool:
    """Whether two domains share their organisation's domain."""
    registered = _registered()
    ends = {registered(domain).top_domain_under_public_suffix or domain for domain in (one, other)}
    return len(ends) == 1


@cache
def _registered() -> Any:
    """Reads the public suffix list that is packed with the library: once, for it takes half a second."""
    import tldextract

    return tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)
