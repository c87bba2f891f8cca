"""Whether a message rests on facts: its opening on one that can be checked, every figure, date, name and quotation on
evidence; and that nothing is on anybody's private life.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import lru_cache

from tandem.agents.contracts import Claim, Evidence
from tandem.compliance.contracts.gate import Road
from tandem.engagement.contracts import Angle, Violation
from tandem.engagement.domain.judges import Judges
from tandem.engagement.domain.lint_words import QUOTED, unquoted
from tandem.engagement.domain.norms import TAGS, Norms, norms_of
from tandem.engagement.domain.sentences import Sentence
from tandem.engagement.domain.texts import Parts, Text
from tandem.engagement.domain.voice import VoiceGuide

SHORTEST_NAME = 4  # letters of a company's name that is looked for without its legal form
NUMBER = re.compile(
    r"(?<![\w.,])\d+(?:[.,\u202f\u00a0' ]\d{3})*(?:[.,]\d+)?(?![\w])"  # as people group them
    r"|(?<![\w.,])\d+(?=[%\w])"
)
_BETWEEN = r"(?:de|la|le|du|des|van|von|der|den|di|da|del|&|et|y|en|und|and|of)"
CAPITAL = re.compile(rf"(?<![\w])[A-ZÀ-Þ][\w’'&.+-]*(?:[ -](?:{_BETWEEN} )*[A-ZÀ-Þ0-9][\w’'&.+-]*)*")
SALUTED = re.compile(r"^(?:Hi|Hello) [^,.]{1,60}, ")
LATIN = re.compile(r"[A-ZÀ-Þ][A-Za-zÀ-ÿ0-9&.'-]+(?: [A-ZÀ-Þ&][A-Za-zÀ-ÿ0-9&.'-]*)*")
MIXED = re.compile(r"(?<!\w)(?=\w*[A-Z])(?=\w*\d)\w{2,}|(?<!\w)[A-Za-z]+[A-Z]\w*")
DURATION = re.compile(r"\b(?:1[05]|20|30)(?=[ -]?(?:min|Min|分))|(?<=の)(?:15|20|30)(?=分)|\b(?:15|20|30)(?=分)")
LANGUAGES_WITH_CAPITAL_NOUNS = frozenset({"de"})
# What everybody may name without evidence.
ALWAYS = frozenset(
    (
        "i hi monday tuesday wednesday thursday friday linkedin email sms q1 q2 q3 q4 it hr ceo coo cfo cio cto vp us "
        "uk eu usa"
    ).split()
)
# Plain words of one language that name something private in another: Spanish "sobre" is sober in Dutch, German "nicht"
# a niece there, and Dutch "meer" the sea in German. The filter reads sources in any language and can't know.
INNOCENT: Mapping[str, re.Pattern[str]] = {
    language: re.compile(rf"\b(?:{words})\b", re.I)
    for language, words in {
        "en": "kind",
        "de": "nicht|voll|sind|verstärkung|mehr|sucht|schon",
        "es": "sobre|camino|sola|solo|hace|una|operación",
        "nl": "meer|weinig|weinigen|later",
        "fr": "sous|chez",
    }.items()
}
MYRIADS = re.compile(r"(?=\d[\d,]*[億万])(?:(\d[\d,]*)億)?(?:(\d[\d,]*)万)?")
FIGURE = re.compile(r"(\d+(?:[.,\u202f\u00a0' ]?\d+)*)\s?([a-z]+\.?)?")
FACTORS: Mapping[str, float] = {
    **dict.fromkeys(("k", "thousand", "tsd", "tausend", "mille", "mil", "duizend"), 1e3),
    **dict.fromkeys(("m", "million", "millions", "mio", "millionen", "millones", "miljoen"), 1e6),
    **dict.fromkeys(("bn", "billion", "mrd", "milliarden", "milliards", "miljard"), 1e9),
}
SPOKEN = frozenset({Road.PHONE_MANUAL, Road.VOICEMAIL_AI})  # begins with who is calling
LEAST_SURE = 0.5  # evidence is left out far below that; a sentence of ours is not called private on less than even odds
OFF_SUBJECT = "The cited evidence does not speak of"


def opening(text: Text, parts: Parts, norms: Norms, voice: VoiceGuide) -> Iterator[Violation]:
    """The first sentence of a first touch is an observation on them that can be checked."""
    if text.angle is not Angle.OPENING or not parts.sentences or text.channel in SPOKEN:
        return
    first = parts.sentences[0]
    ids = {one.id for one in text.evidence or ()}
    if text.evidence is not None and text.opening_fact and text.opening_fact not in ids:
        told = f"The opening cites {text.opening_fact!r}, which is not among the evidence."
        yield Violation(rule="opening_without_fact", start=first.start, end=first.end, message=told)
    if not _is_checkable(first, text, norms):
        told = (
            "The first sentence holds nothing that could be checked: no date, figure, name or quotation. Open with one "
            "thing they published, said, built or announced."
        )
        yield Violation(rule="opening_without_fact", start=first.start, end=first.end, message=told)


def _is_checkable(first: Sentence, text: Text, norms: Norms) -> bool:
    if QUOTED.search(first.text) or _numbers(first.text):
        return True
    bare = re.sub(r"^\W*\w+", "", first.text, count=1)
    own = " ".join([text.first_name, text.last_name, text.seller_first_name])
    names = [one for one in _names(bare, norms.language) if one.casefold() not in ALWAYS and one not in own]
    if norms.language in LANGUAGES_WITH_CAPITAL_NOUNS:
        # Every noun has a capital there: only what the evidence has, or what no dictionary word looks like, is a name.
        found = " ".join(one.text for one in text.evidence or ())
        return any(one in found for one in names) if text.evidence else len(names) > 1
    return bool(names)


def grounded(text: Text, parts: Parts, norms: Norms, judges: Judges) -> Iterator[Violation]:
    """Every quotation, figure, date and name of the message is in the evidence; of the opening in its own fact."""
    if text.evidence is None:
        return
    pieces = list(text.evidence)
    own = [one for one in pieces if one.id == text.opening_fact] if text.opening_fact else pieces
    for number, sentence in enumerate(parts.sentences):
        is_opening = number == 0 and text.angle is Angle.OPENING
        cited = (own or pieces) if is_opening else pieces
        yield from _against(sentence, cited, text, norms)
        if is_opening and norms.language == "en" and cited:
            yield from _strictly(sentence, cited, text, judges)


def _strictly(sentence: Sentence, cited: Sequence[Evidence], text: Text, judges: Judges) -> Iterator[Violation]:
    """The runtime's own check of claims, which reads English best."""
    if judges.unsupported is None:
        return
    claim = Claim(text=SALUTED.sub("", sentence.text), evidence_ids=[one.id for one in cited])
    for one in judges.unsupported([claim], cited, _known(text)):
        # A quotation that stands there word for word speaks of its source, whatever words lead up to it.
        if one.message.startswith(OFF_SUBJECT) and QUOTED.search(sentence.text):
            continue
        place = sentence.text.find(one.span) if one.span else -1
        start = sentence.start + max(place, 0)
        end = start + len(one.span) if place >= 0 else sentence.end
        yield Violation(rule="ungrounded", start=start, end=end, message=one.message)


