"""Compliance's own kinds of data with an end. The ledger has none: it holds nobody by value; suppressions stay."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Model, Q

from tandem.compliance.contracts.requests import RetainedKind
from tandem.compliance.contracts.retention import Held
from tandem.compliance.contracts.rights import PersonKeys
from tandem.compliance.models import Consent, DncScreening, RecordingConsent, Relationship, RightsRequest
from tandem.compliance.queries.known_people import accounts_among
from tandem.compliance.queries.retention import register_retained
from tandem.core.actors import Actor

BATCH = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistryRows:
    """Rows of a registry that ended before a moment. `past` : columns, of which one that lies before it is enough"""

    kind: RetainedKind
    model: type[Model]
    past: tuple[str, ...]

    def count(self, before: datetime, held: Held) -> tuple[int, int]:
        """(past, held)."""
        past = kept = 0
        for batch in self._batches(before):
            past += len(batch)
            kept += len(batch) - len(_free(batch, held))
        return past, kept

    def delete(self, before: datetime, held: Held, *, actor: Actor, now: datetime) -> int:
        """Batch by batch, each in its own transaction."""
        gone = 0
        for batch in self._batches(before):
            with transaction.atomic():
                gone += self.model._default_manager.filter(id__in=_free(batch, held)).delete()[0]
        return gone

    def _batches(self, before: datetime) -> Iterator[Sequence[tuple[int, str, str]]]:
        """(id, keyed hash, subject) of what is past, in the order of ids."""
        about, last = Q(), 0
        for column in self.past:
            about |= Q(**{f"{column}__lt": before})
        rows = self.model._default_manager.filter(about).order_by("id").values_list("id", "key_hash", "subject")
        while batch := list(rows.filter(id__gt=last)[:BATCH]):
            yield batch
            last = batch[-1][0]


class FinishedRequests:
    """Requests that are over, with what was done for them."""

    kind = RetainedKind(
        name="compliance.requests", title="Requests that are over", counts_from="their end", months=24,
        rule="US-CA-CCPA-002",
    )  # fmt: skip

    def count(self, before: datetime, held: Held) -> tuple[int, int]:
        """(past, held)."""
        rows = list(RightsRequest.objects.filter(finished_at__lt=before).prefetch_related("keys"))
        return len(rows), sum(_is_held(row, held) for row in rows)

    def delete(self, before: datetime, held: Held, *, actor: Actor, now: datetime) -> int:
        """One after the other: there are few."""
        gone = 0
        for row in RightsRequest.objects.filter(finished_at__lt=before).prefetch_related("keys"):
            if not _is_held(row, held):
                row.delete()
                gone += 1
        return gone


def _is_held(row: RightsRequest, held: Held) -> bool:
    subjects: list[str] = row.person.get("subjects", [])
    accounts = accounts_among([PersonKeys(subjects=(one,)) for one in subjects])
    names = {*subjects, *(account for found in accounts for account in found)}
    return any(held.keeps(key_hash=key.key_hash, subjects=names) for key in row.keys.all())


def _free(batch: Sequence[tuple[int, str, str]], held: Held) -> list[int]:
    """Ids of the rows that no hold keeps, neither on the person nor on the person's account."""
    accounts = accounts_among([PersonKeys(subjects=(subject,) if subject else ()) for _, _, subject in batch])
    return [
        row_id
        for (row_id, key_hash, subject), at in zip(batch, accounts, strict=True)
        if not held.keeps(key_hash=key_hash, subjects={subject, *at} - {""})
    ]


def _kind(name: str, title: str, counts_from: str, months: int, rule: str) -> dict[str, Any]:
    return {"kind": RetainedKind(name=name, title=title, counts_from=counts_from, months=months, rule=rule)}


def register_own_retention() -> None:
    """Called at start-up."""
    for retained in (
        RegistryRows(
            **_kind("compliance.consents", "Consents that no longer hold", "withdrawal or end", 60, "REC-KEEP-002"),
            model=Consent, past=("withdrawn_at", "expires_at"),
        ),
        RegistryRows(
            **_kind("compliance.recording", "Recording consents that ended", "their end", 60, "REC-KEEP-002"),
            model=RecordingConsent, past=("expires_at",),
        ),
        RegistryRows(
            **_kind("compliance.screenings", "Do-not-call screenings", "the screening", 60, "REC-KEEP-002"),
            model=DncScreening, past=("screened_at",),
        ),
        RegistryRows(
            **_kind("compliance.relationships", "Facts of the relationship", "the fact", 60, "REC-KEEP-002"),
            model=Relationship, past=("at",),
        ),
        FinishedRequests(),
    ):  # fmt: skip
        register_retained(retained)
