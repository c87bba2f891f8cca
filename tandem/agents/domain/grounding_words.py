"""Words that the check of claims must know: which words are no names, which numbers are written out, which words mean
the same, which mean the opposite.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import cache, lru_cache
from pathlib import Path
from types import MappingProxyType

DATA = Path(__file__).parent / "data"
ENDINGS = ("'s", "’s", "ing", "ed", "ly", "es", "s", "d", "e")

ONES: Mapping[str, int] = MappingProxyType(
    {
        word: value
        for value, word in enumerate(
            (
                "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
                "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
            )
        )
    }
)  # fmt: skip
TENS: Mapping[str, int] = MappingProxyType(
    {
        word: 10 * place
        for place, word in enumerate(
            ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"), start=2
        )
    }
)
SCALES: Mapping[str, int] = MappingProxyType(
    {
        "hundred": 100, "thousand": 1_000, "k": 1_000, "tsd": 1_000, "m": 10**6, "mn": 10**6, "mm": 10**6,
        "mio": 10**6, "million": 10**6, "millions": 10**6, "millionen": 10**6, "millones": 10**6, "miljoen": 10**6,
        "bn": 10**9, "b": 10**9, "billion": 10**9, "billions": 10**9, "mrd": 10**9, "milliarden": 10**9,
        "milliard": 10**9, "milliards": 10**9, "miljard": 10**9, "trillion": 10**12, "tn": 10**12,
        "thousands": 1_000, "hundreds": 100,
    }
)  # fmt: skip
ORDINALS: Mapping[str, int] = MappingProxyType(
    {
        "first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8,
        "ninth": 9, "tenth": 10, "eleventh": 11, "twelfth": 12,
    }
)  # fmt: skip
# Words that state an amount without a digit; the evidence must state it in a word of the same row or in a number.
MULTIPLES: tuple[frozenset[str], ...] = (
    frozenset({"double", "doubled", "doubles", "doubling", "twice", "twofold", "2x"}),
    frozenset({"triple", "tripled", "triples", "tripling", "threefold", "3x"}),
    frozenset({"quadruple", "quadrupled", "quadrupling", "fourfold", "4x"}),
    frozenset({"halve", "halved", "halves", "halving", "half"}),
    frozenset({"dozen", "dozens"}),
    frozenset({"pair"}),
)
CURRENCIES: Mapping[str, str] = MappingProxyType(
    {
        "$": "USD", "us$": "USD", "usd": "USD", "dollar": "USD", "dollars": "USD", "€": "EUR", "eur": "EUR",
        "euro": "EUR", "euros": "EUR", "£": "GBP", "gbp": "GBP", "pound": "GBP", "pounds": "GBP", "sterling": "GBP",
        "chf": "CHF", "francs": "CHF", "¥": "JPY", "jpy": "JPY", "yen": "JPY", "sek": "SEK", "nok": "NOK",
        "dkk": "DKK", "kr": "SEK", "pln": "PLN", "cad": "CAD", "aud": "AUD", "inr": "INR", "₹": "INR", "cny": "CNY",
    }
)  # fmt: skip
UNITS: Mapping[str, str] = MappingProxyType(
    {
        word: unit
        for unit, words in {
            "minute": "minute minutes min mins",
            "hour": "hour hours hrs",
            "day": "day days",
            "week": "week weeks",
            "month": "month months",
            "quarter": "quarters",
            "year": "year years",
        }.items()
        for word in words.split()
    }
)
# Short and long forms of the same thing.
ALIASES: Mapping[str, str] = MappingProxyType(
    {
        "ceo": "chief executive officer", "cfo": "chief financial officer", "cto": "chief technology officer",
        "coo": "chief operating officer", "cro": "chief revenue officer", "cmo": "chief marketing officer",
        "cio": "chief information officer", "ciso": "chief information security officer",
        "cpo": "chief product officer", "vp": "vice president", "svp": "senior vice president",
        "md": "managing director",
        "hr": "human resources", "us": "united states", "usa": "united states", "u.s": "united states",
        "uk": "united kingdom", "eu": "european union", "ai": "artificial intelligence", "q&a": "questions and answers",
        "revops": "revenue operations", "it": "information technology", "r&d": "research and development",
        "ipo": "initial public offering", "m&a": "mergers and acquisitions",
    }
)  # fmt: skip
# What a country, its people and its code are called; codes count only in capitals.
PLACES: tuple[frozenset[str], ...] = tuple(
    frozenset(row.split())
    for row in (
        "germany german germans deutschland DE", "france french FR", "netherlands dutch holland NL", "spain spanish ES",
        "italy italian IT", "austria austrian AT", "switzerland swiss CH", "belgium belgian BE", "denmark danish DK",
        "sweden swedish SE", "norway norwegian NO", "finland finnish FI", "poland polish PL", "ireland irish IE",
        "portugal portuguese PT", "japan japanese JP", "china chinese CN", "india indian IN", "canada canadian CA",
        "brazil brazilian BR", "mexico mexican MX", "australia australian AU", "singapore SG", "europe european",
        "britain british kingdom england UK GB", "america american states US USA",
    )
)  # fmt: skip
LEGAL_FORMS = frozenset(
    "gmbh ag inc ltd llc plc sa se bv nv corp corporation co kg ab as oy spa srl sas limited group".split()
)
CONNECTORS = frozenset("of de van von der den la le du da di del & and for the".split())
NEGATIONS = frozenset(
    "not no never without neither nor cannot can't won't doesn't don't didn't isn't aren't wasn't weren't hasn't"
    " haven't denied denies deny ruled refuses refused lacks lack cancelled canceled"
    " nicht kein keine nie ohne ne pas jamais sans sin nunca niet geen nooit zonder".split()
)


def _lines(name: str) -> list[str]:
    lines = (DATA / name).read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line.strip() and not line.startswith("#")]


@cache
def _common() -> frozenset[str]:
    return frozenset(word for line in _lines("common_words.txt") for word in line.split())


@cache
def opposites() -> tuple[tuple[frozenset[str], frozenset[str]], ...]:
    """Pairs of poles: a claim with a word of one where the evidence has only the other says the opposite."""
    pairs = [line.split("|") for line in _lines("opposite_words.txt")]
    return tuple((frozenset(one.split()), frozenset(other.split())) for one, other in pairs)


def is_common(word: str) -> bool:
    """Whether a word is ordinary talk, so that a capital at its head makes it no name."""
    plain = word.casefold()
    if plain in _common():
        return True
    for ending in ENDINGS:
        bare = plain.removesuffix(ending)
        if bare != plain and len(bare) > 2 and {bare, bare + "e", _undoubled(bare)} & _common():
            return True
    return plain.endswith("ies") and plain[:-3] + "y" in _common()


def _undoubled(stem: str) -> str:
    return stem[:-1] if len(stem) > 3 and stem[-1] == stem[-2] else stem


@lru_cache(maxsize=100_000)
def folded(text: str) -> str:
    """Lower case without accents: "Müller" as "muller".

    >>> folded("Café MÜLLER")
    'cafe muller'
    """
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in plain if not unicodedata.combining(letter))


@lru_cache(maxsize=100_000)
def stem(word: str) -> str:
    """A word without its commonest endings; words of one row of `data/same_words.txt` have one stem."""
    return _row_of().get(word) or _row_of().get(_bare(word)) or _bare(word)


def _bare(word: str) -> str:
    for ending in ("'s", "ations", "ation", "ings", "ing", "ies", "ied", "ed", "es", "s", "ly", "e"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word


@cache
def _row_of() -> Mapping[str, str]:
    rows: dict[str, str] = {}
    for line in _lines("same_words.txt"):
        name = "=" + min(line.split())
        for word in line.split():
            rows.setdefault(word, name)
    return rows


WORD = re.compile(r"[^\W_]+(?:[&'’.-][^\W_]+)*")


@lru_cache(maxsize=20_000)
def content_stems(text: str) -> frozenset[str]:
    """Stems of the words that carry meaning: no function words, no digits."""
    words = [word.casefold().replace("’", "'") for word in WORD.findall(text)]
    return frozenset(stem(word) for word in words if len(word) > 2 and word not in STOP and not re.search(r"\d", word))


STOP = frozenset(
    "a about after all also although among an and any are around as at be because been before being between both but by"
    " can could did do does during each for from had has have he her hers him his how if in into is it its itself just"
    " may might more most much must near now of off on once one only or other our out over own per same she should"
    " since so some still such than that the their them then there these they this those through to too under until"
    " up upon very via was we were what when where whether which while who whom whose why will with within would yet"
    " you your makes make made making well likely suggest suggests suggesting sign signs shows show means mean".split()
)
