"""Writes of the ideal customer profile: propose, draft, publish. What was live is never changed, only replaced."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from tandem.access.actions import require
from tandem.core import ledger
from tandem.core.actors import Actor
from tandem.core.errors import Conflict, NotFound
from tandem.intent.queries.latest import latest_scores
from tandem.prospecting.domain.icp import hash_of, read_icp, valid_until
from tandem.prospecting.domain.icp_proposal import propose
from tandem.prospecting.models import IcpVersion
from tandem.prospecting.models.ranking import DRAFT, LIVE, RETIRED
from tandem.prospecting.queries import own_history

LONGEST_NOTE = 300
MOST_KINDS = 20


def propose_icp(actor: Actor, now: datetime) -> int:
    """Make a draft out of the company's own won deals up to now; returns its number. A draft there is replaced.

    Raises NotAllowed without "prospect.manage".
    """
    require(actor, "prospect.manage")
    body = proposed_body(now)
    return save_draft(body, note="Proposed by Tandem from own won deals.", actor=actor, now=now)


def proposed_body(at: datetime) -> dict[str, Any]:
    """The document that deals up to a moment propose; nothing after it counts but the names of intent's kinds.

    Nothing is stored.
    """
    currency, deals = own_history.won_deals(at)
    return propose(
        own_history.tried_accounts(at),
        deals,
        own_history.won_people(at),
        currency=currency,
        kinds=_kinds_seen(),
    )


def save_draft(body: Mapping[str, Any], *, note: str, actor: Actor, now: datetime) -> int:
    """Keep a draft; returns its number. There is one draft at a time: saving again changes it.

    Raises NotAllowed without "prospect.manage", InvalidInput when the document breaks its schema; nothing is kept then.
    """
    require(actor, "prospect.manage")
    read_icp(body)
    kept = {"body": dict(body), "hash": hash_of(body), "note": note.strip()[:LONGEST_NOTE]}
    who = {"author_id": 0 if actor.is_agent else actor.id, "author_name": actor.name, "created_at": now}
    with transaction.atomic():
        changed = IcpVersion.objects.filter(state=DRAFT).update(**kept, **who)
        if changed:
            number = int(IcpVersion.objects.values_list("number", flat=True).get(state=DRAFT))
        else:
            last = IcpVersion.objects.aggregate(last=Max("number"))["last"] or 0
            number = IcpVersion.objects.create(number=last + 1, state=DRAFT, **kept, **who).number
        ledger.append(actor, "prospecting.icp_drafted", subject=f"icp:{number}", hash=kept["hash"], note=kept["note"])
    return number


def discard_draft(actor: Actor) -> None:
    """Throw the draft away. Raises NotAllowed, NotFound when there is none."""
    require(actor, "prospect.manage")
    with transaction.atomic():
        number = IcpVersion.objects.filter(state=DRAFT).values_list("number", flat=True).first()
        if number is None:
            raise _no_draft()
        IcpVersion.objects.filter(state=DRAFT).delete()
        ledger.append(actor, "prospecting.icp_discarded", subject=f"icp:{number}")


def publish(number: int, *, actor: Actor, now: datetime, note: str = "") -> int:
    """Put the draft in force for a quarter, from now on; the version before it is retired. Returns the number.

    The ranking follows with the next night, or when somebody asks for it.

    Raises NotAllowed without "prospect.manage", NotFound when there is no such draft, Conflict when it says word for
    word what is in force and that has not run out (nothing would change; publish again only to confirm a quarter).
    """
    require(actor, "prospect.manage")
    found = IcpVersion.objects.filter(number=number, state=DRAFT).first()
    if found is None:
        raise _no_draft(number)
    read_icp(found.body, version=number)
    today = timezone.localtime(now).date()
    live = IcpVersion.objects.filter(state=LIVE).first()
    if live is not None and live.hash == found.hash and live.valid_until is not None and live.valid_until >= today:
        raise Conflict(
            f"Version {live.number} is in force and says the same.",
            hint="Change something, or confirm it when its quarter has run out.",
        )
    with transaction.atomic():
        IcpVersion.objects.filter(state=LIVE).update(state=RETIRED, retired_at=now)
        changed = IcpVersion.objects.filter(number=number, state=DRAFT, hash=found.hash).update(
            state=LIVE,
            published_at=now,
            published_by=actor.name,
            valid_until=valid_until(today),
            note=(note.strip() or found.note)[:LONGEST_NOTE],
        )
        if not changed:
            raise Conflict("The draft was changed meanwhile.", hint="Open it again and look at what is new.")
        ledger.append(
            actor, "prospecting.icp_published", subject=f"icp:{number}", hash=found.hash,
            replaces=live.number if live else None, valid_until=valid_until(today).isoformat(),
        )  # fmt: skip
    return number


def confirm(*, actor: Actor, now: datetime, note: str) -> int:
    """Say that what is in force still holds: a new version with the same words and a new quarter. Returns its number.

    Raises NotAllowed, NotFound when nothing is in force, Conflict when its quarter has not run out.
    """
    require(actor, "prospect.manage")
    live = IcpVersion.objects.filter(state=LIVE).first()
    if live is None:
        raise NotFound("No ideal customer profile is in force.", hint="Publish a draft first.")
    if IcpVersion.objects.filter(state=DRAFT).exists():
        raise Conflict("Somebody works on a draft.", hint="Publish it or throw it away first.")
    with transaction.atomic():
        number = save_draft(live.body, note=note or f"Version {live.number} still holds.", actor=actor, now=now)
        return publish(number, actor=actor, now=now)


def _kinds_seen() -> list[str]:
    """Kinds of signals that brought points at this company, most points first."""
    points: defaultdict[str, float] = defaultdict(float)
    for standing in latest_scores(None).values():
        for kind, brought in standing.top:
            points[kind] += brought
    return sorted(points, key=lambda kind: (-points[kind], kind))[:MOST_KINDS]


def _no_draft(number: int | None = None) -> NotFound:
    told = "There is no draft." if number is None else f"Version {number} is no draft."
    return NotFound(told, hint="Open /prospecting/icp and propose or edit one.", code="icp.no_draft")
