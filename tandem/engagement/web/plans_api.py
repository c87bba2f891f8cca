"""API of sequences, campaigns, people in them, and shared context."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from django.http import HttpRequest
from ninja import Field, Router, Schema

from tandem.access.guard import api
from tandem.accounts.queries.contacts import get_contact
from tandem.compliance.contracts.gate import Mode
from tandem.core.api import Cursor, Limit, Listed, actor_of, listed, moment_of, place, repeatable
from tandem.core.errors import InvalidInput
from tandem.engagement.actions import campaigns, enrolling, replanning, sequences
from tandem.engagement.actions.campaigns import CampaignFields
from tandem.engagement.actions.modes import change_mode
from tandem.engagement.contracts import EnrollmentState
from tandem.engagement.domain.plans import steps_json
from tandem.engagement.queries import campaigns as campaign_queries
from tandem.engagement.queries import sequences as sequence_queries
from tandem.engagement.queries.context import shared_context
from tandem.engagement.queries.experiments import arms_of_campaign
from tandem.engagement.queries.modes import order_of

router = Router(tags=["engagement"])
Why = Field("", max_length=300, description="Kept in the ledger.")


class StepIn(Schema):
    """One touch of a plan."""

    channel: str = Field(description="email, linkedin, sms, whatsapp, phone_manual or voicemail_ai.")
    angle: str = Field(description="opening, new_reason, reminder, case or last_word.")
    wait_days: int = Field(0, description="Working days of the recipient's country after the touch before.")
    conditions: list[str] = Field(default_factory=list, description="Words such as has_phone or in_country:DE+AT.")
    variants: list[str] = Field(default_factory=list, description="Names of texts that are compared.")
    max_words: int | None = Field(None, description="Null: the channel's own limit.")


class NewSequence(Schema):
    """A sequence to make. steps null: five touches to begin with."""

    name: str = Field(max_length=200)
    purpose: str = Field("cold_outreach", description="cold_outreach or existing_customer.")
    steps: list[StepIn] | None = None


class StepsIn(Schema):
    """Steps to keep as the draft."""

    steps: list[StepIn] = Field(max_length=20)
    note: str = Field("", max_length=300)


class VersionOut(Schema):
    """A version. faults : what keeps it from being published, by step (0: the whole)"""

    id: int
    number: int
    steps: list[dict[str, Any]]
    note: str
    published_at: datetime | None
    faults: list[dict[str, Any]]


class SequenceOut(Schema):
    """A sequence with its versions, newest first."""

    id: int
    name: str
    purpose: str
    owner_id: int | None
    campaigns: int
    versions: list[VersionOut]


class CampaignIn(Schema):
    """What is said of a campaign; null: not said."""

    name: str | None = Field(None, max_length=200)
    segment: str | None = Field(None, max_length=200)
    message: str | None = Field(None, max_length=3_000)
    owner_id: int | None = None
    sponsor_id: int | None = Field(None, description="A person with a revenue role who answers for it.")
    arms: dict[str, float] | None = Field(None, description="Share of human, hybrid and autonomous; together 1.")
    value_threshold: Decimal | None = Field(None, description="Accounts worth more need two approvals.")
    new_per_day: int | None = Field(None, description="First touches a day, 1 to 5,000.")


class NewCampaign(CampaignIn):
    """A campaign to make on a published version."""

    version_id: int


class CampaignOut(Schema):
    """A campaign with its figures, of people in sight."""

    id: int
    name: str
    state: str
    mode: str
    segment: str
    owner_id: int | None
    sequence_id: int
    version: int
    people: dict[str, int] = Field(description="By state of enrollment.")
    ahead: int
    sent: int
    waiting: int
    next_at: datetime | None
    stopped: str = Field(description="Why it takes nobody new in; empty: it does.")


class PartOut(Schema):
    """One of the four things before autonomy."""

    key: str
    title: str
    is_ready: bool
    told: str
    address: str


class ModeOut(Schema):
    """Who decides, and what stands."""

    mode: str
    order: list[PartOut]


class ModeIn(Schema):
    """A mode to set."""

    mode: Mode
    why: str = Why


class StateIn(Schema):
    """A state to move to."""

    state: Literal["running", "paused", "ended"]
    why: str = Why


class PeopleIn(Schema):
    """Contacts by number, a prospecting list whose ready accounts are taken, or an account whose map is followed."""

    contact_ids: list[int] = Field(default_factory=list, max_length=10_000)
    list_id: int | None = None
    account_id: int | None = Field(None, description="Up to three people of its map, one after another.")


class EnrolledOut(Schema):
    """What came of it."""

    taken: int
    refused: dict[int, str] = Field(description="Reason by contact.")
    first_at: datetime | None
    last_at: datetime | None


class Counted(Schema):
    """How many things changed."""

    changed: int


class PlanChange(Schema):
    """What is to become of a person's plans in all campaigns."""

    change: Literal["stop", "pause", "resume"]
    state: EnrollmentState = Field(EnrollmentState.WITHDRAWN, description="For stop: how they end.")
    until: datetime | None = Field(None, description="For pause; null: until somebody resumes.")
    why: str = Why


