"""RSS 2.0, RSS with the iTunes tags of podcasts, and Atom, as feed readers and publishers write them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from email.utils import format_datetime
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

RSS_NAMESPACES = (
    'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:content="http://purl.org/rss/1.0/modules/content/" '
    'xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" xmlns:atom="http://www.w3.org/2005/Atom"'
)


@dataclass(slots=True)
class Entry:
    """One published text.

    at: None: the publisher gave no date. source: title and address of the feed it was taken from; empty: its own feed.
    """

    key: str
    at: dt.datetime | None
    title: str
    text: str
    url: str
    language: str
    author: str = ""
    email: str = ""
    author_url: str = ""
    source: tuple[str, str] = ("", "")
    tags: tuple[str, ...] = ()
    minutes: int = 0
    order: dt.datetime = field(default=dt.datetime(1970, 1, 1, tzinfo=dt.UTC))


def write_rss(path: Path, title: str, home: str, language: str, entries: Iterable[Entry], *, show: bool = False) -> int:
    """An RSS 2.0 channel; with `show`, a podcast. Newest first. Returns the number of items."""
    path.parent.mkdir(parents=True, exist_ok=True)
    items = [_item(entry, show=show) for entry in sorted(entries, key=lambda one: (one.order, one.key), reverse=True)]
    head = (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0" {RSS_NAMESPACES}>\n<channel>\n<title>{escape(title)}</title>\n'
        f"<link>{escape(home)}</link>\n<description>{escape(title)}</description>\n<language>{language}</language>\n"
    )
    if show:
        head += f"<itunes:author>{escape(title)}</itunes:author>\n<itunes:explicit>false</itunes:explicit>\n"
    path.write_text(head + "".join(items) + "</channel>\n</rss>\n", encoding="utf-8")
    return len(items)


def _item(entry: Entry, *, show: bool) -> str:
    parts = [f"<item>\n<title>{escape(entry.title)}</title>\n<link>{escape(entry.url)}</link>\n"]
    parts.append(f'<guid isPermaLink="false">{escape(entry.key)}</guid>\n')
    if entry.at is not None:
        parts.append(f"<pubDate>{format_datetime(entry.at, usegmt=True)}</pubDate>\n")
    if entry.author:
        parts.append(f"<dc:creator>{escape(entry.author)}</dc:creator>\n")
    parts += [f"<category>{escape(tag)}</category>\n" for tag in entry.tags]
    if entry.source[1]:
        parts.append(f"<source url={quoteattr(entry.source[1])}>{escape(entry.source[0])}</source>\n")
    if show:
        parts.append(
            f'<enclosure url={quoteattr(entry.url + ".mp3")} length="{entry.minutes * 960_000}" type="audio/mpeg"/>\n'
        )
        parts.append(
            f"<itunes:duration>{entry.minutes}:00</itunes:duration>\n<itunes:summary>{escape(entry.text)}</itunes:summary>\n"
        )
        return "".join(parts) + "</item>\n"
    lead, _, rest = entry.text.partition(". ")
    if len(rest) > 200:
        parts.append(
            f"<description>{escape(lead)}.</description>\n<content:encoded><![CDATA[{_paragraphs(entry.text)}]]></content:encoded>\n"
        )
    else:
        parts.append(f"<description>{escape(_paragraphs(entry.text))}</description>\n")
    return "".join(parts) + "</item>\n"


def write_atom(path: Path, title: str, home: str, entries: Iterable[Entry]) -> int:
    """An Atom feed; entries taken from other feeds say which. Newest first. Returns the number of entries."""
    path.parent.mkdir(parents=True, exist_ok=True)
    ordered = sorted(entries, key=lambda one: (one.order, one.key), reverse=True)
    updated = ordered[0].order if ordered else dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
    head = (
        '<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom">\n'
        f'<title>{escape(title)}</title>\n<id>{escape(home)}</id>\n<link rel="self" href={quoteattr(home)}/>\n'
        f"<updated>{_iso(updated)}</updated>\n"
    )
    path.write_text(head + "".join(map(_entry, ordered)) + "</feed>\n", encoding="utf-8")
    return len(ordered)


def _entry(entry: Entry) -> str:
    parts = [f'<entry xml:lang="{entry.language}">\n<title type="text">{escape(entry.title)}</title>\n']
    parts.append(f'<link rel="alternate" href={quoteattr(entry.url)}/>\n<id>{escape(entry.key)}</id>\n')
    if entry.at is not None:
        parts.append(f"<published>{_iso(entry.at)}</published>\n<updated>{_iso(entry.at)}</updated>\n")
    if entry.author:
        mail = f"<email>{escape(entry.email)}</email>" if entry.email else ""
        home = f"<uri>{escape(entry.author_url)}</uri>" if entry.author_url else ""
        parts.append(f"<author><name>{escape(entry.author)}</name>{mail}{home}</author>\n")
    parts += [f"<category term={quoteattr(tag)}/>\n" for tag in entry.tags]
    if entry.source[1]:
        title, home = entry.source
        parts.append(
            f"<source><id>{escape(home)}</id><title>{escape(title)}</title><link href={quoteattr(home)}/></source>\n"
        )
    parts.append(f'<content type="html">{escape(_paragraphs(entry.text))}</content>\n')
    return "".join(parts) + "</entry>\n"


def _paragraphs(text: str) -> str:
    """Sentences as a paragraph or two of HTML."""
    middle = text.find(". ", len(text) // 2)
    halves = (text[: middle + 1], text[middle + 2 :]) if middle > 0 else (text,)
    return "".join(f"<p>{escape(half)}</p>" for half in halves)


def _iso(moment: dt.datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
