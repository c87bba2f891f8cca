"""Grounding: a claim stands when everything in it that can be checked is in the evidence it cites.

Checked are the cited ids, quotations, dates, amounts and names, each in a normal form; that the claim talks of what the
evidence talks of at all; that it does not say the opposite; and, where it repeats the evidence nearly word for word,
that it keeps the order of names and amounts. What it can't see stands in docs/methods/grounding.md.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache

from tandem.agents.contracts import Claim, Evidence, GuardName, Violation
from tandem.agents.domain.grounding_dates import RELATIVE, When, dates, on
from tandem.agents.domain.grounding_names import NameWords, name_words, names
from tandem.agents.domain.grounding_numbers import Amount, AmountKind, amounts
from tandem.agents.domain.grounding_words import (
    CURRENCIES,
    MULTIPLES,
    NEGATIONS,
    STOP,
    WORD,
    content_stems,
    folded,
    opposites,
    stem,
)

LONGEST_NAME = 80
LEAST_SHARED = 0.34  # of the claim's telling words, in the evidence
FEW_WORDS = 3
SAME_SENTENCE = 0.6
NORWAY = "NO"  # a code in capitals denies nothing
_QUOTE = re.compile(
    r"\"([^\"]{2,600})\"|“([^”]{2,600})[”\"]|„([^“”]{2,600})[“”]|«\s?([^»]{2,600}?)\s?»|(?<!\w)[‘']([^’'\n]{3,600}?)[’'](?!\w)"
)
_GAP = re.compile(r"\s*(?:\[?(?:\.\.\.|…)\]?)\s*")
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+|\n+")
_TELLING = re.compile(
    r"\b(?:said|says|wrote|writes|posted|reported|reports|announced|announces|published|told|stated|noted|mentioned|according"
    r"|commented|confirmed|dated|as of|seen|read|shared|described|listed|source)\b",
    re.I,
)
_PASSIVE = frozenset("by was were been is are from".split())
# One sentence is asked for the same things by several checks, and told of more than once: what was read is kept.
KEPT = 20_000
_dates = lru_cache(maxsize=KEPT)(dates)
_amounts = lru_cache(maxsize=KEPT)(amounts)
_names = lru_cache(maxsize=KEPT)(names)
_known = lru_cache(maxsize=KEPT // 10)(name_words)


@dataclass(frozen=True, slots=True)
class _Facts:
    """Everything checkable of some evidence, read once."""

    text: str
    quotable: str
    whens: tuple[When, ...]
    told_at: tuple[When, ...]
    amounts: tuple[Amount, ...]
    currencies: frozenset[str]
    names: NameWords
    stems: frozenset[str]
    words: frozenset[str]
    relative: frozenset[str]
    sentences: tuple[str, ...] = field(default=())


def unsupported(
    claims: Sequence[Claim], evidence: Sequence[Evidence], *, known: Collection[str] = ()
) -> tuple[Violation, ...]:
    """Everything in the claims that their cited evidence does not bear out; empty: all claims stand.

    known : texts with names that may be used without evidence, such as the account's own name
    """
    pieces = {one.id: one for one in evidence}
    known_names = _known(tuple(known))
    found: list[Violation] = []
    for claim in claims:
        missing = [cited for cited in claim.evidence_ids if cited not in pieces]
        found += [no_such_evidence(cited) for cited in missing]
        if not claim.evidence_ids:
            found.append(
                _wrong(f"The claim {claim.text[:80]!r} cites nothing; cite the evidence it rests on.", claim.text)
            )
        cited = [pieces[one] for one in dict.fromkeys(claim.evidence_ids) if one in pieces]
        if cited:
            found += _against(claim.text, _facts(cited), known_names)
    return tuple(dict.fromkeys(found))


def unsupported_texts(
    texts: Sequence[str], evidence: Sequence[Evidence], *, known: Collection[str] = ()
) -> tuple[Violation, ...]:
    """The same for texts that cite nothing of their own, against all evidence together; whether they talk of the same
    thing is not asked.
    """
    if not texts:
        return ()
    facts, known_names = _facts(list(evidence)), _known(tuple(known))
    found = [one for text in texts for one in _items(text, facts, known_names)]
    return tuple(dict.fromkeys(found))


def no_such_evidence(cited: str) -> Violation:
    """An id is cited that the input does not have."""
    return _wrong(f"There is no evidence {cited!r}; cite only ids that were given.", cited)


def _facts(evidence: Sequence[Evidence]) -> _Facts:
    return _read(
        tuple((one.text, one.source, one.at.date().isoformat() if one.at else "", _kind(one.id)) for one in evidence)
    )


def _kind(evidence_id: str) -> str:
    """What sort of evidence an id names, in words: "signal:job_post/12" is a job post."""
    return " ".join(re.findall(r"[A-Za-z]{3,}", evidence_id.split("/")[0]))


@lru_cache(maxsize=4_096)
def _read(pieces: tuple[tuple[str, str, str, str], ...]) -> _Facts:
    text = "\n".join(piece[0] for piece in pieces)
    found, rest = dates(text)
    numbers, _ = amounts(rest)
    told_at = [on(date.fromisoformat(day), day) for _, _, day, _ in pieces if day]
    words = frozenset(word.casefold() for word in WORD.findall(text) if word != NORWAY)
    return _Facts(
        text=text,
        quotable=_quotable(text),
        whens=tuple(way for ways in found for way in ways),
        told_at=tuple(told_at),
        amounts=tuple(numbers),
        currencies=frozenset(one.currency for one in numbers if one.currency) | _currencies(words),
        names=name_words([text, *(source for _, source, _, _ in pieces)]),
        stems=frozenset(content_stems(" ".join([text, *(f"{source} {kind}" for _, source, _, kind in pieces)]))),
        words=words,
        relative=frozenset(match.group().casefold() for match in RELATIVE.finditer(text)),
        sentences=tuple(one for one in _SENTENCE_END.split(text) if one.strip()),
    )


def _currencies(words: Iterable[str]) -> frozenset[str]:
    return frozenset(CURRENCIES[word] for word in words if word in CURRENCIES)


def _against(text: str, facts: _Facts, known: NameWords) -> list[Violation]:
    return [*_items(text, facts, known), *_subject(text, facts), *_direction(text, facts), *_order(text, facts)]


def _items(text: str, facts: _Facts, known: NameWords) -> list[Violation]:
    """Quotes, dates, amounts and names of a text that the evidence does not have."""
    found, rest = _quotes(text, facts)
    found += _relative(rest, facts)
    whens, rest = _dates(rest)
    is_told = bool(_TELLING.search(text)) or not facts.whens
    for ways in whens:
        bearing = (*facts.whens, *(facts.told_at if is_told and not _is_told_itself(ways, facts) else ()))
        if not any(one.covers(way) for way in ways for one in bearing) and not _is_number(ways, facts):
            found.append(_wrong(f"The date {ways[0].span!r} is not in the cited evidence.", ways[0].span))
    numbers, rest = _amounts(rest)
    found += [
        _wrong(f"{one.span!r} is not in the cited evidence.", one.span)
        for one in numbers
        if not _is_borne_out(one, facts)
    ]
    found += _multiples(rest, facts)
    for name in _names(rest):
        if not facts.names.has(name) and not known.has(name):
            told = " ".join(name)
            found.append(_wrong(f"{told!r} is not named in the cited evidence.", told))
    return found


def _is_told_itself(ways: Sequence[When], facts: _Facts) -> bool:
    """A quarter or a year where the evidence names quarters or years itself: then the day of the telling is no proof.
    Results of one quarter are told in the next.
    """
    if any(one.quarter or one.half for one in ways):
        return any(one.quarter or one.half for one in facts.whens)
    return not any(one.month for one in ways) and any(one.year for one in facts.whens)


def _quotes(text: str, facts: _Facts) -> tuple[list[Violation], str]:
    """Quotations that do not stand in the evidence word for word, and the text with all quotations blanked out."""
    found = []
    for match in _QUOTE.finditer(text):
        quote = next(part for part in match.groups() if part is not None)
        parts = [_quotable(part).strip(" .,;:!?") for part in _GAP.split(quote)]
        if not _in_order([part for part in parts if part], facts.quotable):
            found.append(_wrong(f"The quotation {quote[:80]!r} is not in the cited evidence word for word.", quote))
    return found, _QUOTE.sub(lambda match: "·" * len(match.group()), text)


def _quotable(text: str) -> str:
    plain = re.sub(r"[‘’ʼ`]", "'", re.sub(r"[“”„«»]", '"', text))
    return " ".join(re.sub(r"[‐-―−]", "-", plain).casefold().split())


def _in_order(parts: Sequence[str], text: str) -> bool:
    at = 0
    for part in parts:
        match = re.compile(rf"(?<!\w){re.escape(part)}(?!\w)").search(text, at)
        if match is None:
            return False
        at = match.end()
    return True


def _relative(text: str, facts: _Facts) -> list[Violation]:
    """ "Last quarter" depends on the day it is read: only as the evidence says it itself."""
    return [
        _wrong(f"{match.group()!r} is not in the cited evidence; give the date.", match.group())
        for match in RELATIVE.finditer(text)
        if match.group().casefold() not in facts.relative
    ]


def _is_number(ways: Sequence[When], facts: _Facts) -> bool:
    """A year that the evidence has as a bare number: "founded: 1998"."""
    only_year = [one for one in ways if one.year and not (one.month or one.quarter or one.half)]
    return any(
        one.year in amount.values and amount.kind is AmountKind.PLAIN and amount.span.isdecimal()
        for one in only_year
        for amount in facts.amounts
    )


def _is_borne_out(amount: Amount, facts: _Facts) -> bool:
    bearing = [one for one in facts.amounts if one.bears_out(amount, currencies=facts.currencies)]
    if bearing:
        return not _counts_something_else(amount, bearing, facts)
    years = {when.year for when in facts.whens} if amount.kind is AmountKind.PLAIN else set()
    if any(value in years for value in amount.values):
        return True
    return (
        amount.kind is AmountKind.PLAIN
        and amount.span.casefold() == "one"
        and bool({"a", "an", "single"} & facts.words)
    )


def _counts_something_else(amount: Amount, bearing: Sequence[Amount], facts: _Facts) -> bool:
    """Whether the evidence counts what the claim counts, but with another figure ("12 offices and 300 people"), or
    does not know what the claim counts at all.
    """
    if not amount.noun or amount.kind is not AmountKind.PLAIN or any(one.noun == amount.noun for one in bearing):
        return False
    if any(one.noun == amount.noun for one in facts.amounts):
        return True
    return bool(amount.nouns) and all(one.nouns for one in bearing) and not set(amount.nouns) & facts.stems


def _multiples(text: str, facts: _Facts) -> list[Violation]:
    words = {word.casefold() for word in WORD.findall(text)}
    return [
        _wrong(f"{word!r} is not in the cited evidence.", word)
        for row in MULTIPLES
        for word in sorted(row & words)
        if not row & facts.words
    ]


def _subject(text: str, facts: _Facts) -> list[Violation]:
    """A claim without names and figures can be of anything: its telling words must be the evidence's. A claim of few
    words that names two things of the evidence speaks of it.
    """
    rest = _QUOTE.sub(" ", text)
    named = {stem(word.casefold()) for name in _names(rest) for part in name for word in WORD.findall(part)}
    stems = content_stems(rest) - named
    things = len(_names(rest)) + sum(len(found) for found in (_dates(rest)[0], _amounts(_dates(rest)[1])[0]))
    if not stems or (len(stems) < FEW_WORDS and things > 1) or len(stems & facts.stems) / len(stems) >= LEAST_SHARED:
        return []
    return [_wrong(f"The cited evidence does not speak of {text[:80]!r}.", text)]


def _direction(text: str, facts: _Facts) -> list[Violation]:
    """Up for down, opened for closed, not for yes."""
    words = _saying(text)
    found = [
        _wrong(f"The cited evidence says the opposite of {min(words & side)!r}.", min(words & side))
        for pair in opposites()
        for side, other in (pair, pair[::-1])
        if words & side and not words & other and other & facts.words and not side & facts.words
    ]
    sentence = _nearest(text, facts)
    if sentence is None:
        return found
    is_denied = bool(words & NEGATIONS)
    there = _saying(sentence)
    if is_denied and not facts.words & NEGATIONS:
        found.append(_wrong("The cited evidence does not deny this.", min(words & NEGATIONS)))
    if not is_denied and there & NEGATIONS:
        found.append(_wrong("The cited evidence denies this.", text))
    return found


def _saying(text: str) -> set[str]:
    return {word.casefold().replace("’", "'") for word in WORD.findall(text) if word != NORWAY}


def _nearest(text: str, facts: _Facts) -> str | None:
    """The sentence of the evidence that says most of the claim; None when none says most of it."""
    stems = content_stems(text)
    if not stems or not facts.sentences:
        return None
    shared, sentence = max(
        ((len(stems & content_stems(one)) / len(stems), one) for one in facts.sentences), key=lambda pair: pair[0]
    )
    return sentence if shared >= SAME_SENTENCE else None


def _order(text: str, facts: _Facts) -> list[Violation]:
    """A claim in the evidence's own words must keep its names and figures in their order: who bought whom."""
    sentence = _nearest(text, facts)
    if sentence is None:
        return []
    here, there, items = _folded_words(text), _folded_words(sentence), _telling_words(text)
    words = [word for word in here if word not in items and word not in STOP]
    if not words or any(word not in there for word in words) or (set(here) ^ set(there)) & _PASSIVE:
        return []
    told = [word for word in here if word in items]
    if len(set(told)) < len(told) or any(there.count(word) != 1 for word in told):
        return []
    places = [there.index(word) for word in told]
    if places == sorted(places):
        return []
    return [_wrong("The cited evidence has these names or figures the other way round.", text)]


def _folded_words(text: str) -> list[str]:
    return [folded(word) for word in WORD.findall(text)]


def _telling_words(text: str) -> set[str]:
    """Words of names and figures; dates may stand anywhere in a sentence."""
    _, rest = _dates(text)
    words = {folded(part) for name in _names(rest) for word in name for part in WORD.findall(word)}
    return words | {folded(word) for word in WORD.findall(rest) if word[0].isdigit()}


def _wrong(message: str, span: str = "") -> Violation:
    return Violation(guard=GuardName.GROUNDING, message=message, span=span)
