"""Checks of a domain's DKIM keys by RFC 6376, RFC 8301 (key sizes) and RFC 8463 (Ed25519)."""

from __future__ import annotations

import binascii
from base64 import b64decode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from tandem.engagement.domain.dns_answers import ABSENT, Answer, Lookup, Status
from tandem.engagement.domain.domain_findings import DnsRecord, Finding, FindingLevel, Topic, undecided
from tandem.engagement.domain.tag_lists import Tags, read_tags

LEAST_BITS, GOOD_BITS = 1024, 2048
ED25519_BYTES = 32
# Names that providers and ESPs give their keys by default, from their set-up pages.
COMMON_SELECTORS = (
    "google",
    "selector1",
    "selector2",
    "default",
    "dkim",
    "mail",
    "s1",
    "s2",
    "k1",
    "k2",
    "k3",
    "mandrill",
    "mte1",
    "mte2",
    "smtp",
    "smtpapi",
    "sendgrid",
    "mailjet",
    "pm",
    "mg",
    "mailo",
    "mxvault",
    "zoho",
    "zmail",
    "protonmail",
    "protonmail2",
    "protonmail3",
    "fm1",
    "fm2",
    "fm3",
    "sig1",
    "everlytickey1",
    "hs1",
    "hs2",
    "s1-ionos",
    "s2-ionos",
    "ionos",
    "strato-dkim-0002",
    "ovhmo",
    "brevo1",
    "brevo2",
    "tandem",
    "key1",
    "key2",
    "email",
    "m1",
    "turbo-smtp",
)
UNLIKELY = "tandem-asks-whether-all-names-answer"
NO_KEY = "RFC 6376, 3.6.1"


@dataclass(slots=True, kw_only=True)
class DkimReading:
    """Selectors under which a key was found, and what is wrong with them."""

    selectors: list[str] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


def check_dkim(
    domain: str, *, lookup: Lookup, selectors: Sequence[str] = (), own: DnsRecord | None = None
) -> DkimReading:
    """Look at the keys of a domain.

    selectors : names of its keys; empty: those a zone file lists, else names that are in common use
    own : the record of the key this installation signs with; None: somebody else signs
    """
    reading = DkimReading()
    asked = list(selectors) or list(lookup.names_below(f"_domainkey.{domain}")) or list(COMMON_SELECTORS)
    wild = lookup(f"{UNLIKELY}._domainkey.{domain}", "TXT").values if not selectors else ()
    unknown: list[tuple[str, Answer]] = []
    for selector in asked:
        name = f"{selector}._domainkey.{domain}"
        answer = lookup(name, "TXT")
        if answer.status is Status.FOUND and (not wild or answer.values != wild):
            reading.selectors.append(selector)
            reading.findings += _of_selector(name, answer.values, own if own is not None and own.name == name else None)
        elif answer.status not in ABSENT | {Status.FOUND}:
            unknown.append((name, answer))
        elif selectors:
            reading.findings.append(_absent(name, answer))
    if wild:
        reading.findings.append(_wildcard(domain, wild))
    if unknown and (selectors or not reading.selectors):
        reading.findings += [undecided(Topic.DKIM, name, answer, source=NO_KEY) for name, answer in unknown[:3]]
    elif not reading.selectors and not selectors:
        reading.findings.append(_none_found(domain, len(asked)))
    return reading


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
        topic=Topic.DKIM,
        rule=rule,
        level=level,
        text=text,
        source=source,
        found=found[:600],
        remedy=remedy,
        record=record,
    )


def _absent(name: str, answer: Answer) -> Finding:
    told = "does not exist" if answer.status is Status.NO_NAME else "has no TXT record"
    return _finding(
        "dkim.missing",
        FindingLevel.ERROR,
        f"{name} {told}.",
        NO_KEY,
        remedy="Set the record your provider or the page of the domain shows, or name another selector.",
        record=DnsRecord(name=name, type="TXT", value="v=DKIM1; k=rsa; p=<your public key>"),
    )


def _none_found(domain: str, asked: int) -> Finding:
    return _finding(
        "dkim.not_found",
        FindingLevel.ERROR,
        f"{domain} has no DKIM key under {asked} names in use.",
        "RFC 6376; Google and Yahoo, rules for bulk senders",
        remedy="Set up DKIM with whoever sends your mail. If you have, name its selector.",
        record=DnsRecord(
            name=f"<selector>._domainkey.{domain}", type="TXT", value="v=DKIM1; k=rsa; p=<your public key>"
        ),
    )


def _wildcard(domain: str, values: Sequence[str]) -> Finding:
    return _finding(
        "dkim.wildcard",
        FindingLevel.WARNING,
        f"Every name below _domainkey.{domain} answers: a wildcard stands there, and its text is not taken for a key.",
        "RFC 6376, 3.6.2.2",
        found=values[0] if values else "",
        remedy="Remove the wildcard.",
    )


def _of_selector(name: str, values: Sequence[str], own: DnsRecord | None) -> Iterator[Finding]:
    if len(values) > 1:
        yield _finding(
            "dkim.multiple",
            FindingLevel.ERROR,
            f"{name} has {len(values)} TXT records; which one counts is left to chance.",
            "RFC 6376, 3.6.2.2",
            found="\n".join(values),
            remedy="Keep the key alone.",
        )
        return
    found = list(_of_key(name, values[0]))
    if own is not None and _key_of(own.value) != _key_of(values[0]):
        found.append(
            _finding(
                "dkim.other_key",
                FindingLevel.ERROR,
                f"The key at {name} is not the one this installation signs with.",
                "RFC 6376, 6.1",
                found=values[0],
                remedy="Set the record as shown.",
                record=own,
            )
        )
    yield from found
    if all(one.level is FindingLevel.ADVICE for one in found):
        told = f"{name} holds {_key_words(read_tags(values[0]))}."
        yield _finding("dkim.ok", FindingLevel.OK, told, "RFC 6376; RFC 8301", found=values[0])


