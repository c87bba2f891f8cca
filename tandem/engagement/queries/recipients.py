"""How much more of today's mail of a sending domain may go to one recipient domain or one provider.

    room = recipient_room([(3, "acme.example")], now=now)
    room[3, "acme.example"].left_today

Beside the mailbox's own allowance; the smaller of both holds.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Sum

from tandem.core.nightly import today as company_day
from tandem.engagement.contracts import SenderAllowance
from tandem.engagement.domain.providers import (
    OTHER,
    cap_of_provider,
    cap_of_recipient_domain,
    name_of,
    provider_of_domain,
)
from tandem.engagement.domain.reputation import Level, judge, share_left
from tandem.engagement.models import Mailbox, RecipientDomain, SenderDay
from tandem.engagement.queries.sender_days import Windows, provider_windows
from tandem.engagement.queries.senders import DomainToday, domains_today, next_start

Pair = tuple[int, str]


def recipient_room(pairs: Collection[Pair], *, now: datetime) -> Mapping[Pair, SenderAllowance]:
    """What each mailbox may still send to each recipient domain today; every pair is in. Seven queries, however many.

    A provider that complains about or bounces a domain's mail gets half of its share, or none, while the others go on.

    pairs : (mailbox id, domain of the address written to)
    """
    domain_of = dict(Mailbox.objects.filter(id__in={one for one, _ in pairs}).values_list("id", "domain_id"))
    states = domains_today(set(domain_of.values()), now=now)
    rooms = recipient_rooms(states, {to for _, to in pairs}, now=now)
    answers: dict[Pair, SenderAllowance] = {}
    for mailbox, to in pairs:
        if mailbox not in domain_of:
            why = f"There is no mailbox {mailbox}."
            answers[mailbox, to] = SenderAllowance(mailbox_id=mailbox, left_today=0, why_not=why)
            continue
        left, why, comes_back = rooms[domain_of[mailbox]].left(to)
        next_at = next_start(company_day(now), is_in_ramp=True) if why and comes_back else None
        answers[mailbox, to] = SenderAllowance(mailbox_id=mailbox, left_today=left, why_not=why, next_at=next_at)
    return answers


@dataclass(slots=True, kw_only=True)
class RecipientRoom:
    """One sending domain's day by recipient.

    to_domain, to_provider : messages of today, as they are used up
    health : by provider; provider_of : what is known of recipient domains
    """

    state: DomainToday
    to_domain: dict[str, int]
    to_provider: dict[str, int]
    health: Mapping[str, Windows]
    provider_of: Mapping[str, str]

    def use(self, to: str) -> None:
        """One more message goes to a recipient domain."""
        to = to.lower()
        provider = provider_of_domain(to) or self.provider_of.get(to, "")
        self.to_domain[to] = self.to_domain.get(to, 0) + 1
        self.to_provider[provider] = self.to_provider.get(provider, 0) + 1

    def left(self, to: str) -> tuple[int, str, bool]:
        """Messages left to a recipient domain, why none are, and whether tomorrow is another day."""
        to = to.lower()
        own = provider_of_domain(to)
        provider = own or self.provider_of.get(to, "")
        verdict = judge(self.health.get(provider, {})) if provider not in {"", OTHER} else None
        if verdict is not None and verdict.level is Level.STOP:
            return 0, f"{name_of(provider)} takes our mail badly: {verdict.why}.", False
        limit = self.state.limit
        room = limit
        if provider not in {"", OTHER}:
            share = share_left(verdict.level) if verdict is not None else 1.0
            room = int(cap_of_provider(limit) * share) - self.to_provider.get(provider, 0)
            if room <= 0:
                return 0, f"{name_of(provider)} had its share of {self.state.domain.name}'s mail of today.", True
        if not own:
            room = min(room, cap_of_recipient_domain(limit) - self.to_domain.get(to, 0))
            if room <= 0:
                return 0, f"{to} had its share of {self.state.domain.name}'s mail of today.", True
        return max(0, room), "", True


def recipient_rooms(
    states: Mapping[int, DomainToday], recipients: Collection[str], *, now: datetime
) -> dict[int, RecipientRoom]:
    """Rooms of several sending domains. Three queries."""
    today = company_day(now)
    to_domain: dict[int, dict[str, int]] = defaultdict(dict)
    to_provider: dict[int, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    rows = SenderDay.objects.filter(mailbox__domain__in=list(states), day=today).order_by()
    grouped = rows.values_list("mailbox__domain_id", "recipient_domain", "provider").annotate(Sum("sent"))
    for domain, to, provider, number in grouped:
        to_domain[domain][to] = to_domain[domain].get(to, 0) + number
        to_provider[domain][provider] += number
    known = dict(
        RecipientDomain.objects.filter(name__in={one.lower() for one in recipients}).values_list("name", "provider")
    )
    health = provider_windows(list(states), today=today)
    return {
        one: RecipientRoom(
            state=state, to_domain=to_domain[one], to_provider=to_provider[one], health=health[one], provider_of=known
        )
        for one, state in states.items()
    }
