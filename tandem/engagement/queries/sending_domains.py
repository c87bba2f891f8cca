"""Sending domains as pages, the API and the check need them."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tandem.core import secrets
from tandem.core.errors import AppError, NotFound
from tandem.core.nightly import today as company_day
from tandem.engagement.contracts import MailboxKind
from tandem.engagement.domain.dkim import read_key
from tandem.engagement.domain.domain_findings import DnsRecord
from tandem.engagement.domain.providers import OTHER, table
from tandem.engagement.domain.providers import name_of as provider_name
from tandem.engagement.domain.ramp import is_weekend, schedule
from tandem.engagement.domain.reputation import Counts, Verdict, is_sudden, judge
from tandem.engagement.models import DomainCheck, Mailbox, SendingDomain
from tandem.engagement.queries.sender_days import Windows, added_up, provider_windows
from tandem.engagement.queries.senders import DomainToday, domains_today, ramp_of

SENDS_BY = {MailboxKind.GMAIL.value: "google", MailboxKind.MICROSOFT.value: "microsoft"}
CHECKS_SHOWN = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderHealth:
    """How one provider takes a domain's mail, by the counts of 7 and 30 days."""

    key: str
    counts: Counts
    verdict: Verdict

    @property
    def name(self) -> str:
        """As pages show it."""
        return provider_name(self.key)

    @property
    def is_judged(self) -> bool:
        """Whether it is one provider: many servers of their own, and those not known, don't share a view of us."""
        return self.key not in {"", OTHER}


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainState:
    """One domain with all that is known of it now.

    verdict : what its rates ask for
    providers : by messages sent, most first
    is_sudden : more left today than its recent days explain
    """

    today: DomainToday
    verdict: Verdict
    providers: Sequence[ProviderHealth]
    is_sudden: bool

    @property
    def domain(self) -> SendingDomain:
        """The row."""
        return self.today.domain

    @property
    def state(self) -> str:
        """One word: paused, unsound, not_started, slowed, ramp, ready."""
        row = self.today.domain
        if row.paused_at is not None:
            return "paused"
        if self.today.needs_hand:
            return "not_started" if row.is_sound and row.ramp_started_on is None else "unsound"
        if row.throttle < 1:
            return "slowed"
        return "ready" if self.today.ramp is None or self.today.ramp.is_over else "ramp"


def list_domains(*, now: datetime) -> Sequence[DomainState]:
    """All domains by name. Four queries, however many."""
    return tuple(_states(domains_today(now=now), now=now))


def get_domain(domain_id: int, *, now: datetime) -> DomainState:
    """One domain. Raises NotFound."""
    found = domains_today([domain_id], now=now)
    if not found:
        raise NotFound(f"There is no sending domain {domain_id}.", hint="Open it from the list of domains.")
    return _states(found, now=now)[0]


def _states(today: Mapping[int, DomainToday], *, now: datetime) -> list[DomainState]:
    day = company_day(now)
    by_provider = provider_windows(list(today), today=day)
    return [_state(one, by_provider[domain_id], day) for domain_id, one in today.items()]


