"""Whether a condition holds of an account: three-valued, with the evidence and the words it rests on.

Kleene's strong logic: a group is settled by the parts that settle it and unknown only when an unknown part could still
turn it. What a profile does not say of a field or a technology is unknown. A signal that was not seen did not happen as
far as this installation watches, which is a no; one that may be the one sought and does not say (no round told) leaves
it unknown. Windows reach back from the profile's moment, and nothing after it counts.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import lru_cache, singledispatch

from babel import Locale

from tandem.prospecting.contracts import AccountProfile, Match, Observation, Truth
from tandem.prospecting.domain.condition_reading import as_json, read, read_text
from tandem.prospecting.domain.condition_terms import (
    AllOf,
    AnyOf,
    Condition,
    FieldIs,
    IsCustomer,
    Not,
    Op,
    OpenDeals,
    Saw,
    Scalar,
    Uses,
)

__all__ = ["Condition", "as_json", "fold", "holds", "kind_in_words", "read", "read_text", "technologies_of"]

COUNTED_DAYS = 90  # how far back a profile counts signals by kind
SEEN, DROPPED = "technology_seen", "technology_dropped"
TELLING_DETAILS = ("round", "position", "person", "topic", "stage", "quarter", "form", "location")
MOST_CITED = 20
FIELD_WORDS = {"annual_revenue": "annual revenue", "type": "relationship"}
FIELD_SENTENCES = {
    "country": "it is in {}",
    "region": "it is in {}",
    "city": "it is in {}",
    "employees": "it has {} employees",
}  # others: "its NAME is VALUE"
NEGATED = {Truth.YES: Truth.NO, Truth.NO: Truth.YES, Truth.UNKNOWN: Truth.UNKNOWN}


def holds(condition: Condition, profile: AccountProfile) -> Match:
    """What a condition comes to on a profile.

    A yes and a no both tell their evidence and words; the evidence of a negation is that of what it negates.
    """
    return _holds(condition, profile)


@singledispatch
def _holds(condition: Condition, profile: AccountProfile) -> Match:
    raise TypeError(f"{condition!r} is no condition")


@_holds.register
def _(condition: AllOf, profile: AccountProfile) -> Match:
    return _joined([holds(part, profile) for part in condition.parts], settles=Truth.NO)


@_holds.register
def _(condition: AnyOf, profile: AccountProfile) -> Match:
    return _joined([holds(part, profile) for part in condition.parts], settles=Truth.YES)


@_holds.register
def _(condition: Not, profile: AccountProfile) -> Match:
    inner = holds(condition.part, profile)
    return Match(truth=NEGATED[inner.truth], evidence_ids=inner.evidence_ids, because=inner.because)


def _joined(matches: Sequence[Match], *, settles: Truth) -> Match:
    """A group: settled by one part of the truth that settles it; else unknown by one unknown part; else the other."""
    truths = {match.truth for match in matches}
    truth = settles if settles in truths else Truth.UNKNOWN if Truth.UNKNOWN in truths else NEGATED[settles]
    told = [match for match in matches if match.truth is truth]
    cited = dict.fromkeys(id_ for match in told for id_ in match.evidence_ids)
    words = dict.fromkeys(match.because for match in told if match.because)
    return Match(truth=truth, evidence_ids=tuple(cited)[:MOST_CITED], because="; ".join(words))


@_holds.register
def _(condition: FieldIs, profile: AccountProfile) -> Match:
    value = profile.fields.get(condition.field)
    name = FIELD_WORDS.get(condition.field, condition.field)
    is_known = value is not None and value != ""
    cited = (f"account:{profile.account_id}:{condition.field}",) if is_known else ()
    if condition.op is Op.KNOWN:
        truth = _as_truth(is_known is condition.value)
        return Match(truth=truth, evidence_ids=cited, because=f"{name} is {'known' if is_known else 'not known'}")
    if not is_known:
        return Match(truth=Truth.UNKNOWN, because=f"{name} is not known")
    return Match(
        truth=_as_truth(_compares(condition.op, value, condition.value)),
        evidence_ids=cited,
        because=FIELD_SENTENCES.get(condition.field, f"its {name} is {{}}").format(_shown(condition.field, value)),
    )


def _shown(field: str, value: object) -> str:
    """A value as people say it: countries by name, numbers with commas."""
    if isinstance(value, str):
        return str(Locale("en").territories.get(value, value)) if field == "country" else value
    return f"{value:,}"


def _compares(op: Op, value: object, wanted: Scalar | tuple[Scalar, ...]) -> bool:
    options = wanted if isinstance(wanted, tuple) else (wanted,)
    if isinstance(value, str):
        if op is Op.CONTAINS:
            return _says(value, tuple(str(one) for one in options))
        is_among = fold(value) in {fold(str(one)) for one in options}
        return is_among is not (op is Op.NOT_IN)
    tests = {
        Op.GTE: lambda: value >= options[0],  # type: ignore[operator]
        Op.LTE: lambda: value <= options[0],  # type: ignore[operator]
        Op.BETWEEN: lambda: options[0] <= value <= options[-1],  # type: ignore[operator]
        Op.NOT_IN: lambda: value not in options,
    }
    return bool(tests[op]()) if op in tests else value in options


@_holds.register
def _(condition: Uses, profile: AccountProfile) -> Match:
    wanted = fold(condition.technology)
    told = [one for one in _until(profile.observations, profile.at) if _is_about(one, wanted)]
    if any(fold(name) == wanted for name in profile.technologies):
        seen = [one.id for one in told if one.kind == SEEN]
        return Match(truth=Truth.YES, evidence_ids=tuple(seen[:1]), because=f"uses {condition.technology}")
    if told and told[0].kind == DROPPED:
        words = f"dropped {condition.technology} on {_day(told[0].at)}"
        return Match(truth=Truth.NO, evidence_ids=(told[0].id,), because=words)
    return Match(truth=Truth.UNKNOWN, because=f"nobody has told whether it uses {condition.technology}")


def _is_about(seen: Observation, technology: str) -> bool:
    return seen.kind in (SEEN, DROPPED) and fold(seen.topic) == technology


def technologies_of(observations: Iterable[Observation]) -> frozenset[str]:
    """Names in use as last told, lower case: the newest word on each counts. observations : in any order."""
    told: dict[str, Observation] = {}
    for one in observations:
        if one.kind in (SEEN, DROPPED) and one.topic:
            before = told.get(one.topic.casefold())
            if before is None or (one.at, one.kind == DROPPED) > (before.at, before.kind == DROPPED):
                told[one.topic.casefold()] = one
    return frozenset(name for name, one in told.items() if one.kind == SEEN)


@_holds.register
def _(condition: Saw, profile: AccountProfile) -> Match:
    since = None if condition.within_days is None else profile.at - timedelta(days=condition.within_days)
    told = [one for one in _until(profile.observations, profile.at) if one.kind == condition.kind]
    if not told and condition.kind in profile.counts:
        return _counted(condition, profile)
    named = [one for one in told if since is None or one.at >= since]
    fits = [(one, _fits(condition, one)) for one in named]
    sure = [one for one, truth in fits if truth is Truth.YES]
    maybe = [one for one, truth in fits if truth is Truth.UNKNOWN]
    words = kind_in_words(condition.kind)
    if len(sure) >= condition.at_least:
        shown = "; ".join(_told(one) for one in sure[: max(condition.at_least, 1)][:3])
        return Match(truth=Truth.YES, evidence_ids=tuple(one.id for one in sure[:MOST_CITED]), because=shown)
    if len(sure) + len(maybe) >= condition.at_least:
        return Match(truth=Truth.UNKNOWN, because=f"{words} on {_day(maybe[0].at)} does not say enough")
    window = f" in {condition.within_days} days" if condition.within_days else ""
    return Match(truth=Truth.NO, because=f"{_how_many(len(sure))} {words}{_detail_words(condition)}{window}")


def _counted(condition: Saw, profile: AccountProfile) -> Match:
    """Of a kind that is only counted: by its number in 90 days and its newest signal."""
    count, newest = profile.counts[condition.kind], profile.latest.get(condition.kind)
    words = f"{kind_in_words(condition.kind)} {count}× in {COUNTED_DAYS} days"
    cited = (newest.id,) if newest else ()
    if condition.where or condition.text_has or condition.topic or condition.strength_gte is not None:
        return Match(truth=Truth.UNKNOWN, because=f"{words}; only counted, details are not kept")
    window = condition.within_days or COUNTED_DAYS
    if window >= COUNTED_DAYS:
        reaches_further = condition.within_days is None or window > COUNTED_DAYS
        is_enough = count >= condition.at_least
        short = Truth.UNKNOWN if reaches_further else Truth.NO
        return Match(truth=Truth.YES if is_enough else short, evidence_ids=cited, because=words)
    if count < condition.at_least:
        return Match(truth=Truth.NO, evidence_ids=cited, because=words)
    if newest is None:
        return Match(truth=Truth.UNKNOWN, because=words)
    words += f", last on {_day(newest.at)}"
    if newest.at < profile.at - timedelta(days=window):
        return Match(truth=Truth.NO, evidence_ids=cited, because=words)
    return Match(truth=Truth.YES if condition.at_least == 1 else Truth.UNKNOWN, evidence_ids=cited, because=words)


def _fits(condition: Saw, seen: Observation) -> Truth:
    """Whether one signal of the kind is the one sought; unknown when it does not tell what is asked."""
    truths = [_detail_is(seen.details.get(name), value) for name, value in condition.where]
    if condition.topic:
        truths.append(_as_truth(fold(seen.topic) in {fold(one) for one in condition.topic}) if seen.topic else UNTOLD)
    if condition.strength_gte is not None:
        truths.append(UNTOLD if seen.strength is None else _as_truth(seen.strength >= condition.strength_gte))
    if condition.text_has:
        said = _all_text(seen)
        truths.append(_as_truth(_says(said, condition.text_has)) if said else UNTOLD)
    return Truth.NO if Truth.NO in truths else UNTOLD if UNTOLD in truths else Truth.YES


UNTOLD = Truth.UNKNOWN


def _detail_is(value: object, wanted: Scalar) -> Truth:
    """One detail of a signal; a list holds a value when one of its members is it."""
    if value is None or value == "" or value == []:
        return UNTOLD
    members = value if isinstance(value, (list, tuple)) else [value]
    if isinstance(wanted, str):
        return _as_truth(fold(wanted) in {fold(str(one)) for one in members})
    return _as_truth(any(one == wanted and isinstance(one, bool) is isinstance(wanted, bool) for one in members))


def _all_text(seen: Observation) -> str:
    details = [str(value) for value in seen.details.values() if isinstance(value, str)]
    return "\n".join(part for part in (seen.title, seen.text, seen.topic, *details) if part)


def _says(text: str, phrases: tuple[str, ...]) -> bool:
    return _pattern(phrases).search(_folded(text)) is not None


@lru_cache(maxsize=512)
def _pattern(phrases: tuple[str, ...]) -> re.Pattern[str]:
    """Whole words, in their order, whatever stands for a blank between them."""
    each = (r"\W+".join(map(re.escape, fold(phrase).split())) for phrase in phrases)
    return re.compile(rf"(?<!\w)(?:{'|'.join(each)})(?!\w)")


@_holds.register
def _(condition: IsCustomer, profile: AccountProfile) -> Match:
    words = "is a customer" if profile.is_customer else "is no customer"
    cited = (f"account:{profile.account_id}:is_customer",)
    return Match(truth=_as_truth(profile.is_customer is condition.wanted), evidence_ids=cited, because=words)


@_holds.register
def _(condition: OpenDeals, profile: AccountProfile) -> Match:
    count = profile.open_deals
    inside = (condition.gte is None or count >= condition.gte) and (condition.lte is None or count <= condition.lte)
    words = f"{_how_many(count)} open {'deal' if count == 1 else 'deals'}"
    return Match(truth=_as_truth(inside), evidence_ids=(f"account:{profile.account_id}:open_deals",), because=words)


def _until(observations: Iterable[Observation], at: datetime) -> list[Observation]:
    """Newest first, nothing later than the moment."""
    return sorted((one for one in observations if one.at <= at), key=lambda one: one.at, reverse=True)


def _as_truth(is_so: bool) -> Truth:
    return Truth.YES if is_so else Truth.NO


@lru_cache(maxsize=8_192)
def fold(text: str) -> str:
    """Lower case, without accents and underscores: "FOOD_PRODUCTION" and "Food production" are the same word.

    >>> fold("Île-de-France"), fold("FOOD_PRODUCTION")
    ('ile-de-france', 'food production')
    """
    return _folded(text)


def _folded(text: str) -> str:
    """As `fold`, for long texts, which are not worth remembering."""
    lowered = text.replace("_", " ").casefold()
    if not lowered.isascii():
        lowered = "".join(sign for sign in unicodedata.normalize("NFKD", lowered) if not unicodedata.combining(sign))
    return " ".join(lowered.split())


def kind_in_words(kind: str) -> str:
    """A signal kind for people: "funding_round" is "funding round"."""
    return kind.replace("_", " ")


def _told(seen: Observation) -> str:
    """One signal in words: "funding round Series C on 3 Nov 2026: “Acme raises …”"."""
    named = [str(seen.details[name]) for name in TELLING_DETAILS if isinstance(seen.details.get(name), (str, int))]
    what = " ".join([kind_in_words(seen.kind), *([seen.topic] if seen.topic else []), *named[:2]])
    quoted = f": “{seen.title}”" if seen.title else ""
    strength = f" ({seen.strength:.0f})" if seen.strength is not None and seen.kind == "topic_surge" else ""
    return f"{what}{strength} on {_day(seen.at)}{quoted}"


def _detail_words(condition: Saw) -> str:
    told = [str(value) for _, value in condition.where]
    told += [f"about {' or '.join(condition.topic)}"] if condition.topic else []
    told += [f"saying {' or '.join(condition.text_has)}"] if condition.text_has else []
    return f" {', '.join(told)}" if told else ""


def _how_many(count: int) -> str:
    return f"{count:,}" if count else "no"


def _day(at: datetime) -> str:
    return f"{at.day} {at:%b %Y}"
