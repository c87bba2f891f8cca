"""What follows from a message that came in: rules, each with the key under which it is recorded. Pure.

The strict side wins everywhere: whoever wrote "stop" is left alone for good, whatever address it came from and however
sure the reading is; what would be nice to hear (an interested answer) never does more than ask a person.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

from tandem.engagement.contracts import LOWEST_STAKES, EnrollmentState, MailKind, ReplyLabel

PAUSE_WITHOUT_DATE = timedelta(days=7)  # long enough for a week away, short enough to notice a stale text
LONGEST_ABSENCE = timedelta(days=400)  # a date farther off is a misread one: the week without a date holds
SOFT_PAUSE = timedelta(days=2)  # a full mailbox is rarely emptied the same day
SOFT_BOUNCES_ARE_ONE_HARD = 3  # in `SOFT_WINDOW`, as common list software counts
SOFT_WINDOW = timedelta(days=30)
SOFT_NO = "soft_no"  # the rule's key
NOT_NOW_DAYS = 90  # "not now" is heard for a quarter
# Refusals that speak of our mail or our servers and say nothing about the address.
ABOUT_US = frozenset({"blocked", "policy", "content", "too_large", "rate_limited", "auth_failure", "network", "system"})


class EffectKind(StrEnum):
    """What can follow."""

    SUPPRESS = "suppress"
    STOP = "stop"
    PAUSE = "pause"
    ADDRESS = "address"
    PROPOSE = "propose"
    ALARM = "alarm"
    ASK = "ask"
    ANSWER = "answer"


# A wish to be left alone and a dead address stay; a task is closed, not undone.
LASTING = frozenset({EffectKind.SUPPRESS, EffectKind.ADDRESS, EffectKind.ALARM, EffectKind.ASK})
WISHES = frozenset({"unsubscribe", "objection", "complaint"})


def is_reversible(kind: str, rule: str) -> bool:
    """Whether a person may take it back in the inbox. A suppression ends only with a later permission."""
    return EffectKind(kind) not in LASTING and not (kind == EffectKind.STOP and rule in WISHES)


class Sender(StrEnum):
    """Who wrote, seen from whom we wrote to."""

    ADDRESSEE = "addressee"
    COLLEAGUE = "colleague"
    STRANGER = "stranger"
    UNKNOWN = "unknown"


SENDER_WORDS = {
    Sender.ADDRESSEE: "",
    Sender.COLLEAGUE: "It came from another address of the same company.",
    Sender.STRANGER: "It came from an address that nobody here knows.",
    Sender.UNKNOWN: "Nobody here is known by this address, and it answers nothing of ours.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known of a message when its consequences are drawn.

    label : as read, or as a person corrected it
    by_person : a person said what it is
    bounce_type, bounce_reason : of a bounce; else empty
    soft_before : soft bounces of the same address in the last 30 days, without this one
    has_contact : it is known whom it is about; is_answer : it answers a touch of ours
    is_soft_no : a soft no is heard in it (`domain.soft_no`) and it has no label; it slows the plan, and ends it not
    day : on which it came in
    """

    kind: MailKind
    label: ReplyLabel | None
    to_human: bool
    sender: Sender
    day: date
    by_person: bool = False
    returns_on: date | None = None
    names_other: bool = False
    bounce_type: str = ""
    bounce_reason: str = ""
    soft_before: int = 0
    has_contact: bool = True
    is_answer: bool = True
    is_soft_no: bool = False
    not_now_days: int = NOT_NOW_DAYS


@dataclass(frozen=True, slots=True, kw_only=True)
class Consequence:
    """One thing to do.

    rule : key under which it is recorded
    reason : of a suppression, as `compliance.contracts.SuppressionReason`; else empty
    state : how plans end; None: they do not
    until : first day on which plans go on; None: no pause
    why : in words, for the person and the plan
    """

    kind: EffectKind
    rule: str
    why: str
    reason: str = ""
    state: EnrollmentState | None = None
    until: date | None = None
    inputs: dict[str, str | int | bool | None] = field(default_factory=dict)


