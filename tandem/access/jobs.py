"""Background work of access: once a week, which rights of agents nobody uses."""

from __future__ import annotations

from datetime import time, timedelta
from typing import Any

from django.conf import settings

from tandem.access.actions import report_unused_scopes
from tandem.core import clock
from tandem.core.actors import built_in_agent
from tandem.core.jobs import Progress, Weekly, every, task

REPORT_TASK = "access.report_unused_scopes"
MONDAY, EARLY = 0, time(5, 0)


@task(REPORT_TASK)
def report_unused(payload: dict[str, Any], progress: Progress) -> None:
    """Write the report to the ledger, once a week."""
    with progress.final_write():
        report_unused_scopes(actor=built_in_agent("worker", "worker"), now=clock.now())


every(REPORT_TASK, REPORT_TASK, Weekly(MONDAY, EARLY, settings.TIME_ZONE), late_by=timedelta(days=6))
