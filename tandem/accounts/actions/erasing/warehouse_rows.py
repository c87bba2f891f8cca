"""The warehouse without a person: rows as they came, and signals. Files are put back whole, other rows as they were.

Rows that are the person's, or tell of something they took part in, go: what others have in it stands in the tables.
Rows that only mention them keep a mark. Signals stay, without whoever gave them, so that a company's signals still
count.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from tandem.accounts import warehouse
from tandem.accounts.connectors.meaning import columns_meaning
from tandem.accounts.contracts import Entity
from tandem.accounts.domain.person_rows import PersonRows, replaced
from tandem.accounts.queries.taking_part import activities_with
from tandem.accounts.queries.whom import Whom
from tandem.core.redaction import MARK

RAW, SIGNALS = "raw", "signals"
# By which of its columns a row of an entity is somebody's own. Rows of other entities are never anybody's own.
NAMING: Mapping[str, tuple[str, ...]] = {
    Entity.CONTACT: ("key", "email", "email_2"),
    Entity.ACTIVITY: ("key", "contact_key"),
    Entity.SIGNAL: ("contact_key", "contact_email"),
    Entity.OPPORTUNITY_CONTACT: ("contact_key", "contact_email"),
}
LISTING = ("participants",)
OF_SIGNALS = ("contact_key", "contact_email")

Keys = Mapping[str, frozenset[str]]


def erase_from_warehouse(whom: Whom) -> int:
    """Rewrite the files that hold the person; returns rows changed or gone. A file is written only if it changes."""
    keys = keys_by_source(whom)
    return sum(_rewrite(file, whom, keys) for file in warehouse.part_files())


def keys_by_source(whom: Whom) -> Keys:
    """Ids that mean the person, by source: of their records, of what they took part in, of their signals."""
    found: dict[str, set[str]] = defaultdict(set)
    for source, told in whom.record_keys.items():
        found[source] |= told
    for source, key in activities_with(whom).values_list("source__key", "key"):
        found[source].add(key)
    for source, key in _signal_keys(whom):
        found[source].add(key)
    return {source: frozenset(told) for source, told in found.items()}


def _signal_keys(whom: Whom) -> set[tuple[str, str]]:
    """Users of the product, as systems number them, whose mail address is the person's."""
    found: set[tuple[str, str]] = set()
    for file in warehouse.part_files():
        if _kind(file) != SIGNALS:
            continue
        told = pq.read_table(file, columns=["source", *OF_SIGNALS])
        for mail in pc.unique(told.column("contact_email")).to_pylist():
            if mail and whom.is_theirs(mail):
                theirs = told.filter(pc.equal(told.column("contact_email"), mail))
                found |= {(row["source"], row["contact_key"]) for row in theirs.to_pylist() if row["contact_key"]}
    return found


def _kind(file: Path) -> str:
    return file.relative_to(warehouse.folder()).parts[0]


def rows_in(file: Path, whom: Whom, keys: Keys) -> tuple[pa.Table, list[int], PersonRows]:
    """A file's rows, which of them hold the person, and how to tell what they are."""
    table = pq.read_table(file)
    if _kind(file) == SIGNALS:
        told = [keys.get(source, frozenset()) for source in pc.unique(table.column("source")).to_pylist()]
        look = PersonRows(redactor=whom.sure, keys=frozenset().union(*told), naming=OF_SIGNALS)
    else:
        source, entity = file.relative_to(warehouse.folder()).parts[1:3]
        naming = columns_meaning(table.schema.names, Entity(entity), NAMING.get(entity, ()))
        listing = columns_meaning(table.schema.names, Entity(entity), LISTING) if entity in NAMING else ()
        look = PersonRows(redactor=whom.sure, keys=keys.get(source, frozenset()), naming=naming, listing=listing)
    return table, look.places(table), look


def _rewrite(file: Path, whom: Whom, keys: Keys) -> int:
    table, places, look = rows_in(file, whom, keys)
    if not places:
        return 0
    become = _nameless if _kind(file) == SIGNALS else _without
    left = replaced(table, places, lambda row: become(row, look))
    if left is None:
        return 0
    warehouse.rewrite(file, left)
    return len(places)


def _without(row: dict[str, Any], look: PersonRows) -> dict[str, Any] | None:
    return None if look.is_own(row) else look.cleaned(row)


def _nameless(row: dict[str, Any], look: PersonRows) -> dict[str, Any]:
    """A signal that still counts for its company and tells nothing of who gave it."""
    left = look.cleaned(row)
    if left["key"] != row["key"]:
        left["key"] = f"{MARK} {row['load_id']}:{row['row_number']}"
    if look.is_own(row):
        left |= {"contact_key": "", "contact_email": "", "payload": ""}
    return left
