"""Which mailbox may send how much, and which one a thread is sent from.

    left = allowances([3, 4], now=now)
    left[3].left_today, left[3].why_not, left[3].next_at
    chosen = mailbox_for([17, 18], now=now)
    chosen[17].mailbox_id, chosen[17].why_not

Nothing leaves from a domain whose DNS entries were not found sound within the last days, that is paused, or whose ramp
has not begun. Mail that software writes never leaves from a primary domain.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Count

from tandem.core.nightly import today as company_day
from tandem.engagement.contracts import OPEN_ENROLLMENTS, Arm, DomainPurpose, SenderAllowance
from tandem.engagement.domain.ramp import FIRST_OF_DOMAIN, FIRST_OF_MAILBOX, Ramp, RampDay, allowed, is_weekend
from tandem.engagement.domain.reputation import limit_today
from tandem.engagement.models import Enrollment, Mailbox, SendingDomain
from tandem.engagement.queries.sender_days import Volumes, added_up, volumes

CHECK_HOLDS = timedelta(days=7)  # a check is made daily; a week of silent name servers is too long
PRIMARY_REFUSED = "Mail that software writes does not leave from {domain}: it is a primary domain."


@dataclass(frozen=True, slots=True, kw_only=True)
class SenderChoice:
    """The mailbox one enrollment is sent from.

    mailbox_id : None: there is none, `why_not` says why
    is_kept : it was chosen before, and stays for the whole thread
    """

    enrollment_id: int
    mailbox_id: int | None
    why_not: str = ""
    is_kept: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainToday:
    """How much of today is left to a domain.

    ramp : None: a primary domain, which has no ramp
    limit : messages of today, slowed; 0 while nothing may leave
    why_not : why nothing may leave or nothing more; empty: it may
    needs_hand : somebody must do something first
    """

    domain: SendingDomain
    mailboxes: Sequence[Mailbox]
    ramp: RampDay | None
    limit: int
    sent: int
    sent_by_mailbox: Mapping[int, Volumes]
    why_not: str
    needs_hand: bool

    @property
    def left(self) -> int:
        """Messages that may still leave today."""
        return max(0, self.limit - self.sent)


def domains_today(domain_ids: Collection[int] | None = None, *, now: datetime) -> Mapping[int, DomainToday]:
    """Every domain asked for with today's limit; None: all. Three queries."""
    rows = SendingDomain.objects.order_by("name")
    domains = list(rows if domain_ids is None else rows.filter(id__in=domain_ids))
    by_domain: dict[int, list[Mailbox]] = defaultdict(list)
    for mailbox in Mailbox.objects.filter(domain__in=[one.id for one in domains]).order_by("id"):
        by_domain[mailbox.domain_id].append(mailbox)
    today = company_day(now)
    sent = volumes([one.id for one in domains], today=today)
    return {one.id: _domain_today(one, by_domain[one.id], sent.get(one.id, {}), now=now) for one in domains}


def _domain_today(
    domain: SendingDomain, mailboxes: Sequence[Mailbox], sent: Mapping[int, Volumes], *, now: datetime
) -> DomainToday:
    today = company_day(now)
    days = added_up(sent)
    ramp = allowed(ramp_of(domain, mailboxes), days, today=today) if domain.purpose == DomainPurpose.OUTREACH else None
    full = ramp.limit if ramp is not None else domain.full_volume
    why = _why_domain_may_not(domain, now)
    limit = 0 if why else limit_today(full, throttle=domain.throttle, is_paused=domain.paused_at is not None)
    used = days.get(today, 0)
    told = why
    if not why and ramp is not None and not ramp.limit:
        told = ramp.why
    elif not why and used >= limit:
        told = f"{domain.name} has sent its {limit:,} messages of today."
    needs_hand = bool(why) or (ramp is not None and domain.ramp_started_on is None)
    return DomainToday(
        domain=domain, mailboxes=mailboxes, ramp=ramp, limit=limit, sent=used, sent_by_mailbox=sent,
        why_not=told, needs_hand=needs_hand,
    )  # fmt: skip


def ramp_of(domain: SendingDomain, mailboxes: Sequence[Mailbox]) -> Ramp:
    """The domain's ramp; its top is what its active mailboxes can carry together."""
    capacity = sum(one.daily_cap for one in mailboxes if one.is_active)
    full = min(domain.full_volume, capacity) if capacity else domain.full_volume
    return Ramp(first=FIRST_OF_DOMAIN, full=full, started_on=domain.ramp_started_on)


