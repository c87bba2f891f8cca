"""Turns as the cues of a transcript file, with the mistakes speech recognition and conference rooms make."""

from __future__ import annotations

from dataclasses import dataclass

from tandem.simulation.dice import Dice
from tandem.simulation.text.acts import Span
from tandem.simulation.text.dialogue import LONG_TURN, Turn
from tandem.simulation.text.voice import Voice

WORDS_A_SECOND = 2.1
ROOMS = (
    "Conference Room 2",
    "Meeting room North",
    "Besprechungsraum 3",
    "Salle 4",
    "Sala B",
    "Room A-114",
    "Speaker 1",
)
DEVICES = ("iPhone", "Galaxy S22", "LAPTOP-7F2K9", "iPad ({first})", "{first}'s iPhone", "DESKTOP-{letters}")


@dataclass(slots=True)
class Cue:
    """One cue: sentences of one turn with start and end in milliseconds; `name` is the shown speaker, empty if none."""

    turn: Turn
    spans: list[Span]
    name: str
    start: int
    end: int

    @property
    def text(self) -> str:
        """The words."""
        return " ".join(span.text for span in self.spans)


def cues_of(dice: Dice, turns: list[Turn], theirs: list[Voice]) -> list[Cue]:
    """Cues of all turns, long turns in several, each with the name the tool shows."""
    names = _shown_names(dice, theirs)
    unsure = dice.pick((0.0, 0.0, 0.02, 0.06))
    clock = dice.between(800, 9000)
    cues: list[Cue] = []
    for turn in turns:
        for spans in _split(turn):
            words = sum(span.text.count(" ") + 1 for span in spans)
            length = int(words / WORDS_A_SECOND / (0.8 + 0.4 * dice.random()) * 1000) + 350
            name = names.get(turn.speaker.email, turn.speaker.name)
            if dice.random() < unsure:
                name = dice.pick(("Unknown", "Unknown Speaker", ""))
            cues.append(Cue(turn, spans, name, clock, clock + length))
            clock += length + int(dice.expovariate(1 / (9000 if dice.chance(0.12) else 1100))) + 60
    return cues


def _split(turn: Turn) -> list[list[Span]]:
    groups: list[list[Span]] = [[]]
    size = 0
    for span in turn.spans:
        if groups[-1] and size + len(span.text) > LONG_TURN:
            groups.append([])
            size = 0
        groups[-1].append(span)
        size += len(span.text)
    return groups


def _shown_names(dice: Dice, theirs: list[Voice]) -> dict[str, str]:
    """Names by mail address that differ from the person's: rooms shared by several, devices, added company names."""
    draw = dice.random()
    if draw < 0.09 and len(theirs) > 1:
        room = dice.pick(ROOMS)
        return {voice.email: room for voice in theirs[: dice.between(2, len(theirs))]}
    if draw < 0.16:
        voice = dice.pick(theirs)
        return {
            voice.email: dice.pick(DEVICES).format(first=voice.first, letters=dice.token("ABCDEFGHKLMNP23456789", 7))
        }
    if draw < 0.3:
        return {voice.email: f"{voice.name} ({voice.company})" for voice in theirs}
    if draw < 0.36:
        return {voice.email: voice.first for voice in theirs}
    return {}


def _time(milliseconds: int) -> str:
    seconds, rest = divmod(milliseconds, 1000)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{rest:03}"


def vtt_text(dice: Dice, cues: list[Cue]) -> str:
    """The file: mostly "Name: text" cues with numbers, else voice tags without numbers."""
    tags = dice.chance(0.14)
    lines = ["WEBVTT", ""]
    for number, cue in enumerate(cues, 1):
        if not tags:
            lines.append(str(number))
        lines.append(f"{_time(cue.start)} --> {_time(cue.end)}")
        if tags:
            lines.append(f"<v {cue.name}>{cue.text}</v>" if cue.name else cue.text)
        else:
            lines.append(f"{cue.name}: {cue.text}" if cue.name else cue.text)
        lines.append("")
    return "\n".join(lines)
