"""The places of this room that hold people, as the rights desk reaches them.

They are registered in the order in which an erasure must go: files and warehouse first, the tables last, since those
alone know which addresses belong together. A process killed on the way finds the person again and does what is left.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from django.db import transaction

from tandem.access.actions import require
from tandem.accounts.actions.assembling import assemble_ids
from tandem.accounts.actions.corrections import tell_correction
from tandem.accounts.actions.erasing import collecting, listing
from tandem.accounts.actions.erasing.contacts import erase_contact, trace_sole_traders
from tandem.accounts.actions.erasing.files import erase_from_files
from tandem.accounts.actions.erasing.sweeping import sweep_tables
from tandem.accounts.actions.erasing.touches import erase_touches
from tandem.accounts.actions.erasing.warehouse_rows import erase_from_warehouse
from tandem.accounts.contracts import Entity
from tandem.accounts.queries.whom import contact_ids_of, whom, widen
from tandem.compliance.contracts.rights import PersonKeys, StoredItem
from tandem.core import ledger
from tandem.core.actors import Actor
from tandem.core.scrubbing import scrub_when_done

RIGHT = "request.manage"
# What the desk calls a field, and what a contact does.
FIELDS = {"given_name": "first_name", "family_name": "last_name", "email": "email", "phone": "phone", "title": "title"}
ALWAYS_TOUCHED = frozenset(
    f"accounts_{name}"
    for name in ("activity", "activityparticipant", "contact", "contactpoint", "employment", "matchpair",
                 "opportunitycontact", "sourcerecord")
)  # fmt: skip


class TablesStore:
    """Contacts, source records, activities, and a key of theirs in any other table."""

    name, title = "accounts.tables", "Contacts, touches and records"

    def widen(self, person: PersonKeys) -> PersonKeys:
        """See `PersonStore.widen`."""
        return widen(person)

    def addresses(self) -> Iterator[str]:
        """See `ListsAddresses`."""
        yield from listing.in_tables()

    def collect(self, person: PersonKeys) -> Iterator[StoredItem]:
        """See `PersonStore.collect`."""
        yield from collecting.from_tables(whom(person), self.name)

    def correct(
        self, person: PersonKeys, changes: Mapping[str, str], *, request: str, actor: Actor, now: datetime
    ) -> int:
        """Tell each change as a correction of the contact, which wins over every source; returns how many were told.

        Raises NotAllowed without "request.manage", InvalidInput for a value that can't be read.
        """
        require(actor, RIGHT)
        told = {FIELDS[word]: text for word, text in changes.items() if word in FIELDS}
        ids = sorted(contact_ids_of(person)) if told else []
        with transaction.atomic():
            for pk in ids:
                for field, text in told.items():
                    tell_correction(Entity.CONTACT, pk, field, text, now=now)
                ledger.append(actor, "accounts.corrected_on_request", subject=f"contact:{pk}", request=request,
                              fields=sorted(told))  # fmt: skip
            assemble_ids(Entity.CONTACT, ids, now=now, with_dependents=False)
        return len(ids) * len(told)

    def erase(self, person: PersonKeys, *, request: str, actor: Actor, now: datetime) -> int:
        """See `PersonStore.erase`. One transaction; then what was deleted is taken out of the database's files.

        Raises NotAllowed without "request.manage"; Conflict when SQLite's log can't be emptied: run it again.
        """
        require(actor, RIGHT)
        them = whom(person)
        with transaction.atomic():
            touches = erase_touches(them)
            trace_sole_traders(them, now=now)
            gone = erase_contact(them, request=request, now=now)
            swept = sweep_tables(them)
            done = touches + gone + sum(swept.values())
            if done:
                contacts = sorted(them.contact_ids)
                ledger.append(actor, "accounts.person_erased", subject=request, contacts=contacts, rows=done)
            scrub_when_done({*ALWAYS_TOUCHED, *swept})
        return done


class WarehouseStore:
    """Rows as they came, and signals."""

    name, title = "accounts.warehouse", "Warehouse"

    def widen(self, person: PersonKeys) -> PersonKeys:
        """Nothing that the tables do not know."""
        return PersonKeys()

    def addresses(self) -> Iterator[str]:
        """See `ListsAddresses`."""
        yield from listing.in_warehouse()

    def collect(self, person: PersonKeys) -> Iterator[StoredItem]:
        """See `PersonStore.collect`."""
        yield from collecting.from_warehouse(whom(person), self.name)

    def correct(
        self, person: PersonKeys, changes: Mapping[str, str], *, request: str, actor: Actor, now: datetime
    ) -> int:
        """Nothing: these are rows as they came, and a correction is told beside them."""
        return 0

    def erase(self, person: PersonKeys, *, request: str, actor: Actor, now: datetime) -> int:
        """See `PersonStore.erase`; file by file, each put back whole. Raises NotAllowed without "request.manage"."""
        require(actor, RIGHT)
        return _noted(erase_from_warehouse(whom(person)), self.name, request, actor)


class FilesStore:
    """Everything else in the data folder: rejects, inbox, uploads, archives."""

    name, title = "accounts.files", "Files of the data folder"

    def widen(self, person: PersonKeys) -> PersonKeys:
        """Nothing that the tables do not know."""
        return PersonKeys()

    def collect(self, person: PersonKeys) -> Iterator[StoredItem]:
        """See `PersonStore.collect`."""
        yield from collecting.from_files(whom(person), self.name)

    def correct(
        self, person: PersonKeys, changes: Mapping[str, str], *, request: str, actor: Actor, now: datetime
    ) -> int:
        """Nothing: files are kept as they came."""
        return 0

    def erase(self, person: PersonKeys, *, request: str, actor: Actor, now: datetime) -> int:
        """See `PersonStore.erase`; file by file, each put back whole. Raises NotAllowed without "request.manage"."""
        require(actor, RIGHT)
        return _noted(erase_from_files(whom(person).sure), self.name, request, actor)


def _noted(done: int, store: str, request: str, actor: Actor) -> int:
    """In the ledger when anything changed."""
    if done:
        with transaction.atomic():
            ledger.append(actor, "accounts.files_erased", subject=request, store=store, changed=done)
    return done
