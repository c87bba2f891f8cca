"""The way into the ledger for every layer. The chain itself lives in `compliance`, which registers it at start-up.

Layers below `compliance` must write to the ledger too; this port lets them without importing upwards.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from tandem.core.actors import Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """Where an entry stands: its number in the chain and its hash (hex)."""

    number: int
    hash: str


class Writer(Protocol):
    """What `compliance` provides: append one entry inside the caller's transaction."""

    def __call__(self, *, actor: Actor, action: str, subject: str, facts: Mapping[str, Any]) -> Receipt: ...


_writer: Writer | None = None


def register(writer: Writer) -> None:
    """Called once at start-up by the layer that keeps the chain."""
    global _writer  # noqa: PLW0603  the one seam where a lower layer reaches up
    _writer = writer


def append(actor: Actor, action: str, *, subject: str, **facts: Any) -> Receipt:
    """Write one entry, in the transaction of the change it records.

    actor : who did it
    action : "room.verb_past", e.g. "accounts.merged"
    subject : "kind:id" of the thing it is about, e.g. "account:42"
    facts : JSON-ready details; personal data by reference (id), not by value
    """
    if _writer is None:
        raise RuntimeError("No ledger is registered: 'tandem.compliance' must be in INSTALLED_APPS")
    return _writer(actor=actor, action=action, subject=subject, facts=facts)
