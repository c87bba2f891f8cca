"""A stretch of a timeline by day, with what it can be narrowed to and where it goes on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from django.utils import timezone
from django.utils.http import urlencode

from tandem.accounts.queries.timeline import Item, Page, Step, Strand
from tandem.accounts.queries.values import field_in_words, value_in_words
from tandem.core import words

LABELS = {
    Strand.MAIL: "Mail",
    Strand.MEETINGS: "Meetings",
    Strand.CALLS: "Calls",
    Strand.CHAT: "Chat",
    Strand.TASKS: "Tasks",
    Strand.DEALS: "Deal changes",
    Strand.SIGNALS: "Signals",
    Strand.DATA: "Data",
}
FOLDED = {Strand.MAIL: "mail", Strand.CALLS: "call", Strand.TASKS: "task", Strand.MEETINGS: "meeting"}
FEWEST_FOLDED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of a day: an item, or several bare ones of one kind folded into one.

    folded : the items behind the line, newest first; empty: the line is the item itself
    label : what the folded line says, "5 mails"
    """

    item: Item
    folded: Sequence[Item] = ()
    label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chip:
    """One filter of a timeline."""

    label: str
    address: str
    is_on: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """The lines of one day, with the day in words."""

    label: str
    lines: Sequence[Line]


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
        Chip(label=label, address=f"{address}?strand={one.value}", is_on=one is strand)
        for one, label in LABELS.items()
        if one in shown.strands or one is strand
    ]
    return Stretch(days=list(_days(shown.items)), chips=chips, older_address=older, is_narrowed=strand is not None)


def _days(items: Sequence[Item]) -> Iterator[Day]:
    for on, found in groupby(items, key=lambda item: timezone.localtime(item.at).date()):
        yield Day(label=words.day(on), lines=list(_lines(list(found))))


def _lines(items: Sequence[Item]) -> Iterator[Line]:
    """One line an item; neighbours of one kind and source that have no words of people in them are folded."""
    for (strand, _, is_bare), found in groupby(items, key=lambda item: (item.strand, item.source, _is_bare(item))):
        group = list(found)
        if is_bare and len(group) >= FEWEST_FOLDED:
            yield Line(item=group[0], folded=group, label=words.count(len(group), FOLDED[strand]))
        else:
            yield from (Line(item=_in_words(item)) for item in group)


def _is_bare(item: Item) -> bool:
    return item.strand in FOLDED and not item.quote


def _in_words(item: Item) -> Item:
    """The item with the values of its steps as people read them."""
    if not item.steps:
        return item
    return replace(
        item,
        steps=tuple(
            Step(
                field=field_in_words(step.field),
                old=value_in_words(step.field, step.old, item.currency),
                new=value_in_words(step.field, step.new, item.currency),
            )
            for step in item.steps
        ),
    )
