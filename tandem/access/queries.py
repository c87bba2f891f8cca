"""Reads of access: who somebody is, what they may see, who belongs to whom."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import asdict, dataclass, fields
from datetime import datetime, timedelta
from typing import Any

from allauth.mfa.models import Authenticator
from django.db.models import Q

from tandem.access.contracts import OrganisationSettings, PersonSummary, Reach, Role, Sight
from tandem.access.domain import rights
from tandem.access.models import AgentIdentity, AgentToken, Organisation, Person, ScopeUse, Team
from tandem.core import gate
from tandem.core.actors import Actor, ActorKind
from tandem.core.errors import NotFound


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentSummary:
    """An agent identity as lists show it. `revoked_at` None: it may act."""

    id: int
    name: str
    purpose: str
    scopes: tuple[str, ...]
    answerable: str
    created_at: datetime
    revoked_at: datetime | None
    last_used_at: datetime | None
    live_tokens: int

    def as_dict(self) -> dict[str, Any]:
        """Ready for JSON."""
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class UnusedScope:
    """A right that an agent holds and has not used lately. `last_used_at` None: never."""

    agent_id: int
    agent: str
    scope: str
    last_used_at: datetime | None


_trees: ContextVar[dict[int, frozenset[int]] | None] = ContextVar("trees", default=None)
_organisation: ContextVar[list[OrganisationSettings] | None] = ContextVar("organisation", default=None)


@contextmanager
def remembering() -> Iterator[None]:
    """Inside the block (one request) a person's tree and the organisation's settings are read once."""
    trees, organisation = _trees.set({}), _organisation.set([])
    try:
        yield
    finally:
        _trees.reset(trees)
        _organisation.reset(organisation)


def forget_organisation() -> None:
    """The settings have changed: read them anew."""
    kept = _organisation.get()
    if kept is not None:
        kept.clear()


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenSummary:
    """A token as the agent's page shows it; the token itself is not kept. None: never, or not yet."""

    id: int
    prefix: str
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None


def sight_of(actor: Actor, verb: str = "view", kind: str = "account") -> Sight:
    """Which owners' objects the actor may touch with this verb.

    A revoked or switched-off agent has no sight from that moment on.
    """
    if actor.is_agent:
        allowed = rights.scope_for(kind, verb, actor.scopes, is_built_in=actor.id == 0) is not None
        allowed = allowed and not is_revoked(actor) and gate.stopped(actor.id, f"{kind}.{verb}") is None
        return Sight(reach=Reach.ALL if allowed else Reach.NONE, unowned=allowed)
    reach = rights.reach_of(Role(str(actor.role)), kind, verb)
    unowned = reach is not Reach.NONE and verb in rights.UNOWNED_VERBS
    if reach is Reach.OWN:
        return Sight(reach=reach, person_ids=frozenset({actor.id}), unowned=unowned)
    if reach is Reach.TEAM:
        return Sight(reach=reach, person_ids=people_under(actor.id), unowned=unowned)
    return Sight(reach=reach, unowned=unowned)


def may(actor: Actor, right: str) -> bool:
    """Whether the actor has the right "kind.verb" with any reach: what a page asks before it shows a button."""
    kind, verb = right.split(".", 1)
    if actor.is_agent:
        return sight_of(actor, verb, kind).reach is not Reach.NONE
    return rights.reach_of(Role(str(actor.role)), kind, verb) is not Reach.NONE


def is_revoked(agent: Actor) -> bool:
    """Whether an agent may act no more; asked anew each time. Parts of the product (id 0) can't be revoked."""
    return agent.id != 0 and not AgentIdentity.objects.filter(id=agent.id, revoked_at=None).exists()


def people_under(person_id: int) -> frozenset[int]:
    """The person, everybody who reports to them at any depth, and everybody in their team and the teams below it."""
    known = _trees.get()
    if known is None:
        return _tree_of(person_id)
    if person_id not in known:
        known[person_id] = _tree_of(person_id)
    return known[person_id]


