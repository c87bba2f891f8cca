"""Job boards that companies publish themselves: Greenhouse, Lever, Ashby. Open interfaces, no key, no scraping.

https://developers.greenhouse.io/job-board.html, https://github.com/lever/postings-api, https://developers.ashbyhq.com
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from tandem.prospecting.connectors.base import (
    LOOP,
    UNREADABLE,
    Door,
    ask,
    failed,
    object_of,
    objects_of,
    read_object,
    text_of,
    told_fields,
)
from tandem.prospecting.connectors.signals_found import FoundSignal, Reading, moment_of
from tandem.prospecting.domain.page_text import read_page
from tandem.prospecting.domain.providers import PlaceKind

HOSTS: Mapping[PlaceKind, str] = {
    PlaceKind.GREENHOUSE: "https://boards-api.greenhouse.io",
    PlaceKind.LEVER: "https://api.lever.co",
    PlaceKind.ASHBY: "https://api.ashbyhq.com",
}
LEVER_ROWS, LEVER_PAGES = 100, 20
MOST_POSTS = 2_000
LONGEST_TEXT = 4_000


def read_board(kind: PlaceKind, board: str, *, base_address: str = "", etag: str = "") -> Reading:
    """Open posts of a board. An unknown board is REFUSED. Raises ProviderFailed.

    base_address : another host, e.g. Lever's European one; empty: the usual one
    """
    door = Door(key=kind.value, name=kind.value.capitalize(), base_address=base_address or HOSTS[kind])
    name = quote(board, safe="")
    if kind is PlaceKind.LEVER:
        found = [_lever(one) for one in _lever_posts(door, name)]
        return Reading(signals=tuple(one for one in found if one is not None))
    path = (
        f"/v1/boards/{name}/jobs?content=true"
        if kind is PlaceKind.GREENHOUSE
        else f"/posting-api/job-board/{name}?includeCompensation=false"
    )
    answer = ask(door, "GET", path, headers={"If-None-Match": etag} if etag else {}, accepts=(304,))
    if answer.status == 304:
        return Reading(not_modified=True, etag=etag)
    posts = read_object(door, answer).get("jobs")
    if not isinstance(posts, list):
        raise failed(door, "answered without a list of jobs.", code=UNREADABLE)
    read = _greenhouse if kind is PlaceKind.GREENHOUSE else _ashby
    signals = (read(one) for one in objects_of(posts)[:MOST_POSTS])
    return Reading(signals=tuple(one for one in signals if one), etag=answer.headers.get("etag", "")[:200])


def _lever_posts(door: Door, site: str) -> Iterator[dict[str, Any]]:
    """Page by page until a short one. Raises ProviderFailed for a page that comes twice: it would never end."""
    seen: set[str] = set()
    for page in range(LEVER_PAGES):
        skip = page * LEVER_ROWS
        answer = ask(door, "GET", f"/v0/postings/{site}?mode=json&skip={skip}&limit={LEVER_ROWS}")
        told = answer.json()
        if not isinstance(told, list):
            raise failed(door, "answered without a list of posts.", code=UNREADABLE)
        posts = objects_of(told)
        keys = {text_of(one.get("id")) for one in posts}
        if keys and keys <= seen:
            raise failed(door, "answers the same page again and again.", code=LOOP)
        seen |= keys
        yield from posts
        if len(posts) < LEVER_ROWS:
            return


def _post(key: str, title: str, at: object, url: object, **told: str) -> FoundSignal | None:
    moment = moment_of(at)
    if not key or not title or moment is None:
        return None
    address = text_of(url, 500)
    payload = told_fields(title=title, url=address if address.startswith("http") else "", **told)
    return FoundSignal(
        key=key[:200], kind="job_post", at=moment, topic=told.get("department", "")[:120], payload=payload
    )


def _greenhouse(told: Mapping[str, Any]) -> FoundSignal | None:
    departments = objects_of(told.get("departments"))
    return _post(
        text_of(told.get("id")),
        text_of(told.get("title"), 300),
        told.get("first_published") or told.get("updated_at"),
        told.get("absolute_url"),
        department=text_of(departments[0].get("name"), 120) if departments else "",
        location=text_of(object_of(told.get("location")).get("name"), 120),
        text=_plain(told.get("content")),
    )


def _lever(told: Mapping[str, Any]) -> FoundSignal | None:
    where = object_of(told.get("categories"))
    return _post(
        text_of(told.get("id")),
        text_of(told.get("text"), 300),
        told.get("createdAt"),
        told.get("hostedUrl"),
        department=text_of(where.get("department") or where.get("team"), 120),
        location=text_of(where.get("location"), 120),
        text=text_of(told.get("descriptionPlain"), LONGEST_TEXT),
    )


def _ashby(told: Mapping[str, Any]) -> FoundSignal | None:
    url = text_of(told.get("jobUrl"), 500)
    return _post(
        text_of(told.get("id")) or url,
        text_of(told.get("title"), 300),
        told.get("publishedAt"),
        url,
        department=text_of(told.get("department") or told.get("team"), 120),
        location=text_of(told.get("location"), 120),
        text=text_of(told.get("descriptionPlain"), LONGEST_TEXT),
    )


def _plain(content: object) -> str:
    """Greenhouse sends HTML that is escaped once more."""
    from html import unescape

    return read_page(unescape(content[:100_000])).text[:LONGEST_TEXT] if isinstance(content, str) else ""
