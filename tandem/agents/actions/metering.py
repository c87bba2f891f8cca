"""The meter: every call of a model is written down with what it can cost before it leaves, and settled once.

Both moments take the ledger's lock, on SQLite the write transaction itself, so that two callers can't both take the
last cent of a budget. A call that was never settled (the process was killed) keeps counting at its bound.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import F, Q, Sum

from tandem.agents.contracts import BudgetScope, CallState, RunRequest
from tandem.agents.domain.asking import Reply, believed, cost_of, dollars_of, units_of
from tandem.agents.domain.routing import Endpoint
from tandem.agents.models import Budget, ModelCall, Spending
from tandem.core import exits, ledger
from tandem.core.actors import Actor

FAILURE_LETTERS = 300
PLACES = {"eea": "EEA", "uk": "GB"}

Scope = tuple[str, str]


class OverBudget(Exception):
    """A call could go over a budget; the text says which."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenCall:
    """A call under way. bound : US dollars it can cost at most; on : the day it counts for"""

    id: int
    task: str
    subject: str
    endpoint: Endpoint
    bound: Decimal
    on: date
    scopes: Sequence[Scope]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """What a call came to. is_bound : the provider did not say, so the bound counts"""

    cost: Decimal
    tokens_in: int
    tokens_out: int
    is_bound: bool


def scopes_of(task: str, request: RunRequest[Any]) -> tuple[Scope, ...]:
    """What a request's cost counts for."""
    found = [(BudgetScope.ALL.value, ""), (BudgetScope.TASK.value, task)]
    if request.seller_id is not None:
        found.append((BudgetScope.SELLER.value, str(request.seller_id)))
    if request.campaign:
        found.append((BudgetScope.CAMPAIGN.value, request.campaign))
    return tuple(found)


def open_call(
    task: str, request: RunRequest[Any], endpoint: Endpoint, bound: Decimal, *, actor: Actor, now: datetime
) -> OpenCall:
    """Ask for the way out, take the bound from every budget, write the call down. One transaction.

    Raises NotAllowed when what leaves is stopped or the agent is revoked, OverBudget; then nothing is written.
    """
    on, scopes = now.astimezone(UTC).date(), scopes_of(task, request)
    with transaction.atomic():
        exits.leave(
            actor, what=f"model:{endpoint.name}", places=_places(request.region), task=task, about=request.subject
        )
        _refuse_over_budget(scopes, on, bound)
        rows = [Spending(scope=scope, key=key, on=on) for scope, key in scopes]
        Spending.objects.bulk_create(rows, ignore_conflicts=True)
        Spending.objects.filter(_any(scopes), on=on).update(units=F("units") + units_of(bound), calls=F("calls") + 1)
        row = ModelCall.objects.create(
            endpoint_id=endpoint.id,
            task=task,
            subject=request.subject,
            seller_id=request.seller_id,
            campaign=request.campaign,
            state=CallState.OPEN.value,
            bound=bound,
            started_at=now,
        )
    return OpenCall(
        id=row.pk, task=task, subject=request.subject, endpoint=endpoint, bound=bound, on=on, scopes=scopes
    )  # fmt: skip


def settle(call: OpenCall, reply: Reply, *, actor: Actor) -> Bill:
    """Write down what a call came to, in place of its bound, and in the ledger; a second time changes nothing."""
    bill = bill_of(call, reply)
    state = CallState.ANSWERED if reply.trouble is None else CallState.FAILED
    with transaction.atomic():
        changed = ModelCall.objects.filter(id=call.id, state=CallState.OPEN.value).update(
            state=state.value,
            failure=reply.message[:FAILURE_LETTERS],
            cost=bill.cost,
            is_bound=bill.is_bound,
            tokens_in=bill.tokens_in,
            tokens_out=bill.tokens_out,
            seconds=reply.seconds,
        )
        if changed:
            # The ledger's lock first, as in `open_call`: two orders would wait for each other.
            ledger.append(
                actor, "agents.model_called", subject=call.subject, call=call.id, task=call.task,
                engine=call.endpoint.engine, endpoint=call.endpoint.name, state=state.value, cost=str(bill.cost),
                tokens=[bill.tokens_in, bill.tokens_out], trouble=reply.trouble.value if reply.trouble else "",
            )  # fmt: skip
            less = units_of(bill.cost) - units_of(call.bound)
            Spending.objects.filter(_any(call.scopes), on=call.on).update(units=F("units") + less)
    return bill


def bill_of(call: OpenCall, reply: Reply) -> Bill:
    """What a call costs by what the provider told; the bound when it may have charged and did not say."""
    if reply.tokens_in is None or reply.tokens_out is None:
        return Bill(cost=call.bound, tokens_in=0, tokens_out=0, is_bound=True)
    tokens_in, tokens_out = believed(reply.tokens_in), believed(reply.tokens_out)
    prices = {"price_in": call.endpoint.price_in, "price_out": call.endpoint.price_out}
    cost = cost_of(tokens_in, tokens_out, **prices)
    return Bill(cost=cost, tokens_in=tokens_in, tokens_out=tokens_out, is_bound=False)


def _refuse_over_budget(scopes: Sequence[Scope], on: date, bound: Decimal) -> None:
    for budget in Budget.objects.filter(_any(scopes)).order_by("id"):
        spent = Spending.objects.filter(scope=budget.scope, key=budget.key)
        for limit, rows, word in (
            (budget.a_day, spent.filter(on=on), "day"),
            (budget.a_month, spent.filter(on__gte=on.replace(day=1), on__lte=on), "month"),
        ):
            if limit is None:
                continue
            so_far = dollars_of(rows.aggregate(units=Sum("units"))["units"] or 0)
            if so_far + bound > limit:
                raise OverBudget(
                    f"The budget of the {word} for {told_scope(budget.scope, budget.key)} (${limit:,.2f}) is used up to"
                    f" ${so_far:,.4f}; this call could cost ${bound:,.4f}."
                )


def told_scope(scope: str, key: str) -> str:
    """A scope in words."""
    return "all tasks" if scope == BudgetScope.ALL else f"{scope} {key}"


def _any(scopes: Sequence[Scope]) -> Q:
    found = Q()
    for scope, key in scopes:
        found |= Q(scope=scope, key=key)
    return found


def _places(region: str) -> tuple[str, ...]:
    """The region as switches know places; those of more than one law ("rest") and unknown ones name none."""
    return () if region in ("", "rest") else (PLACES.get(region, region.upper()),)
