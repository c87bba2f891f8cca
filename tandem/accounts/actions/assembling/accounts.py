"""Golden accounts: their fields, their domains, and the family tree."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import Q

from tandem.accounts.actions.assembling.context import Context, Tally
from tandem.accounts.actions.assembling.parts import Row, replace_parts
from tandem.accounts.contracts import Entity
from tandem.accounts.models import Account, AccountDomain, AccountName, SourceRecord
from tandem.accounts.queries.choosing import accounts as choosing
from tandem.accounts.queries.choosing.records import Choices, Record, created_at, in_slices, source_count, value_of
from tandem.core import bulk

TEXTS = (
    "name", "domain", "type", "segment", "industry", "currency", "phone", "street", "city", "region", "postal_code",
    "country", "description",
)  # fmt: skip
NULLABLE = ("owner", "employees", "annual_revenue")
COLUMNS = (
    "id",
    *TEXTS,
    "owner_id",
    "employees",
    "annual_revenue",
    "source_count",
    "created_at",
    "merged_into",
    "updated_at",
)
CHANGING = tuple(column for column in COLUMNS if column not in ("id", "updated_at"))
PARENT_WORDS = Q(data__has_key="parent_key") | Q(data__has_key="parent_name") | Q(data__has_key="parent_id")


def write_accounts(golden_ids: Sequence[int], context: Context) -> Tally:
    """Put these accounts together, parents aside, in the caller's transaction."""
    found = context.records(Entity.ACCOUNT, golden_ids)
    rules = context.rules(Entity.ACCOUNT)
    told = choosing.tellings(context.links)
    rows: list[tuple[Any, ...]] = []
    domains: dict[Row, Row] = {}
    names: dict[Row, Row] = {}
    for golden_id, records in found.items():
        choices = choosing.choose_account(records, told, rules)
        rows.append(_row(golden_id, records, choices, context))
        for domain, source_id in choosing.domains_of(records).items():
            domains[golden_id, domain] = (source_id,)
        names |= {(golden_id, core, source_id): () for core, source_id in choosing.names_of(records)}
    counts = bulk.upsert(Account, COLUMNS, rows, conflict=("id",), update=CHANGING, stamp=("updated_at",))
    replace_parts(AccountDomain, golden_ids, key=("account_id", "domain"), values=("source_id",), wanted=domains)
    replace_parts(AccountName, golden_ids, key=("account_id", "core", "source_id"), values=(), wanted=names)
    return Tally(together=len(rows), created=counts.inserted, changed=counts.updated)


def _row(golden_id: int, records: Sequence[Record], choices: Choices, context: Context) -> tuple[Any, ...]:
    return (
        golden_id,
        *(value_of(choices, field, "") for field in TEXTS),
        *(value_of(choices, field) for field in NULLABLE),
        source_count(records),
        created_at(records),
        None,
        context.now,
    )


def write_parents(context: Context) -> int:
    """Work out every account's parent anew and store those that changed; returns how many.

    All at once, since one new parent can close or open a ring far away.
    """
    naming = SourceRecord.objects.filter(PARENT_WORDS, entity=Entity.ACCOUNT, golden_id__isnull=False)
    golden_ids = sorted({pk for pk in naming.values_list("golden_id", flat=True) if pk is not None})
    rules, tell = context.rules(Entity.ACCOUNT), choosing.parent_tell(context.links)
    wanted: dict[int, int] = {}
    for some in in_slices(golden_ids):
        found = context.records(Entity.ACCOUNT, some)
        context.links.accounts.prepare((one for records in found.values() for one in records), "parent_key")
        for golden_id, records in found.items():
            choice = choosing.choose_parent(golden_id, records, tell, rules)
            if choice is not None and choice.value:
                wanted[golden_id] = choice.value
    parents = choosing.break_rings(wanted)
    stored = dict(Account.objects.exclude(parent=None).values_list("id", "parent_id"))
    moved = [(pk, parents.get(pk)) for pk in {*parents, *stored} if parents.get(pk) != stored.get(pk)]
    return bulk.update_many(Account, "id", ("parent_id",), moved)


def has_family(golden_ids: Sequence[int]) -> bool:
    """Whether these accounts have parents or children, or name some: else their parents need no second look."""
    named = SourceRecord.objects.filter(PARENT_WORDS, entity=Entity.ACCOUNT, golden_id__in=golden_ids)
    return named.exists() or Account.objects.filter(Q(parent_id__in=golden_ids)).exists()
