"""What other rooms may hold of access: roles, verbs, scopes of sight."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What a person is here for; decides rights, navigation and the first page."""

    SELLER = "seller"
    SDR = "sdr"
    MANAGER = "manager"
    REVOPS = "revops"
    EXECUTIVE = "executive"
    COMPLIANCE = "compliance"


class Reach(StrEnum):
    """How far a right goes over objects that have an owner."""

    NONE = "none"
    OWN = "own"
    TEAM = "team"
    ALL = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """Which owners' objects an actor may touch with one verb.

    reach : how far
    person_ids : owners included when reach is OWN or TEAM; empty for ALL and NONE
    unowned : whether objects without an owner are included
    """

    reach: Reach
    person_ids: frozenset[int] = frozenset()
    unowned: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonSummary:
    """A person as bylines, owner columns and pickers show them."""

    id: int
    name: str
    email: str
    role: str
    team: str
    is_active: bool