def _against(sentence: Sentence, cited: Sequence[Evidence], text: Text, norms: Norms) -> Iterator[Violation]:
    said = _plain("\n".join(f"{one.text}\n{one.source}" for one in cited))
    for match in QUOTED.finditer(sentence.text):
        words = _plain(match.group()[1:-1]).strip(" .,;:!?…")
        if words and words not in said:
            yield _wrong(sentence, match, "The quotation is not in the evidence word for word; quote exactly.")
    bare = unquoted(sentence.text)
    for match, way in _dates(bare, norms):
        if not any(_covers(way, one) for one in cited):
            yield _wrong(sentence, match, "This date is not the evidence's; give the day that the source gives.")
        bare = bare[: match.start()] + "·" * len(match.group()) + bare[match.end() :]
    bare = DURATION.sub(lambda match: "·" * len(match.group()), bare)
    figures = _figures(said) | _figures(_plain(" ".join(text.known)))
    if norms.language == "ja":
        for match in MYRIADS.finditer(bare):
            if _myriads(match) not in figures:
                yield _wrong(sentence, match, f"The figure {match.group()!r} is not in the evidence.")
        bare = MYRIADS.sub(lambda match: "·" * len(match.group()), bare)
    for match in NUMBER.finditer(bare):
        if not _values(match.group()) & figures:
            yield _wrong(sentence, match, f"The figure {match.group()!r} is not in the evidence; use its own figures.")
    yield from _strangers(sentence, bare, said, text, norms)


