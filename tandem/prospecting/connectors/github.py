"""GitHub: what an organisation publishes and works on (https://docs.github.com/rest). Never addresses of people.

GitHub's terms forbid collecting addresses for mail; nothing that could be one is read, also where it is answered.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from tandem.prospecting.connectors.base import (
    THROTTLED,
    UNREADABLE,
    Door,
    ask,
    failed,
    objects_of,
    text_of,
    told_fields,
)
from tandem.prospecting.connectors.signals_found import FoundSignal, Reading, moment_of

ROWS = 50


def read_organisation(door: Door, name: str, *, etag: str = "") -> Reading:
    """Repositories worked on last: one signal for each repository and day. Raises ProviderFailed."""
    headers = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}
    headers |= {"Authorization": f"Bearer {door.secret}"} if door.secret else {}
    headers |= {"If-None-Match": etag} if etag else {}
    path = f"/orgs/{quote(name, safe='')}/repos?sort=pushed&per_page={ROWS}"
    answer = ask(door, "GET", path, headers=headers, accepts=(304, 403))
    if answer.status == 304:
        return Reading(not_modified=True, etag=etag)
    if answer.status == 403:
        hint = "It is asked again later by itself; a token allows more calls."
        raise failed(door, "asks us to slow down.", code=THROTTLED, hint=hint)
    told = answer.json()
    if not isinstance(told, list):
        raise failed(door, "answered without a list of repositories.", code=UNREADABLE)
    signals = (_signal(one) for one in objects_of(told))
    return Reading(signals=tuple(one for one in signals if one), etag=answer.headers.get("etag", "")[:200])


def _signal(told: Mapping[str, Any]) -> FoundSignal | None:
    name, at = text_of(told.get("full_name"), 200), moment_of(told.get("pushed_at"))
    if not name or at is None or told.get("fork") is True:
        return None
    stars = told.get("stargazers_count")
    payload: dict[str, Any] = told_fields(
        title=f"Work on {name}",
        text=text_of(told.get("description"), 500),
        url=text_of(told.get("html_url"), 500),
        repository=name,
    )
    if isinstance(stars, int) and not isinstance(stars, bool):
        payload["stars"] = stars
    return FoundSignal(
        key=f"{name}/{at.date()}",
        kind="github_activity",
        at=at,
        topic=text_of(told.get("language"), 60),
        payload=payload,
    )
