"""The deal of mail, meetings and messages whose source names none: told only where one deal alone can be meant.

Two rules, in this order. The account had exactly one deal open that day; or, where it had several or none, exactly one
deal open that day names somebody who took part. Anything else stays without a deal. The rule stands in the activity's
details under `LINKED_BY`, and the link is a function of deals and parts as they are known now: when these change, it is
made anew. The day on which a deal is closed still belongs to it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from tandem.accounts.actions.facts.linking import touch
from tandem.accounts.models import (
    Account,
    Activity,
    ActivityParticipant,
    Opportunity,
    StoredReport,
)
from tandem.accounts.queries.choosing.records import in_slices
from tandem.core import bulk

LINKED_BY = "linked_by"
TOLD_DEAL = {"opportunity_key", "opportunity_name"}  # what a source says of the deal is not guessed at
LOOKED_AT = "deal-links"
ACCOUNTS_AT_ONCE = 500

SPAN = ("id", "opened_on", "is_closed", "closed_on")
DATED = Opportunity.objects.filter(opened_on__isnull=False).exclude(is_closed=True, closed_on=None)

Progress = Callable[[int, int | None, str], None]


class DealRule(StrEnum):
    """Which rule found an activity's deal."""

    ONLY_OPEN = "only_open_deal"
    NAMED_PERSON = "named_person"


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """When something happened, at which account, with which contacts."""

    at: datetime
    account_id: int
    contact_ids: frozenset[int] = frozenset()


Found = tuple[int, DealRule] | None
Span = tuple[int, date, date]


def find_deals(occasions: Sequence[Occasion]) -> list[Found]:
    """The deal of each occasion and the rule that found it; None: no deal, or more than one, can be meant."""
    zone = ZoneInfo(settings.TIME_ZONE)
    days = [one.at.astimezone(zone).date() for one in occasions]
    at_accounts = _at_accounts({one.account_id for one in occasions})
    opened = [_open_on(day, at_accounts.get(one.account_id, ())) for one, day in zip(occasions, days, strict=True)]
    unclear = [one.contact_ids for one, deals in zip(occasions, opened, strict=True) if len(deals) != 1]
    named = _naming({contact for contacts in unclear for contact in contacts})
    return [
        _decide(deals, _open_on(day, {span for contact in one.contact_ids for span in named.get(contact, ())}))
        for one, day, deals in zip(occasions, days, opened, strict=True)
    ]


def _decide(here: set[int], naming: set[int]) -> Found:
    """here, naming: deals open that day at the account, and those that name somebody present."""
    if len(here) == 1:
        return next(iter(here)), DealRule.ONLY_OPEN
    meant = here & naming if here else naming
    return (next(iter(meant)), DealRule.NAMED_PERSON) if len(meant) == 1 else None


def _open_on(day: date, spans: Iterable[Span]) -> set[int]:
    return {deal for deal, first, last in spans if first <= day <= last}


def _at_accounts(account_ids: set[int]) -> dict[int, list[Span]]:
    """First and last day of every deal at these accounts; a closed deal without a day of closing is left out."""
    found: dict[int, list[Span]] = defaultdict(list)
    for some in in_slices(sorted(account_ids)):
        rows = DATED.filter(account_id__in=some).order_by("id")
        for account_id, *span in rows.values_list("account_id", *SPAN):
            found[account_id or 0].append(_span(*span))
    return found


def _naming(contact_ids: set[int]) -> dict[int, list[Span]]:
    """Spans of the deals that name these people."""
    found: dict[int, list[Span]] = defaultdict(list)
    for some in in_slices(sorted(contact_ids)):
        rows = DATED.filter(people__contact_id__in=some).order_by("id")
        for contact_id, *span in rows.values_list("people__contact_id", *SPAN):
            found[contact_id].append(_span(*span))
    return found


def _span(deal: int, first: date | None, is_closed: bool, closed_on: date | None) -> Span:
    return deal, first or date.max, (closed_on if is_closed else None) or date.max


