"""News, press releases, blogs, podcasts and posts: RSS 2.0 and 1.0, podcast feeds, and Atom.

Read are saved feeds and feed readers' collections, where each item tells by its source element whose it is. A company's
own feed is told by that element, by the item's address, or by the author's; other items are told to the account
whose name stands in the headline when they land. What an item is about is told by rules (`domain.news_kinds`); what
no rule knows stays news. The key is the item's own id, so that feeds that overlap double nothing. Items without a
day are refused.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parseaddr, parsedate_to_datetime
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tandem.accounts.connectors import shaping
from tandem.accounts.connectors.base import Connector, Table
from tandem.accounts.connectors.files.feeds import FeedBroken, FeedItem, is_feed, items_of
from tandem.accounts.connectors.files.rows import RowTable, Unread
from tandem.accounts.contracts import Entity, SourceKind
from tandem.accounts.domain.news_facts import facts_of
from tandem.accounts.domain.news_kinds import Place, kind_of
from tandem.core.html_text import text_of_html

SYSTEM = "news"
HEADERS = ("key", "kind", "at", "topic", "account_name", "account_domain", "contact_email", "payload", "feed")
MOST_TEXT = 20_000
COMMON_WORDS = {
    "en": frozenset(("the", "and", "of", "to", "in", "is", "for", "with", "we", "at")),
    "de": frozenset(("der", "die", "und", "das", "in", "ist", "für", "mit", "wir", "bei", "von", "ein", "eine")),
    "fr": frozenset(("le", "la", "les", "et", "des", "de", "est", "pour", "avec", "nous", "chez", "un", "une")),
    "es": frozenset(("el", "la", "los", "y", "de", "es", "para", "con", "en", "un", "una", "que")),
}
_LANGUAGES = {
    word: tuple(code for code, common in COMMON_WORDS.items() if word in common)
    for word in frozenset().union(*COMMON_WORDS.values())
}
_SIMPLE = re.compile(r"</?p>")
_BLOG = re.compile(r"\b(?:blogs?|posts?|people)\b", re.IGNORECASE)
_WIRE = re.compile(r"\b(?:press releases?|newswire|wire|pressemitteilungen|communiqués)\b", re.IGNORECASE)
_PROGRAMME = re.compile(r"\b(?:programmes?|agenda|sessions?|talks?|speakers?)\b", re.IGNORECASE)
_OWN_PATH = re.compile(r"/(?:news|press|presse|newsroom|media|actualites)\b", re.IGNORECASE)


def host_of(url: str) -> str:
    """The host of an address without "www."; "" when there is none."""
    try:
        return (urlsplit(url.strip()).hostname or "").removeprefix("www.")
    except ValueError:
        return ""


def language_of(text: str, told: str = "") -> str:
    """A text's language: as told unless its commonest words say otherwise; "" when neither says."""
    counts = dict.fromkeys(COMMON_WORDS, 0)
    for word in text[:600].lower().split():
        for code in _LANGUAGES.get(word, ()):
            counts[code] += 1
    best = max(counts, key=lambda code: counts[code])
    told = told[:2].lower()
    if told and (told not in counts or counts[best] < 3 or counts[told] * 2 >= counts[best]):
        return told
    return best if counts[best] >= 2 else told


def moment_of(text: str) -> str:
    """A feed's date as ISO text in UTC; "" when it is none."""
    text = text.strip()
    try:
        moment = datetime.fromisoformat(text) if text[:4].isdigit() else parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError):
        return ""
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    try:
        return moment.astimezone(UTC).isoformat(timespec="seconds")
    except (OverflowError, ValueError):
        return ""


def plain_of(markup: str) -> str:
    """Markup as text; quick for the paragraphs that most feeds hold."""
    if "<" in markup and markup.count("<") == len(_SIMPLE.findall(markup)):
        return " ".join(html.unescape(_SIMPLE.sub(" ", markup)).split())
    return text_of_html(markup)


