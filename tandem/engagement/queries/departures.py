"""Which of some touches may leave now: mailboxes, domains, companies and providers all have their room.

    told = departures(waiting, now=now, held=touch_ids)
    told[17].left_today, told[17].why_not, told[17].next_at        # 1: it may leave

Room is used up in the order of the touches, so that together they never exceed any of it. What other workers have in
their hands counts as sent.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Q

from tandem.core.nightly import today as company_day
from tandem.engagement.contracts import DomainPurpose, SenderAllowance, TouchState
from tandem.engagement.models import Mailbox, Touch
from tandem.engagement.queries.recipients import RecipientRoom, recipient_rooms
from tandem.engagement.queries.senders import (
    DomainToday,
    domains_today,
    mailbox_left,
    next_start,
    why_mailbox_may_not,
)

SOON = timedelta(minutes=1)  # other workers hold what is left; then it is known whether they used it


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A touch that wants to leave by mail.

    is_ai : software wrote the text
    is_answer : to somebody who wrote to us: no volume holds it back, only a domain that may not send at all
    recipient_domain : empty: not known
    """

    touch_id: int
    mailbox_id: int
    is_ai: bool
    is_answer: bool
    recipient_domain: str


def departures(
    waiting: Sequence[Waiting], *, now: datetime, held: Collection[int] = ()
) -> Mapping[int, SenderAllowance]:
    """For each touch whether it may leave now; `left_today` is 1 or 0. Nine queries, however many.

    held : touches in the caller's own hands, which do not count as sent

    `next_at` None beside a `why_not`: somebody must do something first.
    """
    domain_of = dict(Mailbox.objects.filter(id__in={one.mailbox_id for one in waiting}).values_list("id", "domain_id"))
    states = domains_today(set(domain_of.values()), now=now)
    round_ = _Round(states, {one.recipient_domain for one in waiting}, now=now, held=held)
    return {one.touch_id: round_.answer(one, domain_of.get(one.mailbox_id)) for one in waiting}


class _Round:
    """Rooms that get smaller as touches are let go."""

    def __init__(
        self, states: Mapping[int, DomainToday], recipients: Collection[str], *, now: datetime, held: Collection[int]
    ) -> None:
        self.states, self.now = states, now
        self.mailboxes = {one.id: one for state in states.values() for one in state.mailboxes}
        elsewhere = _in_other_hands(list(self.mailboxes), now, held)
        self.own = {one.id: mailbox_left(one, states[one.domain_id], now=now) for one in self.mailboxes.values()}
        self.whole = {pk: state.left for pk, state in states.items()}
        self.used_own, self.used_whole = Counter(elsewhere), Counter[int]()
        for pk, number in elsewhere.items():
            self.used_whole[self.mailboxes[pk].domain_id] += number
        self.rooms: Mapping[int, RecipientRoom] = recipient_rooms(states, recipients, now=now)

    def answer(self, one: Waiting, domain_id: int | None) -> SenderAllowance:
        """Whether one touch may leave; if so its room is used."""
        if domain_id is None:
            return _no(one, f"There is no mailbox {one.mailbox_id}.", None)
        state, mailbox = self.states[domain_id], self.mailboxes[one.mailbox_id]
        if why := why_mailbox_may_not(mailbox, state, is_ai=one.is_ai):
            return _no(one, why, None)
        if not one.is_answer and (refusal := self._without_room(one, mailbox, state)) is not None:
            return refusal
        self.used_own[mailbox.id] += 1
        self.used_whole[domain_id] += 1
        self.rooms[domain_id].use(one.recipient_domain)
        return SenderAllowance(mailbox_id=one.mailbox_id, left_today=1)

    def _without_room(self, one: Waiting, mailbox: Mailbox, state: DomainToday) -> SenderAllowance | None:
        """Why volume holds it back; None: it does not."""
        day = company_day(self.now)
        tomorrow = next_start(day, is_in_ramp=state.ramp is not None and not state.ramp.is_over)
        own, whole = self.own[mailbox.id], self.whole[state.domain.id]
        if own <= 0 or whole <= 0:
            return _no(one, state.why_not or f"{mailbox.address} has sent its messages of today.", tomorrow)
        if self.used_own[mailbox.id] >= own or self.used_whole[state.domain.id] >= whole:
            told = f"What is left of today for {mailbox.address} is on its way."
            return _no(one, told, self.now + SOON)
        if state.domain.purpose == DomainPurpose.OUTREACH and one.recipient_domain:
            left, why, comes_back = self.rooms[state.domain.id].left(one.recipient_domain)
            if left <= 0:
                return _no(one, why, tomorrow if comes_back else None)
        return None


def _no(one: Waiting, why: str, next_at: datetime | None) -> SenderAllowance:
    return SenderAllowance(mailbox_id=one.mailbox_id, left_today=0, why_not=why, next_at=next_at)


def _in_other_hands(mailbox_ids: Collection[int], now: datetime, held: Collection[int]) -> Counter[int]:
    """Touches that other workers are sending now, by mailbox."""
    rows = Touch.objects.filter(state=TouchState.READY.value, lease_until__gt=now).exclude(claim="")
    rows = rows.exclude(id__in=held).filter(
        Q(mailbox__in=mailbox_ids) | Q(mailbox=None, enrollment__mailbox__in=mailbox_ids)
    )
    found: Counter[int] = Counter()
    for own, shared, number in (
        rows.order_by().values_list("mailbox_id", "enrollment__mailbox_id").annotate(Count("id"))
    ):
        found[own or shared] += number
    return found
