"""The words of a message: openers of the shelf, template holes, shouting, spam, empty answers, the voice."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tandem.compliance.contracts.gate import Road
from tandem.engagement.contracts import Violation
from tandem.engagement.domain.norms import Norms, all_openers
from tandem.engagement.domain.texts import Parts, Text
from tandem.engagement.domain.voice import VoiceGuide, forbidden_in

UNFILLED, MISSING = "a placeholder that nobody filled", "a gap where something is missing"
_MARKS = r"\{\{.*?\}\}|\{%.*?%\}|\{[A-Za-z_][\w .]*\}|\$\{[^}]*\}|%[A-Z_]{3,}%|<%.*?%>"
_MARKED = r"(?:your|first|last|company|recipient|contact|insert|name|prospect|title)"
HOLES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(_MARKS), UNFILLED),
    (re.compile(r"\[[A-Z][A-Z _-]{2,}\]"), UNFILLED),
    (re.compile(rf"\[{_MARKED}[^\]]{{0,30}}\]|<{_MARKED}[^>]{{0,20}}>", re.I), UNFILLED),
    (
        re.compile(r"\b(?:undefined|NaN|lorem ipsum|TO[D]O|X[X]X+|TBD)\b|\b(?:None|null)\b(?=[,.!?]|$)"),
        "a word of a machine",
    ),
    (re.compile(r"_{3,}"), "a blank that nobody filled"),
    (re.compile(r"(?<=\S)[ \u00a0]{2,}(?=\S)"), "two spaces where something is missing"),
    (re.compile(r"(?<=\w) [,.;](?=\s|$)|,\s*,|\(\s*\)|“\s*”|\b(?:at|in|by|from|of) [,.]"), MISSING),
    (re.compile(r"^(?:hi|hello|hey|dear)\s*[,!]", re.I), "a greeting without a name"),
)
_SIGNS = "\U0001f000-\U0001faff\u2600-\u27bf\u2b00-\u2bff\u203c\u2049\ufe0f\u20e3"
EMOJI = re.compile(rf"[{_SIGNS}]|(?<!\w)[:;]-?[)(DPp](?!\w)")
EXCLAMATION = re.compile(r"[!！]+")
CAPITALS = re.compile(r"(?<![\w&/.-])[A-ZÀ-Þ]{5,}(?![\w&/-])")
TWO_CAPITALS = re.compile(r"\b(?:[A-ZÀ-Þ]{3,}[ ,]+){2,}[A-ZÀ-Þ]{3,}\b")
QUOTED = re.compile(r"“[^“”]*”|„[^„“”]*[“”]|«[^«»]*»|\"[^\"\n]*\"|「[^「」]*」|『[^『』]*』")


def unquoted(text: str) -> str:
    """A text with its quotations blanked out, every place kept: what others said is theirs."""
    return QUOTED.sub(lambda match: "·" * len(match.group()), text)


def holes(text: Text, parts: Parts, norms: Norms, voice: VoiceGuide) -> Iterator[Violation]:
    """No placeholder, no gap, no word of a machine; in the subject neither."""
    for pattern, what in HOLES:
        for match in pattern.finditer(text.body):
            if norms.language == "fr" and match.group().startswith(" "):
                continue
            told = f"Here is {what}: {match.group().strip() or 'spaces'!r}. Write what belongs there."
            yield Violation(rule="template_hole", start=match.start(), end=match.end(), message=told)
        if pattern.search(text.subject):
            told = f"In the subject is {what}. Write what belongs there."
            yield Violation(rule="template_hole", start=0, end=0, message=told)


def openers(text: Text, parts: Parts, norms: Norms, voice: VoiceGuide) -> Iterator[Violation]:
    """No opener of the shelf and no nudge without news, in any language, anywhere in the message."""
    bare = unquoted(text.body)
    for pattern in all_openers():
        for match in pattern.finditer(bare):
            told = f"{match.group()!r} stands in every mail they get; say something that only they could be told."
            yield Violation(rule="stock_opener", start=match.start(), end=match.end(), message=told)


def emoji(text: Text, parts: Parts, norms: Norms, voice: VoiceGuide) -> Iterator[Violation]:
    """No picture signs and no faces."""
    for match in EMOJI.finditer(text.body):
        told = f"Take {match.group()!r} out; outreach has no emoji."
        yield Violation(rule="emoji", start=match.start(), end=match.end(), message=told)
    if EMOJI.search(text.subject):
        yield Violation(rule="emoji", start=0, end=0, message="Take the emoji out of the subject.")


def shouting(text: Text, parts: Parts, norms: Norms, voice: VoiceGuide) -> Iterator[Violation]:
    """No exclamation marks, no words in capitals but names and short forms."""
    bare = unquoted(text.body)
    for match in EXCLAMATION.finditer(bare):
        told = "An exclamation mark; end the sentence with a full stop."
        yield Violation(rule="exclamation_mark", start=match.start(), end=match.end(), message=told)
    names = " ".join([*text.known, *(one.text for one in text.evidence or ())])
    for match in (*CAPITALS.finditer(bare), *TWO_CAPITALS.finditer(bare)):
        if match.group() not in names:
            told = f"{match.group()!r} is in capitals; write it in sentence case."
            yield Violation(rule="shouting", start=match.start(), end=match.end(), message=told)


def spam(text: Text, parts: Parts, norms: Norms, voice: VoiceGuide) -> Iterator[Violation]:
    """No words that filters and readers take for advertising."""
    bare = unquoted(text.body)
    for pattern in norms.spam:
        for match in pattern.finditer(bare):
            told = f"{match.group()!r} reads as advertising, to people and to filters; say it plainly."
            yield Violation(rule="spam_words", start=match.start(), end=match.end(), message=told)
        if pattern.search(text.subject):
            told = "The subject has words that read as advertising; say it plainly."
            yield Violation(rule="spam_words", start=0, end=0, message=told)


def deflecting(text: Text, parts: Parts, norms: Norms, voice: VoiceGuide) -> Iterator[Violation]:
    """No sentence that answers a question with nothing."""
    bare = unquoted(text.body)
    for pattern in norms.deflecting:
        for match in pattern.finditer(bare):
            told = f"{match.group()!r} answers nothing; answer, or say what you do not know and when you will."
            yield Violation(rule="deflecting", start=match.start(), end=match.end(), message=told)


def voice(text: Text, parts: Parts, norms: Norms, voice: VoiceGuide) -> Iterator[Violation]:
    """Words and openers that the voice guide forbids."""
    for match, instead in forbidden_in(unquoted(text.body), voice):
        remedy = f"write {instead!r} instead" if instead else "leave it out"
        told = f"The voice guide forbids {match.group()!r}; {remedy}."
        yield Violation(rule="forbidden_word", start=match.start(), end=match.end(), message=told)
    for _, instead in forbidden_in(text.subject, voice)[:1]:
        remedy = f"Write {instead!r} instead." if instead else "Leave it out."
        told = f"The voice guide forbids a word of the subject. {remedy}"
        yield Violation(rule="forbidden_word", start=0, end=0, message=told)
    first = parts.message.text.casefold()
    for opener in voice.forbidden_openers:
        if first.startswith(opener.casefold()) and text.channel is not Road.PHONE_MANUAL:
            start = parts.message.start
            told = f"The voice guide forbids beginning with {opener!r}; begin with what you observed."
            yield Violation(rule="forbidden_opener", start=start, end=start + len(opener), message=told)
