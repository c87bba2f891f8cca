"""What a message may be written about: published things on a person or their company, and which is the best reason.

A reason is one thing with its parts taken out of the source: a place, a round, a position, words that somebody said.
Nothing is a reason that the reader would rather not find in a stranger's mail: what people read on the web, what they
clicked, who left, who lost whom. See docs/methods/drafting.md for the order of preference.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path

from tandem.engagement.domain.firm_names import spoken_name

HALF_LIFE = timedelta(days=60)
SHORTEST_QUOTE, LONGEST_QUOTE = 4, 18  # words
LONGEST_HEADLINE = 12  # words
LEAST_VALUE = 0.4
# Titles of which a source's typed words have only the first: "Head" of something.
CUT_SHORT = frozenset(
    (
        "Head Director Manager VP Leiter Leiterin Chief Jefe Jefa Responsable Hoofd Directeur Directrice Direttore "
        "Chef Directora"
    ).split()
)
PARTICLES = frozenset({"van", "von", "de", "der", "den", "la", "le", "du", "di", "da", "del"})
OTHER_LANGUAGE = 0.4  # words quoted in another language than the message is in
STEM = 5  # first letters by which words of a campaign are found again in a source


class ReasonKind(StrEnum):
    """What sort of thing a message opens with. The wording packs have sentences for each."""

    OWN_WROTE = "own_wrote"
    OWN_SAID = "own_said"
    COLLEAGUE_SAID = "colleague_said"
    SITE = "site"
    FUNDING = "funding"
    JOB = "job"
    HIRE_SELF = "hire_self"
    HIRE_OTHER = "hire_other"
    LAUNCH = "launch"
    SUPPLIER = "supplier"
    NEWS = "news"


# What a first sentence on it is worth to a busy reader, beside how fresh it is.
VALUES: Mapping[ReasonKind, float] = {
    ReasonKind.OWN_WROTE: 10, ReasonKind.OWN_SAID: 10, ReasonKind.COLLEAGUE_SAID: 6, ReasonKind.SITE: 7,
    ReasonKind.FUNDING: 5, ReasonKind.JOB: 6, ReasonKind.HIRE_SELF: 6, ReasonKind.HIRE_OTHER: 5,
    ReasonKind.LAUNCH: 3.5, ReasonKind.SUPPLIER: 4, ReasonKind.NEWS: 2.5,
}  # fmt: skip
# Days beyond which a first sentence reads as if nothing newer could be found; what takes long stays news longer.
OLDEST: Mapping[ReasonKind, int] = {
    ReasonKind.OWN_WROTE: 150, ReasonKind.OWN_SAID: 150, ReasonKind.COLLEAGUE_SAID: 130, ReasonKind.SITE: 200,
    ReasonKind.FUNDING: 150, ReasonKind.JOB: 75, ReasonKind.HIRE_SELF: 110, ReasonKind.HIRE_OTHER: 110,
    ReasonKind.LAUNCH: 110, ReasonKind.SUPPLIER: 150, ReasonKind.NEWS: 130,
}  # fmt: skip
WROTE = frozenset({"blog_post"})
SPOKE = frozenset({"talk", "podcast"})
HEADLINED: Mapping[str, ReasonKind] = {
    "product_launch": ReasonKind.LAUNCH, "site_opening": ReasonKind.NEWS, "news": ReasonKind.NEWS,
    "customer_story": ReasonKind.SUPPLIER, "competitor_deployment": ReasonKind.SUPPLIER,
}  # fmt: skip
MENTIONED = frozenset({"press_release", "news", "funding_round", "customer_story", "site_opening", "product_launch",
                       "executive_hire", "earnings_call", "competitor_deployment", "talk", "podcast"})  # fmt: skip
_WORDS = tomllib.loads((Path(__file__).parent / "reason_words.toml").read_text(encoding="utf-8"))


def _any_of(name: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(_WORDS[name])})\b", re.I)


AIM, FLUFF, STEP = _any_of("aim"), _any_of("fluff"), _any_of("step")
TROUBLE, WISH, DONE = _any_of("trouble"), _any_of("wish"), _any_of("done")
FUNCTIONS = {name: re.compile(rf"\b(?:{'|'.join(words)})\b", re.I) for name, words in _WORDS["functions"].items()}
QUOTE_MARKS = re.compile(r"[“”„«»\"]")
SENTENCE = re.compile(r"(?<=[.!?])\s+")
_BEFORE_PLACE = r"(?:in|near|bei|à|en|nahe|outside|to|au|aux|près de|cerca de|te|op)"
_ARTICLE = r"(?:(?:Le|La|Les|Den|Sankt|San|St\.?|New|Bad|El|Los|Las) )?"
_NAME = r"[A-ZÀ-Þ][a-zà-ÿ’'-]+"
PLACE = re.compile(rf"\b{_BEFORE_PLACE}\s+({_ARTICLE}{_NAME}(?:[ -](?:am|an der|sur|upon|on|de|del)?[ -]?{_NAME})?)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One published thing as research kept it.

    id : evidence id; kind : as the warehouse names it
    is_theirs : they wrote or said it, or it is about them
    comments : (words, person, position) that somebody is quoted with in it
    """

    id: str
    kind: str
    source: str
    at: datetime | None
    title: str = ""
    text: str = ""
    topic: str = ""
    url: str = ""
    details: Mapping[str, str] = field(default_factory=dict)
    is_theirs: bool = False
    comments: Sequence[tuple[str, str, str]] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One thing to write about, with its parts.

    value : how good a first sentence it makes, 0 to 10; freshness is in it
    parts : place, person, position, amount, currency, round, role, headline, quote, medium, product
    """

    kind: ReasonKind
    id: str
    source: str
    at: datetime
    value: float
    parts: Mapping[str, str]


def reasons(
    sources: Iterable[Source],
    *,
    person: str,
    account: str,
    now: datetime,
    language: str,
    taken: Mapping[str, int],
    about: str = "",
) -> list[Reason]:
    """What could be said to a person, best first; empty: research has found nothing that may be said.

    person, account : full names
    language : ISO 639-1 of the message: words in it are preferred where they are quoted
    taken : ids that colleagues were written about, with how often: the same thing twice in one house looks mechanical
    about : what the campaign says in all its languages; a source that speaks of the same things is preferred
    """
    wanted = _stems(about)
    found = [
        one for source in sources for one in _of(source, person, account, now, language, _relevance(source, wanted))
    ]
    found = [one for one in found if one.value >= LEAST_VALUE]
    told = [_worn(one, taken.get(one.id, 0)) for one in found]
    return sorted(told, key=lambda one: (-one.value, one.id, one.kind))


def _worn(reason: Reason, times: int) -> Reason:
    if not times:
        return reason
    return Reason(
        kind=reason.kind, id=reason.id, source=reason.source, at=reason.at, value=reason.value / (1 + 2 * times),
        parts=reason.parts,
    )  # fmt: skip


def _stems(text: str) -> frozenset[str]:
    return frozenset(word.casefold()[:STEM] for word in re.findall(r"[^\W\d_]{5,}", text))


def _relevance(source: Source, wanted: frozenset[str]) -> float:
    """How near a source is to what the campaign is about: by words that begin alike."""
    if not wanted:
        return 1.0
    shared = len(wanted & _stems(f"{source.title} {source.text}"))
    return (0.6, 1.0, 1.2)[min(shared, 2)]


def _of(source: Source, person: str, account: str, now: datetime, language: str, relevance: float) -> Iterator[Reason]:
    if source.at is None or source.at > now:
        return
    fresh = 2.0 ** -((now - source.at) / HALF_LIFE)
    for kind, parts, worth in _kinds(source, person, account):
        told = source.details.get("language", "")
        if now - source.at > timedelta(days=OLDEST[kind]):
            continue
        if kind is ReasonKind.JOB and relevance < 1:
            continue  # an opening that has nothing to do with what is offered
        share = OTHER_LANGUAGE if told and told != language and (parts.get("quote") or parts.get("headline")) else 1.0
        yield Reason(
            kind=kind, id=source.id, source=source.source, at=source.at.astimezone(UTC),
            value=VALUES[kind] * fresh * share * worth * relevance, parts=parts,
        )  # fmt: skip


Found = tuple[ReasonKind, dict[str, str], float]


def _kinds(source: Source, person: str, account: str) -> Iterator[Found]:
    """Everything that one thing can be told as, with what it is worth beside its kind."""
    if source.kind in WROTE | SPOKE:
        yield from _own(source, person)
    elif source.kind == "executive_hire":
        yield from _hire(source, person)
    elif source.kind == "job_post":
        yield from _job(source)
    elif source.kind == "funding_round":
        yield from _funding(source)
    elif source.kind == "site_opening" and (place := place_in(source.title, account) or place_in(source.text, account)):
        yield ReasonKind.SITE, {"place": place}, 1.0
    yield from _mentioned(source, person)
    kind = HEADLINED.get(source.kind)
    if kind is ReasonKind.NEWS and not STEP.search(source.title):
        return
    headline = " ".join(QUOTE_MARKS.sub("", source.title).split()).rstrip(".")
    if kind and headline and 3 <= len(headline.split()) <= LONGEST_HEADLINE and not FLUFF.search(headline):
        product = _as_named(source.topic, f"{source.title} {source.text}")
        wanted = ReasonKind.NEWS if kind is ReasonKind.SUPPLIER and not product else kind
        yield wanted, {"headline": headline, "product": product}, 1.0


def _own(source: Source, person: str) -> Iterator[Found]:
    """Own words: a post, a talk, a podcast. Of a colleague they count as words of a colleague."""
    author = source.details.get("author") or source.details.get("person") or ""
    is_own = source.is_theirs and _same(author, person)
    if source.kind in WROTE:
        quote = best_quote(SENTENCE.split(source.text))
        if quote and is_own:
            yield ReasonKind.OWN_WROTE, {"quote": quote, "mood": mood_of(quote), "medium": "post"}, 1.0
        elif quote and author:
            yield (
                ReasonKind.COLLEAGUE_SAID,
                {"quote": quote, "mood": mood_of(quote), "person": author, "position": ""},
                1.0,
            )
    elif is_own:
        words = [words for words, speaker, _ in source.comments if _same(speaker, person)]
        quote = best_quote(words)
        if quote:
            yield (
                ReasonKind.OWN_SAID,
                {"quote": quote, "mood": mood_of(quote), "medium": source.kind, "show": source.source},
                1.0,
            )


def _hire(source: Source, person: str) -> Iterator[Found]:
    who, position = source.details.get("person", ""), source.details.get("position", "")
    if not who or not re.search(r"\w{3}", position) or position in CUT_SHORT:
        return
    kind = ReasonKind.HIRE_SELF if _same(who, person) else ReasonKind.HIRE_OTHER
    yield kind, {"person": who, "position": position}, 1.0


def _job(source: Source) -> Iterator[Found]:
    role = " ".join(source.title.split()).rstrip(".")
    if role and len(role.split()) <= 6:
        place = source.details.get("location", "").split(",")[0].strip()
        what = source.text
        worth = 1.15 if AIM.search(what) else 0.6
        yield ReasonKind.JOB, {"role": role, "place": place}, worth


def _funding(source: Source) -> Iterator[Found]:
    parts = {name: source.details.get(name, "") for name in ("round", "amount", "currency")}
    if parts["round"]:
        yield ReasonKind.FUNDING, parts, 1.0 if parts["amount"] else 0.7


def _mentioned(source: Source, person: str) -> Iterator[Found]:
    """Words that somebody of the company is quoted with, when they state an aim or a trouble."""
    if source.kind not in MENTIONED:
        return
    for words, speaker, position in source.comments:
        quote = best_quote([words])
        if not quote or not speaker:
            continue
        if not _same(speaker, person) and speaker.split()[-1].casefold() in PARTICLES:
            continue  # a name that was cut short
        if _same(speaker, person):
            yield (
                ReasonKind.OWN_SAID,
                {"quote": quote, "mood": mood_of(quote), "medium": "article", "show": source.source},
                0.9,
            )
        else:
            yield (
                ReasonKind.COLLEAGUE_SAID,
                {"quote": quote, "mood": mood_of(quote), "person": speaker, "position": position},
                1.0,
            )
        return


def best_quote(sentences: Iterable[str]) -> str:
    """The sentence that states an aim or a trouble best, word for word; empty: none does.

    >>> best_quote(["We are proud of our team.", "We want to cut mis-picks by 11%."])
    'We want to cut mis-picks by 11%'
    """
    best, most = "", 0.0
    for one in sentences:
        words = " ".join(one.split()).strip(" ,;:–-").rstrip(".")
        count = len(words.split())
        if not SHORTEST_QUOTE <= count <= LONGEST_QUOTE or QUOTE_MARKS.search(words) or words.endswith("?"):
            continue
        if FLUFF.search(words) or DONE.search(words) or "!" in words:
            continue
        worth = 2.0 * len(AIM.findall(words)) + (1.0 if re.search(r"\d", words) else 0.0) - count / 40
        if AIM.search(words) and worth > most:
            best, most = words, worth
    return best


def mood_of(quote: str) -> str:
    """ "trouble" for words that tell of one, "aim" for what somebody wants.

    >>> mood_of("Trucks wait 45 minutes outside the cold store"), mood_of("We want to cut mis-picks by 11%")
    ('trouble', 'aim')
    """
    return "trouble" if TROUBLE.search(quote) and not WISH.search(quote) else "aim"


def place_in(text: str, account: str) -> str:
    """The first place that a text puts something in; empty: none, or a word of the company's own name."""
    own = {word.casefold() for word in re.findall(r"\w+", f"{account} {spoken_name(account)}")}
    for match in PLACE.finditer(text):
        place = match[1].strip(" -'’")
        if not {word.casefold() for word in re.findall(r"\w+", place)} & own and len(place) > 2:
            return re.sub(r"['’]s$", "", place)
    return ""


def _as_named(topic: str, text: str) -> str:
    """A product as its source writes it; empty: the source does not."""
    wanted = re.sub(r"\W+", "", topic).casefold()
    if not wanted:
        return ""
    for match in re.finditer(r"[A-ZÀ-Þ][\w-]+(?: [A-Z][\w-]+)?", text):
        if re.sub(r"\W+", "", match.group()).casefold() == wanted:
            return match.group()
    first = re.search(r"\b" + re.escape(topic) + r"\b", text)
    return first.group() if first else ""


def _same(one: str, other: str) -> bool:
    """Whether two names are one person's; a name that a text cut short counts ("Louis Van" den Eynde)."""
    first, second = one.casefold().split(), other.casefold().split()
    return bool(first) and (first == second or (len(first) > 1 and second[: len(first)] == first))


def function_of(title: str) -> str:
    """What somebody's work is about, out of their title: a key of the wording packs' `focus`.

    >>> function_of("Head of Intralogistics IT"), function_of("Lagerleiterin"), function_of("")
    ('it', 'operations', 'other')
    """
    return next((name for name, pattern in FUNCTIONS.items() if pattern.search(title)), "other")
