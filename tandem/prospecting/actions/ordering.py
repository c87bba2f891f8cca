"""Work with providers that takes longer than a page: ordered here, done by the worker on behalf of who ordered it."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.db import transaction

from tandem.access.actions import require
from tandem.access.queries import actor_of_person
from tandem.accounts.contracts import Entity
from tandem.core import jobs, ledger
from tandem.core.actors import Actor, built_in_agent
from tandem.core.errors import Conflict, InvalidInput, NotFound
from tandem.core.jobs import Progress
from tandem.prospecting.actions import clay_rows, enriching, finding, testing_providers, verification
from tandem.prospecting.connectors.base import AccountQuery, PersonQuery
from tandem.prospecting.domain.providers import CallKind
from tandem.prospecting.queries import orders
from tandem.prospecting.queries.orders import key_of_check, key_of_test
from tandem.prospecting.queries.providers import get_provider, takes_rows

TASK = orders.TASK


class Work(StrEnum):
    """What can be ordered."""

    FIND_ACCOUNTS = "find_accounts"
    FIND_PEOPLE = "find_people"
    ENRICH = "enrich"
    CHECK = "check"
    SEND_ROWS = "send_rows"
    TEST = "test"


def order_search(provider_key: str, query: AccountQuery | PersonQuery, *, limit: int, actor: Actor) -> int:
    """Have companies or people searched; returns the job's id.

    Raises NotAllowed without "prospect.manage", NotFound, InvalidInput for a provider that has no such search.
    """
    require(actor, "prospect.manage")
    is_people = isinstance(query, PersonQuery)
    kind = CallKind.SEARCH_PEOPLE if is_people else CallKind.SEARCH_ACCOUNTS
    provider = get_provider(provider_key)
    if kind not in provider.kinds:
        raise InvalidInput(f"{provider.name} has no such search.", hint="Apollo has; Clay and verifiers have none.")
    fields = {name: getattr(query, name) for name in query.__dataclass_fields__}
    payload = {"provider": provider_key, "query": _plain(fields), "limit": limit}
    return _order(Work.FIND_PEOPLE if is_people else Work.FIND_ACCOUNTS, payload, actor)


def order_enriching(entity: Entity, ids: Sequence[int], fields: Sequence[str], *, actor: Actor) -> int:
    """Have missing fields asked for; returns the job's id. Raises NotAllowed without "prospect.edit"."""
    require(actor, "prospect.edit")
    return _order(Work.ENRICH, {"entity": entity.value, "ids": list(ids), "fields": list(fields)}, actor)


def order_checks(contact_ids: Sequence[int], *, actor: Actor) -> int:
    """Have addresses checked; returns the job's id. Raises NotAllowed without "prospect.edit"."""
    require(actor, "prospect.edit")
    return _order(Work.CHECK, {"ids": list(contact_ids)}, actor)


def order_check_of(contact_id: int, *, actor: Actor) -> int:
    """Have one contact's address checked, as asked on their page; returns the job's id. Raises NotAllowed."""
    require(actor, "prospect.edit")
    return _order(Work.CHECK, {"ids": [contact_id]}, actor, key_of_check(contact_id))


def order_test(provider_key: str, *, actor: Actor) -> int:
    """Have the test call of a provider made; what came of it is the job's last note. Returns the job's id.

    Raises NotAllowed without "prospect.manage", NotFound, InvalidInput for a provider that has no test call.
    """
    require(actor, "prospect.manage")
    testing_providers.require_test(provider_key)
    return _order(Work.TEST, {"provider": provider_key}, actor, key_of_test(provider_key))


def order_rows(entity: Entity, ids: Sequence[int], *, actor: Actor) -> int:
    """Have accounts or contacts sent to the Clay table; returns the job's id.

    actor : needs "prospect.export", for the rows leave the house
    Raises NotAllowed, InvalidInput when nothing is named, Conflict when no table is set up.
    """
    require(actor, "prospect.export")
    if not ids:
        raise InvalidInput("There is nothing to send.", hint="Name at least one that you can see.")
    if not takes_rows(clay_rows.KEY):
        raise Conflict("No Clay table is set up.", hint="Enter the table's webhook under Sources, and switch it on.")
    return _order(Work.SEND_ROWS, {"entity": entity.value, "ids": list(ids)}, actor)


def _plain(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: list(value) if isinstance(value, tuple) else value for name, value in fields.items()}


def _order(work: Work, payload: Mapping[str, Any], actor: Actor, key: str = TASK) -> int:
    person = None if actor.is_agent else actor.id
    with transaction.atomic():
        job = jobs.enqueue(
            TASK, {**payload, "work": work.value, "person": person}, unique_key=f"{key}:{secrets.token_hex(8)}"
        )
        ledger.append(actor, "prospecting.providers_ordered", subject=f"job:{job}", work=work.value)
    return job


def carry_out(payload: Mapping[str, Any], *, now: datetime, progress: Progress) -> None:
    """Do what was ordered. Safe to repeat: each question is asked once. Raises NotFound when who ordered it is gone."""
    person = payload.get("person")
    actor = actor_of_person(int(person)) if person else built_in_agent("worker", "worker")
    if actor is None:
        raise NotFound("Whoever ordered this is no longer active.", hint="Somebody else has to order it.")
    work = Work(payload["work"])
    if work is Work.CHECK:
        verification.check_contacts(payload["ids"], actor=actor, now=now, progress=progress)
    elif work is Work.SEND_ROWS:
        sent = clay_rows.send_rows(Entity(payload["entity"]), payload["ids"], actor=actor, now=now)
        progress(sent.sent, sent.sent + sent.before, sent.because)
    elif work is Work.TEST:
        progress(1, 1, testing_providers.try_provider(payload["provider"], actor=actor, now=now))
    elif work is Work.ENRICH:
        entity, fields = Entity(payload["entity"]), payload["fields"] or None
        enriching.enrich(entity, payload["ids"], fields=fields, actor=actor, now=now, progress=progress)
    else:
        _search(work, payload, actor, now)


def _search(work: Work, payload: Mapping[str, Any], actor: Actor, now: datetime) -> None:
    told: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in payload["query"].items()
    }
    provider, limit = payload["provider"], payload["limit"]
    if work is Work.FIND_PEOPLE:
        finding.find_people(provider, PersonQuery(**told), limit=limit, actor=actor, now=now)
    else:
        finding.find_accounts(provider, AccountQuery(**told), limit=limit, actor=actor, now=now)
