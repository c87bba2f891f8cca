"""GitHub: what an organisation publishes and works on (https://docs.github.com/rest). Never addresses of people.

GitHub's terms forbid collecting addresses for mail; nothing that could be one is read, also where it is answered.
"""

from __future__ import annotations

from urllib.parse import quote

from tandem.accounts.queries.told_answers import read_answer
from tandem.prospecting.connectors.base import (
    THROTTLED,
    UNREADABLE,
    Door,
    ask,
    failed,
)
from tandem.prospecting.connectors.signals_found import Reading, signals_of

ROWS = 100


def read_organisation(door: Door, name: str, *, etag: str = "") -> Reading:
    """What happened in public of late: pushes and merges once a repository and day. Raises ProviderFailed."""
    headers = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}
    headers |= {"Authorization": f"Bearer {door.secret}"} if door.secret else {}
    headers |= {"If-None-Match": etag} if etag else {}
    path = f"/orgs/{quote(name, safe='')}/events?per_page={ROWS}"
    answer = ask(door, "GET", path, headers=headers, accepts=(304, 403))
    if answer.status == 304:
        return Reading(not_modified=True, etag=etag)
    if answer.status == 403:
        hint = "It is asked again later by itself; a token allows more calls."
        raise failed(door, "asks us to slow down.", code=THROTTLED, hint=hint)
    if not isinstance(answer.json(), list):
        raise failed(door, "answered without a list of events.", code=UNREADABLE)
    told = read_answer("github", answer.body, most=ROWS)
    return Reading(signals=signals_of(told), etag=answer.headers.get("etag", "")[:200])
