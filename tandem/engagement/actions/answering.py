"""Answers to what came in: drafted for the person who answers; by software only where nothing is at stake.

Software answers a wrong person (thanks, and who would be right) by itself, in campaigns whose mode lets it; an absence
and an unsubscribe get no answer at all. Everything else is a person's: they find a draft, write what they think, and
their words go to the gate. An answer that says nothing to a thoughtful question does not leave, whoever wrote it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max

from tandem.access.actions import require
from tandem.access.queries import get_organisation
from tandem.agents.actions.running import run_many
from tandem.agents.contracts import RunRequest, RunResult
from tandem.compliance.contracts.gate import Mode, Road
from tandem.core import ledger
from tandem.core.actors import Actor
from tandem.core.errors import AppError, Conflict, InvalidInput, NotAllowed, NotFound
from tandem.engagement.actions import reviewing
from tandem.engagement.actions.reply_tasks import close_task
from tandem.engagement.ai.material import Recipient, Sender, first_word
from tandem.engagement.ai.reply_draft import REPLY_DRAFT, ReplyInput, ReplyOutput
from tandem.engagement.contracts import DraftState, MailKind, ReplyLabel, TouchState
from tandem.engagement.domain.consequences import EffectKind
from tandem.engagement.domain.consequences import Sender as Writer
from tandem.engagement.domain.norms import has_pack
from tandem.engagement.domain.reply_work import CloseReason
from tandem.engagement.models import Draft, Inbound, InboundEffect, ReplyTask, Touch
from tandem.engagement.queries.answer_faults import answer_faults, deflection_faults, language_of
from tandem.engagement.queries.sight import inbound_in_sight

MOST_AT_ONCE = 100
DRAFTED = (
    ReplyLabel.POSITIVE_MEETING.value, ReplyLabel.POSITIVE_INFO.value, ReplyLabel.NEGATIVE_NOW.value,
    ReplyLabel.WRONG_PERSON.value,
)  # fmt: skip
OPEN = (TouchState.PLANNED.value, TouchState.WRITTEN.value)


def key_of(inbound_id: int) -> str:
    """What the gate knows an answer by."""
    return f"reply:{inbound_id}"


def draft_answers(*, actor: Actor, now: datetime, most: int = MOST_AT_ONCE) -> int:
    """Draft answers to what came in and has none yet; returns how many drafts there are more.

    Who asked to be left alone, is away, or said no for good gets none. Call it outside of transactions: models may be
    waited for. Raises NotAllowed without "campaign.manage".
    """
    require(actor, "campaign.manage")
    rows = _undrafted(most)
    results = run_many(REPLY_DRAFT, [_request(row) for row in rows], actor=actor, now=now)
    return sum(_store(row, result, actor=actor, now=now) for row, result in zip(rows, results, strict=True))


def answer(inbound_id: int, *, body: str, actor: Actor, now: datetime) -> reviewing.Answered:
    """Send a person's answer: checked, asked of the gate, approved by them with this; it leaves with the next round.

    Words that are the draft's own are approved as they are. The task is closed once nobody else must approve.

    Raises NotAllowed for agents and without "campaign.decide", NotFound, InvalidInput for what may not leave (with
    what is wrong), Conflict when it was answered already, PolicyBlocked when the gate says no.
    """
    if actor.is_agent:
        raise NotAllowed("A person answers.", hint="Sign in to do it.")
    require(actor, "campaign.decide")
    inbound = find(inbound_id, actor, verb="decide")
    text = "\n".join(line.rstrip() for line in body.replace("\r\n", "\n").strip().splitlines())
    if not text:
        raise InvalidInput("The answer is empty.", hint="Write one.", context={"field": "body"})
    faults = [one for one in answer_faults(inbound, text) if one.is_hard]
    if faults:
        raise InvalidInput(faults[0].message, hint="Change your answer and send it again.", code="inbox.faults")
    draft = _own_draft(inbound, text, actor=actor, now=now)
    said = reviewing.approve(draft.id, content_hash=draft.content_hash, actor=actor, now=now)
    task = ReplyTask.objects.filter(inbound=inbound).select_related("calendar").first()
    if task is not None and not said.people_missing:
        close_task(task, as_=CloseReason.ANSWERED, person_id=actor.id, actor=actor, now=now)
    return said


def find(inbound_id: int, actor: Actor, *, verb: str = "view") -> Inbound:
    """A message in the actor's sight, or given to them. Raises NotFound."""
    rows = Inbound.objects.select_related("touch__enrollment__campaign", "mailbox__seller", "contact", "account")
    seen = rows.filter(id__in=inbound_in_sight(actor, verb).order_by().values("id"), id=inbound_id)
    found = seen.first() or (None if actor.is_agent else rows.filter(id=inbound_id, task__owner_id=actor.id).first())
    if found is None:
        raise NotFound(f"There is no message {inbound_id} in your sight.")
    return found


