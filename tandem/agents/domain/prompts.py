"""Prompts as texts with versions: their hash, and what a change changes."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

PACKAGED = 0


class PromptState(StrEnum):
    """Draft: written, never live or not now. Live: what models are asked with. Retired: was live."""

    DRAFT = "draft"
    LIVE = "live"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptText:
    """The prompt that a task is asked with.

    version : number within the task; 0: the packaged text
    hash : SHA-256 of the text, in hex; pins what a score was made by
    """

    text: str
    version: int
    hash: str


def normal(text: str) -> str:
    """A prompt's text with one kind of line end, no blanks at line ends, and one line end last."""
    return (
        "\n".join(line.rstrip() for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")).strip() + "\n"
    )


def hash_of(text: str) -> str:
    """SHA-256 of a prompt's text in its normal form, in hex.

    >>> hash_of("Be brief. ") == hash_of("Be brief.\\r\\n")
    True
    """
    return hashlib.sha256(normal(text).encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class DiffLine:
    """A line of a comparison. sign : "+" new, "-" gone, " " in both."""

    sign: str
    text: str


def diff(before: str, after: str) -> tuple[DiffLine, ...]:
    """Both texts line by line, all lines; prompts are short enough to be read whole."""
    old, new = normal(before).splitlines(), normal(after).splitlines()
    lines: list[DiffLine] = []
    for what, i1, i2, j1, j2 in SequenceMatcher(a=old, b=new, autojunk=False).get_opcodes():
        if what == "equal":
            lines += [DiffLine(sign=" ", text=text) for text in old[i1:i2]]
        else:
            lines += [DiffLine(sign="-", text=text) for text in old[i1:i2]]
            lines += [DiffLine(sign="+", text=text) for text in new[j1:j2]]
    return tuple(lines)
