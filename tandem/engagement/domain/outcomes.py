"""What came of outreach: shares of people with their intervals, money per money spent, and what both say together.

Every share is of people, not of messages: reached are people to whom at least one message left and did not come back as
undeliverable. Messages sent are operational and never an outcome. Opens and clicks are not measured at all: mail
programs load pictures by themselves and scanners follow links, so such rates say nothing of people.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType

from tandem.core.intervals import Difference, Share
from tandem.engagement.contracts import ReplyLabel


class Measure(StrEnum):
    """An outcome, as a share of people reached."""

    REPLIED = "replied"
    POSITIVE = "positive"
    MEETING = "meeting"
    DEAL = "deal"
    OPTED_OUT = "opted_out"
    COMPLAINED = "complained"
    UNREACHABLE = "unreachable"


MEASURE_WORDS: Mapping[Measure, str] = MappingProxyType(
    {
        Measure.REPLIED: "Answered in their own words",
        Measure.POSITIVE: "Wanted to talk or know more",
        Measure.MEETING: "Had a qualified meeting",
        Measure.DEAL: "A deal opened at their account",
        Measure.OPTED_OUT: "Asked to be left alone",
        Measure.COMPLAINED: "Complained",
        Measure.UNREACHABLE: "Could not be reached",
    }
)
POSITIVE_LABELS = frozenset({ReplyLabel.POSITIVE_MEETING, ReplyLabel.POSITIVE_INFO})
OPT_OUT_LABELS = frozenset({ReplyLabel.UNSUBSCRIBE, ReplyLabel.NEGATIVE_EVER})


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonOutcome:
    """One person in one campaign, with what came of it.

    messages : left by mail, SMS or WhatsApp, calls and LinkedIn included
    labels : of what they wrote, absence notes not among them; a reply nobody could label counts by has_replied
    """

    contact_id: int
    account_id: int | None
    messages: int
    has_replied: bool = False
    labels: frozenset[ReplyLabel] = frozenset()
    had_meeting: bool = False
    deal_opened: bool = False
    complained: bool = False
    opted_out: bool = False
    undeliverable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcomes:
    """Outcomes of a group of people.

    messages : how many left; operational only
    pipeline, spent : in the organisation's currency; None: not known
    """

    people: int
    messages: int
    shares: Mapping[Measure, Share]
    pipeline: Decimal | None = None
    spent: Decimal | None = None

    @property
    def reached(self) -> int:
        """People to whom something left and did not come back."""
        return self.shares[Measure.REPLIED].n

    @property
    def pipeline_per_spent(self) -> Decimal | None:
        """Pipeline for each unit of money; None without both."""
        if self.pipeline is None or not self.spent:
            return None
        return self.pipeline / self.spent

    @property
    def messages_per_meeting(self) -> float | None:
        """None while there was no meeting."""
        meetings = self.shares[Measure.MEETING].hits
        return self.messages / meetings if meetings else None


def outcomes_of(
    people: Sequence[PersonOutcome], *, pipeline: Decimal | None = None, spent: Decimal | None = None
) -> Outcomes:
    """Count a group. Who could not be reached stands in `UNREACHABLE` alone; the other shares are of those reached."""
    written_to = [one for one in people if one.messages > 0]
    reached = [one for one in written_to if not one.undeliverable]
    hits: dict[Measure, int] = {
        Measure.REPLIED: sum(one.has_replied for one in reached),
        Measure.POSITIVE: sum(bool(one.labels & POSITIVE_LABELS) for one in reached),
        Measure.MEETING: sum(one.had_meeting for one in reached),
        Measure.DEAL: sum(one.deal_opened for one in reached),
        Measure.OPTED_OUT: sum(one.opted_out or bool(one.labels & OPT_OUT_LABELS) for one in reached),
        Measure.COMPLAINED: sum(one.complained for one in reached),
    }
    shares = {measure: Share(hits=count, n=len(reached)) for measure, count in hits.items()}
    shares[Measure.UNREACHABLE] = Share(hits=len(written_to) - len(reached), n=len(written_to))
    return Outcomes(
        people=len(people),
        messages=sum(one.messages for one in people),
        shares=shares,
        pipeline=pipeline,
        spent=spent,
    )


class Diagnosis(StrEnum):
    """What messages and results of two periods say together."""

    WRONG = "running_it_wrong"
    RIGHT = "running_it_right"
    GROWING = "growing"
    SHRINKING = "shrinking"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosed:
    """A diagnosis with what it rests on.

    messages_ratio : messages of now per message of before
    meetings : share of people reached who had a meeting, now less before
    """

    diagnosis: Diagnosis
    messages_ratio: float | None
    meetings: Difference
    why: str


MORE, FEWER = 1.2, 0.85  # messages of now per message of before
FLAT = 0.1  # results within a tenth count as the same


def diagnose(before: Outcomes, now: Outcomes) -> Diagnosed:
    """More messages with flat results: running it wrong. The same results with fewer messages: running it right.

    Results are meetings held; the two periods must be of the same length. Below 30 people reached on either side it is
    unclear.
    """
    meetings = Difference(first=now.shares[Measure.MEETING], second=before.shares[Measure.MEETING])
    ratio = now.messages / before.messages if before.messages else None
    held, held_before = now.shares[Measure.MEETING].hits, before.shares[Measure.MEETING].hits

    def said(diagnosis: Diagnosis, why: str) -> Diagnosed:
        return Diagnosed(diagnosis=diagnosis, messages_ratio=ratio, meetings=meetings, why=why)

    if ratio is None or not meetings.is_enough:
        return said(Diagnosis.UNCLEAR, "Too few people were reached in one of the two periods.")
    change = held / held_before - 1 if held_before else (1.0 if held else 0.0)
    told = f"{ratio:.1f} times the messages, {held} meetings after {held_before}"
    if ratio >= MORE and change <= FLAT:
        return said(Diagnosis.WRONG, f"{told}: more volume brought nothing more.")
    if ratio <= FEWER and change >= -FLAT:
        return said(Diagnosis.RIGHT, f"{told}: fewer messages brought as much.")
    if change > FLAT:
        return said(Diagnosis.GROWING, f"{told}.")
    return said(Diagnosis.SHRINKING if change < -FLAT else Diagnosis.UNCLEAR, f"{told}.")


def below_human(machine: Outcomes, human: Outcomes, measure: Measure = Measure.MEETING) -> Difference:
    """The machine's share less people's own: where it `differs` and is negative, volume converts below what is fine."""
    return Difference(first=machine.shares[measure], second=human.shares[measure])