class CompareOut(Schema):
    """An arm with its measures: hits of n, the interval, and what may be said."""

    key: str
    people: int
    reached: int
    measures: list[dict[str, Any]]


class Made(Schema):
    """What was made."""

    id: int


@router.get("/sequences", response=Listed[SequenceOut], summary="Sequences in use")
@api("campaign", "view")
def list_sequences(request: HttpRequest, cursor: Cursor = "", limit: Limit = 50) -> dict[str, Any]:
    """All sequences with their versions."""
    found = sequence_queries.list_sequences(actor_of(request), after_id=place(cursor), limit=limit + 1)
    page = listed(found, limit)
    return {**page, "items": [_sequence(one) for one in page["items"]]}


@router.post("/sequences", response=Made, summary="Make a sequence")
@api("campaign", "edit")
@repeatable
def create_sequence(request: HttpRequest, body: NewSequence) -> dict[str, int]:
    """A sequence with a first draft."""
    steps = None if body.steps is None else [one.dict() for one in body.steps]
    made = sequences.create(
        body.name, purpose=body.purpose, steps=steps, actor=actor_of(request), now=moment_of(request)
    )
    return {"id": made}


@router.get("/sequences/{sequence_id}", response=SequenceOut, summary="One sequence")
@api("campaign", "view")
def get_sequence(request: HttpRequest, sequence_id: int) -> dict[str, Any]:
    """A sequence with all versions and what speaks against each."""
    return _sequence(sequence_queries.get_sequence(actor_of(request), sequence_id))


@router.put("/sequences/{sequence_id}/draft", response=SequenceOut, summary="Keep steps as a sequence's draft")
@api("campaign", "edit")
@repeatable
def save_steps(request: HttpRequest, sequence_id: int, body: StepsIn) -> dict[str, Any]:
    """A published version never changes; the first change makes the next draft."""
    actor = actor_of(request)
    steps = [one.dict() for one in body.steps]
    sequences.save_steps(sequence_id, steps, note=body.note, actor=actor, now=moment_of(request))
    return _sequence(sequence_queries.get_sequence(actor, sequence_id))


@router.post("/sequences/{sequence_id}/publication", response=SequenceOut, summary="Publish a sequence's draft")
@api("campaign", "edit")
@repeatable
def publish(request: HttpRequest, sequence_id: int) -> dict[str, Any]:
    """Campaigns can take it from now on."""
    actor = actor_of(request)
    sequences.publish(sequence_id, actor=actor, now=moment_of(request))
    return _sequence(sequence_queries.get_sequence(actor, sequence_id))


@router.get("/campaigns", response=Listed[CampaignOut], summary="Campaigns in sight")
@api("campaign", "view")
def list_campaigns(
    request: HttpRequest, state: str = "", mode: str = "", cursor: Cursor = "", limit: Limit = 50
) -> dict[str, Any]:
    """Campaigns by id."""
    found = campaign_queries.list_campaigns(
        actor_of(request), state=state, mode=mode, sort="id", after_id=place(cursor), limit=limit + 1
    )
    page = listed(found, limit)
    return {**page, "items": [_campaign(one) for one in page["items"]]}


