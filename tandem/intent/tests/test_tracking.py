"""Events over HTTP: the real Segment SDK against a live server, limits, repeats, skewed clocks, and who sent what."""

from __future__ import annotations

import base64
import gzip
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from tandem.accounts.queries import signal_parts
from tandem.core.actors import built_in_agent
from tandem.core.errors import Conflict, NotAllowed
from tandem.intent.actions.keys import NewKey, create_key, revoke_key
from tandem.intent.actions.receiving import land_events
from tandem.intent.domain import tracking
from tandem.intent.models import EventState, ReceivedEvent, WriteKey
from tests.company import NOW, Company

pytestmark = pytest.mark.django_db
WORKER = built_in_agent("nightly", "worker")
GROUP = {"name": "Kröger", "website": "https://www.kroeger.de"}


@pytest.fixture
def key(company: Company, settings: Any, tmp_path: Path) -> NewKey:
    settings.WAREHOUSE_DIR = tmp_path
    cache.clear()
    return create_key("Website", actor=company.actor("olga"), now=NOW)


def post(key: NewKey | None, call: str, body: object, **headers: str) -> Any:
    packed = body if isinstance(body, bytes) else json.dumps(body).encode()
    if key is not None:
        headers["Authorization"] = "Basic " + base64.b64encode(f"{key.secret}:".encode()).decode()
    return Client().post(f"/v1/{call}", packed, content_type="application/json", headers=headers)


def landed() -> list[dict[str, Any]]:
    engine = signal_parts.connect()
    rows = signal_parts.rows_of(
        engine, [one.id for one in signal_parts.signal_loads() if one.source.startswith("events-")]
    )
    return engine.to_pyarrow(rows.order_by(["load_id", "row_number"])).to_pylist()


def test_an_event_is_kept_once_however_often_it_is_sent(key: NewKey) -> None:
    call = {"userId": "u1", "event": "Trial Started", "messageId": "m1"}
    assert [post(key, "track", call).json() for _ in range(3)] == [{"success": True}] * 3
    assert ReceivedEvent.objects.values_list("message_id", "state").get() == ("m1", EventState.WAITING)
    assert WriteKey.objects.values_list("received", "repeated", "refused").get() == (1, 2, 0)


def test_every_call_is_taken_by_header_or_body_packed_or_not(key: NewKey) -> None:
    ids = {"userId": "u1", "anonymousId": "a1"}
    for call, more in {
        "identify": {"traits": {"email": "anna@kroeger.de"}}, "track": {"event": "Signed Up"},
        "page": {"name": "Pricing"}, "screen": {"name": "Home"}, "group": {"groupId": "g1", "traits": GROUP},
        "alias": {"previousId": "a1"},
    }.items():  # fmt: skip
        assert post(None, call, ids | more | {"writeKey": key.secret}).status_code == 200
    packed = gzip.compress(json.dumps({"batch": [ids | {"type": "track", "event": "Signed Up"}]}).encode())
    assert post(key, "batch", packed, **{"Content-Encoding": "gzip"}).json() == {"success": True}
    assert ReceivedEvent.objects.count() == 7
    assert all("writeKey" not in event.call for event in ReceivedEvent.objects.all())


def test_what_cannot_be_read_is_refused_and_leaves_nothing(key: NewKey) -> None:
    track = {"userId": "u", "event": "E"}
    assert post(key, "track", b"{").status_code == 400
    assert post(key, "track", b"[]").status_code == 400
    assert post(key, "track", track | {"properties": {"text": "x" * 33_000}}).status_code == 400
    assert post(key, "batch", {"batch": [track | {"type": "track", "x": "y" * 300}] * 1_600}).status_code == 400
    assert post(key, "batch", gzip.compress(b"0" * 5_000_000), **{"Content-Encoding": "gzip"}).status_code == 400
    assert post(key, "track", {"event": "E"}).json()["message"].startswith("The call was not taken: no_user_anon_id")
    assert post(key, "track", {"userId": "u"}).status_code == 400
    assert post(key, "group", {"userId": "u"}).status_code == 400
    assert post(key, "nonsense", track).status_code == 400
    too_many = {"batch": [{"type": "track", "userId": "u", "event": "E"}] * 2_501}
    assert post(key, "batch", too_many).json() == {"success": True, "refused": 2_501}  # as Segment: 200, and dropped
    assert not ReceivedEvent.objects.exists()


