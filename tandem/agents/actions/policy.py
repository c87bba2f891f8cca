"""Setting the routing rules and the budgets."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from django.db import transaction

from tandem.access.actions import require
from tandem.agents.contracts import BudgetScope, Tier
from tandem.agents.domain.routing import Rule
from tandem.agents.models import Budget, RoutingRule
from tandem.agents.queries.policy import REGIONS
from tandem.agents.queries.tasks import known_tasks
from tandem.core import ledger
from tandem.core.actors import Actor
from tandem.core.errors import InvalidInput, NotFound

MOST_RULES = 50


def set_rules(rules: Sequence[Rule], *, actor: Actor, now: datetime) -> None:
    """Put these rules in the place of all there were; their order counts, their places are given anew.

    Raises NotAllowed without "task.manage", InvalidInput naming the rule that can't be.
    """
    require(actor, "task.manage")
    if len(rules) > MOST_RULES:
        raise InvalidInput(f"At most {MOST_RULES} rules.", hint="Use patterns such as prospecting.*.")
    for place, rule in enumerate(rules, 1):
        _check(place, rule)
    with transaction.atomic():
        RoutingRule.objects.all().delete()
        RoutingRule.objects.bulk_create(
            RoutingRule(place=place, task=one.task.strip(), tier=one.tier.value, least_value=one.least_value,
                        region=one.region, note=one.note.strip()[:200])
            for place, one in enumerate(rules, 1)
        )  # fmt: skip
        ledger.append(actor, "agents.rules_set", subject="routing:1", rules=[
            [one.task, str(one.least_value or ""), one.region, one.tier.value] for one in rules
        ])  # fmt: skip


def _check(place: int, rule: Rule) -> None:
    if not rule.task.strip() or len(rule.task) > 80:
        raise InvalidInput(f"Rule {place} names no task.", hint="Write a name, a pattern such as prospecting.*, or *.")
    if rule.region and rule.region not in REGIONS:
        raise InvalidInput(f"Rule {place}: {rule.region!r} is no region.", hint=f"Known: {', '.join(REGIONS)}.")
    if rule.least_value is not None and rule.least_value < 0:
        raise InvalidInput(f"Rule {place}: a value is never below 0.", hint="Leave it empty for any value.")
    Tier(rule.tier)


def set_budget(
    scope: BudgetScope, key: str, *, a_day: Decimal | None, a_month: Decimal | None, actor: Actor, now: datetime
) -> int:
    """Limit what models may cost, in US dollars by UTC days and months; returns the budget's id.

    key : task, seller's id or campaign; empty for the scope "all"
    a_day, a_month : None: no such limit; one of them must be given

    Raises NotAllowed without "task.manage", InvalidInput.
    """
    require(actor, "task.manage")
    key = "" if scope is BudgetScope.ALL else key.strip()
    if scope is not BudgetScope.ALL and not key:
        raise InvalidInput(f"A budget for a {scope.value} must name it.", hint="Give its name, or choose all.")
    if scope is BudgetScope.TASK and key not in {task.name for task in known_tasks()}:
        raise InvalidInput(f"There is no AI task {key!r}.", hint="Choose one of the list.")
    if a_day is None and a_month is None:
        raise InvalidInput("A budget needs a limit.", hint="Give dollars a day, a month, or both.")
    if min(limit for limit in (a_day, a_month) if limit is not None) < 0:
        raise InvalidInput("A limit is never below 0.", hint="0 keeps models from being asked at all.")
    with transaction.atomic():
        row, _ = Budget.objects.update_or_create(
            scope=scope.value, key=key[:120], defaults={"a_day": a_day, "a_month": a_month}
        )
        ledger.append(
            actor, "agents.budget_set", subject=f"budget:{row.pk}", scope=scope.value, key=key,
            a_day=str(a_day) if a_day is not None else None, a_month=str(a_month) if a_month is not None else None,
        )  # fmt: skip
    return row.pk


def remove_budget(budget_id: int, *, actor: Actor, now: datetime) -> None:
    """Lift a limit. Raises NotAllowed without "task.manage", NotFound."""
    require(actor, "task.manage")
    with transaction.atomic():
        row = Budget.objects.filter(id=budget_id).first()
        if row is None:
            raise NotFound(f"There is no budget {budget_id}.", hint="Reload the page.")
        row.delete()
        ledger.append(actor, "agents.budget_removed", subject=f"budget:{budget_id}", scope=row.scope, key=row.key)
