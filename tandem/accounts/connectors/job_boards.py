"""Open positions as job boards answer: Greenhouse, Lever, Ashby, Workable.

Read are saved answers of the boards' public addresses, one in a file, one a line, or a folder of them:
boards-api.greenhouse.io/v1/boards/{board}/jobs, api.lever.co/v0/postings/{site},
api.ashbyhq.com/posting-api/job-board/{name}, apply.workable.com/api/v1/widget/accounts/{account}. A board lists what is
open that day, so postings that opened and closed between two answers were never seen. The posting's id is the key: a
position that stays open over several answers counts once. The company is told by the posting's address where it is the
company's own, else by the name the answer or the board has.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from functools import partial
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from tandem.accounts.connectors import shaping
from tandem.accounts.connectors.base import Connector, Table
from tandem.accounts.connectors.files.json_documents import begins_with, documents, rows_at, text_at
from tandem.accounts.connectors.files.rows import RowTable, Unread
from tandem.accounts.connectors.news import host_of, language_of, moment_of
from tandem.accounts.contracts import Entity, SourceKind
from tandem.core.html_text import text_of_html

HEADERS = ("key", "kind", "at", "topic", "account_name", "account_domain", "payload")
BOARD_HOSTS = ("greenhouse.io", "lever.co", "ashbyhq.com", "workable.com")
MOST_TEXT = 8_000
SENIORITY = (
    ("c_level", re.compile(r"\b(?:chief|ceo|cfo|cio|coo|cto|cro)\b", re.I)),
    ("vp", re.compile(r"\b(?:vp|vice president|svp|evp)\b", re.I)),
    ("director", re.compile(r"\b(?:director|head of|direktor|leiter(?:in)?|directeur|directrice)\b", re.I)),
    ("manager", re.compile(r"\b(?:manager|lead|teamleiter(?:in)?|supervisor|responsable|owner)\b", re.I)),
    (
        "entry",
        re.compile(r"\b(?:intern|working student|werkstudent(?:in)?|trainee|apprentice|junior|stagiaire)\b", re.I),
    ),
)

Posting = Mapping[str, Any]
Cells = dict[str, str]


def seniority_of(title: str) -> str:
    """How senior a position is by its title; "" when the title does not say.

    >>> seniority_of("Head of RevOps"), seniority_of("Data Engineer")
    ('director', '')
    """
    return next((word for word, pattern in SENIORITY if pattern.search(title)), "")


def _greenhouse(posting: Posting, answer: Any) -> Cells:
    departments, offices = rows_at(posting, "departments"), rows_at(posting, "offices")
    return {
        "id": text_at(posting, "id"), "at": text_at(posting, "first_published") or text_at(posting, "updated_at"),
        "title": text_at(posting, "title"), "url": text_at(posting, "absolute_url"), "company": text_at(posting,
        "company_name"),
        "department": text_at(departments[0], "name") if departments else "", "text": unescape(text_at(posting,
        "content")),
        "location": text_at(posting, "location", "name") or (text_at(offices[0], "name") if offices else ""),
    }  # fmt: skip


def _lever(posting: Posting, answer: Any) -> Cells:
    created = text_at(posting, "createdAt")
    try:
        at = datetime.fromtimestamp(int(created) / 1000, UTC).isoformat(timespec="seconds")
    except (ValueError, OverflowError, OSError):
        at = ""
    return {
        "id": text_at(posting, "id"), "at": at, "title": text_at(posting, "text"), "url": text_at(posting, "hostedUrl"),
        "department": text_at(posting, "categories", "department") or text_at(posting, "categories", "team"),
        "location": text_at(posting, "categories", "location"), "text": text_at(posting, "descriptionPlain"),
        "company": "",
    }  # fmt: skip


def _ashby(posting: Posting, answer: Any) -> Cells:
    return {
        "id": text_at(posting, "id") or text_at(posting, "jobUrl"), "at": text_at(posting, "publishedAt"),
        "title": text_at(posting, "title"), "url": text_at(posting, "jobUrl"), "company": "",
        "department": text_at(posting, "department") or text_at(posting, "team"), "location": text_at(posting,
        "location"),
        "text": text_at(posting, "descriptionPlain") or text_at(posting, "descriptionHtml"),
    }  # fmt: skip


def _workable(posting: Posting, answer: Any) -> Cells:
    places = (text_at(posting, "city"), text_at(posting, "country"))
    return {
        "id": text_at(posting, "shortcode"), "at": text_at(posting, "published_on") or text_at(posting, "created_at"),
        "title": text_at(posting, "title"), "url": text_at(posting, "url") or text_at(posting, "shortlink"),
        "company": text_at(answer, "name"), "department": text_at(posting, "department"),
        "location": ", ".join(place for place in places if place), "text": text_at(posting, "description"),
    }  # fmt: skip


def _board_of(url: str) -> str:
    """The board's name in an address, as words: "boards.greenhouse.io/acme-rockets/jobs/1" is "acme rockets"."""
    path = urlsplit(url).path.strip("/").split("/") if url else [""]
    return unquote(path[0]).replace("-", " ").replace("_", " ")


