"""Runs as a place that holds people: what was asked and answered about somebody is told, erased, and ends in time.

Rows of runs stay for their cost; input, answer, evidence and findings of a run about an erased person go. Where someone
is only mentioned, in a run about their company, the sweep of `accounts` takes their name and addresses out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from tandem.access.actions import require
from tandem.agents.actions.caching import drop_expired
from tandem.agents.models import AgentRun, CachedAnswer, ModelCall
from tandem.compliance.actions.retention import register_retained
from tandem.compliance.actions.stores import register_store
from tandem.compliance.contracts.requests import RetainedKind
from tandem.compliance.contracts.retention import Held
from tandem.compliance.contracts.rights import PersonKeys, StoredItem
from tandem.compliance.queries.known_people import accounts_among
from tandem.core import ledger
from tandem.core.actors import Actor
from tandem.core.scrubbing import scrub_when_done

PERSON = "contact:"
BATCH = 500
ERASED: Mapping[str, Any] = {"input": None, "output": None, "evidence_ids": [], "violations": [], "input_hash": ""}
SCRUBBED = frozenset(str(model._meta.db_table) for model in (AgentRun, CachedAnswer, ModelCall))


class RunsStore:
    """Runs about a person, and answers kept of them."""

    name, title = "agents.runs", "AI tasks about the person"

    def widen(self, person: PersonKeys) -> PersonKeys:
        """Nothing that other stores do not know."""
        return PersonKeys()

    def collect(self, person: PersonKeys) -> Iterator[StoredItem]:
        """Every run about the person that is not erased: what went in, what came out, by which engine."""
        names = ("task", "engine", "state", "input", "output", "evidence_ids", "because")
        for row in _runs(person).filter(erased_at=None).order_by("id"):
            yield StoredItem(
                store=self.name,
                what="AI task",
                key=f"run:{row.pk}",
                at=row.started_at,
                data={name: getattr(row, name) for name in names},
                origin=row.actor_name,
            )

    def correct(
        self, person: PersonKeys, changes: Mapping[str, str], *, request: str, actor: Actor, now: datetime
    ) -> int:
        """A run says what was known then."""
        return 0

    def erase(self, person: PersonKeys, *, request: str, actor: Actor, now: datetime) -> int:
        """Everything but task, engine, cost and day. Raises NotAllowed without "request.manage"."""
        require(actor, "request.manage")
        subjects = _subjects(person)
        if not subjects:
            return 0
        with transaction.atomic():
            gone = CachedAnswer.objects.filter(subject__in=subjects).delete()[0]
            gone += _runs(person).filter(erased_at=None).update(**ERASED, because="", erased_at=now)
            if gone:
                ledger.append(actor, "agents.runs_erased", subject=request, rows=gone)
            scrub_when_done(SCRUBBED)
        return gone


class PastRuns:
    """Runs whose time is over: all of the row goes, its cost stays in the meter."""

    kind = RetainedKind(
        name="agents.runs", title="Runs of AI tasks", counts_from="the run", months=24, rule="EU-GDPR-008"
    )

    def count(self, before: datetime, held: Held) -> tuple[int, int]:
        """(past, held)."""
        past = kept = 0
        for batch in _past(before):
            past += len(batch)
            kept += len(batch) - len(_free(batch, held))
        return past, kept

    def delete(self, before: datetime, held: Held, *, actor: Actor, now: datetime) -> int:
        """Batch by batch, each in its own transaction; answers in the cache that have expired go along."""
        gone = 0
        drop_expired(now=now)
        for batch in _past(before):
            free = _free(batch, held)
            with transaction.atomic():
                ModelCall.objects.filter(run_id__in=free).delete()
                gone += AgentRun.objects.filter(id__in=free).delete()[0]
        return gone


def _subjects(person: PersonKeys) -> list[str]:
    return [subject for subject in person.subjects if subject.startswith(PERSON)]


def _runs(person: PersonKeys) -> QuerySet[AgentRun]:
    numbers = [int(one.removeprefix(PERSON)) for one in _subjects(person) if one.removeprefix(PERSON).isdecimal()]
    return AgentRun.objects.filter(subject_kind="contact", subject_number__in=numbers)


def _past(before: datetime) -> Iterator[list[tuple[int, str]]]:
    """(id, subject) of runs before a moment, in the order of ids."""
    last = 0
    rows = AgentRun.objects.filter(started_at__lt=before).order_by("id").values_list("id", "subject")
    while batch := list(rows.filter(id__gt=last)[:BATCH]):
        yield batch
        last = batch[-1][0]


def _free(batch: list[tuple[int, str]], held: Held) -> list[int]:
    """Ids of the runs that no hold keeps, neither on the subject nor on the person's account."""
    accounts = accounts_among([PersonKeys(subjects=(subject,)) for _, subject in batch])
    return [
        pk
        for (pk, subject), at in zip(batch, accounts, strict=True)
        if not held.keeps(subjects={subject, *at})
    ]  # fmt: skip


def register_stores() -> None:
    """Called at start-up."""
    register_store(RunsStore())
    register_retained(PastRuns())
