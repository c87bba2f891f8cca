"""Writes of lists: made from a search, a file or by hand; changed version by version; taken by engagement."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F

from tandem.access.actions import require
from tandem.accounts.queries.named import NamedCompany, accounts_meant
from tandem.accounts.queries.visible import accounts_in_sight
from tandem.core import bulk, ledger
from tandem.core.actors import Actor
from tandem.core.errors import Conflict, InvalidInput, NotFound
from tandem.prospecting.actions.searches import clean_name, name_is_taken
from tandem.prospecting.domain import conditions
from tandem.prospecting.domain.list_files import RefusedRow, read_companies
from tandem.prospecting.models import EntryState, ListEntry, ListOrigin, PipelineRun, ProspectList, RunPhase
from tandem.prospecting.queries.lists import get_list, lists_in_sight
from tandem.prospecting.queries.searches import Hit, find, get_search, is_about_signals, versions_of

COLUMNS = (
    "prospect_list_id", "account_id", "because", "evidence_ids", "added_by", "added_at", "added_in",
)  # fmt: skip
MOST_ACCOUNTS = 20_000
LONGEST_WHY = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """What a change of a list came to. version : the list's now"""

    list_id: int
    version: int
    added: int
    removed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class FileReport:
    """What a file brought: accounts on the new list, and rows that are not, each with its reason."""

    list_id: int
    added: int
    repeated: int
    refused: tuple[RefusedRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _New:
    """An account that comes on a list."""

    account_id: int
    because: str = ""
    evidence_ids: tuple[str, ...] = ()


def list_from_search(
    name: str,
    condition: Mapping[str, Any],
    *,
    actor: Actor,
    now: datetime,
    as_of: datetime | None = None,
    search_id: int | None = None,
) -> Changed:
    """A new list of what a condition finds.

    search_id : the kept search it belongs to; its version with this condition is remembered

    Raises NotAllowed, NotFound, InvalidInput (condition, name, moment, nothing found), Conflict for a name in use.
    """
    require(actor, "prospect.edit")
    wanted = conditions.read(condition)
    found = find(actor, wanted, now=now, as_of=as_of)
    if not found.hits:
        raise InvalidInput(
            f"Nothing was found among {found.considered:,} accounts.", hint="Loosen a condition, then make the list.",
            code="list.empty",
        )  # fmt: skip
    body = conditions.as_json(wanted)
    origin = ListOrigin.SIGNALS if is_about_signals(wanted) else ListOrigin.FIRMOGRAPHIC
    facts = {"condition": body, "as_of": found.as_of, "search_version_id": _version_id(actor, search_id, body)}
    return _create(name, origin, [_of_hit(hit) for hit in found.hits], actor=actor, now=now, **facts)


def list_from_accounts(name: str, account_ids: Iterable[int], *, actor: Actor, now: datetime) -> Changed:
    """A new list of accounts picked by hand; it may be empty.

    Raises NotAllowed, NotFound for an account out of sight, InvalidInput, Conflict for a name in use.
    """
    require(actor, "prospect.edit")
    picked = [_New(account_id=one, because=f"picked by {actor.name}") for one in _in_sight(actor, account_ids)]
    return _create(name, ListOrigin.HAND, picked, actor=actor, now=now)


def list_from_file(name: str, content: bytes, *, file: str, actor: Actor, now: datetime) -> FileReport:
    """A new list of the accounts that a CSV of names and domains means. Rows that are left out are told with reasons.

    Raises NotAllowed, InvalidInput for a file that can't be used or of which no row is an account here, Conflict.
    """
    require(actor, "prospect.edit")
    read = read_companies(content, file=file)
    meant = accounts_meant(actor, [NamedCompany(name=row.name, domain=row.domain) for row in read.rows])
    refused, places = list(read.refused), dict[int, _New]()
    for row, match in zip(read.rows, meant, strict=True):
        if len(match.account_ids) == 1:
            told = f"row {row.number} of {file}: {row.name or row.domain}, by {match.by}"
            places.setdefault(match.account_ids[0], _New(account_id=match.account_ids[0], because=told))
        else:
            refused.append(_unmatched(row.number, row.name or row.domain, match.account_ids))
    refused.sort(key=lambda row: row.number)
    if not places:
        first = refused[0] if refused else None
        told = f" Row {first.number} ({first.value}): {first.rule}" if first else ""
        raise InvalidInput(
            f"No row of {file} is an account that you can see.{told}",
            hint="Check the columns, or import the companies first.",
            code="list.file", context={"file": file, "refused": [_shown(row) for row in refused[:20]]},
        )  # fmt: skip
    made = _create(name, ListOrigin.FILE, list(places.values()), actor=actor, now=now)
    matched = len(read.rows) - (len(refused) - len(read.refused))
    return FileReport(list_id=made.list_id, added=made.added, repeated=matched - len(places), refused=tuple(refused))


def _unmatched(number: int, value: str, ids: Sequence[int]) -> RefusedRow:
    if ids:
        rule = f"{len(ids)} accounts have it: {', '.join(map(str, ids[:5]))}."
        return RefusedRow(
            number=number, value=value, rule=rule, remedy="Give the domain, or add the right one by hand."
        )
    rule = "No account that you can see has this name or domain."
    return RefusedRow(number=number, value=value, rule=rule, remedy="Import the company, or check the spelling.")


def _shown(row: RefusedRow) -> dict[str, object]:
    return {"row": row.number, "value": row.value, "rule": row.rule}


def add_accounts(list_id: int, account_ids: Iterable[int], *, actor: Actor, now: datetime) -> Changed:
    """Put accounts on a list, as its next version. Those on it already change nothing.

    Raises NotAllowed, NotFound, InvalidInput for too many.
    """
    row = _editable(list_id, actor)
    picked = [_New(account_id=one, because=f"picked by {actor.name}") for one in _in_sight(actor, account_ids)]
    return _change(row, picked, [], "", actor=actor, now=now)


def remove_accounts(list_id: int, account_ids: Iterable[int], why: str, *, actor: Actor, now: datetime) -> Changed:
    """Take accounts off a list, as its next version; earlier versions keep them. Raises NotAllowed, NotFound."""
    row = _editable(list_id, actor)
    return _change(row, [], list(account_ids), why.strip()[:LONGEST_WHY] or "taken off by hand", actor=actor, now=now)


def refresh(list_id: int, *, actor: Actor, now: datetime) -> Changed:
    """Ask the list's search again: what it finds now comes on, what it no longer finds goes.

    What engagement has taken or what is ready stays: work on it has begun.

    Raises NotAllowed, NotFound, Conflict for a list that no search made.
    """
    row = _editable(list_id, actor)
    if row.condition is None:
        raise Conflict("No search made this list.", hint="Add and remove accounts by hand, or make one from a search.")
    found = {hit.account_id: hit for hit in find(actor, conditions.read(row.condition), now=now).hits}
    standing = row.entries.filter(removed_in=None).exclude(state=EntryState.READY)
    gone = [pk for pk in standing.values_list("account_id", flat=True) if pk not in found]
    visible = set(accounts_in_sight(actor).filter(id__in=gone).values_list("id", flat=True))
    news = [_of_hit(hit) for hit in found.values()]
    return _change(row, news, [pk for pk in gone if pk in visible], "no longer found", actor=actor, now=now)


def archive_list(list_id: int, *, actor: Actor, now: datetime) -> None:
    """Put a list away; its versions and runs stay to be read. Raises NotAllowed, NotFound."""
    row = _editable(list_id, actor)
    with transaction.atomic():
        if ProspectList.objects.filter(id=row.id, archived_at=None).update(archived_at=now):
            PipelineRun.objects.filter(prospect_list=row, phase=RunPhase.RUNNING).update(
                phase=RunPhase.STOPPED, finished_at=now
            )
            ledger.append(actor, "prospecting.list_archived", subject=f"list:{row.id}")


def take(entry_ids: Iterable[int], *, actor: Actor, now: datetime) -> list[int]:
    """Mark ready entries as taken by engagement; returns those that this call took, so that two takers never share one.

    Raises NotAllowed without "prospect.edit".
    """
    require(actor, "prospect.edit")
    taken = []
    allowed = set(lists_in_sight(actor, "edit").values_list("id", flat=True))
    with transaction.atomic():
        for entry_id in sorted(set(entry_ids)):
            mine = ListEntry.objects.filter(id=entry_id, state=EntryState.READY, taken_at=None, removed_in=None)
            if mine.filter(prospect_list_id__in=allowed).update(taken_at=now):
                taken.append(entry_id)
        if taken:
            ledger.append(actor, "prospecting.entries_taken", subject="list:entries", entries=taken)
    return taken


def _in_sight(actor: Actor, account_ids: Iterable[int]) -> list[int]:
    wanted = list(dict.fromkeys(account_ids))
    if len(wanted) > MOST_ACCOUNTS:
        raise InvalidInput(f"{len(wanted):,} accounts are too many.", hint=f"A list has at most {MOST_ACCOUNTS:,}.")
    seen: set[int] = set()
    for start in range(0, len(wanted), 5_000):
        seen |= set(accounts_in_sight(actor).filter(id__in=wanted[start : start + 5_000]).values_list("id", flat=True))
    missing = [one for one in wanted if one not in seen]
    if missing:
        raise NotFound(f"There is no account {missing[0]} that you can see.", hint="Open the list of accounts.")
    return wanted


def _of_hit(hit: Hit) -> _New:
    return _New(account_id=hit.account_id, because=hit.because, evidence_ids=hit.evidence_ids)


def _version_id(actor: Actor, search_id: int | None, body: Mapping[str, Any]) -> int | None:
    if search_id is None:
        return None
    versions = versions_of(get_search(actor, search_id).id)
    return next((version.id for version in versions if version.condition == body), None)


def _editable(list_id: int, actor: Actor) -> ProspectList:
    require(actor, "prospect.edit")
    head = get_list(actor, list_id)
    row = lists_in_sight(actor, "edit").filter(id=head.id).first()
    if row is None:
        raise Conflict("This list is somebody else's.", hint="Ask them, or make one of your own.")
    return row


def _create(
    name: str, origin: ListOrigin, accounts: Sequence[_New], *, actor: Actor, now: datetime, **facts: Any
) -> Changed:
    if len(accounts) > MOST_ACCOUNTS:
        raise InvalidInput(
            f"{len(accounts):,} accounts are too many for a list.", hint=f"Narrow the search to {MOST_ACCOUNTS:,}.",
            code="list.too_long",
        )  # fmt: skip
    named = clean_name(name, "list")
    try:
        with transaction.atomic():
            owner_id = None if actor.is_agent else actor.id
            row = ProspectList.objects.create(
                name=named, origin=origin, owner_id=owner_id, created_at=now, created_by=actor.name, **facts
            )
            bulk.upsert(ListEntry, COLUMNS, _rows(row.id, accounts, 1, actor, now), conflict=(), update=None)
            size = len(accounts)
            ledger.append(actor, "prospecting.list_made", subject=f"list:{row.id}", origin=origin.value, accounts=size)
    except IntegrityError as error:
        if ProspectList.objects.filter(name=named, archived_at=None).exists():
            raise name_is_taken(named, "list") from error
        raise
    return Changed(list_id=row.id, version=1, added=len(accounts))


def _rows(list_id: int, accounts: Sequence[_New], version: int, actor: Actor, now: datetime) -> list[tuple[Any, ...]]:
    return [
        (list_id, one.account_id, one.because, list(one.evidence_ids), actor.name, now, version) for one in accounts
    ]


def _change(
    row: ProspectList, news: Sequence[_New], gone: Sequence[int], why: str, *, actor: Actor, now: datetime
) -> Changed:
    """The list's next version, unless nothing changes; refused when somebody else changed it meanwhile."""
    with transaction.atomic():
        standing = set(row.entries.filter(removed_in=None).values_list("account_id", flat=True))
        fresh = [one for one in news if one.account_id not in standing]
        leaving = [pk for pk in gone if pk in standing]
        if not fresh and not leaving:
            return Changed(list_id=row.id, version=row.version, added=0)
        version = row.version + 1
        moved = ProspectList.objects.filter(id=row.id, version=row.version).update(version=F("version") + 1)
        if not moved:
            raise Conflict("Somebody changed the list meanwhile.", hint="Open it again.")
        for start in range(0, len(leaving), 5_000):
            some = row.entries.filter(removed_in=None, account_id__in=leaving[start : start + 5_000])
            some.update(removed_in=version, removed_why=why)
        bulk.upsert(ListEntry, COLUMNS, _rows(row.id, fresh, version, actor, now), conflict=(), update=None)
        ledger.append(
            actor, "prospecting.list_changed", subject=f"list:{row.id}", version=version, added=len(fresh),
            removed=len(leaving),
        )  # fmt: skip
    return Changed(list_id=row.id, version=version, added=len(fresh), removed=len(leaving))