def link_again_by_deals(joined: set[int], *, now: datetime, progress: Progress | None = None) -> int:
    """Look again where a deal or an account changed since the last look; returns how many activities changed.

    joined : accounts that got activities since
    """
    stored = StoredReport.objects.filter(key=LOOKED_AT).values_list("computed_at", flat=True).first()
    since = Q() if stored is None else Q(updated_at__gte=stored)
    rows = list(Opportunity.objects.filter(since).values_list("id", "account_id"))
    accounts = joined | {account for _, account in rows if account}
    if stored is not None:
        accounts |= set(Account.objects.filter(since).values_list("id", flat=True))
    changed = link_again({pk for pk, _ in rows}, accounts, now=now)
    StoredReport.objects.update_or_create(key=LOOKED_AT, defaults={"computed_at": now, "body": {}})
    if progress:
        progress(changed, None, "linking activities to deals")
    return changed


def link_again_at(deal_ids: set[int], *, now: datetime) -> int:
    """Look again at the accounts of deals whose people changed; returns how many activities changed."""
    accounts: set[int] = set()
    for some in in_slices(sorted(deal_ids)):
        rows = Opportunity.objects.filter(id__in=some, account_id__isnull=False, account__activities__isnull=False)
        accounts |= {account for account in rows.values_list("account_id", flat=True).distinct() if account}
    return link_again(set(), accounts, now=now)


def link_again(deal_ids: set[int], account_ids: set[int], *, now: datetime) -> int:
    """Find the deals of these accounts' activities anew, also of those that hang on these deals by a rule."""
    changed = 0
    for some in in_slices(sorted(account_ids), ACCOUNTS_AT_ONCE):
        with transaction.atomic():
            changed += _link(Q(account_id__in=some), now)
    for some in in_slices(sorted(deal_ids), ACCOUNTS_AT_ONCE):
        with transaction.atomic():
            changed += _link(Q(opportunity_id__in=some, details__has_key=LINKED_BY), now)
    return changed


def _link(which: Q, now: datetime) -> int:
    """Activities that no source gives to a deal."""
    untold = Q(opportunity=None) | Q(details__has_key=LINKED_BY)
    fields = ("id", "at", "account_id", "contact_id", "opportunity_id", "details", "loose")
    told = Activity.objects.filter(which, untold).order_by("id").values_list(*fields)
    rows = [row for row in told if not TOLD_DEAL & (row[6] or {}).keys()]
    links = find_deals(_occasions(rows))
    values = [_values(row, found) for row, found in zip(rows, links, strict=True)]
    changed = [new for row, new in zip(rows, values, strict=True) if (row[4], row[5]) != new[1:]]
    bulk.update_many(Activity, "id", ("opportunity_id", "details"), changed)
    past = {row[0]: row[1] for row in rows if row[1] <= now}
    touch(Opportunity, ((deal, past[pk]) for pk, deal, _ in changed if pk in past))
    return len(changed)


def _values(row: tuple[Any, ...], found: Found) -> tuple[int, int | None, dict[str, Any]]:
    """Id, deal and details of an activity."""
    details = {name: value for name, value in row[5].items() if name != LINKED_BY}
    if found is None:
        return row[0], None, details
    return row[0], found[0], details | {LINKED_BY: found[1].value}


def _occasions(rows: Sequence[tuple[Any, ...]]) -> list[Occasion]:
    people: dict[int, set[int]] = defaultdict(set)
    for some in in_slices([row[0] for row in rows]):
        present = ActivityParticipant.objects.filter(activity_id__in=some, contact__isnull=False)
        for activity, contact in present.values_list("activity_id", "contact_id"):
            people[activity].add(contact)
    return [
        Occasion(at=at, account_id=account_id or 0, contact_ids=frozenset(people[pk] | ({contact_id} - {None})))
        for pk, at, account_id, contact_id, *_ in rows
    ]
