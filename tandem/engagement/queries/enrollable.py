"""Who of some people may be enrolled in a campaign, in which order, and why the others may not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from tandem.accounts.queries.time_zones import known_zone
from tandem.accounts.queries.visible import contacts_in_sight
from tandem.compliance.contracts import Channel
from tandem.compliance.contracts.gate import Mode
from tandem.compliance.queries.suppression import suppressed_among
from tandem.core.actors import Actor
from tandem.engagement.contracts import OPEN_ENROLLMENTS, CampaignState, EnrollmentState
from tandem.engagement.models import Campaign, CampaignTarget, Enrollment
from tandem.engagement.queries.places import Whereabouts
from tandem.prospecting.queries.sources import contact_states
from tandem.prospecting.queries.stakeholders import turns_of

AT_ONCE = 5_000
OPEN = tuple(state.value for state in OPEN_ENROLLMENTS)
NOT_SEEN = "There is no such person that you can see."
COLUMNS = (
    "id", "account_id", "owner_id", "account__owner_id", "country", "region", "time_zone", "language", "email", "phone",
    "account__country", "account__region", "account__industry", "merged_into_id",
)  # fmt: skip
UNTURNED = (99, 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who may be enrolled. seller_id : whose contact or account it is; None: nobody's"""

    contact_id: int
    account_id: int | None
    seller_id: int | None
    language: str
    whereabouts: Whereabouts


def people_to_enroll(
    actor: Actor, campaign: Campaign, contact_ids: Sequence[int], *, now: datetime
) -> tuple[list[Person], dict[int, str]]:
    """Those who may be enrolled, in their turn within accounts and else as given; and the reasons of all others."""
    rows = dict(_rows(actor, contact_ids))
    refused = {one: NOT_SEEN for one in contact_ids if one not in rows}
    for ask in (_merged, _elsewhere(campaign), _not_chosen(campaign), _suppressed, _unusable(now)):
        left = {one: row for one, row in rows.items() if one not in refused}
        refused.update(ask(left) if left else {})
    taken = [one for one in contact_ids if one not in refused]
    return [_person(rows[one]) for one in _in_turn(taken, rows)], refused


def _rows(actor: Actor, contact_ids: Sequence[int]) -> Iterable[tuple[int, Mapping[str, object]]]:
    for start in range(0, len(contact_ids), AT_ONCE):
        some = contact_ids[start : start + AT_ONCE]
        for row in contacts_in_sight(actor).filter(id__in=some).order_by().values(*COLUMNS):
            yield row["id"], row


Rows = Mapping[int, Mapping[str, object]]


def _merged(rows: Rows) -> dict[int, str]:
    return {one: "The record was merged into another." for one, row in rows.items() if row["merged_into_id"]}


class _Elsewhere:
    """Who is in a campaign already, or said no in one."""

    def __init__(self, campaign: Campaign) -> None:
        self._campaign = campaign

    def __call__(self, rows: Rows) -> dict[int, str]:
        """Reasons by contact."""
        ids, found = sorted(rows), dict[int, str]()
        for start in range(0, len(ids), AT_ONCE):
            others = Enrollment.objects.filter(contact_id__in=ids[start : start + AT_ONCE]).order_by("id")
            columns = ("contact_id", "campaign_id", "campaign__name", "campaign__state", "state")
            for contact_id, campaign_id, name, campaign_state, state in others.values_list(*columns):
                if why := self._why(campaign_id, name, campaign_state, state):
                    found.setdefault(contact_id, why)
        return found

    def _why(self, campaign_id: int, name: str, campaign_state: str, state: str) -> str:
        if state == EnrollmentState.OBJECTED:
            return "Asked to be left alone."
        if campaign_id == self._campaign.id:
            return "Is in this campaign already."
        is_open = state in OPEN and campaign_state != CampaignState.ENDED
        return f"Is in “{name}” already; nobody gets two plans at once." if is_open else ""


def _elsewhere(campaign: Campaign) -> _Elsewhere:
    return _Elsewhere(campaign)


class _NotChosen:
    """Who was not chosen by a person, where only chosen people may be enrolled."""

    def __init__(self, campaign: Campaign) -> None:
        self._campaign = campaign

    def __call__(self, rows: Rows) -> dict[int, str]:
        """Reasons by contact."""
        if self._campaign.mode != Mode.TARGETS:
            return {}
        chosen = set(CampaignTarget.objects.filter(campaign=self._campaign).values_list("contact_id", flat=True))
        return {
            one: "Nobody chose them for this campaign, and in its mode people choose."
            for one in rows
            if one not in chosen
        }


def _not_chosen(campaign: Campaign) -> _NotChosen:
    return _NotChosen(campaign)


def _suppressed(rows: Rows) -> dict[int, str]:
    given = {str(one): [str(row[name]) for name in ("email", "phone") if row[name]] for one, row in rows.items()}
    found = suppressed_among({key: some for key, some in given.items() if some}, Channel.EMAIL)
    return {int(key): "Is in the suppression registry: nobody writes to them." for key in found}


class _Unusable:
    """Who is not verified, has left, or has no address: as the gate between prospecting and engagement says."""

    def __init__(self, now: datetime) -> None:
        self._now = now

    def __call__(self, rows: Rows) -> dict[int, str]:
        """Reasons by contact."""
        ids, found = sorted(rows), dict[int, str]()
        for start in range(0, len(ids), AT_ONCE):
            states = contact_states(ids[start : start + AT_ONCE], now=self._now)
            found.update({pk: state.reasons[0] for pk, state in states.items() if state.reasons})
        return found


def _unusable(now: datetime) -> _Unusable:
    return _Unusable(now)


def _in_turn(taken: Sequence[int], rows: Rows) -> list[int]:
    """People of one account in the order of its map, at the places where people of that account stand."""
    turns = turns_of(taken)
    by_account: dict[object, list[int]] = {}
    for one in taken:
        by_account.setdefault(rows[one]["account_id"] or -one, []).append(one)
    waiting = {
        key: iter(sorted(some, key=lambda one: (turns.get(one, UNTURNED), one))) for key, some in by_account.items()
    }
    return [next(waiting[rows[one]["account_id"] or -one]) for one in taken]


def _person(row: Mapping[str, object]) -> Person:
    def text(name: str) -> str:
        return str(row[name] or "")

    def number(name: str) -> int | None:
        value = row[name]
        return value if isinstance(value, int) else None

    return Person(
        contact_id=number("id") or 0,
        account_id=number("account_id"),
        seller_id=number("owner_id") or number("account__owner_id"),
        language=text("language"),
        whereabouts=Whereabouts(
            country=text("country"),
            region=text("region"),
            time_zone=known_zone(text("time_zone")),
            account_country=text("account__country"),
            account_region=text("account__region"),
            industry=text("account__industry"),
            account_id=number("account_id"),
        ),
    )
