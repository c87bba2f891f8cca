"""Caption files to utterances: WebVTT (Zoom, Teams), SubRip (SRT), SubViewer (SBV), as they are found in life.

One reader for all three: wherever a line of two times joined by an arrow (or a comma, SBV) stands, an utterance begins
that ends at the next blank line or time line. What can't be read as a time costs that utterance's time, not its text.
Speakers stand in "<v Name>" or before a colon; a word before a colon is a speaker only when it looks like a name and
is known or comes more than once ("Note: …" is said, not somebody's name).
"""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

_TIME = r"(?:(\d{1,3}):)?(\d{1,2}):(\d{1,2})(?:[.,](\d{1,6}))?"
_TIMING = re.compile(rf"^\s*{_TIME}\s*(?:-{{1,2}}>|→|,)\s*{_TIME}(?:\s+.*)?$")
_LOOKS_TIMED = re.compile(r"^\s*[\d:.,]{2,}\s*-->|-->\s*[\d:.,]{2,}")
_VOICE = re.compile(r"<v(?:\.[^\s>]*)?\s+([^>]+)>", re.I)
_TAG = re.compile(r"</?[a-z0-9.:][^>]*>|<\d[\d:.]*>", re.I)
_SPOKEN = re.compile(r"^(?:>>\s*)?([^:<>\n]{1,60}):\s+(\S.*)$", re.S)
_NAME = re.compile(r"^[^\W\d_][\w.'’-]*(?:[ ,][^\W_(][\w.'’()-]*){0,4}$")
_BLOCKS = ("NOTE", "STYLE", "REGION")
MAX_UTTERANCES = 50_000  # a day of talk


@dataclass(frozen=True, slots=True)
class Utterance:
    """A stretch of speech.

    start, end : seconds from the beginning of the recording; None: the file's time can't be read
    speaker : name as shown; "" when the file does not tell
    text : what was said, without markup
    """

    start: float | None
    end: float | None
    speaker: str
    text: str


@dataclass(frozen=True, slots=True)
class Captions:
    """What a caption file holds, and what was wrong with it in words for the load."""

    utterances: tuple[Utterance, ...]
    notes: tuple[str, ...] = ()

    @property
    def seconds(self) -> float:
        """Length by the last time given; 0 when there is none."""
        return max((one.end or one.start or 0.0 for one in self.utterances), default=0.0)


def read_captions(text: str, known_speakers: Iterable[str] = ()) -> Captions:
    """Every utterance that can be read, in the order of the file.

    known_speakers : names from elsewhere (the meeting's participants), taken as speakers before a colon

    >>> read_captions("WEBVTT\\n\\n1\\n00:00:01.000 --> 00:00:02.500\\nAnn Lee: Hello.").utterances[0]
    Utterance(start=1.0, end=2.5, speaker='Ann Lee', text='Hello.')
    """
    blocks = _blocks(text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n"))
    untimed = sum(block.start is None for block in blocks)
    known = {name.strip().casefold() for name in known_speakers if name.strip()}
    utterances = _with_speakers([block for block in blocks if block.text], known)
    notes = []
    if untimed:
        notes.append(f"{untimed:,} captions have no readable time.")
    empty = sum(not block.text for block in blocks)
    if empty:
        notes.append(f"{empty:,} captions are empty.")
    if len(utterances) > MAX_UTTERANCES:
        notes.append(f"Only the first {MAX_UTTERANCES:,} of {len(utterances):,} utterances are read.")
    return Captions(tuple(utterances[:MAX_UTTERANCES]), tuple(notes))


def _blocks(lines: list[str]) -> list[Utterance]:
    """Captions with their markup and "Name:" still in the text."""
    found: list[Utterance] = []
    times: tuple[float | None, float | None] | None = None
    payload: list[str] = []
    is_comment = False
    for line in [*lines, ""]:
        match = _TIMING.match(line)
        if match or _LOOKS_TIMED.search(line):
            _close(found, times, payload)
            groups = match.groups() if match else ()
            times = (_seconds(groups[:4]), _seconds(groups[4:])) if groups else (None, None)
            payload, is_comment = [], False
        elif not line.strip():
            _close(found, times, payload)
            times, payload, is_comment = None, [], False
        elif times is None and line.startswith(_BLOCKS):
            is_comment = True
        elif times is not None and not is_comment:
            payload.append(line)
    return found


def _close(found: list[Utterance], times: tuple[float | None, float | None] | None, payload: list[str]) -> None:
    if times is not None:
        found.append(Utterance(times[0], times[1], "", "\n".join(payload).strip()))


def _seconds(parts: Iterable[str | None]) -> float | None:
    hours, minutes, seconds, fraction = parts
    if minutes is None or seconds is None or int(minutes) > 59 or int(seconds) > 59:
        return None
    return int(hours or 0) * 3600 + int(minutes) * 60 + int(seconds) + float(f"0.{fraction or 0}")


def _with_speakers(blocks: list[Utterance], known: set[str]) -> list[Utterance]:
    """Speakers told apart from what is said, markup gone; an utterance that names none goes on with the last `<v>`."""
    named = Counter(match[1].strip().casefold() for block in blocks if (match := _SPOKEN.match(_plain(block.text))))
    speakers = {name for name, times in named.items() if name in known or (times > 1 and _NAME.match(name))}
    found: list[Utterance] = []
    for block in blocks:
        pieces = [(speaker, _plain(text)) for speaker, text in _voices(block.text)]
        for place, (speaker, said) in enumerate(pieces):
            match = _SPOKEN.match(said)
            if not speaker and match and match[1].strip().casefold() in speakers:
                speaker, said = match[1].strip(), match[2].strip()
            if said:
                start, end = _share(block, [text for _, text in pieces], place)
                found.append(Utterance(start, end, speaker, said))
    return found


def _share(block: Utterance, texts: list[str], place: int) -> tuple[float | None, float | None]:
    """The part of a caption's time that one of its speakers has, by the length of what each says."""
    if len(texts) == 1 or block.start is None or block.end is None:
        return block.start, block.end
    whole = sum(map(len, texts)) or 1
    before = sum(map(len, texts[:place])) / whole
    length = block.end - block.start
    after = before + len(texts[place]) / whole
    return round(block.start + length * before, 3), round(block.start + length * after, 3)


def _voices(text: str) -> list[tuple[str, str]]:
    """A payload cut where `<v Name>` changes the speaker."""
    marks = list(_VOICE.finditer(text))
    if not marks:
        return [("", text)]
    pieces = [("", text[: marks[0].start()])] if text[: marks[0].start()].strip() else []
    ends = [*(mark.start() for mark in marks[1:]), len(text)]
    for mark, end in zip(marks, ends, strict=True):
        pieces.append((" ".join(html.unescape(mark[1]).split()), text[mark.end() : end]))
    return pieces


def _plain(text: str) -> str:
    return " ".join(html.unescape(_TAG.sub("", text)).split())
