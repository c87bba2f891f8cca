"""Reads of our accounts at providers: how to call them, what they cost, how they did, what the board shows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Count, Q, Sum

from tandem.core import secrets
from tandem.core.errors import NotFound
from tandem.core.intervals import Share
from tandem.core.money import Money
from tandem.prospecting.connectors.base import Door
from tandem.prospecting.domain.accuracy import Measure, expected_accuracy, stale_or_wrong
from tandem.prospecting.domain.providers import BY_KEY, PROVIDERS, CallKind, Provider
from tandem.prospecting.models import CallState, ObservedAccuracy, ProviderAccount, ProviderCall, ProviderState

STUCK = frozenset({ProviderState.KEY_REFUSED.value, ProviderState.NO_CREDIT.value})
RECENT_CALLS = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardRow:
    """One provider as the board shows it; money and calls are of this month.

    state : a word of `ProviderState`, "off", or "no_key"
    hits : answers that found something, among those asked since it is on
    mail : addresses that took mail among those with an outcome; wrong : stale or wrong addresses and employers
    price : of the call that is made most; None: it costs nothing
    """

    key: str
    name: str
    is_on: bool
    state: str
    note: str
    spent: Money
    budget: Money | None
    calls: int
    uncertain: int
    hits: Share
    mail: Share
    wrong: Share
    agrees: Share
    price: Money | None
    paused_until: datetime | None = None

    @property
    def used(self) -> float | None:
        """Share of the budget that is spent, 0 or more; None without one."""
        return float(self.spent.amount / self.budget.amount) if self.budget and self.budget.amount else None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRow:
    """One question to a provider."""

    id: int
    kind: str
    subject: str
    state: str
    price: Money
    asked_at: datetime
    tries: int
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What is set for a provider; the key itself is never shown."""

    provider: Provider
    is_on: bool
    key_hint: str
    base_address: str
    contact: str
    vendor_name: str
    prices: Mapping[CallKind, Decimal]
    currency: str
    monthly_budget: Decimal | None
    state: str
    state_note: str
    paused_until: datetime | None
    has_token: bool


def get_provider(key: str) -> Provider:
    """The provider of a key. Raises NotFound."""
    if key not in BY_KEY:
        raise NotFound(f"There is no provider {key!r}.", hint=f"Known: {', '.join(BY_KEY)}.")
    return BY_KEY[key]


def account_of(key: str) -> ProviderAccount | None:
    """Our account's row; None: nothing is set yet. For this room alone."""
    return ProviderAccount.objects.filter(key=key).first()


def takes_rows(key: str) -> bool:
    """Whether a table that rows can be sent to is set up and on."""
    return ProviderAccount.objects.filter(key=key, is_on=True).exclude(base_address="").exists()


def accounts_on() -> dict[str, ProviderAccount]:
    """Providers that are switched on, by key. For this room alone."""
    return {row.key: row for row in ProviderAccount.objects.filter(is_on=True)}


def can_be_asked(account: ProviderAccount, now: datetime) -> bool:
    """Whether it is on, has its key, and neither refused it nor asked us to wait."""
    provider = BY_KEY[account.key]
    is_set = bool(account.sealed_key) or not provider.needs_key or bool(account.base_address and account.key == "clay")
    is_free = account.paused_until is None or account.paused_until <= now
    return account.is_on and is_set and is_free and account.state not in STUCK


def door_of(account: ProviderAccount) -> Door:
    """Where and with which key it is called. Raises Conflict when the key can't be unsealed."""
    provider = BY_KEY[account.key]
    return Door(
        key=account.key,
        name=provider.name,
        base_address=(account.base_address or provider.base_address).rstrip("/"),
        secret=secrets.unseal(account.sealed_key),
        contact=account.contact,
    )


def public_door(key: str) -> Door:
    """The door of a provider that needs no key, whether it is set up or not."""
    account = account_of(key)
    provider = BY_KEY[key]
    return door_of(account) if account else Door(key=key, name=provider.name, base_address=provider.base_address)


def price_of(account: ProviderAccount | None, provider: Provider, kind: CallKind) -> Decimal:
    """What a call costs: as RevOps entered, else by the public price; in the account's currency."""
    own = (account.prices if account else {}).get(kind.value)
    return Decimal(str(own)) if own is not None else provider.prices.get(kind, Decimal(0))


def month_of(now: datetime) -> datetime:
    """The first moment of the month (UTC) that budgets count from."""
    return now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def spent_by(account_ids: Sequence[int], *, now: datetime) -> dict[int, Decimal]:
    """What calls of this month were charged, by provider account; those on their way and uncertain ones counted."""
    rows = ProviderCall.objects.filter(provider__in=account_ids, asked_at__gte=month_of(now))
    return {row["provider"]: row["sum"] for row in rows.values("provider").annotate(sum=Sum("price"))}


