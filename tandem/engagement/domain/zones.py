"""A zone file (RFC 1035 master file) in the place of DNS: answers what its server would."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import dns.exception
import dns.name
import dns.rdataclass
import dns.rdatatype
import dns.tokenizer
import dns.zonefile

from tandem.core.errors import DataUnreadable
from tandem.engagement.domain.dns_answers import Answer, Status

LONGEST_TEXT = 5_000_000  # characters
LONGEST_CHAIN = 8  # CNAMEs, as resolvers follow them
DIRECTIVES = {"$ORIGIN", "$TTL"}  # $INCLUDE reads other files, $GENERATE makes endless names
DEFAULT_TTL = 3600
PLACE = re.compile(r"^.*?:(\d+):\s*(.*)$", re.DOTALL)
ALIAS = "is an alias and has other records as well"
TOO_LONG = "string too long"  # as the parser says it
KNOWN_LATE = (ALIAS, TOO_LONG, "newline in quoted string")  # only once the line has been read to its end
Kinds = dict[dns.rdatatype.RdataType, list[Any]]


class ZoneFile:
    """Answers from the text of a zone file.

    Names it holds, and names below its apexes (the names with an SOA record, and the domain itself), are answered as a
    server would, wildcards and empty non-terminals included (RFC 4592). All others are outside.
    """

    def __init__(self, text: str, *, domain: str, file: str = "zone file") -> None:
        """domain : relative names are below it, until an $ORIGIN says otherwise.

        Raises DataUnreadable with the line for text that is no zone file.
        """
        self._nodes = _read(text, domain, file)
        self._names = set(self._nodes)
        self._below: dict[dns.name.Name, set[dns.name.Name]] = {}
        for name in self._nodes:
            self._hang(name)
        soa = [name for name in self._nodes if self._records(name, "SOA")]
        self._apexes = (*soa, dns.name.from_text(domain))

    def __call__(self, name: str, kind: str) -> Answer:
        """Records under a name; CNAMEs are followed inside the file."""
        try:
            at = dns.name.from_text(name)
        except dns.exception.DNSException:
            return Answer(status=Status.NO_NAME)
        for _ in range(LONGEST_CHAIN):
            node = self._node_of(at)
            if node is None:
                return Answer(status=Status.NO_NAME if self._is_inside(at) else Status.OUTSIDE)
            if found := self._records(node, kind):
                return Answer(status=Status.FOUND, values=tuple(value_of(one) for one in found))
            alias = self._records(node, "CNAME")
            if not alias or kind == "CNAME":
                return Answer(status=Status.NO_DATA)
            at = alias[0].target
        return Answer(status=Status.FAILED)

    def names_below(self, name: str) -> Sequence[str]:
        """First labels of the names directly below, wildcards left out."""
        found = self._below.get(dns.name.from_text(name), set())
        labels = (one.labels[0].decode("ascii", "replace") for one in found)
        return sorted(label for label in labels if label != "*")

    def _records(self, name: dns.name.Name, kind: str) -> list[Any]:
        return self._nodes.get(name, {}).get(dns.rdatatype.from_text(kind), [])

    def _hang(self, name: dns.name.Name) -> None:
        """Note a name below its parents, which exist by it."""
        while len(name.labels) > 1:
            parent = name.parent()
            self._below.setdefault(parent, set()).add(name)
            if len(parent.labels) > 1:
                self._names.add(parent)
            name = parent

    def _node_of(self, name: dns.name.Name) -> dns.name.Name | None:
        """The name itself, or the wildcard that stands for it; None: neither."""
        if name in self._names:
            return name
        encloser = name
        while len(encloser.labels) > 1:
            encloser = encloser.parent()
            if encloser in self._names:
                wild = dns.name.Name((b"*", *encloser.labels))
                return wild if wild in self._nodes else None
        return None

    def _is_inside(self, name: dns.name.Name) -> bool:
        return any(name.is_subdomain(apex) for apex in self._apexes)


def value_of(rdata: object) -> str:
    """A record's data as text: TXT strings put together, MX as "10 host", names without the last dot."""
    strings = getattr(rdata, "strings", None)
    if strings is not None:
        return b"".join(strings).decode("utf-8", "replace")
    told = str(rdata)
    return told[:-1] if told.endswith(".") and told != "." and not told.endswith(" .") else told


class _Collected(dns.zonefile.RRsetsReaderTransaction):
    """Takes records as they are read, of any number of zones."""

    def __init__(self) -> None:
        super().__init__(dns.zonefile.RRSetsReaderManager(), True, False)  # type: ignore[no-untyped-call]
        self.nodes: dict[dns.name.Name, Kinds] = {}

    def add(self, *args: Any) -> None:
        """Keep one record: name, TTL, data. Data given twice counts once, as on a server."""
        name, _, rdata = args
        kinds = self.nodes.setdefault(name, {})
        if dns.rdatatype.CNAME in {rdata.rdtype, *kinds} and set(kinds) != {rdata.rdtype} and kinds:
            raise dns.exception.SyntaxError(f"{name} {ALIAS}")  # type: ignore[no-untyped-call]
        known = kinds.setdefault(rdata.rdtype, [])
        if rdata not in known:
            known.append(rdata)


def _read(text: str, domain: str, file: str) -> dict[dns.name.Name, Kinds]:
    if len(text) > LONGEST_TEXT:
        told = f"{file} has {len(text):,} characters."
        raise DataUnreadable(told, hint=f"At most {LONGEST_TEXT:,}.", code="zone.size")
    head = f"$ORIGIN {dns.name.from_text(domain)}\n"
    found = _Collected()
    try:
        dns.zonefile.Reader(
            dns.tokenizer.Tokenizer(head + text), dns.rdataclass.IN, found, allow_directives=DIRECTIVES,
            default_ttl=DEFAULT_TTL,
        ).read()  # fmt: skip
    except (dns.exception.DNSException, ValueError, UnicodeError) as error:
        line, told = _place(str(error))
        raise DataUnreadable(
            f"{file} can't be read as a zone file: {told or type(error).__name__}.",
            hint="Master file form is described in RFC 1035, section 5; $ORIGIN and $TTL are understood, no other "
            "directive.",
            code="zone.syntax",
            context={"file": file, "line": line},
        ) from error
    return found.nodes


def _place(told: str) -> tuple[int | None, str]:
    """Line in the caller's text, which begins below a line of ours, and the rest of what the parser said."""
    found = PLACE.match(told)
    if found is None:
        return None, told
    has_read_on = found[2].endswith(KNOWN_LATE)
    words = "a string has at most 255 letters; split it into several" if found[2] == TOO_LONG else found[2]
    return max(1, int(found[1]) - 1 - has_read_on), words
