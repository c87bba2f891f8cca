"""What the worker and the night run for engagement. Thin: each calls one action."""

from __future__ import annotations

from datetime import time
from typing import Any

from django.conf import settings

from tandem.core import clock
from tandem.core.actors import built_in_agent
from tandem.core.jobs import Daily, Progress, every, task
from tandem.engagement.actions.guarding import guard_all
from tandem.engagement.actions.recipients import look_at_recipients
from tandem.engagement.actions.sending_domains import check_all

DOMAINS_TASK = "engagement.check_domains"
DOMAINS_AT = time(5, 30)  # local: before anything is due


@task(DOMAINS_TASK, lease_seconds=900)
def check_domains(payload: dict[str, Any], progress: Progress) -> None:
    """Look at the DNS entries of every sending domain, at who receives for whom, and judge reputations anew."""
    now = clock.now()
    check_all(actor=built_in_agent("worker"), now=now)
    look_at_recipients(now=now)
    guard_all(now=now)


every(DOMAINS_TASK, DOMAINS_TASK, Daily(DOMAINS_AT, settings.TIME_ZONE))
