"""Modes: who decides about a message, what must stand before software may, and when growing must stop.

A fresh installation knows one mode: a person approves every message. The others are opted in to, campaign by campaign,
by a person, behind four things in their order: whom we sell to, how we sound, what we send from, who answers for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from tandem.access.contracts import Role
from tandem.compliance.contracts.gate import Mode
from tandem.core.intervals import Difference, Share
from tandem.engagement.contracts import Arm

# Roles that answer for revenue: the CRO, and who runs sales operations.
SPONSOR_ROLES = frozenset({Role.EXECUTIVE, Role.REVOPS})
MORE_MEETINGS = 1.2  # meetings of now for each of before
FEWEST_MEETINGS = 5  # before a rise is called one
COMPLAINTS_FLAGGED = 0.001  # share of complaints at which mailbox providers begin to doubt a sender
WORDS_OF_STOP = {
    "quality": "More meetings, worse answers",
    "flagged": "Mailbox providers doubt the sender",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One of the four things that come before autonomy.

    told : how it stands, in words
    address : the page where it is put right
    """

    key: str
    title: str
    is_ready: bool
    told: str
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """The four parts, in the order in which they are built."""

    parts: Sequence[Part] = field(default=())

    @property
    def is_ready(self) -> bool:
        """Whether all stand."""
        return bool(self.parts) and all(part.is_ready for part in self.parts)

    @property
    def missing(self) -> str:
        """What does not stand, in words; empty: nothing."""
        return " ".join(f"{part.title}: {part.told}" for part in self.parts if not part.is_ready)


def mode_for(campaign_mode: Mode, arm: Arm) -> Mode:
    """The mode of one person's messages: autonomy reaches only campaigns opted in, and there not people's own arms.

    A campaign without an experiment puts everybody in the hybrid arm, which follows the campaign's mode.
    """
    return Mode.EVERY if arm is Arm.HUMAN else campaign_mode


def mode_in_experiment(campaign_mode: Mode, arm: Arm, *, has_arms: bool) -> Mode:
    """The same where arms are compared: only the autonomous arm goes without a person's approval."""
    if has_arms and arm is not Arm.AUTONOMOUS:
        return Mode.EVERY
    return mode_for(campaign_mode, arm)


def is_wider(before: Mode, after: Mode) -> bool:
    """Whether a change gives software more to decide."""
    order = (Mode.EVERY, Mode.TARGETS, Mode.POLICY)
    return order.index(after) > order.index(before)


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """What a campaign came to in some weeks.

    meetings : held
    replies : people who answered in their own words, of those reached
    positive : of those who answered, who wanted to talk or know more
    complaints : people who complained, of those reached
    flags : what mailbox providers and our own guards say of the sending domains, in words
    """

    meetings: int
    replies: Share
    positive: Share
    complaints: Share
    flags: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Warned:
    """A warning that stops growth. rule : key of `WORDS_OF_STOP`; figures : what it rests on"""

    rule: str
    why: str
    figures: dict[str, float | int]


def early_warning(before: Period, now: Period) -> Warned | None:
    """The sign of the failure to come: meetings rise while answers get worse, or providers flag the sender.

    Meetings follow volume; answers and flags follow quality. When both go apart, more of the same burns the market and
    the domain first and the pipeline a quarter later. None: no such sign.
    """
    rising = now.meetings >= FEWEST_MEETINGS and now.meetings >= MORE_MEETINGS * max(1, before.meetings)
    figures: dict[str, float | int] = {
        "meetings_before": before.meetings, "meetings": now.meetings,
        "replies_before": before.replies.hits, "reached_before": before.replies.n,
        "replies": now.replies.hits, "reached": now.replies.n,
        "positive_before": before.positive.hits, "positive": now.positive.hits,
        "complaints": now.complaints.hits,
    }  # fmt: skip
    if now.flags or (now.complaints.hits >= 2 and now.complaints.low > COMPLAINTS_FLAGGED):
        told = "; ".join(now.flags) or f"{now.complaints.hits} of {now.complaints.n} people complained"
        return Warned(rule="flagged", why=f"{told}. Growing now would cost the domain.", figures=figures)
    if not rising:
        return None
    for name, earlier, later in (
        ("answered", before.replies, now.replies),
        ("wanted more", before.positive, now.positive),
    ):
        change = Difference(first=later, second=earlier)
        if change.differs and change.high < 0:
            told = f"{later.hits} of {later.n} {name}, {earlier.hits} of {earlier.n} before"
            meetings = f"meetings rose from {before.meetings} to {now.meetings}"
            return Warned(rule="quality", why=f"While {meetings}, {told}.", figures=figures)
    return None
