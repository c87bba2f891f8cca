"""Reads of the registers, and what in them needs a hand: late, soon, missing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Count, Min, Q, QuerySet, Value
from django.utils.timezone import make_aware

from tandem.compliance.contracts import PROOF_LABELS, Alarm, AssessmentDecision, VendorProof
from tandem.compliance.models import (
    AiSystem,
    Assessment,
    Consent,
    DncScreening,
    ProcessingActivity,
    RecordingConsent,
    Relationship,
    Suppression,
    Vendor,
    VendorDocument,
)
from tandem.compliance.queries.keys import known_key_ids
from tandem.compliance.queries.notices import notice_alarms
from tandem.compliance.queries.rights import request_alarms
from tandem.compliance.queries.screening_alarms import screening_alarms
from tandem.compliance.queries.transfer_alarms import transfer_alarms
from tandem.core.errors import NotFound
from tandem.core.words import count

SOON_DAYS = 60
PROOFS_ASKED_FOR = (VendorProof.DPA, VendorProof.SUBPROCESSORS, VendorProof.TRAINING_OPT_OUT, VendorProof.DELETION)
ONE_OF = (VendorProof.SOC2, VendorProof.ISO27001)
REVIEWED: dict[str, Any] = {
    "assessment": Assessment,
    "processing": ProcessingActivity,
    "ai_system": AiSystem,
    "vendor": Vendor,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentRow:
    """A vendor's proof. is_latest : whether it is the one of its kind that counts"""

    proof: str
    reference: str
    issued_on: date
    expires_on: date | None
    is_latest: bool


def list_register(
    register: str,
    *,
    text: str = "",
    ended: bool = False,
    sort: str = "review_on",
    offset: int = 0,
    limit: int | None = 50,
) -> list[Any]:
    """Lines of a register: "assessment", "processing", "ai_system" or "vendor". limit None: all that follow."""
    down, word = sort.startswith("-"), sort.lstrip("-")
    word = word if word in {"name", "review_on"} else "review_on"
    rows = _chosen(register, text=text, ended=ended).order_by(("-" if down else "") + word, "id")
    return list(rows[offset:] if limit is None else rows[offset : offset + limit])


def list_register_after(register: str, *, after_id: int, limit: int, ended: bool = False) -> list[Any]:
    """The same lines by id, from the one after `after_id`: for pages with a cursor."""
    return list(_chosen(register, text="", ended=ended).filter(id__gt=after_id).order_by("id")[:limit])


def count_register(register: str, *, text: str = "", ended: bool = False) -> int:
    """How many lines the list has."""
    return _chosen(register, text=text, ended=ended).count()


def get_entry_of(register: str, entry_id: int) -> Any:
    """One line of a register. Raises NotFound."""
    row = REVIEWED[register].objects.select_related("recorded_by").filter(id=entry_id).first()
    if row is None:
        raise NotFound(f"There is no {register.replace('_', ' ')} {entry_id}.", hint="Look for it in the register.")
    return row


def _chosen(register: str, *, text: str, ended: bool) -> QuerySet[Any]:
    rows: QuerySet[Any] = REVIEWED[register].objects.filter(ended_on__isnull=not ended)
    return rows.filter(name__icontains=text) if text else rows


def documents_of(vendor_id: int) -> Sequence[DocumentRow]:
    """A vendor's proofs, newest first."""
    rows = VendorDocument.objects.filter(vendor=vendor_id).order_by("-issued_on", "-id")
    seen: set[str] = set()
    found = []
    for row in rows:
        found.append(
            DocumentRow(
                proof=PROOF_LABELS[VendorProof(row.proof)],
                reference=row.reference,
                issued_on=row.issued_on,
                expires_on=row.expires_on,
                is_latest=row.proof not in seen,
            )
        )
        seen.add(row.proof)
    return found


def approved_assessments() -> Sequence[tuple[int, str]]:
    """Standing assessments that allow something: (id, name)."""
    rows = Assessment.objects.filter(ended_on=None, decision=AssessmentDecision.APPROVED.value).order_by("name")
    return list(rows.values_list("id", "name"))


