"""One plain English sentence on one published thing, in its source's own figures, names and words.

Several forms a kind; which one is chosen depends on the thing, so that the same thing always reads the same and a page
of things does not read like a form. Nothing is added: what a source does not say, no form says.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal, InvalidOperation

from tandem.prospecting.domain.turns import telling_words, turns

LONGEST_QUOTE, SHORTEST_QUOTE = 180, 10
SPOKEN_KINDS = frozenset({"earnings_call"})
TITLED_KINDS = frozenset({"filing", "press_release", "news", "award", "site_opening", "github_activity"})
MILLION = Decimal(1_000_000)
SIGNS = {"EUR": "€", "USD": "$", "GBP": "£"}
MARKS = re.compile(r"[\"“”„«»]")
SENTENCE_END = re.compile(r"(?<=[.!?])\s+")
PLACEHOLDER = re.compile(r"\{(\w+)\}")
NAMES_OF_KINDS: Mapping[str, str] = {
    "funding_round": "funding round", "executive_hire": "new executive", "executive_leave": "leaving executive",
    "job_post": "job post", "product_launch": "launch", "site_opening": "new site",
    "technology_seen": "technology in use", "technology_dropped": "technology no longer seen",
    "earnings_call": "earnings call", "blog_post": "post", "customer_story": "customer story",
    "competitor_deployment": "competitor's deployment", "topic_surge": "topic surge", "press_release": "press release",
    "github_activity": "GitHub activity",
}  # fmt: skip
# What a feed of figures says by being that feed, so that a sentence on it talks of the same thing.
SAID_BY_KIND: Mapping[str, str] = {
    "topic_surge": "topic that people read about, strength of the week", "talk": "talk that somebody gives",
    "podcast": "podcast in which somebody is heard",
}  # fmt: skip
# In the order of preference: the first forms whose every part is known are those to choose from.
FORMS: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "funding_round": (
        ("{name} raised {amount} in its {round} on {on}.", "On {on} {name} closed a {round} of {amount}.",
         "{name} closed its {round} on {on}: {amount}."),
        ("{name} raised {amount} on {on}.", "On {on} {name} raised {amount}."),
        ("{name} closed a {round} on {on}.", "On {on} {name} announced its {round}."),
    ),
    "executive_hire": (
        ("An appointment, told on {on}: “{title}”.", "Told on {on}: “{title}”.", "“{title}”, told on {on}."),
        ("{person} joined {name} as {position} on {on}.", "On {on} {name} named {person} its {position}."),
        ("{name} has had a new {position} since {on}.",),
    ),
    "executive_leave": (
        ("A departure, told on {on}: “{title}”.", "Told on {on}: “{title}”."),
        ("{person} left {name} as {position} on {on}.", "On {on} {person}, {position}, left {name}."),
        ("The {position} of {name} left on {on}.",),
    ),
    "job_post": (
        ("{name} is looking for “{title}” in {location}, posted on {on}.",
         "A job post of {on} seeks “{title}” in {location}.", "Open since {on} in {location}: “{title}”."),
        ("{name} is looking for “{title}”, posted on {on}.", "A job post of {on} seeks “{title}”.",
         "Open since {on}: “{title}”."),
    ),
    "product_launch": (("{name} launched on {on}: “{title}”.", "A launch of {on}: “{title}”."),),
    "site_opening": (("A new site, told on {on}: “{title}”.", "On {on} {name} told of a new site: “{title}”."),),
    "technology_seen": (
        ("{name} uses {topic}, seen on {on}.", "{topic} was seen in use at {name} on {on}.",
         "On {on} {topic} was in use at {name}."),
    ),
    "technology_dropped": (
        ("{topic} was no longer seen at {name} on {on}.", "On {on} {topic} was no longer seen at {name}."),
    ),
    "earnings_call": (
        ("In the {quarter} earnings call of {on}, {name} said: “{words}”.",
         "{name} said in its {quarter} earnings call on {on}: “{words}”."),
        ("In the earnings call of {on}, {name} said: “{words}”.",),
    ),
    "filing": (("A {form} filed on {on} says: “{words}”.", "{name} filed a {form} on {on}: “{words}”."),),
    "customer_story": (
        ("A customer story, told on {on}: “{title}”.", "Told as a customer story on {on}: “{title}”."),
        ("A customer story, told on {on}: “{words}”.",),
    ),
    "review": (("A review of {on} says: “{words}”.", "On {on} somebody reviewed them: “{words}”."),),
    "competitor_deployment": (
        ("{topic} is at work there, told on {on}: “{words}”.", "On {on}: “{words}” ({topic})."),
        ("{topic} is at work there, told on {on}.",),
    ),
    "topic_surge": (
        ("People at {name} read about {topic}: strength {strength} in the week of {on}.",
         "In the week of {on} {topic} was read about at {name}, strength {strength}.",
         "{topic} is being read about at {name}: strength {strength}, week of {on}."),
    ),
    "counted": (("{event}: {times} in 90 days, the last on {on}.",),),
    "podcast": (
        ("A podcast with {person} of {on}: “{title}”.", "{person} is heard in a podcast of {on}: “{title}”."),
        ("A podcast of {on}: “{title}”.",),
    ),
    "talk": (
        ("A talk by {person}, told on {on}: “{title}”.", "{person} gives a talk, told on {on}: “{title}”."),
        ("A talk, told on {on}: “{title}”.",),
    ),
    "blog_post": (("{author} wrote on {on}: “{words}”.", "In a post of {on} {author} wrote: “{words}”."),
                  ("A post of {on} says: “{words}”.",)),
}  # fmt: skip
ANY: tuple[tuple[str, ...], ...] = (
    ("On {on}: “{words}”.", "Told on {on}: “{words}”.", "“{words}”, told on {on}."),
    ("Told of {name}: “{words}”.",),
    ("Seen on {on} at {name}: {topic}.",),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A published thing, as a sentence is made of it. details : as the source says them"""

    id: str
    kind: str
    at: datetime | None
    title: str = ""
    text: str = ""
    topic: str = ""
    strength: float | None = None
    details: Mapping[str, str] = field(default_factory=dict)


