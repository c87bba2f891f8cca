"""Judging messages by a written policy, testing a policy with its own cases, and watching one that is in force."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType

from tandem.core.intervals import Share
from tandem.engagement.contracts import CHANNELS
from tandem.engagement.domain.policy_rules import MessageFacts, Policy, PolicyRule, read_facts

# Figures that promise something: a percentage, a multiple, money, days saved.
CLAIM = re.compile(
    r"\d+(?:[.,]\d+)?\s?(?:%|percent\b|x\b|times\b|fold\b)|[€$£]\s?\d|\bguarante\w*|\bROI\b", re.IGNORECASE
)
MOST_BREACHES = 0.10  # share of messages outside the policy, before it is not the right policy for what is written
LEAST_POSITIVE = 0.20  # share of answers that want to talk or know more
ENOUGH_JUDGED, ENOUGH_ANSWERS = 30, 30
MOST_COMPLAINTS = 0.001  # where mailbox providers begin to doubt a sender

Judge = Callable[[Policy, MessageFacts], str]


def judge(policy: Policy, facts: MessageFacts) -> tuple[str, ...]:
    """What a message does outside the policy, each in words; empty: it may leave without approval."""
    return tuple(told for _, told in breaches(policy, facts))


def breaches(policy: Policy, facts: MessageFacts) -> tuple[tuple[PolicyRule, str], ...]:
    """The same with the rule that each breaks."""
    found = ((rule, ask(policy, facts)) for rule, ask in _JUDGES.items())
    return tuple((rule, told) for rule, told in found if told)


def _channel(policy: Policy, facts: MessageFacts) -> str:
    return "" if facts.channel in policy.channels else f"{CHANNELS[facts.channel]} is not among the policy's channels."


def _country(policy: Policy, facts: MessageFacts) -> str:
    if not policy.countries or facts.country in policy.countries:
        return ""
    return f"{facts.country or 'An unknown country'} is not among the policy's countries."


def _segment(policy: Policy, facts: MessageFacts) -> str:
    if not policy.segments or facts.segment in policy.segments:
        return ""
    return f"{facts.segment or 'An unknown segment'} is not among the policy's segments."


def _words(policy: Policy, facts: MessageFacts) -> str:
    count = len(facts.body.split())
    return "" if count <= policy.max_words else f"{count} words, at most {policy.max_words}."


def _topic(policy: Policy, facts: MessageFacts) -> str:
    for topic in policy.forbidden_topics:
        if re.search(rf"(?<!\w){re.escape(topic)}(?!\w)", facts.body, re.IGNORECASE):
            return f"It speaks of “{topic}”."
    return ""


def _claim(policy: Policy, facts: MessageFacts) -> str:
    allowed = [claim.casefold() for claim in policy.allowed_claims]
    for found in CLAIM.finditer(facts.body):
        around = facts.body[max(0, found.start() - 60) : found.end() + 60].casefold()
        if not any(claim in around for claim in allowed):
            return f"It claims “{found.group(0).strip()}”, which is no allowed claim."
    return ""


def _fact_age(policy: Policy, facts: MessageFacts) -> str:
    if policy.facts_younger_than_days is None:
        return ""
    oldest = facts.today - timedelta(days=policy.facts_younger_than_days)
    for day in facts.fact_days:
        if day is None:
            return "A fact has no day."
        if day < oldest:
            return f"A fact is of {day}, older than {policy.facts_younger_than_days} days."
    return ""


def _facts(policy: Policy, facts: MessageFacts) -> str:
    count = len(facts.fact_days)
    return "" if count >= policy.least_facts else f"It rests on {count} facts, at least {policy.least_facts}."


def _value(policy: Policy, facts: MessageFacts) -> str:
    if policy.value_below is None:
        return ""
    if facts.value is None:
        return "What the account is worth is not known."
    return "" if facts.value < policy.value_below else f"The account is worth {facts.value:,.0f} or more."


def _hours(policy: Policy, facts: MessageFacts) -> str:
    if facts.local_time is None:
        return "Their local time is not known."
    if policy.starts_at == policy.ends_at or policy.starts_at <= facts.local_time < policy.ends_at:
        return ""
    return f"{facts.local_time:%H:%M} is outside {policy.starts_at:%H:%M} to {policy.ends_at:%H:%M}."


def _daily(policy: Policy, facts: MessageFacts) -> str:
    return "" if facts.sent_today < policy.a_day else f"{facts.sent_today} left today, at most {policy.a_day}."


def _step(policy: Policy, facts: MessageFacts) -> str:
    return "" if facts.step >= policy.from_step else f"Step {facts.step} is approved by a person."


def _faults(policy: Policy, facts: MessageFacts) -> str:
    return f"The text breaks: {', '.join(facts.hard_faults)}." if facts.hard_faults else ""


_JUDGES: Mapping[PolicyRule, Judge] = MappingProxyType(
    {
        PolicyRule.CHANNEL: _channel,
        PolicyRule.COUNTRY: _country,
        PolicyRule.SEGMENT: _segment,
        PolicyRule.WORDS: _words,
        PolicyRule.TOPIC: _topic,
        PolicyRule.CLAIM: _claim,
        PolicyRule.FACT_AGE: _fact_age,
        PolicyRule.FACTS: _facts,
        PolicyRule.VALUE: _value,
        PolicyRule.HOURS: _hours,
        PolicyRule.DAILY: _daily,
        PolicyRule.STEP: _step,
        PolicyRule.FAULTS: _faults,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseResult:
    """One test case. expected, got : rules it must break, and does"""

    name: str
    expected: Sequence[str]
    got: Sequence[str]
    told: Sequence[str]

    @property
    def passed(self) -> bool:
        """Whether the policy says of it what somebody wrote down that it must."""
        return set(self.expected) == set(self.got)


def run_cases(policy: Policy, cases: Iterable[tuple[str, Mapping[str, object], Sequence[str]]]) -> list[CaseResult]:
    """Judge every case: (name, facts, rules it must break). Raises InvalidInput for facts that can't be read."""
    results = []
    for name, facts, expected in cases:
        found = breaches(policy, read_facts(facts))
        results.append(
            CaseResult(
                name=name,
                expected=tuple(expected),
                got=tuple(rule.value for rule, _ in found),
                told=tuple(told for _, told in found),
            )
        )
    return results


