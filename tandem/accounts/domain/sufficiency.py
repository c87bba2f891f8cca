"""What each AI workflow needs to know before it may speak, as data, and the judgement over what was measured.

A workflow names its fields (how full, how fresh), its least number of cases, and what it does below them. The
measuring is done set-wise in `queries.sufficiency`; nothing here reads a database.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """Enough: runs as meant. Gaps: runs, and says what it lacks. Not enough: does what `below` says instead."""

    ENOUGH = "enough"
    GAPS = "gaps"
    NOT_ENOUGH = "not_enough"


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """A field that a workflow reads.

    entity : "account", "contact" or "opportunity"
    field : canonical field, as in `domain.fields`
    least_fill : share of records that must have it, 0 to 1
    max_age_days : a value last confirmed longer ago is stale; None: age does not matter
    compare : whether two sources that differ contradict each other (ids of different systems always differ)
    """

    entity: str
    field: str
    least_fill: float = 0.8
    max_age_days: int | None = None
    compare: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Minimum:
    """The least number of cases of one sort. `counted`: a word that `queries.sufficiency` can count."""

    counted: str
    words: str
    least: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Workflow:
    """One AI workflow and what it asks of the data. `below`: what it does with less, in a sentence for a person."""

    key: str
    title: str
    layer: str
    needs: tuple[Need, ...]
    minimums: tuple[Minimum, ...]
    below: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """What was found for one field, in numbers of records.

    records : of the entity; filled, stale and contradictory are among them
    """

    records: int
    filled: int
    stale: int
    contradictory: int

    @property
    def fill(self) -> float:
        """Share that has the field; 0 when there are no records."""
        return self.filled / self.records if self.records else 0.0

    @property
    def stale_share(self) -> float:
        """Share of the filled ones that nobody has confirmed for too long."""
        return self.stale / self.filled if self.filled else 0.0

    @property
    def contradictory_share(self) -> float:
        """Share of the filled ones about which sources disagree."""
        return self.contradictory / self.filled if self.filled else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldFinding:
    """One need and what was measured."""

    need: Need
    measure: Measure

    @property
    def gaps(self) -> tuple[str, ...]:
        """What is wrong with it, in words: missing, stale, contradictory; empty when nothing is."""
        found = []
        if self.measure.fill < self.need.least_fill:
            found.append("missing")
        if self.measure.stale_share > TOLERATED_STALE:
            found.append("stale")
        if self.measure.contradictory_share > TOLERATED_CONTRADICTORY:
            found.append("contradictory")
        return tuple(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class CountFinding:
    """One minimum and how many there are."""

    minimum: Minimum
    found: int

    @property
    def is_met(self) -> bool:
        """Whether there are enough."""
        return self.found >= self.minimum.least


@dataclass(frozen=True, slots=True, kw_only=True)
class Sufficiency:
    """Whether the data carry a workflow, with the evidence."""

    workflow: Workflow
    fields: tuple[FieldFinding, ...]
    counts: tuple[CountFinding, ...]

    @property
    def verdict(self) -> Verdict:
        """Not enough when a minimum is missed or a needed field is there for nobody; gaps when a field is poor."""
        if not all(count.is_met for count in self.counts) or any(not one.measure.filled for one in self.fields):
            return Verdict.NOT_ENOUGH
        return Verdict.GAPS if any(one.gaps for one in self.fields) else Verdict.ENOUGH

    @property
    def sentence(self) -> str:
        """The verdict in words, with the first reason."""
        missed = next((count for count in self.counts if not count.is_met), None)
        if missed is not None:
            words = f"{missed.found:,} of {missed.minimum.least:,} {missed.minimum.words}"
            return f"Not enough data: {words}. {self.workflow.below}"
        empty = next((one for one in self.fields if not one.measure.filled), None)
        if empty is not None:
            return f"Not enough data: no {empty.need.entity} has {_words(empty.need.field)}. {self.workflow.below}"
        poor = [one for one in self.fields if one.gaps]
        if not poor:
            return "Enough data."
        told = ", ".join(f"{_words(one.need.field)} {' and '.join(one.gaps)}" for one in poor)
        return f"Works with gaps: {told}."


# A tenth may be old, a twentieth may disagree, before a workflow has to say so.
TOLERATED_STALE = 0.10
TOLERATED_CONTRADICTORY = 0.05
HALF_YEAR, QUARTER, YEAR = 183, 92, 365

_CLOSED = Minimum(counted="closed_deals", words="closed deals of the last 24 months", least=100)
_WON = Minimum(counted="won_deals", words="won deals of the last 24 months", least=30)
_LOST = Minimum(counted="lost_deals", words="lost deals of the last 24 months", least=30)

WORKFLOWS: tuple[Workflow, ...] = (
    Workflow(
        key="win_probability",
        title="Win, slip or lose, deal by deal",
        layer="forecasting",
        needs=(
            Need(entity="opportunity", field="stage", least_fill=1.0),
            Need(entity="opportunity", field="amount", least_fill=0.9),
            Need(entity="opportunity", field="close_on", least_fill=0.95),
            Need(entity="opportunity", field="opened_on", least_fill=0.9),
        ),
        minimums=(
            _CLOSED,
            _WON,
            _LOST,
            Minimum(counted="stage_changes", words="recorded stage changes", least=200),
        ),
        below="Shows the stage's own rate with its interval and the number of cases, and calls it that.",
    ),
    Workflow(
        key="forecast_interval",
        title="Quarter forecast with intervals",
        layer="forecasting",
        needs=(
            Need(entity="opportunity", field="amount", least_fill=0.9),
            Need(entity="opportunity", field="currency", least_fill=0.95),
            Need(entity="opportunity", field="close_on", least_fill=0.95),
        ),
        minimums=(
            _CLOSED,
            Minimum(counted="closed_quarters", words="quarters with closed deals", least=4),
            Minimum(counted="seller_calls", words="sellers' calls", least=30),
        ),
        below="Shows the sellers' roll-up beside history, without an interval of its own.",
    ),
    Workflow(
        key="deal_risk",
        title="Deal risk",
        layer="forecasting",
        needs=(
            Need(entity="opportunity", field="next_step", least_fill=0.5, max_age_days=QUARTER, compare=False),
            Need(entity="opportunity", field="close_on", least_fill=0.95),
            Need(entity="opportunity", field="people", least_fill=0.6),
            Need(entity="opportunity", field="last_activity_at", least_fill=0.8),
        ),
        minimums=(_LOST, Minimum(counted="activities", words="touches in the last year", least=500)),
        below="Lists broken hygiene rules only, without a risk score.",
    ),
    Workflow(
        key="account_fit",
        title="Fit of accounts with the ideal customer",
        layer="identity_intent",
        needs=(
            Need(entity="account", field="industry", least_fill=0.8, max_age_days=2 * YEAR),
            Need(entity="account", field="employees", least_fill=0.7, max_age_days=YEAR),
            Need(entity="account", field="country", least_fill=0.9),
            Need(entity="account", field="domain", least_fill=0.9),
        ),
        minimums=(Minimum(counted="won_accounts", words="accounts with a won deal", least=30),),
        below="Uses the written criteria alone, without learning from won deals.",
    ),
    Workflow(
        key="intent_score",
        title="Intent of accounts",
        layer="identity_intent",
        needs=(Need(entity="account", field="domain", least_fill=0.9),),
        minimums=(Minimum(counted="signals", words="signals in the last 90 days", least=100),),
        below="Says that no signals came in; an account without signals gets no score.",
    ),
    Workflow(
        key="outreach_draft",
        title="First messages and follow-ups",
        layer="engagement",
        needs=(
            Need(entity="contact", field="email", least_fill=0.7, max_age_days=HALF_YEAR),
            Need(entity="contact", field="title", least_fill=0.8, max_age_days=YEAR),
            Need(entity="contact", field="account", least_fill=0.95, compare=False),
            Need(entity="contact", field="country", least_fill=0.8),
        ),
        minimums=(Minimum(counted="usable_contacts", words="contacts on which two sources agree", least=1),),
        below="Drafts nothing for that person and asks for a second source.",
    ),
    Workflow(
        key="reply_reading",
        title="Reading replies",
        layer="engagement",
        needs=(Need(entity="contact", field="email", least_fill=0.7),),
        minimums=(Minimum(counted="inbound_mails", words="mails from customers", least=100),),
        below="Reads by rules only and hands more to a person.",
    ),
    Workflow(
        key="meeting_reading",
        title="Meetings: summary, promises, coaching",
        layer="conversations",
        needs=(Need(entity="contact", field="email", least_fill=0.7),),
        minimums=(
            Minimum(counted="transcripts", words="meetings with a transcript", least=30),
            Minimum(counted="consents", words="meetings in which recording was agreed", least=1),
        ),
        below="Summarises single meetings; compares no sellers.",
    ),
    Workflow(
        key="stakeholders",
        title="Who decides, who uses, who blocks",
        layer="identity_intent",
        needs=(
            Need(entity="contact", field="title", least_fill=0.8, max_age_days=YEAR),
            Need(entity="contact", field="account", least_fill=0.95, compare=False),
        ),
        minimums=(Minimum(counted="deal_roles", words="people named in deals", least=30),),
        below="Shows roles as sources name them, and infers none.",
    ),
    Workflow(
        key="renewal_risk",
        title="Renewal and expansion",
        layer="forecasting",
        needs=(Need(entity="account", field="type", least_fill=0.8),),
        minimums=(
            Minimum(counted="renewals", words="contracts with an end date", least=30),
            Minimum(counted="product_signals", words="product events in the last 90 days", least=100),
        ),
        below="Lists contract ends by date, without a score.",
    ),
)


def judge(workflow: Workflow, measures: Mapping[tuple[str, str], Measure], counts: Mapping[str, int]) -> Sufficiency:
    """Put a workflow's needs beside what was measured.

    measures : by (entity, field); a field that was not measured counts as empty
    counts : by the word of `Minimum.counted`; a missing word counts as none
    """
    nothing = Measure(records=0, filled=0, stale=0, contradictory=0)
    return Sufficiency(
        workflow=workflow,
        fields=tuple(
            FieldFinding(need=need, measure=measures.get((need.entity, need.field), nothing)) for need in workflow.needs
        ),
        counts=tuple(
            CountFinding(minimum=minimum, found=counts.get(minimum.counted, 0)) for minimum in workflow.minimums
        ),
    )


def _words(field: str) -> str:
    """A field's name as a person says it."""
    return field.removesuffix("_on").removesuffix("_at").replace("_", " ")
