"""Writes of searches: keep one, change it as a new version, put it away; and reading a sentence as a condition."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from tandem.access.actions import require
from tandem.agents.actions.running import run
from tandem.agents.contracts import RunRequest
from tandem.core import ledger
from tandem.core.actors import Actor
from tandem.core.errors import Conflict, InvalidInput
from tandem.prospecting.ai.search_query import LONGEST_SENTENCE, SEARCH_QUERY, KnownNames, SearchQueryInput
from tandem.prospecting.domain import conditions
from tandem.prospecting.models import SavedSearch, SearchVersion
from tandem.prospecting.queries.searches import get_search, searches_in_sight
from tandem.prospecting.queries.vocabulary import vocabulary

LONGEST_NAME = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class SentenceRead:
    """What a sentence was read as. condition None: nothing was understood; engine : who read it"""

    condition: Mapping[str, Any] | None
    not_understood: tuple[str, ...]
    engine: str


def read_sentence(text: str, *, actor: Actor, now: datetime) -> SentenceRead:
    """A sentence as a condition, to be looked at and corrected before it is asked. Nothing is searched.

    Raises NotAllowed without "prospect.view", InvalidInput for an empty or too long sentence.
    """
    require(actor, "prospect.view")
    sentence = " ".join(text.split())
    if not sentence or len(sentence) > LONGEST_SENTENCE:
        raise InvalidInput(
            f"The sentence has {len(sentence):,} characters.",
            hint=f"Write 1 to {LONGEST_SENTENCE}, e.g. “manufacturers in Germany that opened a site this year”.",
            code="search.sentence",
        )
    names = {name: list(values) for name, values in asdict(vocabulary(actor)).items()}
    asked = SearchQueryInput(text=sentence, today=timezone.localtime(now).date(), vocabulary=KnownNames(**names))
    result = run(SEARCH_QUERY, RunRequest(input=asked, subject=f"actor:{actor.id}"), actor=actor, now=now)
    answer = result.output
    return SentenceRead(
        condition=answer.condition if answer else None,
        not_understood=tuple(answer.not_understood) if answer else (),
        engine=result.engine,
    )


def save_search(
    name: str,
    condition: Mapping[str, Any],
    *,
    actor: Actor,
    now: datetime,
    sentence: str = "",
    search_id: int | None = None,
) -> int:
    """Keep a search under a name, or change one as a new version; returns its id. What says the same makes no version.

    Raises NotAllowed, NotFound, InvalidInput for a condition that can't be read or a name that can't be used, Conflict
    when another search in use has the name.
    """
    require(actor, "prospect.edit")
    body = conditions.as_json(conditions.read(condition))
    named = clean_name(name, "search")
    if search_id is not None:
        return _change(get_search(actor, search_id).id, named, body, sentence, actor, now)
    try:
        with transaction.atomic():
            owner_id = None if actor.is_agent else actor.id
            row = SavedSearch.objects.create(name=named, owner_id=owner_id, created_at=now, created_by=actor.name)
            _add_version(row.id, 1, body, sentence, actor, now)
    except IntegrityError as error:
        raise name_is_taken(named, "search") from error
    return row.id


def _change(search_id: int, name: str, body: Mapping[str, Any], sentence: str, actor: Actor, now: datetime) -> int:
    if not searches_in_sight(actor, "edit").filter(id=search_id).exists():
        raise Conflict("This search is somebody else's.", hint="Save it under another name; it is then yours.")
    try:
        with transaction.atomic():
            SavedSearch.objects.filter(id=search_id).update(name=name)
            last = SearchVersion.objects.filter(search_id=search_id).order_by("-number").first()
            if last is None or last.condition != body:
                _add_version(search_id, (last.number if last else 0) + 1, body, sentence, actor, now)
    except IntegrityError as error:
        raise name_is_taken(name, "search") from error
    return search_id


def _add_version(
    search_id: int, number: int, body: Mapping[str, Any], sentence: str, actor: Actor, now: datetime
) -> None:
    SearchVersion.objects.create(
        search_id=search_id, number=number, condition=body, sentence=sentence[:LONGEST_SENTENCE], created_at=now,
        created_by=actor.name,
    )  # fmt: skip
    ledger.append(actor, "prospecting.search_saved", subject=f"search:{search_id}", version=number, condition=body)


def archive_search(search_id: int, *, actor: Actor, now: datetime) -> None:
    """Put a search away; its versions and the lists made from them stay. Raises NotAllowed, NotFound."""
    require(actor, "prospect.edit")
    row = get_search(actor, search_id)
    with transaction.atomic():
        if searches_in_sight(actor, "edit").filter(id=row.id).update(archived_at=now):
            ledger.append(actor, "prospecting.search_archived", subject=f"search:{row.id}")


def clean_name(name: str, noun: str) -> str:
    """A name as it is kept. Raises InvalidInput for an empty or too long one."""
    cleaned = " ".join("".join(sign if sign.isprintable() else " " for sign in name).split())
    if not cleaned or len(cleaned) > LONGEST_NAME:
        raise InvalidInput(
            f"A {noun} needs a name of 1 to {LONGEST_NAME} characters; this has {len(cleaned):,}.",
            hint="Say what it is for, e.g. “New sites in DACH”.",
            code=f"{noun}.name",
        )
    return cleaned


def name_is_taken(name: str, noun: str) -> Conflict:
    """The refusal of a name that another one in use has."""
    return Conflict(f"There is a {noun} “{name}” already.", hint="Take another name, or open that one.")
