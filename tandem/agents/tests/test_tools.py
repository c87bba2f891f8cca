"""Tools of agents: only with the right, only with a sound input, only on channels the recipient may be reached on, and
what changes something important only when a person agrees.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from django.test import Client
from pydantic import BaseModel

from tandem.access import actions as access
from tandem.accounts.queries.accounts import get_account
from tandem.agents.actions.tools import Tool, ToolCall, call, decide, register_tool
from tandem.agents.contracts import ToolAnswer, ToolOutcome
from tandem.agents.models import ToolRequest
from tandem.agents.queries import tools as queries
from tandem.compliance.models import LedgerEntry, Suppression
from tandem.core.actors import Actor, ActorKind
from tandem.core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from tests.company import NOW, Company

pytestmark = pytest.mark.django_db
SCOPES = ("accounts.read", "accounts.write", "registries.write", "tasks.run")
RECIPIENT = {
    "at": "2026-11-24T10:00:00+01:00",
    "channel": "email",
    "purpose": "cold_outreach",
    "recipient": {"country": "DE"},
}


class Words(BaseModel):
    """A text to send."""

    text: str


def make_agent(company: Company, *scopes: str) -> tuple[Actor, str]:
    olga = company.actor("revops")
    agent_id = access.create_agent(
        name="research", purpose="Finds facts", scopes=scopes or SCOPES, answerable_id=olga.id, actor=olga, now=NOW
    )
    token = access.create_token(agent_id=agent_id, actor=olga, now=NOW)
    return Actor(kind=ActorKind.AGENT, id=agent_id, name="research", scopes=frozenset(scopes or SCOPES)), token


@pytest.fixture
def sms() -> Iterator[list[str]]:
    """A tool that reaches people by text message; what it sent."""
    sent: list[str] = []

    def run(made: ToolCall) -> ToolAnswer:
        sent.append(made.input.text)
        return ToolAnswer(outcome=ToolOutcome.DONE, message="Sent.")

    register_tool(
        Tool(
            name="send_text_message", does="Sends a text.", right="account.view", input_type=Words, run=run,
            plan=lambda made: f"send {made.input.text!r}", channel="sms",
        )
    )  # fmt: skip
    yield sent
    del queries._tools["send_text_message"]


def test_an_agent_reads_only_with_the_right_and_gets_outside_text_as_data(company: Company, now: datetime) -> None:
    agent, _ = make_agent(company)
    found = call("look_up_account", {"text": "Kröger"}, actor=agent, now=now)
    assert found.outcome is ToolOutcome.DONE
    kroeger = company.accounts["kroeger"].id
    told = call("read_account_timeline", {"account_id": kroeger}, actor=agent, now=now)
    assert str(told.data["timeline"]).startswith("What stands between marks")
    blind = Actor(kind=ActorKind.AGENT, id=agent.id, name="research")
    with pytest.raises(NotAllowed):
        call("look_up_account", {"text": "Kröger"}, actor=blind, now=now)
    with pytest.raises(NotFound):
        call("drop_table", {}, actor=agent, now=now)


def test_a_wrong_input_is_told_so_that_the_agent_can_correct_it(company: Company, now: datetime) -> None:
    agent, _ = make_agent(company)
    for told, word in (({}, "account_id"), ({"account_id": 0}, "account_id"), ({"account_id": 1, "sql": "x"}, "'sql'")):
        answer = call("read_account_timeline", told, actor=agent, now=now)
        assert (answer.outcome, word in answer.message) == (ToolOutcome.RETRY, True)
    missing = call("read_account_timeline", {"account_id": 987654321}, actor=agent, now=now)
    assert missing.outcome is ToolOutcome.RETRY


def test_a_change_waits_for_a_person_and_is_done_in_their_name(company: Company, now: datetime) -> None:
    agent, _ = make_agent(company)
    account = company.accounts["kroeger"].id
    olga = company.actor("revops")
    before = get_account(olga, account).industry
    told = {"account_id": account, "field": "industry", "value": "Robotics", "reason": "Their own page says so."}
    dry = call("correct_account_field", told, actor=agent, now=now, dry_run=True)
    assert (dry.outcome, "'Robotics'" in str(dry.data["would"])) == (ToolOutcome.DONE, True)
    assert not ToolRequest.objects.exists()
    asked = call("correct_account_field", told, actor=agent, now=now)
    again = call("correct_account_field", told, actor=agent, now=now)
    assert asked.outcome is again.outcome is ToolOutcome.NEEDS_APPROVAL
    assert asked.approval_id == again.approval_id
    assert get_account(olga, account).industry == before
    assert asked.approval_id is not None
    for wrong in (agent, company.actor("seller")):
        with pytest.raises(NotAllowed):
            decide(asked.approval_id, is_yes=True, reason="", actor=wrong, now=now)
    done = decide(asked.approval_id, is_yes=True, reason="Right.", actor=olga, now=now)
    assert (done.outcome, get_account(olga, account).industry) == (ToolOutcome.DONE, "Robotics")
    assert LedgerEntry.objects.filter(action="accounts.corrected").last().actor_id == olga.id  # type: ignore[union-attr]
    with pytest.raises(Conflict):
        decide(asked.approval_id, is_yes=False, reason="No.", actor=olga, now=now)


def test_a_no_needs_a_reason_and_changes_nothing(company: Company, now: datetime) -> None:
    agent, _ = make_agent(company)
    account = company.accounts["kroeger"].id
    told = {"account_id": account, "field": "industry", "value": "Robotics", "reason": "Heard it."}
    asked = call("correct_account_field", told, actor=agent, now=now)
    assert asked.approval_id is not None
    with pytest.raises(InvalidInput):
        decide(asked.approval_id, is_yes=False, reason=" ", actor=company.actor("revops"), now=now)
    answer = decide(asked.approval_id, is_yes=False, reason="No source.", actor=company.actor("revops"), now=now)
    assert (answer.outcome, answer.message) == (ToolOutcome.FAILED, "No source.")
    assert get_account(company.actor("revops"), account).industry != "Robotics"


def test_an_opt_out_is_taken_at_once(company: Company, now: datetime) -> None:
    agent, _ = make_agent(company)
    before = Suppression.objects.count()
    answer = call("record_opt_out", {"address": "sofia@kroeger.example"}, actor=agent, now=now)
    assert (answer.outcome, Suppression.objects.count()) == (ToolOutcome.DONE, before + 1)
    bad = call("record_opt_out", {"address": "nobody"}, actor=agent, now=now)
    assert (bad.outcome, Suppression.objects.count()) == (ToolOutcome.RETRY, before + 1)


def test_a_channel_that_is_not_allowed_is_neither_shown_nor_called(
    company: Company, now: datetime, sms: list[str]
) -> None:
    agent, _ = make_agent(company)
    names = {tool.name for tool in queries.tools_for(agent, RECIPIENT)}
    assert "send_text_message" not in names
    assert {"look_up_account", "record_opt_out"} <= names
    refused = call("send_text_message", {"text": "Hi"}, actor=agent, now=now, recipient=RECIPIENT)
    assert refused.outcome is ToolOutcome.FAILED
    assert call("send_text_message", {"text": "Hi"}, actor=agent, now=now).outcome is ToolOutcome.FAILED
    assert sms == []


def test_the_api_lists_and_calls_with_the_agents_own_scopes(company: Company, now: datetime, sms: list[str]) -> None:
    _, token = make_agent(company)
    headers = {"HTTP_AUTHORIZATION": f"Bearer {token}"}

    def post(address: str, body: dict[str, Any]) -> Any:
        return Client().post(address, body, content_type="application/json", **headers)  # type: ignore[arg-type]

    listed = post("/api/v1/tools", {"recipient": RECIPIENT}).json()
    assert "send_text_message" not in [tool["name"] for tool in listed["tools"]]
    assert "record_opt_out" in listed["rules"]
    answer = post("/api/v1/tools/look_up_account", {"input": {"text": "Kröger"}}).json()
    assert answer["outcome"] == "done"
    told = {"account_id": company.accounts["kroeger"].id, "field": "industry", "value": "Robotics", "reason": "Page."}
    asked = post("/api/v1/tools/correct_account_field", {"input": told}).json()
    waiting = Client().get(f"/api/v1/tools/requests/{asked['approval_id']}", **headers).json()  # type: ignore[arg-type]
    assert (asked["outcome"], waiting["outcome"]) == ("needs_approval", "needs_approval")
    assert post("/api/v1/tools/no_such", {"input": {}}).status_code == 404
    access.revoke_agent(
        agent_id=ToolRequest.objects.get().agent_id, reason="over", actor=company.actor("revops"), now=now
    )
    assert post("/api/v1/tools/look_up_account", {"input": {"text": "Kröger"}}).status_code in {401, 403}
