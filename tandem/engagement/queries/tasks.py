"""Work with replies: whose a message is, what waits for whom, and how long it took until a person had it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, Q, QuerySet

from tandem.accounts.queries.by_address import get_person
from tandem.core.actors import Actor
from tandem.engagement.contracts import LOWEST_STAKES, MailKind
from tandem.engagement.domain.business_clock import Measured, measured
from tandem.engagement.models import Inbound, ReplyTask
from tandem.engagement.queries.sight import inbound_in_sight

IN_OWN_WORDS = (MailKind.REPLY.value, MailKind.OTHER.value)


def owner_of(inbound: Inbound) -> int | None:
    """Who answers: the seller whose plan it answers, else the owner of the mailbox, the contact or the account."""
    touch = inbound.touch
    if touch is not None and touch.enrollment is not None and touch.enrollment.seller_id:
        return touch.enrollment.seller_id
    if touch is not None and touch.mailbox is not None and touch.mailbox.seller_id:
        return touch.mailbox.seller_id
    if inbound.mailbox is not None and inbound.mailbox.seller_id:
        return inbound.mailbox.seller_id
    person = get_person(inbound.contact_id) if inbound.contact_id else None
    return person.owner_id if person else None


def tasks_in_sight(actor: Actor, verb: str = "view") -> QuerySet[ReplyTask]:
    """Tasks of messages in the actor's sight, and those given to them."""
    seen = Q(inbound__in=inbound_in_sight(actor, verb).order_by().values("id"))
    return ReplyTask.objects.filter(seen if actor.is_agent else seen | Q(owner_id=actor.id))


def clocks(actor: Actor, *, since: datetime, until: datetime) -> Measured:
    """Clocks of messages that came in during a period, in the actor's sight.

    late : stopped after the deadline, or still running behind it at `until`
    """
    rows = tasks_in_sight(actor).filter(started_at__gte=since, started_at__lt=until)
    used = list(rows.exclude(business_minutes=None).values_list("business_minutes", flat=True))
    late = rows.filter(Q(taken_at__gt=F("due_at")) | Q(taken_at=None, due_at__lt=until)).count()
    escalated = rows.exclude(escalated_at=None).count()
    return measured([float(one or 0) for one in used], started=rows.count(), late=late, escalated=escalated)


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """Who dealt with replies of a period: of all that people and their absence assistants wrote.

    by_software : handled to the end without anybody; by_people : a person was asked
    """

    by_software: int
    by_people: int

    @property
    def total(self) -> int:
        """All replies."""
        return self.by_software + self.by_people


def split(actor: Actor, *, since: datetime, until: datetime) -> Split:
    """How many replies software handled and how many went to people, in the actor's sight.

    Replies are what somebody wrote, and automatic replies that mean something (an absence, a wrong person, an
    unsubscribe); delivery reports and complaints are none.
    """
    rows = inbound_in_sight(actor).filter(received_at__gte=since, received_at__lt=until).exclude(handled_at=None)
    meant = Q(kind__in=IN_OWN_WORDS, touch__isnull=False)
    meant |= Q(kind=MailKind.AUTO_REPLY.value, label__in=[label.value for label in LOWEST_STAKES])
    replies = rows.filter(meant)
    by_people = replies.filter(task__isnull=False).count()
    return Split(by_software=replies.count() - by_people, by_people=by_people)
