"""Writes of the division of work."""

from __future__ import annotations

import re
from datetime import datetime

from django.db import transaction

from tandem.access.actions import require
from tandem.access.actions.checks import require_reason
from tandem.agents.domain.work import WorkOwner
from tandem.agents.models import WorkDivision
from tandem.agents.queries.work_division import work_kinds
from tandem.core import ledger
from tandem.core.actors import Actor
from tandem.core.errors import InvalidInput, NotAllowed

KIND = re.compile(r"[a-z_]+(?:\.[a-z_]+)?")


def give(kind: str, owner: WorkOwner, *, why: str, actor: Actor, now: datetime, title: str = "") -> None:
    """Give a kind of work to software or to people; a kind that is not known yet is added.

    kind : a kind of work, or the name of an AI task that is to be divided otherwise than its kind
    title : needed for a new kind only

    Raises NotAllowed without "task.manage" and for agents: software does not widen what it may do. InvalidInput for a
    bad word, a new kind without a title, or no reason.
    """
    require(actor, "task.manage")
    if actor.is_agent:
        raise NotAllowed("Only people divide the work.", hint="RevOps does it under AI, Work.")
    reason = require_reason(why)[:300]
    if not KIND.fullmatch(kind) or len(kind) > 80:
        raise InvalidInput(f"{kind!r} is no word for work.", hint="Use small letters and underscores.")
    known = work_kinds().get(kind)
    told = (known.title if known else title).strip()[:120]
    if not told:
        raise InvalidInput("The new kind of work has no title.", hint="Say in a few words what it is.")
    with transaction.atomic():
        WorkDivision.objects.update_or_create(
            kind=kind,
            defaults={
                "title": told, "owner": owner.value, "why": reason, "changed_by_id": actor.id, "changed_at": now,
            },
        )  # fmt: skip
        ledger.append(
            actor, "agents.work_divided", subject=f"work:{kind}", owner=owner.value,
            before=known.owner.value if known else None,
        )  # fmt: skip