def alarms(*, today: date, soon_days: int = SOON_DAYS) -> list[Alarm]:
    """What is late or missing first, then what comes due within `soon_days`. Thirteen queries."""
    until = today + timedelta(days=soon_days)
    found = [
        *_reviews(today, until),
        *_vendor_proofs(today, until),
        *_expiring_consents(today, until),
        *_lost_keys(),
        *request_alarms(today),
        *notice_alarms(make_aware(datetime.combine(today, time.max))),
        *screening_alarms(today),
        *transfer_alarms(today, until),
    ]
    return sorted(found, key=lambda one: (not one.is_late, one.due_on or date.min, one.name))


def _reviews(today: date, until: date) -> Iterator[Alarm]:
    for register, model in REVIEWED.items():
        rows = model.objects.filter(ended_on=None, review_on__lte=until).values_list("id", "name", "review_on")
        for entry_id, name, review_on in rows:
            yield Alarm(
                register=register, id=entry_id, name=name, text="is to be reviewed", due_on=review_on,
                is_late=review_on < today,
            )  # fmt: skip


def _vendor_proofs(today: date, until: date) -> Iterator[Alarm]:
    vendors = Vendor.objects.filter(ended_on=None, sees_personal_data=True).prefetch_related("documents")
    for vendor in vendors.order_by("name"):
        latest: dict[str, VendorDocument] = {}
        for document in sorted(vendor.documents.all(), key=lambda one: (one.issued_on, one.id)):
            latest[document.proof] = document
        missing = [PROOF_LABELS[proof] for proof in PROOFS_ASKED_FOR if proof.value not in latest]
        if not any(proof.value in latest for proof in ONE_OF):
            missing.append("SOC 2 or ISO 27001")
        for word in missing:
            yield Alarm(register="vendor_proof", id=vendor.id, name=vendor.name, due_on=None, is_late=True,
                        text=f"{word} is missing")  # fmt: skip
        for document in latest.values():
            if document.expires_on is not None and document.expires_on <= until:
                yield Alarm(register="vendor_proof", id=vendor.id, name=vendor.name, due_on=document.expires_on,
                            is_late=document.expires_on < today,
                            text=f"{PROOF_LABELS[VendorProof(document.proof)]} ends")  # fmt: skip


def _expiring_consents(today: date, until: date) -> Iterator[Alarm]:
    """One line for all consents that end soon: there may be thousands, and each ends by itself."""
    begin, end = _start_of(today), _start_of(until)
    ending = Consent.objects.filter(withdrawn_at=None, expires_at__gte=begin, expires_at__lt=end)
    found = ending.aggregate(count=Count("id"), first=Min("expires_at"))
    if found["first"] is not None:
        told = count(found["count"], "consent")
        yield Alarm(
            register="consent", id=0, name=told, text="soon to end", due_on=found["first"].date(), is_late=False
        )


def _lost_keys() -> Iterator[Alarm]:
    standing = Suppression.objects.filter(superseded_at=None)
    lost = standing.exclude(key_id__in=known_key_ids()).count()
    if lost:
        yield Alarm(
            register="suppression",
            id=0,
            name=count(lost, "suppression"),
            text="were made with a registry key that is not here: they protect nobody until it is back",
            due_on=None,
            is_late=True,
        )


def _start_of(day: date) -> datetime:
    return make_aware(datetime.combine(day, time.min))


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistryCounts:
    """How much stands in each registry."""

    suppressions: int
    consents: int
    recordings: int
    screenings: int
    relationships: int
    assessments: int
    processing: int
    ai_systems: int
    vendors: int


def count_registries() -> RegistryCounts:
    """Standing entries of each registry. One query."""
    standing = Q(ended_on=None)
    counted: dict[str, QuerySet[Any]] = {
        "suppressions": Suppression.objects.filter(superseded_at=None),
        "consents": Consent.objects.filter(withdrawn_at=None),
        "recordings": RecordingConsent.objects.all(),
        "screenings": DncScreening.objects.all(),
        "relationships": Relationship.objects.all(),
        "assessments": Assessment.objects.filter(standing),
        "processing": ProcessingActivity.objects.filter(standing),
        "ai_systems": AiSystem.objects.filter(standing),
        "vendors": Vendor.objects.filter(standing),
    }
    first, *others = (
        rows.order_by().annotate(registry=Value(name)).values("registry").annotate(entries=Count("pk"))
        for name, rows in counted.items()
    )
    found = {row["registry"]: row["entries"] for row in first.union(*others, all=True)}
    return RegistryCounts(**{name: found.get(name, 0) for name in counted})