def fault_of_cases(results: Sequence[CaseResult]) -> str:
    """Why a policy may not go into force by its cases; empty: it may.

    At least one case must be let through and one held back, or nothing is tested.
    """
    failed = [one.name for one in results if not one.passed]
    if failed:
        return f"{len(failed)} of {len(results)} cases fail: {', '.join(failed)[:200]}."
    if not any(one.got for one in results) or all(one.got for one in results):
        return "Write at least one case that may leave and one that may not."
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """What the monitor sees of a policy in the days it looks at.

    outside : messages that were outside, of those judged
    positive : answers that want to talk or know more, of all answers in people's own words
    complaints : of people reached
    """

    outside: Share
    positive: Share
    complaints: Share


def why_pause(seen: Watched) -> str:
    """Why autopilot must stop, in words; empty: it may go on.

    Intervals decide, not single messages: the lower end of the share outside must pass its limit, and the upper end of
    the share of good answers must fall below its own.
    """
    if seen.outside.n >= ENOUGH_JUDGED and seen.outside.low > MOST_BREACHES:
        return (
            f"{seen.outside.hits} of {seen.outside.n} messages were outside the policy; "
            f"it is made for less than {MOST_BREACHES:.0%}."
        )
    if seen.positive.n >= ENOUGH_ANSWERS and seen.positive.high < LEAST_POSITIVE:
        return (
            f"Only {seen.positive.hits} of {seen.positive.n} answers wanted to talk or know more; "
            f"less than {LEAST_POSITIVE:.0%} is no conversation."
        )
    if seen.complaints.hits >= 2 and seen.complaints.low > MOST_COMPLAINTS:
        return (
            f"{seen.complaints.hits} of {seen.complaints.n} people complained, surely more than {MOST_COMPLAINTS:.1%}."
        )
    return ""
