"""How right a source was, from what happened afterwards: shares with their intervals, beside the price."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from tandem.core.intervals import Share

PRIOR_HITS, PRIOR_N = 13, 20  # between the 35 and 60 % that practitioners find stale or wrong: weight of 20 outcomes


class Measure(StrEnum):
    """What of a source can be looked at afterwards.

    Mail: addresses it told that took mail, among those from or to which a mail is recorded.
    Present: people it told at a company who were still there, among those of whom another source says where they are.
    Agrees: employers on which it agrees with the other sources that know the person.
    Corrected: fields it told that no person put right later, among those a person looked at.
    """

    MAIL = "mail"
    PRESENT = "present"
    AGREES = "agrees"
    CORRECTED = "corrected"


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """What one source says of one person, and what is known of it by now.

    told_mail : it tells a mail address
    mail_took : the address bounced (False), a person wrote from it (True), nothing happened (None)
    is_present : the person is still at the company it tells; None: nobody else says
    agrees : another source tells the same employer (True) or another one (False); None: no other source
    corrected : a person put its word right (True) or confirmed it (False); None: nobody looked
    """

    source_key: str
    mail_took: bool | None = None
    is_present: bool | None = None
    agrees: bool | None = None
    corrected: bool | None = None


def accuracies(words: Iterable[Word]) -> dict[tuple[str, Measure], Share]:
    """Shares of every source and measure that has at least one outcome."""
    counts: dict[tuple[str, Measure], list[int]] = {}
    for word in words:
        right = (
            (Measure.MAIL, word.mail_took),
            (Measure.PRESENT, word.is_present),
            (Measure.AGREES, word.agrees),
            (Measure.CORRECTED, None if word.corrected is None else not word.corrected),
        )
        for measure, is_right in right:
            if is_right is not None:
                count = counts.setdefault((word.source_key, measure), [0, 0])
                count[0] += is_right
                count[1] += 1
    return {key: Share(hits=hits, n=n) for key, (hits, n) in counts.items()}


def stale_or_wrong(shares: Mapping[Measure, Share]) -> Share:
    """What of a source's addresses and employers turned out stale or wrong, both together."""
    parts = [shares[measure].wrong for measure in (Measure.MAIL, Measure.PRESENT) if measure in shares]
    return sum(parts, Share(hits=0, n=0))


def expected_accuracy(shares: Mapping[Measure, Share]) -> float:
    """A cautious guess of how often the source is right: its outcomes, pulled towards the common experience.

    The mean of a Beta with the weight of 20 earlier outcomes of 65 %: few outcomes of one's own change little.
    """
    parts = [shares[measure] for measure in (Measure.MAIL, Measure.PRESENT) if measure in shares]
    own = sum(parts, Share(hits=0, n=0))
    return (own.hits + PRIOR_HITS) / (own.n + PRIOR_N)


FREE = Decimal("0.0005")  # what handling an answer costs us; keeps free providers comparable


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A provider that can tell a field. hit_rate : how often it had the field when asked; price : of one call"""

    key: str
    accuracy: float
    hit_rate: float
    price: Decimal


def in_order(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Providers by right answers for the money: accuracy times hit rate over price, the best first; ties by key."""

    def worth(one: Candidate) -> float:
        return one.accuracy * one.hit_rate / float(one.price + FREE)

    return sorted(candidates, key=lambda one: (-worth(one), one.key))
