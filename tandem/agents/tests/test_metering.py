"""The meter under two callers at once: never over a budget, never a cent lost or counted twice; calls wait alone."""

from __future__ import annotations

import threading
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.db.models import Sum

from tandem.agents.actions import metering, running
from tandem.agents.actions.policy import set_budget
from tandem.agents.actions.running import run, run_many
from tandem.agents.contracts import BUILT_IN, BudgetScope, Provider, RunResult
from tandem.agents.domain.asking import Door, Question, Reply, dollars_of
from tandem.agents.models import AgentRun, ModelCall, Spending
from tandem.agents.queries.policy import find_endpoint
from tandem.agents.tests.connected import WORKER, connect, open_gates
from tandem.agents.tests.small_task import SMALL, about
from tandem.compliance import queries as compliance
from tests.model_server import ModelServer, Way

LIMIT = Decimal("0.02")


def spent() -> Decimal:
    return dollars_of(Spending.objects.filter(scope="all").aggregate(all=Sum("units"))["all"] or 0)


@pytest.mark.django_db(transaction=True)
def test_two_callers_at_once_stay_within_the_budget_to_the_cent(
    now: datetime, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_gates(monkeypatch)
    found: list[RunResult[Any]] = []
    failures: list[Exception] = []

    def work(first: int) -> None:
        try:
            requests = [about(number, region="us") for number in range(first, first + 10)]
            found.extend(run_many(SMALL, requests, actor=WORKER, now=now))
        except Exception as error:  # noqa: BLE001  told at the end
            failures.append(error)
        finally:
            connection.close()

    with ModelServer(script=[Way.BROKEN, Way.GOOD, Way.OVERLOADED]) as server:
        connect(server, now=now, settings=settings, provider=Provider.OPENAI_COMPATIBLE)
        set_budget(BudgetScope.ALL, "", a_day=LIMIT, a_month=None, actor=WORKER, now=now)
        threads = [threading.Thread(target=work, args=(first,)) for first in (1, 101)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert failures == []
    assert len(found) == 20
    assert all(one.output is not None for one in found)
    costs = list(ModelCall.objects.values_list("cost", flat=True))
    assert sum(costs) == spent() == sum(AgentRun.objects.values_list("cost", flat=True))
    assert Decimal(0) < spent() <= LIMIT
    assert {one.engine for one in found} == {"openai_compatible:claude-haiku-4-5", BUILT_IN}
    assert compliance.verify().holds


@pytest.mark.django_db(transaction=True)
def test_no_transaction_is_open_while_a_model_is_waited_for(
    now: datetime, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_gates(monkeypatch)
    caller, seen = connection, list[bool]()

    def watched(door: Door, question: Question) -> Reply:
        seen.append(caller.in_atomic_block)
        return Reply(answer={"note": {"claims": []}, "is_hot": False}, tokens_in=10, tokens_out=5)

    monkeypatch.setattr(running, "answer", watched)
    with ModelServer() as server:
        connect(server, now=now, settings=settings)
        found = run(SMALL, about(3, region="us"), actor=WORKER, now=now)
    assert (found.engine, seen) == ("anthropic:claude-haiku-4-5", [False])


@pytest.mark.django_db
def test_a_call_is_settled_once_and_an_open_one_counts_at_its_bound(now: datetime, settings: Any) -> None:
    with ModelServer() as server:
        endpoint = find_endpoint(connect(server, now=now, settings=settings))
    request = about(3, region="us")
    call = metering.open_call("tests.note", request, endpoint, Decimal("0.005"), actor=WORKER, now=now)
    assert spent() == Decimal("0.005")
    reply = Reply(answer={}, tokens_in=1_000, tokens_out=200)
    for _ in range(2):
        metering.settle(call, reply, actor=WORKER)
    assert spent() == ModelCall.objects.get().cost == Decimal("0.002")
    assert len([one for one in compliance.entries_about("account:3") if one.action == "agents.model_called"]) == 1


@pytest.mark.django_db
def test_a_month_is_counted_over_its_days_and_no_other(now: datetime, settings: Any) -> None:
    with ModelServer() as server:
        endpoint = find_endpoint(connect(server, now=now, settings=settings))
    set_budget(BudgetScope.TASK, "agents.trial", a_day=None, a_month=Decimal("0.01"), actor=WORKER, now=now)

    def take(day: int, month: int = 11) -> None:
        at = now.replace(day=day, month=month)
        metering.open_call("agents.trial", about(1), endpoint, Decimal("0.006"), actor=WORKER, now=at)

    take(31, month=10)
    take(1)
    with pytest.raises(metering.OverBudget, match=r"budget of the month for task agents.trial \(\$0.01\)"):
        take(24)
    assert ModelCall.objects.count() == 2
    assert spent() == Decimal("0.012")
