"""Registers: Crunchbase funding rounds and companies, technology crawlers (BuiltWith and alike), GitHub activity.

Crunchbase: the CSV that its searches export; a round's key is its address there. Technologies: CSV with domain,
technology, first and last day seen; a technology that was last seen 60 days before the file's latest day counts as
dropped that day, as a second signal. GitHub: answers of api.github.com/orgs/{org}/events, with the organisation's
own answer (orgs/{org}) beside it, which tells its website; pushes of one day to one repository are put together. No
addresses of people are taken.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from tandem.accounts.connectors import shaping
from tandem.accounts.connectors.base import Connector, Table
from tandem.accounts.connectors.files import open_table
from tandem.accounts.connectors.files.json_documents import begins_with, documents, rows_at, text_at
from tandem.accounts.connectors.files.rows import RowTable, Unread
from tandem.accounts.connectors.news import host_of, moment_of
from tandem.accounts.contracts import Entity, SourceKind
from tandem.accounts.domain.headers import header_word

CRUNCHBASE, BUILTWITH, GITHUB = "crunchbase", "builtwith", "github"
GONE_DAYS = 60
HEADERS = ("key", "kind", "at", "topic", "account_name", "account_domain", "payload")
COLUMNS = {
    "key": "key", "kind": "kind", "at": "at", "topic": "topic", "accountname": "account_name",
    "accountdomain": "account_domain",
    "payload": "payload",
}  # fmt: skip
TOLD_EVENTS = {
    "ReleaseEvent": "Release",
    "CreateEvent": "New repository",
    "PushEvent": "Commits",
    "PullRequestEvent": "Pull request",
}


def _prepare_rounds(rows: pd.DataFrame) -> pd.DataFrame:
    rows = rows.copy()
    rows["kind"] = "funding_round"
    told = {
        "round": "_round", "amount": "_money", "currency": "_currency", "investors": "_investors", "url": "key",
        "title": "_title", "amount_usd": "_dollars",
    }  # fmt: skip
    rows["payload"] = shaping.each(shaping.details(rows, told), _with_numbers)
    shaping.refuse(rows, shaping.text(rows, "account_name") == "", "names no company")
    return shaping.without_scratch(rows)


def _with_numbers(payload: str) -> str:
    """Sums as numbers; what is none ("—") is left out."""
    told = json.loads(payload or "{}")
    for name in ("amount", "amount_usd"):
        digits = str(told.pop(name, "")).replace(",", "").strip("$€£ ")
        if digits.replace(".", "", 1).isdigit():
            told[name] = round(float(digits))
    return shaping.as_json(told)


def _prepare_companies(rows: pd.DataFrame) -> pd.DataFrame:
    """Bands such as "51-100" people are kept by their lower edge; revenue, which has bands alone, is left out."""
    rows = rows.copy()
    rows["employees"] = (
        shaping.text(rows, "employees").str.replace(r"^(\d[\d,]*)\s*[-–].*$", r"\1", regex=True).str.rstrip("+")
    )
    places = shaping.text(rows, "_location").str.split(",")
    rows["city"], rows["country"] = places.str[0].str.strip(), places.str[-1].str.strip()
    return shaping.without_scratch(rows)


def _technology_rows(path: Path) -> Iterator[Mapping[str, str] | Unread]:
    table = open_table(path)
    columns = {
        TECHNOLOGY_WORDS[word]: title for title in table.headers if (word := header_word(title)) in TECHNOLOGY_WORDS
    }
    latest = max(
        (day for batch in table.batches() for day in _days(batch.rows, columns.get("last", ""))), default=date.min
    )
    for batch in table.batches():
        yield from (Unread(one.reason, one.raw) for one in batch.broken)
        for row in batch.rows.to_dict("records"):
            cells = {name: str(row.get(title, "")).strip() for name, title in columns.items()}
            yield from _technology(cells, latest)


def _days(rows: pd.DataFrame, title: str) -> list[date]:
    return [day for value in (rows[title].unique() if title else ()) if (day := _day(str(value))) is not None]


def _day(text: str) -> date | None:
    moment = moment_of(text)
    return date.fromisoformat(moment[:10]) if moment else None


def _technology(cells: Mapping[str, str], latest: date) -> Iterator[Mapping[str, str] | Unread]:
    domain, name, first = (
        host_of(f"//{cells.get('domain', '')}") or cells.get("domain", ""),
        cells.get("technology", ""),
        _day(cells.get("first", "")),
    )
    if not domain or not name or first is None:
        yield Unread("the row has no domain, technology or first day", " ".join(cells.values()))
        return
    last = _day(cells.get("last", ""))
    told = {"category": cells.get("category", ""), "first_seen": f"{first}", "last_seen": f"{last or ''}"}
    payload = {"title": f"{name} seen at {domain}", **told}
    shared = {"topic": name, "account_name": "", "account_domain": domain}
    yield {
        "key": f"{domain}|{name}|seen|{first}"[:200],
        "kind": "technology_seen",
        "at": f"{first}",
        "payload": _json(payload),
        **shared,
    }
    if last is not None and last < latest - timedelta(days=GONE_DAYS):
        payload = {"title": f"{name} gone from {domain}", **told}
        yield {
            "key": f"{domain}|{name}|gone|{last}"[:200],
            "kind": "technology_dropped",
            "at": f"{last}",
            "payload": _json(payload),
            **shared,
        }


def _json(told: Mapping[str, str]) -> str:
    return shaping.as_json({word: value for word, value in told.items() if value})


def open_technologies(path: Path) -> Table:
    """Technologies as signals of the first day seen, and of the last for those that are gone."""
    return RowTable(HEADERS, partial(_technology_rows, path))


def _github_rows(path: Path) -> Iterator[Mapping[str, str] | Unread]:
    organisations: dict[str, Mapping[str, Any]] = {}
    events: list[Mapping[str, Any]] = []
    for found in documents(path):
        if isinstance(found, Unread):
            yield found
            continue
        answer = found[1]
        if isinstance(answer, dict) and answer.get("login"):
            organisations[str(answer.get("id"))] = answer
        elif isinstance(answer, list):
            events += rows_at(answer)
        else:
            yield Unread(f"{found[0]} is no answer of GitHub")
    yield from _activity(events, organisations)


def _activity(
    events: list[Mapping[str, Any]], organisations: Mapping[str, Mapping[str, Any]]
) -> Iterator[Mapping[str, str] | Unread]:
    grouped: dict[tuple[str, str, str], list[Mapping[str, Any]]] = defaultdict(list)
    for event in events:
        kind, repository, at = (
            text_at(event, "type"),
            text_at(event, "repo", "name"),
            moment_of(text_at(event, "created_at")),
        )
        if not kind or not repository or not at:
            yield Unread("the event has no type, repository or day", text_at(event, "id"))
        elif kind in TOLD_EVENTS:
            day = at[:10] if kind in ("PushEvent", "PullRequestEvent") else text_at(event, "id")
            grouped[kind, repository, day].append(event)
    for (kind, repository, day), some in sorted(grouped.items()):
        yield _told(kind, repository, day, some, organisations)


def _told(
    kind: str,
    repository: str,
    day: str,
    events: list[Mapping[str, Any]],
    organisations: Mapping[str, Mapping[str, Any]],
) -> Mapping[str, str]:
    event = max(events, key=lambda one: text_at(one, "created_at"))
    about = organisations.get(text_at(event, "org", "id"), {})
    login = text_at(event, "org", "login") or repository.partition("/")[0]
    release = text_at(event, "payload", "release", "name") or text_at(event, "payload", "release", "tag_name")
    count = f" ×{len(events)}" if len(events) > 1 else ""
    payload = {
        "title": f"{TOLD_EVENTS[kind]}{f' {release}' if release else ''} in {repository}{count}", "url": f"https://github.com/{repository}",
        "repository": repository, "event": kind, "count": str(len(events)),
    }  # fmt: skip
    blog = text_at(about, "blog")
    return {
        "key": f"{kind}|{repository}|{day}"[:200], "kind": "github_activity", "at": moment_of(text_at(event,
        "created_at")),
        "topic": repository.partition("/")[2], "account_name": text_at(about, "name") or login.replace("-", " "),
        "account_domain": host_of(blog if "//" in blog else f"//{blog}") if blog else "", "payload": _json(payload),
    }  # fmt: skip


def open_github(path: Path) -> Table:
    """Answers of GitHub as a table of what was done where."""
    return RowTable(HEADERS, partial(_github_rows, path))


def is_github(path: Path) -> bool:
    """Whether a file, or a folder of files, holds events or organisations as GitHub answers."""
    return begins_with(path, ("actor", "repo", "created_at"), ("login", "blog", "public_repos"))


ROUNDS = Connector(
    system=CRUNCHBASE,
    entity=Entity.SIGNAL,
    source_kind=SourceKind.PUBLIC,
    file_names=("*funding*round*.csv", "*crunchbase*.csv", "funding*.csv"),
    columns={
        "transactionnameurl": "key", "transactionname": "_title", "organizationname": "account_name",
        "organizationwebsite": "account_domain",
        "website": "account_domain", "fundingtype": "_round", "moneyraised": "_money",
        "moneyraisedcurrency": "_currency",
        "moneyraisedinusd": "_dollars", "moneyraisedcurrencyinusd": "_dollars", "announceddate": "at",
        "leadinvestors": "_investors",
        "investornames": "_investors",
    },
    required_headers=frozenset({"transactionname", "organizationname", "announceddate"}),
    telling_headers=frozenset({"transactionnameurl", "fundingtype", "moneyraised"}),
    prepare=_prepare_rounds,
    label="Crunchbase funding rounds",
)  # fmt: skip
COMPANIES = Connector(
    system=CRUNCHBASE,
    entity=Entity.ACCOUNT,
    source_kind=SourceKind.VENDOR,
    file_names=("*crunchbase*.csv", "*companies*.csv"),
    columns={
        "organizationnameurl": "key", "organizationname": "name", "website": "domain", "industries": "industry",
        "headquarterslocation": "_location", "description": "description", "numberofemployees": "employees",
    },
    required_headers=frozenset({"organizationname", "organizationnameurl"}),
    telling_headers=frozenset({"headquarterslocation", "cbrankcompany", "operatingstatus", "lastfundingtype"}),
    prepare=_prepare_companies,
    label="Crunchbase companies",
)  # fmt: skip
TECHNOLOGY_WORDS = {
    "domain": "domain", "rootdomain": "domain", "website": "domain", "technology": "technology",
    "technologyname": "technology",
    "category": "category", "technologycategory": "category", "firstdetected": "first", "firstfound": "first",
    "firstseen": "first",
    "lastdetected": "last", "lastfound": "last", "lastseen": "last",
}  # fmt: skip
TECHNOLOGIES = Connector(
    system=BUILTWITH,
    entity=Entity.SIGNAL,
    source_kind=SourceKind.PUBLIC,
    file_names=("*technograph*.csv", "*builtwith*.csv", "*wappalyzer*.csv"),
    columns=COLUMNS | {word: "_" + name for word, name in TECHNOLOGY_WORDS.items()},
    required_headers=frozenset({"technology"}),
    telling_headers=frozenset({"firstdetected", "firstfound", "firstseen"}),
    open_table=open_technologies,
    prepare=shaping.without_scratch,
    label="Technologies by domain",
)  # fmt: skip
ACTIVITY = Connector(
    system=GITHUB, entity=Entity.SIGNAL, source_kind=SourceKind.PUBLIC, file_names=("*github*.json",),
    columns=COLUMNS, recognise=is_github, open_table=open_github, label="GitHub activity",
)  # fmt: skip

CONNECTORS: tuple[Connector, ...] = (ROUNDS, COMPANIES, TECHNOLOGIES, ACTIVITY)
