"""The clock of GDPR Article 14: whose data came from others is told so within a month, and with the first message.

Rooms that know where contacts come from register who was bought; who was told is a row here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Protocol

from tandem.compliance.contracts import Address, Alarm
from tandem.compliance.contracts.requests import BoughtContact, NoticeState
from tandem.compliance.domain.rights.clocks import notice_due
from tandem.compliance.models import NoticeGiven
from tandem.compliance.queries.keys import hashes_of, read_all
from tandem.compliance.queries.rules import packs
from tandem.core.words import count

AT_ONCE = 5_000
SOON_DAYS = 7


class BoughtContacts(Protocol):
    """Who came from others, told by the room that knows sources."""

    def __call__(self, *, now: datetime, subjects: Sequence[str] | None = None) -> Iterable[BoughtContact]:
        """All of them, the longest here first; or those of the subjects alone."""
        ...


_providers: dict[str, BoughtContacts] = {}


def register_bought_contacts(name: str, provider: BoughtContacts) -> None:
    """Called once at start-up by a room that knows where contacts come from."""
    _providers[name] = provider


def bought_contacts(*, now: datetime, subjects: Sequence[str] | None = None) -> Iterator[BoughtContact]:
    """Contacts that came from others: all, or those of the subjects."""
    for provider in _providers.values():
        yield from provider(now=now, subjects=subjects)


def notices_given(people: Mapping[str, Sequence[Address | str]]) -> dict[str, datetime]:
    """When people were told where their data come from, by the caller's keys; who was not told is left out.

    people : to each key the person's addresses and names in other rooms ("contact:12"). For the gate: its fact
        `basis.art14_notice_at`. One query for each five thousand.
    """
    wanted: dict[str, set[str]] = {}
    for key, given in people.items():
        for hashed in hashes_of(read_all(given)):
            wanted.setdefault(hashed, set()).add(key)
    hashes, told = list(wanted), dict[str, datetime]()
    for start in range(0, len(hashes), AT_ONCE):
        rows = NoticeGiven.objects.filter(key_hash__in=hashes[start : start + AT_ONCE]).order_by("-at")
        for hashed, at in rows.values_list("key_hash", "at"):
            told.update(dict.fromkeys(wanted[hashed], at))
    return told


def notice_state(subjects: Sequence[str], *, now: datetime) -> dict[str, NoticeState]:
    """How contacts stand with the notice; who did not come from others is left out."""
    return {one.subject: state for one, state in _states(bought_contacts(now=now, subjects=subjects))}


def open_notices(*, now: datetime, until: date | None = None) -> list[tuple[BoughtContact, NoticeState]]:
    """Contacts whose notice is due or overdue, the longest overdue first.

    until : due on this day at the latest; None: all that are not told yet
    """
    found = [
        (one, state)
        for one, state in _states(bought_contacts(now=now))
        if state.given_at is None and state.due_on is not None and (until is None or state.due_on <= until)
    ]
    return sorted(found, key=lambda pair: (pair[1].due_on or date.min, pair[0].subject))


def notice_alarms(now: datetime) -> Iterator[Alarm]:
    """One line for all that are overdue, one for those due within a week: there may be thousands."""
    today = now.date()
    found = open_notices(now=now, until=today + timedelta(days=SOON_DAYS))
    late = [state for _, state in found if state.is_overdue(today)]
    soon = [state for _, state in found if not state.is_overdue(today)]
    for states, is_late, text in (
        (late, True, "were not told where their data come from: tell or delete"),
        (soon, False, "are to be told where their data come from"),
    ):
        if states:
            yield Alarm(
                register="notice", id=0, name=count(len(states), "bought contact"), text=text,
                due_on=states[0].due_on, is_late=is_late,
            )  # fmt: skip


def _states(found: Iterable[BoughtContact]) -> Iterator[tuple[BoughtContact, NoticeState]]:
    people = list(found)
    told = notices_given({one.subject: [one.subject, *([one.email] if one.email else [])] for one in people})
    rules = packs()
    for one in people:
        due_on = notice_due(one.collected_at.date(), one.country, rules)
        state = NoticeState(
            subject=one.subject, collected_at=one.collected_at, due_on=due_on, given_at=told.get(one.subject)
        )
        yield one, state
