"""SPF records read into terms by the grammar of RFC 7208, section 12."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass

VERSION = re.compile(r"v=spf1(?= |$)", re.IGNORECASE)
NEARLY = re.compile(r"\s*[\"']?\s*(v\s*=\s*spf|spf[12][./ ])", re.IGNORECASE)
MECHANISM = re.compile(r"([+\-?~]?)(all|include|a|mx|ptr|ip4|ip6|exists)(?=[:/]|$)(.*)", re.IGNORECASE | re.DOTALL)
MODIFIER = re.compile(r"([a-z][a-z0-9\-_.]*)=(.*)", re.IGNORECASE | re.DOTALL)
MACROS = re.compile(r"%(?:\{[slodiphcrtv][0-9]*r?[.\-+,/_=]*\}|%|_|-)", re.IGNORECASE)
LABELS = re.compile(r"[a-z0-9_](?:[a-z0-9_\-]{0,61}[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_\-]{0,61}[a-z0-9_])?)*\.?", re.I)
CIDR = re.compile(r"(?:/(\d{1,2}))?(?://(\d{1,3}))?")
LONGEST_V4, LONGEST_V6 = 32, 128
TARGET_NEEDED = frozenset({"include", "exists"})
ASKS_DNS = frozenset({"include", "a", "mx", "ptr", "exists"})
LONGEST_NAME = 253


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """One mechanism or modifier.

    name : "include", "redirect" ..., in small letters
    qualifier : "+", "-", "~" or "?"; empty for modifiers
    target : domain or network as written; empty: the domain itself
    fault : why it breaks the grammar; empty: it does not
    """

    text: str
    name: str
    qualifier: str = ""
    target: str = ""
    fault: str = ""

    @property
    def asks_dns(self) -> bool:
        """Whether a receiver must ask name servers for it."""
        return self.name in ASKS_DNS or (self.name == "redirect" and not self.qualifier)

    @property
    def has_macro(self) -> bool:
        """Whether its target depends on the mail."""
        return "%" in self.target


def is_spf(text: str) -> bool:
    """Whether a TXT record is an SPF record (RFC 7208, 4.5)."""
    return VERSION.match(text) is not None


def is_nearly_spf(text: str) -> bool:
    """Whether a TXT record was meant to be one and is not, e.g. "v=spf1;..." or "spf2.0/pra"."""
    return not is_spf(text) and NEARLY.match(text) is not None


def read_terms(record: str) -> tuple[Term, ...]:
    """The terms of an SPF record in their order, each with its fault."""
    return tuple(_term(text) for text in record[len("v=spf1") :].split(" ") if text)


def _term(text: str) -> Term:
    if not text.isascii() or not text.isprintable():
        return Term(text=text, name="", fault="it has letters outside ASCII")
    if found := MECHANISM.fullmatch(text):
        return _mechanism(text, found[1] or "+", found[2].lower(), found[3])
    if found := MODIFIER.fullmatch(text):
        name = found[1].lower()
        fault = _name_fault(found[2]) if name in {"redirect", "exp"} else ""
        return Term(text=text, name=name, target=found[2], fault=fault)
    return Term(text=text, name="", fault="there is no such mechanism")


def _mechanism(text: str, qualifier: str, name: str, rest: str) -> Term:
    if name == "all":
        return Term(text=text, name=name, qualifier=qualifier, fault="all takes nothing after it" if rest else "")
    if name in {"ip4", "ip6"}:
        target = rest.removeprefix(":")
        fault = _network_fault(name, target) if rest.startswith(":") else "it needs an address"
        return Term(text=text, name=name, qualifier=qualifier, target=target, fault=fault)
    target, slash, lengths = (rest.removeprefix(":"), "", "") if name not in {"a", "mx"} else _split(rest)
    fault = _cidr_fault(slash + lengths)
    if rest.startswith(":"):
        fault = fault or _name_fault(target)
    elif name in TARGET_NEEDED:
        fault = "it needs a domain"
    elif rest and not slash:
        fault = "a colon and a domain may follow, nothing else"
    return Term(text=text, name=name, qualifier=qualifier, target=target, fault=fault)


def _split(rest: str) -> tuple[str, str, str]:
    """Target and prefix lengths of an a or mx mechanism; a slash inside a macro belongs to the macro."""
    at = MACROS.sub(lambda found: "_" * len(found[0]), rest).find("/")
    target, lengths = (rest, "") if at < 0 else (rest[:at], rest[at:])
    return target.removeprefix(":"), "" if at < 0 else "/", lengths[1:]


def _cidr_fault(text: str) -> str:
    found = CIDR.fullmatch(text)
    if found is None:
        return f"{text} is no prefix length"
    if int(found[1] or 0) > LONGEST_V4 or int(found[2] or 0) > LONGEST_V6:
        return f"{text} is longer than an address"
    return ""


def _network_fault(name: str, target: str) -> str:
    try:
        network = ipaddress.ip_network(target, strict=False)
    except ValueError:
        return f"{target} is no address or network"
    return "" if network.version == int(name[-1]) else f"{target} is of the other kind"


def _name_fault(target: str) -> str:
    if not target:
        return "it needs a domain"
    plain = MACROS.sub("m", target)
    if "%" in plain:
        return f"{target} holds a macro nobody knows"
    if len(plain) > LONGEST_NAME or not LABELS.fullmatch(plain):
        return f"{target} is no domain"
    return ""


def joined(terms: Sequence[str]) -> str:
    """A record of terms, without repeats; what says "all" comes last."""
    unique = list(dict.fromkeys(terms))
    ends = [one for one in unique if one.lstrip("+-~?").lower() == "all"]
    return " ".join(["v=spf1", *(one for one in unique if one not in ends), ends[-1] if ends else "~all"])