def ramp_of_mailbox(mailbox: Mailbox, domain: SendingDomain) -> Ramp:
    """The mailbox's own ramp: it begins with the domain's, or when it was added to a domain that had begun."""
    begun = domain.ramp_started_on
    started = None if begun is None else max(begun, company_day(mailbox.added_at))
    return Ramp(first=FIRST_OF_MAILBOX, full=mailbox.daily_cap, started_on=started)


def _why_domain_may_not(domain: SendingDomain, now: datetime) -> str:
    """Why nothing may leave until somebody does something; empty: it may."""
    if domain.paused_at is not None:
        return f"{domain.name} is paused: {domain.why or 'no reason was given'}."
    if domain.checked_at is None:
        return f"The DNS entries of {domain.name} have not been checked yet."
    if not domain.is_sound:
        return f"The last check of {domain.name} found entries missing or wrong."
    if domain.checked_at < now - CHECK_HOLDS:
        return f"The last check of {domain.name} is older than {CHECK_HOLDS.days} days."
    return ""


def allowances(mailbox_ids: Collection[int], *, now: datetime, is_ai: bool = True) -> Mapping[int, SenderAllowance]:
    """What each mailbox may still send today; every id asked for is in. Four queries, however many.

    Mailboxes of one domain share what the domain has left, so that together they never exceed it.

    is_ai : for mail that software wrote; False: for mail a person wrote, which may leave from a primary domain
    """
    ids = sorted(set(mailbox_ids))
    domain_of = dict(Mailbox.objects.filter(id__in=ids).values_list("id", "domain_id"))
    domains = domains_today(set(domain_of.values()), now=now)
    answers = {
        one: SenderAllowance(mailbox_id=one, left_today=0, why_not=f"There is no mailbox {one}.")
        for one in ids
        if one not in domain_of
    }
    for state in domains.values():
        asked = [one for one in state.mailboxes if domain_of.get(one.id) == state.domain.id]
        answers |= _of_domain(state, asked, now=now, is_ai=is_ai)
    return answers


def _of_domain(
    state: DomainToday, mailboxes: Sequence[Mailbox], *, now: datetime, is_ai: bool
) -> dict[int, SenderAllowance]:
    """Allowances of one domain's mailboxes; the domain's rest goes round until it or they are used up."""
    whys = {one.id: why_mailbox_may_not(one, state, is_ai=is_ai) for one in mailboxes}
    own = {one.id: 0 if whys[one.id] else mailbox_left(one, state, now=now) for one in mailboxes}
    shares = shared_out(own, state.left)
    day = company_day(now)
    answers: dict[int, SenderAllowance] = {}
    for one in mailboxes:
        why, next_at = whys[one.id], None
        if not why and not shares[one.id]:
            why = state.why_not or f"{one.address} has sent its messages of today."
            next_at = None if state.needs_hand else next_start(day, is_in_ramp=not _is_over(state))
        answers[one.id] = SenderAllowance(mailbox_id=one.id, left_today=shares[one.id], why_not=why, next_at=next_at)
    return answers


def why_mailbox_may_not(mailbox: Mailbox, state: DomainToday, *, is_ai: bool) -> str:
    """Why nothing may leave from a mailbox until somebody does something; empty: it may, as far as there is room."""
    if not mailbox.is_active:
        return f"{mailbox.address} is switched off: {mailbox.why or 'no reason was given'}."
    if is_ai and state.domain.purpose == DomainPurpose.PRIMARY:
        return PRIMARY_REFUSED.format(domain=state.domain.name)
    return state.why_not if state.needs_hand else ""


def mailbox_left(mailbox: Mailbox, state: DomainToday, *, now: datetime) -> int:
    """What the mailbox's own ramp and cap leave of today, whatever its domain has left."""
    today = company_day(now)
    days = state.sent_by_mailbox.get(mailbox.id, {})
    limit = mailbox.daily_cap
    if state.ramp is not None:
        limit = min(limit, allowed(ramp_of_mailbox(mailbox, state.domain), days, today=today).limit)
    limit = limit_today(limit, throttle=state.domain.throttle, is_paused=state.domain.paused_at is not None)
    return max(0, limit - days.get(today, 0))


