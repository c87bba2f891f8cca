"""Background work of the unified model: thin, by name."""

from __future__ import annotations

from typing import Any

from tandem.accounts.actions import assembling, golden, inbox, opting_out, reports, resolving
from tandem.accounts.actions.facts.relinking import relink_activities
from tandem.accounts.actions.rules import ASSEMBLE_TASK
from tandem.accounts.contracts import Entity
from tandem.core import clock
from tandem.core.actors import built_in_agent
from tandem.core.jobs import Progress, task
from tandem.core.nightly import Night, step

ACTOR = built_in_agent("nightly", "worker")


@step("accounts.pull", title="Bring in new files")
def pull(night: Night, progress: Progress) -> None:
    """Import what has come into the inbox folder since the last night; clear away uploads that nobody will import."""
    inbox.sweep_uploads(actor=ACTOR, now=clock.now())
    inbox.import_new_files(actor=ACTOR, now=clock.now(), progress=progress)


@step("accounts.resolve", title="Match records", after=("accounts.pull",))
def resolve(night: Night, progress: Progress) -> None:
    """Match account and contact records that are new."""
    for entity in (Entity.ACCOUNT, Entity.CONTACT):
        resolving.resolve(entity, actor=ACTOR, now=clock.now(), progress=progress)


@step("accounts.assemble", title="Put golden records together", after=("accounts.resolve",))
def assemble(night: Night, progress: Progress) -> None:
    """Put together what changed, then give activities the accounts and people that have become known."""
    assembling.assemble(actor=ACTOR, now=clock.now(), progress=progress)
    relink_activities(now=clock.now(), progress=progress)


@step("accounts.opt_outs", title="Suppress who opted out", after=("accounts.assemble",))
def suppress_opted_out(night: Night, progress: Progress) -> None:
    """Take everybody whom any source says to leave alone into the suppression registry."""
    opting_out.suppress_opted_out(actor=ACTOR, now=clock.now(), progress=progress)
    opting_out.suppress_reported(actor=ACTOR, now=clock.now())


@step("accounts.sufficiency", title="Measure what the data carry", after=("accounts.assemble",))
def measure_sufficiency(night: Night, progress: Progress) -> None:
    """Measure anew how far the data carry each AI workflow."""
    reports.refresh_sufficiency(actor=ACTOR, now=clock.now(), progress=progress)


@task(inbox.IMPORT_TASK, lease_seconds=300, max_tries=3)
def import_file(payload: dict[str, Any], progress: Progress) -> None:
    """Import a file that somebody uploaded."""
    inbox.import_upload(payload, now=clock.now(), progress=progress)


@task(ASSEMBLE_TASK, lease_seconds=300)
def assemble_now(payload: dict[str, Any], progress: Progress) -> None:
    """Put together what a changed rule is about, without waiting for the night."""
    golden.refresh(actor=ACTOR, now=clock.now(), progress=progress)
