"""Written policies of autopilot: what software may send without anybody approving it, as data that is judged.

Whatever a rule needs and nobody knows counts as outside: an unknown country is no allowed country, an unknown value is
not below a limit. A policy allows; it never takes away what the gate asks for.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, time
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any

from tandem.compliance.contracts.gate import Road
from tandem.core.errors import InvalidInput
from tandem.engagement.contracts import BY_HAND, CHANNELS

MOST_ENTRIES, LONGEST_ENTRY = 60, 80
MOST_A_DAY = 1_000_000
_COUNTRY = re.compile(r"[A-Z]{2}")


class PolicyState(StrEnum):
    """A policy's life. Only one of a campaign is in force, and only after its own cases passed."""

    DRAFT = "draft"
    IN_FORCE = "in_force"
    RETIRED = "retired"


class PolicyRule(StrEnum):
    """What a message can break."""

    CHANNEL = "channel"
    COUNTRY = "country"
    SEGMENT = "segment"
    WORDS = "words"
    TOPIC = "topic"
    CLAIM = "claim"
    FACT_AGE = "fact_age"
    FACTS = "facts"
    VALUE = "value"
    HOURS = "hours"
    DAILY = "daily"
    STEP = "step"
    FAULTS = "faults"


RULE_WORDS: Mapping[PolicyRule, str] = {
    PolicyRule.CHANNEL: "Channels",
    PolicyRule.COUNTRY: "Countries",
    PolicyRule.SEGMENT: "Segments",
    PolicyRule.WORDS: "Words at most",
    PolicyRule.TOPIC: "Forbidden topics",
    PolicyRule.CLAIM: "Claims allowed",
    PolicyRule.FACT_AGE: "Facts younger than",
    PolicyRule.FACTS: "Facts at least",
    PolicyRule.VALUE: "Account value below",
    PolicyRule.HOURS: "Hours",
    PolicyRule.DAILY: "Messages a day",
    PolicyRule.STEP: "Steps",
    PolicyRule.FAULTS: "Faults of the text",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Limits inside which nobody need approve.

    channels : roads that may be used; what a person does by hand is never among them
    countries : ISO 3166-1 alpha-2; segments : names; empty: all that are known
    max_words : of a body
    forbidden_topics : words a text must not hold, whole words, any case
    allowed_claims : words of claims that need one of these to be made at all ("save", "%"), see `claim_words`;
        empty: texts with figures of our own ("40%", "3x") are outside
    facts_younger_than_days : every fact a text uses; None: any age
    least_facts : facts a text must rest on
    value_below : of the account, in the organisation's currency; None: any
    starts_at, ends_at : local time of the recipient, from when to when; the same: the whole day
    a_day : messages of the campaign a day
    from_step : the first step that software may send by itself; 2: a person approves every opening
    """

    channels: Sequence[Road] = (Road.EMAIL,)
    countries: Sequence[str] = ()
    segments: Sequence[str] = ()
    max_words: int = 120
    forbidden_topics: Sequence[str] = ()
    allowed_claims: Sequence[str] = ()
    facts_younger_than_days: int | None = 365
    least_facts: int = 1
    value_below: Decimal | None = None
    starts_at: time = time(9)
    ends_at: time = time(17)
    a_day: int = 50
    from_step: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageFacts:
    """What a policy judges of one message. Empty and None: not known, which counts as outside where a rule asks.

    fact_days : the day of each fact the text uses; None in it: a fact without a day
    local_time : of the recipient when it would leave
    sent_today : messages of the campaign that left today by themselves
    hard_faults : rules of the house the text breaks
    """

    channel: Road = Road.EMAIL
    country: str = ""
    segment: str = ""
    body: str = ""
    fact_days: Sequence[date | None] = ()
    value: Decimal | None = None
    local_time: time | None = None
    sent_today: int = 0
    step: int = 1
    today: date = date(2026, 1, 1)
    hard_faults: Sequence[str] = ()


def read_policy(data: Mapping[str, Any]) -> Policy:
    """A policy from stored data or a form. Raises InvalidInput naming the field, its value and what it may be."""
    known = {one.name for one in fields(Policy)}
    if unknown := set(data) - known:
        raise _wrong(min(unknown), data[min(unknown)], f"Known are {', '.join(sorted(known))}.")
    value, default = data.get, Policy()
    return Policy(
        channels=_roads(value("channels", list(default.channels))),
        countries=_entries("countries", value("countries", ()), _COUNTRY),
        segments=_entries("segments", value("segments", ())),
        max_words=_number("max_words", value("max_words", default.max_words), 10, 400),
        forbidden_topics=_entries("forbidden_topics", value("forbidden_topics", ())),
        allowed_claims=_entries("allowed_claims", value("allowed_claims", ())),
        facts_younger_than_days=_maybe("facts_younger_than_days", value("facts_younger_than_days", 365), 1, 3650),
        least_facts=_number("least_facts", value("least_facts", default.least_facts), 0, 10),
        value_below=_money(value("value_below")),
        starts_at=_time("starts_at", value("starts_at", "09:00")),
        ends_at=_time("ends_at", value("ends_at", "17:00")),
        a_day=_number("a_day", value("a_day", default.a_day), 1, MOST_A_DAY),
        from_step=_number("from_step", value("from_step", default.from_step), 1, 7),
    )


def policy_json(policy: Policy) -> dict[str, Any]:
    """A policy as it is stored; `read_policy` gives it back."""
    return {
        "channels": [one.value for one in policy.channels],
        "countries": list(policy.countries),
        "segments": list(policy.segments),
        "max_words": policy.max_words,
        "forbidden_topics": list(policy.forbidden_topics),
        "allowed_claims": list(policy.allowed_claims),
        "facts_younger_than_days": policy.facts_younger_than_days,
        "least_facts": policy.least_facts,
        "value_below": None if policy.value_below is None else str(policy.value_below),
        "starts_at": policy.starts_at.strftime("%H:%M"),
        "ends_at": policy.ends_at.strftime("%H:%M"),
        "a_day": policy.a_day,
        "from_step": policy.from_step,
    }


def read_facts(data: Mapping[str, Any]) -> MessageFacts:
    """The facts of a test case. Raises InvalidInput."""
    known = {one.name for one in fields(MessageFacts)}
    if unknown := set(data) - known:
        raise _wrong(min(unknown), data[min(unknown)], f"Known are {', '.join(sorted(known))}.")
    days = data.get("fact_days", ())
    if not isinstance(days, list | tuple):
        raise _wrong("fact_days", days, "Give a list of days.")
    return MessageFacts(
        channel=_roads([data.get("channel", "email")], by_hand=True)[0],
        country=str(data.get("country", "")),
        segment=str(data.get("segment", "")),
        body=str(data.get("body", "")),
        fact_days=tuple(_day("fact_days", one) if one else None for one in days),
        value=_money(data.get("value")),
        local_time=_time("local_time", data["local_time"]) if data.get("local_time") else None,
        sent_today=_number("sent_today", data.get("sent_today", 0), 0, 1_000_000),
        step=_number("step", data.get("step", 1), 1, 7),
        today=_day("today", data.get("today", "2026-01-01")),
        hard_faults=tuple(str(one) for one in data.get("hard_faults", ())),
    )


def _roads(words: object, *, by_hand: bool = False) -> tuple[Road, ...]:
    given = words if isinstance(words, list | tuple) else [words]
    allowed = [one for one in CHANNELS if by_hand or one not in BY_HAND]
    for word in given:
        if word not in allowed:
            raise _wrong("channels", word, f"Software sends by {', '.join(allowed)}.")
    if not given:
        raise _wrong("channels", given, "Name one at least.")
    return tuple(dict.fromkeys(Road(str(word)) for word in given))


def _entries(name: str, given: object, form: re.Pattern[str] | None = None) -> tuple[str, ...]:
    if not isinstance(given, list | tuple) or len(given) > MOST_ENTRIES:
        raise _wrong(name, given, f"Give a list of at most {MOST_ENTRIES}.")
    found = tuple(dict.fromkeys(" ".join(str(one).split()) for one in given if str(one).strip()))
    for one in found:
        if len(one) > LONGEST_ENTRY or (form is not None and form.fullmatch(one) is None):
            raise _wrong(name, one, "Write DE for Germany." if form else f"At most {LONGEST_ENTRY} letters.")
    return found


def _number(name: str, given: object, least: int, most: int) -> int:
    try:
        number = int(str(given))
    except ValueError:
        raise _wrong(name, given, f"Give a number from {least} to {most:,}.") from None
    if not least <= number <= most:
        raise _wrong(name, given, f"Give a number from {least} to {most:,}.")
    return number


def _maybe(name: str, given: object, least: int, most: int) -> int | None:
    return None if given in (None, "") else _number(name, given, least, most)


def _money(given: object) -> Decimal | None:
    if given in (None, ""):
        return None
    try:
        amount = Decimal(str(given))
    except InvalidOperation:
        raise _wrong("value_below", given, "Give an amount such as 50000.") from None
    if not amount.is_finite() or not 0 <= amount < Decimal(10) ** 13:
        raise _wrong("value_below", given, "Give an amount such as 50000.")
    return amount


def _time(name: str, given: object) -> time:
    try:
        return time.fromisoformat(str(given))
    except ValueError:
        raise _wrong(name, given, "Write 09:00.") from None


def _day(name: str, given: object) -> date:
    try:
        return date.fromisoformat(str(given))
    except ValueError:
        raise _wrong(name, given, "Write 2026-11-24.") from None


def _wrong(name: str, value: object, hint: str) -> InvalidInput:
    return InvalidInput(f"{name}: {value!r:.80} can't be.", hint=hint, code="policy.rule", context={"field": name})