def settings_of(key: str) -> Settings:
    """What is set for a provider. Raises NotFound."""
    provider, row = get_provider(key), account_of(key)
    kinds = sorted(provider.prices, key=str)
    return Settings(
        provider=provider,
        is_on=row.is_on if row else False,
        key_hint=row.key_hint if row else "",
        base_address=row.base_address if row else "",
        contact=row.contact if row else "",
        vendor_name=row.vendor_name if row else "",
        prices={kind: price_of(row, provider, kind) for kind in kinds},
        currency=row.currency if row else "USD",
        monthly_budget=row.monthly_budget if row else None,
        state=_state(row, provider),
        state_note=row.state_note if row else "",
        paused_until=row.paused_until if row else None,
        has_token=bool(row and row.token_hash),
    )


def _state(row: ProviderAccount | None, provider: Provider) -> str:
    if row is None or not row.is_on:
        return "off"
    return "no_key" if provider.needs_key and not row.sealed_key and row.key != "clay" else row.state


def board(*, now: datetime) -> list[BoardRow]:
    """Every provider the product knows, those that are on first. Four queries."""
    rows = {row.key: row for row in ProviderAccount.objects.all()}
    spent = spent_by([row.id for row in rows.values()], now=now)
    counts = _counts(now)
    measured = accuracy_by_source()
    found = [
        _board_row(provider, rows.get(provider.key), spent, counts, measured.get(provider.key, {}))
        for provider in PROVIDERS
    ]
    return sorted(found, key=lambda one: not one.is_on)


def _counts(now: datetime) -> dict[int, dict[str, int]]:
    of_month = Q(asked_at__gte=month_of(now))
    rows = ProviderCall.objects.values("provider").annotate(
        calls=Count("id", filter=of_month),
        uncertain=Count("id", filter=of_month & Q(state=CallState.UNCERTAIN)),
        hit=Count("id", filter=Q(state=CallState.ANSWERED)),
        missed=Count("id", filter=Q(state=CallState.MISSED)),
    )
    words = ("calls", "uncertain", "hit", "missed")
    return {row["provider"]: {word: int(row[word]) for word in words} for row in rows.values("provider", *words)}


def _board_row(
    provider: Provider,
    row: ProviderAccount | None,
    spent: Mapping[int, Decimal],
    counts: Mapping[int, Mapping[str, int]],
    measured: Mapping[Measure, Share],
) -> BoardRow:
    count = counts.get(row.id, {}) if row else {}
    currency = row.currency if row else "USD"
    hit, missed = count.get("hit", 0), count.get("missed", 0)
    dearest = max((price_of(row, provider, kind) for kind in provider.prices), default=Decimal(0))
    none = Share(hits=0, n=0)
    return BoardRow(
        key=provider.key,
        name=provider.name,
        is_on=bool(row and row.is_on),
        state=_state(row, provider),
        note=row.state_note if row and row.is_on else provider.note,
        spent=Money(spent.get(row.id, Decimal(0)) if row else Decimal(0), currency),
        budget=Money(row.monthly_budget, currency) if row and row.monthly_budget is not None else None,
        calls=count.get("calls", 0),
        uncertain=count.get("uncertain", 0),
        hits=Share(hits=hit, n=hit + missed),
        mail=measured.get(Measure.MAIL, none),
        wrong=stale_or_wrong(measured),
        agrees=measured.get(Measure.AGREES, none),
        price=Money(dearest, currency) if dearest else None,
        paused_until=row.paused_until if row else None,
    )


def accuracy_by_source() -> dict[str, dict[Measure, Share]]:
    """What was measured last of each source that tells contacts. One query."""
    found: dict[str, dict[Measure, Share]] = defaultdict(dict)
    for row in ObservedAccuracy.objects.all():
        found[row.source_key][Measure(row.measure)] = Share(hits=row.hits, n=row.n)
    return dict(found)


def accuracy_guesses() -> dict[str, float]:
    """A cautious guess of how often each source is right, for the order of the waterfall."""
    return {key: expected_accuracy(shares) for key, shares in accuracy_by_source().items()}


def recent_calls(key: str, *, limit: int = RECENT_CALLS) -> list[CallRow]:
    """The last questions to a provider, newest first."""
    rows = ProviderCall.objects.filter(provider__key=key).order_by("-asked_at", "-id")[:limit]
    return [
        CallRow(
            id=row.id, kind=row.kind, subject=row.subject, state=row.state, price=Money(row.price, row.currency),
            asked_at=row.asked_at, tries=row.tries, error=row.error,
        )
        for row in rows
    ]  # fmt: skip
