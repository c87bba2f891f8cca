"""Writes of access: rights checked, people and teams, agents and their tokens, the organisation."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import F

from tandem.access import queries
from tandem.access.contracts import Reach, Role
from tandem.access.domain import rights
from tandem.access.models import AgentIdentity, AgentToken, Organisation, Person, ScopeUse, Team
from tandem.core import clock, ledger
from tandem.core.actors import Actor, ActorKind
from tandem.core.errors import Conflict, InvalidInput, NotAllowed, NotFound, Unauthenticated

TOKEN_PREFIX = "tdm_"  # noqa: S105  the public mark of our tokens, so that leak scanners find them
USE_WRITTEN_EVERY_SECONDS = 60


def require(actor: Actor, right: str) -> None:
    """Refuse unless the actor has the right "kind.verb" with any reach.

    Agents are looked up anew each time, so that a revocation holds at the very next call in every process.
    Raises NotAllowed.
    """
    kind, verb = right.split(".", 1)
    if actor.is_agent:
        _require_scope(actor, kind, verb)
        return
    if rights.reach_of(Role(actor.role), kind, verb) is Reach.NONE:
        raise NotAllowed(
            f"Your role ({actor.role}) may not {verb} this.",
            hint="RevOps can change roles; the table of rights is under People.",
            context={"right": right},
        )


def _require_scope(actor: Actor, kind: str, verb: str) -> None:
    if queries.is_revoked(actor):
        raise NotAllowed(f"The agent {actor.name} is revoked.", hint="RevOps or compliance can give it back.")
    scope = rights.scope_for(kind, verb, actor.scopes, is_built_in=actor.id == 0)
    if scope is None:
        raise NotAllowed(
            f"The agent {actor.name} has no scope to {verb} this.",
            hint="Give the agent the scope it needs, and no more.",
            context={"right": f"{kind}.{verb}"},
        )
    if actor.id:
        _note_use(actor.id, scope, clock.now())


def _note_use(agent_id: int, scope: str, now: datetime) -> None:
    """Remember the use; at most one write a minute for each scope."""
    use, is_new = ScopeUse.objects.get_or_create(
        agent_id=agent_id, scope=scope, defaults={"first_used_at": now, "last_used_at": now, "count": 1}
    )
    if not is_new and (now - use.last_used_at).total_seconds() >= USE_WRITTEN_EVERY_SECONDS:
        ScopeUse.objects.filter(id=use.id).update(last_used_at=now, count=F("count") + 1)


# --- people and teams ---


def add_first_person(*, email: str, name: str, password: str, actor: Actor) -> int:
    """The RevOps person of a new installation; returns the id.

    Raises Conflict when somebody can sign in already, InvalidInput for a weak password.
    """
    if Person.objects.filter(is_active=True).exclude(password__startswith="!").exists():  # noqa: S106  the mark of no password
        raise Conflict("Somebody can sign in here already.", hint="Ask RevOps to add you on the People page.")
    person = Person(email=email.strip().lower(), name=name, role=Role.REVOPS)
    try:
        validate_password(password, person)
    except ValidationError as error:
        raise InvalidInput(" ".join(error.messages), hint="Choose a longer password.") from error
    with transaction.atomic():
        person.set_password(password)
        person.save()
        ledger.append(actor, "access.person_added", subject=f"person:{person.id}", role=person.role)
    return person.id


def upsert_person(
    *,
    name: str,
    actor: Actor,
    email: str = "",
    role: str | None = None,
    team: str = "",
    region: str = "",
    manager_email: str = "",
    time_zone: str = "",
    country: str = "",
    starts_on: date | None = None,
    ends_on: date | None = None,
    is_active: bool = True,
) -> int:
    """A person as HR or a CRM tells of them; found by mail, else by name; returns the id.

    role : Role value, or None to keep the present one (seller for somebody new)
    People that come in this way can't sign in until they are given a password or single sign-on.
    """
    mail = email.strip().lower() or f"{'.'.join(name.lower().split()) or 'unnamed'}@unknown.invalid"
    person = Person.objects.filter(email=mail).first()
    if person is None and not email:
        person = Person.objects.filter(name__iexact=name).first()
    before = _facts_of(person) if person else None
    person = person or Person(email=mail, role=Role.SELLER)
    with transaction.atomic():
        _apply(person, name=name, role=role, team=team, region=region, manager_email=manager_email)
        person.time_zone = time_zone or person.time_zone
        person.country = country or person.country
        person.starts_on = starts_on or person.starts_on
        person.ends_on = ends_on or person.ends_on
        person.is_active = is_active
        after = _facts_of(person)
        if before == after:
            return person.id
        if before is None:
            person.set_unusable_password()
        person.save()
        action = "access.person_added" if before is None else "access.person_changed"
        ledger.append(actor, action, subject=f"person:{person.id}", role=str(person.role), active=is_active)
    return person.id


def _facts_of(person: Person) -> tuple[Any, ...]:
    return tuple(
        getattr(person, name)
        for name in (
            "name",
            "role",
            "team_id",
            "reports_to_id",
            "time_zone",
            "country",
            "starts_on",
            "ends_on",
            "is_active",
        )
    )


def _apply(person: Person, *, name: str, role: str | None, team: str, region: str, manager_email: str) -> None:
    person.name = name or person.name
    if role:
        person.role = Role(role)
    if team:
        person.team, _ = Team.objects.get_or_create(name=team, defaults={"region": region})
    if manager_email:
        manager = Person.objects.filter(email=manager_email.strip().lower()).exclude(id=person.id).first()
        person.reports_to = manager or person.reports_to


def set_role(*, person_id: int, role: str, reason: str, actor: Actor) -> None:
    """Give a person another role.

    Raises NotFound, InvalidInput, and Conflict when nobody would be left to manage people.
    """
    require(actor, "person.manage")
    if role not in set(Role):
        raise InvalidInput(f"{role!r} is no role.", hint=f"Roles: {', '.join(Role)}.")
    with transaction.atomic():
        if role != Role.REVOPS:
            _refuse_last_revops(person_id)
        changed = Person.objects.filter(id=person_id).update(role=role)
        if not changed:
            raise NotFound(f"There is no person {person_id}.")
        ledger.append(actor, "access.role_set", subject=f"person:{person_id}", role=role, reason=reason)


def move_to_team(*, person_id: int, team_id: int | None, actor: Actor) -> None:
    """Put a person into a team, or into none."""
    require(actor, "person.manage")
    if team_id is not None and not Team.objects.filter(id=team_id).exists():
        raise NotFound(f"There is no team {team_id}.")
    with transaction.atomic():
        if not Person.objects.filter(id=person_id).update(team_id=team_id):
            raise NotFound(f"There is no person {person_id}.")
        ledger.append(actor, "access.team_set", subject=f"person:{person_id}", team=team_id)


def set_active(*, person_id: int, is_active: bool, reason: str, actor: Actor) -> None:
    """Let a person in, or shut them out at once, also from pages that are open."""
    require(actor, "person.manage")
    if person_id == actor.id and actor.kind is ActorKind.PERSON:
        raise Conflict("You can't shut yourself out.", hint="Ask another RevOps person.")
    with transaction.atomic():
        if not is_active:
            _refuse_last_revops(person_id)
        if not Person.objects.filter(id=person_id).update(is_active=is_active):
            raise NotFound(f"There is no person {person_id}.")
        word = "access.person_let_in" if is_active else "access.person_shut_out"
        ledger.append(actor, word, subject=f"person:{person_id}", reason=reason)


def _refuse_last_revops(person_id: int) -> None:
    others = Person.objects.filter(role=Role.REVOPS, is_active=True).exclude(id=person_id)
    if Person.objects.filter(id=person_id, role=Role.REVOPS).exists() and not others.exists():
        raise Conflict("This is the last RevOps person.", hint="Give the role to somebody else first.")


# --- agents ---


def create_agent(
    *, name: str, purpose: str, scopes: Sequence[str], answerable_id: int, actor: Actor, now: datetime
) -> int:
    """A new agent identity; returns its id. Raises InvalidInput, Conflict."""
    require(actor, "agent.manage")
    unknown = sorted(set(scopes) - set(rights.SCOPES))
    if unknown:
        raise InvalidInput(
            f"Unknown scopes: {', '.join(unknown)}.", hint=f"Scopes: {', '.join(sorted(rights.SCOPES))}."
        )
    if "@" in name or Person.objects.filter(name__iexact=name).exists():
        raise InvalidInput(
            f"{name!r} is a person.",
            hint="An agent is an identity of its own; it never uses a person's.",
            code="agent.is_person",
        )
    try:
        with transaction.atomic():
            agent = AgentIdentity.objects.create(
                name=name, purpose=purpose, scopes=sorted(set(scopes)), answerable_id=answerable_id, created_at=now
            )
            ledger.append(actor, "access.agent_created", subject=f"agent:{agent.id}", scopes=agent.scopes)
    except IntegrityError as error:
        raise Conflict(
            f"There is an agent called {name!r}, or nobody answers for it.", hint="Choose another name."
        ) from error
    return agent.id


def create_token(*, agent_id: int, actor: Actor, now: datetime, expires_at: datetime | None = None) -> str:
    """A new token of an agent. The answer is the only time it can be read. Raises NotFound."""
    require(actor, "agent.manage")
    if not AgentIdentity.objects.filter(id=agent_id, revoked_at=None).exists():
        raise NotFound(f"There is no active agent {agent_id}.")
    token = TOKEN_PREFIX + secrets.token_urlsafe(32)
    with transaction.atomic():
        AgentToken.objects.create(
            agent_id=agent_id, prefix=token[:12], digest=_digest(token), created_at=now, expires_at=expires_at
        )
        ledger.append(actor, "access.token_created", subject=f"agent:{agent_id}", prefix=token[:12])
    return token


def revoke_agent(*, agent_id: int, reason: str, actor: Actor, now: datetime) -> None:
    """Stop an agent everywhere at once; its tokens end with it. Safe to repeat. Raises NotFound."""
    require(actor, "agent.decide")
    with transaction.atomic():
        if AgentIdentity.objects.filter(id=agent_id, revoked_at=None).update(revoked_at=now):
            AgentToken.objects.filter(agent_id=agent_id, revoked_at=None).update(revoked_at=now)
            ledger.append(actor, "access.agent_revoked", subject=f"agent:{agent_id}", reason=reason)
        elif not AgentIdentity.objects.filter(id=agent_id).exists():
            raise NotFound(f"There is no agent {agent_id}.")


def actor_of_token(token: str, *, now: datetime) -> Actor:
    """The agent behind a bearer token.

    Raises Unauthenticated for an unknown, expired or revoked token, and for anything that is not an agent's token.
    """
    row = (
        AgentToken.objects.select_related("agent")
        .filter(digest=_digest(token), revoked_at=None, agent__revoked_at=None)
        .first()
        if token.startswith(TOKEN_PREFIX)
        else None
    )
    if row is None or (row.expires_at is not None and row.expires_at <= now):
        raise Unauthenticated(
            "The token is not known, has expired or was revoked.",
            hint="Agents use a token of their own; people's passwords and sessions are refused here.",
            code="access.token_refused",
        )
    if row.last_used_at is None or (now - row.last_used_at).total_seconds() >= USE_WRITTEN_EVERY_SECONDS:
        AgentToken.objects.filter(id=row.id).update(last_used_at=now)
    return Actor(kind=ActorKind.AGENT, id=row.agent_id, name=row.agent.name, scopes=frozenset(row.agent.scopes))


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


# --- the organisation ---


def update_organisation(*, actor: Actor, **fields: Any) -> None:
    """Change the company's settings; only known fields. Raises InvalidInput."""
    require(actor, "setting.manage")
    known = {field.name for field in Organisation._meta.concrete_fields} - {"id"}
    strays = sorted(set(fields) - known)
    if strays:
        raise InvalidInput(f"Unknown settings: {', '.join(strays)}.")
    with transaction.atomic():
        organisation = queries.get_organisation()
        changed = {name: value for name, value in fields.items() if getattr(organisation, name) != value}
        if not changed:
            return
        for name, value in changed.items():
            setattr(organisation, name, value)
        organisation.save()
        ledger.append(actor, "access.organisation_changed", subject="organisation:1", **changed)
