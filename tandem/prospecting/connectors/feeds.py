"""RSS and Atom feeds: entries as signals, unchanged feeds for nothing (If-None-Match, If-Modified-Since).

What an entry is about is read by accounts, as in a saved feed.
"""

from __future__ import annotations

from dataclasses import replace

from tandem.accounts.queries.told_answers import NEWS, read_answer
from tandem.core.errors import ProviderFailed
from tandem.prospecting.connectors.base import UNREADABLE
from tandem.prospecting.connectors.pages import Fetcher, marks_of
from tandem.prospecting.connectors.signals_found import FoundSignal, Reading, signals_of
from tandem.prospecting.domain.likeness import same_domain

MOST_ENTRIES = 200
ACCEPT = "application/rss+xml,application/atom+xml,application/xml;q=0.9,text/xml;q=0.8"


def read_feed(fetcher: Fetcher, url: str, *, own_domain: str, etag: str = "", last_modified: str = "") -> Reading:
    """Entries of a feed, at most 200. Raises ProviderFailed.

    own_domain : of the company the feed is watched for; plain entries on it are its own posts, others news about it
    """
    answer = fetcher.get(url, etag=etag, last_modified=last_modified, accept=ACCEPT)
    if answer.status == 304:
        return Reading(not_modified=True, etag=etag, last_modified=last_modified)
    told = read_answer(NEWS, answer.body, most=MOST_ENTRIES)
    if not told.signals and told.unread:
        raise ProviderFailed(
            f"{url} is no feed that can be read: {told.unread[0]}.",
            hint="Give the address of an RSS or Atom feed.",
            code=UNREADABLE,
        )
    etag, last_modified = marks_of(answer)
    found = tuple(_own_post(signal, own_domain) for signal in signals_of(told))
    return Reading(signals=found, etag=etag, last_modified=last_modified)


def _own_post(signal: FoundSignal, own_domain: str) -> FoundSignal:
    """What nothing tells more of, on the company's own site, is a post of its own."""
    is_own = signal.kind == "news" and same_domain(str(signal.payload.get("url", "")), own_domain)
    return replace(signal, kind="blog_post") if is_own else signal
