"""Pages and API of runs, models and budgets: within sight, without keys, and what they set holds."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from tandem.agents.actions.endpoints import try_endpoint
from tandem.agents.actions.running import run
from tandem.agents.contracts import Provider, RunRequest, RunState, Tier
from tandem.agents.models import Budget, ModelEndpoint
from tandem.agents.queries.endpoints import doors
from tandem.agents.queries.policy import routing_rules
from tandem.agents.queries.runs import RunFilters, list_runs
from tandem.agents.tests.connected import WORKER, connect, open_gates
from tandem.agents.tests.small_task import SMALL, News
from tandem.compliance import queries as compliance
from tests.model_server import ModelServer, Way

pytestmark = pytest.mark.django_db
ClientOf = Callable[..., Client]
KEY = "sk-live-abcdefghijklmnop-WXYZ"
FORM = {
    "name": "small", "provider": "anthropic", "model": "claude-haiku-4-5", "key": KEY, "tier": "fast", "place": "1",
    "price_in": "1", "price_out": "5", "timeout": "30", "most_tokens": "800", "destination": "", "base_url": "",
}  # fmt: skip


def note_on(subject: str, now: datetime, **more: Any) -> int:
    request = RunRequest(input=News(company="X", pieces=["They opened a plant in Lyon."]), subject=subject, **more)
    return run(SMALL, request, actor=more.pop("actor", WORKER), now=now).run_id


def test_a_seller_sees_runs_on_the_own_book_and_nothing_of_others(
    company: Any, client_of: ClientOf, now: datetime
) -> None:
    own = note_on(f"account:{company.accounts['kroeger'].id}", now)
    others = note_on(f"account:{company.accounts['brightwater'].id}", now)
    contact = note_on(f"contact:{company.contacts['anna'].id}", now)
    asked = run(
        SMALL, RunRequest(input=News(company="X", pieces=[]), subject="search:x"), actor=company.actor("maya"), now=now
    )
    maya, liam = client_of("maya"), client_of("liam")
    listed = maya.get("/ai").content.decode()
    assert f"/ai/runs/{own}" in listed
    assert f"/ai/runs/{contact}" in listed
    assert f"/ai/runs/{asked.run_id}" in listed
    assert f"/ai/runs/{others}" not in listed
    shown = maya.get(f"/ai/runs/{own}").content.decode()
    assert "They opened a plant in Lyon." in shown
    assert "The task&#x27;s own tier: fast. No fast model is connected." in shown
    assert maya.get(f"/ai/runs/{others}").status_code == 404
    assert maya.get(f"/api/v1/ai/runs/{others}").status_code == 404
    assert liam.get(f"/ai/runs/{asked.run_id}").status_code == 404
    assert client_of("lena").get(f"/ai/runs/{asked.run_id}").status_code == 200
    assert len(list_runs(company.actor("olga"), RunFilters())) == 4
    assert [one["id"] for one in maya.get("/api/v1/ai/runs").json()["items"]] == [own, contact, asked.run_id]
    assert maya.get("/ai/runs.csv").status_code == 403


def test_runs_are_filtered_by_what_the_address_says(company: Any, client_of: ClientOf, now: datetime) -> None:
    note_on("account:1", now, campaign="spring")
    olga = client_of("olga")
    assert "1 run" in olga.get("/ai?task=tests.note&engine=built-in&state=done&since=2026-11-24").content.decode()
    for query in ("state=refused", "cost=1", "subject=account:2", "since=2026-11-25", "task=agents.trial"):
        assert "/ai/runs/" not in olga.get(f"/ai?{query}").content.decode().replace("/ai/runs.csv", "")
    assert b"tests.note" in b"".join(olga.get("/ai/runs.csv").streaming_content)  # type: ignore[attr-defined]


def test_a_model_is_connected_and_its_key_is_never_given_out_again(company: Any, client_of: ClientOf) -> None:
    olga = client_of("olga")
    assert olga.post("/ai/models/new", FORM).status_code == 302
    row = ModelEndpoint.objects.get()
    assert KEY not in row.sealed_key
    assert doors([row.id])[row.id].key == KEY
    assert KEY not in repr(doors([row.id])[row.id])
    told = "".join(
        olga.get(address).content.decode() for address in ("/ai/models", f"/ai/models/{row.id}", "/api/v1/ai/models")
    )
    assert KEY not in told
    assert "…WXYZ" in told
    assert KEY not in str([entry.facts for entry in compliance.all_entries()])
    moved = olga.post(f"/ai/models/{row.id}", {**FORM, "key": "", "base_url": "https://elsewhere.example/v1"})
    assert (moved.status_code, "would go to another address" in moved.content.decode()) == (422, True)
    kept = olga.post(f"/ai/models/{row.id}", {**FORM, "key": "", "price_in": "2"})
    assert kept.status_code == 302
    row.refresh_from_db()
    assert (row.price_in, doors([row.id])[row.id].key) == (Decimal(2), KEY)
    bad = olga.post("/ai/models/new", {**FORM, "name": "b", "base_url": "http://10.0.0.8/v1"})
    assert "can&#x27;t be called without HTTPS" in bad.content.decode()
    assert olga.post("/ai/models/new", FORM).status_code == 422, "the name is taken"
    olga.post(f"/ai/models/{row.id}/end")
    row.refresh_from_db()
    assert (row.sealed_key, row.is_active, ModelEndpoint.objects.count()) == ("", False, 1)


def test_trying_a_model_says_what_came_of_it(company: Any, client_of: ClientOf, now: datetime, settings: Any) -> None:
    with ModelServer(script=[Way.GOOD, Way.NO_ENTRY]) as server:
        endpoint = connect(server, now=now, settings=settings, provider=Provider.OPENAI_COMPATIBLE)
        olga = client_of("olga")
        good = olga.post(f"/ai/models/{endpoint}/try", follow=True)
        assert "It answered, for $0.00" in good.content.decode()
        assert "Northwind Pumps opened a second plant" in good.content.decode()
        refused = try_endpoint(endpoint, actor=company.actor("olga"), now=now)
    assert (refused.state, "It does not know the key." in refused.because) == (RunState.REFUSED, True)


def test_rules_are_kept_in_their_order_and_a_bad_one_changes_nothing(company: Any, client_of: ClientOf) -> None:
    olga = client_of("olga")
    lines = {
        "task": ["prospecting.*", "*", ""], "value": ["50,000", "", ""], "region": ["", "uk", ""],
        "tier": ["strong", "rules", "fast"], "note": ["large deals", "", ""],
    }  # fmt: skip
    assert olga.post("/ai/models/rules", lines).status_code == 302
    assert [(one.place, one.task, one.least_value, one.region, one.tier) for one in routing_rules()] == [
        (1, "prospecting.*", Decimal(50_000), "", Tier.STRONG), (2, "*", None, "uk", Tier.RULES),
    ]  # fmt: skip
    bad = olga.post("/ai/models/rules", {**lines, "value": ["many", "", ""]})
    assert (bad.status_code, "is no amount" in bad.content.decode()) == (422, True)
    assert len(routing_rules()) == 2


def test_budgets_show_what_is_spent_and_when_it_is_used_up(
    company: Any, client_of: ClientOf, now: datetime, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_gates(monkeypatch)
    maya = company.people["maya"].id
    olga = client_of("olga")
    with ModelServer() as server:
        connect(server, now=now, settings=settings, provider=Provider.OPENAI_COMPATIBLE)
        note_on("account:1", now, region="us", seller_id=maya)
        set_to = {"scope": "seller", "seller": str(maya), "a_day": "0.0001", "a_month": "5"}
        assert olga.post("/ai/budgets/set", set_to).status_code == 302
    shown = olga.get("/ai/budgets").content.decode()
    assert "Maya Okafor: the built-in engine does that work now." in shown
    own = client_of("maya").get("/ai/budgets").content.decode()
    assert "Maya Okafor" in own
    assert "All tasks" not in own
    assert "Maya Okafor" not in client_of("liam").get("/ai/budgets").content.decode()
    (row,) = [one for one in olga.get("/api/v1/ai/budgets").json()["items"] if one["scope"] == "seller"]
    assert (row["is_used_up"], row["calls"], row["key"]) == (True, 1, str(maya))
    assert olga.post(f"/ai/budgets/{Budget.objects.get().id}/remove").status_code == 302
    assert not Budget.objects.exists()
    empty = olga.post("/ai/budgets/set", {"scope": "campaign", "campaign": "x"})
    assert "A budget needs a limit." in empty.content.decode()
