"""Checks of a domain's SPF record by RFC 7208, all includes and redirects followed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from tandem.engagement.domain.dns_answers import ABSENT, UNKNOWN, Answer, Lookup, Status
from tandem.engagement.domain.domain_findings import DnsRecord, Finding, FindingLevel, Topic, undecided
from tandem.engagement.domain.spf_terms import Term, is_nearly_spf, is_spf, joined, read_terms

MOST_LOOKUPS, MOST_VOID, MOST_MX = 10, 2, 10  # RFC 7208, 4.6.4
STOP_AFTER = 60  # look-ups; nobody needs to know by how much a record is over
LONGEST_ANSWER = 450  # RFC 7208, 3.4: so that the answer fits into 512 bytes
SOFT = "~all"


@dataclass(slots=True, kw_only=True)
class SpfReading:
    """What following a record brought to light.

    record : None: there is none, several, or it could not be asked
    lookups, void : by RFC 7208, 4.6.4
    included : domains reached by include or redirect
    """

    record: str | None = None
    lookups: int = 0
    void: int = 0
    included: set[str] = field(default_factory=set)
    findings: list[Finding] = field(default_factory=list)


def check_spf(domain: str, *, lookup: Lookup, includes: Sequence[str] = (), guessed: Sequence[str] = ()) -> SpfReading:
    """Read the domain's record and all it leads to.

    includes : what providers that send for the domain ask to include, e.g. "_spf.google.com"
    guessed : the same of the provider that receives for it, which very likely sends for it too
    """
    reading = SpfReading()
    answer = lookup(domain, "TXT")
    if answer.status not in ABSENT | {Status.FOUND}:
        reading.findings.append(undecided(Topic.SPF, f"TXT of {domain}", answer, source="RFC 7208, 4.4"))
        return reading
    records = [one for one in answer.values if is_spf(one)]
    if len(records) != 1:
        reading.findings.append(_none_or_many(domain, records, answer.values, [*includes, *guessed]))
        return reading
    reading.record = records[0]
    terms = read_terms(records[0])
    _Walk(reading, lookup, domain).follow(domain, terms, ())
    reading.findings += _of_record(domain, records[0], terms)
    reading.findings += _of_limits(domain, records[0], reading)
    for level, wanted in ((FindingLevel.ERROR, includes), (FindingLevel.WARNING, guessed)):
        reading.findings += _of_includes(domain, records[0], terms, reading, wanted, level)
    if not any(one.level is not FindingLevel.OK for one in reading.findings):
        told = f"One record, {reading.lookups} of {MOST_LOOKUPS} look-ups."
        reading.findings.append(_finding("spf.ok", FindingLevel.OK, told, "RFC 7208", found=records[0]))
    return reading


def _finding(rule: str, level: FindingLevel, text: str, source: str, *, found: str = "", remedy: str = "",
             record: DnsRecord | None = None, is_undecided: bool = False) -> Finding:  # fmt: skip
    return Finding(
        topic=Topic.SPF, rule=rule, level=level, text=text, source=source, found=found, remedy=remedy, record=record,
        is_undecided=is_undecided,
    )  # fmt: skip


def _set(domain: str, terms: Sequence[str]) -> DnsRecord:
    return DnsRecord(name=domain, type="TXT", value=joined(terms))


def _none_or_many(domain: str, records: Sequence[str], all_txt: Sequence[str], includes: Sequence[str]) -> Finding:
    wanted = [f"include:{one}" for one in includes] or ["mx"]
    if records:
        terms = [term.text for record in records for term in read_terms(record) if not term.fault]
        return _finding(
            "spf.multiple", FindingLevel.ERROR,
            f"{domain} has {len(records)} SPF records. Receivers take that for an error, and none of them counts.",
            "RFC 7208, 4.5", found="\n".join(records), remedy="Keep one record with the terms of all.",
            record=_set(domain, terms),
        )  # fmt: skip
    nearly = [one for one in all_txt if is_nearly_spf(one)]
    told = f"; {nearly[0][:80]!r} is not one, a record begins with 'v=spf1' and a blank" if nearly else ""
    return _finding(
        "spf.missing", FindingLevel.ERROR, f"{domain} has no SPF record{told}.", "RFC 7208, 4.5; Google and Yahoo",
        found="\n".join(nearly), remedy="Set one that names every server that sends for the domain.",
        record=_set(domain, [*wanted, SOFT]),
    )  # fmt: skip


class _Walk:
    """Follows a record as a receiver would, and counts what it asks."""

    def __init__(self, reading: SpfReading, lookup: Lookup, domain: str) -> None:
        self.reading, self.lookup, self.domain = reading, lookup, domain

    def add(self, rule: str, level: FindingLevel, text: str, source: str, **more: str) -> None:
        """Note a finding once."""
        made = _finding(rule, level, text, source, **more)  # type: ignore[arg-type]
        if made not in self.reading.findings:
            self.reading.findings.append(made)

    def follow(self, domain: str, terms: Sequence[Term], above: tuple[str, ...]) -> None:
        """Ask what the terms of a domain's record ask. above : domains whose records led here."""
        path = (*above, domain.lower())
        has_all = any(term.name == "all" for term in terms)
        for term in terms:
            if term.fault:
                where = "" if domain == self.domain else f" in the record of {domain}"
                self.add("spf.syntax", FindingLevel.ERROR, f"{term.text!r}{where}: {term.fault}.", "RFC 7208, 4.6.1",
                         remedy="Mend or remove it: receivers take the whole record for an error.")  # fmt: skip
            elif term.asks_dns and not (term.name == "redirect" and has_all):
                self._ask(term, domain, path)

    def _ask(self, term: Term, domain: str, path: tuple[str, ...]) -> None:
        self.reading.lookups += 1
        if self.reading.lookups > STOP_AFTER or term.has_macro or term.name == "ptr":
            return
        target = (term.target or domain).rstrip(".").lower()
        if term.name in {"include", "redirect"}:
            self._include(term, target, path)
        elif term.name == "mx":
            self._mx(term, target)
        else:
            self._void(term, self._addresses(target) if term.name == "a" else self.lookup(target, "A").status)

    def _addresses(self, target: str) -> Status:
        first = self.lookup(target, "A").status
        return self.lookup(target, "AAAA").status if first is Status.NO_DATA else first

    def _include(self, term: Term, target: str, path: tuple[str, ...]) -> None:
        if target in path:
            told = " > ".join([*path, target])
            self.add("spf.loop", FindingLevel.ERROR, f"{term.text} leads round in a circle: {told}.",
                     "RFC 7208, 4.6.4", remedy="Take one of the includes out of the circle.")  # fmt: skip
            return
        self.reading.included.add(target)
        answer = self.lookup(target, "TXT")
        records = [one for one in answer.values if is_spf(one)]
        if answer.status in UNKNOWN or answer.status is Status.OUTSIDE:
            self._not_followed(term, target, answer.status)
        elif len(records) != 1:
            self._void(term, answer.status)
            told = "no SPF record" if not records else f"{len(records)} SPF records"
            self.add("spf.broken_include", FindingLevel.ERROR,
                     f"{term.text}: {target} has {told}, so the whole record is an error.", "RFC 7208, 5.2",
                     remedy=f"Remove {term.text}, or correct its name.")  # fmt: skip
        else:
            self.follow(target, read_terms(records[0]), path)

    def _not_followed(self, term: Term, target: str, status: Status) -> None:
        if status is Status.OUTSIDE:
            told = f"{term.text} was not followed: {target} is not in the zone file. Its look-ups are not counted."
            self.add("spf.not_followed", FindingLevel.ADVICE, told, "RFC 7208, 5.2")
            return
        made = undecided(Topic.SPF, f"{target} ({term.text})", Answer(status=status), source="RFC 7208, 5.2")
        if made not in self.reading.findings:
            self.reading.findings.append(made)

    def _mx(self, term: Term, target: str) -> None:
        answer = self.lookup(target, "MX")
        self._void(term, answer.status)
        if len(answer.values) > MOST_MX:
            told = f"{term.text} leads to {len(answer.values)} mail servers; receivers ask for {MOST_MX} at most."
            self.add("spf.too_many_mx", FindingLevel.ERROR, told, "RFC 7208, 4.6.4", remedy="Name networks by ip4.")

    def _void(self, term: Term, status: Status) -> None:
        if status in ABSENT:
            self.reading.void += 1
            self.add("spf.void_lookup", FindingLevel.ADVICE, f"{term.text} finds nothing.", "RFC 7208, 4.6.4",
                     remedy="Remove it.")  # fmt: skip
        elif status in UNKNOWN:
            self._not_followed(term, term.target or self.domain, status)


