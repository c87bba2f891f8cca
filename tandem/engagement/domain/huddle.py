"""The morning's pack: yesterday in figures, what to look at, and at most three things to talk about. Pure.

A pack holds counts and the numbers of rows, never a name or a word of anybody: what the reader may see of a row is
asked when the page opens.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from statistics import median
from typing import Any

from tandem.core.intervals import Difference, Share

MOST_TO_TALK_ABOUT = 3
DRIFT_WORDS = 0.15  # of the median length, in either direction
DRIFT_EDITS = 0.10  # of the median edit distance, 0 to 1
ENOUGH_TEXTS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """One week of texts and answers.

    words : of each text that left
    edits : of each reviewed draft, 0 to 1
    answered, positive, opted_out : of people who were written to in the week
    """

    words: Sequence[int] = ()
    edits: Sequence[float] = ()
    written_to: int = 0
    answered: int = 0
    positive: int = 0
    opted_out: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """How one thing moved against the week before. text : in words; is_large : beyond what weeks differ by anyway"""

    what: str
    text: str
    is_large: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Pack:
    """Yesterday.

    messages : (channel, mode) to how many left; replies : label to how many, "" for what nobody could label
    kills : (rule or reason in words, how many), most first
    edge_cases : kind to the numbers of the rows: "unsure", "corrected", "uncertain", "late"
    talk : what to talk about, most urgent first
    """

    messages: Mapping[str, int] = field(default_factory=dict)
    replies: Mapping[str, int] = field(default_factory=dict)
    bounces: int = 0
    complaints: int = 0
    meetings: int = 0
    kills: Sequence[tuple[str, int]] = ()
    edge_cases: Mapping[str, Sequence[int]] = field(default_factory=dict)
    drift: Sequence[Drift] = ()
    talk: Sequence[str] = ()

    def as_json(self) -> dict[str, Any]:
        """As it is stored."""
        return asdict(self)


def drift_of(before: Week, now: Week) -> tuple[Drift, ...]:
    """Length of texts, how much people change, and the mix of answers, week against week.

    Shares are said to have moved where Newcombe's interval leaves out no difference, lengths and edits beyond a stated
    part of the week before, both only with 30 texts or people on each side.
    """
    found: list[Drift] = []
    if min(len(before.words), len(now.words)) >= ENOUGH_TEXTS:
        old, new = median(before.words), median(now.words)
        moved = abs(new - old) > DRIFT_WORDS * old
        found.append(Drift(what="length", text=f"Texts have {new:.0f} words after {old:.0f}.", is_large=moved))
    if min(len(before.edits), len(now.edits)) >= ENOUGH_TEXTS:
        old, new = median(before.edits), median(now.edits)
        told = f"Reviewers change {new:.0%} of a text after {old:.0%}."
        found.append(Drift(what="edits", text=told, is_large=abs(new - old) > DRIFT_EDITS))
    for what, noun in (
        ("answered", "answered"),
        ("positive", "were interested"),
        ("opted_out", "asked to be left alone"),
    ):
        one = Difference(
            first=Share(hits=getattr(now, what), n=now.written_to),
            second=Share(hits=getattr(before, what), n=before.written_to),
        )
        if one.is_enough:
            told = f"{one.first.value:.1%} {noun} after {one.second.value:.1%}."
            found.append(Drift(what=what, text=told, is_large=one.differs))
    return tuple(found)


def to_talk_about(pack: Pack) -> tuple[str, ...]:
    """At most three sentences, what hurts people or the sender first."""
    cases = pack.edge_cases
    told: list[str] = []
    if pack.complaints:
        told.append(f"{_many(pack.complaints, 'complaint')} came in. Read each, and what was sent.")
    if cases.get("uncertain"):
        told.append(f"{_many(len(cases['uncertain']), 'hand-off')} ended without an answer. Somebody must settle them.")
    if cases.get("late"):
        told.append(f"{_many(len(cases['late']), 'reply', 'replies')} waited too long. Who covers, and when?")
    told += [f"{one.text} Is that wanted?" for one in pack.drift if one.is_large]
    if cases.get("corrected"):
        told.append(f"{_many(len(cases['corrected']), 'label')} had to be put right. Do they have something in common?")
    if pack.kills and pack.kills[0][1] >= 5:
        told.append(f"Most held back: {pack.kills[0][0]} ({pack.kills[0][1]}).")
    if pack.replies.get("positive_meeting"):
        told.append(
            f"{_many(pack.replies['positive_meeting'], 'person', 'people')} wanted to talk. What did they read?"
        )
    return tuple(told[:MOST_TO_TALK_ABOUT])


def _many(count: int, noun: str, nouns: str = "") -> str:
    return f"{count} {noun if count == 1 else nouns or noun + 's'}"
