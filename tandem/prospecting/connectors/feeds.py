"""RSS 2.0 and Atom feeds: entries as signals, unchanged feeds for nothing (If-None-Match, If-Modified-Since)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from xml.etree.ElementTree import Element, ParseError, fromstring
from xml.parsers.expat import ExpatError, ParserCreate

from tandem.core.errors import ProviderFailed
from tandem.prospecting.connectors.base import UNREADABLE, text_of
from tandem.prospecting.connectors.pages import Fetcher, marks_of
from tandem.prospecting.connectors.signals_found import FoundSignal, Reading, moment_of
from tandem.prospecting.domain.likeness import same_domain
from tandem.prospecting.domain.page_text import read_page

MOST_ENTRIES = 200
LONGEST_TEXT = 4_000
ACCEPT = "application/rss+xml,application/atom+xml,application/xml;q=0.9,text/xml;q=0.8"
ATOM = "{http://www.w3.org/2005/Atom}"
DUBLIN = "{http://purl.org/dc/elements/1.1/}"
CONTENT = "{http://purl.org/rss/1.0/modules/content/}encoded"


def read_feed(fetcher: Fetcher, url: str, *, own_domain: str, etag: str = "", last_modified: str = "") -> Reading:
    """Entries of a feed, at most 200. Raises ProviderFailed.

    own_domain : of the company the feed is watched for; entries on it are its own posts, all others news about it
    """
    answer = fetcher.get(url, etag=etag, last_modified=last_modified, accept=ACCEPT)
    if answer.status == 304:
        return Reading(not_modified=True, etag=etag, last_modified=last_modified)
    found = (_signal(entry, url, own_domain) for entry in _entries(_parse(answer.body, url)))
    etag, last_modified = marks_of(answer)
    return Reading(
        signals=tuple(signal for signal in found if signal is not None), etag=etag, last_modified=last_modified
    )


def _parse(body: bytes, url: str) -> Element:
    """The feed's root. Raises ProviderFailed for what is no XML, and for document types: entities can be bombs."""

    def refuse(*_: object) -> None:
        raise ProviderFailed(
            f"{url} brings a document type, which no feed needs.", hint="It is not read.", code=UNREADABLE
        )

    looker = ParserCreate()
    looker.StartDoctypeDeclHandler = refuse
    try:
        looker.Parse(body, True)
        root: Element = fromstring(body)  # noqa: S314  it has no document type, so no entity that could be a bomb
    except (ExpatError, ParseError, ValueError, LookupError) as error:
        raise ProviderFailed(
            f"{url} is no feed that can be read.", hint="Give the address of an RSS or Atom feed.", code=UNREADABLE
        ) from error
    return root


def _entries(root: Element) -> Iterator[Element]:
    for number, entry in enumerate(root.iter()):
        if number > 100 * MOST_ENTRIES:
            return
        if entry.tag in {"item", f"{ATOM}entry", "{http://purl.org/rss/1.0/}item"}:
            yield entry


def _signal(entry: Element, feed: str, own_domain: str) -> FoundSignal | None:
    title = text_of(_first(entry, "title", f"{ATOM}title"), 300)
    at = moment_of(_first(entry, "pubDate", f"{ATOM}published", f"{ATOM}updated", f"{DUBLIN}date"))
    if not title or at is None:
        return None
    link = _link(entry)
    identity = _first(entry, "guid", f"{ATOM}id") or link or f"{feed} {title}"
    body = _first(entry, CONTENT, f"{ATOM}content", "description", f"{ATOM}summary")
    payload = {
        "title": title,
        "text": read_page(body[:100_000]).text[:LONGEST_TEXT],
        "url": link,
        "author": text_of(_first(entry, f"{DUBLIN}creator", "author", f"{ATOM}author/{ATOM}name"), 120),
    }
    key = hashlib.sha256(identity.encode()).hexdigest()[:40]
    return FoundSignal(
        key=key,
        kind=_kind(entry, link, own_domain),
        at=at,
        payload={name: told for name, told in payload.items() if told},
    )


def _kind(entry: Element, link: str, own_domain: str) -> str:
    sounds = entry.find("enclosure")
    if sounds is not None and str(sounds.get("type", "")).startswith("audio/"):
        return "podcast"
    return "blog_post" if same_domain(link, own_domain) else "news"


def _first(entry: Element, *names: str) -> str:
    for name in names:
        found = entry.find(name)
        if found is not None:
            text = "".join(found.itertext()).strip()
            if text:
                return text
    return ""


def _link(entry: Element) -> str:
    told = _first(entry, "link")
    if told:
        return told[:500] if told.startswith("http") else ""
    links = entry.findall(f"{ATOM}link")
    best = next((one for one in links if one.get("rel", "alternate") == "alternate"), None)
    address = best.get("href", "") if best is not None else ""
    return address[:500] if address.startswith("http") else ""
