"""API of the registries about people: suppression, consent, recording consent, screenings, relationship facts.

Questions about an address are POSTs with a body: addresses do not belong into the addresses that servers write down.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema

from tandem.access.guard import api
from tandem.compliance import actions, queries
from tandem.compliance.contracts import (
    Channel,
    ConsentKind,
    ConsentState,
    DncState,
    Purpose,
    RecordingAnswer,
    RecordingScope,
    RecordingState,
    RelationshipFact,
    RelationshipKind,
    Suppressed,
    SuppressionEntry,
    SuppressionReason,
    SuppressReport,
)
from tandem.compliance.queries import SuppressionFilters, SuppressionRow
from tandem.core.api import Cursor, Limit, Listed, actor_of, listed, moment_of, place, repeatable
from tandem.core.errors import InvalidInput

router = Router()
MOST_ENTRIES, MOST_ADDRESSES = 1_000, 50

Text = Annotated[str, Query(description="An address in any form, a part of one, or a key such as contact:12.",
                            max_length=300)]  # fmt: skip
Addresses = Annotated[list[str], Field(description="All that is known of one person; at most 50.", max_length=50)]
Country = Annotated[str, Field(description="ISO 3166-1 alpha-2 for numbers without +.", max_length=2)]
Short = Annotated[str, Field(max_length=300)]


class Kept(Schema):
    """The id of what was kept."""

    id: int


class NewSuppression(Schema):
    """An address not to be contacted any more."""

    address: str = Field(description="Mail address, number, domain or key like account:12.", max_length=1_000)
    reason: SuppressionReason
    channel: Channel = Channel.ALL
    purpose: Purpose = Purpose.ANY
    country: Country = ""
    evidence: Short = ""
    at: datetime | None = Field(default=None, description="When the person said it; none: now.")
    subject: str = Field(default="", description="Whom it concerns, e.g. contact:12.", max_length=120)


class NewSuppressions(Schema):
    """One or many, in one transaction: good ones hold at once, bad ones come back with their reason."""

    source: str = Field(description="Where they come from.", max_length=200)
    entries: list[NewSuppression] = Field(description="At most 1,000.", max_length=MOST_ENTRIES)


class Asked(Schema):
    """A person, a road and a purpose."""

    addresses: Addresses
    channel: Channel = Channel.ALL
    purpose: Purpose = Purpose.ANY
    country: Country = ""


class Finding(Schema):
    """Whether somebody may not be contacted, and why. `entry` none: nothing speaks against it."""

    is_suppressed: bool
    entry: Suppressed | None = None


class Permission(Schema):
    """What the person gave afterwards."""

    permission: str = Field(description="Where the proof lies.", max_length=300)
    given_at: datetime


@router.get("/suppressions", response=Listed[SuppressionRow], tags=["registries"], summary="Suppressions by id")
@api("suppression", "view")
def list_suppressions(
    request: HttpRequest,
    text: Text = "",
    ended: Annotated[bool, Query(description="Those that have ended instead.")] = False,
    cursor: Cursor = "",
    limit: Limit = 50,
) -> dict[str, Any]:
    """Entries in sight. `address` is empty where only the hash is kept."""
    filters = SuppressionFilters(text=text, superseded=ended)
    rows = queries.list_suppressions_after(actor_of(request), filters, after_id=place(cursor), limit=limit + 1)
    return listed(rows, limit)


@router.post("/suppressions", response=SuppressReport, tags=["registries"], summary="Suppress one address or many")
@api("suppression", "edit")
@repeatable
def suppress(request: HttpRequest, body: NewSuppressions) -> SuppressReport:
    """Takes them out of everything, now and for good; saying it twice changes nothing."""
    entries = [
        SuppressionEntry(
            address=one.address, reason=_allowed(one.reason), channel=one.channel, purpose=one.purpose,
            country=one.country, evidence=one.evidence, at=one.at,
        )
        for one in body.entries
    ]  # fmt: skip
    subjects = [one.subject for one in body.entries]
    return actions.suppress_many(
        entries, source=body.source, actor=actor_of(request), now=moment_of(request), subjects=subjects
    )


@router.post("/suppressions/check", response=Finding, tags=["registries"], summary="Whether somebody is suppressed")
@api("suppression", "view")
def check(request: HttpRequest, body: Asked) -> Finding:
    """The strongest entry over all addresses of one person, their domains and keys. What is no address is refused."""
    entry = queries.is_suppressed(_some(body.addresses), body.channel, purpose=body.purpose, country=body.country)
    return Finding(is_suppressed=entry is not None, entry=entry)


@router.post("/suppressions/{int:suppression_id}/lift", response=SuppressionRow, tags=["registries"],
             summary="End a suppression by a later permission")  # fmt: skip
@api("suppression", "manage")
@repeatable
def lift(request: HttpRequest, suppression_id: int, body: Permission) -> SuppressionRow:
    """The entry stays to be read. One for a legal reason does not end."""
    actor = actor_of(request)
    actions.lift_suppression(
        suppression_id, permission=body.permission, given_at=body.given_at, actor=actor, now=moment_of(request)
    )
    return queries.get_suppression(actor, suppression_id)


class ConsentRow(Schema):
    """A consent. `expires_at` none: no end; `confirmed_at` and `withdrawn_at` none: not so."""

    id: int
    address: str
    subject: str
    consent_kind: ConsentKind
    channel: Channel
    purpose: Purpose
    country: str
    wording: str
    proof: str
    source: str
    given_at: datetime
    counts_from: datetime
    confirmed_at: datetime | None
    expires_at: datetime | None
    withdrawn_at: datetime | None
    withdrawn_how: str


class NewConsent(Schema):
    """What somebody agreed to, with the proof that its kind needs."""

    address: str = Field(description="Mail address or phone number.", max_length=1_000)
    kind: ConsentKind
    channel: Channel
    purpose: Purpose
    wording: str = Field(default="", description="The text that was agreed to, word for word.", max_length=4_000)
    proof: Short
    source: str = Field(max_length=200)
    given_at: datetime
    counts_from: datetime | None = Field(default=None, description="Purchase or inquiry; none: when it was given.")
    confirmed_at: datetime | None = Field(default=None, description="Of a double opt-in; none: not yet.")
    country: Country = ""
    subject: str = Field(default="", max_length=120)


class TakenBack(Schema):
    """Everything somebody agreed to, taken back."""

    addresses: Addresses
    how: str = Field(description="On which road it was said.", max_length=200)
    evidence: Short = ""
    country: Country = ""
    subject: str = Field(default="", max_length=120)


class Ended(Schema):
    """How many consents ended."""

    ended: int


@router.get("/consents", response=Listed[ConsentRow], tags=["registries"], summary="Consents by id")
@api("consent", "view")
def list_consents(request: HttpRequest, text: Text = "", cursor: Cursor = "", limit: Limit = 50) -> dict[str, Any]:
    """Consents in sight, ended ones too."""
    return _about_people("consent", request, text, cursor, limit)


@router.post("/consents", response=Kept, tags=["registries"], summary="Record a consent")
@api("consent", "edit")
@repeatable
def record_consent(request: HttpRequest, body: NewConsent) -> dict[str, int]:
    """Its end follows from its kind. It does not lift a suppression."""
    return {"id": actions.record_consent(**body.dict(), actor=actor_of(request), now=moment_of(request))}


@router.post("/consents/state", response=ConsentState, tags=["registries"], summary="Whether a consent holds")
@api("consent", "view")
def consent_state(request: HttpRequest, body: Asked) -> ConsentState:
    """For one channel and one purpose, now; else what is missing."""
    if body.channel is Channel.ALL or body.purpose is Purpose.ANY:
        raise InvalidInput("A consent is for one channel and one purpose.", hint="Ask for one of each.")
    return queries.consent_state(
        _some(body.addresses), body.channel, body.purpose, now=moment_of(request), country=body.country
    )


@router.post("/consents/revoke", response=Ended, tags=["registries"], summary="Take back all consents of a person")
@api("consent", "edit")
@repeatable
def revoke(request: HttpRequest, body: TakenBack) -> dict[str, int]:
    """Ends every consent of the addresses and suppresses them on every channel."""
    return {"ended": actions.revoke_consent(
        _some(body.addresses), how=body.how, evidence=body.evidence, country=body.country, subject=body.subject,
        actor=actor_of(request), now=moment_of(request),
    )}  # fmt: skip


@router.post("/consents/{int:consent_id}/confirm", response={204: None}, tags=["registries"],
             summary="Confirm a double opt-in")  # fmt: skip
@api("consent", "edit")
@repeatable
def confirm(request: HttpRequest, consent_id: int) -> None:
    """It holds from now on."""
    actions.confirm_consent(consent_id, actor=actor_of(request), now=moment_of(request))


class RecordingRow(Schema):
    """What somebody said about being recorded. `meeting` empty: for all; `expires_at` none: no end."""

    id: int
    address: str
    subject: str
    state: RecordingState
    scope: RecordingScope
    meeting: str
    wording: str
    proof: str
    source: str
    at: datetime
    expires_at: datetime | None


class NewRecording(Schema):
    """An answer to the question whether somebody may be recorded."""

    address: str = Field(max_length=1_000)
    state: RecordingState
    scope: RecordingScope = RecordingScope.RECORDING
    at: datetime
    meeting: str = Field(default="", max_length=120)
    wording: str = Field(default="", description="What the person was told; needed for a yes.", max_length=4_000)
    proof: Short
    source: str = Field(max_length=200)
    country: Country = ""
    subject: str = Field(default="", max_length=120)


class Conversation(Schema):
    """Who is in a conversation: one address of each."""

    addresses: Addresses
    scope: RecordingScope = RecordingScope.RECORDING
    meeting: str = Field(default="", max_length=120)
    country: Country = ""


@router.get("/recording-consents", response=Listed[RecordingRow], tags=["registries"], summary="Recording consents")
@api("consent", "view")
def list_recordings(request: HttpRequest, text: Text = "", cursor: Cursor = "", limit: Limit = 50) -> dict[str, Any]:
    """Answers in sight, by id."""
    return _about_people("recording", request, text, cursor, limit)


@router.post("/recording-consents", response=Kept, tags=["registries"], summary="Record an answer about recording")
@api("consent", "edit")
@repeatable
def record_recording(request: HttpRequest, body: NewRecording) -> dict[str, int]:
    """A yes ends after two years, a no never."""
    return {"id": actions.record_recording_consent(**body.dict(), actor=actor_of(request), now=moment_of(request))}


@router.post("/recording-consents/ask", response=RecordingAnswer, tags=["registries"], summary="Ask for participants")
@api("consent", "view")
def ask_recording(request: HttpRequest, body: Conversation) -> RecordingAnswer:
    """As the strictest says; who has not said is unknown. Ask again when somebody joins."""
    return queries.recording_consent(
        _some(body.addresses), now=moment_of(request), scope=body.scope, meeting=body.meeting, country=body.country
    )


class ScreeningRow(Schema):
    """One look of a number into a do-not-call register."""

    id: int
    address: str
    register_name: str = Field(alias="register")
    is_listed: bool
    screened_at: datetime
    source: str
    evidence: str


class NewScreening(Schema):
    """What a register says of a number."""

    number: str = Field(max_length=40)
    register_name: str = Field(
        alias="register", description="us_national, ca_dncl, uk_tps, uk_ctps, ...", max_length=20
    )
    is_listed: bool
    screened_at: datetime
    source: str = Field(max_length=200)
    evidence: Short = ""
    country: Country = ""
    subject: str = Field(default="", max_length=120)


class Number(Schema):
    """A phone number."""

    number: str = Field(max_length=40)
    country: Country = ""


@router.get(
    "/screenings", response=Listed[ScreeningRow], by_alias=True, tags=["registries"],
    summary="Do-not-call screenings by id",
)  # fmt: skip
@api("consent", "view")
def list_screenings(request: HttpRequest, text: Text = "", cursor: Cursor = "", limit: Limit = 50) -> dict[str, Any]:
    """Screenings in sight."""
    return _about_people("screening", request, text, cursor, limit)


@router.post("/screenings", response=Kept, tags=["registries"], summary="Record a screening")
@api("consent", "manage")
@repeatable
def record_screening(request: HttpRequest, body: NewScreening) -> dict[str, int]:
    """A number looked up in a register."""
    said = body.dict()
    register = said.pop("register_name")
    return {"id": actions.record_screening(
        **said, register=register, actor=actor_of(request), now=moment_of(request)
    )}  # fmt: skip


@router.post("/screenings/state", response=list[DncState], tags=["registries"], summary="Screenings of a number")
@api("consent", "view")
def screening_state(request: HttpRequest, body: Number) -> list[DncState]:
    """The latest in each register, with its age; one that is not fresh counts as none."""
    _some([body.number], country=body.country)
    return list(queries.dnc_states(body.number, now=moment_of(request), country=body.country).values())


class RelationshipRow(Schema):
    """A dated fact about the relationship."""

    id: int
    address: str
    subject: str
    fact: RelationshipKind
    at: datetime
    source: str
    evidence: str


class NewRelationship(Schema):
    """A fact that a rule counts from."""

    address: str = Field(description="Mail address, number, or a key like account:3.", max_length=1_000)
    fact: RelationshipKind
    at: datetime
    source: str = Field(max_length=200)
    evidence: Short
    country: Country = ""
    subject: str = Field(default="", max_length=120)


class Related(Schema):
    """Somebody, by addresses and keys."""

    addresses: Addresses
    subject: str = Field(default="", max_length=120)
    country: Country = ""


@router.get("/relationships", response=Listed[RelationshipRow], tags=["registries"], summary="Relationship facts by id")
@api("consent", "view")
def list_relationships(request: HttpRequest, text: Text = "", cursor: Cursor = "", limit: Limit = 50) -> dict[str, Any]:
    """Facts in sight."""
    return _about_people("relationship", request, text, cursor, limit)


@router.post("/relationships", response=Kept, tags=["registries"], summary="Record a relationship fact")
@api("consent", "edit")
@repeatable
def record_relationship(request: HttpRequest, body: NewRelationship) -> dict[str, int]:
    """A purchase, an inquiry and the like, with where it can be looked up."""
    return {"id": actions.record_relationship(**body.dict(), actor=actor_of(request), now=moment_of(request))}


@router.post("/relationships/facts", response=list[RelationshipFact], tags=["registries"], summary="Facts of somebody")
@api("consent", "view")
def facts_of(request: HttpRequest, body: Related) -> list[RelationshipFact]:
    """The latest of each kind."""
    found = queries.relationship_facts(
        _some(body.addresses, country=body.country), subject=body.subject, now=moment_of(request), country=body.country
    )
    return list(found.values())


def _about_people(name: str, request: HttpRequest, text: str, cursor: str, limit: int) -> dict[str, Any]:
    rows = queries.list_about_people_after(name, actor_of(request), after_id=place(cursor), limit=limit + 1, text=text)
    return listed(rows, limit)


def _some(addresses: Sequence[str], *, country: str | None = None) -> Sequence[str]:
    """The addresses, of which there must be one; with a country all must be readable. Raises InvalidInput."""
    if not addresses:
        raise InvalidInput("No address is given.", hint="Give all that is known of the person.")
    if country is not None and len(queries.read_all(addresses, country=country)) < len(addresses):
        raise InvalidInput("Not everything given is an address.", hint="Give mail addresses, and numbers with +.")
    return addresses


def _allowed(reason: SuppressionReason) -> SuppressionReason:
    if reason is SuppressionReason.ERASED:
        raise InvalidInput("Nobody is erased by suppressing them.", hint="Open a request on the rights desk.")
    return reason