@router.post("/campaigns", response=Made, summary="Make a campaign")
@api("campaign", "edit")
@repeatable
def create_campaign(request: HttpRequest, body: NewCampaign) -> dict[str, int]:
    """A draft in which a person approves every message."""
    made = campaigns.create(body.version_id, _fields(body), actor=actor_of(request), now=moment_of(request))
    return {"id": made}


@router.get("/campaigns/{campaign_id}", response=CampaignOut, summary="One campaign")
@api("campaign", "view")
def get_campaign(request: HttpRequest, campaign_id: int) -> dict[str, Any]:
    """A campaign with its figures."""
    return _campaign(campaign_queries.get_campaign(actor_of(request), campaign_id))


@router.patch("/campaigns/{campaign_id}", response=CampaignOut, summary="Change a campaign")
@api("campaign", "edit")
@repeatable
def change_campaign(request: HttpRequest, campaign_id: int, body: CampaignIn) -> dict[str, Any]:
    """Only what is said changes."""
    actor = actor_of(request)
    campaigns.change(campaign_id, _fields(body), actor=actor, now=moment_of(request))
    return _campaign(campaign_queries.get_campaign(actor, campaign_id))


@router.put("/campaigns/{campaign_id}/state", response=CampaignOut, summary="Start, pause or end a campaign")
@api("campaign", "edit")
@repeatable
def set_state(request: HttpRequest, campaign_id: int, body: StateIn) -> dict[str, Any]:
    """Paused: nothing more leaves. Ended: plans are withdrawn for good."""
    actor, now = actor_of(request), moment_of(request)
    if body.state == "running":
        campaigns.start(campaign_id, actor=actor, now=now)
    elif body.state == "paused":
        campaigns.pause(campaign_id, why=body.why, actor=actor, now=now)
    else:
        campaigns.end(campaign_id, why=body.why, actor=actor, now=now)
    return _campaign(campaign_queries.get_campaign(actor, campaign_id))


@router.get("/campaigns/{campaign_id}/mode", response=ModeOut, summary="Who decides, and what must stand first")
@api("campaign", "view")
def get_mode(request: HttpRequest, campaign_id: int) -> dict[str, Any]:
    """The mode and the four things that come before autonomy."""
    campaign, row = campaign_queries.campaign_with_figures(actor_of(request), campaign_id)
    return {"mode": row.mode, "order": list(order_of(campaign, now=moment_of(request)).parts)}


@router.put("/campaigns/{campaign_id}/mode", response=Counted, summary="Set who decides about a campaign's messages")
@api("campaign", "edit")
@repeatable
def set_mode(request: HttpRequest, campaign_id: int, body: ModeIn) -> dict[str, int]:
    """Wider only by a person, with a reason, behind the four things; back to approval of each at any time."""
    count = change_mode(campaign_id, body.mode, why=body.why, actor=actor_of(request), now=moment_of(request))
    return {"changed": count}


@router.post("/campaigns/{campaign_id}/enrollments", response=EnrolledOut, summary="Enroll people in a campaign")
@api("campaign", "edit")
@repeatable
def enroll(request: HttpRequest, campaign_id: int, body: PeopleIn) -> dict[str, Any]:
    """Everybody gets the whole plan with due times, or a reason why not."""
    actor, now = actor_of(request), moment_of(request)
    if body.list_id is not None:
        done = enrolling.enroll_list(campaign_id, body.list_id, actor=actor, now=now)
    elif body.account_id is not None:
        done = enrolling.enroll_account(campaign_id, body.account_id, actor=actor, now=now)
    elif body.contact_ids:
        done = enrolling.enroll(campaign_id, body.contact_ids, actor=actor, now=now)
    else:
        raise InvalidInput("Nobody is named.", hint="Give contact_ids, list_id or account_id.")
    return {"taken": done.taken, "refused": done.refused, "first_at": done.first_at, "last_at": done.last_at}


@router.post("/campaigns/{campaign_id}/targets", response=Counted, summary="Choose people for a campaign")
@api("campaign", "edit")
@repeatable
def add_targets(request: HttpRequest, campaign_id: int, body: PeopleIn) -> dict[str, int]:
    """Only a person chooses."""
    count = campaigns.add_targets(campaign_id, body.contact_ids, actor=actor_of(request), now=moment_of(request))
    return {"changed": count}


