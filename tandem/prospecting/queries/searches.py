"""Signal search: which accounts in sight a condition finds, what made each true, and the searches that are kept.

A search can be asked of any past moment. It then uses only signals that had been brought in by then, and deals as they
stood that day. Golden fields are kept as they are now; how many of the accounts found changed since is told.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from tandem.access.contracts import Reach
from tandem.access.queries import sight_of
from tandem.accounts.queries.visible import accounts_in_sight
from tandem.core.actors import Actor
from tandem.core.errors import InvalidInput, NotFound
from tandem.prospecting.contracts import AccountProfile, Match, Truth
from tandem.prospecting.domain.condition_terms import AllOf, AnyOf, Condition, FieldIs, Not, Saw, Uses
from tandem.prospecting.domain.conditions import holds
from tandem.prospecting.models import SavedSearch, SearchVersion
from tandem.prospecting.queries.profiles import profiles


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """An account that a condition finds. The fields are for reading; None and empty: not known."""

    account_id: int
    name: str
    owner_id: int | None
    country: str
    industry: str
    employees: int | None
    because: str
    evidence_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchResult:
    """What a search came to.

    hits : by name
    considered : accounts in sight that were there at the moment
    unknown : accounts that may be meant: what is known does not settle it
    changed : of the hits, how many had a golden field change after the moment; None: asked of now
    """

    as_of: datetime
    hits: tuple[Hit, ...]
    considered: int
    unknown: int
    changed: int | None = None

    @property
    def account_ids(self) -> tuple[int, ...]:
        """Ids of the hits, in their order."""
        return tuple(hit.account_id for hit in self.hits)


def find(actor: Actor, condition: Condition, *, now: datetime, as_of: datetime | None = None) -> SearchResult:
    """Accounts in sight for which a condition holds.

    as_of : ask it of that moment; None: of now

    Raises InvalidInput for a moment to come.
    """
    moment = as_of or now
    if moment > now:
        raise InvalidInput(
            f"{moment.isoformat()} has not come yet.",
            hint="Ask of now or of a moment that is past.",
            code="search.moment",
        )
    ids = list(accounts_in_sight(actor).order_by().values_list("id", flat=True))
    read = profiles(ids, at=moment, landed_by=None if as_of is None else moment)
    hits: list[Hit] = []
    unknown = considered = 0
    for profile in read:
        match = holds(condition, profile)
        considered += 1
        unknown += match.truth is Truth.UNKNOWN
        if match.truth is Truth.YES:
            hits.append(_hit(profile, match))
    hits.sort(key=lambda hit: (hit.name.casefold(), hit.account_id))
    changed = None if as_of is None else _changed(actor, condition, hits, moment)
    return SearchResult(as_of=moment, hits=tuple(hits), considered=considered, unknown=unknown, changed=changed)


def _hit(profile: AccountProfile, match: Match) -> Hit:
    return Hit(
        account_id=profile.account_id,
        name=profile.name,
        owner_id=profile.owner_id,
        country=profile.fields.get("country", ""),
        industry=profile.fields.get("industry", ""),
        employees=profile.fields.get("employees"),
        because=match.because,
        evidence_ids=match.evidence_ids,
    )


def _changed(actor: Actor, condition: Condition, hits: Iterable[Hit], moment: datetime) -> int:
    if not any(isinstance(term, FieldIs) for term in terms_of(condition)):
        return 0
    since = set(accounts_in_sight(actor).filter(updated_at__gt=moment).values_list("id", flat=True))
    return sum(hit.account_id in since for hit in hits)


def terms_of(condition: Condition) -> list[Condition]:
    """The single tests of a condition, in their order."""
    if isinstance(condition, (AllOf, AnyOf)):
        return [term for part in condition.parts for term in terms_of(part)]
    return terms_of(condition.part) if isinstance(condition, Not) else [condition]


def is_about_signals(condition: Condition) -> bool:
    """Whether a test is about a signal or a technology: what makes a list signal-based instead of firmographic."""
    return any(isinstance(term, (Saw, Uses)) for term in terms_of(condition))


# --- searches that are kept ---


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchRow:
    """A kept search with its newest version. owner_id None: an agent's."""

    id: int
    name: str
    owner_id: int | None
    created_by: str
    version: int
    condition: Mapping[str, Any]
    sentence: str
    changed_at: datetime


def searches_in_sight(actor: Actor, verb: str = "view") -> QuerySet[SavedSearch]:
    """Searches in use of people whose prospecting the actor may touch, and those of agents; internal to the room."""
    return owned_in_sight(SavedSearch.objects.filter(archived_at=None), actor, verb)


def owned_in_sight(rows: QuerySet[Any], actor: Actor, verb: str) -> QuerySet[Any]:
    """Rows with an owner, limited to the actor's sight of prospecting; what nobody owns is open to who may see any."""
    sight = sight_of(actor, verb, "prospect")
    if sight.reach is Reach.ALL:
        return rows
    if sight.reach is Reach.NONE:
        return rows.none()
    mine = rows.filter(owner_id__in=sight.person_ids)
    return mine | rows.filter(owner=None) if sight.unowned else mine


def list_searches(actor: Actor, *, after_id: int = 0, limit: int = 200) -> list[SearchRow]:
    """Searches in sight by id, strictly after one."""
    rows = list(searches_in_sight(actor).filter(id__gt=after_id).order_by("id")[:limit])
    newest = {version.search_id: version for version in _versions(rows).order_by("number")}
    return [_row(row, newest[row.id]) for row in rows]


def get_search(actor: Actor, search_id: int, *, number: int | None = None) -> SearchRow:
    """A search in sight with one of its versions; None: the newest. Raises NotFound."""
    row = searches_in_sight(actor).filter(id=search_id).first()
    versions = _versions([row] if row else []).order_by("-number")
    version = (versions if number is None else versions.filter(number=number)).first()
    if row is None or version is None:
        told = f"search {search_id}" if number is None else f"version {number} of search {search_id}"
        raise NotFound(f"There is no {told} that you can see.", hint="Open the list of searches.")
    return _row(row, version)


def versions_of(search_id: int) -> tuple[SearchVersion, ...]:
    """All versions of a search, the newest first. The caller has checked sight."""
    return tuple(SearchVersion.objects.filter(search_id=search_id).order_by("-number"))


def _versions(rows: Iterable[SavedSearch]) -> QuerySet[SearchVersion]:
    return SearchVersion.objects.filter(search__in=[row.id for row in rows])


def _row(row: SavedSearch, version: SearchVersion) -> SearchRow:
    return SearchRow(
        id=row.id,
        name=row.name,
        owner_id=row.owner_id,
        created_by=row.created_by,
        version=version.number,
        condition=version.condition,
        sentence=version.sentence,
        changed_at=version.created_at,
    )
