"""A stretch of a timeline by day, with what it can be narrowed to and where it goes on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from django.utils import timezone
from django.utils.http import urlencode

from tandem.accounts.queries.timeline import Item, Page, Strand
from tandem.core import words

LABELS = {
    Strand.MAIL: "Mail",
    Strand.MEETINGS: "Meetings",
    Strand.CALLS: "Calls",
    Strand.CHAT: "Chat",
    Strand.TASKS: "Tasks",
    Strand.DEALS: "Deal changes",
    Strand.DATA: "Data",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Chip:
    """One filter of a timeline."""

    label: str
    address: str
    is_on: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """The items of one day, with the day in words."""

    label: str
    items: Sequence[Item]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """A stretch of a timeline as a page draws it. `older_address` empty: this is the end."""

    days: Sequence[Day]
    chips: Sequence[Chip]
    older_address: str
    is_narrowed: bool


def read_strand(query: Mapping[str, str]) -> Strand | None:
    """The strand an address asks for; None for all, and for words that are none."""
    asked = query.get("strand", "")
    return Strand(asked) if asked in set(Strand) else None


def stretch(address: str, shown: Page, strand: Strand | None) -> Stretch:
    """Group a page of a timeline by day. `address`: of the page it stands on; older stretches are below it."""
    told = {"strand": strand.value} if strand else {}
    older = f"{address}/timeline?{urlencode({**told, 'older': shown.older})}" if shown.older else ""
    chips = [Chip(label="All", address=address, is_on=strand is None)]
    chips += [
        Chip(label=label, address=f"{address}?strand={one.value}", is_on=one is strand) for one, label in LABELS.items()
    ]
    return Stretch(days=list(_days(shown.items)), chips=chips, older_address=older, is_narrowed=strand is not None)


def _days(items: Sequence[Item]) -> Iterator[Day]:
    for on, found in groupby(items, key=lambda item: timezone.localtime(item.at).date()):
        yield Day(label=words.day(on), items=list(found))
