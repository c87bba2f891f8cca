"""An agent is an identity of its own: its token is kept only as a hash, its use is counted, and a stop holds everywhere."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import nullcontext
from datetime import datetime, timedelta

import pytest
from django.db import connection, models
from django.test import Client

from tandem.access import actions, queries
from tandem.access.models import AgentToken, ScopeUse
from tandem.compliance.models import LedgerEntry
from tandem.compliance.queries import entries_about
from tandem.core import clock
from tandem.core.actors import ActorKind
from tandem.core.errors import Conflict, InvalidInput, NotAllowed, NotFound, Unauthenticated
from tandem.core.jobs import list_periodic, list_tasks
from tests.company import NOW, Company, build

# Another worker, with the agent in its hands: says "ok" or the refusal for every line it is sent.
WORKER = """
import sys
from django.conf import settings
settings.DATABASES["default"]["NAME"] = sys.argv[1]
import django
django.setup()
from tandem.access import actions
from tandem.core import clock
from tandem.core.errors import AppError
agent = actions.actor_of_token(sys.argv[2], now=clock.now())
for line in sys.stdin:
    try:
        actions.require(agent, line.strip())
        print("ok", flush=True)
    except AppError as error:
        print(error.error_code, flush=True)
"""


def make_agent(company: Company, *scopes: str, name: str = "research") -> int:
    olga = company.actor("revops")
    return actions.create_agent(
        name=name,
        purpose="Finds facts",
        scopes=scopes or ("accounts.read",),
        answerable_id=olga.id,
        actor=olga,
        now=NOW,
    )


def make_token(company: Company, agent_id: int) -> str:
    return actions.create_token(agent_id=agent_id, actor=company.actor("revops"), now=NOW)


def test_the_token_itself_is_kept_nowhere(company: Company) -> None:
    token = make_token(company, make_agent(company))
    assert token.startswith("tdm_")
    secret = token[12:]
    for model in (AgentToken, LedgerEntry):
        columns = [field.attname for field in model._meta.concrete_fields if not isinstance(field, models.JSONField)]
        assert all(secret not in str(row) for row in model._default_manager.values_list(*columns))
    assert len(AgentToken.objects.get().digest) == 64


def test_the_last_use_of_a_token_is_told(company: Company, now: datetime) -> None:
    agent = make_agent(company)
    token = make_token(company, agent)
    assert queries.list_tokens(agent)[0].last_used_at is None
    actions.actor_of_token(token, now=now)
    assert queries.list_tokens(agent)[0].last_used_at == now


def test_one_token_can_end_while_the_agent_works_on(company: Company, now: datetime) -> None:
    agent = make_agent(company)
    old, new = make_token(company, agent), make_token(company, agent)
    olga = company.actor("revops")
    actions.revoke_token(token_id=AgentToken.objects.get(prefix=old[:12]).id, reason="leaked", actor=olga, now=now)
    with pytest.raises(Unauthenticated):
        actions.actor_of_token(old, now=now)
    assert actions.actor_of_token(new, now=now).kind is ActorKind.AGENT


@pytest.mark.django_db(transaction=True)
def test_a_stop_holds_in_every_process_at_the_very_next_action() -> None:
    company = build()
    agent = make_agent(company)
    token = make_token(company, agent)
    arguments = [sys.executable, "-c", WORKER, str(connection.settings_dict["NAME"]), token]
    with subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as worker:
        assert worker.stdin is not None
        assert worker.stdout is not None

        def ask(right: str) -> str:
            print(right, file=worker.stdin, flush=True)
            return worker.stdout.readline().strip()

        assert (ask("account.view"), ask("account.edit")) == ("ok", "access.not_allowed")
        actions.revoke_agent(agent_id=agent, reason="odd answers", actor=company.actor("compliance"), now=NOW)
        assert ask("account.view") == "access.not_allowed"
        worker.stdin.close()


def test_a_stop_is_written_down_once_with_its_reason(company: Company, now: datetime) -> None:
    agent = make_agent(company)
    for _ in range(2):
        actions.revoke_agent(agent_id=agent, reason="odd answers", actor=company.actor("compliance"), now=now)
    entry = LedgerEntry.objects.get(action="access.agent_revoked")
    assert (entry.subject, entry.actor_name, "odd answers" in entry.facts) == (f"agent:{agent}", "Cléo Martin", True)


def test_a_stop_needs_the_right_a_reason_and_an_agent(company: Company, now: datetime) -> None:
    agent = make_agent(company)
    with pytest.raises(NotAllowed):
        actions.revoke_agent(agent_id=agent, reason="x", actor=company.actor("seller"), now=now)
    with pytest.raises(InvalidInput):
        actions.revoke_agent(agent_id=agent, reason=" ", actor=company.actor("revops"), now=now)
    with pytest.raises(NotFound):
        actions.revoke_agent(agent_id=agent + 99, reason="x", actor=company.actor("revops"), now=now)
    assert queries.get_agent(agent).revoked_at is None


def test_a_stopped_agent_gets_no_new_token(company: Company, now: datetime) -> None:
    agent = make_agent(company)
    actions.revoke_agent(agent_id=agent, reason="x", actor=company.actor("revops"), now=now)
    with pytest.raises(NotFound):
        make_token(company, agent)
    assert not AgentToken.objects.exists()


def test_a_name_is_given_once_and_scopes_must_be_known(company: Company) -> None:
    make_agent(company)
    with pytest.raises(Conflict):
        make_agent(company)
    for scopes in (("accounts.everything",), ("shell",)):
        with pytest.raises(InvalidInput):
            make_agent(company, *scopes, name="other")
    assert [agent.name for agent in queries.list_agents()] == ["research"]


@pytest.mark.parametrize("name", ["maya", "Maya Okafor", "maya.okafor", "maya-okafor", "maya@aislewright.example"])
def test_an_agent_never_goes_by_a_persons_name(company: Company, name: str) -> None:
    if name == "maya":
        company.people["maya"].name = "Maya"
        company.people["maya"].save()
    with pytest.raises(InvalidInput):
        make_agent(company, name=name)
    assert queries.list_agents() == []


def test_an_agent_can_not_make_agents_or_tokens(company: Company, now: datetime) -> None:
    agent = actions.actor_of_token(make_token(company, make_agent(company, *sorted(["accounts.read"]))), now=now)
    with pytest.raises(NotAllowed):
        actions.create_token(agent_id=agent.id, actor=agent, now=now)
    assert AgentToken.objects.count() == 1


def test_the_use_of_a_scope_is_counted_at_most_once_a_minute(company: Company, now: datetime) -> None:
    agent = actions.actor_of_token(make_token(company, make_agent(company)), now=now)
    for seconds in (0, 1, 59, 60, 61, 125):
        with clock.at(now + timedelta(seconds=seconds)):
            actions.require(agent, "account.view")
    use = ScopeUse.objects.get()
    assert (use.scope, use.count, use.first_used_at) == ("accounts.read", 3, now)
    assert use.last_used_at == now + timedelta(seconds=125)


def test_a_refused_action_does_not_count_as_use(company: Company, now: datetime) -> None:
    agent = actions.actor_of_token(make_token(company, make_agent(company)), now=now)
    with pytest.raises(NotAllowed):
        actions.require(agent, "person.view")
    assert not ScopeUse.objects.exists()


def test_unused_scopes_are_named_and_stopped_agents_are_not(company: Company, now: datetime) -> None:
    first = make_agent(company, "accounts.read", "ledger.read")
    second = make_agent(company, "jobs.read", name="watcher")
    actions.require(actions.actor_of_token(make_token(company, first), now=now), "account.view")
    found = {(row.agent, row.scope) for row in queries.unused_scopes_report(now=now)}
    assert found == {("research", "ledger.read"), ("watcher", "jobs.read")}
    actions.revoke_agent(agent_id=second, reason="x", actor=company.actor("revops"), now=now)
    assert {row.agent for row in queries.unused_scopes_report(now=now)} == {"research"}


def test_the_weekly_report_names_unused_rights_in_the_ledger(company: Company, now: datetime) -> None:
    agent = make_agent(company, "accounts.read", "ledger.read")
    task = list_tasks()["access.report_unused_scopes"]
    assert "access.report_unused_scopes" in [one.name for one in list_periodic()]
    task.run({}, Unfenced())  # type: ignore[arg-type]
    entry = entries_about("agents:all")[-1]
    assert entry.action == "access.unused_scopes_reported"
    assert json.loads(entry.facts) == {"days": 30, "unused": {f"agent:{agent}": ["accounts.read", "ledger.read"]}}


class Unfenced:
    """A progress whose writes nobody contests."""

    final_write = staticmethod(nullcontext)


def test_a_persons_session_or_password_opens_nothing_as_a_token(company: Company, now: datetime) -> None:
    client = Client()
    client.force_login(company.people["olga"], backend="allauth.account.auth_backends.AuthenticationBackend")
    for credential in (client.session.session_key, "correct horse battery", "olga@aislewright.example"):
        with pytest.raises(Unauthenticated):
            actions.actor_of_token(str(credential), now=now)