def test_only_a_key_in_use_opens_the_door(key: NewKey, company: Company) -> None:
    call = {"userId": "u1", "event": "E"}
    assert post(None, "track", call).status_code == 401
    assert post(None, "track", call | {"writeKey": "guess"}).status_code == 401
    assert Client().get("/v1/track").status_code == 405
    revoke_key(key.id, actor=company.actor("olga"), now=NOW)
    assert post(key, "track", call).status_code == 401
    assert not ReceivedEvent.objects.exists()
    with pytest.raises(Conflict):
        create_key("Website", actor=company.actor("olga"), now=NOW)
    with pytest.raises(NotAllowed):
        create_key("Other", actor=company.actor("maya"), now=NOW)
    assert WriteKey.objects.count() == 1


def test_guessing_and_flooding_are_slowed_down(key: NewKey, monkeypatch: pytest.MonkeyPatch) -> None:
    from tandem.intent.web import tracking as door

    monkeypatch.setattr(door, "BAD_KEYS_A_MINUTE", 2)
    monkeypatch.setattr(door, "REQUESTS_A_SECOND", 2)
    call = {"userId": "u1", "event": "E"}
    assert [post(None, "track", call).status_code for _ in range(4)] == [401, 401, 429, 429]
    monkeypatch.setattr(door, "_count", _slowly(door._count))
    found = [post(key, "track", call) for _ in range(4)]
    assert [one.status_code for one in found] == [200, 200, 429, 429]
    assert found[-1]["Retry-After"] == "1"


def _slowly(count: Any) -> Any:
    return lambda name, most, *, seconds: count(name, most, seconds=60)


def test_a_clock_that_is_wrong_is_corrected_and_nothing_happens_in_the_future() -> None:
    told, sent = NOW + timedelta(hours=5), NOW + timedelta(hours=5, minutes=1)
    assert tracking.corrected(told, sent_at=sent, received_at=NOW) == NOW - timedelta(minutes=1)
    assert tracking.corrected(told, sent_at=None, received_at=NOW) == NOW
    assert tracking.corrected(None, sent_at=sent, received_at=NOW) == NOW
    assert tracking.moment("2026-11-24T09:00:00") == datetime(2026, 11, 24, 9, tzinfo=UTC)
    assert tracking.moment("yesterday") is tracking.moment(float("inf")) is None


def test_users_and_groups_told_earlier_name_the_company_of_later_events(key: NewKey) -> None:
    post(key, "identify", {"userId": "u1", "anonymousId": "a1", "traits": {"email": "Anna.Berg@gmail.com"}})
    post(key, "group", {"userId": "u1", "groupId": "g1", "traits": GROUP})
    post(key, "page", {"anonymousId": "stranger", "name": "Pricing"})
    assert land_events(actor=WORKER, now=NOW) == 0  # few and new: they may wait
    assert land_events(actor=WORKER, now=NOW, at_once=True) == 3
    post(key, "track", {"userId": "u1", "event": "Trial Started", "messageId": "m9"})
    assert land_events(actor=WORKER, now=NOW, at_once=True) == 1
    assert land_events(actor=WORKER, now=NOW, at_once=True) == 0
    last, stranger = landed()[-1], landed()[2]
    assert (last["kind"], last["key"], last["account_domain"]) == ("Trial Started", "m9", "kroeger.de")
    assert (last["source"], last["contact_email"]) == ("events-website", "anna.berg@gmail.com")
    assert (stranger["kind"], stranger["account_domain"], stranger["contact_key"]) == ("page", "", "stranger")
    kept = ReceivedEvent.objects.order_by("id").values_list("state", "call__type")
    assert list(kept) == [("kept", "identify"), ("kept", "group"), ("landed", None), ("landed", None)]


@pytest.mark.django_db(transaction=True)
def test_the_python_sdk_of_segment_sends_here_with_no_change_but_the_host(key: NewKey, live_server: Any) -> None:
    analytics = pytest.importorskip("segment.analytics.client")
    errors: list[object] = []
    client = analytics.Client(
        key.secret, host=live_server.url, gzip=True, max_retries=1, on_error=lambda error, _: errors.append(error)
    )
    client.identify("u7", {"email": "anna@kroeger.de", "company": {"name": "Kröger"}})
    client.group("u7", "g7", GROUP)
    for number in range(250):
        client.track("u7", "Report Exported", {"count": number})
    client.page("u7", "Docs", "Pricing", {"path": "/pricing"})
    client.shutdown()
    assert errors == []
    assert ReceivedEvent.objects.count() == 253
    assert land_events(actor=WORKER, now=NOW + timedelta(days=400), at_once=True) == 253
    rows = landed()
    assert len(rows) == 253
    assert {row["account_domain"] for row in rows} == {"kroeger.de"}
    assert sum(row["kind"] == "Report Exported" for row in rows) == 250
