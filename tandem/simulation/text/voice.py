"""How one person writes and talks: the same wish comes out differently from everybody."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tandem.simulation.dice import Dice
from tandem.simulation.drift import typo
from tandem.simulation.lexicon import load
from tandem.simulation.market import Person
from tandem.simulation.staff import Member
from tandem.simulation.text.grammar import LANGUAGES, Slots, grammar

CLIENTS = ("outlook", "outlook", "gmail", "gmail", "apple")
_WORD = re.compile(r"[A-Za-zäöüßéèêçáíóúñÄÖÜ]{5,}")
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"})
_FULL_FORMS = {
    "I'm": "I am", "don't": "do not", "can't": "cannot", "we're": "we are", "We're": "We are", "it's": "it is", "It's": "It is",
    "won't": "will not", "I'll": "I will", "we'll": "we will", "We'll": "We will", "I've": "I have", "we've": "we have",
    "isn't": "is not", "doesn't": "does not", "didn't": "did not", "that's": "that is", "That's": "That is", "I'd": "I would",
}  # fmt: skip
# Words that lose their capital behind a filler; names and German nouns keep theirs.
_SMALL_STARTS = frozenset(
    "the we you so what how who which where when is are can could do does did have has it that this there if let let's shall okay "
    "right yes yeah sure our my a an in at by to and with from your "
    "der die das wir sie es und wie was wer wo wenn ist kann gut ja okay also bei in mit unser unsere mein meine da dann dafür "
    "le la les on nous vous il c'est et comment qui que quel oui d'accord bon alors ça votre notre mon ma "
    "el los las nos hay es y cómo quién qué sí vale bueno entonces su nuestro mi no".split()
)
_FULL_FORM = re.compile("|".join(re.escape(short) + r"\b" for short in _FULL_FORMS))


@dataclass(slots=True, eq=False)
class Voice:
    """A person as a writer and speaker.

    part: role in a buying decision, or of the own company. ours: of the selling company. habit: a number that turns
    the person's preferences. typos: chance of a slip in a sentence. fillers: chance of a filler word in a spoken one.
    """

    name: str
    first: str
    email: str
    title: str
    company: str
    phone: str
    zone: str
    ours: bool
    part: str
    languages: tuple[str, ...]
    style: str
    habit: int
    typos: float
    fillers: float
    small: bool
    ascii_only: bool
    client: str
    on_phone: float

    def text(self, rule: str, language: str, dice: Dice, slots: Slots) -> str:
        """A sentence of a rule as the person writes it."""
        sentence = grammar(language).say(rule, dice, slots, self.habit)
        return self._surface(sentence, language, dice)

    def speech(self, rule: str, language: str, dice: Dice, slots: Slots) -> str:
        """A sentence of a rule as the person says it."""
        sentence = grammar(language).say(rule, dice, slots, self.habit)
        if dice.random() < self.fillers:
            sentence = _with_filler(
                sentence, dice.pick(_fillers(language)) if dice.chance(0.5) else self._own_filler(language), dice
            )
        return sentence

    def _own_filler(self, language: str) -> str:
        words = _fillers(language)
        return words[self.habit % len(words)]

    def _surface(self, text: str, language: str, dice: Dice) -> str:
        if self.style == "formal" and language == "en" and "'" in text:
            text = _FULL_FORM.sub(lambda match: _FULL_FORMS[match[0]], text)
        if dice.random() < self.typos:
            words = list(_WORD.finditer(text))
            if words:
                word = dice.pick(words)
                text = f"{text[: word.start()]}{typo(dice, word[0])}{text[word.end() :]}"
        if self.ascii_only:
            text = text.translate(_UMLAUTS)
        if self.style in ("warm", "chatty") and text.endswith(".") and dice.chance(0.14):
            text = text[:-1] + "!"
        return text[:1].lower() + text[1:] if self.small and dice.chance(0.7) else text

    def language_with(self, other: Voice) -> str:
        """The language the two use: the other's first if both have it, else English."""
        return next((language for language in other.languages if language in self.languages), "en")


def _fillers(language: str) -> list[str]:
    return load(f"{language}/speech")["fillers"]  # type: ignore[no-any-return]


def _with_filler(text: str, filler: str, dice: Dice) -> str:
    """The filler at the start, or after the first comma."""
    comma = text.find(", ")
    if comma > 0 and dice.chance(0.6):
        return f"{text[:comma]}, {filler}, {text[comma + 2 :]}"
    first = text.split(" ", 1)[0]
    head = text[:1].lower() + text[1:] if first.strip(",.?!").lower() in _SMALL_STARTS else text
    return f"{filler[:1].upper()}{filler[1:]}, {head}"


def _draw(dice: Dice, style: str) -> dict[str, object]:
    """Traits of a writer that neither role nor language decide."""
    hasty = style in ("terse", "chatty")
    return {
        "habit": dice.between(0, 9_973),
        "typos": min(0.25, dice.expovariate(1 / (0.05 if hasty else 0.02))),
        "fillers": min(0.6, dice.betavariate(1.6, 5) + (0.1 if style == "chatty" else 0)),
        "small": style == "terse" and dice.chance(0.22),
        "ascii_only": dice.chance(0.05),
        "client": dice.pick(CLIENTS),
        "on_phone": 0.45 if dice.chance(0.15) else 0.06,
    }


def voice_of_member(seed: int, member: Member) -> Voice:
    """A person of the own company. In Europe many sellers speak their buyers' languages."""
    dice = Dice.of(seed, "voice", member.email)
    native = member.place.language
    spoken = [native] if native in LANGUAGES else []
    if member.region != "NA":
        spoken += [language for language in LANGUAGES if language not in spoken and dice.chance(0.55)]
    languages = tuple(dict.fromkeys([*spoken, "en"]))
    style = dice.pick(("plain", "plain", "warm", "formal", "chatty", "terse"))
    return Voice(
        member.name, member.first, member.email, member.title, load("own")["company"]["name"],
        f"{member.place.prefix} {dice.pick(member.place.area)} {dice.between(2_000_000, 9_999_999)}", member.place.zone,
        True, member.role, languages, style, **_draw(dice, style),  # type: ignore[arg-type]
    )  # fmt: skip


def voice_of_person(seed: int, person: Person, *, second: bool = False) -> Voice:
    """A person of the market, at the first or second employer."""
    dice = Dice.of(seed, "voice", "market", person.index)
    job = person.second_job if second and person.second_job else person.first_job
    native = person.language if person.language in LANGUAGES else "en"
    return Voice(
        person.name, person.first, job.email, job.title, job.company.name.short, job.phone, job.company.place.zone,
        False, person.part, (native, "en") if native != "en" else ("en",), person.style,
        **_draw(dice, person.style),  # type: ignore[arg-type]
    )  # fmt: skip
