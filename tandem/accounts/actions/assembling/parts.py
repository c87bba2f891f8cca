"""Rows that belong to golden rows (domains, employments, contact points): made equal to what the sources tell."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import models

from tandem.accounts.queries.choosing.records import among, in_slices
from tandem.core import bulk

Row = tuple[Any, ...]


def replace_parts(
    model: type[models.Model],
    owner_ids: Iterable[int],
    *,
    key: Sequence[str],
    values: Sequence[str],
    wanted: Mapping[Row, Row],
) -> int:
    """Make the parts of these owners equal to `wanted`, writing only what differs; returns how many rows moved.

    key : columns that name a part; the first of them is the owner
    values : its other columns
    """
    present: dict[Row, tuple[int, Row]] = {}
    for some in in_slices(sorted(owner_ids)):
        rows = model._default_manager.filter(**among(key[0], some)).values_list("id", *key, *values)
        for pk, *told in rows:
            present[tuple(told[: len(key)])] = (pk, tuple(told[len(key) :]))
    gone = [pk for named, (pk, _) in present.items() if named not in wanted]
    for some in in_slices(gone):
        model._default_manager.filter(id__in=some).delete()
    new = [(*named, *told) for named, told in wanted.items() if named not in present]
    changed = [
        (present[named][0], *told) for named, told in wanted.items() if named in present and present[named][1] != told
    ]
    bulk.upsert(model, (*key, *values), new, conflict=(), update=None)
    if changed:
        bulk.update_many(model, "id", values, changed)
    return len(gone) + len(new) + len(changed)