@router.get("/campaigns/{campaign_id}/arms", response=list[CompareOut], summary="A campaign's arms, side by side")
@api("campaign", "view")
def get_arms(request: HttpRequest, campaign_id: int) -> list[dict[str, Any]]:
    """Shares with Wilson's intervals, differences with Newcombe's."""
    actor = actor_of(request)
    campaign_queries.get_campaign(actor, campaign_id)
    return [
        {
            "key": one.key,
            "people": one.people,
            "reached": one.reached,
            "measures": [
                {"measure": told.measure.value, "hits": told.share.hits, "n": told.share.n, "low": told.share.low,
                 "high": told.share.high, "said": told.said}
                for told in one.compared
            ],
        }
        for one in arms_of_campaign(actor, campaign_id)
    ]  # fmt: skip


@router.get("/contacts/{contact_id}/outreach", summary="What passed with somebody on all channels")
@api("campaign", "view")
def get_context(request: HttpRequest, contact_id: int) -> dict[str, Any]:
    """Touches, replies and colleagues in campaigns, of a contact in sight."""
    get_contact(actor_of(request), contact_id)
    seen = shared_context(contact_id)
    return {
        "contact_id": contact_id,
        "enrollments": [
            {"id": one.id, "campaign_id": one.campaign_id, "campaign": one.campaign, "state": one.state, "why": one.why}
            for one in seen.enrollments
        ],
        "touches": [
            {"id": one.id, "campaign_id": one.campaign_id, "channel": one.channel, "step": one.step,
             "state": one.state, "at": one.at, "why": one.why}
            for one in seen.touches
        ],
        "replies": [
            {"id": one.id, "channel": one.channel, "kind": one.kind, "label": one.label, "at": one.at}
            for one in seen.replies
        ],
        "colleagues": [
            {"contact_id": one.contact_id, "campaign": one.campaign, "state": one.state, "replied_at": one.replied_at}
            for one in seen.colleagues
        ],
    }  # fmt: skip


@router.put("/contacts/{contact_id}/outreach", response=Counted, summary="Stop, pause or resume a person's plans")
@api("campaign", "edit")
@repeatable
def change_plans(request: HttpRequest, contact_id: int, body: PlanChange) -> dict[str, int]:
    """In all campaigns and on all channels, of a contact in sight."""
    actor, now = actor_of(request), moment_of(request)
    get_contact(actor, contact_id)
    if body.change == "stop":
        count = replanning.stop(contact_id, state=body.state, why=body.why, actor=actor, now=now)
    elif body.change == "pause":
        count = replanning.pause(contact_id, until=body.until, why=body.why, actor=actor, now=now)
    else:
        count = replanning.resume(contact_id, why=body.why, actor=actor, now=now)
    return {"changed": count}


def _sequence(one: sequence_queries.SequenceRow) -> dict[str, Any]:
    return {
        "id": one.id,
        "name": one.name,
        "purpose": one.purpose,
        "owner_id": one.owner_id,
        "campaigns": one.campaigns,
        "versions": [
            {
                "id": version.id,
                "number": version.number,
                "steps": steps_json(version.steps),
                "note": version.note,
                "published_at": version.published_at,
                "faults": [
                    {"step": fault.step, "message": fault.message, "hint": fault.hint} for fault in version.faults
                ],
            }
            for version in one.versions
        ],
    }


def _campaign(one: campaign_queries.CampaignRow) -> dict[str, Any]:
    return {
        "id": one.id, "name": one.name, "state": one.state, "mode": one.mode, "segment": one.segment,
        "owner_id": one.owner_id, "sequence_id": one.sequence_id, "version": one.version, "people": dict(one.people),
        "ahead": one.ahead, "sent": one.sent, "waiting": one.waiting, "next_at": one.next_at,
        "stopped": one.stop.why if one.stop else "",
    }  # fmt: skip


def _fields(body: CampaignIn) -> CampaignFields:
    told = body.dict(exclude={"version_id"})
    return CampaignFields(**told)
