"""What a published item is about, by its headline and where it stands: rules as data (`news_kinds.toml`), no model.

An item that no rule knows stays what its place makes it: a podcast, a talk, a blog post, a press release, or news.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

RULES = Path(__file__).with_name("news_kinds.toml")
_WORD = r"(?-i:[^\W\d_a-zß-ÿ][\w’'.-]*)"
NAME = rf"(?:{_WORD} (?:(?:de|da|di|van|von|der|den|del|la|le|ter|ten|zu|af|av) )*(?:{_WORD} )?{_WORD}|{_WORD} {_WORD})"
_SENTENCE_END = re.compile(r"[.!?](?:\s|$)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where an item was published.

    is_show : an audio episode
    is_programme : the programme of a fair or conference
    is_blog : a blog, or a person's own posts
    is_own : the company's own news room, or a wire of press releases
    is_customers : the stories about customers on a supplier's site
    """

    is_show: bool = False
    is_programme: bool = False
    is_blog: bool = False
    is_own: bool = False
    is_customers: bool = False


@dataclass(frozen=True, slots=True)
class _Rule:
    kind: str
    title: re.Pattern[str]
    without: re.Pattern[str] | None


@cache
def _rules() -> tuple[_Rule, ...]:
    with RULES.open("rb") as file:
        rows = tomllib.load(file)["kinds"]
    return tuple(
        _Rule(row["kind"], _joined(row["title"]), _joined(row["without"]) if row.get("without") else None)
        for row in rows
    )


def _joined(patterns: list[str]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{one.replace('NAME', NAME)})" for one in patterns), re.IGNORECASE)


def kind_of(title: str, place: Place) -> str:
    """The kind of signal that an item is: what its headline says, else what its place makes it.

    >>> kind_of("Tolwood Foods opens second distribution centre in Leeds", Place())
    'site_opening'
    >>> kind_of("Freight rates stabilise", Place())
    'news'
    """
    if place.is_show:
        return "podcast"
    if place.is_programme:
        return "talk"
    found = next((rule.kind for rule in _rules() if _fits(rule, title)), "")
    if place.is_customers and found not in ("executive_hire", "funding_round", "award"):
        return "customer_story"
    if place.is_blog:
        return found if found == "executive_hire" else "blog_post"
    return found or ("press_release" if place.is_own else "news")


def _fits(rule: _Rule, title: str) -> bool:
    return bool(rule.title.search(title)) and not (rule.without is not None and rule.without.search(title))
