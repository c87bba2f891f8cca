"""API of switches: what stands, stopping, the report of a stop, lifting. An agent may stop; it never lifts."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest
from ninja import Field, Router, Schema

from tandem.access.guard import api
from tandem.compliance.actions import switches as actions
from tandem.compliance.contracts.switches import SwitchScope
from tandem.compliance.queries import switches as queries
from tandem.compliance.queries.switches import StopReport, SwitchRow
from tandem.core.api import actor_of, moment_of, repeatable

router = Router(tags=["switches"])


class Switches(Schema):
    """Switches that stand, those thrown last first."""

    items: list[SwitchRow]


class Stop(Schema):
    """What to stop, and why."""

    scope: SwitchScope = Field(SwitchScope.GLOBAL, description="What it stops.")
    key: str = Field("", description="Agent, domain, campaign, place or channel; empty for global.", max_length=253)
    reason: str = Field(description="Why; the ledger keeps it.", max_length=300)


class Why(Schema):
    """Why something may go on."""

    reason: str = Field(description="Why; the ledger keeps it.", max_length=300)


class Stopped(Schema):
    """A switch that stands."""

    id: int = Field(description="Number of the switch.")
    thrown_at: datetime = Field(description="From this moment on nothing it covers is taken for sending.")


@router.get("/switches", response=Switches, summary="What is stopped now")
@api("gate", "view")
def list_switches(request: HttpRequest) -> dict[str, object]:
    """Every switch that stands."""
    return {"items": queries.list_switches(standing=True)}


@router.post("/switches", response=Stopped, summary="Stop everything, or one thing")
@api("gate", "stop")
@repeatable
def throw(request: HttpRequest, body: Stop) -> dict[str, object]:
    """Stop it in every process. While it stands, the same call answers the same switch."""
    pk = actions.throw(
        body.scope, body.key, reason=body.reason, actor=actor_of(request), now=moment_of(request)
    )  # fmt: skip
    return {"id": pk, "thrown_at": queries.get_switch(pk).thrown_at}


@router.get("/switches/{int:switch_id}/report", response=StopReport, summary="What left around a stop")
@api("gate", "view")
def stop_report(request: HttpRequest, switch_id: int) -> StopReport:
    """Claims after the stop (0, or it did not hold), what was under way, and the ledger's entries that show it."""
    return queries.stop_report(switch_id, now=moment_of(request))


@router.post("/switches/{int:switch_id}/lift", response=SwitchRow, summary="Let it go on")
@api("gate", "manage")
@repeatable
def lift(request: HttpRequest, switch_id: int, body: Why) -> SwitchRow:
    """A person of RevOps or compliance lifts it; software never does."""
    actions.lift(switch_id, reason=body.reason, actor=actor_of(request), now=moment_of(request))
    return queries.get_switch(switch_id)
