"""How a room lets its data end: each kind of data registers itself, schedules and holds are the rights desk's."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Protocol

from tandem.compliance.contracts.requests import RetainedKind
from tandem.core.actors import Actor


class Held(Protocol):
    """What a legal hold keeps."""

    def keeps(self, *, key_hash: str = "", subjects: Collection[str] = ()) -> bool:
        """Whether somebody of this keyed hash, or of one of these names ("contact:12", "account:3"), is held."""
        ...


class Retained(Protocol):
    """A kind of data with an end. Every method can be run again after a crash."""

    @property
    def kind(self) -> RetainedKind:
        """What it is, and what schedule is proposed."""
        ...

    def count(self, before: datetime, held: Held) -> tuple[int, int]:
        """(how many are past, how many of those are held) when what is older than `before` has to go."""
        ...

    def delete(self, before: datetime, held: Held, *, actor: Actor, now: datetime) -> int:
        """Delete what is older than `before` and not held; returns how many went."""
        ...
