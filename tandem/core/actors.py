"""Who acts: a person or an agent identity, never both, never neither."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class ActorKind(StrEnum):
    """The two kinds of hand. Software running by itself (worker, shell, nightly) is an agent."""

    PERSON = "person"
    AGENT = "agent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """The hand behind an action, as the ledger records it.

    id : primary key of the person or agent identity; 0 for agents built into the product
    name : as shown in bylines
    role : a person's role (`access.contracts.Role` value); None for agents
    scopes : what an agent may do; empty for people, whose rights follow from the role
    """

    kind: ActorKind
    id: int
    name: str
    role: str | None = None
    scopes: frozenset[str] = frozenset()

    @property
    def is_agent(self) -> bool:
        """Whether software, not a person, acts."""
        return self.kind is ActorKind.AGENT


def built_in_agent(name: str, *scopes: str) -> Actor:
    """The identity of a part of the product itself: "worker", "shell", "importer"."""
    return Actor(kind=ActorKind.AGENT, id=0, name=name, scopes=frozenset(scopes))
