"""What sources outside left behind of people: checks of their addresses, and that providers were asked about them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from tandem.compliance.contracts.rights import PersonKeys, StoredItem
from tandem.core import ledger
from tandem.core.actors import Actor
from tandem.core.scrubbing import scrub_when_done
from tandem.prospecting.models import AddressCheck, FieldObservation, ProviderCall, SentRow
from tandem.prospecting.queries.sources import address_hash

TABLES = frozenset({str(model._meta.db_table) for model in (AddressCheck, FieldObservation, ProviderCall, SentRow)})


class ChecksStore:
    """Checks of addresses and questions about people. What providers told stands in accounts."""

    name = "prospecting.checks"
    title = "Checks of addresses and questions to providers"

    def widen(self, person: PersonKeys) -> PersonKeys:
        """A hash and a number tell nothing further."""
        return PersonKeys()

    def collect(self, person: PersonKeys) -> Iterator[StoredItem]:
        """Every check, question and row sent about the person."""
        for check in AddressCheck.objects.filter(_checks(person)).order_by("id"):
            data = {"verifier": check.verifier, "result": check.result, "reasons": check.reasons, "raw": check.raw}
            yield StoredItem(
                store=self.name, what="check of an address", key=f"check:{check.id}", at=check.checked_at, data=data,
                origin=check.verifier,
            )  # fmt: skip
        for call in ProviderCall.objects.filter(subject__in=person.subjects).select_related("provider").order_by("id"):
            data = {"provider": call.provider.key, "asked": call.kind, "state": call.state}
            yield StoredItem(
                store=self.name, what="question to a provider", key=f"question:{call.id}", at=call.asked_at, data=data,
                origin=call.provider.key,
            )  # fmt: skip
        for row in SentRow.objects.filter(subject__in=person.subjects).select_related("provider").order_by("id"):
            yield StoredItem(
                store=self.name, what="row sent to a provider", key=f"row:{row.key}", at=row.sent_at,
                data={"provider": row.provider.key}, origin=row.provider.key,
            )  # fmt: skip

    def correct(
        self, person: PersonKeys, changes: Mapping[str, str], *, request: str, actor: Actor, now: datetime
    ) -> int:
        """A check says what was found of an address then; a new address gets a check of its own."""
        return 0

    def erase(self, person: PersonKeys, *, request: str, actor: Actor, now: datetime) -> int:
        """Checks go; questions and rows keep their day and charge, without whom they were about and what was told."""
        about = list(person.subjects)
        with transaction.atomic():
            gone = AddressCheck.objects.filter(_checks(person)).delete()[0]
            gone += FieldObservation.objects.filter(subject__in=about).delete()[0]
            gone += ProviderCall.objects.filter(subject__in=about).update(subject="", answer="", error="")
            gone += SentRow.objects.filter(subject__in=about).update(subject="")
            if gone:
                ledger.append(actor, "prospecting.checks_erased", subject=request, rows=gone)
                scrub_when_done(TABLES)
        return gone


def _checks(person: PersonKeys) -> Q:
    ids = [int(one.removeprefix("contact:")) for one in person.subjects if one.removeprefix("contact:").isdecimal()]
    return Q(contact__in=ids) | Q(address_hash__in=[address_hash(mail) for mail in person.emails])
