"""API of sending domains: their state, checks, pausing."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.http import HttpRequest
from ninja import Field, Router, Schema

from tandem.access.guard import api
from tandem.core.api import actor_of, moment_of, repeatable
from tandem.engagement.actions import sending_domains as actions
from tandem.engagement.queries import sending_domains as queries
from tandem.engagement.queries.sending_domains import DomainState

router = Router(tags=["engagement"])


class ProviderOut(Schema):
    """How one provider takes the domain's mail over 30 days."""

    provider: str = Field(description="Key of the provider; other: its own server; empty: not known yet.")
    sent: int
    bounced_hard: int
    complained: int
    health: str = Field(description="fine, slow or stop.")


class DomainOut(Schema):
    """A sending domain as it stands now."""

    id: int
    name: str
    purpose: str = Field(description="primary or outreach.")
    state: str = Field(description="ready, ramp, not_started, slowed, unsound or paused.")
    why: str = Field(description="Why nothing or nothing more may leave; empty: it may.")
    limit: int = Field(description="Messages of today.")
    sent: int = Field(description="Messages that left today.")
    left: int = Field(description="Messages that may still leave today.")
    ramp_step: int | None = Field(description="Working days climbed, of 20. Null: a primary domain.")
    ramp_started_on: date | None
    is_sound: bool
    checked_at: datetime | None
    health: str = Field(description="fine, slow or stop, over all providers.")
    providers: list[ProviderOut]


class Domains(Schema):
    """All sending domains by name."""

    items: list[DomainOut]


class Checked(Schema):
    """What a check found."""

    verdict: str = Field(description="sound, unsound or undecided.")
    findings: list[dict[str, Any]] = Field(description="Topic, rule, level, text, source, remedy and record of each.")


class Reason(Schema):
    """Why."""

    reason: str = Field(description="Kept in the ledger.", max_length=300)


def _told(one: DomainState) -> dict[str, object]:
    ramp = one.today.ramp
    return {
        "id": one.domain.id,
        "name": one.domain.name,
        "purpose": one.domain.purpose,
        "state": one.state,
        "why": one.today.why_not,
        "limit": one.today.limit,
        "sent": one.today.sent,
        "left": one.today.left,
        "ramp_step": None if ramp is None else ramp.step,
        "ramp_started_on": one.domain.ramp_started_on,
        "is_sound": one.domain.is_sound,
        "checked_at": one.domain.checked_at,
        "health": one.verdict.level.value,
        "providers": [
            {
                "provider": part.key,
                "sent": part.counts.sent,
                "bounced_hard": part.counts.bounced_hard,
                "complained": part.counts.complained,
                "health": part.verdict.level.value,
            }
            for part in one.providers
        ],
    }


@router.get("/sending-domains", response=Domains, summary="Sending domains and what is left of today")
@api("sender", "view")
def list_domains(request: HttpRequest) -> dict[str, object]:
    """Every domain with its ramp and health."""
    return {"items": [_told(one) for one in queries.list_domains(now=moment_of(request))]}


@router.get("/sending-domains/{domain_id}", response=DomainOut, summary="One sending domain")
@api("sender", "view")
def get_domain(request: HttpRequest, domain_id: int) -> dict[str, object]:
    """One domain with its ramp and health."""
    return _told(queries.get_domain(domain_id, now=moment_of(request)))


@router.post("/sending-domains/{domain_id}/check", response=Checked, summary="Check a domain's DNS entries now")
@api("sender", "manage")
@repeatable
def check(request: HttpRequest, domain_id: int) -> dict[str, object]:
    """Look at its DNS entries; what is found decides whether anything may leave from it."""
    report = actions.check_domain(domain_id, actor=actor_of(request), now=moment_of(request))
    return {"verdict": report.verdict.value, "findings": [one.as_dict() for one in report.findings]}


@router.post("/sending-domains/{domain_id}/pause", response=DomainOut, summary="Let nothing leave from a domain")
@api("sender", "manage")
@repeatable
def pause(request: HttpRequest, domain_id: int, body: Reason) -> dict[str, object]:
    """It stays paused until somebody resumes it."""
    now = moment_of(request)
    actions.pause_domain(domain_id, reason=body.reason, actor=actor_of(request), now=now)
    return _told(queries.get_domain(domain_id, now=now))


@router.post("/sending-domains/{domain_id}/resume", response=DomainOut, summary="Let a paused domain go on")
@api("sender", "manage")
@repeatable
def resume(request: HttpRequest, domain_id: int, body: Reason) -> dict[str, object]:
    """It goes on at half its volume for a week, and is judged from today on."""
    now = moment_of(request)
    actions.resume_domain(domain_id, reason=body.reason, actor=actor_of(request), now=now)
    return _told(queries.get_domain(domain_id, now=now))
