"""Pages and API of intent: what each role sees, a score opened, keys, kinds changed and gone back to."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from tandem.compliance.contracts.rights import PersonKeys
from tandem.compliance.models import LedgerEntry
from tandem.intent.actions.keys import create_key
from tandem.intent.actions.learning import measure_lift
from tandem.intent.actions.receiving import land_events
from tandem.intent.actions.stores import EventsStore
from tandem.intent.domain.tracking import take
from tandem.intent.models import IntentRun, KindSetting, ReceivedEvent, RunState, WriteKey
from tandem.intent.queries.alarms import alarms
from tandem.intent.queries.kind_rules import rules_in_force
from tandem.intent.queries.latest import latest_lift
from tandem.intent.tests.test_nightly import WORKER, Product, ago, night, product
from tests.company import NOW, Company

pytestmark = pytest.mark.django_db
ClientOf = Callable[..., Client]
__all__ = ["product"]


@pytest.fixture
def scored(product: Product, company: Company) -> Product:
    product.land({"at": ago(days=9)}, {"at": ago(days=9), "agent": "Googlebot/2.1"})
    night(ago(days=8))
    product.land({"at": ago(days=2)}, {"at": ago(days=1), "kind": "Wave Planned"})
    night(NOW)
    return product


def test_everybody_sees_the_state_and_only_accounts_in_sight(
    scored: Product, company: Company, client_of: ClientOf
) -> None:
    account = company.accounts["kroeger"].id
    mine = client_of("maya").get("/intent").content.decode()
    assert f'/intent/accounts/{account}"' in mine
    assert "Robot by name" not in mine
    assert f'/intent/accounts/{account}"' not in client_of("liam").get("/intent").content.decode()
    state = client_of("revops").get("/intent").content.decode()
    for told in ("Refreshed", "Rose most", "Robot by name", "Wave Planned", "Not measured yet"):
        assert told in state
    out = client_of("revops").get("/intent/left-out/named_bot").content.decode()
    assert "Trial Started" in out
    assert ", row 2" in out
    assert client_of("revops").get("/intent/left-out/nonsense").status_code == 404


def test_a_score_opens_on_its_page_and_in_one_call(scored: Product, company: Company, client_of: ClientOf) -> None:
    account, client = company.accounts["kroeger"].id, client_of("maya")
    page = client.get(f"/intent/accounts/{account}").content.decode()
    assert "Earlier days" in page
    assert f'hx-get="/intent/accounts/{account}/signals"' in page
    opened = client.get(f"/intent/accounts/{account}/signals").content.decode()
    for told in ("add up to the score", "events-2.jsonl", "row 1", "How it came and faded"):
        assert told in opened
    earlier = client.get(f"/intent/accounts/{account}/signals?day={ago(days=7).date()}").content.decode()
    assert "add up to the score" in earlier
    assert "events-2.jsonl" not in earlier
    assert client.get(f"/intent/accounts/{account}?day=yesterday").status_code == 422
    assert "No score is kept" in client.get(f"/intent/accounts/{account}?day=2020-01-01").content.decode()
    assert "By kind" in client.get(f"/intent/accounts/{account}/why").content.decode()
    told = client.get(f"/api/v1/intent/accounts/{account}").json()
    assert abs(sum(one["points"] for one in told["signals"]) - told["score"]) <= 1e-9
    assert {"id", "at", "payload_hash", "load_id", "row_number", "source"} <= set(told["signals"][0])
    assert client.get(f"/api/v1/intent/accounts/{account}?as_of={ago(days=7).date()}").json()["score"] < told["score"]
    assert [one["account_id"] for one in client.get("/api/v1/intent/accounts").json()["items"]][:1] == [account]
    for address in (
        f"/intent/accounts/{account}",
        f"/intent/accounts/{account}/why",
        f"/intent/accounts/{account}/signals",
        f"/api/v1/intent/accounts/{account}",
    ):
        assert client_of("liam").get(address).status_code == 404


def test_a_key_is_shown_once_and_revoked(company: Company, client_of: ClientOf) -> None:
    client = client_of("revops")
    page = client.post("/intent/keys/new", {"name": "Website"}).content.decode()
    secret = re.search(r"again: <code>([\w-]+)</code>", page)
    assert secret is not None
    assert secret[1] not in client.get("/intent/keys").content.decode()
    assert client.post("/intent/keys/new", {"name": "Website"}).status_code == 422
    assert client_of("maya").post("/intent/keys/new", {"name": "Mine"}).status_code == 403
    key = WriteKey.objects.get()
    client.post(f"/intent/keys/{key.id}/revoke")
    key.refresh_from_db()
    assert key.revoked_at is not None
    assert not LedgerEntry.objects.filter(facts__icontains=secret[1]).exists()


def test_kinds_are_changed_after_a_look_and_gone_back_to(
    scored: Product, company: Company, client_of: ClientOf
) -> None:
    client, form = client_of("revops"), _form_of(client_of("revops").get("/intent/kinds/edit").content.decode())
    assert _in_force() is None
    form |= {"trial_started.weight": "40", "own": "203.0.113.7/24\npartner.example"}
    looked = client.post("/intent/kinds/edit", form | {"look": "1"}).content.decode()
    assert "What would change" in looked
    assert "203.0.113.0/24" in looked
    assert not KindSetting.objects.exists()
    for wrong in ({"trial_started.weight": "many"}, {"names": "event: trial = no_such_kind"}, {"reason": ""}):
        refused = client.post("/intent/kinds/edit", form | {"save": "1", "reason": "Trials count"} | wrong)
        assert refused.status_code == 422
    assert not KindSetting.objects.exists()
    client.post("/intent/kinds/edit", form | {"save": "1", "reason": "Trials count"})
    version = KindSetting.objects.get()
    rules = rules_in_force().rules
    assert (_in_force(), rules.kinds.known["trial_started"].weight) == (version.id, 40.0)
    assert (rules.own_domains, rules.own_addresses) == (("partner.example",), ("203.0.113.0/24",))
    assert night(NOW + timedelta(hours=1)).base is None  # under other rules nothing is carried on
    assert "Trials count" in client.get("/intent/kinds").content.decode()
    assert "own_domains" in client.get(f"/intent/kinds/{version.id}").content.decode()
    client.post("/intent/kinds/adopt", {"version": ""})
    assert rules_in_force().rules.kinds.known["trial_started"].weight == 15.0
    client.post("/intent/kinds/adopt", {"version": version.id})
    assert rules_in_force().rules.kinds.known["trial_started"].weight == 40.0
    assert client_of("maya").post("/intent/kinds/adopt", {"version": ""}).status_code == 403


def _in_force() -> int | None:
    return rules_in_force().version


def _form_of(page: str) -> dict[str, Any]:
    fields: dict[str, Any] = {"kind": []}
    for name, value in re.findall(r'<input[^>]*name="([^"]+)"[^>]*value="([^"]*)"', page):
        if name == "kind":
            fields["kind"].append(value)
        elif name != "csrfmiddlewaretoken":
            fields[name] = value
    fields["names"] = re.search(r'name="names"[^>]*>([^<]*)<', page)[1].strip()  # type: ignore[index]
    return fields


def test_too_few_opportunities_give_no_lift_and_no_weights(
    scored: Product, company: Company, client_of: ClientOf
) -> None:
    told = measure_lift(actor=WORKER, now=NOW)
    assert told["is_enough"] is False
    assert (latest_lift() or {})["measured_at"] == told["measured_at"]
    assert "Not enough data" in client_of("revops").get("/intent").content.decode()
    assert client_of("revops").post("/intent/kinds/learned").status_code == 422
    assert not KindSetting.objects.exists()


def test_a_missed_refresh_a_silent_source_and_a_flood_raise_alarms(scored: Product, company: Company) -> None:
    assert alarms(NOW) == ()
    assert [one.kind for one in alarms(NOW + timedelta(days=1))] == ["missed_refresh"]  # 09:40 local, nothing ran
    assert alarms(NOW.replace(hour=3) + timedelta(days=1)) == ()  # before six nothing is late yet
    IntentRun.objects.create(day=NOW.date() + timedelta(days=1), as_of=NOW, state=RunState.FAILED, error="Disk full",
                             started_at=NOW)  # fmt: skip
    assert "Disk full" in alarms(NOW + timedelta(days=1))[0].text
    key = create_key("Shop", actor=company.actor("olga"), now=NOW)
    WriteKey.objects.filter(id=key.id).update(received=500, last_seen_at=ago(hours=30))
    assert [one.kind for one in alarms(NOW)] == ["silent_source"]
    usual = [
        ReceivedEvent(key_id=key.id, message_id=f"u{n}", received_at=ago(days=1 + n % 10, hours=1)) for n in range(50)
    ]
    flood = [ReceivedEvent(key_id=key.id, message_id=f"f{n}", received_at=ago(hours=2)) for n in range(10_000)]
    ReceivedEvent.objects.bulk_create([*usual, *flood])
    WriteKey.objects.update(last_seen_at=NOW)
    assert [(one.kind, one.title) for one in alarms(NOW)] == [("flood", "A flood of events from Shop")]


def test_an_erased_person_leaves_the_spool_with_all_of_their_visits(
    company: Company, settings: Any, tmp_path: Path
) -> None:
    from tandem.intent.actions.receiving import key_of, receive

    settings.WAREHOUSE_DIR = tmp_path
    made = create_key("Shop", actor=company.actor("olga"), now=NOW)
    calls = [
        {"type": "identify", "userId": "u1", "anonymousId": "a1", "traits": {"email": "anna@kroeger.de"}},
        {"type": "identify", "userId": "u2", "traits": {"email": "ben@kroeger.de"}},
    ]
    receive(key_of(made.secret), take("batch", {"batch": calls}, received_at=NOW), now=NOW)
    land_events(actor=WORKER, now=NOW, at_once=True)
    receive(key_of(made.secret), take("page", {"anonymousId": "a1", "name": "Pricing"}, received_at=NOW), now=NOW)
    anna, store = PersonKeys(emails=("anna@kroeger.de",)), EventsStore()
    assert [item.data["type"] for item in store.collect(anna)] == ["identify", "page"]
    assert store.erase(anna, request="request:1", actor=company.actor("cleo"), now=NOW) == 2
    assert [event.call["userId"] for event in ReceivedEvent.objects.all()] == ["u2"]
    assert store.erase(anna, request="request:1", actor=company.actor("cleo"), now=NOW) == 0
