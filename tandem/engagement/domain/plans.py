"""Plans as data: steps read from JSON, checked, and written back. When touches are due is `domain.due_times`.

A plan has four to seven touches. The first opens a conversation and so is no reminder; later ones wait at least a
working day. LinkedIn and calls are done by a person: software prepares them, it never dials or clicks.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from tandem.compliance.contracts.gate import Road
from tandem.core.errors import InvalidInput
from tandem.engagement.contracts import BY_HAND, CHANNELS, LONGEST_PLAN, SHORTEST_PLAN, Angle, Step
from tandem.engagement.domain.step_conditions import condition_fault

LONGEST_WAIT_DAYS = 30  # working days; later than that nobody remembers the touch before
MOST_CONDITIONS, MOST_VARIANTS, LONGEST_VARIANT = 6, 4, 40
FEWEST_WORDS = 5
# Words that a text of a channel has at most: what a phone shows, a voicemail of half a minute, a mail read standing.
MOST_WORDS: Mapping[Road, int] = MappingProxyType(
    {
        Road.EMAIL: 200, Road.LINKEDIN: 120, Road.SMS: 40, Road.WHATSAPP: 60, Road.PHONE_MANUAL: 250,
        Road.VOICEMAIL_AI: 80,
    }
)  # fmt: skip
ANGLE_WORDS: Mapping[Angle, str] = MappingProxyType(
    {
        Angle.OPENING: "Opening",
        Angle.NEW_REASON: "A new reason",
        Angle.REMINDER: "Reminder",
        Angle.CASE: "A case",
        Angle.LAST_WORD: "Last word",
    }
)
NOT_FIRST = frozenset({Road.SMS, Road.WHATSAPP})
_VARIANT = re.compile(r"[a-z0-9][a-z0-9_-]*")
_KEYS = frozenset({"number", "channel", "angle", "wait_days", "conditions", "variants", "max_words"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What is wrong with a plan.

    step : number from 1; 0: the plan as a whole
    message, hint : what is wrong, and the remedy
    """

    step: int
    message: str
    hint: str = ""

    @property
    def told(self) -> str:
        """Place, fault and remedy on one line."""
        return f"{f'Step {self.step}: ' if self.step else ''}{self.message} {self.hint}".strip()


def read_steps(data: object) -> tuple[Step, ...]:
    """Steps as they are stored: a list of objects, their place is their number.

    Raises InvalidInput for what is no step at all: the row, its value and what it may be. Whether the plan is sound
    says `faults_of`.

    >>> read_steps([{"channel": "email", "angle": "opening", "wait_days": 0}])[0].number
    1
    """
    if not isinstance(data, list):
        raise InvalidInput("Steps are no list.", hint="Give a list of steps.", code="plan.unreadable")
    return tuple(_read(number, one) for number, one in enumerate(data, 1))


def steps_json(steps: Iterable[Step]) -> list[dict[str, Any]]:
    """Steps in the form in which they are stored; `read_steps` gives them back."""
    return [
        {
            "channel": one.channel.value,
            "angle": one.angle.value,
            "wait_days": one.wait_days,
            "conditions": list(one.conditions),
            "variants": list(one.variants),
            "max_words": one.max_words,
        }
        for one in steps
    ]


def numbered(steps: Iterable[Step]) -> tuple[Step, ...]:
    """The same steps, numbered by their place."""
    return read_steps(steps_json(steps))


def faults_of(steps: Sequence[Step]) -> tuple[Fault, ...]:
    """All that keeps a plan from being published, in the order of its steps; empty: it is sound."""
    found: list[Fault] = []
    if not SHORTEST_PLAN <= len(steps) <= LONGEST_PLAN:
        found.append(
            Fault(
                step=0,
                message=f"{len(steps)} touches are no plan.",
                hint=f"A plan has {SHORTEST_PLAN} to {LONGEST_PLAN} touches.",
            )
        )
    for step in steps:
        found += _faults(step, steps)
    return tuple(found)


def require_sound(steps: Sequence[Step]) -> None:
    """Raise InvalidInput with everything that is wrong with a plan."""
    faults = faults_of(steps)
    if faults:
        raise InvalidInput(
            " ".join(fault.told for fault in faults),
            hint="Mend the steps, then publish.",
            code="plan.unsound",
            context={"faults": [{"step": one.step, "message": one.message} for one in faults]},
        )


def is_by_hand(step: Step) -> bool:
    """Whether a person does the step and software only prepares it."""
    return step.channel in BY_HAND


def words_at_most(step: Step) -> int:
    """The step's own limit, or its channel's."""
    return step.max_words if step.max_words is not None else MOST_WORDS[step.channel]


def difference(before: Sequence[Step], after: Sequence[Step]) -> tuple[tuple[str, Step | None, Step | None], ...]:
    """Two versions side by side: ("same" | "changed" | "added" | "removed", before, after) by place."""
    told: list[tuple[str, Step | None, Step | None]] = []
    for place in range(max(len(before), len(after))):
        old = before[place] if place < len(before) else None
        new = after[place] if place < len(after) else None
        word = "added" if old is None else "removed" if new is None else "same" if old == new else "changed"
        told.append((word, old, new))
    return tuple(told)


