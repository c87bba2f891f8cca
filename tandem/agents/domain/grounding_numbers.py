"""Amounts in a text: digits and words, with scale, percent sign, currency and unit."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from enum import StrEnum

from tandem.agents.domain.grounding_words import CURRENCIES, ONES, ORDINALS, SCALES, STOP, TENS, UNITS, stem

_SCALE = r"(?P<scale>" + "|".join(sorted((re.escape(word) for word in SCALES), key=len, reverse=True)) + r")"
_CODES = r"us\$|[$€£¥₹]|usd|eur|gbp|chf|jpy|sek|nok|dkk|pln|cad|aud|inr|cny"
_AFTER = _CODES + r"|dollars?|euros?|pounds?|sterling|francs|yen|kr"
_PERCENT = r"%|per\s?cent\b|percent\b|pct\b|percentage points?\b|prozent\b|pour cent\b|procent\b"
_GROUPED = r"\d{1,3}(?:[,.'’\u00a0\u202f ]\d{3})+(?:[.,]\d{1,2})?"
_DIGITS = re.compile(
    rf"(?<![\w.,/])(?P<before>{_CODES})?\s?(?P<digits>{_GROUPED}|\d+(?:[.,]\d+)?)(?P<ordinal>st|nd|rd|th)?"
    rf"(?:[\s-]?{_SCALE}\.?(?![\w]))?\+?\s?(?P<percent>{_PERCENT})?\s?(?P<after>{_AFTER})?(?![\w]|[.,]\d)",
    re.I,
)
_WORDS = "|".join([*TENS, *ONES, "hundred", "thousand", "million", "billion"])
_SPELLED = re.compile(
    rf"\b(?:{_WORDS})(?:(?:[\s-]|\sand\s)(?:{_WORDS}))*\b(?:\s?(?P<percent>%|per\s?cent\b|percent\b))?(?:\s(?P<after>{_AFTER})\b)?",
    re.I,
)
_ORDINAL = re.compile(r"\b(" + "|".join(ORDINALS) + r")\b(?!-| of all)", re.I)
# "One" says a number only sometimes.
_NO_NUMBER = re.compile(
    r"\b(?:no one|one of|one another|one-on-one|one day|any one|every one|this one|that one|one by one|at one with"
    r"|one-to-one|number one|at first|first name|first and foremost|second to none|one's|each one|the one)\b",
    re.I,
)
_RANGE = re.compile(r"\s*(?:-|–|—|to|and|or|bis|à|und|through|until)\s*", re.I)
_NEXT = re.compile(r"[\s-]*(?:(?:new|more|additional|further|full|other|open|different|of|its|the)\s+)?([^\W\d_]+)")
_CLAUSE = re.compile(r"(?:[\s-]+[^\W\d_]+){1,3}")
_HEDGES = {
    "about": 0, "around": 0, "roughly": 0, "approximately": 0, "some": 0, "circa": 0, "~": 0, "ca": 0, "etwa": 0,
    "nearly": -1, "almost": -1, "just under": -1, "up to": -1, "under": -1, "close to": -1,
    "over": 1, "more than": 1, "above": 1, "at least": 1, "exceeding": 1,
}  # fmt: skip
_HEDGE = re.compile(r"(?:\b|(?=~))(" + "|".join(sorted(_HEDGES, key=len, reverse=True)) + r")\s*[$€£]?$", re.I)
TOLERANCE = Decimal("0.05")


class AmountKind(StrEnum):
    """What an amount counts."""

    PLAIN = "plain"
    PERCENT = "percent"
    MONEY = "money"
    ORDINAL = "ordinal"


@dataclass(frozen=True, slots=True, kw_only=True)
class Amount:
    """An amount as a text tells it.

    values : its possible readings: "1.200" may be 1.2 or 1,200
    currency : ISO 4217; empty: none told
    unit : of `UNITS`; empty: none
    noun : stem of the word that follows; empty: none
    nouns : stems of up to three words that follow in the same clause
    hedge : -1 "nearly", 0 "about", 1 "over"; None: exact
    """

    span: str
    values: frozenset[Decimal]
    kind: AmountKind = AmountKind.PLAIN
    currency: str = ""
    unit: str = ""
    noun: str = ""
    nouns: tuple[str, ...] = ()
    hedge: int | None = None

    def bears_out(self, claim: Amount, *, currencies: frozenset[str]) -> bool:
        """Whether this amount, said in evidence, bears out the one of a claim.

        currencies : told anywhere in the evidence
        """
        if not self._is_same_kind(claim, currencies) or claim.unit != self.unit:
            return False
        if self.values & claim.values:
            return True
        return claim.hedge is not None and any(
            _is_near(told, said, claim.hedge) for told in self.values for said in claim.values
        )

    def _is_same_kind(self, claim: Amount, currencies: frozenset[str]) -> bool:
        if claim.kind is AmountKind.MONEY:
            if self.kind is AmountKind.MONEY:
                return not claim.currency or not self.currency or claim.currency == self.currency
            return self.kind is AmountKind.PLAIN and claim.currency in currencies and not self.unit
        if claim.kind is AmountKind.PLAIN and self.kind is AmountKind.MONEY:
            return max(claim.values) >= 1_000
        if claim.kind is AmountKind.ORDINAL:
            return self.kind is AmountKind.ORDINAL
        return claim.kind is self.kind


def _is_near(told: Decimal, said: Decimal, hedge: int) -> bool:
    """Whether a rounded figure fits: "over 1,000" for 1,040; "nearly 1,000" for 980; "about 1,000" for both."""
    if said == 0:
        return False
    off = (told - said) / said
    if hedge == 0:
        return abs(off) <= TOLERANCE
    return 0 <= off * hedge <= 2 * TOLERANCE


def amounts(text: str) -> tuple[list[Amount], str]:
    """Every amount of a text whose dates are blanked out already, and the text with amounts blanked out too."""
    found: list[tuple[int, int, Amount]] = []
    for match in _DIGITS.finditer(text):
        if amount := _of_digits(match, text):
            found.append((match.start("digits") if not match["before"] else match.start(), match.end(), amount))
    rest = _blanked(text, ((start, end) for start, end, _ in found))
    words = _NO_NUMBER.sub(lambda match: "·" * len(match.group()), rest)
    for match in _SPELLED.finditer(words):
        found.append((match.start(), match.end(), _of_words(match, text)))
    for match in _ORDINAL.finditer(_blanked(words, ((start, end) for start, end, _ in found))):
        value = frozenset({Decimal(ORDINALS[match[1].casefold()])})
        found.append((match.start(), match.end(), Amount(span=match.group(), values=value, kind=AmountKind.ORDINAL)))
    found.sort(key=lambda one: one[0])
    return _with_ranges(found, text), _blanked(rest, ((start, end) for start, end, _ in found))


def _blanked(text: str, spans: Iterable[tuple[int, int]]) -> str:
    for start, end in spans:
        text = text[:start] + "·" * (end - start) + text[end:]
    return text


def _of_digits(match: re.Match[str], text: str) -> Amount | None:
    values = _readings(match["digits"])
    scale = (match["scale"] or "").casefold()
    if not values:
        return None
    if scale:
        values = frozenset(value * SCALES[scale] for value in values)
    return _amount(match, text, values, is_ordinal=bool(match["ordinal"]))


def _of_words(match: re.Match[str], text: str) -> Amount:
    return _amount(match, text, frozenset({Decimal(spelled(match.group()))}))


def _amount(match: re.Match[str], text: str, values: frozenset[Decimal], *, is_ordinal: bool = False) -> Amount:
    told = match.groupdict()
    code = (told.get("before") or told.get("after") or "").casefold()
    follows = _NEXT.match(text, match.end())
    word = follows[1].casefold() if follows else ""
    hedge = _HEDGE.search(text[max(0, match.start() - 20) : match.start()].rstrip())
    kind = AmountKind.ORDINAL if is_ordinal else AmountKind.PLAIN
    if told.get("percent"):
        kind = AmountKind.PERCENT
    elif code:
        kind = AmountKind.MONEY
    return Amount(
        span=match.group().strip(),
        values=values,
        kind=kind,
        currency=CURRENCIES.get(code, ""),
        unit=UNITS.get(word, "") if kind is AmountKind.PLAIN else "",
        noun=stem(word) if kind is AmountKind.PLAIN else "",
        nouns=_nouns(text, match.end()) if kind is AmountKind.PLAIN else (),
        hedge=_HEDGES[hedge[1].casefold()] if hedge else None,
    )


def _nouns(text: str, at: int) -> tuple[str, ...]:
    follows = _CLAUSE.match(text, at)
    words = follows[0].casefold().replace("-", " ").split() if follows else []
    return tuple(stem(word) for word in words if len(word) > 2 and word not in STOP)


def _readings(digits: str) -> frozenset[Decimal]:
    """What digits with separators may mean: "1.200" both 1.2 and 1,200; "1,200.50" only one thing."""
    plain = re.sub(r"['’\u00a0\u202f ]", "", digits)
    ways = {plain.replace(",", "")}
    if "," in plain:
        ways.add(plain.replace(".", "").replace(",", "."))
    if re.fullmatch(r"\d{1,3}(?:\.\d{3})+", plain):
        ways.add(plain.replace(".", ""))
    if re.fullmatch(r"\d{1,3}(?:,\d{3})+", plain):
        ways = {plain.replace(",", "")}
    values = set()
    for way in ways:
        try:
            values.add(Decimal(way).normalize())
        except InvalidOperation:
            continue
    return frozenset(values)


def spelled(words: str) -> int:
    """The value of a number in words.

    >>> spelled("two hundred and twenty-five thousand")
    225000
    """
    total = part = 0
    for word in re.findall(r"[a-z]+", words.casefold()):
        if word in ONES or word in TENS:
            part += ONES.get(word, 0) + TENS.get(word, 0)
        elif word == "hundred":
            part = max(part, 1) * 100
        elif word in {"thousand", "million", "billion"}:
            total += max(part, 1) * SCALES[word]
            part = 0
    return total + part


def _with_ranges(found: list[tuple[int, int, Amount]], text: str) -> list[Amount]:
    """ "10-20 million" is ten to twenty million; "10-20%" is two percentages."""
    amounts = [one for _, _, one in found]
    for at in range(len(found) - 1):
        gap = text[found[at][1] : found[at + 1][0]]
        first, second = amounts[at], amounts[at + 1]
        if not _RANGE.fullmatch(gap) or first.kind is not AmountKind.PLAIN or first.unit:
            continue
        scale = next((SCALES[word] for word in re.findall(r"[a-z]+", second.span.casefold()) if word in SCALES), 1)
        values = first.values | {value * scale for value in first.values}
        amounts[at] = replace(
            first, values=values, kind=second.kind, currency=second.currency, unit=second.unit, noun=second.noun
        )
    return amounts
