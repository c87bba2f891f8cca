"""What follows from a message that came in, done at once and written down: on every channel, in every campaign.

Two steps. The first protects the person: whoever wants no more mail is out of everything in a transaction of its own,
whatever happens to the rest. The second does the rest and marks the message as handled, in one transaction: it happens
once, whole or not at all, in whichever process.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db import transaction

from tandem.access.actions import require
from tandem.access.queries import get_organisation
from tandem.accounts.actions.noting import NotedMessage, mark_bounced, note_message
from tandem.accounts.contracts import ActivityKind
from tandem.accounts.queries.by_address import person_at, ways_to
from tandem.compliance import actions as compliance
from tandem.compliance.contracts import AddressKind, Channel, SuppressionEntry, SuppressionReason
from tandem.core import ledger
from tandem.core.actors import Actor
from tandem.core.calendar import get_zone
from tandem.engagement.actions import replanning
from tandem.engagement.actions.reply_tasks import open_task
from tandem.engagement.actions.senders import SenderEvent, count
from tandem.engagement.actions.softening import is_soft_no, soften_reply
from tandem.engagement.contracts import MailKind, ReplyLabel
from tandem.engagement.domain.business_clock import MINUTES, UNHURRIED_MINUTES
from tandem.engagement.domain.consequences import (
    SOFT_NO,
    SOFT_WINDOW,
    WISHES,
    Consequence,
    EffectKind,
    Facts,
    Sender,
    consequences_of,
)
from tandem.engagement.models import Enrollment, Inbound, InboundEffect, RedirectProposal, Touch
from tandem.engagement.queries.snapshots import plans_of

RESUMES_AT = time(6)  # of the day, where the company is: plans go on by their own times after that


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """One message with what is needed to act on it."""

    inbound: Inbound
    facts: Facts
    actor: Actor
    now: datetime

    @property
    def subject(self) -> str:
        """As the ledger names it."""
        return f"inbound:{self.inbound.id}"


def draw(inbound_id: int, *, actor: Actor, now: datetime) -> bool:
    """Do what follows from a message; False: it was done already. May be called again after any crash.

    Raises NotAllowed without "campaign.manage".
    """
    require(actor, "campaign.manage")
    inbound = _read(inbound_id)
    if inbound is None or inbound.handled_at is not None:
        return False
    case = _Case(inbound=inbound, facts=facts_of(inbound), actor=actor, now=now)
    todo = () if _is_copy(inbound) else consequences_of(case.facts)
    protect(case, todo)
    with transaction.atomic():
        if not Inbound.objects.filter(id=inbound.id, handled_at=None).update(handled_at=now):
            return False
        carry_out(case, [one for one in todo if not _protects(one)])
        _note(case)
        _count(case)
        ledger.append(
            actor, "engagement.inbound_handled", subject=case.subject, rules=sorted({one.rule for one in todo})
        )
    return True


def case_of(inbound: Inbound, *, actor: Actor, now: datetime) -> _Case:
    """A message as the rules see it now; for this room alone."""
    return _Case(inbound=inbound, facts=facts_of(inbound), actor=actor, now=now)


def facts_of(inbound: Inbound) -> Facts:
    """What the rules are told of a stored message."""
    told = inbound.reading or {}
    bounce = told.get("bounce") or {}
    back = told.get("returns_on")
    return Facts(
        kind=MailKind(inbound.kind), label=ReplyLabel(inbound.label) if inbound.label else None,
        to_human=inbound.to_human, sender=Sender(told.get("sender", Sender.UNKNOWN)),
        day=_local_day(inbound.received_at), by_person=bool(inbound.labelled_by),
        returns_on=date.fromisoformat(back) if back else None,
        names_other=bool(told.get("redirect_email") or told.get("redirect_name")),
        bounce_type=str(bounce.get("type", "")), bounce_reason=str(bounce.get("reason", "")),
        soft_before=_soft_before(inbound, bounce), has_contact=inbound.contact_id is not None,
        is_answer=inbound.touch_id is not None, is_soft_no=is_soft_no(inbound),
    )  # fmt: skip


def protect(case: _Case, todo: Sequence[Consequence]) -> None:
    """Take who wants it out of everything, before anything else and in a transaction of its own."""
    urgent = [one for one in todo if _protects(one)]
    if urgent:
        with transaction.atomic():
            carry_out(case, urgent)


def carry_out(case: _Case, todo: Sequence[Consequence]) -> None:
    """Do each thing that does not stand yet, and write down by which rule. Inside the caller's transaction."""
    standing = set(InboundEffect.objects.filter(inbound=case.inbound, undone_at=None).values_list("kind", "rule"))
    for one in todo:
        if (one.kind.value, one.rule) in standing:
            continue
        before = _before(case, one)
        told = DOING[one.kind](case, one)
        if not told:
            continue
        InboundEffect.objects.create(
            inbound=case.inbound, kind=one.kind.value, rule=one.rule, inputs=one.inputs, told=told[:300],
            before=before, done_at=case.now,
        )  # fmt: skip
        ledger.append(
            case.actor, f"engagement.reply_{one.kind.value}", subject=case.subject, rule=one.rule, inputs=one.inputs,
            contact=case.inbound.contact_id, touch=case.inbound.touch_id,
        )  # fmt: skip


