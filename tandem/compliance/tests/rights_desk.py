"""What tests of the rights desk share: a store that can break, and the way of a request in one call."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from tandem.compliance import queries
from tandem.compliance.actions import carrying_out, rights
from tandem.compliance.contracts.requests import IdentityProof, RequestKind, RequestRoad
from tandem.compliance.contracts.rights import CrawlFinding, CrawlReport, PersonKeys, StoredItem
from tandem.compliance.models import Consent, LedgerEntry, RightsRequest
from tandem.core.actors import Actor, built_in_agent
from tandem.core.jobs import run_worker

WORKER = built_in_agent("worker", "worker")
NOW = datetime(2026, 11, 24, 8, 40, tzinfo=UTC)
ANN = PersonKeys(emails=("Ann@Acme.example",), names=("Ann Lee",))
BY: dict[str, Any] = {"actor": WORKER, "now": NOW}


class Shelf:
    """A store of one room, for tests: knows Ann by name elsewhere, holds two things, and can be made to break."""

    name = "shelf"
    title = "Shelf"

    def __init__(self) -> None:
        self.things = {"ann@acme.example": ["card", "photo"], "+442079460958": ["number"]}
        self.breaks = 0
        self.erased_for: list[PersonKeys] = []
        self.corrected: list[Mapping[str, str]] = []

    def widen(self, person: PersonKeys) -> PersonKeys:
        if {"ann@acme.example", "contact:12"} & {*person.emails, *person.subjects}:
            return PersonKeys(emails=("ann@acme.example",), phones=("+442079460958",), subjects=("contact:12",))
        return PersonKeys()

    def collect(self, person: PersonKeys) -> Iterator[StoredItem]:
        self._work()
        for address in person.addresses:
            for thing in self.things.get(address, ()):
                yield StoredItem(
                    store=self.name, what=thing, key=f"{thing}:1", at=NOW, data={"address": address}, origin="test"
                )

    def correct(
        self, person: PersonKeys, changes: Mapping[str, str], *, request: str, actor: Actor, now: datetime
    ) -> int:
        self.corrected.append(changes)
        return 1

    def erase(self, person: PersonKeys, *, request: str, actor: Actor, now: datetime) -> int:
        self._work()
        self.erased_for.append(person)
        return sum(len(self.things.pop(address, ())) for address in person.addresses)

    def _work(self) -> None:
        if self.breaks:
            self.breaks -= 1
            raise OSError("the disk is gone")

    def crawl(self, person: PersonKeys) -> CrawlReport:
        found = [
            CrawlFinding(place="shelf", what="mail address", where=thing)
            for address in person.addresses
            for thing in self.things.get(address, ())
        ]
        kept = CrawlFinding(place="compliance_suppression", what="keyed hash", is_expected=True)
        return CrawlReport(places=7, bytes_read=1_000, findings=(*found, kept))


def take_in(kind: RequestKind, person: PersonKeys = ANN, **said: Any) -> int:
    return carrying_out.take_in(kind, person, **{"road": RequestRoad.FORM, "places": ["DE"], **BY, **said})[0]


def checked(kind: RequestKind, cleo: Actor, person: PersonKeys = ANN, **said: Any) -> int:
    number = take_in(kind, person, **said)
    rights.check_identity(number, IdentityProof.REPLY, actor=cleo, now=NOW)
    return number


def carried_out(kind: RequestKind, cleo: Actor, person: PersonKeys = ANN, **said: Any) -> RightsRequest:
    number = checked(kind, cleo, person, **said)
    carrying_out.begin(number, actor=cleo, now=NOW)
    run_worker(once=True)
    return RightsRequest.objects.get(id=number)


def state_of(number: int) -> str:
    return RightsRequest.objects.values_list("state", flat=True).get(id=number)


def deeds(number: int) -> list[str]:
    rows = LedgerEntry.objects.filter(subject=f"request:{number}").order_by("number")
    return [row.action.removeprefix("compliance.") for row in rows]


def agree(address: str = "ann@acme.example") -> None:
    Consent.objects.create(
        kind="email", key_hash=next(iter(queries.hashes_of(queries.read_all([address])))), key_id="x", address=address,
        subject="contact:12", source="form", consent_kind="express", channel="email", purpose="sales", wording="Yes",
        proof="form 1", given_at=NOW, counts_from=NOW, recorded_at=NOW,
    )  # fmt: skip