def _undrafted(most: int) -> Sequence[Inbound]:
    """Handled messages from people we know that an answer can be drafted to, the latest first."""
    rows = Inbound.objects.filter(
        kind__in=[MailKind.REPLY.value, MailKind.AUTO_REPLY.value], label__in=DRAFTED, contact__isnull=False,
        handled_at__isnull=False, touch__isnull=False, answered_by=None,
    )  # fmt: skip
    rows = rows.exclude(task__closed_at__isnull=False).select_related(
        "touch__enrollment__campaign", "touch__enrollment__seller", "mailbox__seller", "contact__account", "account"
    )
    found = [row for row in rows.order_by("-received_at")[: 3 * most] if has_pack(language_of(row))]
    return [row for row in found if (row.reading or {}).get("sender") != Writer.STRANGER.value][:most]


def _request(inbound: Inbound) -> RunRequest[ReplyInput]:
    enrollment = inbound.touch.enrollment if inbound.touch else None
    contact, company = inbound.contact, get_organisation().name
    seller = (enrollment.seller if enrollment else None) or (inbound.mailbox.seller if inbound.mailbox else None)
    name = contact.name if contact else inbound.sender_name
    recipient = Recipient(
        first_name=(contact.first_name if contact else "") or first_word(name),
        last_name=contact.last_name if contact else "", name=name, title=contact.title if contact else "",
        account=inbound.account.name if inbound.account else "",
    )  # fmt: skip
    given = ReplyInput(
        words=inbound.new_text[:4_000], label=ReplyLabel(inbound.label) if inbound.label else None,
        language=language_of(inbound), channel=_road(inbound), recipient=recipient,
        sender=Sender(first_name=first_word(seller.name) if seller else company, company=company),
        message=enrollment.campaign.message if enrollment else "",
        redirect_name=str((inbound.reading or {}).get("redirect_name", "")),
    )  # fmt: skip
    return RunRequest(
        input=given, subject=f"inbound:{inbound.id}", campaign=str(enrollment.campaign_id) if enrollment else "",
        seller_id=seller.id if seller else None,
    )  # fmt: skip


def _road(inbound: Inbound) -> Road:
    return Road.EMAIL if inbound.channel == "email" else Road(inbound.channel)


def _store(inbound: Inbound, result: RunResult[ReplyOutput], *, actor: Actor, now: datetime) -> int:
    """The draft with its touch. Where nothing can be said, the person finds an empty field."""
    body = result.output.body if result.output is not None else ""
    if not body or deflection_faults(inbound, body):
        return 0
    by_software = _may_answer(inbound)
    state = TouchState.READY if by_software else TouchState.WRITTEN
    try:
        with transaction.atomic():
            touch = Touch.objects.create(**_touch_values(inbound, now) | {"state": state.value, "mode": _mode(inbound)})
            Draft.objects.create(
                touch=touch, number=1, body=body, language=language_of(inbound), is_by_ai=True, engine=result.engine,
                run=result.run_id, written_at=now, written_by=actor.name,
                facts=[], violations=[],
            )  # fmt: skip
            _note(inbound, touch, actor, now, by_software=by_software)
    except IntegrityError:
        return 0  # another worker was first
    return 1


