"""What one person said in a dialogue, taken out; what the others said stays as it is."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from tandem.core.redaction import MARK


def without_speaker(dialogue: str, names: Collection[str], speakers: Iterable[str]) -> str:
    """The dialogue, one "Speaker: words" a line, with a mark for the words of one person.

    names : what the person is called in it, in small letters
    speakers : everybody who speaks: a line that begins with none of them goes on with what was said before

    >>> without_speaker("Ann: Yes.\\nnot today\\nBo: Fine.", {"ann"}, ["Ann", "Bo"])
    '[erased]: [erased]\\nBo: Fine.'
    """
    beginnings = {f"{name.casefold()}:": name.casefold() in names for name in speakers}
    beginnings |= {f"{name}:": True for name in names}
    kept, is_theirs = [], False
    for line in dialogue.split("\n"):
        small = line.casefold()
        said_by = next((mine for start, mine in beginnings.items() if small.startswith(start)), None)
        if said_by:
            kept.append(f"{MARK}: {MARK}")
        elif said_by is False or not is_theirs:
            kept.append(line)
        is_theirs = is_theirs if said_by is None else said_by
    return "\n".join(kept)