def _of_limits(domain: str, record: str, reading: SpfReading) -> Iterator[Finding]:
    if reading.lookups > MOST_LOOKUPS:
        more = "more than " if reading.lookups > STOP_AFTER else ""
        number = min(reading.lookups, STOP_AFTER)
        yield _finding(
            "spf.too_many_lookups", FindingLevel.ERROR,
            f"The record needs {more}{number} DNS look-ups; receivers stop at {MOST_LOOKUPS} and take it for an error.",
            "RFC 7208, 4.6.4", found=record,
            remedy="Remove includes of services that don't send any more; name fixed servers by ip4 and ip6.",
        )  # fmt: skip
    if reading.void > MOST_VOID:
        yield _finding(
            "spf.too_many_void", FindingLevel.ERROR,
            f"{reading.void} look-ups find nothing; receivers stop after {MOST_VOID} and take the record for an error.",
            "RFC 7208, 4.6.4", found=record, remedy="Remove the terms that find nothing.",
        )  # fmt: skip
    if len(record.encode()) > LONGEST_ANSWER:
        yield _finding(
            "spf.long", FindingLevel.ADVICE,
            f"The record has {len(record.encode())} bytes; above {LONGEST_ANSWER} it may not fit into one packet.",
            "RFC 7208, 3.4", remedy="Move networks into a record of their own and include it.",
        )  # fmt: skip