def _strangers(sentence: Sentence, bare: str, said: str, text: Text, norms: Norms) -> Iterator[Violation]:
    """Names that neither the evidence nor what is known has. Words of German are nouns as often as names."""
    known = _plain(" ".join(_known(text)))
    begins = len(bare) - len(bare.lstrip(' ·“„«"¿¡(-'))
    for match in _name_matches(bare, norms.language):
        words = [one for one in re.split(r"[ ]", match.group()) if one]
        if match.start() <= begins:
            words = words[1:]
        strange = [one for one in words if not _is_there(one, said, known)]
        if strange:
            yield _wrong(sentence, match, f"{match.group()!r} is not named in the evidence; name only what it names.")


def _is_there(word: str, said: str, known: str) -> bool:
    plain = _plain(word).strip("’'.,-")
    plain = re.sub(r"['’]s$|['’]$", "", plain)
    forms = (plain, plain.removesuffix("s"), plain.removesuffix("er"))
    return (
        not plain
        or plain in ALWAYS
        or plain in _CALENDAR
        or plain in {"de", "la", "le", "du", "des", "van", "von", "der", "den", "of", "and", "und", "et", "y", "&"}
        or any(form and (form in said or form in known) for form in forms)
    )


def _name_matches(bare: str, language: str) -> list[re.Match[str]]:
    if language == "ja":
        return list(LATIN.finditer(bare))
    if language in LANGUAGES_WITH_CAPITAL_NOUNS:
        return list(MIXED.finditer(bare))
    return list(CAPITAL.finditer(bare))


def _names(text: str, language: str) -> list[str]:
    bare = unquoted(text)
    found = CAPITAL if language != "ja" else LATIN
    return [match.group() for match in found.finditer(bare)]


def _numbers(text: str) -> list[str]:
    return [match.group() for match in NUMBER.finditer(DURATION.sub("", text))]


def _known(text: Text) -> list[str]:
    """What may be named without evidence; long names also by their first words."""
    return [one for one in (*text.known, text.first_name, text.last_name, text.seller_first_name) if one]


def _wrong(sentence: Sentence, match: re.Match[str], message: str) -> Violation:
    return Violation(
        rule="ungrounded", start=sentence.start + match.start(), end=sentence.start + match.end(), message=message
    )


@lru_cache(maxsize=8_192)
def _plain(text: str) -> str:
    """Lower case, one kind of quotation mark, dash and space."""
    told = re.sub(r"[‘’ʼ`]", "'", text)
    told = re.sub(r"[“”„«»「」]", '"', told)
    told = re.sub(r"[‐-―−]", "-", told)
    return " ".join(told.casefold().split())


@lru_cache(maxsize=8_192)
def _figures(said: str) -> frozenset[float]:
    """Every figure of a text, also at its full size where it says million, thousand or k."""
    found: set[float] = set()
    for match in FIGURE.finditer(said):
        values = _values(match[1])
        found |= values
        factor = FACTORS.get((match[2] or "").strip("."), 0)
        found |= {round(value * factor, 2) for value in values if factor}
    return frozenset(found)


def _myriads(match: re.Match[str]) -> float:
    """A Japanese figure in units of ten thousand and a hundred million.

    >>> _myriads(MYRIADS.search("5億1,500万"))
    515000000.0
    """
    hundreds, tens = (float((part or "0").replace(",", "")) for part in match.groups())
    return hundreds * 1e8 + tens * 1e4


@lru_cache(maxsize=16_384)
def _values(figure: str) -> frozenset[float]:
    """A figure as every convention reads it: 1.200 is twelve hundred here and a little over one there.

    >>> sorted(_values("1.200")), sorted(_values("37"))
    ([1.2, 1200.0], [37.0])
    """
    bare = re.sub(r"[\u202f\u00a0' ]", "", figure)
    found = set()
    for thousands, decimal in ((",", "."), (".", ",")):
        try:
            found.add(float(bare.replace(thousands, "").replace(decimal, ".")))
        except ValueError:
            continue
    return frozenset(found)