def _read(number: int, data: object) -> Step:
    if not isinstance(data, Mapping):
        raise _unreadable(number, f"{data!r:.60} is no step", "Give channel, angle and wait_days.")
    if unknown := set(map(str, data)) - _KEYS:
        raise _unreadable(number, f"{min(unknown)!r} is unknown", f"Known are {', '.join(sorted(_KEYS))}.")
    return Step(
        number=number,
        channel=_road(number, data.get("channel")),
        angle=_angle(number, data.get("angle")),
        wait_days=_number(number, "wait_days", data.get("wait_days", 0), 0, 10_000),
        conditions=_words(number, "conditions", data.get("conditions")),
        variants=_words(number, "variants", data.get("variants")),
        max_words=None
        if data.get("max_words") is None
        else _number(number, "max_words", data["max_words"], FEWEST_WORDS, 1_000),
    )


def _road(number: int, word: object) -> Road:
    if not isinstance(word, str) or word not in CHANNELS:
        told = (
            "software does not call; a call is done by hand" if word == Road.PHONE_AI else f"{word!r:.40} is no channel"
        )
        raise _unreadable(number, told, f"Channels are {', '.join(sorted(CHANNELS))}.")
    return Road(word)


def _angle(number: int, word: object) -> Angle:
    if not isinstance(word, str) or word not in [one.value for one in Angle]:
        raise _unreadable(number, f"{word!r:.40} is no angle", f"Angles are {', '.join(Angle)}.")
    return Angle(word)


def _number(number: int, name: str, value: object, least: int, most: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise _unreadable(number, f"{name} {value!r:.20} can't be", f"Give a whole number from {least} to {most:,}.")
    return value


def _words(number: int, name: str, value: object) -> tuple[str, ...]:
    if value is None:
        return ()
    if not isinstance(value, list | tuple) or not all(isinstance(one, str) for one in value):
        raise _unreadable(number, f"{name} are no list of words", "Give a list, empty for none.")
    return tuple(dict.fromkeys(word.strip() for word in value if word.strip()))


def _unreadable(number: int, told: str, hint: str) -> InvalidInput:
    return InvalidInput(f"Step {number}: {told}.", hint=hint, code="plan.unreadable", context={"step": number})


def _faults(step: Step, steps: Sequence[Step]) -> Iterable[Fault]:
    def fault(message: str, hint: str) -> Fault:
        return Fault(step=step.number, message=message, hint=hint)

    yield from (fault(*told) for told in _faults_of_place(step, steps))
    if step.max_words is not None and step.max_words > MOST_WORDS[step.channel]:
        most = MOST_WORDS[step.channel]
        yield fault(f"{step.max_words} words are too many for {CHANNELS[step.channel]}.", f"It takes at most {most}.")
    if len(step.conditions) > MOST_CONDITIONS:
        yield fault(f"{len(step.conditions)} conditions are too many.", f"At most {MOST_CONDITIONS}.")
    yield from (fault(*told) for word in step.conditions if (told := condition_fault(word)))
    yield from (fault(*told) for told in _faults_of_variants(step))


def _faults_of_place(step: Step, steps: Sequence[Step]) -> Iterable[tuple[str, str]]:
    """What is wrong with a step where it stands."""
    if step.number == 1:
        if step.angle in (Angle.REMINDER, Angle.LAST_WORD):
            yield f"The first touch can't be {ANGLE_WORDS[step.angle].lower()}.", "Open with a reason of its own."
        if step.channel in NOT_FIRST:
            yield f"The first touch can't be by {CHANNELS[step.channel]}.", "Write there once somebody knows you."
        if step.wait_days > LONGEST_WAIT_DAYS:
            yield f"It waits {step.wait_days} days.", f"At most {LONGEST_WAIT_DAYS}."
        return
    if not 1 <= step.wait_days <= LONGEST_WAIT_DAYS:
        yield f"It waits {step.wait_days} working days.", f"Wait 1 to {LONGEST_WAIT_DAYS} after the touch before."
    if step.angle is Angle.OPENING:
        yield "Only the first touch opens.", "Give a new reason, a case, a reminder or the last word."
    if step.angle is Angle.LAST_WORD and step.number != len(steps):
        yield "The last word has a touch after it.", "Put it last."


def _faults_of_variants(step: Step) -> Iterable[tuple[str, str]]:
    if len(step.variants) == 1 or len(step.variants) > MOST_VARIANTS:
        yield (
            f"{len(step.variants)} variants can't be compared.",
            f"Give none, or 2 to {MOST_VARIANTS}.",
        )
    for word in step.variants:
        if len(word) > LONGEST_VARIANT or _VARIANT.fullmatch(word) is None:
            yield f"{word[:60]!r} is no name of a variant.", "Write it with small letters, digits, - and _."