def _place(item: FeedItem, url: str) -> Place:
    """Where the item was published, by its own marks and what the feed calls itself."""
    feed = item.feed.get("feed_title", "")
    path = urlsplit(url).path if url else ""
    tags = " ".join(item.tags)
    source = item.get("source_url", "source_id")
    is_signed = bool(item.get("email") or item.get("author_url"))
    return Place(
        is_show=bool(item.get("audio")),
        is_programme=bool(_PROGRAMME.search(tags)) or bool(_PROGRAMME.search(feed)),
        is_blog=bool(_BLOG.search(f"{feed} {tags}")) or "/blog" in path or (is_signed and not source),
        is_own=bool(source) or bool(_WIRE.search(feed)) or bool(_OWN_PATH.match(path)),
        is_customers="customer" in tags.lower() or path.startswith(("/customers", "/case-stud", "/references")),
    )


def _author(item: FeedItem) -> tuple[str, str]:
    """Name and address of who wrote it; RSS writes them in one: ann@acme.test (Ann Berg)."""
    name, mail = item.get("author"), item.get("email")
    if not name and item.get("rss_author"):
        said = item.get("rss_author")
        inside = re.match(r"\s*(\S+@\S+)\s*\((.*)\)\s*$", said)
        name, mail = (inside[2], inside[1]) if inside else parseaddr(said) if "@" in said else (said, "")
    return name.strip(), mail.strip().lower()


def _domain(item: FeedItem, place: Place, url: str, mail: str) -> str:
    """Whose site the item is of; "" for what somebody else published."""
    if place.is_customers:
        return ""
    source = host_of(item.get("source_url", "source_id"))
    if source:
        return source
    if place.is_blog:
        return host_of(item.get("author_url")) or mail.rpartition("@")[2]
    feed = host_of(item.feed.get("feed_link", ""))
    return (
        host_of(url)
        if place.is_own and not _WIRE.search(item.feed.get("feed_title", "")) and host_of(url) == feed
        else ""
    )


def _row(item: FeedItem, file: str) -> Mapping[str, str] | Unread:
    title = plain_of(item.get("title"))[:500]
    url = item.get("link").strip()
    key = item.get("key") or url
    at = moment_of(item.get("published", "updated"))
    if not at:
        return Unread("the item has no day on which it was published", title or key)
    if not title and not item.get("content", "summary"):
        return Unread("the item has neither title nor text", key)
    text = plain_of(item.get("content", "summary"))[:MOST_TEXT]
    place = _place(item, url)
    name, mail = _author(item)
    kind = kind_of(title, place)
    facts = facts_of(kind, title, text)
    if kind in ("blog_post", "executive_hire") and place.is_blog and name:
        facts["person"] = name
    company = facts.pop("company", "")
    supplier = facts.pop("supplier", "")
    payload: dict[str, Any] = {
        "title": title, "text": text, "url": url, "author": name, "language": language_of(f"{title} {text}",
        item.get("language") or item.feed.get("feed_language", "")),
        "publisher": item.get("source_title") or item.feed.get("feed_title", ""), **facts,
    }  # fmt: skip
    if "amount" in facts:
        payload["amount"] = int(facts["amount"])
    return {
        "key": key if ":" in key else f"{host_of(url) or host_of(item.feed.get('feed_link', '')) or file}|{key}",
        "kind": kind,
        "at": at,
        "topic": supplier or (item.get("source_title") if place.is_customers else ""),
        "account_name": company,
        "account_domain": _domain(item, place, url, mail),
        "contact_email": mail if place.is_blog else "",
        "payload": shaping.as_json({word: value for word, value in payload.items() if value}),
        "feed": item.feed.get("feed_title", ""),
    }


def _read(path: Path) -> Iterator[Mapping[str, str] | Unread]:
    try:
        for item in items_of(path):
            yield _row(item, path.name)
    except FeedBroken as broken:
        yield Unread(f"the feed can't be read on from here: {broken}")


def open_feed(path: Path) -> Table:
    """A feed as a table."""
    return RowTable(HEADERS, partial(_read, path))


FEED = Connector(
    system=SYSTEM,
    entity=Entity.SIGNAL,
    source_kind=SourceKind.PUBLIC,
    file_names=("*.xml", "*.rss", "*.atom"),
    columns={
        "key": "key", "kind": "kind", "at": "at", "topic": "topic", "accountname": "account_name",
        "accountdomain": "account_domain",
        "contactemail": "contact_email", "payload": "payload",
    },
    recognise=is_feed,
    open_table=open_feed,
    label="News feed",
)  # fmt: skip

CONNECTORS: tuple[Connector, ...] = (FEED,)
