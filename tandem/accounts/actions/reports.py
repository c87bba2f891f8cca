"""Reckonings over all data, kept until the next one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.db import transaction

from tandem.access.actions import require
from tandem.accounts.models import StoredReport
from tandem.accounts.queries import sufficiency
from tandem.core import ledger
from tandem.core.actors import Actor


def refresh_sufficiency(
    *, actor: Actor, now: datetime, progress: Callable[[int, int | None, str], None] | None = None
) -> sufficiency.SufficiencyReport:
    """Measure anew how far the data carry each AI workflow, and keep the result. Raises NotAllowed."""
    require(actor, "source.manage")
    body = sufficiency.measure(now, progress)
    with transaction.atomic():
        StoredReport.objects.update_or_create(key=sufficiency.REPORT, defaults={"computed_at": now, "body": body})
        ledger.append(actor, "accounts.sufficiency_measured", subject="accounts:all", counts=body["counts"])
    return sufficiency.sufficiency()
