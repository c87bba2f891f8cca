"""Rights: one table, read the same way by everybody; agents have only their scopes, and lose them at once."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tandem.access import actions, queries
from tandem.access.contracts import Reach, Role
from tandem.access.domain import rights
from tandem.access.models import AgentToken, Person, Team
from tandem.core import clock
from tandem.core.actors import Actor, ActorKind
from tandem.core.errors import Conflict, InvalidInput, NotAllowed, Unauthenticated

SHELL = Actor(kind=ActorKind.AGENT, id=0, name="shell", scopes=frozenset({"shell"}))


def person(name: str, role: Role, **fields: object) -> Person:
    return Person.objects.create(email=f"{name.lower()}@aislewright.example", name=name, role=role, **fields)


def as_actor(who: Person) -> Actor:
    actor = queries.actor_of_person(who.id)
    assert actor is not None
    return actor


@pytest.fixture
def company(db: None) -> dict[str, Person]:
    emea = Team.objects.create(name="EMEA")
    dach = Team.objects.create(name="DACH", parent=emea)
    uk = Team.objects.create(name="UK", parent=emea)
    boss = person("Boss", Role.MANAGER, team=emea)
    lead = person("Lead", Role.MANAGER, team=dach, reports_to=boss)
    return {
        "boss": boss,
        "lead": lead,
        "anna": person("Anna", Role.SELLER, team=dach, reports_to=lead),
        "ben": person("Ben", Role.SELLER, team=uk, reports_to=boss),
        "olga": person("Olga", Role.REVOPS),
        "cleo": person("Cleo", Role.COMPLIANCE),
    }


def test_a_seller_sees_the_own_book_and_what_nobody_owns(company: dict[str, Person]) -> None:
    sight = queries.sight_of(as_actor(company["anna"]), "view", "deal")
    assert (sight.reach, sight.person_ids, sight.unowned) == (Reach.OWN, {company["anna"].id}, True)
    assert not queries.sight_of(as_actor(company["anna"]), "edit", "deal").unowned


def test_a_manager_sees_the_tree_below_and_nothing_beside(company: dict[str, Person]) -> None:
    of_lead = queries.sight_of(as_actor(company["lead"])).person_ids
    assert of_lead == {company["lead"].id, company["anna"].id}
    of_boss = queries.sight_of(as_actor(company["boss"])).person_ids
    assert of_boss == {company[name].id for name in ("boss", "lead", "anna", "ben")}


def test_a_ring_in_the_team_tree_does_not_turn_forever(company: dict[str, Person]) -> None:
    Person.objects.filter(id=company["boss"].id).update(reports_to=company["anna"])
    assert company["ben"].id in queries.people_under(company["boss"].id)


@given(
    st.sampled_from(list(Role)),
    st.sampled_from(sorted(rights.KINDS)),
    st.sampled_from(["edit", "export", "decide", "manage"]),
)
def test_whoever_may_change_a_thing_may_see_it(role: Role, kind: str, verb: str) -> None:
    if rights.reach_of(role, kind, verb) is not Reach.NONE:
        assert rights.reach_of(role, kind, "view") is not Reach.NONE


def test_a_kind_that_is_mistyped_is_an_error_and_not_a_refusal() -> None:
    with pytest.raises(KeyError, match="no kind of object"):
        rights.reach_of(Role.REVOPS, "acount", "view")


@pytest.fixture
def agent_id(company: dict[str, Person], now: datetime) -> int:
    return actions.create_agent(
        name="research", purpose="Finds facts", scopes=["accounts.read"], answerable_id=company["olga"].id,
        actor=as_actor(company["olga"]), now=now,
    )  # fmt: skip


def test_an_agent_may_do_what_its_scopes_say_and_no_more(
    agent_id: int, company: dict[str, Person], now: datetime
) -> None:
    token = actions.create_token(agent_id=agent_id, actor=as_actor(company["olga"]), now=now)
    agent = actions.actor_of_token(token, now=now)
    actions.require(agent, "account.view")
    with pytest.raises(NotAllowed):
        actions.require(agent, "account.edit")
    assert queries.sight_of(agent, "edit", "account").reach is Reach.NONE
    assert token not in {row.digest for row in AgentToken.objects.all()}


def test_a_revoked_agent_is_stopped_at_the_very_next_call(
    agent_id: int, company: dict[str, Person], now: datetime
) -> None:
    token = actions.create_token(agent_id=agent_id, actor=as_actor(company["olga"]), now=now)
    agent = actions.actor_of_token(token, now=now)
    actions.revoke_agent(agent_id=agent_id, reason="test", actor=as_actor(company["cleo"]), now=now)
    with pytest.raises(NotAllowed, match="revoked"):
        actions.require(agent, "account.view")
    with pytest.raises(Unauthenticated):
        actions.actor_of_token(token, now=now)


def test_an_expired_or_invented_token_is_refused(agent_id: int, company: dict[str, Person], now: datetime) -> None:
    soon = now + timedelta(minutes=5)
    token = actions.create_token(agent_id=agent_id, actor=as_actor(company["olga"]), now=now, expires_at=soon)
    for wrong in (token[:-1], "tdm_", "", "password", company["olga"].email):
        with pytest.raises(Unauthenticated):
            actions.actor_of_token(wrong, now=now)
    with pytest.raises(Unauthenticated):
        actions.actor_of_token(token, now=soon)


@pytest.mark.parametrize("name", ["anna@aislewright.example", "Anna"])
def test_an_agent_can_not_be_a_person(company: dict[str, Person], now: datetime, name: str) -> None:
    with pytest.raises(InvalidInput, match="is a person"):
        actions.create_agent(
            name=name,
            purpose="x",
            scopes=[],
            answerable_id=company["olga"].id,
            actor=as_actor(company["olga"]),
            now=now,
        )
    assert queries.list_agents() == []


def test_scopes_that_are_not_used_are_reported(agent_id: int, company: dict[str, Person], now: datetime) -> None:
    assert [found.scope for found in queries.unused_scopes_report(now=now, days=30)] == ["accounts.read"]
    token = actions.create_token(agent_id=agent_id, actor=as_actor(company["olga"]), now=now)
    actions.require(actions.actor_of_token(token, now=now), "account.view")
    assert queries.unused_scopes_report(now=now, days=30) == []
    later = now + timedelta(days=31)
    with clock.at(later):
        assert len(queries.unused_scopes_report(now=later, days=30)) == 1


def test_the_last_revops_person_stays(company: dict[str, Person]) -> None:
    olga = as_actor(company["olga"])
    with pytest.raises(Conflict, match="last RevOps"):
        actions.set_role(person_id=olga.id, role="seller", reason="x", actor=olga)
    assert queries.get_person(olga.id).role == Role.REVOPS


def test_a_seller_can_not_give_roles(company: dict[str, Person]) -> None:
    with pytest.raises(NotAllowed):
        actions.set_role(person_id=company["ben"].id, role="revops", reason="x", actor=as_actor(company["anna"]))
    assert queries.get_person(company["ben"].id).role == Role.SELLER


def test_people_from_imports_are_found_again_and_can_not_sign_in(db: None) -> None:
    first = actions.upsert_person(name="Maya Okafor", email="Maya@aislewright.example", team="EMEA", actor=SHELL)
    again = actions.upsert_person(name="Maya Okafor", email="maya@aislewright.example", role="manager", actor=SHELL)
    by_name = actions.upsert_person(name="maya okafor", actor=SHELL)
    assert first == again == by_name
    assert Person.objects.get().role == Role.MANAGER
    assert not Person.objects.get().has_usable_password()


def test_scopes_of_the_product_itself_are_worth_nothing_to_an_agent(agent_id: int) -> None:
    forged = Actor(kind=ActorKind.AGENT, id=agent_id, name="research", scopes=frozenset({"shell", "worker"}))
    with pytest.raises(NotAllowed):
        actions.require(forged, "person.manage")
    assert queries.sight_of(forged, "view", "account").reach is Reach.NONE


def test_a_revoked_agent_sees_nothing_from_the_same_moment(
    agent_id: int, company: dict[str, Person], now: datetime
) -> None:
    agent = Actor(kind=ActorKind.AGENT, id=agent_id, name="research", scopes=frozenset({"accounts.read"}))
    assert queries.sight_of(agent).reach is Reach.ALL
    actions.revoke_agent(agent_id=agent_id, reason="test", actor=as_actor(company["cleo"]), now=now)
    assert queries.sight_of(agent).reach is Reach.NONE