def _row(vendor: str, cells: Cells) -> Mapping[str, str] | Unread:
    at = moment_of(cells["at"])
    if not cells["id"] or not cells["title"]:
        return Unread("the posting has no id or no title", cells["url"])
    if not at:
        return Unread("the posting has no day on which it was published", cells["title"])
    host = host_of(cells["url"])
    on_board = not host or host.endswith(BOARD_HOSTS)
    text = text_of_html(cells["text"])[:MOST_TEXT]
    payload = {
        "title": cells["title"], "text": text, "url": cells["url"], "department": cells["department"],
        "location": cells["location"],
        "seniority": seniority_of(cells["title"]), "language": language_of(f"{cells['title']} {text}"),
    }  # fmt: skip
    return {
        "key": f"{vendor}:{cells['id']}", "kind": "job_post", "at": at, "topic": cells["department"],
        "account_name": cells["company"] or (_board_of(cells["url"]) if on_board else ""),
        "account_domain": "" if on_board else host,
        "payload": shaping.as_json({word: value for word, value in payload.items() if value}),
    }  # fmt: skip


def _read(path: Path, vendor: str, shape: Callable[[Posting, Any], Cells]) -> Iterator[Mapping[str, str] | Unread]:
    for found in documents(path):
        if isinstance(found, Unread):
            yield found
            continue
        name, answer = found
        postings = rows_at(answer) if isinstance(answer, list) else rows_at(answer, "jobs")
        if not postings and not isinstance(answer, list | dict):
            yield Unread(f"{name} is no answer of a job board")
        for posting in postings:
            yield _row(vendor, shape(posting, answer))


def _open(path: Path, vendor: str, shape: Callable[[Posting, Any], Cells]) -> Table:
    return RowTable(HEADERS, partial(_read, path, vendor, shape))


def _board(vendor: str, words: tuple[str, ...], shape: Callable[[Posting, Any], Cells]) -> Connector:
    return Connector(
        system=vendor,
        entity=Entity.SIGNAL,
        source_kind=SourceKind.PUBLIC,
        file_names=(f"*{vendor}*.json", f"*{vendor}*.jsonl"),
        columns={"key": "key", "kind": "kind", "at": "at", "topic": "topic", "accountname": "account_name",
                 "accountdomain": "account_domain", "payload": "payload"},
        recognise=_Recognise(words),
        open_table=partial(_open, vendor=vendor, shape=shape),
        label=f"{vendor.capitalize()} job board",
    )  # fmt: skip


class _Recognise:
    """Whether a file holds the words that a board's answers have. A class, so that it travels to another process."""

    def __init__(self, words: tuple[str, ...]) -> None:
        self.words = words

    def __call__(self, path: Path) -> bool:
        return begins_with(path, self.words)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Recognise) and self.words == other.words

    def __hash__(self) -> int:
        return hash(self.words)


CONNECTORS: tuple[Connector, ...] = (
    _board("greenhouse", ("jobs", "absolute_url"), _greenhouse),
    _board("lever", ("categories", "hostedUrl"), _lever),
    _board("ashby", ("jobs", "jobUrl"), _ashby),
    _board("workable", ("jobs", "shortcode"), _workable),
)