def shared_out(wanted: Mapping[int, int], total: int) -> dict[int, int]:
    """Shares of a total: as even as can be, nobody more than wanted, together at most the total.

    >>> shared_out({1: 5, 2: 1, 3: 9}, 9)
    {1: 4, 2: 1, 3: 4}
    """
    shares = dict.fromkeys(wanted, 0)
    left = max(0, total)
    for at, one in enumerate(sorted(wanted, key=lambda key: (wanted[key], key))):
        shares[one] = min(wanted[one], -(-left // (len(wanted) - at)) if left else 0)
        left -= shares[one]
    return shares


def _is_over(state: DomainToday) -> bool:
    return state.ramp is None or state.ramp.is_over


def next_start(day: date, *, is_in_ramp: bool) -> datetime:
    """The beginning of the next day that has volume of its own: tomorrow; during a ramp no weekend day."""
    following = day + timedelta(days=1)
    while is_in_ramp and is_weekend(following):
        following += timedelta(days=1)
    return datetime.combine(following, time(0), tzinfo=ZoneInfo(settings.TIME_ZONE))


def mailbox_for(enrollment_ids: Collection[int], *, now: datetime) -> Mapping[int, SenderChoice]:
    """The mailbox each enrollment is sent from; every id asked for is in. Six queries, however many.

    A mailbox once chosen stays. A new one is the seller's own, else a shared one; among these the one with most left
    today for each thread it carries already. Software's mail gets a mailbox of an outreach domain only; arms in which
    a person writes may use a primary one. Nothing is written: the caller keeps the choice in the enrollment.
    """
    rows = {one.id: one for one in Enrollment.objects.filter(id__in=set(enrollment_ids)).order_by("id")}
    mailboxes = {one.id: one for one in Mailbox.objects.select_related("domain").order_by("id")}
    room = _Room(mailboxes, now=now)
    choices = {
        one: SenderChoice(enrollment_id=one, mailbox_id=None, why_not=f"There is no enrollment {one}.")
        for one in set(enrollment_ids)
        if one not in rows
    }
    for row in rows.values():
        choices[row.id] = _kept(row, mailboxes) if row.mailbox_id is not None else room.choose(row)
    return choices


def _kept(row: Enrollment, mailboxes: Mapping[int, Mailbox]) -> SenderChoice:
    """The mailbox of the thread, unless software would send from a primary domain."""
    mailbox = mailboxes[int(row.mailbox_id or 0)]
    if row.arm != Arm.HUMAN and mailbox.domain.purpose == DomainPurpose.PRIMARY:
        why = PRIMARY_REFUSED.format(domain=mailbox.domain.name)
        return SenderChoice(enrollment_id=row.id, mailbox_id=None, why_not=why, is_kept=True)
    return SenderChoice(enrollment_id=row.id, mailbox_id=mailbox.id, is_kept=True)


class _Room:
    """What mailboxes have left while threads are dealt out to them."""

    def __init__(self, mailboxes: Mapping[int, Mailbox], *, now: datetime) -> None:
        self.mailboxes = [one for one in mailboxes.values() if one.is_active]
        states = domains_today({one.domain_id for one in self.mailboxes}, now=now)
        self.states = states
        self.left = {one.id: mailbox_left(one, states[one.domain_id], now=now) for one in self.mailboxes}
        open_threads = Enrollment.objects.filter(state__in=OPEN_ENROLLMENTS, mailbox__isnull=False)
        counted = open_threads.order_by().values_list("mailbox_id").annotate(Count("id"))
        self.threads = defaultdict(int, dict(counted))

    def choose(self, row: Enrollment) -> SenderChoice:
        """The best mailbox for an enrollment that has none, and note that it carries one more."""
        is_ai = row.arm != Arm.HUMAN
        fitting = [one for one in self.mailboxes if one.seller_id in (row.seller_id, None)]
        open_ones = [one for one in fitting if not (is_ai and one.domain.purpose == DomainPurpose.PRIMARY)]
        able = [one for one in open_ones if not self.states[one.domain_id].needs_hand]
        own = [one for one in able if row.seller_id is not None and one.seller_id == row.seller_id]
        if not able:
            why = self._why_none(fitting, open_ones)
            return SenderChoice(enrollment_id=row.id, mailbox_id=None, why_not=why)
        best = max(own or able, key=self._rank)
        self.threads[best.id] += 1
        return SenderChoice(enrollment_id=row.id, mailbox_id=best.id)

    def _rank(self, mailbox: Mailbox) -> tuple[float, float, int]:
        """Most of today left for each thread; then fewest threads for its size; then the oldest."""
        carried = self.threads[mailbox.id] + 1
        return self.left[mailbox.id] / carried, -carried / max(1, mailbox.daily_cap), -mailbox.id

    def _why_none(self, fitting: Sequence[Mailbox], open_ones: Sequence[Mailbox]) -> str:
        if open_ones:
            return self.states[open_ones[0].domain_id].why_not
        if fitting:
            return PRIMARY_REFUSED.format(domain=fitting[0].domain.name)
        return "The seller has no mailbox, and there is no shared one."
