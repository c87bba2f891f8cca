"""What follows from a soft no: the plan rests, goes on slower and shorter, and says something else; reversible."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction

from tandem.access.actions import require
from tandem.core import ledger
from tandem.core.actors import Actor
from tandem.core.errors import Conflict, InvalidInput, NotFound
from tandem.core.jobs import Progress
from tandem.engagement.actions.replanning import put_back, slow_down
from tandem.engagement.contracts import MailKind
from tandem.engagement.domain.soft_no import CHANGES, Heard, SoftNo, hear
from tandem.engagement.models import Inbound, SoftNoHeard
from tandem.engagement.queries.sight import enrollments_in_sight
from tandem.engagement.queries.soft_noes import silent_enrollments

SILENT_AT_ONCE = 2_000
WHY = {
    SoftNo.SILENCE: "Three touches without an answer.",
    SoftNo.BRIEF: "A brief acknowledgement, without a question or a wish.",
    SoftNo.SLOWER: "They asked for fewer messages.",
}


def soften(
    enrollment_id: int, heard: Heard, *, actor: Actor, now: datetime, inbound_id: int | None = None
) -> int | None:
    """Slow one plan down by what was heard; returns the id of what stands, None when the same stands already.

    inbound_id : the message it was heard in; None: silence
    Raises NotAllowed without "campaign.edit", NotFound.
    """
    change = CHANGES[heard.kind]
    standing = SoftNoHeard.objects.filter(enrollment_id=enrollment_id, kind=heard.kind.value, taken_back_at=None)
    if standing.exists():
        return None
    try:
        with transaction.atomic():
            done = slow_down(
                enrollment_id, why=WHY[heard.kind], actor=actor, now=now, rest_days=change.rest_days,
                stretch=change.stretch, most_left=change.most_left,
            )  # fmt: skip
            row = SoftNoHeard.objects.create(
                enrollment_id=enrollment_id, kind=heard.kind.value, inbound_id=inbound_id, evidence=heard.evidence,
                before=[one.as_json() for one in done.before], after=[one.as_json() for one in done.after],
                heard_at=now,
            )  # fmt: skip
            ledger.append(
                actor, "engagement.softened", subject=f"enrollment:{enrollment_id}", soft_no=heard.kind.value,
                inbound=inbound_id, touches=len(done.after),
            )  # fmt: skip
    except IntegrityError:
        return None  # somebody heard it at the same moment
    return row.id


def soften_reply(inbound_id: int, *, actor: Actor, now: datetime) -> SoftNo | None:
    """Hear a stored message; slow the plan it answers when it is a soft no. Returns which, None: it is none."""
    row = Inbound.objects.select_related("touch").filter(id=inbound_id).first()
    heard = _heard(row) if row is not None else None
    if row is None or row.touch is None or heard is None:
        return None
    soften(row.touch.enrollment_id or 0, heard, actor=actor, now=now, inbound_id=inbound_id)
    return heard.kind


def is_soft_no(inbound: Inbound) -> bool:
    """Whether a stored message, with its touch, is a soft no to a plan: no absence, no label, by no person's word."""
    is_told = inbound.kind != MailKind.REPLY.value or inbound.labelled_by
    return not is_told and _heard(inbound) is not None


def _heard(row: Inbound) -> Heard | None:
    if row.touch is None or row.touch.enrollment_id is None or row.label:
        return None
    return hear(row.new_text, row.language)


def soften_silent(*, actor: Actor, now: datetime, progress: Progress | None = None) -> int:
    """Slow down every running plan with three touches and no answer; returns how many. Safe to repeat.

    Raises NotAllowed without "campaign.edit".
    """
    require(actor, "campaign.edit")
    silence, changed = Heard(kind=SoftNo.SILENCE, evidence=""), 0
    found = silent_enrollments(SILENT_AT_ONCE)
    for number, enrollment_id in enumerate(found, start=1):
        changed += soften(enrollment_id, silence, actor=actor, now=now) is not None
        if progress is not None:
            progress(number, len(found), "Plans without an answer")
    return changed


def take_back(soft_no_id: int, *, why: str, actor: Actor, now: datetime) -> None:
    """Give the plan the times and touches it had, as far as they have not gone by.

    Raises NotAllowed without "campaign.edit", NotFound out of sight, InvalidInput without a reason, Conflict when it
    was taken back already.
    """
    require(actor, "campaign.edit")
    if not why.strip():
        raise InvalidInput("The reason is empty.", hint="Say why this was no soft no.")
    row = SoftNoHeard.objects.filter(id=soft_no_id, enrollment__in=enrollments_in_sight(actor, "edit")).first()
    if row is None:
        raise NotFound(f"There is no soft no {soft_no_id}.")
    if not _taken_back(row, why.strip(), actor=actor, now=now):
        raise Conflict("It was taken back already.")


def take_back_heard_in(inbound_id: int, *, why: str, actor: Actor, now: datetime) -> None:
    """The same for what was heard in one message; for this room alone, on a person's doing."""
    for row in SoftNoHeard.objects.filter(inbound_id=inbound_id, taken_back_at=None):
        _taken_back(row, why, actor=actor, now=now)


def _taken_back(row: SoftNoHeard, why: str, *, actor: Actor, now: datetime) -> bool:
    with transaction.atomic():
        changed = SoftNoHeard.objects.filter(id=row.id, taken_back_at=None).update(
            taken_back_at=now, taken_back_by=f"{actor.kind.value}:{actor.id}"
        )
        if changed:
            put_back(row.enrollment_id, row.before, why=why, actor=actor, now=now)
            ledger.append(
                actor, "engagement.softening_taken_back", subject=f"enrollment:{row.enrollment_id}", soft_no=row.kind,
                why=why[:300],
            )  # fmt: skip
    return bool(changed)