def _dates(text: str, norms: Norms) -> Iterator[tuple[re.Match[str], tuple[int | None, int | None, int | None]]]:
    """Days of the calendar in a text, as (year, month, day), by the month names of its language."""
    for pattern, months in _date_patterns(norms.tag):
        for match in pattern.finditer(text):
            told = match.groupdict()
            month = months[told["month"].casefold()]
            day, year = told.get("day"), told.get("year")
            yield match, (int(year) if year else None, month, int(day) if day else None)


@lru_cache(maxsize=16)
def _date_patterns(tag: str) -> tuple[tuple[re.Pattern[str], dict[str, int]], ...]:
    norms = norms_of(tag)
    months = {name.casefold(): number for number, name in enumerate(norms.months, start=1)}
    if norms.language == "ja":
        return ((re.compile(r"(?:(?P<year>20\d\d)年)?(?P<month>\d{1,2}月)(?:(?P<day>\d{1,2})日)?"), months),)
    names = "|".join(sorted(map(re.escape, months), key=len, reverse=True))
    day, year = r"(?P<day>\d{1,2})(?:st|nd|rd|th|er|\.|º)?", r"(?P<year>20\d\d)"
    forms = (
        rf"\b{day}\s(?:of |de )?(?P<month>{names})\b(?:,?\s(?:de |del )?{year}\b)?",
        rf"\b(?P<month>{names})\s{day}\b(?:,\s{year}\b)?",
        rf"\b(?P<month>{names})(?:\s(?:de |of )?{year})?\b",
    )
    found = []
    for place, form in enumerate(forms):
        # "may" and "mars" are words as well as months: alone they only count with a capital or a year.
        flags = re.I if place < 2 or norms.language in {"fr", "es", "nl"} else 0
        source = form if flags else form.replace(names, "|".join(map(re.escape, norms.months)))
        found.append((re.compile(source, flags), months))
    return tuple(found[:2]) if norms.language in {"fr", "es", "nl"} else tuple(found)


def _covers(way: tuple[int | None, int | None, int | None], one: Evidence) -> bool:
    """Whether evidence is of that day, or names it in its text."""
    year, month, day = way
    moment: date | None = one.at.date() if one.at else None
    if moment and month == moment.month and day in (None, moment.day) and year in (None, moment.year):
        return True
    return any(
        month == there[1] and day in (None, there[2]) and (year is None or there[0] in (None, year))
        for there in _told_days(one.text)
    )


@lru_cache(maxsize=8_192)
def _told_days(text: str) -> tuple[tuple[int | None, int | None, int | None], ...]:
    return tuple(way for tag in TAGS for _, way in _dates(text, norms_of(tag)))


_CALENDAR = frozenset(name.casefold() for tag in TAGS for name in norms_of(tag).months)


def personal(text: Text, parts: Parts, norms: Norms, judges: Judges) -> Iterator[Violation]:
    """Nothing of anybody's private life: family, health, holidays, belief, what is posted among friends.

    The filter's judgement counts where it found a sign of private life. By its wording alone it errs on the side of
    leaving evidence out, which is right for evidence and wrong for a plain "Would 15 minutes suit you?".
    """
    known = sorted((one for one in text.known if len(one) >= SHORTEST_NAME), key=len, reverse=True)
    told = [one for one in parts.sentences if not one.is_question or QUOTED.search(one.text)]
    innocent = INNOCENT.get(norms.language)
    if not told or judges.personal is None:
        return
    verdicts = judges.personal([_blanked(one.text, known, innocent) for one in told])
    for sentence, verdict in zip(told, verdicts, strict=True):
        if verdict.probability >= LEAST_SURE and verdict.has_sign:
            message = "This is about somebody's private life; keep to what is professional."
            yield Violation(rule="personal", start=sentence.start, end=sentence.end, message=message)


def _blanked(text: str, known: Sequence[str], innocent: re.Pattern[str] | None) -> str:
    """Without names (Winwood & Sons is nobody's family) and words that are private elsewhere."""
    for name in known:
        text = text.replace(name, "the company")
    return innocent.sub(" ", text) if innocent else text
