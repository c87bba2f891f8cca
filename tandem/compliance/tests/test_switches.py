"""Switches: anybody may stop, a person lets go again, a stop holds at the very next look; and who sets the limits."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from tandem.access.actions import create_agent, require
from tandem.access.queries import sight_of
from tandem.compliance.actions import switches as actions
from tandem.compliance.contracts.switches import KillSettings, SwitchScope
from tandem.compliance.models import LedgerEntry, Switch
from tandem.compliance.queries import switches as queries
from tandem.core.actors import Actor, ActorKind, built_in_agent
from tandem.core.errors import AppError, Conflict, InvalidInput, NotAllowed, NotFound
from tests.company import Company

SHELL = built_in_agent("shell", "shell")
pytestmark = pytest.mark.django_db


def an_agent(company: Company, now: datetime, *scopes: str, name: str = "drafter") -> Actor:
    answers = company.people["olga"].id
    pk = create_agent(name=name, purpose="Drafts", scopes=scopes, actor=SHELL, now=now, answerable_id=answers)
    return Actor(kind=ActorKind.AGENT, id=pk, name=name, scopes=frozenset(scopes))


def stopping(
    *,
    channel: str = "email",
    agent_id: int | None = None,
    domain: str = "mail.ours.example",
    campaign: str = "autumn",
    places: tuple[str, ...] = ("DE",),
) -> list[str]:
    found = queries.thrown(channel=channel, agent_id=agent_id, domain=domain, campaign=campaign, places=places)
    return [one.scope.value for one in found]


def entries(action: str) -> int:
    return LedgerEntry.objects.filter(action=f"compliance.{action}").count()


def throw(company: Company, scope: SwitchScope, key: str, now: datetime, who: str = "cleo") -> int:
    return actions.throw(scope, key, reason="Outage", actor=company.actor(who), now=now)


@pytest.mark.parametrize("who", ["maya", "priya", "lena", "olga", "victor", "cleo"])
def test_everybody_who_sees_the_gate_may_stop_everything(company: Company, now: datetime, who: str) -> None:
    pk = throw(company, SwitchScope.GLOBAL, "", now, who)
    [standing] = queries.all_thrown()
    assert (standing.id, standing.thrown_by, standing.thrown_at) == (pk, company.people[who].name, now)
    assert stopping() == ["global"]
    assert entries("switch_thrown") == 1


def test_pressing_twice_is_one_stop(company: Company, now: datetime) -> None:
    first = throw(company, SwitchScope.GLOBAL, "", now)
    assert throw(company, SwitchScope.GLOBAL, "whatever", now, "maya") == first
    assert (Switch.objects.count(), entries("switch_thrown")) == (1, 1)


@pytest.mark.parametrize(
    ("scope", "key", "hits", "misses"),
    [
        (SwitchScope.CHANNEL, "email", {"channel": "email"}, {"channel": "sms"}),
        (SwitchScope.DOMAIN, "https://OURS.example/", {"domain": "mail.ours.example"}, {"domain": "yours.example"}),
        (SwitchScope.DOMAIN, "mail.ours.example", {"domain": "mail.ours.example"}, {"domain": "ours.example"}),
        (SwitchScope.CAMPAIGN, "autumn", {"campaign": "autumn"}, {"campaign": ""}),
        (SwitchScope.REGION, "de", {"places": ("AT", "DE")}, {"places": ("AT",)}),
        (SwitchScope.REGION, "US", {"places": ("US-TX",)}, {"places": ("CA",)}),
        (SwitchScope.REGION, "us-tx", {"places": ("US",)}, {"places": ("US-CA",)}),
        (SwitchScope.REGION, "eea", {"places": ("NO",)}, {"places": ("CH",)}),
        (SwitchScope.REGION, "EU", {"places": ("FR",)}, {"places": ("NO",)}),
        (SwitchScope.REGION, "FR", {"places": ()}, {"places": ("US-CA", "GB")}),
        (SwitchScope.REGION, "FR", {"places": ("XX",)}, {"places": ("GB",)}),
    ],
)
def test_a_switch_stops_what_it_names_and_nothing_else(
    company: Company, now: datetime, scope: SwitchScope, key: str, hits: dict[str, str], misses: dict[str, str]
) -> None:
    throw(company, scope, key, now)
    assert stopping(**hits) == [scope.value]  # type: ignore[arg-type]
    assert stopping(**misses) == []  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("scope", "key"),
    [
        (SwitchScope.CHANNEL, "pigeon"),
        (SwitchScope.DOMAIN, "not a domain"),
        (SwitchScope.CAMPAIGN, " "),
        (SwitchScope.REGION, "Atlantis"),
        (SwitchScope.AGENT, "nobody"),
        (SwitchScope.AGENT, "999"),
    ],
)
def test_a_key_that_names_nothing_is_refused(company: Company, now: datetime, scope: SwitchScope, key: str) -> None:
    with pytest.raises(AppError) as refusal:
        throw(company, scope, key, now)
    assert isinstance(refusal.value, InvalidInput | NotFound)
    assert not Switch.objects.exists()


def test_a_stop_needs_a_reason(company: Company, now: datetime) -> None:
    with pytest.raises(InvalidInput, match="reason"):
        actions.throw(SwitchScope.GLOBAL, "", reason="  ", actor=company.actor("maya"), now=now)
    assert not Switch.objects.exists()


def test_revops_and_compliance_lift_and_nobody_else(company: Company, now: datetime) -> None:
    pk = throw(company, SwitchScope.GLOBAL, "", now)
    for who in ("maya", "lena", "victor"):
        with pytest.raises(NotAllowed):
            actions.lift(pk, reason="Over", actor=company.actor(who), now=now)
    with pytest.raises(NotAllowed, match="Software can't lift"):
        actions.lift(pk, reason="Over", actor=SHELL, now=now)
    assert stopping() == ["global"]
    actions.lift(pk, reason="Over", actor=company.actor("olga"), now=now + timedelta(hours=1))
    assert stopping() == []
    row = queries.get_switch(pk)
    assert (row.lifted_by, row.lifted_why, row.lifted_at) == ("Olga Lindqvist", "Over", now + timedelta(hours=1))
    assert entries("switch_lifted") == 1
    with pytest.raises(Conflict):
        actions.lift(pk, reason="Over", actor=company.actor("olga"), now=now)
    with pytest.raises(NotFound):
        actions.lift(pk + 99, reason="Over", actor=company.actor("olga"), now=now)
    assert throw(company, SwitchScope.GLOBAL, "", now) != pk, "a stop after a stop is a new one"


def test_a_stop_is_never_rewritten_beside_the_actions(company: Company, now: datetime) -> None:
    throw(company, SwitchScope.GLOBAL, "", now)
    with pytest.raises(IntegrityError), transaction.atomic():
        Switch.objects.create(scope="global", key="", reason="again", thrown_at=now)
    with pytest.raises(IntegrityError), transaction.atomic():
        Switch.objects.create(scope="domain", key="", reason="which?", thrown_at=now)


def test_an_agent_that_is_switched_off_does_nothing_any_more(company: Company, now: datetime) -> None:
    agent = an_agent(company, now, "accounts.read", "gate.stop")
    other = an_agent(company, now, "accounts.read", name="reader")
    require(agent, "account.view")
    pk = throw(company, SwitchScope.AGENT, "drafter", now)
    assert stopping(agent_id=agent.id) == ["agent"]
    assert stopping(agent_id=other.id) == stopping() == []
    with pytest.raises(NotAllowed, match="may not act now: it is stopped: Outage"):
        require(agent, "account.view")
    assert not sight_of(agent).unowned
    require(other, "account.view")
    require(agent, "gate.view")
    actions.lift(pk, reason="Over", actor=company.actor("cleo"), now=now)
    require(agent, "account.view")


def test_a_global_stop_stops_agents_and_not_people_or_the_products_own_parts(company: Company, now: datetime) -> None:
    agent = an_agent(company, now, "accounts.read", "gate.stop")
    actions.throw(SwitchScope.GLOBAL, "", reason="Outage", actor=agent, now=now)
    assert queries.all_thrown()[0].thrown_by == "software"
    with pytest.raises(NotAllowed, match="everything is stopped"):
        require(agent, "account.view")
    require(SHELL, "account.view")
    require(company.actor("maya"), "account.view")


def test_an_agent_without_the_scope_can_stop_nothing(company: Company, now: datetime) -> None:
    agent = an_agent(company, now, "accounts.read")
    with pytest.raises(NotAllowed):
        actions.throw(SwitchScope.GLOBAL, "", reason="Outage", actor=agent, now=now)
    assert not Switch.objects.exists()


def test_limits_are_set_by_revops_and_told_in_the_ledger(company: Company, now: datetime) -> None:
    assert queries.limits() == KillSettings()
    wanted = KillSettings(days_between_touches=None, review_above=Decimal("100000.00"), four_eyes_above=Decimal("5e5"))
    with pytest.raises(NotAllowed):
        actions.set_limits(wanted, actor=company.actor("lena"), now=now)
    actions.set_limits(wanted, actor=company.actor("olga"), now=now)
    actions.set_limits(wanted, actor=company.actor("olga"), now=now)
    assert queries.limits() == wanted
    [entry] = LedgerEntry.objects.filter(action="compliance.kill_limits_set")
    assert '"days_between_touches":[3,null]' in entry.facts


@pytest.mark.parametrize(
    "wrong",
    [
        KillSettings(days_between_touches=-1),
        KillSettings(objection_days=4_000),
        KillSettings(review_above=Decimal(-1)),
        KillSettings(review_above=Decimal(2), four_eyes_above=Decimal(1)),
    ],
)
def test_limits_that_make_no_sense_are_refused(company: Company, now: datetime, wrong: KillSettings) -> None:
    with pytest.raises(InvalidInput):
        actions.set_limits(wanted := wrong, actor=company.actor("olga"), now=now)
    assert queries.limits() == KillSettings() != wanted
