"""The morning's pack, what a team tunes, and the log of decisions."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

from django.db import transaction

from tandem.access.actions import require
from tandem.accounts.queries.totals import Rates
from tandem.core import ledger
from tandem.core.actors import Actor
from tandem.core.errors import Conflict, InvalidInput, NotFound
from tandem.engagement.domain.huddle import to_talk_about
from tandem.engagement.domain.outcomes import Measure
from tandem.engagement.models import Campaign, HuddlePack, OutreachDecision, TuningItem
from tandem.engagement.queries.huddle import yesterday
from tandem.engagement.queries.outcomes import Chosen, added_up, follow

FIGURES_WEEKS = 12
LONGEST = 300


def make_pack(day: date, *, actor: Actor, now: datetime) -> int:
    """Put the pack of a day together; a pack that was held stays as it was. Returns its id.

    Raises NotAllowed without "campaign.manage".
    """
    require(actor, "campaign.manage")
    known = HuddlePack.objects.filter(day=day).first()
    if known is not None and known.held_at is not None:
        return known.id
    found = yesterday(day)
    found = replace(found, talk=to_talk_about(found))
    with transaction.atomic():
        row, _ = HuddlePack.objects.update_or_create(day=day, defaults={"content": found.as_json(), "made_at": now})
        ledger.append(actor, "engagement.pack_made", subject=f"huddle:{day.isoformat()}")
    return row.id


def hold(pack_id: int, *, actor: Actor, now: datetime) -> None:
    """Say that the team went through a pack. Raises NotAllowed without "campaign.edit", NotFound, Conflict."""
    require(actor, "campaign.edit")
    with transaction.atomic():
        changed = HuddlePack.objects.filter(id=pack_id, held_at=None).update(held_at=now, held_by=_by(actor))
        if not changed:
            if HuddlePack.objects.filter(id=pack_id).exists():
                raise Conflict("This pack was gone through already.")
            raise NotFound(f"There is no pack {pack_id}.")
        ledger.append(actor, "engagement.pack_held", subject=f"huddle_pack:{pack_id}")


def open_item(
    what: str, measure: str, *, owner_id: int, actor: Actor, now: datetime, due_on: date | None = None,
    pack_id: int | None = None, campaign_id: int | None = None,
) -> int:  # fmt: skip
    """Write down something to tune; returns its id.

    measure : what it should move, a word of `domain.outcomes.Measure`
    owner_id : the person who does it
    campaign_id : None: it is about all of them

    Raises NotAllowed without "campaign.edit", InvalidInput.
    """
    require(actor, "campaign.edit")
    if not what.strip():
        raise InvalidInput("It is not said what to change.", hint="Say it in a few words.")
    if measure not in set(Measure):
        raise InvalidInput(f"{measure!r} is no outcome.", hint=f"Use one of {', '.join(Measure)}.")
    with transaction.atomic():
        row = TuningItem.objects.create(
            what=what.strip()[:LONGEST], measure=measure, owner_id=owner_id, due_on=due_on, pack_id=pack_id,
            campaign=_campaign(campaign_id), opened_at=now, opened_by=_by(actor),
        )  # fmt: skip
        ledger.append(actor, "engagement.tuning_opened", subject=f"tuning:{row.id}", measure=measure, owner=owner_id)
    return row.id


def close_item(item_id: int, *, is_done: bool, why: str, actor: Actor, now: datetime) -> None:
    """Close an item as done or dropped. Raises NotAllowed without "campaign.edit", InvalidInput, NotFound."""
    require(actor, "campaign.edit")
    if not why.strip():
        raise InvalidInput("It is not said what was done, or why not.", hint="Say it in a few words.")
    state = "done" if is_done else "dropped"
    with transaction.atomic():
        changed = TuningItem.objects.filter(id=item_id, state="open").update(
            state=state, closed_at=now, why=why.strip()[:LONGEST]
        )
        if not changed:
            raise NotFound(f"There is no open item {item_id}.", hint="Somebody may have closed it.")
        ledger.append(actor, "engagement.tuning_closed", subject=f"tuning:{item_id}", state=state)


def decide(
    what: str, why: str, *, actor: Actor, now: datetime, decided_on: date, campaign_id: int | None = None
) -> int:
    """Write a decision into the log with the outcomes as they stand today; returns its id.

    Raises NotAllowed without "campaign.decide" and for agents, InvalidInput.
    """
    require(actor, "campaign.decide")
    if not what.strip() or not why.strip():
        raise InvalidInput("A decision needs what and why.", hint="Fill in both.")
    people = follow(actor, Chosen(since=now - timedelta(weeks=FIGURES_WEEKS), until=now, campaign_id=campaign_id))
    shares = added_up(people, Rates()).shares
    with transaction.atomic():
        row = OutreachDecision.objects.create(
            what=what.strip()[:LONGEST], why=why.strip(), campaign=_campaign(campaign_id), decided_on=decided_on,
            figures={measure.value: {"hits": share.hits, "n": share.n} for measure, share in shares.items()},
            decided_by_id=None if actor.is_agent else actor.id, written_at=now, written_by=_by(actor),
        )  # fmt: skip
        ledger.append(actor, "engagement.decided", subject=f"outreach_decision:{row.id}", what=row.what)
    return row.id


def _campaign(campaign_id: int | None) -> Campaign | None:
    if campaign_id is None:
        return None
    found = Campaign.objects.filter(id=campaign_id).first()
    if found is None:
        raise InvalidInput(f"There is no campaign {campaign_id}.", hint="Choose one of the list.")
    return found


def _by(actor: Actor) -> str:
    return f"{actor.kind.value}:{actor.id}"