def consequences_of(facts: Facts) -> tuple[Consequence, ...]:
    """Everything that follows, what protects the person first.

    >>> away = Facts(kind=MailKind.AUTO_REPLY, label=ReplyLabel.OOO, to_human=False, sender=Sender.ADDRESSEE,
    ...              day=date(2026, 11, 25), returns_on=date(2026, 12, 1))
    >>> [(one.kind.value, one.until.isoformat()) for one in consequences_of(away)]
    [('pause', '2026-12-01')]
    """
    if facts.kind is MailKind.COMPLAINT:
        return tuple(_complaint(facts))
    if facts.kind is MailKind.BOUNCE:
        return tuple(_bounce(facts))
    return tuple(_reply(facts))


def pause_until(facts: Facts) -> date:
    """First day on which plans of somebody who is away go on: the day they are back, or in a week.

    A day that has passed, or one more than a year off, is no return: the week holds.
    """
    back = facts.returns_on
    if back is None or not facts.day < back <= facts.day + LONGEST_ABSENCE:
        return facts.day + PAUSE_WITHOUT_DATE
    return back


def _complaint(facts: Facts) -> Iterator[Consequence]:
    inputs = _inputs(facts)
    yield Consequence(
        kind=EffectKind.SUPPRESS, rule="complaint", reason="complaint", inputs=inputs,
        why="They told their provider that our mail is spam.",
    )  # fmt: skip
    yield Consequence(
        kind=EffectKind.STOP, rule="complaint", state=EnrollmentState.OBJECTED, inputs=inputs,
        why="They complained to their provider.",
    )  # fmt: skip
    yield Consequence(kind=EffectKind.ALARM, rule="complaint", why="A complaint about our mail.", inputs=inputs)
    yield Consequence(
        kind=EffectKind.ASK, rule="any_complaint", why="A complaint: read what we sent them.", inputs=inputs
    )


def _bounce(facts: Facts) -> Iterator[Consequence]:
    inputs = _inputs(facts)
    if facts.bounce_reason in ABOUT_US:
        if facts.bounce_type == "hard":
            yield Consequence(
                kind=EffectKind.ALARM, rule="refused_for_us", inputs=inputs,
                why=f"A server refuses our mail ({facts.bounce_reason.replace('_', ' ')}), not the address.",
            )  # fmt: skip
        yield Consequence(
            kind=EffectKind.PAUSE, rule="refused_for_us", until=facts.day + SOFT_PAUSE, inputs=inputs,
            why="A server refused our mail for now.",
        )  # fmt: skip
        return
    is_third = facts.soft_before + 1 >= SOFT_BOUNCES_ARE_ONE_HARD
    if facts.bounce_type == "hard" or is_third:
        rule = "hard_bounce" if facts.bounce_type == "hard" else "third_soft_bounce"
        why = (
            "Mail to the address failed for good." if facts.bounce_type == "hard" else "Mail to it failed three times."
        )
        yield Consequence(kind=EffectKind.ADDRESS, rule=rule, reason="bounce", why=why, inputs=inputs)
        yield Consequence(
            kind=EffectKind.STOP, rule=rule, state=EnrollmentState.UNREACHABLE, why=why, inputs=inputs
        )  # fmt: skip
        return
    yield Consequence(
        kind=EffectKind.PAUSE, rule="soft_bounce", until=facts.day + SOFT_PAUSE, inputs=inputs,
        why="Mail to the address failed for now.",
    )  # fmt: skip


