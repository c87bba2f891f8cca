"""The nightly research: everybody's likely part everywhere, rationale, brief and fact sheets where sellers work now."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from tandem.access.actions import require
from tandem.access.queries import actor_of_person
from tandem.accounts.queries.visible import accounts_in_sight
from tandem.core import jobs, ledger
from tandem.core.actors import Actor, built_in_agent
from tandem.core.errors import NotFound
from tandem.core.jobs import Progress as JobProgress
from tandem.prospecting.actions.fact_sheets import Sheets, make_fact_sheets
from tandem.prospecting.actions.research import Researched, research_accounts
from tandem.prospecting.actions.stakeholders import Mapped, map_stakeholders
from tandem.prospecting.models import Brief, OpeningContact
from tandem.prospecting.queries.profiles import profiles
from tandem.prospecting.queries.ranking import latest_ranks

TASK = "prospecting.research_account"
PLACES_OF_A_BOOK = 15  # what a seller gets to in a week
PEOPLE_OF_A_PLAN = 2  # the opening contact and the next one
Progress = Callable[[int, int | None, str], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class NightsResearch:
    """What a night came to."""

    mapped: Mapped
    researched: Researched
    sheets: Sheets


def research_week(*, actor: Actor, now: datetime, progress: Progress | None = None) -> NightsResearch:
    """Map the people of all accounts, then research the first 15 of every owner's book and what has a brief already.

    While nothing is ranked, nobody can say which accounts matter: the people are mapped, nothing is researched.
    Raises NotAllowed without "prospect.edit" and the right to have AI tasks done.
    """

    def told(note: str) -> Callable[[int, int], object]:
        return lambda done, of: progress(done, of, note) if progress is not None else None

    mapped = map_stakeholders(profiles(None, at=now), actor=actor, now=now, progress=told("People"))
    ids = accounts_of_week()
    researched = research_accounts(ids, actor=actor, now=now, progress=told("Accounts"))
    people = people_to_open_with(ids)
    sheets = make_fact_sheets(people, actor=actor, now=now, progress=told("Fact sheets"))
    return NightsResearch(mapped=mapped, researched=researched, sheets=sheets)


def accounts_of_week() -> list[int]:
    """The accounts that are researched tonight: the first of every book, and those that have a brief and still live."""
    top = {account for account, rank in latest_ranks().items() if rank.place <= PLACES_OF_A_BOOK}
    briefed = Brief.objects.filter(account__merged_into=None).values_list("account_id", flat=True)
    return sorted(top.union(briefed))


def people_to_open_with(account_ids: Iterable[int]) -> list[int]:
    """The first two people of each account's plan."""
    rows = OpeningContact.objects.filter(account_id__in=list(account_ids)).values_list("plan", flat=True)
    return [step["contact_id"] for plan in rows for step in plan[:PEOPLE_OF_A_PLAN]]


def order_research(account_id: int, *, actor: Actor, now: datetime) -> int:
    """Have everything of one account made anew; returns the job's id. Again within a minute is the same order.

    Raises NotAllowed without "prospect.edit", NotFound for an account out of sight.
    """
    require(actor, "prospect.edit")
    if not accounts_in_sight(actor).filter(id=account_id).exists():
        raise NotFound(f"There is no account {account_id} that you can see.", hint="Open the list of accounts.")
    person = None if actor.is_agent else actor.id
    with transaction.atomic():
        job = jobs.enqueue(
            TASK, {"account": account_id, "person": person},
            unique_key=f"research:{account_id}:{person}:{now:%Y%m%d%H%M}",
        )  # fmt: skip
        ledger.append(actor, "prospecting.research_ordered", subject=f"account:{account_id}", job=job)
    return job


def research_ordered(payload: Mapping[str, Any], *, now: datetime, progress: JobProgress) -> None:
    """Do what was ordered, with the rights of whoever ordered it; an account out of sight by now is left alone."""
    person = payload.get("person")
    actor = actor_of_person(int(person)) if person else built_in_agent("worker", "worker")
    account_id = int(payload["account"])
    if actor is None or not accounts_in_sight(actor).filter(id=account_id).exists():
        return
    progress(0, 3, "Who is who")
    map_stakeholders(profiles([account_id], at=now), actor=actor, now=now)
    progress(1, 3, "Rationale and brief")
    research_accounts([account_id], actor=actor, now=now, anew=True)
    progress(2, 3, "Fact sheets")
    make_fact_sheets(people_to_open_with([account_id]), actor=actor, now=now, anew=True)
    progress(3, 3, "")
