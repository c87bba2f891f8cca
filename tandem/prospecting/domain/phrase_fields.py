"""The patterns for what a company is: size, place, trade, whether it is a customer, its deals."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from tandem.prospecting.domain.condition_terms import FieldIs, IsCustomer, Op, OpenDeals
from tandem.prospecting.domain.conditions import fold
from tandem.prospecting.domain.phrase_sentence import Piece, Sentence, known, test
from tandem.prospecting.domain.phrase_words import COUNT, INDUSTRY_WORDS, NUMBER, count_of, number, places

PEOPLE = r"(?:employees|people|staff|workers|heads|headcount|fte|ftes)"
MONEY = r"(?:annual )?(?:revenue|turnover|sales)"
# --- fields ---

MORE, ATLEAST = r"(?:more than|over|above|greater than|larger than|>)", r"(?:at least|from|minimum of|no less than|>=)"
LESS, ATMOST = r"(?:fewer than|less than|under|below|smaller than|<)", r"(?:at most|up to|no more than|maximum of|<=)"


def numbers(sentence: Sentence) -> Iterator[Piece]:
    """Employees and revenue, as a range or a bound."""
    for field, noun in (("employees", PEOPLE), ("annual_revenue", MONEY)):
        yield from _ranges(sentence, field, noun)
        yield from _bounds(sentence, field, noun)
    for found in sentence.take(
        rf"\b(?:no|unknown) {PEOPLE} (?:known|told)\b|\b{PEOPLE} (?:is |are )?(?:unknown|not known)\b"
    ):
        yield test(found, FieldIs(field="employees", op=Op.KNOWN, value=False))


def _ranges(sentence: Sentence, field: str, noun: str) -> Iterator[Piece]:
    span = rf"(?:between )?(?P<low>{NUMBER})\s?(?:to|and|-|–)\s?(?P<high>{NUMBER})"
    pattern = rf"(?:\bwith )?(?:{noun} (?:of |is )?{span}|{span}(?: (?:in|of))? {noun})"
    for found in sentence.take(_doubled(pattern)):
        ends = [found.group(name) or found.group(f"{name}2") for name in ("low", "high")]
        low, high = (number(end) for end in ends)
        if not ends[0].strip()[-1].isalpha() and ends[1].strip()[-1].isalpha() and low < high / 100_000:
            low *= 1_000_000  # "10 to 50 million"
        yield test(found, FieldIs(field=field, op=Op.BETWEEN, value=(min(low, high), max(low, high))))


def _doubled(pattern: str) -> str:
    """The second time a group's name stands in a pattern it gets a 2."""
    first, rest = pattern.split("|", 1) if pattern.count("(?P<low>") == 1 else _halves(pattern)
    return f"{first}{rest.replace('(?P<low>', '(?P<low2>').replace('(?P<high>', '(?P<high2>')}"


def _halves(pattern: str) -> tuple[str, str]:
    place = pattern.index("(?P<low>", pattern.index("(?P<high>"))
    return pattern[:place], pattern[place:]


def _bounds(sentence: Sentence, field: str, noun: str) -> Iterator[Piece]:
    step = 1 if field == "employees" else 0  # people are counted: more than 500 is 501
    for words, op, change in ((ATLEAST, Op.GTE, 0), (ATMOST, Op.LTE, 0), (MORE, Op.GTE, step), (LESS, Op.LTE, -step)):
        told = rf"(?P<n>{NUMBER})"
        other = rf"(?P<m>{NUMBER})"
        pattern = (
            rf"(?:\bwith |\b)?(?:{noun} (?:of |is )?{words} ?{told}|{words} ?{other}(?: (?:in|of))? {noun}|"
            rf"{noun} ?{words} ?(?P<o>{NUMBER}))"
        )
        for found in sentence.take(pattern):
            value = number(found.group("n") or found.group("m") or found.group("o"))
            yield test(found, FieldIs(field=field, op=op, value=value + change))
    for found in sentence.take(
        rf"\b(?:with )?(?P<n>{NUMBER})(?:\s?\+| or more)(?: (?:in|of))? {noun}\b|"
        rf"\b(?:with )?(?P<m>\d[\d,.]*k?)\+ {noun}\b"
    ):
        value = number(found.group("n") or found.group("m"))
        yield test(found, FieldIs(field=field, op=Op.GTE, value=value))
    for found in sentence.take(rf"\b(?:with )?(?P<n>{NUMBER}) or (?:fewer|less) {noun}\b"):
        yield test(found, FieldIs(field=field, op=Op.LTE, value=number(found.group("n"))))