def _protects(one: Consequence) -> bool:
    return one.kind is EffectKind.SUPPRESS or (one.kind is EffectKind.STOP and one.rule in WISHES)


def _read(inbound_id: int) -> Inbound | None:
    related = ("touch__enrollment", "touch__mailbox", "mailbox", "contact")
    return Inbound.objects.select_related(*related).defer("content").filter(id=inbound_id).first()


def _is_copy(inbound: Inbound) -> bool:
    """Whether the same mail came to another mailbox of ours before: who wrote and what they wrote are the same too."""
    if not inbound.message_id:
        return False
    same = Inbound.objects.filter(
        message_id=inbound.message_id, channel=inbound.channel, sender=inbound.sender, subject=inbound.subject,
        kind=inbound.kind, label=inbound.label, new_text=inbound.new_text, id__lt=inbound.id,
    )  # fmt: skip
    return same.exists()


def _soft_before(inbound: Inbound, bounce: Mapping[str, Any]) -> int:
    """Soft bounces of the same address in the window before this one."""
    if bounce.get("type") != "soft" or inbound.contact_id is None:
        return 0
    rows = Inbound.objects.filter(
        contact=inbound.contact_id, kind=MailKind.BOUNCE.value, received_at__gte=inbound.received_at - SOFT_WINDOW,
        id__lt=inbound.id,
    )  # fmt: skip
    told = [(reading.get("bounce") or {}) for reading in rows.values_list("reading", flat=True)]
    wanted = str(bounce.get("recipient", ""))
    return sum(one.get("type") == "soft" and str(one.get("recipient", "")) in (wanted, "") for one in told)


def _local_day(at: datetime) -> date:
    return at.astimezone(get_zone(get_organisation().time_zone)).date()


def _before(case: _Case, one: Consequence) -> dict[str, Any]:
    """What is needed to take a change of plans back."""
    if one.kind not in (EffectKind.STOP, EffectKind.PAUSE) or case.inbound.contact_id is None:
        return {}
    return plans_of(case.inbound.contact_id)


