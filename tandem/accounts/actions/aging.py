"""Letting go of prospects whose time is over: erased from every place of this room, without blocking them for ever.

Nobody asked for it, so nobody is suppressed; their records of then stay out of imports by their hash, and somebody who
comes anew, under a new record, is welcome.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from tandem.accounts.actions.erasing.stores import FilesStore, TablesStore, WarehouseStore
from tandem.accounts.queries.aged import Aged, aged_prospects
from tandem.compliance.contracts.requests import RetainedKind
from tandem.compliance.contracts.retention import Held
from tandem.compliance.contracts.rights import PersonKeys
from tandem.compliance.queries import hashes_of, read_all
from tandem.core.actors import Actor

AT_ONCE = 25  # people that one pass over warehouse and files takes out
MOST_A_NIGHT = 200  # erasing reads the whole warehouse; the nights catch up with a first large count
REQUEST = "retention:accounts.prospects"


class Prospects:
    """Contacts without a relationship, counted from the last contact or the day they came."""

    kind = RetainedKind(
        name="accounts.prospects",
        title="Prospects without a relationship",
        counts_from="the last contact, or the day they came",
        months=24,
        rule="EU-GDPR-008",
    )

    def count(self, before: datetime, held: Held) -> tuple[int, int]:
        """(past, held)."""
        past = kept = 0
        for one in aged_prospects(before):
            past += 1
            kept += _is_held(one, held)
        return past, kept

    def delete(self, before: datetime, held: Held, *, actor: Actor, now: datetime) -> int:
        """Erase them, at most `MOST_A_NIGHT` at a time; the rest waits for the next night."""
        gone = 0
        for some in _in_batches(aged_prospects(before), held):
            people = TablesStore().widen(PersonKeys(subjects=tuple(f"contact:{number}" for number in some)))
            for store in (FilesStore(), WarehouseStore(), TablesStore()):
                store.erase(people, request=REQUEST, actor=actor, now=now)
            gone += len(some)
        return gone


def _in_batches(found: Iterator[Aged], held: Held) -> Iterator[list[int]]:
    free = [one[0] for one in found if not _is_held(one, held)][:MOST_A_NIGHT]
    for start in range(0, len(free), AT_ONCE):
        yield free[start : start + AT_ONCE]


def _is_held(one: Aged, held: Held) -> bool:
    number, account, email = one
    names = {f"contact:{number}"} | ({f"account:{account}"} if account else set())
    hashes = hashes_of(read_all([email])) if email else {"": None}
    return any(held.keeps(key_hash=hashed, subjects=names) for hashed in hashes)
