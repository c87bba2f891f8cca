"""Who of each account took part in what: mail, calls, meetings and deals as the clues of `domain.clues`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from tandem.accounts.contracts import ActivityKind
from tandem.accounts.queries.involvement import (
    AccountDeal,
    AccountPerson,
    Touch,
    deals_by_account,
    people_by_account,
    touches_by_account,
)
from tandem.prospecting.contracts import BuyingRole
from tandem.prospecting.domain.clues import Event, Known, NamedPart, Standing, is_recent, standings
from tandem.prospecting.domain.stakeholders import Clue, Part, confirmed, part_of
from tandem.prospecting.domain.titles import Position, read_title

LOOK_BACK = timedelta(days=730)
ACCOUNTS_AT_ONCE = 500
CONNECTED_SECONDS = 60  # a shorter call reached a voice mailbox
WRITTEN = (ActivityKind.EMAIL, ActivityKind.CHAT, ActivityKind.SMS, ActivityKind.SOCIAL, ActivityKind.FORM)


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenPart:
    """One person with their likely part and what it rests on."""

    person: AccountPerson
    position: Position
    part: Part
    standing: Standing

    def is_recent(self, at: datetime) -> bool:
        """Whether they took part in the last 180 days."""
        return is_recent(self.standing.last_at, at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Involvement:
    """An account's people, touches of 24 months (oldest first) and deals."""

    account_id: int
    parts: tuple[TakenPart, ...]
    touches: tuple[Touch, ...]
    deals: tuple[AccountDeal, ...]


def involvements(account_ids: Iterable[int], *, at: datetime) -> Iterator[Involvement]:
    """Every account in the order of the ids, some hundred read at a time. The caller has checked sight."""
    wanted = sorted(set(account_ids))
    for start in range(0, len(wanted), ACCOUNTS_AT_ONCE):
        some = wanted[start : start + ACCOUNTS_AT_ONCE]
        people = people_by_account(some)
        touches = touches_by_account(some, since=at - LOOK_BACK, until=at)
        deals = deals_by_account(some)
        for account_id in some:
            yield involvement(
                account_id, people.get(account_id, []), touches.get(account_id, []), deals.get(account_id, [])
            )


def involvement(
    account_id: int, people: Sequence[AccountPerson], touches: Sequence[Touch], deals: Sequence[AccountDeal]
) -> Involvement:
    """Parts of the people of one account, from what has been read of it."""
    here = {one.contact_id for one in people}
    seen = standings(
        [_known(one) for one in people],
        (event for touch in touches if (event := event_of(touch, here)) is not None),
        (part for deal in deals for part in _named_parts(deal)),
    )
    parts = tuple(_taken_part(one, seen[one.contact_id]) for one in people)
    return Involvement(account_id=account_id, parts=parts, touches=tuple(touches), deals=tuple(deals))


def _taken_part(person: AccountPerson, standing: Standing) -> TakenPart:
    position = read_title(person.title, department=person.department, seniority=person.seniority)
    title = None
    if person.title:
        evidence = (f"contact:{person.contact_id}:title",)
        title = Clue(kind="title", because=f"title: {person.title}", evidence_ids=evidence)
    part = part_of(position, standing.clues, title=title)
    return TakenPart(person=person, position=position, part=part, standing=standing)


def _known(person: AccountPerson) -> Known:
    return Known(
        contact_id=person.contact_id,
        name=person.name,
        first_name=person.first_name,
        last_name=person.last_name,
        opted_out=person.opted_out,
    )


def _named_parts(deal: AccountDeal) -> Iterator[NamedPart]:
    for contact_id, role, is_primary in deal.people:
        yield NamedPart(deal_id=deal.id, deal_name=deal.name, contact_id=contact_id, role=role, is_primary=is_primary)


def event_of(touch: Touch, here: set[int]) -> Event | None:
    """A touch as a clue reads it; None when nobody of the account took part in it.

    here : contacts of the account
    """
    theirs = [one for one in touch.people if one.contact_id in here]
    writer, met = None, set()
    if touch.kind in WRITTEN:
        writer = next((one.contact_id for one in theirs if one.role == "from"), None)
        if writer is None and touch.is_inbound and touch.contact_id in here:
            writer = touch.contact_id
    elif touch.kind == ActivityKind.MEETING or (touch.duration_seconds or 0) >= CONNECTED_SECONDS:
        met = {one.contact_id for one in theirs if one.contact_id is not None}
        if touch.contact_id in here and touch.contact_id is not None:
            met.add(touch.contact_id)
    copied = tuple(one.contact_id for one in theirs if one.role == "cc" and one.contact_id is not None)
    if writer is None and not met and not copied:
        return None
    text = f"{touch.subject}\n{touch.body}" if writer is not None or met else ""
    return Event(id=touch.id, at=touch.at, text=text, writer=writer, copied=copied, met=tuple(sorted(met)))


def with_confirmed(parts: Sequence[TakenPart], roles: dict[int, str]) -> tuple[TakenPart, ...]:
    """The parts with the roles that people of ours have confirmed, by contact."""
    return tuple(
        TakenPart(
            person=one.person,
            position=one.position,
            part=confirmed(BuyingRole(roles[one.person.contact_id]), one.part),
            standing=one.standing,
        )
        if one.person.contact_id in roles
        else one
        for one in parts
    )
