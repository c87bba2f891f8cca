"""What a check of a domain's DNS entries found: each finding with its rule, and the record that mends it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from tandem.engagement.domain.dns_answers import UNKNOWN_WORDS, Answer


class FindingLevel(StrEnum):
    """ERROR: nothing may leave with it. WARNING: mail suffers by it. ADVICE: it could be better. OK: it is right."""

    ERROR = "error"
    WARNING = "warning"
    ADVICE = "advice"
    OK = "ok"


class Verdict(StrEnum):
    """SOUND: no error. UNDECIDED: no error was found, but something needed could not be asked."""

    SOUND = "sound"
    UNSOUND = "unsound"
    UNDECIDED = "undecided"


class Topic(StrEnum):
    """What is checked."""

    DNS = "dns"
    MX = "mx"
    SPF = "spf"
    DKIM = "dkim"
    DMARC = "dmarc"
    BIMI = "bimi"
    TRANSPORT = "transport"


TOPIC_WORDS: Mapping[Topic, str] = {
    Topic.DNS: "DNS",
    Topic.MX: "MX",
    Topic.SPF: "SPF",
    Topic.DKIM: "DKIM",
    Topic.DMARC: "DMARC",
    Topic.BIMI: "BIMI",
    Topic.TRANSPORT: "MTA-STS and TLS-RPT",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class DnsRecord:
    """A record to set."""

    name: str
    type: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing a check found.

    rule : stable word, e.g. "spf.too_many_lookups"
    text : what is there, or is not
    found : the record as it stands; empty: there is none
    source : the rule's source, e.g. "RFC 7208, 4.6.4"
    remedy : what to do; empty: nothing
    record : the record to set as it should be; None: there is none to set, or nobody can know it from here
    is_undecided : it could not be asked; the level then says how much that matters
    """

    topic: Topic
    rule: str
    level: FindingLevel
    text: str
    source: str
    found: str = ""
    remedy: str = ""
    record: DnsRecord | None = None
    is_undecided: bool = False

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainReport:
    """All findings about one domain, in the order of the check.

    spf_lookups, spf_void : DNS look-ups a receiver needs for the SPF record, and those that find nothing; None: no
        record
    selectors : DKIM selectors under which a key was found
    """

    domain: str
    findings: Sequence[Finding]
    spf_lookups: int | None = None
    spf_void: int | None = None
    selectors: Sequence[str] = ()

    @property
    def verdict(self) -> Verdict:
        """What the findings come to."""
        if any(one.level is FindingLevel.ERROR for one in self.findings):
            return Verdict.UNSOUND
        return Verdict.UNDECIDED if any(one.is_undecided for one in self.findings) else Verdict.SOUND

    def of(self, topic: Topic) -> tuple[Finding, ...]:
        """Findings of one topic."""
        return tuple(one for one in self.findings if one.topic is topic)

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready, by topic."""
        return {
            "domain": self.domain,
            "verdict": self.verdict.value,
            "sound": self.verdict is Verdict.SOUND,
            "spf_lookups": self.spf_lookups,
            "spf_void_lookups": self.spf_void,
            "dkim_selectors": list(self.selectors),
            "findings": [one.as_dict() for one in self.findings],
            **{topic.value: [one.as_dict() for one in self.of(topic)] for topic in Topic},
        }


def undecided(topic: Topic, name: str, answer: Answer, *, source: str) -> Finding:
    """A question that was not answered: nothing is missing, nothing is known."""
    return Finding(
        topic=topic,
        rule=f"dns.{answer.status.value}",
        level=FindingLevel.WARNING,
        text=f"{name} could not be looked up: {UNKNOWN_WORDS[answer.status]}. What stands there is not known.",
        source=source,
        remedy="Check again later; if it stays so, look at the domain's name servers.",
        is_undecided=True,
    )
