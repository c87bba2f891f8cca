"""What the rights desk and the places that hold people say to each other: who is meant, what is held, what was done.

Every place that holds something about people (registries, accounts, warehouse, search index, media, mail copies) is a
`PersonStore`, registered at start-up (`actions.stores.register_store`). The desk runs a request over all of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from tandem.core.actors import Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonKeys:
    """One person, by everything that is known to point at them.

    emails, phones : as they were given or in the normal form; a store brings them into its own
    names : only to look for what is left after an erasure; never enough to erase or to hand out by
    subjects : opaque keys of rooms: "contact:12"
    """

    emails: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()

    @property
    def addresses(self) -> tuple[str, ...]:
        """Mail addresses, then phone numbers."""
        return (*self.emails, *self.phones)

    def joined(self, other: PersonKeys) -> PersonKeys:
        """Both together, each key once, in the order in which they were first met."""
        return PersonKeys(
            emails=_once(self.emails, other.emails),
            phones=_once(self.phones, other.phones),
            names=_once(self.names, other.names),
            subjects=_once(self.subjects, other.subjects),
        )


def _once(first: Iterable[str], then: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*first, *then)))


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredItem:
    """One thing that a store holds about a person, as it is handed out.

    store : the store's name
    what : kind of thing in plain words: "contact", "consent", "source record"
    key : finds it again in the store: "contact:12", a file and row
    at : when it was collected or written; None when the store does not know
    data : machine-readable content: JSON types, datetimes and dates as ISO text
    origin : where it was collected from: "import:people.csv", a vendor's name; empty: unknown
    """

    store: str
    what: str
    key: str
    at: datetime | None
    data: Mapping[str, Any]
    origin: str = ""


class PersonStore(Protocol):
    """A place that holds people. Every method can be run again after a crash and then does only what is left.

    name : short, unique, stays the same over versions ("compliance.registries", "accounts.contacts")
    title : as pages and reports call it
    """

    name: str
    title: str

    def widen(self, person: PersonKeys) -> PersonKeys:
        """Further addresses, names and subjects of the same person that this store knows; an empty one: none."""
        ...

    def collect(self, person: PersonKeys) -> Iterator[StoredItem]:
        """Everything held about the person, for access and portability. Never by name alone."""
        ...

    def correct(
        self, person: PersonKeys, changes: Mapping[str, str], *, request: str, actor: Actor, now: datetime
    ) -> int:
        """Put right what is wrong; returns how many rows changed. Fields the store does not hold are passed over.

        changes : field to new value: "given_name", "family_name", "email", "phone", "title"
        request : what it follows, for the ledger: "request:12"
        """
        ...

    def erase(self, person: PersonKeys, *, request: str, actor: Actor, now: datetime) -> int:
        """Remove everything about the person; returns how many rows and files changed. 0: nothing was there."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class CrawlFinding:
    """Something of a person that was found after an erasure.

    place : table or file (relative to the data folder) it was found in
    what : which key, told without the value: "mail address", "phone number", "name"
    where : row or byte offset; empty: not told
    is_expected : True for what has to stay (the keyed hash that blocks them); False is a fault
    """

    place: str
    what: str
    where: str = ""
    is_expected: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CrawlReport:
    """What a crawl of every store and file looked at and found. places, bytes_read : how much was looked at"""

    places: int
    bytes_read: int
    findings: tuple[CrawlFinding, ...] = field(default=())

    @property
    def is_clean(self) -> bool:
        """Whether nothing but what has to stay is left."""
        return all(finding.is_expected for finding in self.findings)


class Crawler(Protocol):
    """Looks for a person in every store, table and file of the installation, after an erasure. Reads only."""

    def __call__(self, person: PersonKeys) -> CrawlReport: ...
