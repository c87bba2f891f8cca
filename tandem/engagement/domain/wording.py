"""Writing a message on a reason: sentences of a wording pack, inflected for the language, chosen by the reader's seed.

The packs are `phrases/*.toml`. A draft is three decisions: how to tell the observation, what it may mean for this
reader, and what to ask; the same touch always decides the same. Nothing is told that the reason does not hold.
"""

from __future__ import annotations

import re
import tomllib
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

from tandem.compliance.contracts.gate import Road
from tandem.engagement.contracts import Angle
from tandem.engagement.domain.inflection import Inflected, inflected, joined, lowered, polished
from tandem.engagement.domain.norms import Norms
from tandem.engagement.domain.offers import Offer
from tandem.engagement.domain.reasons import Reason, function_of

HERE = Path(__file__).parent / "phrases"
LONGEST_SUBJECT = 50  # letters; a phone shows about forty
SLOT = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """What a message is written for.

    reason : what it opens with; before : what the first touch opened with, None for the first
    title : of the recipient; firm : the company's name as it is spoken
    company : our own; offer : what we do, in the language of the message
    year : of today, to leave it out of dates; seed : decides among equally good ways to say it
    """

    channel: Road
    angle: Angle
    norms: Norms
    reason: Reason
    first: str
    last: str
    title: str
    firm: str
    seller: str
    company: str
    year: int
    seed: str
    offer: Offer = field(default_factory=Offer)
    before: Reason | None = None
    earlier_subject: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A written message. told : (evidence id, the sentence of the body that tells it)"""

    subject: str
    body: str
    told: tuple[tuple[str, str], ...]


@cache
def pack_of(language: str) -> Mapping[str, Any]:
    """The sentences of a language."""
    return tomllib.loads((HERE / f"{language}.toml").read_text(encoding="utf-8"))


def chosen(forms: Sequence[str], seed: str, *, turn: int = 0) -> str:
    """One of the forms: always the same for the same seed; a turn further for the next try."""
    return forms[(zlib.crc32(seed.encode()) + turn) % len(forms)]


def write(occasion: Occasion, *, turn: int = 0) -> Letter:
    """A message for an occasion; another turn gives another way to say it."""
    writer = _Writer(occasion, turn)
    if occasion.channel in (Road.SMS, Road.WHATSAPP):
        return writer.short()
    if occasion.channel is Road.VOICEMAIL_AI:
        return writer.voicemail()
    if occasion.angle is Angle.LAST_WORD:
        return writer.last_word()
    if occasion.angle is Angle.CASE and occasion.offer.case:
        return writer.with_case()
    if occasion.before is not None and occasion.before.id == occasion.reason.id:
        return writer.again()
    return writer.observed()


class _Writer:
    """One occasion while it is written."""

    def __init__(self, occasion: Occasion, turn: int) -> None:
        self.occasion, self.turn = occasion, turn
        self.language = occasion.norms.language
        self.pack = pack_of(self.language)
        self.slots = self._slots(occasion.reason)

    def _slots(self, reason: Reason) -> Inflected:
        occasion = self.occasion
        where = self.pack["where"]
        return inflected(
            reason, occasion.norms, firm=occasion.firm, year=occasion.year, where=where,
            focus=self.pack["focus"][function_of(occasion.title)],
            more={
                "first": occasion.first, "last": occasion.last, "seller": occasion.seller, "company": occasion.company,
            },
        )  # fmt: skip

    def observed(self) -> Letter:
        """Observation, link, question: the first touch, and any later one that has something new."""
        fact = self._sentence("observe")
        question = "questions" if self.occasion.angle is Angle.OPENING else "small"
        return self._letter([fact, self._link(), self._text(question)], [(self.occasion.reason.id, fact)])

    def again(self) -> Letter:
        """Another side of what was written before, and a smaller request."""
        fact = self._text("again")
        link = self._link(with_offer=False, shift=1)
        return self._letter([fact, link, self._text("small")], [(self.occasion.reason.id, fact)])

    def with_case(self) -> Letter:
        """What it did for somebody else, and why that is told here."""
        case = polished(f"{self.occasion.offer.case}.", self.occasion.norms)
        fact = self._text("case")
        return self._letter([case, fact, self._text("small")], [(self.occasion.reason.id, fact)])

    def last_word(self) -> Letter:
        """A gracious end: no question, no reproach."""
        fact = self._text("last")
        return self._letter([fact, self._text("thanks")], [(self.occasion.reason.id, fact)])

    def short(self) -> Letter:
        """One or two sentences for a phone."""
        body = self._text("sms")
        return Letter(subject="", body=body, told=((self.occasion.reason.id, self._about()),))

    def voicemail(self) -> Letter:
        """A script to be spoken, about half a minute."""
        link = self._form("link", shift=0)
        spoken = link[0].upper() + link[1:]
        form = chosen(self.pack["texts"]["voicemail"], self.occasion.seed, turn=self.turn)
        body = self._fill(form.replace("{Link}", spoken).replace("{about}", self._about()))
        return Letter(subject="", body=body, told=((self.occasion.reason.id, self._about()),))

    def _letter(self, sentences: Sequence[str], told: Sequence[tuple[str, str]]) -> Letter:
        occasion = self.occasion
        greeting = occasion.norms.greet(occasion.first, occasion.last)
        # What is said aloud follows no greeting line, so German begins it with a capital.
        text = joined(sentences, self.language, after="" if occasion.channel is Road.PHONE_MANUAL else greeting)
        shown = tuple((pk, sentence if sentence in text else lowered(sentence, self.language)) for pk, sentence in told)
        ending = [occasion.norms.closing, occasion.seller] if occasion.norms.closing else [occasion.seller]
        if occasion.channel is not Road.EMAIL:
            ending = [occasion.seller]
        body = "\n\n".join([greeting, text, "\n".join(ending)])
        return Letter(subject=self._subject(), body=body, told=shown)

    def _subject(self) -> str:
        if self.occasion.channel is not Road.EMAIL:
            return ""
        if self.occasion.earlier_subject:
            return self.occasion.earlier_subject
        kind = self.pack[self.occasion.reason.kind]
        key = "subject_bare" if "subject_bare" in kind and not self.slots.has("place") else "subject"
        forms = [form for form in kind[key] if self._fits(form)] or list(kind[key])
        return self._fill(chosen(forms, f"{self.occasion.seed}:subject", turn=self.turn))

    def _fits(self, form: str) -> bool:
        return all(self.slots.has(slot) for slot in SLOT.findall(form)) and len(self._fill(form)) <= LONGEST_SUBJECT

    def _link(self, *, with_offer: bool = True, shift: int = 0) -> str:
        clause = self._form("link", shift=shift)
        offer = self.occasion.offer.does if with_offer else ""
        return polished(self.slots.linked(clause, offer), self.occasion.norms)

    def _form(self, key: str, *, shift: int) -> str:
        kind = self.pack[self.occasion.reason.kind]
        if key == "link" and self.occasion.reason.parts.get("mood") == "trouble":
            key = "link_trouble"
        forms = kind[key]
        return self.slots.filled(chosen(forms, f"{self.occasion.seed}:{key}", turn=self.turn + shift))

    def _sentence(self, key: str) -> str:
        return self._fill(chosen(self.fitting(key), f"{self.occasion.seed}:{key}", turn=self.turn))

    def fitting(self, key: str) -> list[str]:
        """The forms of which every part is known; those with fewer parts where none is."""
        kind = self.pack[self.occasion.reason.kind]
        for name in (key, f"{key}_bare"):
            forms = [form for form in kind.get(name, ()) if all(map(self.slots.has, SLOT.findall(form)))]
            if forms:
                return forms
        return []

    def _about(self) -> str:
        reason = self.occasion.before or self.occasion.reason
        return self._slots(reason).filled(self.pack[reason.kind]["about"])

    def _text(self, key: str) -> str:
        form = chosen(self.pack["texts"][key], f"{self.occasion.seed}:{key}", turn=self.turn)
        return self._fill(form.replace("{about}", self._about()))

    def _fill(self, form: str) -> str:
        return polished(self.slots.filled(form), self.occasion.norms)


def turned(occasion: Occasion, **changes: Any) -> Occasion:
    """The occasion with some of it otherwise."""
    return replace(occasion, **changes)


def can_tell(occasion: Occasion) -> bool:
    """Whether the pack has a sentence for everything the reason holds; one with a part missing is not told at all."""
    return bool(_Writer(occasion, 0).fitting("observe"))
