"""Lists of what is known about people: consents, recording consents, screenings, facts of the relationship."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import Q, QuerySet

from tandem.access.contracts import Reach
from tandem.access.queries import sight_of
from tandem.compliance.models import Consent, DncScreening, RecordingConsent, Relationship
from tandem.compliance.queries.keys import hashes_of, read_all
from tandem.core.actors import Actor

LISTS: Mapping[str, tuple[Any, str]] = {
    "consent": (Consent, "given_at"),
    "recording": (RecordingConsent, "at"),
    "screening": (DncScreening, "screened_at"),
    "relationship": (Relationship, "at"),
}


def list_about_people(
    name: str,
    actor: Actor,
    *,
    text: str = "",
    wanted: Mapping[str, object] | None = None,
    sort: str = "",
    offset: int = 0,
    limit: int | None = 50,
) -> list[Any]:
    """Rows in the actor's sight, newest first: reviewers see all, others what they or their tree wrote down.

    name : "consent", "recording", "screening" or "relationship"
    text : an address in any form, a part of one, or a key such as "contact:12"
    wanted : conditions on columns; what is empty is not asked
    sort : "at" or "expires_at", with a minus for downwards. limit None: all that follow
    """
    moment = LISTS[name][1]
    word, down = sort.lstrip("-") or "at", not sort or sort.startswith("-")
    order = moment if word == "at" else word
    rows = (
        _chosen(name, actor, text, wanted).select_related("recorded_by").order_by(("-" if down else "") + order, "-id")
    )
    return list(rows[offset:] if limit is None else rows[offset : offset + limit])


def list_about_people_after(
    name: str, actor: Actor, *, after_id: int, limit: int, text: str = "", wanted: Mapping[str, object] | None = None
) -> list[Any]:
    """The same rows by id, from the one after `after_id`: for pages with a cursor."""
    return list(_chosen(name, actor, text, wanted).filter(id__gt=after_id).order_by("id")[:limit])


def count_about_people(name: str, actor: Actor, *, text: str = "", wanted: Mapping[str, object] | None = None) -> int:
    """How many rows the list has."""
    return _chosen(name, actor, text, wanted).count()


def _chosen(name: str, actor: Actor, text: str, wanted: Mapping[str, object] | None) -> QuerySet[Any]:
    rows: QuerySet[Any] = LISTS[name][0].objects.filter(
        **{key: value for key, value in (wanted or {}).items() if value != ""}
    )
    sight = sight_of(actor, "view", "consent")
    if sight.reach is not Reach.ALL:
        rows = rows.filter(recorded_by__in=sight.person_ids)
    if text:
        hashes = list(hashes_of(read_all([text])))
        rows = rows.filter(Q(key_hash__in=hashes) | Q(address__icontains=text) | Q(subject=text))
    return rows
