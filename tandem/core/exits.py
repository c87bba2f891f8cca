"""The way out for data: every file, answer of a tool or write into another system asks here before it leaves.

    exits.leave(actor, what="list:deals", rows=120)                       # a file; raises NotAllowed when stopped
    exits.leave(actor, road=exits.CRM_WRITE, what="crm:hubspot", places=("DE",))
    yield from exits.watched(actor, lines)                                # long ones break off when a switch is thrown

Messages to people take another way: `compliance.actions.gate` asks for each. The switches live in `compliance`, which
registers the look at start-up; layers below it ask through this port without importing upwards.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from tandem.core import ledger
from tandem.core.actors import Actor

T = TypeVar("T")
EXPORT, CRM_WRITE, TOOL = "export", "crm_write", "tool"
ROADS = (EXPORT, CRM_WRITE, TOOL)
LOOK_EVERY_SECONDS = 0.4  # with what is on the wire already, a stop holds within a second


@dataclass(frozen=True, slots=True, kw_only=True)
class Exit:
    """What wants to leave.

    road : EXPORT (a file or a stream), CRM_WRITE (another system), TOOL (an agent's answer)
    places : "DE", "US-TX": whose data it is, as far as one place can be told; empty: of no place in particular, which
        a switch of a region does not stop
    """

    road: str
    what: str
    places: Sequence[str] = ()


class Check(Protocol):
    """What `compliance` provides: raises NotAllowed when a switch or a revocation stands against the exit.

    `leaves` : it leaves at this look, and nothing that is thrown at the same moment may come between
    """

    def __call__(self, actor: Actor, exit_: Exit, *, leaves: bool) -> None: ...


_check: Check | None = None


def register(check: Check) -> None:
    """Called once at start-up by the layer that keeps the switches."""
    global _check  # noqa: PLW0603  the one seam where a lower layer reaches up
    _check = check


def leave(
    actor: Actor, *, what: str, road: str = EXPORT, rows: int | None = None, places: Sequence[str] = (), **facts: Any
) -> None:
    """Ask for the way out of some data, and write down that it leaves. Call it before the first byte is written.

    what : "kind:name" of what leaves, e.g. "list:deals"; the ledger's subject
    rows : how many; None: not counted beforehand
    places : see `Exit`
    facts : further JSON-ready details for the ledger; no personal data

    Raises NotAllowed when everything, this road or this agent is stopped, or the agent is revoked; nothing is written.
    """
    from django.db import transaction

    with transaction.atomic():
        _look(actor, Exit(road=road, what=what, places=places), leaves=True)
        ledger.append(actor, "compliance.left", subject=what, road=road, rows=rows, places=list(places), **facts)


def look(actor: Actor, *, what: str, road: str = EXPORT, places: Sequence[str] = ()) -> None:
    """Only ask, and write nothing down: for what goes on for ever in small pieces, like a stream of the ledger itself.

    Raises NotAllowed as `leave`.
    """
    _look(actor, Exit(road=road, what=what, places=places), leaves=False)


def watched(actor: Actor, items: Iterable[T], *, what: str, road: str = EXPORT) -> Iterator[T]:
    """Hand on what is being written, and look again every 0.4 s: what was stopped meanwhile breaks off there.

    Raises NotAllowed in the middle; the file or answer is then incomplete and must not be kept.
    """
    exit_, looked = Exit(road=road, what=what), time.monotonic()
    for item in items:
        if time.monotonic() - looked >= LOOK_EVERY_SECONDS:
            _look(actor, exit_, leaves=False)
            looked = time.monotonic()
        yield item


def _look(actor: Actor, exit_: Exit, *, leaves: bool) -> None:
    if exit_.road not in ROADS:
        raise ValueError(f"{exit_.road!r} is no road for data; {', '.join(ROADS)} are")
    if _check is None:
        raise RuntimeError("No switches are registered: 'tandem.compliance' must be in INSTALLED_APPS")
    _check(actor, exit_, leaves=leaves)
