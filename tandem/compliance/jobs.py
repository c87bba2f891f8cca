"""Background work of compliance: the ledger is checked, anchored and streamed; what a change of rules does is worked
out; requests of people are carried out, and data past their time deleted."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings

from tandem.compliance.actions import anchor_checkpoint, raise_alarms, stream_due, verify_ledger
from tandem.compliance.actions.carrying_out import RUN_TASK, carry_out, release_held
from tandem.compliance.actions.gate import end_lost_claims
from tandem.compliance.actions.packages import remove_past
from tandem.compliance.actions.retention import delete_past
from tandem.compliance.actions.rule_impact import TASK as IMPACT_TASK
from tandem.compliance.actions.rule_impact import work_out_impact
from tandem.core import clock
from tandem.core.actors import built_in_agent
from tandem.core.errors import DataUnreadable, ProviderFailed
from tandem.core.jobs import Interval, Progress, every, task
from tandem.core.nightly import Night, step

ACTOR = built_in_agent("nightly", "worker")
OUTLETS_TASK, VERIFY_TASK = "compliance.serve_outlets", "compliance.verify_ledger"
LOST_TASK = "compliance.end_lost_claims"


@step("compliance.verify", title="Verify the ledger")
def verify(night: Night, progress: Progress) -> None:
    """Recompute the chain and leave a checkpoint; a chain that does not hold fails the step, and the layer says so."""
    found = verify_ledger(actor=ACTOR, folder=settings.CHECKPOINT_DIR, now=clock.now())
    if not found.holds:
        raise DataUnreadable(
            found.sentence,
            hint="Somebody changed the database behind Tandem. Keep the checkpoints, and compare with a backup.",
            code="ledger.broken",
        )


@step("compliance.anchor", title="Anchor the ledger outside", after=("compliance.verify",))
def anchor(night: Night, progress: Progress) -> None:
    """A signed checkpoint to every anchor; one that did not take it fails the step and is tried again by minutes."""
    states = anchor_checkpoint(actor=ACTOR, now=clock.now())
    failed = [f"{state.name}: {state.error}" for state in states if state.error]
    if failed:
        raise ProviderFailed(" ".join(failed), code="ledger.not_anchored")


@step("compliance.alarms", title="Tell what in the registers needs a hand")
def tell_alarms(night: Night, progress: Progress) -> None:
    """Write down what became late, missing or due within 60, 30 or 7 days since the last night."""
    raise_alarms(actor=ACTOR, today=night.day)


@task(VERIFY_TASK)
def verify_now(payload: dict[str, Any], progress: Progress) -> None:
    """What the night does, asked for on the page of the ledger."""
    verify_ledger(actor=ACTOR, folder=settings.CHECKPOINT_DIR, now=clock.now())


@task(OUTLETS_TASK)
def serve_outlets(payload: dict[str, Any], progress: Progress) -> None:
    """Let streams go on, and try anchors again that failed."""
    stream_due(actor=ACTOR, now=clock.now())
    anchor_checkpoint(actor=ACTOR, now=clock.now(), only_due=True)


every(OUTLETS_TASK, OUTLETS_TASK, Interval(60), late_by=timedelta(minutes=5))


@task(IMPACT_TASK, lease_seconds=120)
def rule_impact(payload: dict[str, Any], progress: Progress) -> None:
    """Compare two states of the rules over all contacts."""
    work_out_impact(payload["impact"], now=clock.now(), progress=progress)


@task(RUN_TASK, lease_seconds=600)
def carry_out_request(payload: dict[str, Any], progress: Progress) -> None:
    """Do what is left of a request in every store; after a crash it goes on where it stood."""
    carry_out(payload["request"], now=clock.now(), report=progress)


@step("compliance.retention", title="Delete what is past its time")
def retention(night: Night, progress: Progress) -> None:
    """Deletions whose hold has ended go on, old packages go, and so does what is past its schedule and not held."""
    now = clock.now()
    release_held(now=now)
    remove_past(actor=ACTOR, now=now)
    delete_past(actor=ACTOR, now=now, report=progress)


@task(LOST_TASK)
def end_claims_of_dead_workers(payload: dict[str, Any], progress: Progress) -> None:
    """A message whose worker died between claim and answer waits for a person, and is not sent again by itself."""
    end_lost_claims(actor=ACTOR, now=clock.now())


every(LOST_TASK, LOST_TASK, Interval(60), late_by=timedelta(minutes=5))