def _reply(facts: Facts) -> Iterator[Consequence]:
    yield from _wish(facts)
    if facts.label is ReplyLabel.OOO and facts.sender is not Sender.STRANGER:
        yield Consequence(
            kind=EffectKind.PAUSE, rule="absence", until=pause_until(facts), inputs=_inputs(facts),
            why="They are away." if facts.returns_on else "They are away and do not say until when.",
        )  # fmt: skip
    if facts.label is ReplyLabel.NEGATIVE_NOW:
        yield Consequence(
            kind=EffectKind.PAUSE, rule="not_now", until=facts.day + timedelta(days=facts.not_now_days),
            inputs=_inputs(facts), why="They said: not now.",
        )  # fmt: skip
    if facts.is_soft_no:
        yield Consequence(
            kind=EffectKind.PAUSE, rule=SOFT_NO, inputs=_inputs(facts), why="A no that they did not say aloud."
        )
    if _ends_the_plan(facts):
        rule = facts.label.value if facts.label else "any_reply"
        yield Consequence(
            kind=EffectKind.STOP, rule=rule, state=EnrollmentState.ANSWERED, inputs=_inputs(facts),
            why="The wrong person." if facts.label is ReplyLabel.WRONG_PERSON else "They answered: a person goes on.",
        )  # fmt: skip
    if facts.label is ReplyLabel.WRONG_PERSON and facts.names_other:
        yield Consequence(
            kind=EffectKind.PROPOSE, rule="redirect", inputs=_inputs(facts), why="They name somebody else to write to."
        )
    if why := why_a_person(facts):
        rule = SOFT_NO if facts.is_soft_no else "any_reply"
        yield Consequence(kind=EffectKind.ASK, rule=rule, why=why, inputs=_inputs(facts))


def _wish(facts: Facts) -> Iterator[Consequence]:
    """A wish to be left alone: everywhere and at once."""
    if facts.label is ReplyLabel.UNSUBSCRIBE:
        reason, rule, why = "unsubscribe", "unsubscribe", "They asked for no more mail."
    elif facts.label is ReplyLabel.NEGATIVE_EVER:
        reason, rule, why = "objection", "objection", "They said no for good."
    else:
        return
    inputs = _inputs(facts)
    yield Consequence(kind=EffectKind.SUPPRESS, rule=rule, reason=reason, why=why, inputs=inputs)
    yield Consequence(kind=EffectKind.STOP, rule=rule, state=EnrollmentState.OBJECTED, why=why, inputs=inputs)


def _ends_the_plan(facts: Facts) -> bool:
    """Whether a person goes on from here: somebody wrote, and it is neither an absence, a pause nor a wish."""
    if facts.label in (ReplyLabel.POSITIVE_MEETING, ReplyLabel.POSITIVE_INFO, ReplyLabel.WRONG_PERSON):
        return True
    return facts.label is None and facts.kind is MailKind.REPLY and not facts.is_soft_no


def why_a_person(facts: Facts) -> str:
    """Why a person must see a reply, in words; empty: nobody must.

    Nobody must where it is an absence, a wrong person or an unsubscribe, read with certainty from whom we wrote to.
    """
    odd = SENDER_WORDS[facts.sender]
    if facts.is_soft_no:
        return f"A soft no: their plan goes on slower. {odd}".strip()
    if facts.label is None:
        read = "It is not clear what they want." if facts.kind in (MailKind.REPLY, MailKind.OTHER) else ""
        if facts.kind is MailKind.AUTO_REPLY and not facts.to_human:
            return ""
        return f"{read} {odd}".strip() if facts.to_human or facts.kind is MailKind.REPLY else ""
    if facts.label in LOWEST_STAKES:
        if facts.sender is Sender.STRANGER:
            return odd
        return "The reading is not certain." if facts.to_human and not facts.by_person else ""
    return f"{WHY_WORDS[facts.label]} {odd}".strip()


WHY_WORDS = {
    ReplyLabel.POSITIVE_MEETING: "They would like to talk.",
    ReplyLabel.POSITIVE_INFO: "They want to know more.",
    ReplyLabel.NEGATIVE_NOW: "They say: not now.",
    ReplyLabel.NEGATIVE_EVER: "They say no for good.",
}


def _inputs(facts: Facts) -> dict[str, str | int | bool | None]:
    """What a rule saw, for the record; no words of the message."""
    told: dict[str, str | int | bool | None] = {
        "kind": facts.kind.value,
        "label": facts.label.value if facts.label else None,
        "by_person": facts.by_person,
        "sender": facts.sender.value,
        "returns_on": facts.returns_on.isoformat() if facts.returns_on else None,
        "bounce": facts.bounce_type or None,
        "reason": facts.bounce_reason or None,
        "soft_before": facts.soft_before or None,
    }
    return {name: value for name, value in told.items() if value not in (None, False)}
