"""Checkpoints out of the house: one signed checkpoint to each anchor, and what came of it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction

from tandem.access.actions import require
from tandem.compliance import queries
from tandem.compliance.actions.ledger import append
from tandem.compliance.actions.proving import sign_checkpoint
from tandem.compliance.connectors.anchors import file, git, mail, webhook
from tandem.compliance.contracts import Checkpoint
from tandem.compliance.contracts.anchors import AnchorDocument, AnchorKind, AnchorState
from tandem.compliance.models import Anchor
from tandem.core import clock
from tandem.core.actors import Actor
from tandem.core.errors import ProviderFailed

FIRST_RETRY, LONGEST_RETRY = timedelta(minutes=15), timedelta(hours=6)
LONGEST_ERROR = 500


def anchor_checkpoint(
    *, actor: Actor, now: datetime, anchor_id: int | None = None, only_due: bool = False
) -> Sequence[AnchorState]:
    """Sign a checkpoint and give it to every anchor that is on; returns how each stands now.

    anchor_id : this one alone, also when it is off; None: all
    only_due : those alone whose last try failed and that are to be tried again by now
    A place that does not take it is tried again after 15 minutes, then 30, at most six hours apart.

    Raises NotAllowed without "ledger.manage", NotFound.
    """
    require(actor, "ledger.manage")
    chosen = [queries.get_anchor(anchor_id)] if anchor_id is not None else queries.list_anchors()
    if anchor_id is None:
        chosen = [one for one in chosen if one.is_on]
    if only_due:
        chosen = [one for one in chosen if one.next_due_at is not None and one.next_due_at <= now]
    if not chosen:
        return []
    checkpoint = sign_checkpoint(actor=actor, now=now)
    for anchor in chosen:
        try:
            kept_as = _keep(anchor, checkpoint, now)
        except ProviderFailed as error:
            _record_failure(anchor, " ".join(filter(None, (error.message, error.hint))), actor=actor)
        else:
            _record_success(anchor, checkpoint, kept_as, actor=actor)
    return [queries.get_anchor(one.id) for one in chosen]


def document_of(checkpoint: Checkpoint) -> AnchorDocument:
    """A checkpoint as anchors get it: name, bytes, one line in words."""
    return AnchorDocument(
        name=f"checkpoint-{checkpoint.number:012}-{checkpoint.at:%Y%m%dT%H%M%S%fZ}.json",
        body=(json.dumps(checkpoint.as_dict(), indent=1) + "\n").encode(),
        title=f"Ledger {checkpoint.installation}: entry {checkpoint.number:,} at {checkpoint.at:%Y-%m-%d %H:%M} UTC",
    )


def _keep(anchor: AnchorState, checkpoint: Checkpoint, now: datetime) -> str:
    document = document_of(checkpoint)
    if anchor.kind is AnchorKind.FILE:
        return file.keep(document, Path(anchor.target))
    if anchor.kind is AnchorKind.GIT:
        return git.keep(document, Path(anchor.target))
    if anchor.kind is AnchorKind.WEBHOOK:
        return webhook.keep(document, anchor.target, secret=queries.webhook_secret(anchor.name), now=now)
    server, sender = settings.SYSTEM_MAIL_URL, settings.SYSTEM_MAIL_FROM
    return mail.keep(document, anchor.target, server=server, sender=sender, now=now)


def _record_success(anchor: AnchorState, checkpoint: Checkpoint, kept_as: str, *, actor: Actor) -> None:
    facts = {"number": checkpoint.number, "hash": checkpoint.hash, "anchor": anchor.name, "kept_as": kept_as}
    with transaction.atomic():
        Anchor.objects.filter(id=anchor.id).update(
            anchored_at=checkpoint.at,
            anchored_number=checkpoint.number,
            kept_as=kept_as[:LONGEST_ERROR],
            error="",
            failures=0,
            next_due_at=None,
        )
        append(actor=actor, action="compliance.checkpoint_anchored", subject=f"anchor:{anchor.id}", facts=facts)


def _record_failure(anchor: AnchorState, error: str, *, actor: Actor) -> None:
    """The first failure in a row is an entry; those that follow only count."""
    wait = min(FIRST_RETRY * 2 ** min(anchor.failures, 10), LONGEST_RETRY)
    with transaction.atomic():
        Anchor.objects.filter(id=anchor.id).update(
            error=error[:LONGEST_ERROR], failures=anchor.failures + 1, next_due_at=clock.now() + wait
        )
        if not anchor.failures:
            facts = {"anchor": anchor.name, "kind": anchor.kind.value}
            append(actor=actor, action="compliance.anchor_failed", subject=f"anchor:{anchor.id}", facts=facts)
