"""The API makes, runs and changes plans as pages do; writes can be repeated under one key."""

from __future__ import annotations

import json

import pytest

from tandem.engagement.models import Campaign, Enrollment, OutreachPolicy
from tandem.engagement.tests.plans_setting import PLAN, all_usable, people

pytestmark = pytest.mark.django_db


def test_a_plan_is_made_and_run_from_first_to_last_by_the_api(company, client_of, monkeypatch):
    all_usable(monkeypatch)
    client = client_of("maya")

    def call(method: str, path: str, body: object = None, **headers: str):
        send = getattr(client, method)
        given = {} if body is None else {"data": json.dumps(body), "content_type": "application/json"}
        answer = send(f"/api/v1{path}", **given, headers=headers)
        assert answer.status_code == 200, answer.content
        return answer.json()

    made = call("post", "/sequences", {"name": "Api", "steps": PLAN}, **{"Idempotency-Key": "k1"})
    again = call("post", "/sequences", {"name": "Api", "steps": PLAN}, **{"Idempotency-Key": "k1"})
    assert again == made
    call("put", f"/sequences/{made['id']}/draft", {"steps": PLAN[:3], "note": "short"})
    faults = call("get", f"/sequences/{made['id']}")["versions"][0]["faults"]
    assert faults[0]["message"] == "3 touches are no plan."
    call("put", f"/sequences/{made['id']}/draft", {"steps": PLAN})
    version = call("post", f"/sequences/{made['id']}/publication")["versions"][0]["id"]
    pk = call("post", "/campaigns", {"version_id": version, "name": "By API", "new_per_day": 3})["id"]
    assert call("put", f"/campaigns/{pk}/state", {"state": "running"})["state"] == "running"
    ids = [one.id for one in people(company, 30) if one.account.owner == company.people["maya"]][:2]
    done = call("post", f"/campaigns/{pk}/enrollments", {"contact_ids": [*ids, 999_999]})
    assert (done["taken"], done["refused"]) == (2, {"999999": "There is no such person that you can see."})
    assert call("get", f"/campaigns/{pk}")["ahead"] == 8
    assert [one["key"] for one in call("get", f"/campaigns/{pk}/mode")["order"]] == [
        "icp",
        "voice",
        "senders",
        "sponsor",
    ]
    assert call("put", f"/campaigns/{pk}/mode", {"mode": "every"}) == {"changed": 0}
    assert len(call("get", f"/contacts/{ids[0]}/outreach")["touches"]) == 4
    assert call("put", f"/contacts/{ids[0]}/outreach", {"change": "stop", "state": "objected", "why": "Said no."}) == {
        "changed": 4
    }
    assert Enrollment.objects.get(contact_id=ids[0]).state == "objected"
    assert call("post", f"/campaigns/{pk}/targets", {"contact_ids": ids}) == {"changed": 2}
    assert call("get", f"/campaigns/{pk}/arms")[0]["measures"][0]["said"].startswith("Not enough data")
    assert call("patch", f"/campaigns/{pk}", {"segment": "Mid-market"})["segment"] == "Mid-market"
    assert call("post", f"/campaigns/{pk}/policies", {"rules": {"countries": ["DE"], "least_facts": 0}}) == {
        "number": 1
    }
    facts = {"country": "DE", "local_time": "10:00", "body": "x"}
    call("post", f"/campaigns/{pk}/policy-cases", {"name": "in", "facts": facts})
    call(
        "post",
        f"/campaigns/{pk}/policy-cases",
        {"name": "out", "facts": {**facts, "country": "US"}, "breaches": ["country"]},
    )
    assert [one["got"] for one in call("get", f"/campaigns/{pk}/policy-cases")] == [[], ["country"]]
    policy = OutreachPolicy.objects.get()
    assert call("put", f"/policies/{policy.id}/force")["state"] == "in_force"
    assert call("get", "/campaigns?state=running")["items"][0]["id"] == pk
    refused = client.put(
        f"/api/v1/campaigns/{pk}/mode", data=json.dumps({"mode": "policy", "why": "x"}), content_type="application/json"
    )
    assert refused.status_code == 403
    assert Campaign.objects.get(id=pk).mode == "every"
