"""Public web pages: one at a time, where robots.txt lets programs in, bounded in time, size and hops.

Addresses are checked by `core.outside` at every hop, so that no page leads into this company's own network. A page's
text is data: it is kept and quoted, and nothing that it asks for is done.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from tandem.core.errors import ProviderFailed
from tandem.core.outside import Answer, Limits, OutsideClient, open_client
from tandem.prospecting.domain.page_text import PageText, read_page
from tandem.prospecting.domain.robots import EVERYTHING, MOST_BYTES, NOTHING, Robots, read_robots

PROGRAM = "TandemBot"
NAME = "Public page"
LIMITS = Limits(connect_seconds=5, read_seconds=8, total_seconds=15, most_bytes=2_000_000, tries=1)
ROBOTS_LIMITS = Limits(connect_seconds=5, read_seconds=5, total_seconds=8, most_bytes=MOST_BYTES, tries=1)
FORBIDDEN, NO_TEXT = "page.robots", "page.no_text"
READABLE = ("text/html", "application/xhtml+xml", "text/plain")
ROBOTS_KEPT_SECONDS = 3_600.0
MOST_HOSTS = 2_000
LEAST_PAUSE = 1.0
_CHARSET = re.compile(r"charset=[\"']?([\w.:-]{2,40})", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadPage:
    """A page that was read. not_modified : it is as it was at the etag that was told, and `page` is empty"""

    url: str
    page: PageText
    etag: str = ""
    last_modified: str = ""
    not_modified: bool = False


class Fetcher:
    """Reads pages politely: keeps what robots.txt said for an hour and waits between two calls of one host.

    contact : mail address told in the User-Agent; empty: none
    sleep : waits; for tests
    """

    def __init__(self, contact: str = "", *, sleep: Callable[[float], None] = time.sleep) -> None:
        self._agent = f"Mozilla/5.0 (compatible; {PROGRAM}/1.0{f'; {contact}' if contact else ''})"
        self._sleep = sleep
        self._lock = threading.Lock()
        self._robots: dict[str, tuple[float, Robots]] = {}
        self._last: dict[str, float] = {}

    def get(
        self, url: str, *, etag: str = "", last_modified: str = "", limits: Limits = LIMITS, accept: str = "*/*"
    ) -> Answer:
        """The address's content, if robots.txt allows it; 304 when it has not changed. Raises ProviderFailed."""
        robots = self.robots_of(url)
        parts = urlsplit(url)
        path = f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}"
        if not robots.allows(path):
            raise ProviderFailed(
                f"{parts.netloc} does not let programs read {parts.path or '/'}.",
                hint="Its robots.txt says so; read it by hand.",
                code=FORBIDDEN,
            )
        self._pause(parts.netloc, robots.delay)
        headers = {"User-Agent": self._agent, "Accept": accept}
        headers |= {"If-None-Match": etag} if etag else {}
        headers |= {"If-Modified-Since": last_modified} if last_modified else {}
        with open_client(NAME, limits=limits) as client:
            answer = client.call("GET", url, headers=headers, accepts={*range(200, 300), 304})
        self._require_same_rules(url, answer.url)
        return answer

    def read(self, url: str, *, etag: str = "", last_modified: str = "") -> ReadPage:
        """A page's text. Raises ProviderFailed: not allowed, not reachable, too large, no text."""
        answer = self.get(url, etag=etag, last_modified=last_modified, accept="text/html,text/plain;q=0.9")
        etag, last_modified = marks_of(answer)
        if answer.status == 304:
            return ReadPage(url=answer.url, page=PageText(title="", text=""), not_modified=True, etag=etag)
        kind = answer.headers.get("content-type", "").split(";")[0].strip().lower()
        if kind and kind not in READABLE:
            raise ProviderFailed(f"{answer.url} is no page of text but {kind[:60]}.", code=NO_TEXT)
        page = read_page(decode(answer))
        if page.is_made_by_script:
            raise ProviderFailed(
                f"{answer.url} shows nothing without its scripts.", hint="Read it in a browser.", code=NO_TEXT
            )
        return ReadPage(url=answer.url, page=page, etag=etag, last_modified=last_modified)

    def robots_of(self, url: str) -> Robots:
        """The rules of an address's host: 4xx means there are none, anything worse that nothing may be read."""
        parts = urlsplit(url)
        home = f"{parts.scheme}://{parts.netloc}"
        with self._lock:
            kept = self._robots.get(home)
        if kept is not None and time.monotonic() - kept[0] < ROBOTS_KEPT_SECONDS:
            return kept[1]
        with open_client(NAME, limits=ROBOTS_LIMITS) as client:
            found = self._fetch_robots(client, urljoin(home, "/robots.txt"))
        with self._lock:
            if len(self._robots) >= MOST_HOSTS:
                self._robots.clear()
            self._robots[home] = (time.monotonic(), found)
        return found

    def _fetch_robots(self, client: OutsideClient, url: str) -> Robots:
        try:
            answer = client.call("GET", url, headers={"User-Agent": self._agent}, accepts=range(200, 500))
        except ProviderFailed as failure:
            if failure.error_code in {"outside.private_address", "outside.address"}:
                raise
            return NOTHING
        if answer.status >= 300:
            return EVERYTHING if answer.status != 429 else NOTHING
        return read_robots(answer.body.decode("utf-8", "replace"), PROGRAM)

    def _require_same_rules(self, asked: str, got: str) -> None:
        """A redirect must not lead where robots.txt forbids. Raises ProviderFailed."""
        target = urlsplit(got)
        if got != asked and not self.robots_of(got).allows(f"{target.path or '/'}"):
            raise ProviderFailed(f"{target.netloc} does not let programs read {target.path or '/'}.", code=FORBIDDEN)

    def _pause(self, host: str, delay: float | None) -> None:
        with self._lock:
            last = self._last.get(host)
            if len(self._last) >= MOST_HOSTS:
                self._last.clear()
            self._last[host] = time.monotonic()
        if last is not None:
            rest = max(delay or 0.0, LEAST_PAUSE) - (time.monotonic() - last)
            if rest > 0:
                self._sleep(rest)


def marks_of(answer: Answer) -> tuple[str, str]:
    """Etag and day of the last change, to be told at the next visit; empty where the site gives none."""
    return answer.headers.get("etag", "")[:200], answer.headers.get("last-modified", "")[:60]


def decode(answer: Answer) -> str:
    """The body as text: by the charset the answer tells, else the page's own, else UTF-8; never fails."""
    told = _CHARSET.search(answer.headers.get("content-type", "")) or _CHARSET.search(
        answer.body[:2_048].decode("ascii", "replace")
    )
    try:
        return answer.body.decode(told.group(1) if told else "utf-8", "replace")
    except LookupError:
        return answer.body.decode("utf-8", "replace")
