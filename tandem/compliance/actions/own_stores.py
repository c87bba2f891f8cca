"""Compliance itself holds people: in the registries, and in the rights desk's own rows and files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Model, Q, QuerySet

from tandem.compliance.actions import packages
from tandem.compliance.actions.erasing import erase_person
from tandem.compliance.actions.ledger import append
from tandem.compliance.actions.stores import register_store
from tandem.compliance.contracts.rights import PersonKeys, StoredItem
from tandem.compliance.models import (
    Consent,
    DncScreening,
    NoticeGiven,
    PersonalLimit,
    RecordingConsent,
    Relationship,
    RightsPackage,
    RightsRequest,
    Suppression,
)
from tandem.compliance.queries.keys import hashes_of, read_all
from tandem.compliance.queries.rights import person_of, requests_of
from tandem.core.actors import Actor
from tandem.core.scrubbing import scrub_when_done

PERSON = "contact:"  # subjects of other kinds ("account:3") are not a person's alone
NOT_TOLD = frozenset({"id", "key_hash", "key_id", "recorded_by"})
WHAT: Mapping[type[Model], tuple[str, str]] = {
    Consent: ("consent", "given_at"),
    RecordingConsent: ("recording consent", "at"),
    DncScreening: ("do-not-call screening", "screened_at"),
    Relationship: ("fact of the relationship", "at"),
    Suppression: ("suppression", "at"),
    PersonalLimit: ("limit on use", "at"),
    NoticeGiven: ("notice given", "at"),
}
ONLY_HERE = (PersonalLimit, NoticeGiven)
_WITH_PEOPLE: list[type[Model]] = [*WHAT, RightsRequest]
SCRUBBED = frozenset(str(model._meta.db_table) for model in _WITH_PEOPLE)


class RegistryStore:
    """Consent, recording consent, screenings, relationship, suppression, limits and notices."""

    name = "compliance.registries"
    title = "Consent, suppression and screenings"

    def widen(self, person: PersonKeys) -> PersonKeys:
        """Addresses written down for the person's names in other rooms, and the other way round."""
        emails, phones, subjects = list[str](), list[str](), list[str]()
        for model in WHAT:
            for address, subject in _rows(model, person).values_list("address", "subject"):
                (emails if "@" in address else phones).extend([address] if "@" in address or address[:1] == "+" else [])
                subjects += [subject] if subject.startswith(PERSON) else []
        return PersonKeys(emails=tuple(emails), phones=tuple(phones), subjects=tuple(subjects))

    def collect(self, person: PersonKeys) -> Iterator[StoredItem]:
        """Every row about the person."""
        for model, (what, moment) in WHAT.items():
            for row in _rows(model, person).order_by("id"):
                data = {field.name: getattr(row, field.attname) for field in row._meta.concrete_fields}
                yield StoredItem(
                    store=self.name,
                    what=what,
                    key=f"{what.replace(' ', '_')}:{row.pk}",
                    at=getattr(row, moment),
                    data={name: value for name, value in data.items() if name not in NOT_TOLD},
                    origin=row.source,
                )

    def correct(
        self, person: PersonKeys, changes: Mapping[str, str], *, request: str, actor: Actor, now: datetime
    ) -> int:
        """Registries say what was agreed under which address then; that does not become wrong by a new address."""
        return 0

    def erase(self, person: PersonKeys, *, request: str, actor: Actor, now: datetime) -> int:
        """Everything but the hash that blocks."""
        found = person.addresses or person.subjects
        if not found:
            return 0
        with transaction.atomic():
            gone = sum(_rows(model, person).delete()[0] for model in ONLY_HERE)
            for subject in person.subjects or ("",):
                gone += erase_person(found, actor=actor, now=now, request=request, subject=subject)
        return gone


def _rows(model: type[Model], person: PersonKeys) -> QuerySet[Any]:
    hashes = list(hashes_of(read_all([*person.addresses, *person.subjects])))
    return model._default_manager.filter(Q(key_hash__in=hashes) | Q(subject__in=person.subjects))


class DeskStore:
    """The rights desk's own requests and packages; erased last, because it knows whom the others have to erase."""

    name = "compliance.requests"
    title = "Requests and their packages"

    def widen(self, person: PersonKeys) -> PersonKeys:
        """What earlier requests were made with."""
        wider = PersonKeys()
        for row in requests_of(person):
            wider = wider.joined(person_of(row))
        return wider

    def collect(self, person: PersonKeys) -> Iterator[StoredItem]:
        """Requests made before, with how they ended."""
        for row in requests_of(person).order_by("id"):
            names = ("kind", "state", "road", "note", "changes", "places", "received_at", "due_on", "finished_at",
                     "extended_why", "refused_why", "refused_law")  # fmt: skip
            yield StoredItem(
                store=self.name,
                what="request",
                key=f"request:{row.id}",
                at=row.received_at,
                data={**row.person, **{name: getattr(row, name) for name in names}},
                origin=row.road,
            )

    def correct(
        self, person: PersonKeys, changes: Mapping[str, str], *, request: str, actor: Actor, now: datetime
    ) -> int:
        """A request says what was asked then."""
        return 0

    def erase(self, person: PersonKeys, *, request: str, actor: Actor, now: datetime) -> int:
        """Packages go, and of every request everything but keyed hashes, days and how it ended."""
        ids = list(requests_of(person).values_list("id", flat=True))
        gone = sum(
            packages.remove(made, actor=actor, now=now) for made in RightsPackage.objects.filter(request__in=ids)
        )
        gone += sum(packages.remove_parts(one) for one in ids)
        with transaction.atomic():
            rows = RightsRequest.objects.filter(id__in=ids)
            gone += rows.update(person={}, note="", changes={})
            rows.exclude(refused_why="").update(refused_why="removed with the person")
            rows.exclude(extended_why="").update(extended_why="removed with the person")
            append(actor=actor, action="compliance.requests_erased", subject=request, facts={"rows": len(ids)})
            scrub_when_done(SCRUBBED)  # of the registries too: the desk comes last
        return gone


def register_own_stores() -> None:
    """Called at start-up."""
    register_store(RegistryStore())
    register_store(DeskStore())
