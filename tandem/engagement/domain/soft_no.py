"""Noes that nobody says aloud: three mails without an answer, a brief acknowledgement, a request for fewer mails.

A soft no is no objection: the plan goes on, slower and with other content, by `CHANGES`; a person can take that back.
Who objects or complains is stopped elsewhere; whoever asks for something is answered by a person. Patterns by language
stand in `soft_no.toml`; a brief acknowledgement must be all that a text says.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib import resources
from types import MappingProxyType

from tandem.engagement.contracts import Angle

SILENT_AFTER = 3  # touches without any answer
LONGEST_BRIEF = 12  # words that may be left of an acknowledgement


class SoftNo(StrEnum):
    """Which of the three."""

    SILENCE = "silence"
    BRIEF = "brief"
    SLOWER = "slower"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What a soft no changes of a plan.

    rest_days : days in which nothing is sent
    stretch : the waits between what is left, times this
    most_left : touches that may still come
    angle : what the next one is for
    """

    rest_days: int
    stretch: float
    most_left: int
    angle: Angle


CHANGES: Mapping[SoftNo, Change] = MappingProxyType(
    {
        SoftNo.SILENCE: Change(rest_days=7, stretch=1.5, most_left=3, angle=Angle.NEW_REASON),
        SoftNo.BRIEF: Change(rest_days=21, stretch=2.0, most_left=2, angle=Angle.NEW_REASON),
        SoftNo.SLOWER: Change(rest_days=28, stretch=3.0, most_left=1, angle=Angle.LAST_WORD),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """A soft no in somebody's words. evidence : the words, as they stand in the text"""

    kind: SoftNo
    evidence: str


def hear(text: str, language: str) -> Heard | None:
    """The soft no in a new text (without quotes and signature); None: there is none, or it asks or says more.

    language : ISO 639-1; empty or unknown: all languages are tried

    >>> hear("Noted, thanks.", "en").kind
    <SoftNo.BRIEF: 'brief'>
    >>> hear("Noted, thanks. What does it cost?", "en") is None
    True
    """
    if "?" in text or "？" in text:
        return None
    for words in _languages(language):
        if found := words.slower.search(text):
            return Heard(kind=SoftNo.SLOWER, evidence=found.group(0))
    left = _bare(text)
    if left and len(left.split()) > LONGEST_BRIEF:
        return None
    if not left:
        return Heard(kind=SoftNo.BRIEF, evidence=text.strip()) if _thanks().search(text) else None
    for words in _languages(language):
        if words.brief.fullmatch(left):
            return Heard(kind=SoftNo.BRIEF, evidence=text.strip())
    return None


def is_silent(*, sent: int, heard: int) -> bool:
    """Whether somebody has said nothing after so many touches.

    sent : touches of this plan that left; heard : messages of theirs, absence notes not counted
    """
    return sent >= SILENT_AFTER and heard == 0


@dataclass(frozen=True, slots=True)
class _Words:
    brief: re.Pattern[str]
    slower: re.Pattern[str]


@cache
def _table() -> Mapping[str, Mapping[str, Sequence[str]]]:
    text = (resources.files("tandem.engagement.domain") / "soft_no.toml").read_text("utf-8")
    return tomllib.loads(text)


@cache
def _known() -> Mapping[str, _Words]:
    return {
        language: _Words(
            brief=re.compile(rf"(?:(?:{'|'.join(rows['brief'])})\W*)+", re.IGNORECASE),
            slower=re.compile(_in_words(rows["slower"], language), re.IGNORECASE),
        )
        for language, rows in _table().items()
        if language != "thanks"
    }


def _in_words(patterns: Sequence[str], language: str) -> str:
    """One pattern of several, at the edges of words where the language has such."""
    either = "|".join(patterns)
    return either if language == "ja" else rf"\b(?:{either})\b"


def _languages(language: str) -> Sequence[_Words]:
    known = _known()
    return [known[language]] if language in known else list(known.values())


@cache
def _thanks() -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{'|'.join(_table()['thanks']['words'])})(?!\w)", re.IGNORECASE)


@cache
def _frame() -> tuple[re.Pattern[str], re.Pattern[str]]:
    rows = _table()["thanks"]
    greeting = re.compile(rf"^(?:{'|'.join(rows['greetings'])})\b[^\n,!.]{{0,40}}(?:[,!.]|\n|$)", re.IGNORECASE)
    close = re.compile(rf"(?:^|\n)\s*(?:{'|'.join(rows['closes'])})\W*(?:\n.*)?$", re.IGNORECASE | re.DOTALL)
    return greeting, close


def _bare(text: str) -> str:
    """The text without greeting, close, name and thanks, in lower case."""
    greeting, close = _frame()
    left = close.sub("", greeting.sub("", text.strip()).strip())
    left = _thanks().sub(" ", left)
    lines = [line.strip(" \t,.!-–:;)(") for line in left.splitlines()]
    lines = [line for line in lines if line]
    if len(lines) > 1 and len(lines[-1].split()) <= 2 and lines[-1].istitle():
        lines.pop()  # a bare name
    return re.sub(r"\s+", " ", " ".join(lines)).strip(" ,.!").lower()
