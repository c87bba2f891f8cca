"""What may never happen, in plain sets: a second, small model of the gate that shares no code with it.

It predicts faults, not leave: the gate may hold back more than this model asks, never less.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from tandem.cli.proof.town import ZONES, Citizen, Step
from tandem.compliance.contracts.gate import Mode

LEAVE_LASTS = timedelta(minutes=15)
WORKDAY = range(8, 18)  # the hours of the recipient at which mail may go, Monday to Friday
WEEK = range(5)
GROUPS = {"DE": {"DE", "EU", "EEA"}, "US": {"US"}}

# One entry of the registry: address or key as it was said, road, purpose and reason.
Entry = tuple[str, str, str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A leave to go that somebody holds: for which step, which bytes, since when, and who asked (0: the worker)."""

    step: Step
    digest: str
    since: datetime
    agent: int


@dataclass(slots=True)
class Oracle:
    """Everything that was said and done, as far as it forbids something.

    taken : touches that were claimed and not certainly given back
    gone : touches whose bytes went on the wire, how often
    """

    citizens: list[Citizen]
    consents: set[int] = field(default_factory=set)
    said_no: dict[Entry, set[int]] = field(default_factory=dict)
    approved: set[tuple[str, int, int]] = field(default_factory=set)
    rejected: set[tuple[str, int, int]] = field(default_factory=set)
    switches: dict[int, tuple[str, str]] = field(default_factory=dict)
    revoked: set[int] = field(default_factory=set)
    taken: set[str] = field(default_factory=set)
    gone: Counter[str] = field(default_factory=Counter)

    def suppress(self, entry: Entry, whom: Iterable[int]) -> None:
        """Somebody stands in the registry from now on."""
        self.said_no.setdefault(entry, set()).update(whom)

    def lift(self, entry: Entry) -> None:
        """A later permission ended an entry."""
        self.said_no.pop(entry, None)

    def is_suppressed(self, citizen: int) -> bool:
        """Whether any entry keeps sales mail from them."""
        return any(
            citizen in whom
            for (_, road, purpose, _), whom in self.said_no.items()
            if road in ("all", "email") and purpose in ("any", "sales")
        )

    def faults_at_claim(self, held: Held, message: bytes, now: datetime) -> list[str]:
        """Why this may not be claimed."""
        step, citizen = held.step, self.citizens[held.step.citizen]
        return [
            *self.faults_at_wire(held, message),
            *(["claimed twice"] if step.touch in self.taken else []),
            *(["leave ran out"] if now >= held.since + LEAVE_LASTS else []),
            *(["without approval"] if step.mode is Mode.EVERY and not self._said(self.approved, step) else []),
            *(["rejected text"] if self._said(self.rejected, step) else []),
            *(["without consent"] if citizen.country == "DE" and not self._has_consent(step) else []),
            *(["outside hours"] if not _is_at_work(citizen, now) else []),
        ]

    def faults_at_wire(self, held: Held, message: bytes) -> list[str]:
        """Why these bytes may not go on the wire."""
        step = held.step
        return [
            *(["suppressed"] if self.is_suppressed(step.citizen) else []),
            *(["switched off"] if any(self._stopping(held)) else []),
            *(["revoked agent"] if held.agent in self.revoked else []),
            *(["changed bytes"] if digest(message) != held.digest else []),
            *(["left twice"] if self.gone[step.touch] else []),
        ]

    def _said(self, which: set[tuple[str, int, int]], step: Step) -> bool:
        return any(key[:2] == (text_of(step), step.draft) for key in which)

    def _has_consent(self, step: Step) -> bool:
        return step.mailbox == 0 and step.citizen in self.consents

    def _stopping(self, held: Held) -> Iterator[bool]:
        step, country = held.step, self.citizens[held.step.citizen].country
        for scope, key in self.switches.values():
            yield {
                "global": True,
                "agent": key == str(held.agent) and held.agent != 0,
                "domain": step.domain == key or step.domain.endswith(f".{key}"),
                "campaign": step.campaign == key,
                "region": key in GROUPS[country],
                "channel": key == "email",
            }[scope]


def digest(message: bytes) -> str:
    """SHA-256 of bytes, hex."""
    return hashlib.sha256(message).hexdigest()


def text_of(step: Step) -> str:
    """What an approval is about, without the draft: the touch and whom it goes to."""
    return f"{step.touch}/{step.mailbox}/{step.domain}"


def _is_at_work(citizen: Citizen, now: datetime) -> bool:
    local = now.astimezone(ZoneInfo(ZONES[citizen.country]))
    return local.weekday() in WEEK and local.hour in WORKDAY
