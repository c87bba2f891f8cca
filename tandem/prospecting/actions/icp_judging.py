"""Judging a profile by deals that ended: asked for by a person, done by a worker, kept for the page."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from tandem.access.actions import require
from tandem.core import jobs, ledger
from tandem.core.actors import Actor
from tandem.core.jobs import Progress
from tandem.prospecting.models import RankingReport
from tandem.prospecting.queries.icp import get_version
from tandem.prospecting.queries.icp_outcomes import judge_icp, meeting_effect
from tandem.prospecting.queries.reports import icp_key

TASK = "prospecting.judge_icp"


def ask_judgement(number: int, *, actor: Actor, now: datetime) -> int:
    """Have a version judged by ended deals; returns the job's id. Asking again within a minute is the same question.

    Raises NotAllowed without "prospect.edit", NotFound for an unknown version.
    """
    require(actor, "prospect.edit")
    get_version(number)
    with transaction.atomic():
        job = jobs.enqueue(TASK, {"number": number}, unique_key=f"judge-icp:{number}:{now:%Y%m%d%H%M}")
        ledger.append(actor, "prospecting.icp_judgement_asked", subject=f"icp:{number}")
    return job


def judge(number: int, *, now: datetime, progress: Progress) -> None:
    """Work it out and keep it; a version that is gone meanwhile leaves nothing."""
    version = get_version(number)
    body = judge_icp(version, now=now, progress=progress)
    if version.published_at is not None:
        body["effect"] = meeting_effect(version, now=now).as_dict()
    with progress.final_write():
        RankingReport.objects.update_or_create(key=icp_key(number), defaults={"computed_at": now, "body": body})