def _suppress(case: _Case, one: Consequence) -> str:
    """Whom we wrote to, by every way that is theirs; and whoever wrote, by the address they wrote from."""
    inbound = case.inbound
    reason = SuppressionReason(one.reason)
    entries: list[tuple[SuppressionEntry, str]] = []
    if inbound.contact_id is not None:
        ways = ways_to(inbound.contact_id)
        subject = f"contact:{inbound.contact_id}"
        for kind, values in (
            (AddressKind.ACCOUNT, (subject,)),
            (AddressKind.EMAIL, ways.emails),
            (AddressKind.PHONE, ways.phones),
        ):
            entries += [(_entry(case, value, reason, kind), subject) for value in values]
    if inbound.kind not in (MailKind.BOUNCE.value, MailKind.COMPLAINT.value) and not _is_ours(inbound.sender):
        kind = AddressKind.EMAIL if "@" in inbound.sender else AddressKind.PHONE
        if inbound.sender:
            entries.append((_entry(case, inbound.sender, reason, kind), ""))
    if not entries:
        return ""
    compliance.suppress_many(
        [entry for entry, _ in entries], source=f"reply by {inbound.channel}", actor=case.actor, now=case.now,
        subjects=[subject for _, subject in entries],
    )  # fmt: skip
    return f"Nobody here writes to them again, on any channel. {one.why}"


def _entry(
    case: _Case, address: str, reason: SuppressionReason, kind: AddressKind, channel: Channel = Channel.ALL
) -> SuppressionEntry:
    at = min(case.inbound.received_at, case.now)
    return SuppressionEntry(
        address=address, reason=reason, kind=kind, channel=channel, at=at, evidence=f"inbound:{case.inbound.id}"
    )


def _is_ours(address: str) -> bool:
    host = address.rpartition("@")[2].lower()
    return any(host == own.lower() or host.endswith("." + own.lower()) for own in get_organisation().domains)


def _stop(case: _Case, one: Consequence) -> str:
    contact_id = case.inbound.contact_id
    if contact_id is None or one.state is None:
        return ""
    standing = Enrollment.objects.filter(contact=contact_id)
    if not standing.exists():
        return ""
    cancelled = replanning.stop(contact_id, state=one.state, why=one.why, actor=case.actor, now=case.now)
    left = f"{cancelled} planned {'message' if cancelled == 1 else 'messages'} won't leave." if cancelled else ""
    return f"All plans with them ended. {one.why} {left}".strip()


def _soften(case: _Case) -> str:
    """Slow down the plan it answers, unless the same was heard before."""
    heard = soften_reply(case.inbound.id, actor=case.actor, now=case.now)
    return "The plan with them rests, goes on slower and says something else." if heard else ""


def _pause(case: _Case, one: Consequence) -> str:
    if one.rule == SOFT_NO:
        return _soften(case)
    contact_id = case.inbound.contact_id
    if contact_id is None or one.until is None:
        return ""
    until = max(_morning(one.until), case.now + timedelta(hours=1))
    paused = replanning.pause(contact_id, until=until, why=one.why, actor=case.actor, now=case.now)
    return f"Plans with them rest until {one.until:%-d %B %Y}. {one.why}" if paused else ""


def _morning(day: date) -> datetime:
    return datetime.combine(day, RESUMES_AT, get_zone(get_organisation().time_zone)).astimezone(UTC)


def _address(case: _Case, one: Consequence) -> str:
    """An address that is dead: out of mail, marked where it stands, measured against who told it."""
    address = _failed_address(case.inbound)
    if not address:
        return ""
    entry = _entry(case, address, SuppressionReason.BOUNCE, AddressKind.EMAIL, Channel.EMAIL)
    subject = f"contact:{case.inbound.contact_id}" if case.inbound.contact_id else ""
    compliance.suppress(entry, source="bounce by mail", actor=case.actor, now=case.now, subject=subject)
    if case.inbound.contact_id is not None:
        mark_bounced(case.inbound.contact_id, address, actor=case.actor, now=case.now)
    return f"The address takes no mail any more. {one.why}"


def _failed_address(inbound: Inbound) -> str:
    """The address that failed: as the report says, when it is the addressee's; else the one we wrote to."""
    told = str(((inbound.reading or {}).get("bounce") or {}).get("recipient", "")).lower()
    if inbound.contact_id is None:
        return told if told and person_at(told) is not None else ""
    own = ways_to(inbound.contact_id).emails
    return told if told in own else (inbound.contact.email if inbound.contact else "")