def _tree_of(person_id: int) -> frozenset[int]:
    reports: dict[int, list[int]] = defaultdict(list)
    members: dict[int, list[int]] = defaultdict(list)
    own_team: int | None = None
    for pk, manager_id, team_id in Person.objects.values_list("id", "reports_to_id", "team_id"):
        if manager_id:
            reports[manager_id].append(pk)
        if team_id:
            members[team_id].append(pk)
        if pk == person_id:
            own_team = team_id
    found = _descend({person_id}, reports)
    children: dict[int, list[int]] = defaultdict(list)
    for pk, parent_id in Team.objects.values_list("id", "parent_id"):
        if parent_id:
            children[parent_id].append(pk)
    for team_id in _descend({own_team} if own_team else set(), children):
        found.update(members[team_id])
    return frozenset(found)


def _descend(start: set[int], children: dict[int, list[int]]) -> set[int]:
    """Everything reachable from `start`; a ring in the data does not turn forever."""
    found, waiting = set(start), list(start)
    while waiting:
        for child in children[waiting.pop()]:
            if child not in found:
                found.add(child)
                waiting.append(child)
    return found


def actor_of_person(person_id: int) -> Actor | None:
    """The person as an actor; None when unknown or no longer active."""
    row = Person.objects.filter(id=person_id, is_active=True).values_list("id", "name", "role").first()
    return Actor(kind=ActorKind.PERSON, id=row[0], name=row[1], role=row[2]) if row else None


def get_organisation() -> OrganisationSettings:
    """The one company this installation serves; defaults before anybody has set it."""
    kept = _organisation.get()
    if kept:
        return kept[0]
    row = Organisation.objects.filter(id=1).first() or Organisation()
    values = {field.name: getattr(row, field.name) for field in fields(OrganisationSettings)}
    found = OrganisationSettings(**values | {"domains": tuple(row.domains)})
    if kept is not None:
        kept.append(found)
    return found


def find_person_by_email(email: str) -> PersonSummary | None:
    """By work mail, without case."""
    return next(iter(_summaries(Person.objects.filter(email=email.strip().lower()))), None)


def get_person(person_id: int) -> PersonSummary:
    """One person. Raises NotFound."""
    for person in _summaries(Person.objects.filter(id=person_id)):
        return person
    raise NotFound(f"There is no person {person_id}.", hint="Open the list of people.")


def list_people(*, role: str | None = None, active_only: bool = False, text: str = "") -> Sequence[PersonSummary]:
    """People by name."""
    people = Person.objects.all()
    if role:
        people = people.filter(role=role)
    if active_only:
        people = people.filter(is_active=True)
    if text:
        people = people.filter(Q(name__icontains=text) | Q(email__icontains=text))
    return _summaries(people)


def find_demo_person(role: str) -> PersonSummary | None:
    """An active person of a role with much to see, for one-click sign-in to the demo company.

    Who has much to see is said by the room that knows books (`register_busiest`); without a word of it the first one.
    """
    active = _summaries(Person.objects.filter(role=role, is_active=True, ends_on=None))
    people = sorted(active, key=lambda person: person.id)
    ids = [person.id for person in people]
    chosen = next((found for ask in _busiest if (found := ask(ids)) is not None), None)
    return next((person for person in people if person.id == chosen), people[0] if people else None)


_busiest: list[Callable[[Sequence[int]], int | None]] = []


def register_busiest(ask: Callable[[Sequence[int]], int | None]) -> None:
    """At start-up: `ask` tells which of these people has the largest book; None when none has one."""
    if ask not in _busiest:
        _busiest.append(ask)


def has_second_step(person_id: int) -> bool:
    """Whether the person signs in with an authenticator app as well."""
    return Authenticator.objects.filter(user_id=person_id, type=Authenticator.Type.TOTP).exists()


def find_manager(person_id: int) -> PersonSummary | None:
    """Whom the person reports to."""
    return next(iter(_summaries(Person.objects.filter(reports__id=person_id))), None)


def list_reports(person_id: int) -> Sequence[PersonSummary]:
    """Who reports to the person directly."""
    return _summaries(Person.objects.filter(reports_to_id=person_id))