def statement(told: Told, *, name: str) -> str:
    """A sentence on it; empty when its source says nothing that could be said.

    name : the account's

    >>> from datetime import UTC
    >>> seen = Told(id="signal:web/1", kind="technology_seen", at=datetime(2026, 11, 3, tzinfo=UTC), topic="SAP EWM")
    >>> statement(seen, name="Brennholt")
    'Brennholt uses SAP EWM, seen on 3 Nov 2026.'
    """
    parts = _parts(told, name)
    for forms in (*FORMS.get(told.kind, ()), *ANY):
        whole = [form for form in forms if all(parts.get(part) for part in PLACEHOLDER.findall(form))]
        if whole:
            return _filled(chosen(whole, told.id), parts)
    return ""


def chosen(forms: Sequence[str], key: str) -> str:
    """One of the forms, always the same for the same key."""
    return forms[zlib.crc32(key.encode()) % len(forms)]


def noun_of(kind: str) -> str:
    """What a touch of a kind is called: "mail" for an email."""
    return {"email": "mail", "chat": "message", "sms": "text message", "social": "message"}.get(kind, kind)


def day_of(at: datetime) -> str:
    """A day in full: 3 Nov 2026."""
    return f"{at.day} {at:%b %Y}"


def cut(text: str, longest: int = LONGEST_QUOTE) -> str:
    """The beginning of a text, word for word: whole sentences while they fit, else whole words.

    >>> cut("We moved. It took long.", 12), cut("One two three", 8)
    ('We moved.', 'One two')
    """
    plain = " ".join(text.split())
    if len(plain) <= longest:
        return plain
    kept = ""
    for sentence in SENTENCE_END.split(plain):
        following = f"{kept} {sentence}".strip()
        if len(following) > longest:
            break
        kept = following
    return kept or plain[: longest + 1].rsplit(" ", 1)[0].rstrip(",;:–-")


def amount_of(details: Mapping[str, str]) -> str:
    """The amount of a round, e.g. "€40 million", to a tenth of a million; what is no number as its source writes it."""
    text, currency = details.get("amount", ""), details.get("currency", "")
    try:
        amount = Decimal(text)
    except InvalidOperation:
        return text
    if not amount.is_finite() or amount <= 0:
        return ""
    if amount >= MILLION:
        figure = f"{(amount / MILLION).quantize(Decimal('0.1')).normalize():f} million"
    else:
        figure = f"{amount:,.0f}"
    sign = SIGNS.get(currency, f"{currency} " if currency else "")
    return f"{sign}{figure}"


def quotable(text: str) -> str:
    """The first stretch of a text that can stand between quotation marks: free of such marks itself, word for word.

    >>> quotable("“We move on,” says Ada Ek. The hall opens in May.")
    'We move on'
    """
    stretches = [part.strip(" ,;:–-") for part in MARKS.split(" ".join(text.split()))]
    long = [part for part in stretches if len(part) >= SHORTEST_QUOTE]
    return long[0] if long else max(stretches, key=len, default="")


def _parts(told: Told, name: str) -> dict[str, str]:
    spoken = telling_words(turns(told.text)) if told.kind in SPOKEN_KINDS else ""
    body = spoken or (told.title if told.kind in TITLED_KINDS else "") or told.text or told.title
    found = {key: value for key, value in told.details.items() if value}
    return found | {
        "name": name,
        "on": day_of(told.at) if told.at else "",
        "title": cut(quotable(told.title)).rstrip("."),
        "words": cut(quotable(body)).rstrip("."),
        "topic": told.topic,
        "strength": f"{told.strength:.0f}" if told.strength is not None else "",
        "amount": amount_of(told.details),
    }


def _filled(form: str, parts: Mapping[str, str]) -> str:
    text = PLACEHOLDER.sub(lambda found: parts[found[1]], form)
    return text if text.endswith("...") else f"{text[:-2]}." if text.endswith("..") else text


def source_words(told: Told) -> str:
    """Title and text as published; empty: the source tells figures and names only."""
    lines = [line for line in (told.title.strip(), told.text.strip()) if line]
    return " ".join(line if line[-1] in ".!?" else f"{line}." for line in dict.fromkeys(lines))


def evidence_text(told: Told) -> str:
    """What a source says, word for word: title, text, then its own typed words and its day.

    Grounding looks for every figure and name of a claim in here.
    """
    said = source_words(told)
    typed = [f"{key.replace('_', ' ')}: {value}" for key, value in told.details.items() if value]
    if told.topic:
        typed.insert(0, f"topic: {told.topic}")
    if told.strength is not None and not said:
        typed.append(f"strength: {told.strength:.0f}")
    if told.at is not None:
        typed.append(f"dated: {day_of(told.at)}")
    kind = SAID_BY_KIND.get(told.kind) or NAMES_OF_KINDS.get(told.kind, told.kind.replace("_", " "))
    shown = f"{kind[0].upper()}{kind[1:]}; {'; '.join(typed)}." if typed else ("" if said else f"{kind}.")
    return " ".join(filter(None, (said, shown)))