def _note(inbound: Inbound, touch: Touch, actor: Actor, now: datetime, *, by_software: bool) -> None:
    if by_software:
        told = "Thanks them, and asks who would be right if they named nobody, once the gate lets it."
        InboundEffect.objects.create(
            inbound=inbound, kind=EffectKind.ANSWER.value, rule="lowest_stakes", told=told, done_at=now,
            inputs={"label": inbound.label, "mode": touch.mode}, before={"touch": touch.id},
        )  # fmt: skip
    ledger.append(
        actor, "engagement.answer_drafted", subject=f"inbound:{inbound.id}", touch=touch.key, by_software=by_software
    )


def _may_answer(inbound: Inbound) -> bool:
    """Whether software answers by itself: a wrong person, read with certainty, where the campaign's mode lets it."""
    is_certain = not inbound.to_human and not ReplyTask.objects.filter(inbound=inbound).exists()
    is_theirs = (inbound.reading or {}).get("sender") == Writer.ADDRESSEE.value
    return (
        inbound.label == ReplyLabel.WRONG_PERSON.value and inbound.kind == MailKind.REPLY.value and is_certain
        and is_theirs and _mode(inbound) != Mode.EVERY.value
    )  # fmt: skip


def _mode(inbound: Inbound) -> str:
    """Of a wrong person: the campaign's own; whatever else is answered, a person approves."""
    is_lowest = inbound.label == ReplyLabel.WRONG_PERSON.value and inbound.touch is not None
    return inbound.touch.mode if is_lowest and inbound.touch is not None else Mode.EVERY.value


def _touch_values(inbound: Inbound, now: datetime) -> dict[str, Any]:
    touch = inbound.touch
    return {
        "key": key_of(inbound.id), "enrollment_id": touch.enrollment_id if touch else None, "answers": inbound,
        "contact_id": inbound.contact_id, "channel": _road(inbound).value, "mode": Mode.EVERY.value, "due_at": now,
        "mailbox_id": (touch.mailbox_id if touch else None) or inbound.mailbox_id, "made_at": now,
        "state": TouchState.WRITTEN.value,
    }  # fmt: skip


def _own_draft(inbound: Inbound, body: str, *, actor: Actor, now: datetime) -> Draft:
    """The text to approve: the draft itself when nothing was changed, else the person's own as a new one."""
    with transaction.atomic():
        touch, _ = Touch.objects.get_or_create(key=key_of(inbound.id), defaults=_touch_values(inbound, now))
        if touch.state not in OPEN:
            raise Conflict("It was answered already.", hint="Look at the thread.", code="inbox.answered")
        standing = Draft.objects.filter(touch=touch, state=DraftState.PROPOSED.value).order_by("-number").first()
        if standing is not None and standing.body.strip() == body:
            return standing
        number = (Draft.objects.filter(touch=touch).aggregate(last=Max("number"))["last"] or 0) + 1
        Draft.objects.filter(touch=touch, state=DraftState.PROPOSED.value).update(state=DraftState.REPLACED.value)
        # A person who answers decides themselves: no rule of a campaign lets it out without them.
        Touch.objects.filter(id=touch.id).update(mode=Mode.EVERY.value, state=TouchState.WRITTEN.value, due_at=now)
        return Draft.objects.create(
            touch=touch, number=number, body=body, language=language_of(inbound), is_by_ai=False, written_at=now,
            written_by=actor.name, violations=[asdict(one) for one in answer_faults(inbound, body)],
        )  # fmt: skip


def told(error: AppError) -> str:
    """A refusal in a sentence, for pages."""
    return " ".join(filter(None, (error.message, error.hint)))
