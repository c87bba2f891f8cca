"""The places of the product, each with the right that opens it. What a role may not open is not shown to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from django.urls import Resolver404, resolve

from tandem.access.queries import may
from tandem.core.actors import Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One entry of the navigation.

    right : (kind, verb) of the table of rights
    letter : goes there after `g`
    is_daily : in the row of sections; otherwise under More
    """

    label: str
    address: str
    right: tuple[str, str]
    letter: str
    is_daily: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A place as the masthead shows it."""

    label: str
    address: str
    letter: str
    is_daily: bool
    is_current: bool


PLACES = (
    Place(label="Today", address="/", right=("home", "view"), letter="t", is_daily=True),
    Place(label="Accounts", address="/accounts", right=("account", "view"), letter="a", is_daily=True),
    Place(label="Contacts", address="/contacts", right=("contact", "view"), letter="c", is_daily=True),
    Place(label="Deals", address="/deals", right=("deal", "view"), letter="d", is_daily=True),
    Place(label="Prospecting", address="/prospecting", right=("prospect", "view"), letter="b", is_daily=True),
    Place(label="Review", address="/review", right=("campaign", "view"), letter="v", is_daily=True),
    Place(label="Inbox", address="/inbox", right=("campaign", "view"), letter="e", is_daily=True),
    Place(label="Outreach", address="/outreach", right=("campaign", "view"), letter="w", is_daily=True),
    Place(label="Data health", address="/data", right=("source", "view"), letter="h", is_daily=True),
    Place(label="Merge review", address="/matches", right=("match", "view"), letter="m"),
    Place(label="Intent", address="/intent", right=("intent", "view"), letter="i"),
    Place(label="AI tasks", address="/ai", right=("task", "view"), letter="u"),
    Place(label="Rules", address="/compliance/rules", right=("rule", "view"), letter="r"),
    Place(label="Switches", address="/compliance/switches", right=("gate", "view"), letter="x"),
    Place(label="Compliance", address="/compliance", right=("suppression", "view"), letter="o"),
    Place(label="Ledger", address="/ledger", right=("ledger", "view"), letter="l"),
    Place(label="People", address="/people", right=("person", "view"), letter="p"),
    Place(label="Agents", address="/agents", right=("agent", "view"), letter="n"),
    Place(label="Jobs", address="/jobs", right=("job", "view"), letter="j"),
    Place(label="Settings", address="/settings", right=("setting", "view"), letter="s"),
    Place(label="Style guide", address="/styleguide", right=("setting", "view"), letter="y"),
)


def entries_for(actor: Actor | None, path: str) -> Sequence[Entry]:
    """The places that the actor may open, in order; none for strangers. `path` decides which one is current."""
    if actor is None:
        return ()
    here = _current(path)
    return [
        Entry(
            label=place.label,
            address=place.address,
            letter=place.letter,
            is_daily=place.is_daily,
            is_current=place is here,
        )
        for place in PLACES
        if _is_built(place.address) and may_open(actor, place.right)
    ]


def may_open(actor: Actor, right: tuple[str, str]) -> bool:
    """Whether the table of rights opens the place to the actor."""
    return may(actor, ".".join(right))


def _current(path: str) -> Place | None:
    """The place under whose address the path lies; the home page only for itself."""
    for place in PLACES:
        if path == place.address or (place.address != "/" and path.startswith(place.address + "/")):
            return place
    return None


@cache
def _is_built(address: str) -> bool:
    """Whether this installation answers at the address."""
    try:
        resolve(address)
    except Resolver404:
        return False
    return True