def _propose(case: _Case, one: Consequence) -> str:
    told = case.inbound.reading or {}
    name, email = str(told.get("redirect_name", ""))[:200], str(told.get("redirect_email", ""))[:254].lower()
    known = person_at(email)
    RedirectProposal.objects.get_or_create(
        inbound=case.inbound, defaults={"name": name, "email": email, "contact_id": known.contact_id if known else None}
    )
    return f"They name {name or email} instead; nobody is written to until a person confirms."


def _alarm(case: _Case, one: Consequence) -> str:
    return f"{one.why} It counts against the sending domain."


def _ask(case: _Case, one: Consequence) -> str:
    minutes = UNHURRIED_MINUTES if one.rule == SOFT_NO else MINUTES
    task = open_task(case.inbound, why=one.why, actor=case.actor, now=case.now, minutes=minutes)
    return f"A person is asked: {task.why}"


DOING: Mapping[EffectKind, Callable[[_Case, Consequence], str]] = {
    EffectKind.SUPPRESS: _suppress,
    EffectKind.STOP: _stop,
    EffectKind.PAUSE: _pause,
    EffectKind.ADDRESS: _address,
    EffectKind.PROPOSE: _propose,
    EffectKind.ALARM: _alarm,
    EffectKind.ASK: _ask,
}
KINDS = {"email": ActivityKind.EMAIL, "sms": ActivityKind.SMS, "whatsapp": ActivityKind.CHAT}


def _note(case: _Case) -> None:
    """The message in the timeline of the person and the account, where intent and research see it too."""
    inbound = case.inbound
    if inbound.contact_id is None and inbound.account_id is None:
        return
    is_report = inbound.kind in (MailKind.BOUNCE.value, MailKind.COMPLAINT.value)
    is_dead = is_report and case.facts.bounce_type == "hard" and _failed_address(inbound)
    enrollment = inbound.touch.enrollment if inbound.touch else None
    note_message(
        NotedMessage(
            key=case.subject, kind=KINDS.get(inbound.channel, ActivityKind.CHAT), is_inbound=True,
            at=inbound.received_at, subject=inbound.subject, text="" if is_report else inbound.new_text,
            contact_id=inbound.contact_id, account_id=inbound.account_id,
            owner_id=enrollment.seller_id if enrollment else None, sender=inbound.sender,
            sender_name=inbound.sender_name, recipient=inbound.mailbox.address if inbound.mailbox else "",
            thread_key=(inbound.touch.message_id or "") if inbound.touch else "",
            bounced=(is_dead,) if is_dead and not _is_about_us(case) else (),
            details={"outreach": inbound.kind, "label": inbound.label},
        ),
        actor=case.actor, now=case.now,
    )  # fmt: skip


def _is_about_us(case: _Case) -> bool:
    return not any(one.kind is EffectKind.ADDRESS for one in consequences_of(case.facts))


def _count(case: _Case) -> None:
    """What it says about the mailbox that sent."""
    event = _event(case.facts)
    touch: Touch | None = case.inbound.touch
    mailbox_id = (touch.mailbox_id if touch else None) or case.inbound.mailbox_id
    if event is None or mailbox_id is None or touch is None or case.inbound.channel != "email":
        return
    address = case.inbound.contact.email if case.inbound.contact else ""
    count(mailbox_id, event, address.rpartition("@")[2], now=case.now)


def _event(facts: Facts) -> SenderEvent | None:
    if facts.kind is MailKind.BOUNCE:
        return SenderEvent.BOUNCED_HARD if facts.bounce_type == "hard" else SenderEvent.BOUNCED_SOFT
    if facts.kind is MailKind.COMPLAINT:
        return SenderEvent.COMPLAINED
    if facts.label is ReplyLabel.UNSUBSCRIBE:
        return SenderEvent.UNSUBSCRIBED
    return SenderEvent.REPLIED if facts.kind is MailKind.REPLY and facts.label is not ReplyLabel.OOO else None
