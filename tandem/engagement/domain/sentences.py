"""Sentences and words of short business texts in seven languages, with their places in the text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

# A full stop after these ends no sentence. Lower case, without the stop.
ABBREVIATIONS = frozenset(
    (
        "mr mrs ms dr prof st sr jr vs etc e.g i.e approx no nos inc ltd co corp dept est fig jan feb mar apr jun jul "
        "aug sep sept oct nov dec mt vol gen sen rep a.m p.m u.s u.k "
        "hr fr dipl ing bzw ca z.b d.h u.a o.ä ggf inkl evtl usw str nr mio mrd tsd tel abs abt geb zzgl vgl i.d.r "
        "m mme mlle mm av env p.ex cf réf resp s.a s.a.s s.a.r.l "
        "sra srta dra ud uds d dña pág núm aprox p.ej s.l s.l.u "
        "dhr mevr mw drs ir bv b.v n.v nv t.a.v d.m.v a.d.h.v o.a bijv m.b.t i.v.m jl ll "
        "k.k g.k s.r.l s.p.a"
    ).split()
)
_HOST = r"\b[\w-]+(?:\.[\w-]+)*\.(?:com|net|org|io|de|fr|es|nl|jp|eu|example)\b"
_TOKEN = re.compile(
    rf"""
    (?P<keep> (?:https?://|www\.)\S*[^\s.,;:!?)] | [\w.+-]+@[\w-]+(?:\.[\w-]+)+ | {_HOST}
        | \d+(?:[.,:]\d+)+ | \b(?:[A-Za-zÀ-ÿ]\.){{2,}} )
    | (?P<quote> “[^“”]*” | „[^„“”]*[“”] | «[^«»]*» | "[^"\n]*" | 「[^「」]*」 | 『[^『』]*』 )
    | (?P<end> [.!?…]+[)\]”"»’]* | [。！？]+[」』）]* )
    """,
    re.X,
)
_ORDINAL = re.compile(r"(?:^|[\s(])\d{1,2}$")
_MONTH_DAY = re.compile(  # "on September 29." is the end of a sentence, "am 29. September" is not
    r"(?:january|february|march|april|may|june|july|august|september|october|november|december) \d{1,2}$", re.I
)
_BREAK = re.compile(r"\n[ \t]*\n|\n(?=[ \t]*[-*•–][ \t])")
_WORD = re.compile(r"[^\W_]+(?:[’'.,/&+-][^\W_]+)*")
_JAPANESE = re.compile(r"[぀-ヿ㐀-鿿ｦ-ﾟ々ー]")
LETTERS_A_WORD_JA = 2.5  # Japanese writes no spaces: this many of its letters say what one English word says


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence with its place in the text; text is exactly what stands there."""

    text: str
    start: int
    end: int

    @property
    def is_question(self) -> bool:
        """Whether it ends as a question."""
        bare = self.text.rstrip(' )]”"»’」』\u00a0\u202f')
        return bare.endswith(("?", "？", "でしょうか。", "ませんか。", "ますか。", "ですか。"))


def sentences(text: str, *, start: int = 0) -> list[Sentence]:
    """The sentences of a text, in their order.

    A stop inside a quotation, a number, an address, an abbreviation or a German ordinal ends none; a blank line and
    a list item do.

    start : added to every place

    >>> [one.text for one in sentences("We saved 2.5 hours, e.g. in Ulm. Am 3. Mai ging es los! Passt das?")]
    ['We saved 2.5 hours, e.g. in Ulm.', 'Am 3. Mai ging es los!', 'Passt das?']
    """
    found: list[Sentence] = []
    begin = 0
    for stop in _BREAK.finditer(text):
        found += _within(text, begin, stop.start(), start)
        begin = stop.end()
    return [*found, *_within(text, begin, len(text), start)]


def _within(text: str, begin: int, end: int, offset: int) -> Iterator[Sentence]:
    at = begin
    for match in _TOKEN.finditer(text, begin, end):
        if _ends(match, text, end):
            yield from _cut(text, at, match.end(), offset)
            at = match.end()
    yield from _cut(text, at, end, offset)


def _ends(match: re.Match[str], text: str, end: int) -> bool:
    """Whether a sentence ends with what was matched."""
    after = text[match.end() : end]
    if match["quote"]:
        # A quotation that closes with its own stop ends the sentence when a new one begins behind it.
        inner = match["quote"][:-1].rstrip()
        return inner.endswith((".", "!", "?", "。")) and bool(re.match(r"\s+[A-ZÀ-Þ¿¡]", after))
    if match["end"] is None:
        return False
    if match["end"][0] in "。！？":
        return True
    if after and not after[0].isspace():
        return False
    if match["end"][0] in "!?":
        return not re.match(r"\s+[a-zà-ÿ]", after)
    return not _is_short_form(text[max(0, match.start() - 16) : match.start()], after)


def _is_short_form(before: str, after: str) -> bool:
    if not after.strip():
        return False
    if re.match(r"\s+[a-zà-ÿ]", after):
        return True
    word = re.split(r"[\s(„“«\"]", before)[-1]
    if len(word) == 1 and re.match(r"\s[A-ZÀ-Þ]\.", after):
        return True
    if word.casefold() in ABBREVIATIONS or (len(word) == 1 and word.isupper()):
        return True
    return bool(_ORDINAL.search(before)) and not _MONTH_DAY.search(before) and bool(re.match(r"\s+\w", after))


def _cut(text: str, begin: int, end: int, offset: int) -> Iterator[Sentence]:
    piece = text[begin:end]
    bare = piece.strip()
    if bare and re.search(r"\w", bare):
        at = begin + piece.index(bare)
        yield Sentence(bare, at + offset, at + len(bare) + offset)


def count_words(text: str) -> int:
    """Words as a reader counts them; an address is one word, and Japanese counts its letters by two and a half.

    >>> count_words("Would 15 minutes on 3 May suit you?"), count_words("来週、15分いただけますでしょうか。")
    (8, 7)
    """
    japanese = len(_JAPANESE.findall(text))
    rest = _JAPANESE.sub(" ", re.sub(r"https?://\S+", "link", text))
    return len(_WORD.findall(rest)) + round(japanese / LETTERS_A_WORD_JA)
