"""Setting up providers: key, price, budget, switch; the order of the waterfall."""

from __future__ import annotations

import hashlib
import secrets as tokens
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation

from django.db import transaction

from tandem.access.actions import require
from tandem.core import ledger, secrets
from tandem.core.actors import Actor
from tandem.core.errors import InvalidInput
from tandem.core.money import require_currency
from tandem.prospecting.domain.providers import CallKind
from tandem.prospecting.models import ProviderAccount, ProviderState, WaterfallRule
from tandem.prospecting.queries.providers import get_provider
from tandem.prospecting.queries.waterfall import orders

MOST_PRICE = Decimal(1_000)
MOST_ENOUGH = 3
STAYS = "key"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSettings:
    """What is set for a provider.

    key : the provider's key; "" leaves the one that is there
    prices : by kind of call; None leaves what is there
    monthly_budget : None: no bound
    """

    is_on: bool
    key: str = ""
    base_address: str = ""
    contact: str = ""
    vendor_name: str = ""
    prices: Mapping[CallKind, Decimal] | None = None
    currency: str = "USD"
    monthly_budget: Decimal | None = None


def set_provider(key: str, new: NewSettings, *, actor: Actor, now: datetime) -> None:
    """Set up a provider. The key is sealed and never shown again; the ledger says that it changed, not to what.

    Raises NotAllowed without "prospect.manage", NotFound, InvalidInput.
    """
    require(actor, "prospect.manage")
    provider = get_provider(key)
    _check(new)
    fields: dict[str, object] = {
        "is_on": new.is_on,
        "base_address": new.base_address.strip().rstrip("/"),
        "contact": new.contact.strip(),
        "vendor_name": new.vendor_name.strip(),
        "currency": require_currency(new.currency.upper()),
        "monthly_budget": new.monthly_budget,
        "state": ProviderState.READY,
        "state_note": "",
        "paused_until": None,
        "updated_at": now,
    }
    if new.prices is not None:
        fields["prices"] = {kind.value: str(price) for kind, price in new.prices.items()}
    if new.key.strip():
        fields |= {"sealed_key": secrets.seal(new.key.strip()), "key_hint": secrets.hint_of(new.key.strip())[:8]}
    with transaction.atomic():
        ProviderAccount.objects.update_or_create(key=provider.key, defaults=fields)
        ledger.append(
            actor, "prospecting.provider_set", subject=f"provider:{provider.key}", is_on=new.is_on,
            key_changed=bool(new.key.strip()), budget=None if new.monthly_budget is None else str(new.monthly_budget),
        )  # fmt: skip


def _check(new: NewSettings) -> None:
    if new.base_address and not new.base_address.strip().startswith(("https://", "http://")):
        raise InvalidInput("The address is no web address.", hint="Give one that begins with https://.")
    if new.contact and "@" not in new.contact:
        raise InvalidInput("The contact is no mail address.", hint="The provider writes there if something is wrong.")
    amounts = [*(new.prices or {}).values(), *([new.monthly_budget] if new.monthly_budget is not None else [])]
    if any(not amount.is_finite() or amount < 0 for amount in amounts):
        raise InvalidInput("A price or budget is below zero.", hint="Enter 0 or more.")
    if any(price > MOST_PRICE for price in (new.prices or {}).values()):
        raise InvalidInput(
            f"A price of more than {MOST_PRICE:,} a call can't be meant.", hint="Enter the price of one."
        )


def read_price(text: str) -> Decimal:
    """A price as somebody types it. Raises InvalidInput."""
    try:
        return Decimal(text.strip().replace(",", ".") or "0")
    except InvalidOperation as error:
        raise InvalidInput(f"{text!r} is no price.", hint="Write 0.01.") from error


def new_token(key: str, *, actor: Actor, now: datetime) -> str:
    """A new token with which the provider calls us; the old one ends. It is shown this once.

    Raises NotAllowed without "prospect.manage", NotFound for a provider that does not call us.
    """
    require(actor, "prospect.manage")
    provider = get_provider(key)
    if CallKind.SEND_ROW not in provider.kinds:
        raise InvalidInput(f"{provider.name} does not call us.", hint="Only Clay sends rows back.")
    token = f"td_in_{tokens.token_urlsafe(32)}"
    with transaction.atomic():
        ProviderAccount.objects.update_or_create(key=key, defaults={"token_hash": token_hash(token), "updated_at": now})
        ledger.append(actor, "prospecting.provider_token_made", subject=f"provider:{key}")
    return token


def token_hash(token: str) -> str:
    """What is kept of a token: it is long and random, so a plain hash does."""
    return hashlib.sha256(token.encode()).hexdigest()


def set_order(field: str, providers: Sequence[str], *, enough: int, actor: Actor, now: datetime) -> None:
    """Write the order of providers for a field; an empty order gives the field back to accuracy for the price.

    Raises NotAllowed without "prospect.manage", InvalidInput for an unknown field or a provider that can't tell it.
    """
    require(actor, "prospect.manage")
    known = {order.field: {key for key, _ in order.choices} for order in orders()}
    if field not in known:
        raise InvalidInput(f"There is no field {field!r}.", hint=f"Fields: {', '.join(sorted(known))}.")
    wrong = [key for key in providers if key not in known[field]]
    if wrong or len(set(providers)) != len(providers):
        raise InvalidInput(
            f"{', '.join(wrong) or 'A provider'} can't stand there.", hint="Name each provider once, of those offered."
        )
    if not 1 <= enough <= MOST_ENOUGH:
        raise InvalidInput(f"{enough} sources can't be asked for.", hint=f"Ask for 1 to {MOST_ENOUGH}.")
    by = None if actor.is_agent else actor.id
    with transaction.atomic():
        if providers:
            fields = {"providers": list(providers), "enough": enough, "set_at": now, "set_by_id": by}
            WaterfallRule.objects.update_or_create(field=field, defaults=fields)
        else:
            WaterfallRule.objects.filter(field=field).delete()
        ledger.append(
            actor, "prospecting.waterfall_set", subject=f"field:{field}", providers=list(providers), enough=enough
        )
