"""Writing sequences: made, changed as a draft, published, copied into a next draft, archived."""

from __future__ import annotations

from collections.abc import Sequence as Seq
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from tandem.access.actions import require
from tandem.core import ledger
from tandem.core.actors import Actor
from tandem.core.errors import Conflict, InvalidInput, NotFound
from tandem.engagement.contracts import CampaignState
from tandem.engagement.domain.plans import read_steps, require_sound, steps_json
from tandem.engagement.models import Campaign, Sequence, SequenceVersion
from tandem.engagement.queries.sequences import sequences_in_sight

LONGEST_NAME, LONGEST_NOTE = 120, 300
PURPOSES = ("cold_outreach", "existing_customer")
# Five touches in three weeks: enough to be seen, few enough to be liked.
STARTER: tuple[dict[str, Any], ...] = (
    {"channel": "email", "angle": "opening", "wait_days": 0},
    {"channel": "linkedin", "angle": "new_reason", "wait_days": 2, "conditions": ["has_linkedin"]},
    {"channel": "email", "angle": "case", "wait_days": 3, "conditions": ["no_reply_yet"]},
    {"channel": "phone_manual", "angle": "new_reason", "wait_days": 3, "conditions": ["has_phone", "no_reply_yet"]},
    {"channel": "email", "angle": "last_word", "wait_days": 5, "conditions": ["no_reply_yet"]},
)


def create(
    name: str, *, actor: Actor, now: datetime, purpose: str = "cold_outreach", steps: Seq[Any] | None = None
) -> int:
    """A new sequence with a first draft; returns its id.

    steps : as `domain.plans.read_steps` reads them; None: five touches to begin with
    Raises NotAllowed without "campaign.edit", InvalidInput for a name, purpose or step that can't be, Conflict for a
    name in use.
    """
    require(actor, "campaign.edit")
    name = _clean(name)
    if purpose not in PURPOSES:
        raise InvalidInput(f"{purpose!r:.40} is no purpose.", hint=f"Use one of {', '.join(PURPOSES)}.")
    told = steps_json(read_steps(list(STARTER if steps is None else steps)))
    by = f"{actor.kind.value}:{actor.id}"
    try:
        with transaction.atomic():
            row = Sequence.objects.create(
                name=name, purpose=purpose, owner_id=None if actor.is_agent else actor.id, created_at=now, created_by=by
            )
            SequenceVersion.objects.create(sequence=row, number=1, steps=told, made_at=now, made_by=by)
            ledger.append(actor, "engagement.sequence_created", subject=f"sequence:{row.id}", name=name)
    except IntegrityError as error:
        raise Conflict(f"A sequence “{name}” is in use.", hint="Take another name.", code="sequence.name") from error
    return row.id


def save_steps(sequence_id: int, steps: Seq[Any], *, actor: Actor, now: datetime, note: str = "") -> int:
    """Keep steps as the sequence's draft, whether sound yet or not; returns the version's number.

    A published version never changes: the draft after it is made by the first change.
    Raises NotAllowed, NotFound, InvalidInput for what is no step.
    """
    require(actor, "campaign.edit")
    row = _editable(sequence_id, actor)
    told = steps_json(read_steps(list(steps)))
    by = f"{actor.kind.value}:{actor.id}"
    with transaction.atomic():
        newest = row.versions.order_by("-number").first()
        if newest is not None and newest.published_at is None:
            row.versions.filter(id=newest.id, published_at=None).update(
                steps=told, note=note[:LONGEST_NOTE], made_at=now, made_by=by
            )
            return newest.number
        number = (newest.number if newest else 0) + 1
        SequenceVersion.objects.create(
            sequence=row, number=number, steps=told, note=note[:LONGEST_NOTE], made_at=now, made_by=by
        )
        ledger.append(actor, "engagement.sequence_drafted", subject=f"sequence:{row.id}", version=number)
    return number


def publish(sequence_id: int, *, actor: Actor, now: datetime) -> int:
    """Publish the draft so that campaigns can take it; returns its number. From then on it never changes.

    Raises NotAllowed, NotFound, Conflict without a draft, InvalidInput with all that is wrong with its steps.
    """
    require(actor, "campaign.edit")
    row = _editable(sequence_id, actor)
    draft = row.versions.filter(published_at=None).order_by("-number").first()
    if draft is None:
        raise Conflict(f"“{row.name}” has no draft.", hint="Change its steps first.", code="sequence.no_draft")
    require_sound(read_steps(draft.steps))
    with transaction.atomic():
        if not row.versions.filter(id=draft.id, published_at=None).update(published_at=now):
            raise Conflict("Somebody published it at the same moment.", hint="Open it again.")
        ledger.append(
            actor, "engagement.sequence_published", subject=f"sequence:{row.id}", version=draft.number,
            touches=len(draft.steps),
        )  # fmt: skip
    return draft.number


def archive(sequence_id: int, *, actor: Actor, now: datetime) -> None:
    """Take a sequence out of use. Raises Conflict while a campaign that has not ended runs on it."""
    require(actor, "campaign.edit")
    row = _editable(sequence_id, actor)
    busy = Campaign.objects.filter(version__sequence=row).exclude(state=CampaignState.ENDED).first()
    if busy is not None:
        raise Conflict(f"“{busy.name}” runs on it.", hint="End the campaign first.", code="sequence.in_use")
    with transaction.atomic():
        Sequence.objects.filter(id=row.id, archived_at=None).update(archived_at=now)
        ledger.append(actor, "engagement.sequence_archived", subject=f"sequence:{row.id}")


def _editable(sequence_id: int, actor: Actor) -> Sequence:
    row = sequences_in_sight(actor, "edit").filter(id=sequence_id, archived_at=None).first()
    if row is None:
        raise NotFound(f"There is no sequence {sequence_id} that you can change.", hint="Open the list of sequences.")
    return row


def _clean(name: str) -> str:
    clean = " ".join(name.split())
    if not 0 < len(clean) <= LONGEST_NAME:
        raise InvalidInput("The name is empty or too long.", hint=f"Give it a name of at most {LONGEST_NAME} letters.")
    return clean
