"""Background work of compliance: the ledger is checked every night."""

from __future__ import annotations

from django.conf import settings

from tandem.compliance.actions import verify_ledger
from tandem.core import clock
from tandem.core.actors import built_in_agent
from tandem.core.errors import DataUnreadable
from tandem.core.jobs import Progress
from tandem.core.nightly import Night, step

ACTOR = built_in_agent("nightly", "worker")


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
