"""Every other table of the product: a key of the person wherever a text or JSON column holds one, replaced by a mark.

Generic over all tables, so that a room added later is swept without a line here. Left out are the tables of our own
people and those that may not be touched.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.apps import apps
from django.contrib.sessions.models import Session
from django.db import models
from django.db.models import UniqueConstraint

from tandem.accounts.queries.choosing.records import in_slices
from tandem.accounts.queries.whom import Whom
from tandem.core import bulk
from tandem.core.mentions import rows_that_may_mention
from tandem.core.redaction import MARK

OUR_PEOPLE = "access"
# The record names by id; the registries keep hashes and erase the rest; the desk needs to know whom until it is done.
NOT_SWEPT = frozenset(
    f"compliance.{name}" for name in ("ledgerentry", "suppression", "rightsrequest", "requestwork", "rightspackage")
)
SESSIONS_AT_ONCE = 1_000


def sweep_tables(whom: Whom) -> dict[str, int]:
    """Clean every table; returns rows changed by table. Call it inside the transaction of the erasure."""
    found = {str(model._meta.db_table): _sweep(model, whom) for model in swept_models()}
    found[str(Session._meta.db_table)] = _end_sessions(whom)
    return {table: rows for table, rows in found.items() if rows}


def swept_models() -> list[type[models.Model]]:
    """The tables of the product that are swept."""
    ours = [model for model in apps.get_models() if model.__module__.startswith("tandem.")]
    swept = [one for one in ours if one._meta.managed and one._meta.app_label != OUR_PEOPLE]
    return [model for model in swept if model._meta.label_lower not in NOT_SWEPT]


def _sweep(model: type[models.Model], whom: Whom) -> int:
    fields = [field for field in model._meta.concrete_fields if _holds_text(field)]
    if not fields:
        return 0
    columns = [str(field.column) for field in fields]
    candidates = rows_that_may_mention(model._meta.db_table, columns, whom.sure, key=str(model._meta.pk.column))
    ids = sorted(row[0] for row in candidates)
    names = [field.name for field in fields]
    changed = [
        row for some in in_slices(ids, 2_000) for row in _cleaned(model, names, some, whom)
    ]  # fmt: skip
    if changed:
        bulk.update_many(model, model._meta.pk.name, names, changed)
    return len(changed)


def _holds_text(field: Any) -> bool:
    if field.is_relation or field.primary_key or field.choices:
        return False
    return isinstance(field, models.CharField | models.TextField | models.JSONField)


def _cleaned(
    model: type[models.Model], names: Sequence[str], ids: Sequence[Any], whom: Whom
) -> Iterator[tuple[Any, ...]]:
    unique = _in_unique(model)
    for pk, *before in model._default_manager.filter(pk__in=ids).values_list("pk", *names):
        after = [whom.sure.clean_value(value) for value in before]
        if after != before:
            yield (
                pk,
                *(
                    _fitting(
                        model, name, f"{MARK} {pk}" if value == MARK and name in unique and value != old else value
                    )
                    for name, value, old in zip(names, after, before, strict=True)
                ),
            )


def _in_unique(model: type[models.Model]) -> frozenset[str]:
    """Fields of which equal values could break a constraint."""
    told = [one for one in model._meta.constraints if isinstance(one, UniqueConstraint)]
    single = [field.name for field in model._meta.concrete_fields if field.unique]
    return frozenset([*single, *(name for one in told for name in one.fields)])


def _fitting(model: type[models.Model], name: str, value: Any) -> Any:
    longest = getattr(model._meta.get_field(name), "max_length", None)
    return value[:longest] if isinstance(value, str) and longest else value


def _end_sessions(whom: Whom) -> int:
    """End the sessions that remember the person (a search, a form); whoever it was signs in again."""
    ended = [
        row.pk
        for row in Session.objects.iterator(chunk_size=SESSIONS_AT_ONCE)
        if whom.sure.mentions(str(row.get_decoded()))
    ]
    return Session.objects.filter(pk__in=ended).delete()[0]
