"""Video and synthetic voice: fully human or fully synthetic and said so; what is half of each is refused.

Adapters for makers of synthetic video and voice sit behind `Maker`; none of them is asked before `refusals` is empty.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Medium(StrEnum):
    """What is made."""

    VIDEO = "video"
    VOICEMAIL = "voicemail"
    CALL = "call"


class Origin(StrEnum):
    """Who is seen or heard."""

    HUMAN = "human"
    SYNTHETIC = "synthetic"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """A video, a voicemail or a call as somebody wants to let it out.

    face, voice : who is seen, who is heard; None: nobody
    script : what is said, word for word; empty: not known
    disclosure : the sentence that says it is synthetic, as `compliance` gives it; empty: none
    is_marked : the picture itself says so all the time, such as by a line at its edge
    imitates : name of a living person whom a synthetic face or voice imitates; empty: nobody
    quality : 0 to 1, of the maker's own measure; None: not measured
    """

    medium: Medium
    face: Origin | None = None
    voice: Origin | None = None
    script: str = ""
    disclosure: str = ""
    is_marked: bool = False
    imitates: str = ""
    quality: float | None = None


LEAST_QUALITY = 0.8  # of the maker's own measure; below it a face or voice is neither good nor plainly made


class Maker(Protocol):
    """A maker of synthetic video or voice, as its adapter offers it."""

    name: str

    def make(self, recording: Recording) -> bytes:
        """The finished file. Only called for what `refusals` lets through."""
        ...


def refusals(recording: Recording) -> tuple[str, ...]:
    """Everything that speaks against letting it out, in words; empty: it may be made and go on to the gate.

    >>> refusals(Recording(medium=Medium.VIDEO, face=Origin.HUMAN, voice=Origin.HUMAN))
    ()
    """
    found = [*_mixed(recording), *_live(recording)]
    if Origin.SYNTHETIC in (recording.face, recording.voice):
        found += _synthetic(recording)
    return tuple(found)


def _mixed(recording: Recording) -> Sequence[str]:
    if recording.face is None and recording.voice is None:
        return ["Say who is seen or heard: a person, or a synthetic one."]
    if recording.face and recording.voice and recording.face is not recording.voice:
        return [
            "Face and voice are of two kinds. Use a person's own for both, or synthetic ones for both and say so: a "
            "mix makes people doubt all of it."
        ]
    return []


def _live(recording: Recording) -> Sequence[str]:
    if recording.medium is Medium.CALL and recording.voice is Origin.SYNTHETIC:
        return ["A live call has the seller's own voice; prepare a sheet for the call instead."]
    return []


def _synthetic(recording: Recording) -> Sequence[str]:
    found = []
    said = " ".join(recording.script.casefold().split())
    told = " ".join(recording.disclosure.casefold().split())
    if not told:
        found.append("Nothing says that it is synthetic; put the disclosure of the place into it.")
    elif not said.startswith(told) and recording.medium is not Medium.VIDEO:
        found.append("The disclosure must be the first thing that is said.")
    elif told not in said and not recording.is_marked:
        found.append("The disclosure is neither spoken nor shown; do one of them.")
    if recording.medium is Medium.VIDEO and not recording.is_marked:
        found.append("A synthetic video carries its mark in the picture from the first frame to the last.")
    if recording.imitates:
        found.append(f"It imitates {recording.imitates}; a synthetic face or voice is nobody's.")
    if recording.quality is None:
        found.append("Its quality was not measured; have the maker's own check run first.")
    elif recording.quality < LEAST_QUALITY:
        found.append(f"Its quality is {recording.quality:.2f}, below {LEAST_QUALITY}; send text instead.")
    return found
