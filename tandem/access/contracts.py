"""What other rooms may hold of access: roles, verbs, scopes of sight."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class Role(StrEnum):
    """What a person is here for; decides rights, navigation and the first page."""

    SELLER = "seller"
    SDR = "sdr"
    MANAGER = "manager"
    REVOPS = "revops"
    EXECUTIVE = "executive"
    COMPLIANCE = "compliance"


ROLE_LABELS: Mapping[Role, str] = MappingProxyType(
    {
        Role.SELLER: "Seller",
        Role.SDR: "Sales development",
        Role.MANAGER: "Manager",
        Role.REVOPS: "RevOps",
        Role.EXECUTIVE: "Executive",
        Role.COMPLIANCE: "Compliance",
    }
)


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


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganisationSettings:
    """The one company this installation serves, with what its calendar and money need.

    currency : ISO 4217
    country : ISO 3166-1 alpha-2; empty: not set
    region : subdivision for holidays, e.g. BY for Bavaria; empty: none
    fiscal_year_starts_month : 1 to 12
    working_hours : weekday ("0" is Monday) to spans ["HH:MM", "HH:MM"]; empty: Monday to Friday 09:00 to 17:30
    domains : own mail domains; mail among them is internal
    postal_address : on one line, as it stands under mail; empty: not set, and laws that ask for it block
    """

    name: str = ""
    currency: str = "EUR"
    country: str = ""
    region: str = ""
    time_zone: str = "UTC"
    fiscal_year_starts_month: int = 1
    working_hours: Mapping[str, list[list[str]]]
    domains: tuple[str, ...] = ()
    postal_address: str = ""
