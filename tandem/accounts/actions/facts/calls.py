"""What sellers stake, and what they are to bring."""

from __future__ import annotations

import calendar
from collections.abc import Iterable
from datetime import date, timedelta
from itertools import pairwise

from tandem.access import queries as access
from tandem.accounts.actions.facts.batch import FactBatch, FactResult, column, row_numbers, text_column
from tandem.accounts.actions.facts.history import unknown_deal
from tandem.accounts.actions.facts.keys import Colleagues, deal_ids, keys_of
from tandem.accounts.actions.facts.products import cents
from tandem.accounts.contracts import Entity
from tandem.accounts.domain.conversion import Refusal
from tandem.accounts.domain.vocabulary import read_call_kind, read_motion
from tandem.accounts.models import Quota, SellerCall
from tandem.core import bulk

CALL = ("person_id", "opportunity_id", "period_starts_on", "kind", "amount", "currency", "at", "source_id", "key")
QUOTA = ("person_id", "starts_on", "ends_on", "motion", "amount", "currency", "source_id")
MONTHS_OF_QUARTER = 3


def load_seller_calls(batch: FactBatch) -> FactResult:
    """Sellers' calls; a later call on the same period is a later row."""
    refused: list[Refusal] = []
    rows: dict[str, tuple[object, ...]] = {}
    home = access.get_organisation().currency
    facts = zip(
        row_numbers(batch), keys_of(batch, Entity.SELLER_CALL), Colleagues().of(batch, "person"), deal_ids(batch),
        text_column(batch, "opportunity_key"), text_column(batch, "kind"), column(batch, "period_starts_on"),
        column(batch, "amount"), text_column(batch, "currency"), column(batch, "at"), strict=True,
    )  # fmt: skip
    people = _person_words(batch)
    for place, (number, key, person, deal, deal_key, word, starts_on, amount, currency, at) in enumerate(facts):
        kind = read_call_kind(word)
        if not kind:
            refused.append(Refusal(number, "kind", word[:200], "is neither commit nor best case"))
        elif person is None:
            refused.append(unknown_person(number, people[place]))
        elif deal_key and deal is None:
            refused.append(unknown_deal(number, deal_key))
        elif cents(amount) is None:
            refused.append(Refusal(number, "amount", str(amount)[:200], "is larger than any amount of money"))
        else:
            rows[key] = (person, deal, starts_on, kind, cents(amount), currency or home, at, batch.source.id, key)
    counts = bulk.upsert(SellerCall, CALL, rows.values(), conflict=("source_id", "key"), update=CALL[:-2])
    landed = counts.inserted + counts.updated
    return FactResult(landed=landed, unchanged=len(batch.typed) - landed - len(refused), refused=refused)


def load_quotas(batch: FactBatch) -> FactResult:
    """Quotas by person, period and motion; the last told stands."""
    refused: list[Refusal] = []
    rows: dict[tuple[object, ...], tuple[object, ...]] = {}
    starts = column(batch, "starts_on")
    months = period_months(starts)
    home = access.get_organisation().currency
    people = _person_words(batch)
    facts = zip(
        row_numbers(batch), Colleagues().of(batch, "person"), starts, column(batch, "ends_on"),
        text_column(batch, "motion"), column(batch, "amount"), text_column(batch, "currency"), strict=True,
    )  # fmt: skip
    for place, (number, person, starts_on, told_end, motion, amount, currency) in enumerate(facts):
        ends_on = told_end or last_day(starts_on, months)
        if person is None:
            refused.append(unknown_person(number, people[place]))
        elif ends_on < starts_on:
            refused.append(Refusal(number, "ends_on", ends_on.isoformat(), "is before the first day"))
        elif cents(amount) is None:
            refused.append(Refusal(number, "amount", str(amount)[:200], "is larger than any amount of money"))
        else:
            kind = read_motion(motion)
            row = (person, starts_on, ends_on, kind, cents(amount), currency or home, batch.source.id)
            rows[person, starts_on, kind] = row
    counts = bulk.upsert(
        Quota, QUOTA, rows.values(), conflict=("person_id", "starts_on", "motion"),
        update=("ends_on", "amount", "currency"), stamp=("source_id",),
    )  # fmt: skip
    landed = counts.inserted + counts.updated
    return FactResult(landed=landed, unchanged=len(batch.typed) - landed - len(refused), refused=refused)


def period_months(starts: Iterable[date]) -> int:
    """Length of the periods that begin on these days, in months: the smallest step between them; a quarter when
    there is but one.

    >>> period_months([date(2026, 1, 1), date(2026, 2, 1), date(2026, 4, 1)])
    1
    """
    months = sorted({day.year * 12 + day.month for day in starts})
    steps = [after - before for before, after in pairwise(months)]
    return min((*(step for step in steps if step in (1, 3, 6, 12)), 12)) if steps else MONTHS_OF_QUARTER


def last_day(starts_on: date, months: int) -> date:
    """The last day of a period.

    >>> last_day(date(2026, 1, 1), 3), last_day(date(2026, 11, 30), 3)
    (datetime.date(2026, 3, 31), datetime.date(2027, 2, 27))
    """
    place = starts_on.month - 1 + months
    year, month = starts_on.year + place // 12, place % 12 + 1
    day = min(starts_on.day, calendar.monthrange(year, month)[1])
    return date(year, month, day) - timedelta(days=1)


def unknown_person(row_number: int, words: str) -> Refusal:
    """The refusal of a row that names nobody of ours."""
    return Refusal(row_number, "person_key", words[:200], "nobody of ours is known by this; import the people first")


def _person_words(batch: FactBatch) -> list[str]:
    parts = [text_column(batch, f"person_{part}") for part in ("key", "email", "name")]
    return [" ".join(filter(None, words)) for words in zip(*parts, strict=True)]