DEALS = r"(?:open |running |live )(?:deals?|opportunit(?:y|ies))"


def deals(sentence: Sentence) -> Iterator[Piece]:
    """Open deals."""
    for found in sentence.take(rf"\b(?:and |with |have |has |having )*(?:no|without|without an?|zero) {DEALS}\b"):
        yield test(found, OpenDeals(lte=0))
    for found in sentence.take(rf"\b(?:with |have |has )?(?:at least )(?P<n>{COUNT}) {DEALS}\b"):
        yield test(found, OpenDeals(gte=count_of(found.group("n"))))
    for found in sentence.take(rf"\b(?:with |have |has |having )?(?:an? |any )?{DEALS}\b"):
        yield test(found, OpenDeals(gte=1))


def customers(sentence: Sentence) -> Iterator[Piece]:
    """Customers, former ones, those that are none."""
    for found in sentence.take(r"\b(?:former|past|lost|churned|ex-?) ?customers?\b"):
        yield test(found, FieldIs(field="type", op=Op.IN, value=("former",)))
    for found in sentence.take(r"\bpartners?\b"):
        yield test(found, FieldIs(field="type", op=Op.IN, value=("partner",)))
    for found in sentence.take(
        r"\b(?:that |who |which )?(?:are |is )?(?:aren.?t|isn.?t|not|no|non)[ -](?:yet |currently |already )?"
        r"(?:an? |our )?(?:existing |current )?customers?(?: yet)?\b|\bprospects?\b"
    ):
        yield test(found, IsCustomer(wanted=False))
    for found in sentence.take(r"\b(?:our |existing |current )*customers?\b"):
        yield test(found, IsCustomer(wanted=True))


def countries(sentence: Sentence) -> Iterator[Piece]:
    """Countries and regions."""
    known = sorted(places(), key=len, reverse=True)
    words = "|".join(re.escape(word) for word in known)
    prefix = r"(?:based in |headquartered in |located in |in |from )?(?:the )?"
    for found in sentence.take(rf"\b{prefix}(?P<free>{words})(?:-based)?(?!\w)(?: region)?"):
        told = sentence.written(found)
        if found.group("free") == "us" and told != "US":
            continue
        yield test(found, FieldIs(field="country", op=Op.IN, value=places()[found.group("free")]))


def industries(sentence: Sentence) -> Iterator[Piece]:
    """Trades, by the names this installation has."""
    names = sentence.vocabulary.industries
    for name, word in known(names):
        for found in sentence.take(
            rf"\b(?:{word})(?: companies| firms| accounts| producers| makers| industry| sector)?(?!\w)"
        ):
            yield test(found, FieldIs(field="industry", op=Op.IN, value=_alike(name, names)))
    for start, meanings in INDUSTRY_WORDS.items():
        for found in sentence.take(
            rf"\b{re.escape(start)}\w*(?: companies| firms| accounts| producers| makers| industry| sector)?\b"
        ):
            values = tuple(name for name in names if any(_begins(name, meaning) for meaning in meanings))
            yield test(found, FieldIs(field="industry", op=Op.IN, value=values) if values else
                        FieldIs(field="industry", op=Op.CONTAINS, value=found.group().split()[0]))  # fmt: skip


def _alike(name: str, names: Iterable[str]) -> tuple[str, ...]:
    """Every spelling of an industry's name that this installation has."""
    return tuple(other for other in names if fold(other) == fold(name))


def _begins(name: str, meaning: str) -> bool:
    return any(word.startswith(meaning) for word in re.split(r"\W+", fold(name)))


def segments_and_cities(sentence: Sentence) -> Iterator[Piece]:
    """Segments and cities this installation knows."""
    for name, word in known(sentence.vocabulary.segments):
        for found in sentence.take(rf"\b(?:in the )?(?:{word})(?: segment| accounts?| companies)?(?!\w)"):
            yield test(found, FieldIs(field="segment", op=Op.IN, value=(name,)))
    for name, word in known(sentence.vocabulary.cities):
        for found in sentence.take(rf"\b(?:is |are )?(?:based in |located in |in |from )?(?:{word})(?!\w)"):
            yield test(found, FieldIs(field="city", op=Op.IN, value=(name,)))


def written_fields(sentence: Sentence) -> Iterator[Piece]:
    """As engineers write it: "country = FR"."""
    for found in sentence.take(
        r"\b(?P<field>country|industry|city|segment|type|region) ?(?:=|==|is) ?(?P<free>[\w&-]+)"
    ):
        value = sentence.written(found)
        yield test(found, FieldIs(field=found.group("field"), op=Op.IN, value=(value,)))
