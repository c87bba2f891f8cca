"""Whether an agent may act at all just now. The switches live in `compliance`, which registers the look at start-up.

Layers below `compliance` must ask before an agent does anything; this port lets them without importing upwards.
"""

from __future__ import annotations

from typing import Protocol


class StopCheck(Protocol):
    """What `compliance` provides: why an agent may not use a right now, in words; None: nothing stops it."""

    def __call__(self, agent_id: int, right: str) -> str | None: ...


_check: StopCheck | None = None


def register_stop_check(check: StopCheck) -> None:
    """Called once at start-up by the layer that keeps the switches."""
    global _check  # noqa: PLW0603  the one seam where a lower layer reaches up
    _check = check


def stopped(agent_id: int, right: str) -> str | None:
    """Why an agent may not use a right now, in words; None: no switch stands against it. Asked anew each time.

    agent_id : 0 for parts of the product itself, which go on with inner work; what leaves is stopped by the gate
    right : "kind.verb"
    """
    if agent_id == 0:
        return None
    if _check is None:
        raise RuntimeError("No switches are registered: 'tandem.compliance' must be in INSTALLED_APPS")
    return _check(agent_id, right)
