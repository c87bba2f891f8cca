"""What a condition can say: the terms of the language, as frozen values that compare and hash by what they mean."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

MOST_DEEP = 12
MOST_PARTS = 200
LONGEST_WINDOW_DAYS = 3_650
TEXT_FIELDS = frozenset({"name", "domain", "type", "segment", "industry", "country", "region", "city", "currency"})
NUMBER_FIELDS = frozenset({"employees", "annual_revenue"})
FIELDS = TEXT_FIELDS | NUMBER_FIELDS

Number = int | float
Scalar = str | int | float | bool


class Op(StrEnum):
    """How a field is compared. Between takes both ends in; contains looks for words inside a text."""

    EQ = "eq"
    IN = "in"
    NOT_IN = "not_in"
    CONTAINS = "contains"
    BETWEEN = "between"
    GTE = "gte"
    LTE = "lte"
    KNOWN = "known"


TEXT_OPS = frozenset({Op.EQ, Op.IN, Op.NOT_IN, Op.CONTAINS, Op.KNOWN})
NUMBER_OPS = frozenset({Op.EQ, Op.IN, Op.NOT_IN, Op.BETWEEN, Op.GTE, Op.LTE, Op.KNOWN})


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every part holds. At least one part."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """One part or more holds. At least one part."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold. What is unknown stays unknown."""

    part: Condition


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldIs:
    """A golden field compared with a value.

    value : text or number for eq, gte, lte, contains; a tuple of them for in and not_in; (low, high) for between;
        True or False for known
    """

    field: str
    op: Op
    value: Scalar | tuple[Scalar, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Uses:
    """A technology is in use, as last told."""

    technology: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Saw:
    """Signals of a kind were seen.

    within_days : before the profile's moment; None: ever
    at_least : so many of them
    where : details that must be as given, as sorted (name, value) pairs
    text_has : one of these phrases stands in title, text, topic or details; empty: whatever it says
    topic : it is about one of these; empty: about anything
    strength_gte : as the source counts it; None: whatever strength
    """

    kind: str
    within_days: int | None = None
    at_least: int = 1
    where: tuple[tuple[str, Scalar], ...] = ()
    text_has: tuple[str, ...] = ()
    topic: tuple[str, ...] = ()
    strength_gte: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IsCustomer:
    """Whether the account is a customer."""

    wanted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenDeals:
    """How many opportunities are open. gte, lte : bounds, each taken in; None: not bounded, at least one is."""

    gte: int | None = None
    lte: int | None = None


Condition = AllOf | AnyOf | Not | FieldIs | Uses | Saw | IsCustomer | OpenDeals