def _key_of(record: str) -> str:
    return "".join(read_tags(record).get("p").split())


def _of_key(name: str, record: str) -> Iterator[Finding]:
    tags = read_tags(record)
    if fault := _syntax_fault(record, tags):
        yield _finding(
            "dkim.syntax",
            FindingLevel.ERROR,
            f"{name}: {fault}.",
            NO_KEY,
            found=record,
            remedy="Copy the record anew, in one piece or in strings of at most 255 letters.",
        )
        return
    if not tags.get("p"):
        yield _finding(
            "dkim.revoked",
            FindingLevel.ERROR,
            f"The key at {name} is revoked: p= is empty.",
            NO_KEY,
            found=record,
            remedy="Sign with another selector, or set the key again.",
        )
        return
    yield from _of_size(name, record, tags)
    yield from _of_use(name, record, tags)


def _of_use(name: str, record: str, tags: Tags) -> Iterator[Finding]:
    """For what the owner lets the key be used: tests, hashes, services."""
    flags = {flag.strip() for flag in tags.get("t").split(":")}
    if "y" in flags:
        yield _finding(
            "dkim.test_mode",
            FindingLevel.WARNING,
            f"The key at {name} is marked as a test (t=y): receivers treat the mail as unsigned.",
            NO_KEY,
            found=record,
            remedy="Take t=y out.",
            record=DnsRecord(name=name, type="TXT", value=_without_test(record)),
        )
    hashes = {one.strip() for one in tags.get("h").split(":")} - {""}
    if hashes and "sha256" not in hashes:
        yield _finding(
            "dkim.sha1",
            FindingLevel.ERROR,
            f"{name} allows no hash but {', '.join(sorted(hashes))}.",
            "RFC 8301, 3.1",
            found=record,
            remedy="Take h= out.",
        )
    services = {one.strip() for one in tags.get("s", "*").split(":")}
    if not services & {"*", "email"}:
        yield _finding(
            "dkim.other_service",
            FindingLevel.ERROR,
            f"The key at {name} is not for mail: s={tags.get('s')}.",
            NO_KEY,
            found=record,
            remedy="Take s= out.",
        )


def _syntax_fault(record: str, tags: Tags) -> str:
    if not record.isascii():
        return "it has letters outside ASCII"
    if tags.faults:
        return tags.faults[0]
    if "p" not in tags.values:
        return "there is no p= tag, which holds the key"
    if "v" in tags.values and (tags.get("v") != "DKIM1" or next(iter(tags.values)) != "v"):
        return "v=DKIM1 comes first and is written so"
    if tags.get("k", "rsa") not in {"rsa", "ed25519"}:
        return f"k={tags.get('k')} is no kind of key that receivers know"
    try:
        _bits(tags)
    except ValueError as error:
        return str(error)
    return ""


def _bits(tags: Tags) -> int:
    """Size of the key; 0: revoked. Raises ValueError for what is no key."""
    try:
        raw = b64decode("".join(tags.get("p").split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError("p= is no base64; a letter is missing or too much") from error
    if not raw:
        return 0
    if tags.get("k", "rsa") == "ed25519":
        if len(raw) != ED25519_BYTES:
            raise ValueError(f"an Ed25519 key has {ED25519_BYTES} bytes, this one {len(raw)}")
        return 8 * len(raw)
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    try:
        key = load_der_public_key(raw)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise ValueError("p= holds no RSA key; part of it may be cut off") from error
    if not isinstance(key, RSAPublicKey):
        raise ValueError("p= holds a key of another kind than k= says")
    return key.key_size


def _of_size(name: str, record: str, tags: Tags) -> Iterator[Finding]:
    bits = _bits(tags)
    if tags.get("k", "rsa") == "ed25519":
        yield _finding(
            "dkim.ed25519",
            FindingLevel.ADVICE,
            f"{name} holds an Ed25519 key, which many receivers do not read yet.",
            "RFC 8463",
            found=record,
            remedy="Sign with an RSA key as well.",
        )
    elif bits < LEAST_BITS:
        yield _finding(
            "dkim.short_key",
            FindingLevel.ERROR,
            f"The key at {name} has {bits} bits; receivers refuse less than {LEAST_BITS}.",
            "RFC 8301, 3.2",
            found=record,
            remedy=f"Make a new key of {GOOD_BITS} bits under a new selector.",
        )
    elif bits < GOOD_BITS:
        yield _finding(
            "dkim.small_key",
            FindingLevel.WARNING,
            f"The key at {name} has {bits} bits; {GOOD_BITS} are asked for.",
            "RFC 8301, 3.2",
            found=record,
            remedy=f"Make a new key of {GOOD_BITS} bits under a new selector.",
        )


def _key_words(tags: Tags) -> str:
    return "an Ed25519 key" if tags.get("k") == "ed25519" else f"an RSA key of {_bits(tags)} bits"


def _without_test(record: str) -> str:
    kept = [part.strip() for part in record.split(";") if part.strip()]
    flags = [part for part in kept if part.partition("=")[0].strip() == "t"]
    rest = (
        ":".join(flag for flag in flags[0].partition("=")[2].strip().split(":") if flag.strip() != "y") if flags else ""
    )
    return "; ".join(f"t={rest}" if part in flags else part for part in kept if part not in flags or rest)
