"""Words of the work with replies."""

from __future__ import annotations

from enum import StrEnum


class CloseReason(StrEnum):
    """How a task of the inbox ended.

    ANSWERED: a person wrote back. DONE: there was nothing to answer. RELABELLED: a person corrected what it is, and
    that needs nobody.
    """

    ANSWERED = "answered"
    DONE = "done"
    RELABELLED = "relabelled"


class RedirectState(StrEnum):
    """What became of a proposed contact."""

    OPEN = "open"
    CONFIRMED = "confirmed"
    DECLINED = "declined"