def _of_record(domain: str, record: str, terms: Sequence[Term]) -> Iterator[Finding]:
    texts = [term.text for term in terms]
    for name in ("redirect", "exp"):
        if sum(term.name == name for term in terms) > 1:
            yield _finding("spf.syntax", FindingLevel.ERROR, f"{name}= stands more than once.", "RFC 7208, 6",
                           found=record, remedy="Keep one.")  # fmt: skip
    if any(term.name == "ptr" for term in terms):
        kept = [term.text for term in terms if term.name != "ptr"]
        yield _finding("spf.ptr", FindingLevel.WARNING, "ptr is slow, and receivers may pass it over.", "RFC 7208, 5.5",
                       found=record, remedy="Remove it.", record=_set(domain, kept))  # fmt: skip
    ends = [term for term in terms if term.name == "all"]
    redirects = [term for term in terms if term.name == "redirect"]
    if not ends and not redirects:
        yield _finding("spf.no_all", FindingLevel.WARNING,
                       "The record does not say what holds for all other servers.", "RFC 7208, 4.7", found=record,
                       remedy="End it with ~all or -all.", record=_set(domain, [*texts, SOFT]))  # fmt: skip
    if ends:
        yield from _of_all(domain, record, terms, ends[0], redirects)


def _of_all(domain: str, record: str, terms: Sequence[Term], end: Term, redirects: Sequence[Term]) -> Iterator[Finding]:
    kept = [term.text for term in terms if term.name not in {"all", "redirect"}]
    tight = _set(domain, [*kept, SOFT])
    if end.qualifier == "+":
        yield _finding("spf.plus_all", FindingLevel.ERROR, f"{end.text} lets every server on earth send for {domain}.",
                       "RFC 7208, 5.1", found=record, remedy="End it with ~all or -all.", record=tight)  # fmt: skip
    elif end.qualifier == "?":
        yield _finding("spf.neutral_all", FindingLevel.WARNING, "?all says nothing about other servers.",
                       "RFC 7208, 5.1", found=record, remedy="End it with ~all or -all.", record=tight)  # fmt: skip
    place = list(terms).index(end)
    late = [term.text for term in terms[place + 1 :] if term.qualifier]
    if late or redirects:
        told = ", ".join([*late, *(term.text for term in redirects)])
        yield _finding("spf.after_all", FindingLevel.WARNING, f"{told} is never read: {end.text} decides before.",
                       "RFC 7208, 5.1 and 6.1", found=record, remedy=f"Put it before {end.text}, or remove it.",
                       record=_set(domain, [*kept, end.text]))  # fmt: skip


def _of_includes(
    domain: str, record: str, terms: Sequence[Term], reading: SpfReading, includes: Sequence[str], level: FindingLevel
) -> Iterator[Finding]:
    for wanted in includes:
        if wanted in reading.included:
            continue
        kept = [term.text for term in terms if not term.fault]
        yield _finding(
            "spf.provider_missing", level,
            f"The record does not include {wanted}, which stands for the servers of the domain's mailbox provider.",
            "RFC 7208, 5.2; the provider's set-up page", found=record, remedy=f"Add include:{wanted}.",
            record=_set(domain, [f"include:{wanted}", *kept]),
        )  # fmt: skip