def _state(today: DomainToday, parts: Mapping[str, Windows], day: date) -> DomainState:
    whole = {days: sum((part[days] for part in parts.values()), Counts()) for days in next(iter(parts.values()), {})}
    health = [
        ProviderHealth(key=key, counts=part[max(part)], verdict=judge(part)) for key, part in parts.items() if part
    ]
    volumes = added_up(today.sent_by_mailbox)
    before = [volumes[one] for one in sorted(volumes) if one < day]
    return DomainState(
        today=today,
        verdict=judge(whole),
        providers=sorted(health, key=lambda one: (-one.counts.sent, one.key)),
        is_sudden=is_sudden(volumes.get(day, 0), before),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class RampPoint:
    """One day of a ramp: what the plan says, and what left. `sent` None: the day has not come."""

    day: date
    planned: int
    sent: int | None


def ramp_points(today: DomainToday, *, now: datetime) -> Sequence[RampPoint]:
    """Plan against what left, from the ramp's first day on; weekends without mail left out. Nothing is asked."""
    day = company_day(now)
    volumes = added_up(today.sent_by_mailbox)
    planned = dict(schedule(ramp_of(today.domain, today.mailboxes)))
    later = [one for one in volumes if planned and one > max(planned)]
    top = max(planned.values(), default=0)
    return tuple(
        RampPoint(day=one, planned=planned.get(one, top), sent=volumes.get(one, 0) if one <= day else None)
        for one in sorted({*planned, *later})
        if not is_weekend(one) or volumes.get(one)
    )


def list_checks(domain_id: int) -> Sequence[DomainCheck]:
    """The last checks of a domain, latest first."""
    return tuple(DomainCheck.objects.filter(domain_id=domain_id).order_by("-checked_at", "-id")[:CHECKS_SHOWN])


def includes_of(domain: SendingDomain) -> tuple[str, ...]:
    """What the providers that this domain's mailboxes send by want in its SPF record. One query."""
    kinds = Mailbox.objects.filter(domain=domain, is_active=True, kind__in=list(SENDS_BY)).values_list(
        "kind", flat=True
    )
    return tuple(table()[SENDS_BY[kind]].spf for kind in sorted(set(kinds)))


def own_key_record(domain: SendingDomain) -> DnsRecord | None:
    """The DNS record of the key this installation signs with; None: there is no such key, or it can't be read."""
    if not domain.dkim_key or not domain.dkim_selector:
        return None
    try:
        pem = secrets.unseal(domain.dkim_key)
        private = read_key(pem, domain=domain.name, selector=domain.dkim_selector).private
    except AppError:
        return None  # the sender meets it when it signs, and says so
    is_rsa = isinstance(private, RSAPrivateKey)
    form = PublicFormat.SubjectPublicKeyInfo if is_rsa else PublicFormat.Raw
    raw = private.public_key().public_bytes(Encoding.DER if is_rsa else Encoding.Raw, form)
    value = f"v=DKIM1; k={'rsa' if is_rsa else 'ed25519'}; p={b64encode(raw).decode('ascii')}"
    return DnsRecord(name=f"{domain.dkim_selector}._domainkey.{domain.name}", type="TXT", value=value)


@dataclass(frozen=True, slots=True, kw_only=True)
class SenderAlarm:
    """Something about a sender that needs a person.

    kind : "domain_stopped", "domain_unsound", "domain_slowed" or "sudden_volume"
    """

    kind: str
    title: str
    text: str
    address: str
    since: datetime | None = None


def alarms(now: datetime) -> Sequence[SenderAlarm]:
    """What stands now, most urgent first; domains nobody has begun to use raise none. Four queries."""
    found = [alarm for one in list_domains(now=now) for alarm in _alarms_of(one)]
    order = {"domain_stopped": 0, "domain_unsound": 1, "sudden_volume": 2, "domain_slowed": 3}
    return tuple(sorted(found, key=lambda one: order[one.kind]))


def _alarms_of(state: DomainState) -> list[SenderAlarm]:
    row, address = state.domain, f"/outreach/domains/{state.domain.id}"
    found = []
    if state.state == "paused":
        told = f"{row.why}. A person resumes it."
        found.append(("domain_stopped", f"Nothing leaves from {row.name}", told, row.paused_at))
    elif state.state == "unsound" and (row.ramp_started_on or row.purpose == "primary"):
        found.append(
            ("domain_unsound", f"The DNS entries of {row.name} need a hand", state.today.why_not, row.checked_at)
        )
    elif state.state == "slowed":
        found.append(("domain_slowed", f"{row.name} sends at {row.throttle:.0%}", row.why, None))
    if state.is_sudden:
        told = f"{state.today.sent:,} left today. Look for a program that sends past the ramp."
        found.append(("sudden_volume", f"More than usual leaves from {row.name}", told, None))
    return [
        SenderAlarm(kind=kind, title=title, text=text, address=address, since=at) for kind, title, text, at in found
    ]
