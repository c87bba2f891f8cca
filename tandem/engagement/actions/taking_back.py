"""Correcting what software made of a message: its label, and what followed from it.

What a law or a person's wish stands behind is not taken back here: a suppression ends only with a later permission of
the person, through compliance.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from tandem.access.actions import require
from tandem.core import ledger
from tandem.core.actors import Actor, built_in_agent
from tandem.core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from tandem.engagement.actions import replanning
from tandem.engagement.actions.answering import find
from tandem.engagement.actions.consequences import carry_out, case_of, protect
from tandem.engagement.actions.reply_tasks import close_task
from tandem.engagement.actions.softening import take_back_heard_in
from tandem.engagement.contracts import EnrollmentState, ReplyLabel, TouchState
from tandem.engagement.domain.consequences import SOFT_NO, EffectKind, consequences_of, is_reversible
from tandem.engagement.domain.reply_work import CloseReason, RedirectState
from tandem.engagement.models import Enrollment, Inbound, InboundEffect, RedirectProposal, ReplyTask, Touch

# Whoever may correct a reading need not be allowed to write to the registries its consequences reach.
CORRECTOR = built_in_agent("inbox", "worker")
CHANGED_BY = (EnrollmentState.ANSWERED, EnrollmentState.PAUSED, EnrollmentState.UNREACHABLE)


def relabel(inbound_id: int, label: ReplyLabel | None, *, actor: Actor, now: datetime) -> Inbound:
    """Say what a message is; what followed from the old reading is taken back, what follows from the new one is done.

    label : None: none of the seven; a person goes on with it
    A wish to be left alone stays heard, whatever the new label; a new one is heard at once.
    Raises NotAllowed for agents and without "campaign.decide", NotFound.
    """
    _require_person(actor)
    inbound = find(inbound_id, actor, verb="decide")
    value, before = (label.value if label else ""), inbound.label
    if inbound.labelled_by and value == before:
        return inbound
    Inbound.objects.filter(id=inbound.id).update(
        label=value, labelled_by=actor.name[:200], confidence=1.0, to_human=label is None
    )
    inbound = find(inbound_id, actor, verb="decide")
    case = case_of(inbound, actor=CORRECTOR, now=now)
    todo = consequences_of(case.facts)
    protect(case, todo)
    with transaction.atomic():
        wanted = {(one.kind.value, one.rule) for one in todo}
        for effect in _standing(inbound):
            if (effect.kind, effect.rule) not in wanted and is_reversible(effect.kind, effect.rule):
                _undo(effect, actor=actor, now=now)
        carry_out(case, todo)
        if not any(one.kind is EffectKind.ASK for one in todo):
            _close_needless(inbound, actor, now)
        ledger.append(
            actor, "engagement.reply_relabelled", subject=f"inbound:{inbound.id}", before=before, after=value,
            rules=sorted({one.rule for one in todo}),
        )  # fmt: skip
    return inbound


def undo(effect_id: int, *, actor: Actor, now: datetime) -> None:
    """Take one thing back that software did: a pause, the end of a plan, an answer that has not left, a proposal.

    Raises NotAllowed, NotFound, InvalidInput for what can't be taken back here, with who can; Conflict when it was.
    """
    _require_person(actor)
    effect = InboundEffect.objects.filter(id=effect_id).first()
    if effect is None:
        raise NotFound(f"There is no effect {effect_id}.")
    find(effect.inbound_id, actor, verb="decide")
    if effect.undone_at is not None:
        raise Conflict("It was taken back already.", hint="Reload the page.")
    if effect.kind == EffectKind.ASK:
        raise InvalidInput("Close the task instead.", hint="Press e when there is nothing to answer.")
    if not is_reversible(effect.kind, effect.rule):
        raise InvalidInput(
            "A wish to be left alone, or a dead address, is not undone here.",
            hint="With a later permission of the person, compliance can lift the suppression.",
        )
    with transaction.atomic():
        _undo(effect, actor=actor, now=now)


def decide_redirect(inbound_id: int, *, confirm: bool, actor: Actor, now: datetime) -> RedirectProposal:
    """Say whether the person a reply names is to be kept as somebody to write to. Nobody is enrolled by it.

    Raises NotAllowed, NotFound, Conflict when it was decided already.
    """
    _require_person(actor)
    find(inbound_id, actor, verb="decide")
    state = RedirectState.CONFIRMED if confirm else RedirectState.DECLINED
    with transaction.atomic():
        changed = RedirectProposal.objects.filter(inbound_id=inbound_id, state=RedirectState.OPEN.value).update(
            state=state.value, decided_by_id=actor.id, decided_at=now
        )
        proposal = RedirectProposal.objects.filter(inbound_id=inbound_id).first()
        if proposal is None:
            raise NotFound(f"Message {inbound_id} names nobody else.")
        if not changed:
            raise Conflict("It was decided already.", hint="Reload the page.")
        ledger.append(
            actor, "engagement.redirect_decided", subject=f"inbound:{inbound_id}", state=state.value,
            contact=proposal.contact_id,
        )  # fmt: skip
    return proposal


def _require_person(actor: Actor) -> None:
    if actor.is_agent:
        raise NotAllowed("A person corrects what software did.", hint="Sign in to do it.")
    require(actor, "campaign.decide")


def _standing(inbound: Inbound) -> list[InboundEffect]:
    return list(InboundEffect.objects.filter(inbound=inbound, undone_at=None).order_by("-id"))


def _undo(effect: InboundEffect, *, actor: Actor, now: datetime) -> None:
    """Inside the caller's transaction."""
    why = f"Taken back by {actor.name}"
    if effect.rule == SOFT_NO:
        take_back_heard_in(effect.inbound_id, why=why, actor=CORRECTOR, now=now)
    elif effect.kind in (EffectKind.STOP, EffectKind.PAUSE):
        _restore(effect.before, why=why, now=now)
    elif effect.kind == EffectKind.PROPOSE:
        RedirectProposal.objects.filter(inbound=effect.inbound_id, state=RedirectState.OPEN.value).update(
            state=RedirectState.DECLINED.value, decided_by_id=actor.id, decided_at=now
        )
    elif effect.kind == EffectKind.ANSWER:
        ahead = (TouchState.READY.value, TouchState.WRITTEN.value, TouchState.PLANNED.value)
        if not Touch.objects.filter(id=effect.before.get("touch"), state__in=ahead).update(
            state=TouchState.CANCELLED.value, why=why[:300]
        ):
            raise Conflict("The answer has left.", hint="Write to them.")
    InboundEffect.objects.filter(id=effect.id).update(undone_at=now, undone_by=actor.name[:200])
    ledger.append(
        actor, "engagement.reply_effect_undone", subject=f"inbound:{effect.inbound_id}", effect=effect.kind,
        rule=effect.rule,
    )  # fmt: skip


def _restore(before: dict[str, Any], *, why: str, now: datetime) -> None:
    """Plans as they were, nothing due before now; what ended otherwise since then stays ended."""
    touches = before.get("touches", [])
    for one in before.get("enrollments", []):
        until = datetime.fromisoformat(one["paused_until"]) if one["paused_until"] else None
        changed = Enrollment.objects.filter(id=one["id"], state__in=[state.value for state in CHANGED_BY]).update(
            state=one["state"], paused_until=until, ended_at=None, why=why[:300]
        )
        own = [touch for touch in touches if touch["enrollment"] == one["id"]]
        if changed and own:
            replanning.put_back(one["id"], own, why=why, actor=CORRECTOR, now=now)


def _close_needless(inbound: Inbound, actor: Actor, now: datetime) -> None:
    task = ReplyTask.objects.filter(inbound=inbound, closed_at=None).select_related("calendar").first()
    if task is not None:
        close_task(task, as_=CloseReason.RELABELLED, person_id=actor.id, actor=actor, now=now)
