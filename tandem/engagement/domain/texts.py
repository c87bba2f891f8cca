"""A message as the validators read it: what is given, and its parts with their places."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from tandem.agents.contracts import Evidence
from tandem.compliance.contracts.gate import Road
from tandem.engagement.contracts import Angle
from tandem.engagement.domain.norms import Norms
from tandem.engagement.domain.sentences import Sentence, sentences

LONGEST_SIGNATURE = 4  # words of a line that can be a name or a closing formula
LONGEST_GREETING, LETTERS_OF_GREETING = 9, 80  # words, letters
MOST_LINES = 6  # of a signature block


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A message with what is known of its occasion.

    subject : empty on channels without one
    body : what the recipient reads, without the footer that laws ask for
    language : tag of the norms asked for, such as "en-US" or "de"
    angle : None: an answer, no step of a plan
    first_name, last_name : of the recipient; empty: not known
    seller_first_name : empty: not known, then any one name will do
    evidence : what it may rest on; None: not given, then only form is checked
    opening_fact : id of the evidence that the first sentence rests on; empty: any
    known : names that need no evidence: the account, the recipient, our own company and products
    most_words : None: the channel's own limit
    has_subject : whether a subject was given at all; a text alone is not faulted for having none
    """

    subject: str
    body: str
    channel: Road = Road.EMAIL
    language: str = "en-US"
    angle: Angle | None = Angle.OPENING
    first_name: str = ""
    last_name: str = ""
    seller_first_name: str = ""
    evidence: Sequence[Evidence] | None = None
    opening_fact: str = ""
    known: Sequence[str] = ()
    most_words: int | None = None
    has_subject: bool = True


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the body with its place; start == end: there is none."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Parts:
    """What a body is made of.

    greeting, closing, sign_off : empty lines where there is none; closing is a formula above the name
    signature : lines of names and titles at the end, the sign-off among them; in order
    message : everything between, with its place; sentences : of the message
    """

    greeting: Line
    closing: Line
    sign_off: Line
    message: Line
    sentences: tuple[Sentence, ...]
    signature: tuple[Line, ...] = ()


def parts_of(text: Text, norms: Norms) -> Parts:
    """Take a body apart by the norms of its language."""
    lines = _lines(text.body)
    greeting = lines[0] if lines and _greets(lines[0].text, norms) else Line("", 0, 0)
    rest = lines[1:] if greeting.text else lines
    signature: list[Line] = []
    closing = Line("", 0, 0)
    while len(rest) > 1 and len(signature) < MOST_LINES:
        if not closing.text and _closes(rest[-1].text, norms):
            closing = rest[-1]
        elif _signs(rest[-1].text, text):
            signature.insert(0, rest[-1])
        else:
            break
        rest = rest[:-1]
    sign_off = signature[-1] if signature else Line("", 0, 0)
    start, end = (rest[0].start, rest[-1].end) if rest else (0, 0)
    words = text.body[start:end]
    told = tuple(sentences(words, start=start))
    return Parts(greeting, closing, sign_off, Line(words, start, end), told, tuple(signature))


def _lines(body: str) -> list[Line]:
    return [
        Line(match.group().strip(), match.start() + len(match.group()) - len(match.group().lstrip()), match.end())
        for match in re.finditer(r"[^\n]+", body)
        if match.group().strip()
    ]


def _greets(line: str, norms: Norms) -> bool:
    """Whether a line is a greeting: one of the language's, or short and ending as a greeting does."""
    if (
        len(line.split()) > LONGEST_GREETING
        or re.search(r"(?<!\b\w)[.!?。？](?:\s|$)", line)
        or len(line) > LETTERS_OF_GREETING
    ):
        return False
    if any(pattern.search(line) for pattern in norms.greeting_words):
        return True
    return line.endswith((",", ":", "、")) and len(line.split()) <= LONGEST_SIGNATURE


def _signs(line: str, text: Text) -> bool:
    bare = line.strip(" ,.–-")
    if text.seller_first_name and bare.casefold() == text.seller_first_name.casefold():
        return True
    return bool(bare) and len(bare.split()) <= LONGEST_SIGNATURE and not line.rstrip().endswith(("?", "？", "。", "."))


def _closes(line: str, norms: Norms) -> bool:
    bare = line.strip(" ,.!。").casefold()
    return any(bare == one.strip(" ,.!。").casefold() for one in norms.closings)
