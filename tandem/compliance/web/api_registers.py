"""API of the registers: assessments, processing, AI systems, vendors with their proofs and checklist."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema

from tandem.access.guard import api
from tandem.compliance import actions, queries
from tandem.compliance.contracts import AssessmentDecision, CheckLine, LegalBasis, RiskClass, VendorProof
from tandem.compliance.queries import DocumentRow
from tandem.compliance.web.api_registries import Kept
from tandem.core.api import Cursor, Limit, Listed, actor_of, listed, moment_of, place, repeatable
from tandem.core.errors import NotFound

router = Router()
# The part of the address to the register's own word.
SLUGS = {"assessments": "assessment", "processing": "processing", "ai-systems": "ai_system", "vendors": "vendor"}

Ended = Annotated[bool, Query(description="Lines that have ended instead.")]
Name = Annotated[str, Field(max_length=200)]
Long = Annotated[str, Field(max_length=4_000)]


class Line(Schema):
    """What lines of all registers have. `ended_on` none: it holds."""

    id: int
    name: str
    review_on: date
    ended_on: date | None


class AssessmentRow(Line):
    """A legitimate-interest assessment."""

    purpose: str
    necessity: str
    balancing: str
    decision: AssessmentDecision
    approver: str
    decided_on: date


class NewAssessment(Schema):
    """The three tests of a legitimate interest."""

    name: Name
    purpose: Long
    necessity: Long
    balancing: Long
    decision: AssessmentDecision
    approver: Name
    decided_on: date
    review_on: date


class ProcessingRow(Line):
    """A line of the register of processing. `assessment_id` none: it rests on no interest."""

    purpose: str
    basis: LegalBasis
    people: str
    data: str
    recipients: str
    transfers: str
    retention: str
    measures: str
    assessment_id: int | None


class NewProcessing(Schema):
    """What is done with personal data: GDPR Article 30."""

    name: Name
    purpose: Long
    basis: LegalBasis
    people: Long
    data: Long
    recipients: Long
    retention: Long
    measures: Long
    review_on: date
    transfers: Long = ""
    assessment_id: int | None = None


class AiSystemRow(Line):
    """An AI system at work in a workflow."""

    workflow: str
    provider: str
    risk: RiskClass
    why: str
    oversight: str
    disclosure: str
    is_in_use: bool


class NewAiSystem(Schema):
    """An AI system with its class under the EU AI Act."""

    name: Name
    workflow: str = Field(max_length=100)
    provider: Name
    risk: RiskClass
    why: Long
    review_on: date
    oversight: Long = ""
    disclosure: Long = ""
    is_in_use: bool = True


class VendorRow(Line):
    """Somebody outside who sees data."""

    service: str
    regions: str
    sees_personal_data: bool


class NewVendor(Schema):
    """Somebody outside who sees data; the proofs follow."""

    name: Name
    service: str = Field(max_length=300)
    regions: str = Field(max_length=100)
    review_on: date
    sees_personal_data: bool = True


class NewDocument(Schema):
    """A vendor's proof. `expires_on` none: no end."""

    proof: VendorProof
    reference: str = Field(description="Where it lies.", max_length=300)
    issued_on: date
    expires_on: date | None = None


class Reason(Schema):
    """Why a line ends."""

    reason: str = Field(description="Kept in the ledger.", max_length=300)


def _add_register(slug: str, row: type[Line], new: type[Schema], add: Any, summary: str) -> None:
    """Routes that list a register and add to it."""
    word = SLUGS[slug]

    @router.get(f"/registers/{slug}", response=Listed[row], tags=["registers"], summary=summary,  # type: ignore[valid-type]
                operation_id=f"list_{word}")  # fmt: skip
    @api("register", "view")
    def list_lines(
        request: HttpRequest, ended: Ended = False, cursor: Cursor = "", limit: Limit = 50
    ) -> dict[str, Any]:
        """Lines that hold, by id."""
        return listed(queries.list_register_after(word, after_id=place(cursor), limit=limit + 1, ended=ended), limit)

    def enter(request: HttpRequest, body: Any) -> dict[str, int]:
        """A line of the register. To change one, end it and enter it anew."""
        return {"id": add(**body.dict(), actor=actor_of(request), now=moment_of(request))}

    enter.__annotations__ = {"request": HttpRequest, "body": new, "return": dict[str, int]}
    router.post(f"/registers/{slug}", response=Kept, tags=["registers"], summary=f"Add to: {summary.lower()}",
                operation_id=f"add_{word}")(api("register", "manage")(repeatable(enter)))  # fmt: skip


_add_register("assessments", AssessmentRow, NewAssessment, actions.add_assessment, "Legitimate-interest assessments")
_add_register("processing", ProcessingRow, NewProcessing, actions.add_processing, "Register of processing")
_add_register("ai-systems", AiSystemRow, NewAiSystem, actions.add_ai_system, "AI systems")
_add_register("vendors", VendorRow, NewVendor, actions.add_vendor, "Vendors")


@router.post("/registers/{slug}/{int:entry_id}/end", response={204: None}, tags=["registers"], summary="End a line")
@api("register", "manage")
@repeatable
def end_line(request: HttpRequest, slug: str, entry_id: int, body: Reason) -> None:
    """It ends today and stays to be read."""
    if slug not in SLUGS:
        raise NotFound(f"There is no register {slug!r}.", hint=f"Known: {', '.join(SLUGS)}.")
    actions.end_entry(SLUGS[slug], entry_id, reason=body.reason, actor=actor_of(request), now=moment_of(request))


@router.get("/registers/vendors/{int:vendor_id}/documents", response=list[DocumentRow], tags=["registers"],
            summary="Proofs of a vendor")  # fmt: skip
@api("register", "view")
def list_documents(request: HttpRequest, vendor_id: int) -> list[DocumentRow]:
    """Newest first; of each kind the latest counts."""
    return list(queries.documents_of(queries.get_entry_of("vendor", vendor_id).id))


@router.post("/registers/vendors/{int:vendor_id}/documents", response=Kept, tags=["registers"],
             summary="Keep a vendor's proof")  # fmt: skip
@api("register", "manage")
@repeatable
def add_document(request: HttpRequest, vendor_id: int, body: NewDocument) -> dict[str, int]:
    """Evidence for a line of the checklist."""
    said = body.dict()
    return {"id": actions.add_vendor_document(vendor_id, **said, actor=actor_of(request), now=moment_of(request))}


@router.get("/registers/vendors/{int:vendor_id}/checklist", response=list[CheckLine], tags=["registers"],
            summary="Checklist of a vendor, with its gaps")  # fmt: skip
@api("register", "view")
def vendor_checklist(request: HttpRequest, vendor_id: int) -> list[CheckLine]:
    """What its contract and its proofs say, and what is missing."""
    vendor = queries.get_entry_of("vendor", vendor_id)
    return list(queries.vendor_checklist(vendor.id, today=moment_of(request).date()))
