"""Runs with models: routed, retried, repaired, fallen back, cached, metered; nothing lost and nothing counted twice."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db.models import Sum

from tandem.access.actions import create_agent, revoke_agent
from tandem.agents.actions import conducting, running
from tandem.agents.actions.policy import set_budget, set_rules
from tandem.agents.actions.running import run, run_many, run_with
from tandem.agents.contracts import BudgetScope, Provider, RunState, Tier
from tandem.agents.domain.asking import Door, Question, Reply, cost_of, dollars_of
from tandem.agents.domain.routing import Rule
from tandem.agents.models import AgentRun, ModelCall, Spending
from tandem.agents.queries import policy
from tandem.agents.tests.connected import WORKER, connect, open_gates
from tandem.agents.tests.small_task import SMALL, about
from tandem.compliance import queries as compliance
from tandem.compliance.actions.switches import throw
from tandem.compliance.contracts.switches import SwitchScope
from tandem.core.actors import Actor, ActorKind
from tandem.core.errors import NotAllowed
from tests.model_server import ModelServer, Way

pytestmark = pytest.mark.django_db
Connect = Callable[..., int]


@pytest.fixture(autouse=True)
def _gates_are_open(monkeypatch: pytest.MonkeyPatch) -> None:
    open_gates(monkeypatch)
    monkeypatch.setattr(conducting, "FIRST_WAIT", 0.01)


def billed(server: ModelServer, price_in: int = 1, price_out: int = 5) -> Decimal:
    """What a provider would charge for all it answered."""
    prices = {"price_in": Decimal(price_in), "price_out": Decimal(price_out)}
    return sum((cost_of(*tokens, **prices) for tokens in server.billed), Decimal(0))


def spent(scope: str = "all", key: str = "") -> Decimal:
    return dollars_of(Spending.objects.filter(scope=scope, key=key).aggregate(all=Sum("units"))["all"] or 0)


def test_a_model_answers_and_its_cost_is_counted_once_everywhere(now: datetime, settings: Any, company: Any) -> None:
    maya = company.people["maya"].id
    with ModelServer() as server:
        connect(server, now=now, settings=settings)
        found = run(SMALL, about(3, region="us", seller_id=maya, campaign="spring"), actor=WORKER, now=now)
        cost = billed(server)
    assert found.state is RunState.DONE, found.because
    assert (found.engine, found.tier) == ("anthropic:claude-haiku-4-5", Tier.FAST)
    assert found.output is not None
    assert found.output.note.text == "Company 3 opened a plant in Lyon."
    assert cost > 0
    assert found.cost == cost == AgentRun.objects.get().cost == ModelCall.objects.get().cost
    for scope in (("all", ""), ("task", "tests.note"), ("seller", str(maya)), ("campaign", "spring")):
        assert spent(*scope) == cost
    call = ModelCall.objects.get()
    assert (call.run_id, call.state, call.tokens_in, call.tokens_out) == (found.run_id, "answered", *server.billed[0])
    assert [one.action for one in compliance.entries_about("account:3")] == ["agents.model_called", "agents.task_run"]
    assert [one.action for one in compliance.entries_about("model:small")] == ["compliance.left"]


def test_the_same_question_is_answered_from_the_cache_until_it_expires(now: datetime, settings: Any) -> None:
    with ModelServer() as server:
        connect(server, now=now, settings=settings)
        first = run(SMALL, about(3, region="us"), actor=WORKER, now=now)
        again = run(SMALL, about(3, region="us"), actor=WORKER, now=now + timedelta(days=29))
        assert (again.state, again.cost, again.engine) == (RunState.CACHED, Decimal(0), first.engine)
        assert again.output == first.output
        assert len(server.requests) == 1
        run(SMALL, about(3, "Other news of the day came in.", region="us"), actor=WORKER, now=now)
        later = run(SMALL, about(3, region="us"), actor=WORKER, now=now + timedelta(days=31))
        assert (later.state, len(server.requests)) == (RunState.DONE, 3)


@pytest.mark.parametrize("way", [Way.RATE_LIMITED, Way.OVERLOADED, Way.BROKEN, Way.CUT_OFF])
def test_what_may_pass_is_tried_again(now: datetime, settings: Any, way: Way) -> None:
    with ModelServer(script=[way, way]) as server:
        connect(server, now=now, settings=settings)
        found = run(SMALL, about(3, region="us"), actor=WORKER, now=now)
    assert (found.state, len(server.requests)) == (RunState.DONE, 3)
    row = AgentRun.objects.get()
    assert row.tries == 3
    assert row.cost == sum(ModelCall.objects.values_list("cost", flat=True)) == spent()
    bound = ModelCall.objects.filter(is_bound=True)
    assert bound.count() == (2 if way is Way.CUT_OFF else 0), "a broken stream counts at what it can have cost"
    if way is not Way.CUT_OFF:
        assert row.cost == billed(server)


@pytest.mark.parametrize("way", [Way.MALFORMED, Way.LYING, Way.TOO_LONG])
def test_an_answer_that_breaks_a_guard_is_repaired(now: datetime, settings: Any, way: Way) -> None:
    with ModelServer(script=[way]) as server:
        connect(server, now=now, settings=settings)
        found = run(SMALL, about(3, region="us"), actor=WORKER, now=now)
        second = str(server.requests[1][1])
    assert found.state is RunState.DONE, found.because
    assert found.output is not None
    assert "777" not in found.output.note.text
    assert "be used. Put this right and answer again" in second
    assert found.violations[0].guard == ("grounding" if way is Way.LYING else "schema")
    assert found.cost == billed(server)
    assert len(server.billed) == 2


@pytest.mark.parametrize(
    ("way", "calls", "told"),
    [
        (Way.LYING, 3, "Also after 2 repairs."),
        (Way.BROKEN, 3, "The provider answered 500."),
        (Way.REFUSING, 1, "The model declined to answer."),
        (Way.NO_ENTRY, 1, "It does not know the key."),
    ],
)
def test_when_a_model_never_gives_a_good_answer_the_built_in_engine_does(
    now: datetime, settings: Any, way: Way, calls: int, told: str
) -> None:
    with ModelServer(otherwise=way) as server:
        connect(server, now=now, settings=settings)
        found = run(SMALL, about(3, region="us"), actor=WORKER, now=now)
    assert (found.state, found.engine, found.tier) == (RunState.FELL_BACK, "built-in", Tier.RULES)
    assert found.output is not None
    assert found.output.note.text == "Company 3 opened a plant in Lyon."
    assert told in found.because
    assert len(server.requests) == calls
    assert found.cost == billed(server) == spent()


def test_a_hanging_model_is_left_in_time_and_counted_at_its_bound(now: datetime, settings: Any) -> None:
    with ModelServer(otherwise=Way.HANGING) as server:
        connect(server, now=now, settings=settings, timeout=1, provider=Provider.OPENAI_COMPATIBLE)
        found = run(SMALL, about(3, region="us"), actor=WORKER, now=now)
    assert found.state is RunState.FELL_BACK
    assert "No answer within 1 s." in found.because
    calls = list(ModelCall.objects.values_list("cost", "bound", "is_bound"))
    assert [(cost == bound, flag) for cost, bound, flag in calls] == [(True, True), (True, True)]
    assert spent() == found.cost > 0


def test_the_next_model_of_the_tier_is_asked_before_the_built_in_engine(now: datetime, settings: Any) -> None:
    with ModelServer(otherwise=Way.BROKEN) as broken, ModelServer() as server:
        connect(broken, now=now, settings=settings, name="first", place=1)
        connect(
            server, now=now, settings=settings, name="second", place=2, provider=Provider.OPENAI, model="gpt-5-mini"
        )
        found = run(SMALL, about(3, region="us"), actor=WORKER, now=now)
    assert (found.state, found.engine) == (RunState.DONE, "openai:gpt-5-mini")
    assert len(broken.requests) == 3
    assert "first: The provider answered 500." in found.because


def test_a_wait_that_is_too_long_is_not_waited_for(now: datetime, settings: Any) -> None:
    with ModelServer(otherwise=Way.RATE_LIMITED, retry_after=120) as server:
        connect(server, now=now, settings=settings)
        found = run(SMALL, about(3, region="us"), actor=WORKER, now=now)
    assert (found.state, len(server.requests)) == (RunState.FELL_BACK, 1)


def test_rules_choose_the_tier_by_task_value_and_region(now: datetime, settings: Any) -> None:
    with ModelServer() as server:
        connect(server, now=now, settings=settings, name="small")
        connect(server, now=now, settings=settings, name="large", tier=Tier.STRONG, model="claude-opus-5")
        rules = [
            Rule(place=1, task="tests.*", tier=Tier.STRONG, least_value=Decimal(50_000)),
            Rule(place=2, task="*", tier=Tier.RULES, region="uk"),
        ]
        set_rules(rules, actor=WORKER, now=now)
        dear = run(SMALL, about(1, region="us", value=Decimal(60_000)), actor=WORKER, now=now)
        cheap = run(SMALL, about(2, region="us", value=Decimal(40_000)), actor=WORKER, now=now)
        british = run(SMALL, about(3, region="uk"), actor=WORKER, now=now)
    assert (dear.engine, dear.tier) == ("anthropic:claude-opus-5", Tier.STRONG)
    assert dear.because == "Rule 1 (tests.*, from a value of 50,000): strong."
    assert cheap.tier is Tier.FAST
    assert (british.engine, british.because) == ("built-in", "Rule 2 (every task, of people in UK): rules.")


def test_data_of_people_does_not_go_where_their_law_does_not_let_it(now: datetime, settings: Any) -> None:
    with ModelServer() as server:
        connect(server, now=now, settings=settings, places="US")
        european = run(SMALL, about(1, region="eea"), actor=WORKER, now=now)
        unknown = run(SMALL, about(2), actor=WORKER, now=now)
        assert server.requests == []
        american = run(SMALL, about(3, region="us"), actor=WORKER, now=now)
    assert (european.state, european.engine) == (RunState.DONE, "built-in")
    assert "small may not see data of people in EEA." in european.because
    assert "of every region" in unknown.because
    assert american.engine == "anthropic:claude-haiku-4-5"


def test_a_model_without_an_open_gate_answers_nothing_live(
    now: datetime, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(policy, "gate_open", lambda task, engine: False)
    with ModelServer() as server:
        connect(server, now=now, settings=settings)
        found = run(SMALL, about(1, region="us"), actor=WORKER, now=now)
        assert server.requests == []
        named = run_with(SMALL, about(1), engine="small", actor=WORKER, now=now)
    assert (found.engine, "has not passed the eval gate" in found.because) == ("built-in", True)
    assert (named.state, named.engine) == (RunState.DONE, "anthropic:claude-haiku-4-5"), "evals may ask it by name"


def test_over_budget_the_built_in_engine_answers_and_says_so(now: datetime, settings: Any) -> None:
    with ModelServer() as server:
        connect(server, now=now, settings=settings)
        set_budget(BudgetScope.CAMPAIGN, "spring", a_day=Decimal("0.01"), a_month=None, actor=WORKER, now=now)
        found = run_many(
            SMALL, [about(n, region="us", campaign="spring") for n in range(1, 21)], actor=WORKER, now=now
        )  # fmt: skip
        free = run(SMALL, about(99, region="us"), actor=WORKER, now=now)
    states = [one.state for one in found]
    assert all(one.output is not None for one in found)
    assert {one.engine for one in found} == {"anthropic:claude-haiku-4-5", "built-in"}
    degraded = [one for one in found if one.engine == "built-in"]
    assert all("The budget of the day for campaign spring ($0.01) is used up" in one.because for one in degraded)
    assert set(states) == {RunState.DONE}
    assert Decimal(0) < spent("campaign", "spring") <= Decimal("0.01")
    assert free.engine == "anthropic:claude-haiku-4-5"


def test_the_red_button_keeps_questions_in_and_work_goes_on(now: datetime, settings: Any, company: Any) -> None:
    with ModelServer() as server:
        connect(server, now=now, settings=settings)
        throw(SwitchScope.GLOBAL, "", reason="stop", actor=company.actor("olga"), now=now)
        found = run(SMALL, about(1, region="us"), actor=WORKER, now=now)
        assert server.requests == []
    assert (found.state, found.engine) == (RunState.DONE, "built-in")
    assert "may not leave now" in found.because
    assert not ModelCall.objects.exists()


def test_an_agent_that_is_revoked_while_it_waits_asks_nothing_more_and_its_cost_stays(
    now: datetime, settings: Any, company: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    olga = company.actor("olga")
    made = create_agent(
        name="scribe", purpose="notes", scopes=["tasks.run"], answerable_id=olga.id, actor=olga, now=now
    )  # fmt: skip
    agent = Actor(kind=ActorKind.AGENT, id=made, name="scribe", scopes=frozenset({"tasks.run"}))
    asked: list[Door] = []

    def revoked_meanwhile(door: Door, question: Question) -> Reply:
        asked.append(door)
        revoke_agent(agent_id=made, reason="enough", actor=olga, now=now)
        return Reply(answer={"note": "not of the schema"}, raw="{}", tokens_in=1_000, tokens_out=200)

    with ModelServer() as server:
        connect(server, now=now, settings=settings)
    with monkeypatch.context() as patch, pytest.raises(NotAllowed):
        # In the caller's own thread, so that the test's transaction sees the revocation.
        patch.setattr(running, "ThreadPoolExecutor", InPlace)
        patch.setattr(running, "answer", revoked_meanwhile)
        run(SMALL, about(3, region="us"), actor=agent, now=now)
    assert len(asked) == 1
    assert not AgentRun.objects.exists()
    assert spent() == ModelCall.objects.get().cost == Decimal("0.002")


class InPlace:
    """An executor that works where it is called."""

    def __init__(self, **_: Any) -> None:
        pass

    def __enter__(self) -> InPlace:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def submit(self, work: Callable[..., Any], *told: Any) -> Future[Any]:
        done: Future[Any] = Future()
        done.set_result(work(*told))
        return done


def test_a_server_that_fails_half_the_time_loses_nothing_and_counts_no_cent_twice(now: datetime, settings: Any) -> None:
    with ModelServer(fail=0.5, seed=11) as server:
        connect(server, now=now, settings=settings)
        requests = [about(number, region="us") for number in range(1, 201)]
        found = run_many(SMALL, requests, actor=WORKER, now=now)
    assert [one.output.note.text for one in found if one.output] == [
        f"Company {number} opened a plant in Lyon." for number in range(1, 201)
    ]
    states = [one.state for one in found]
    assert states.count(RunState.DONE) > 100
    assert states.count(RunState.FELL_BACK) > 0
    assert AgentRun.objects.count() == 200
    calls = list(ModelCall.objects.values_list("state", "cost", "bound", "is_bound", "run_id"))
    assert len(calls) == len(server.requests)
    assert {state for state, *_ in calls} == {"answered", "failed"}
    assert {run_id for *_, run_id in calls} == {one.run_id for one in found}
    told = sum((cost for _, cost, _, is_bound, _ in calls if not is_bound), Decimal(0))
    broken = server.ways.count(Way.CUT_OFF)
    assert len([True for *_, is_bound, _ in calls if is_bound]) == broken
    answered = [tokens for way, tokens in zip(server.billed_ways, server.billed, strict=True) if way is not Way.CUT_OFF]
    assert told == sum((cost_of(*tokens, price_in=Decimal(1), price_out=Decimal(5)) for tokens in answered), Decimal(0))
    everything = sum((cost for _, cost, *_ in calls), Decimal(0))
    assert everything == spent() == sum((one.cost for one in found), Decimal(0))
    assert sum(AgentRun.objects.values_list("cost", flat=True)) == everything
    assert "777" not in " ".join(one.output.note.text for one in found if one.output)
