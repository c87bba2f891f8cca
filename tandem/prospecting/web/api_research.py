"""API of research: rationale, brief, people and fact sheets, with the words they rest on."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest
from ninja import Field, Router, Schema

from tandem.access.guard import api
from tandem.core.api import actor_of, moment_of, repeatable
from tandem.prospecting.actions.research_nightly import order_research
from tandem.prospecting.queries import research as queries
from tandem.prospecting.queries.research import ClaimView, SectionView, SourceFact
from tandem.prospecting.queries.stakeholders import stakeholder_map

router = Router(tags=["research"])


class SourceOut(Schema):
    """Words of a source."""

    evidence_id: str
    kind: str
    quote: str
    source: str
    url: str
    said_at: datetime | None
    expires_at: datetime | None = Field(description="null: holds until the source says otherwise.")
    is_expired: bool


class ClaimOut(Schema):
    """A statement and the ids of the sources it rests on."""

    text: str
    evidence_ids: list[str]
    is_expired: bool


class SectionOut(Schema):
    """A section; without claims `nothing` says so in words."""

    section: str
    title: str
    claims: list[ClaimOut]
    nothing: str


class RationaleOut(Schema):
    """Why an account fits, or passes."""

    verdict: str = Field(description="fits or pass.")
    text: str
    claims: list[ClaimOut]
    signal_ids: list[str]
    icp_version: int
    engine: str
    run_id: int
    created_at: datetime


class ResearchOut(Schema):
    """Rationale and brief of an account."""

    account_id: int
    name: str
    rationale: RationaleOut | None
    made_at: datetime | None = Field(description="Of the brief; null: none was made.")
    expires_at: datetime | None
    sections: list[SectionOut]
    sources: list[SourceOut]


class RoleOut(Schema):
    """A role's probability."""

    role: str
    share: float


class StakeholderOut(Schema):
    """Somebody's likely part."""

    contact_id: int
    name: str
    title: str
    role: str
    confidence: float
    roles: list[RoleOut]
    evidence: list[str]
    touches: int
    is_confirmed: bool
    may_be_written_to: bool


class PeopleOut(Schema):
    """The people of an account and whom to open with."""

    account_id: int
    motion: str
    opening_contact_id: int | None
    because: str
    plan: list[int] = Field(description="Contact ids in the order of writing.")
    missing: list[str] = Field(description="Roles that nobody fills.")
    threads: int
    is_single_threaded: bool
    people: list[StakeholderOut]


class FactSheetOut(Schema):
    """What is known of a person."""

    contact_id: int
    name: str
    made_at: datetime | None = Field(description="null: there is no fact sheet, and nothing may be drafted.")
    expires_at: datetime | None
    left_out: int = Field(description="Pieces kept out as private.")
    sections: list[SectionOut]
    sources: list[SourceOut]


class OrderedOut(Schema):
    """A job of the worker."""

    job: int


@router.get(
    "/prospecting/accounts/{int:account_id}/research", response=ResearchOut, summary="Rationale and brief of an account"
)
@api("prospect", "view")
def get_research(request: HttpRequest, account_id: int) -> ResearchOut:
    """Every claim with the ids of its sources; the sources word for word."""
    found = queries.account_research(actor_of(request), account_id)
    told, brief = found.rationale, found.brief
    rationale = None
    if told is not None:
        rationale = RationaleOut(
            verdict=told.verdict.value, text=told.text, claims=[_claim(one) for one in told.claims],
            signal_ids=list(told.signal_ids), icp_version=told.icp_version, engine=told.engine, run_id=told.run_id,
            created_at=told.created_at,
        )  # fmt: skip
    return ResearchOut(
        account_id=account_id,
        name=found.name,
        rationale=rationale,
        made_at=brief.made_at if brief else None,
        expires_at=brief.expires_at if brief else None,
        sections=[_section(one) for one in brief.sections] if brief else [],
        sources=[_source(one) for one in found.sources],
    )


@router.post("/prospecting/accounts/{int:account_id}/research", response=OrderedOut, summary="Research an account anew")
@api("prospect", "edit")
@repeatable
def order(request: HttpRequest, account_id: int) -> OrderedOut:
    """Have rationale, brief, people and fact sheets made anew by the worker."""
    return OrderedOut(job=order_research(account_id, actor=actor_of(request), now=moment_of(request)))


@router.get("/prospecting/accounts/{int:account_id}/people", response=PeopleOut, summary="Stakeholders of an account")
@api("prospect", "view")
def get_people(request: HttpRequest, account_id: int) -> PeopleOut:
    """Roles with their probabilities, the opening contact, the plan and the gaps."""
    found = stakeholder_map(actor_of(request), account_id)
    return PeopleOut(
        account_id=account_id,
        motion=found.motion,
        opening_contact_id=found.opening.contact_id if found.opening else None,
        because=found.because,
        plan=[step.contact_id for step in found.plan],
        missing=[role for role, _ in found.missing],
        threads=found.threads,
        is_single_threaded=found.is_single_threaded,
        people=[
            StakeholderOut(
                contact_id=one.contact_id, name=one.name, title=one.title, role=one.role.value,
                confidence=one.confidence, roles=[RoleOut(role=role, share=share) for role, share in one.roles],
                evidence=[clue.because for clue in one.clues], touches=one.touches, is_confirmed=one.is_confirmed,
                may_be_written_to=one.may_be_written_to,
            )
            for one in found.people
        ],
    )  # fmt: skip


@router.get("/prospecting/contacts/{int:contact_id}/facts", response=FactSheetOut, summary="Fact sheet of a person")
@api("prospect", "view")
def get_facts(request: HttpRequest, contact_id: int) -> FactSheetOut:
    """From professional sources only."""
    found = queries.person_research(actor_of(request), contact_id)
    sheet = found.sheet
    return FactSheetOut(
        contact_id=contact_id,
        name=found.name,
        made_at=sheet.made_at if sheet else None,
        expires_at=sheet.expires_at if sheet else None,
        left_out=sheet.left_out if sheet else 0,
        sections=[_section(one) for one in sheet.sections] if sheet else [],
        sources=[_source(one) for one in found.sources],
    )


def _claim(one: ClaimView) -> ClaimOut:
    return ClaimOut(text=one.text, evidence_ids=list(one.evidence_ids), is_expired=one.is_expired)


def _section(one: SectionView) -> SectionOut:
    return SectionOut(
        section=one.section, title=one.title, claims=[_claim(told) for told in one.claims], nothing=one.nothing
    )


def _source(one: SourceFact) -> SourceOut:
    return SourceOut(
        evidence_id=one.evidence_id, kind=one.kind, quote=one.quote, source=one.source, url=one.url,
        said_at=one.said_at, expires_at=one.expires_at, is_expired=one.is_expired,
    )  # fmt: skip