def people_in_team(team_id: int) -> frozenset[int]:
    """Everybody in the team and the teams below it."""
    children: dict[int, list[int]] = defaultdict(list)
    for pk, parent_id in Team.objects.exclude(parent_id=None).values_list("id", "parent_id"):
        children[parent_id].append(pk)
    return frozenset(Person.objects.filter(team_id__in=_descend({team_id}, children)).values_list("id", flat=True))


def list_teams() -> Sequence[tuple[int, str, int | None]]:
    """Id, name and parent id of every team, by name."""
    return list(Team.objects.order_by("name").values_list("id", "name", "parent_id"))


def person_ids_by_email() -> dict[str, int]:
    """Mail to id of everybody, for imports."""
    return dict(Person.objects.values_list("email", "id"))


def person_ids_by_name() -> dict[str, int]:
    """Name (case folded) to id, of names that are borne by one person only."""
    seen: dict[str, list[int]] = defaultdict(list)
    for pk, name in Person.objects.values_list("id", "name"):
        seen[name.casefold()].append(pk)
    return {name: ids[0] for name, ids in seen.items() if len(ids) == 1}


def list_agents() -> Sequence[AgentSummary]:
    """Every agent identity, active ones first."""
    tokens: dict[int, int] = defaultdict(int)
    for agent_id in AgentToken.objects.filter(revoked_at=None).values_list("agent_id", flat=True):
        tokens[agent_id] += 1
    used: dict[int, datetime] = {}
    for agent_id, last in ScopeUse.objects.values_list("agent_id", "last_used_at"):
        used[agent_id] = max(last, used.get(agent_id, last))
    agents = AgentIdentity.objects.select_related("answerable").order_by("revoked_at", "name")
    return [
        AgentSummary(
            id=agent.id,
            name=agent.name,
            purpose=agent.purpose,
            scopes=tuple(agent.scopes),
            answerable=agent.answerable.name if agent.answerable else "",
            created_at=agent.created_at,
            revoked_at=agent.revoked_at,
            last_used_at=used.get(agent.id),
            live_tokens=0 if agent.revoked_at else tokens[agent.id],
        )
        for agent in agents
    ]


def get_agent(agent_id: int) -> AgentSummary:
    """One agent identity. Raises NotFound."""
    for agent in list_agents():
        if agent.id == agent_id:
            return agent
    raise NotFound(f"There is no agent {agent_id}.", hint="Open the list of agents.")


def get_agent_by_name(name: str) -> AgentSummary:
    """One agent identity. Raises NotFound."""
    for agent in list_agents():
        if agent.name == name:
            return agent
    raise NotFound(f"There is no agent called {name!r}.", hint="`tandem agents list` names them all.")


def list_tokens(agent_id: int) -> Sequence[TokenSummary]:
    """An agent's tokens, newest first."""
    names = [field.name for field in fields(TokenSummary)]
    return [TokenSummary(**row) for row in AgentToken.objects.filter(agent_id=agent_id).order_by("-id").values(*names)]


def unused_scopes_report(*, now: datetime, days: int = 30) -> Sequence[UnusedScope]:
    """Rights that active agents hold and have not used for `days`."""
    before = now - timedelta(days=days)
    used = {
        (agent_id, scope): last
        for agent_id, scope, last in ScopeUse.objects.values_list("agent_id", "scope", "last_used_at")
    }
    found = []
    for agent in AgentIdentity.objects.filter(revoked_at=None).order_by("name"):
        for scope in agent.scopes:
            last = used.get((agent.id, scope))
            if last is None or last < before:
                found.append(UnusedScope(agent_id=agent.id, agent=agent.name, scope=scope, last_used_at=last))
    return found


def _summaries(people: Any) -> list[PersonSummary]:
    ordered = people if people.query.is_sliced else people.order_by("name", "id")
    rows = ordered.values_list("id", "name", "email", "role", "team__name", "is_active")
    return [
        PersonSummary(id=pk, name=name, email=email, role=role, team=team or "", is_active=active)
        for pk, name, email, role, team, active in rows
    ]
