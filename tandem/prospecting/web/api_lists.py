"""API of signal search, lists and runs of the pipeline."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema

from tandem.access.guard import api
from tandem.core.api import Cursor, Limit, Listed, actor_of, listed, moment_of, place, repeatable
from tandem.core.errors import InvalidInput
from tandem.prospecting.actions import lists as list_actions
from tandem.prospecting.actions import pipeline
from tandem.prospecting.actions import searches as search_actions
from tandem.prospecting.domain import conditions
from tandem.prospecting.domain.list_files import LARGEST_BYTES
from tandem.prospecting.queries import lists, runs, searches

router = Router(tags=["lists"])
MOST_HITS = 1_000
ConditionJson = Annotated[
    dict[str, Any], Field(description='A condition, e.g. {"signal": "site_opening", "within_days": 90}.')
]
AsOf = Annotated[datetime | None, Field(description="Ask it of that moment; null: of now.")]


class SearchAsked(Schema):
    """What to look for."""

    condition: ConditionJson
    as_of: AsOf = None
    limit: int = Field(200, ge=1, le=MOST_HITS, description="Accounts shown; `count` tells all.")


class HitOut(Schema):
    """An account that was found, and what made it so."""

    account_id: int
    name: str
    owner_id: int | None
    country: str
    industry: str
    employees: int | None
    because: str
    evidence_ids: list[str]


class SearchFound(Schema):
    """What a search came to."""

    as_of: datetime
    count: int
    considered: int = Field(description="Accounts in sight.")
    unknown: int = Field(description="May be meant; what is known does not settle it.")
    changed: int | None = Field(description="Accounts found whose fields changed since `as_of`; null: asked of now.")
    hits: list[HitOut]


class SentenceAsked(Schema):
    """A sentence to read as a condition."""

    text: str = Field(max_length=500)


class SentenceOut(Schema):
    """The sentence as a condition; nothing was asked."""

    condition: dict[str, Any] | None = Field(description="null: nothing was understood.")
    not_understood: list[str]
    engine: str


class SavedSearchOut(Schema):
    """A kept search with its newest version."""

    id: int
    name: str
    owner_id: int | None
    version: int
    condition: dict[str, Any]
    sentence: str
    changed_at: datetime


class NewSearch(Schema):
    """A search to keep."""

    name: str = Field(max_length=120)
    condition: ConditionJson
    sentence: str = Field("", max_length=500)


class NewList(Schema):
    """A list of what a condition finds, or of accounts picked by hand."""

    name: str = Field(max_length=120)
    condition: dict[str, Any] | None = Field(None, description="null: of `account_ids`.")
    account_ids: list[int] = Field([], max_length=20_000)
    as_of: AsOf = None
    search_id: int | None = None


class NewFileList(Schema):
    """A list out of a file of company names or domains."""

    name: str = Field(max_length=120)
    csv: str = Field(max_length=LARGEST_BYTES, description="The file's text, with a column “name” or “domain”.")
    file: str = Field("list.csv", max_length=255, description="Its name, for messages.")


class ListChange(Schema):
    """Accounts that come on a list or go."""

    add: list[int] = Field([], max_length=20_000)
    remove: list[int] = Field([], max_length=20_000)
    why: str = Field("", max_length=200)


class ListOut(Schema):
    """A list with its figures."""

    id: int
    name: str
    origin: str = Field(description="signals, firmographic, file or hand.")
    owner_id: int | None
    version: int
    condition: dict[str, Any] | None
    as_of: datetime | None
    size: int
    ready: int
    counts: dict[str, int]


class ChangedOut(Schema):
    """What a change of a list came to."""

    list_id: int
    version: int
    added: int
    removed: int


class RefusedOut(Schema):
    """A row of a file that is not on the list."""

    number: int
    value: str
    rule: str
    remedy: str


class FileReportOut(Schema):
    """What a file brought."""

    list_id: int
    added: int
    repeated: int
    refused: list[RefusedOut]


class EntryOut(Schema):
    """An account of a list."""

    id: int
    account_id: int
    name: str
    state: str
    reason: str
    because: str
    evidence_ids: list[str]
    quality: float | None
    contact_ids: list[int]
    added_in: int
    removed_in: int | None


class StageOut(Schema):
    """One stage of a run."""

    stage: str
    title: str
    waiting: int
    passed: int
    ended: dict[str, int]


class RunOut(Schema):
    """A run with its stages."""

    id: int
    list_id: int
    list_version: int
    phase: str
    allowance: int
    started_at: datetime
    finished_at: datetime | None
    counts: dict[str, int]
    stages: list[StageOut]
    job_status: str
    job_error: str


class RunRowOut(Schema):
    """One account of a run."""

    id: int
    account_id: int
    name: str
    stage: str
    state: str
    reason: str
    attempts: int


class TriedAgain(Schema):
    """How many rows go on."""

    rows: int


@router.post("/prospecting/searches/run", response=SearchFound, summary="Accounts that a condition finds")
@api("prospect", "view")
def run_search(request: HttpRequest, body: SearchAsked) -> dict[str, Any]:
    """Accounts in sight for which it holds, each with its evidence. Nothing is kept."""
    condition = conditions.read(body.condition)
    found = searches.find(actor_of(request), condition, now=moment_of(request), as_of=_aware(body.as_of))
    return {
        "as_of": found.as_of, "count": len(found.hits), "considered": found.considered, "unknown": found.unknown,
        "changed": found.changed, "hits": found.hits[: body.limit],
    }  # fmt: skip


def _aware(moment: datetime | None) -> datetime | None:
    if moment is not None and moment.tzinfo is None:
        raise InvalidInput(
            f"{moment.isoformat()} has no time zone.", hint="Write it like 2026-11-24T12:00:00Z.", code="search.moment"
        )
    return moment


@router.post("/prospecting/searches/read", response=SentenceOut, summary="A sentence as a condition")
@api("prospect", "view")
def read_sentence(request: HttpRequest, body: SentenceAsked) -> Any:
    """What a sentence is read as, to be corrected before it is asked, and the words that were not understood."""
    return search_actions.read_sentence(body.text, actor=actor_of(request), now=moment_of(request))


@router.get("/prospecting/searches", response=Listed[SavedSearchOut], summary="Kept searches by id")
@api("prospect", "view")
def list_searches(request: HttpRequest, cursor: Cursor = "", limit: Limit = 50) -> dict[str, Any]:
    """Searches in sight with their newest versions."""
    return listed(searches.list_searches(actor_of(request), after_id=place(cursor), limit=limit + 1), limit)


@router.post("/prospecting/searches", response=SavedSearchOut, summary="Keep a search")
@api("prospect", "edit")
@repeatable
def create_search(request: HttpRequest, body: NewSearch) -> Any:
    """A new search under a name of its own."""
    actor, now = actor_of(request), moment_of(request)
    found = search_actions.save_search(body.name, body.condition, actor=actor, now=now, sentence=body.sentence)
    return searches.get_search(actor, found)


@router.put("/prospecting/searches/{int:search_id}", response=SavedSearchOut, summary="A search's next version")
@api("prospect", "edit")
@repeatable
def change_search(request: HttpRequest, search_id: int, body: NewSearch) -> Any:
    """What says the same makes no new version."""
    actor, now = actor_of(request), moment_of(request)
    search_actions.save_search(
        body.name, body.condition, actor=actor, now=now, sentence=body.sentence, search_id=search_id
    )  # fmt: skip
    return searches.get_search(actor, search_id)


@router.get("/prospecting/lists", response=Listed[ListOut], summary="Lists by id")
@api("prospect", "view")
def list_lists(request: HttpRequest, cursor: Cursor = "", limit: Limit = 50) -> dict[str, Any]:
    """Lists in sight, with the accounts in sight counted."""
    return listed(lists.list_lists(actor_of(request), after_id=place(cursor), limit=limit + 1), limit)


@router.post("/prospecting/lists", response=ChangedOut, summary="A new list")
@api("prospect", "edit")
@repeatable
def create_list(request: HttpRequest, body: NewList) -> Any:
    """Of what a condition finds, or of accounts picked by hand."""
    actor, now = actor_of(request), moment_of(request)
    if body.condition is None:
        return list_actions.list_from_accounts(body.name, body.account_ids, actor=actor, now=now)
    return list_actions.list_from_search(
        body.name, body.condition, actor=actor, now=now, as_of=_aware(body.as_of), search_id=body.search_id
    )


@router.post("/prospecting/lists/file", response=FileReportOut, summary="A new list from a CSV of names and domains")
@api("prospect", "edit")
@repeatable
def create_list_from_file(request: HttpRequest, body: NewFileList) -> Any:
    """Rows that mean no account, or several, are left out and told with their reason."""
    return list_actions.list_from_file(
        body.name, body.csv.encode(), file=body.file, actor=actor_of(request), now=moment_of(request)
    )


@router.get("/prospecting/lists/{int:list_id}", response=ListOut, summary="One list")
@api("prospect", "view")
def get_list(request: HttpRequest, list_id: int) -> Any:
    """A list in sight."""
    return lists.get_list(actor_of(request), list_id)


@router.get("/prospecting/lists/{int:list_id}/accounts", response=Listed[EntryOut], summary="Accounts of a list")
@api("prospect", "view")
def list_entries(
    request: HttpRequest,
    list_id: int,
    version: Annotated[int | None, Query(ge=1, description="null: the newest.")] = None,
    state: Annotated[str, Query(max_length=9, description="Only of this state.")] = "",
    cursor: Cursor = "",
    limit: Limit = 50,
) -> dict[str, Any]:
    """By name; the cursor is the number of rows before."""
    actor, start = actor_of(request), place(cursor)
    lists.get_list(actor, list_id)
    rows = lists.list_entries(actor, list_id, version=version, state=state, offset=start, limit=limit + 1)
    return {"items": rows[:limit], "next": str(start + limit) if len(rows) > limit else ""}


@router.patch("/prospecting/lists/{int:list_id}", response=ChangedOut, summary="Accounts on and off a list")
@api("prospect", "edit")
@repeatable
def change_list(request: HttpRequest, list_id: int, body: ListChange) -> Any:
    """Each change is a version of its own; what changes nothing makes none."""
    actor, now = actor_of(request), moment_of(request)
    changed = list_actions.add_accounts(list_id, body.add, actor=actor, now=now)
    if not body.remove:
        return changed
    gone = list_actions.remove_accounts(list_id, body.remove, body.why, actor=actor, now=now)
    return {"list_id": list_id, "version": gone.version, "added": changed.added, "removed": gone.removed}


@router.post("/prospecting/lists/{int:list_id}/refresh", response=ChangedOut, summary="Ask a list's search again")
@api("prospect", "edit")
@repeatable
def refresh_list(request: HttpRequest, list_id: int) -> Any:
    """What it finds now comes on, what it no longer finds goes; what is ready stays."""
    return list_actions.refresh(list_id, actor=actor_of(request), now=moment_of(request))


@router.post("/prospecting/lists/{int:list_id}/runs", response=RunOut, summary="Begin a run over a list")
@api("prospect", "edit")
@repeatable
def start_run(request: HttpRequest, list_id: int) -> Any:
    """It goes on in the background."""
    actor, now = actor_of(request), moment_of(request)
    return runs.get_run(actor, pipeline.start_run(list_id, actor=actor, now=now))


@router.get("/prospecting/runs/{int:run_id}", response=RunOut, summary="One run with its stages")
@api("prospect", "view")
def get_run(request: HttpRequest, run_id: int) -> Any:
    """How far each stage is."""
    return runs.get_run(actor_of(request), run_id)


@router.get("/prospecting/runs/{int:run_id}/rows", response=Listed[RunRowOut], summary="Accounts of a run")
@api("prospect", "view")
def list_run_rows(
    request: HttpRequest,
    run_id: int,
    state: Annotated[str, Query(max_length=8, description="Only of this state.")] = "",
    cursor: Cursor = "",
    limit: Limit = 50,
) -> dict[str, Any]:
    """By name; the cursor is the number of rows before."""
    actor, start = actor_of(request), place(cursor)
    runs.get_run(actor, run_id)
    rows = runs.list_rows(actor, run_id, state=state, offset=start, limit=limit + 1)
    return {"items": rows[:limit], "next": str(start + limit) if len(rows) > limit else ""}


@router.post("/prospecting/runs/{int:run_id}/again", response=TriedAgain, summary="Try rows of a run again")
@api("prospect", "edit")
@repeatable
def try_again(request: HttpRequest, run_id: int) -> dict[str, int]:
    """Failed, held and deferred rows go on."""
    return {"rows": pipeline.try_again(run_id, actor=actor_of(request), now=moment_of(request))}


@router.post("/prospecting/runs/{int:run_id}/stop", response=RunOut, summary="Stop a run")
@api("prospect", "edit")
@repeatable
def stop_run(request: HttpRequest, run_id: int) -> Any:
    """It ends where it stands."""
    actor, now = actor_of(request), moment_of(request)
    pipeline.stop_run(run_id, actor=actor, now=now)
    return runs.get_run(actor, run_id)
