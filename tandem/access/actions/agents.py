"""Agents: identities of their own, tokens that are shown once, and a stop that holds everywhere at once."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Sequence
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Q

from tandem.access import queries
from tandem.access.actions.checks import USE_WRITTEN_EVERY_SECONDS, require, require_reason
from tandem.access.domain import rights
from tandem.access.models import AgentIdentity, AgentToken, Person
from tandem.access.queries import UnusedScope
from tandem.core import ledger
from tandem.core.actors import Actor, ActorKind
from tandem.core.errors import Conflict, InvalidInput, NotFound, Unauthenticated

TOKEN_PREFIX = "tdm_"  # noqa: S105  the public mark of our tokens, so that leak scanners find them
PREFIX_LENGTH = 12
UNUSED_DAYS = 30
AGENT_NAME = re.compile(r"[a-z][a-z0-9-]{1,79}")


def create_agent(
    *, name: str, purpose: str, scopes: Sequence[str], answerable_id: int, actor: Actor, now: datetime
) -> int:
    """A new agent identity; returns its id.

    name : small letters, digits and dashes; never a person's name or mail
    answerable_id : the active person who answers for it
    Raises InvalidInput, Conflict.
    """
    require(actor, "agent.manage")
    name = name.strip()
    _refuse_person(name)
    if not AGENT_NAME.fullmatch(name):
        raise InvalidInput(
            f"{name!r} can't be an agent's name.", hint="Small letters, digits and dashes, for example research-eu."
        )
    if not purpose.strip():
        raise InvalidInput("The purpose is empty.", hint="Say in one sentence what the agent does.")
    unknown = sorted(set(scopes) - set(rights.SCOPES))
    if unknown:
        raise InvalidInput(
            f"Unknown scopes: {', '.join(unknown)}.", hint=f"Scopes: {', '.join(sorted(rights.SCOPES))}."
        )
    if not Person.objects.filter(id=answerable_id, is_active=True).exists():
        raise InvalidInput("Nobody answers for the agent.", hint="Name an active person who does.")
    try:
        with transaction.atomic():
            agent = AgentIdentity.objects.create(
                name=name,
                purpose=purpose.strip(),
                scopes=sorted(set(scopes)),
                answerable_id=answerable_id,
                created_at=now,
            )
            ledger.append(actor, "access.agent_created", subject=f"agent:{agent.id}", scopes=agent.scopes)
    except IntegrityError as error:
        raise Conflict(f"There is an agent called {name!r}.", hint="Choose another name.") from error
    return agent.id


def _refuse_person(name: str) -> None:
    spoken = name.replace("-", " ").replace(".", " ")
    is_person = "@" in name or Person.objects.filter(
        Q(name__iexact=name) | Q(name__iexact=spoken) | Q(email__iexact=name)
    )
    if is_person:
        raise InvalidInput(
            f"{name!r} is a person.",
            hint="An agent is an identity of its own; it never uses a person's.",
            code="agent.is_person",
        )


def create_token(*, agent_id: int, actor: Actor, now: datetime, expires_at: datetime | None = None) -> str:
    """A new token of an agent. The answer is the only time it can be read.

    expires_at : None for a token that ends with its revocation only
    Raises NotFound, and InvalidInput for an end in the past.
    """
    require(actor, "agent.manage")
    if not AgentIdentity.objects.filter(id=agent_id, revoked_at=None).exists():
        raise NotFound(f"There is no active agent {agent_id}.", hint="Revoked agents get no tokens; create a new one.")
    if expires_at is not None and expires_at <= now:
        raise InvalidInput(f"{expires_at:%Y-%m-%d} is past.", hint="Choose a day to come.")
    token = TOKEN_PREFIX + secrets.token_urlsafe(32)
    prefix = token[:PREFIX_LENGTH]
    with transaction.atomic():
        AgentToken.objects.create(
            agent_id=agent_id, prefix=prefix, digest=_digest(token), created_at=now, expires_at=expires_at
        )
        ledger.append(actor, "access.token_created", subject=f"agent:{agent_id}", prefix=prefix)
    return token


def revoke_token(*, token_id: int, reason: str, actor: Actor, now: datetime) -> None:
    """End one token at once. Safe to repeat. Raises NotFound, InvalidInput without a reason."""
    require(actor, "agent.decide")
    reason = require_reason(reason)
    token = AgentToken.objects.filter(id=token_id).values_list("agent_id", "prefix").first()
    if token is None:
        raise NotFound(f"There is no token {token_id}.", hint="Open the agent; its tokens are listed there.")
    agent_id, prefix = token
    with transaction.atomic():
        if AgentToken.objects.filter(id=token_id, revoked_at=None).update(revoked_at=now):
            ledger.append(actor, "access.token_revoked", subject=f"agent:{agent_id}", prefix=prefix, reason=reason)


def revoke_agent(*, agent_id: int, reason: str, actor: Actor, now: datetime) -> None:
    """Stop an agent everywhere at once; its tokens end with it. Safe to repeat.

    Raises NotFound, InvalidInput without a reason.
    """
    require(actor, "agent.decide")
    reason = require_reason(reason)
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


def report_unused_scopes(*, actor: Actor, now: datetime) -> Sequence[UnusedScope]:
    """Which rights active agents hold and have not used for 30 days, written to the ledger; returns them.

    Raises NotAllowed without the right "agent.view".
    """
    require(actor, "agent.view")
    found = queries.unused_scopes_report(now=now, days=UNUSED_DAYS)
    unused: dict[str, list[str]] = {}
    for one in found:
        unused.setdefault(f"agent:{one.agent_id}", []).append(one.scope)
    ledger.append(actor, "access.unused_scopes_reported", subject="agents:all", days=UNUSED_DAYS, unused=unused)
    return found
