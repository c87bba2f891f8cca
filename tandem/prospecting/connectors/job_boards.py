"""Job boards that companies publish themselves: Greenhouse, Lever, Ashby. Open interfaces, no key, no scraping.

What a post says is read by accounts, as in a saved answer.

https://developers.greenhouse.io/job-board.html, https://github.com/lever/postings-api, https://developers.ashbyhq.com
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from tandem.accounts.queries.told_answers import read_answer
from tandem.prospecting.connectors.base import (
    LOOP,
    UNREADABLE,
    Door,
    ask,
    failed,
    objects_of,
    read_object,
    text_of,
)
from tandem.prospecting.connectors.signals_found import FoundSignal, Reading, signals_of
from tandem.prospecting.domain.providers import PlaceKind

HOSTS: Mapping[PlaceKind, str] = {
    PlaceKind.GREENHOUSE: "https://boards-api.greenhouse.io",
    PlaceKind.LEVER: "https://api.lever.co",
    PlaceKind.ASHBY: "https://api.ashbyhq.com",
}
LEVER_ROWS, LEVER_PAGES = 100, 20
MOST_POSTS = 2_000


def read_board(kind: PlaceKind, board: str, *, base_address: str = "", etag: str = "") -> Reading:
    """Open posts of a board. An unknown board is REFUSED. Raises ProviderFailed.

    base_address : another host, e.g. Lever's European one; empty: the usual one
    """
    door = Door(key=kind.value, name=kind.value.capitalize(), base_address=base_address or HOSTS[kind])
    name = quote(board, safe="")
    if kind is PlaceKind.LEVER:
        return Reading(signals=_signals(kind, json.dumps(list(_lever_posts(door, name))).encode()))
    path = (
        f"/v1/boards/{name}/jobs?content=true"
        if kind is PlaceKind.GREENHOUSE
        else f"/posting-api/job-board/{name}?includeCompensation=false"
    )
    answer = ask(door, "GET", path, headers={"If-None-Match": etag} if etag else {}, accepts=(304,))
    if answer.status == 304:
        return Reading(not_modified=True, etag=etag)
    if not isinstance(read_object(door, answer).get("jobs"), list):
        raise failed(door, "answered without a list of jobs.", code=UNREADABLE)
    return Reading(signals=_signals(kind, answer.body), etag=answer.headers.get("etag", "")[:200])


def _signals(kind: PlaceKind, raw: bytes) -> tuple[FoundSignal, ...]:
    return signals_of(read_answer(kind.value, raw, most=MOST_POSTS))


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
