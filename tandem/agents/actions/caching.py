"""Answers to questions that were asked before in the same words: found by content, held to the guards anew."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from pydantic import BaseModel, ValidationError

from tandem.agents.actions.setting import Setting
from tandem.agents.contracts import RunRequest
from tandem.agents.domain.canonical import as_json, canonical, content_hash
from tandem.agents.domain.guards import check
from tandem.agents.domain.routing import Endpoint
from tandem.agents.models import CachedAnswer

KEPT = timedelta(days=30)  # facts about companies are older than that soon enough


def key_of(setting: Setting, request: RunRequest[Any], endpoint: Endpoint) -> str:
    """The hash of everything an answer depends on: task, prompt, engine, schema and input, and whom it is about."""
    return content_hash(
        setting.task.name, setting.prompt.hash, endpoint.engine, canonical(dict(setting.schema)), request.subject,
        canonical(as_json(request.input)),
    )  # fmt: skip


def kept_answer(setting: Setting, request: RunRequest[Any], endpoint: Endpoint) -> BaseModel | None:
    """An earlier answer that still keeps the guards; None: there is none. One query."""
    key = key_of(setting, request, endpoint)
    row = CachedAnswer.objects.filter(key=key, expires_at__gt=setting.now).first()
    if row is None:
        return None
    try:
        output = setting.task.output_type.model_validate(row.output)
    except ValidationError:
        return None
    return None if check(setting.task, request.input, output) else output


def keep_answer(setting: Setting, request: RunRequest[Any], endpoint: Endpoint, output: BaseModel) -> None:
    """Remember an answer for 30 days; a newer one takes its place."""
    now = setting.now
    with transaction.atomic():
        CachedAnswer.objects.update_or_create(
            key=key_of(setting, request, endpoint),
            defaults={
                "task": setting.task.name, "subject": request.subject, "engine": endpoint.engine,
                "output": as_json(output), "created_at": now, "expires_at": now + KEPT,
            },
        )  # fmt: skip


def drop_expired(*, now: datetime) -> int:
    """Delete what may not be used any more; returns how many went."""
    return CachedAnswer.objects.filter(expires_at__lte=now).delete()[0]
