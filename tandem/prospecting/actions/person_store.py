"""What research holds of people, as the rights desk reaches it: facts, fact sheets, parts in purchases."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from django.db import transaction

from tandem.access.actions import require
from tandem.compliance.contracts.rights import PersonKeys, StoredItem
from tandem.core import ledger
from tandem.core.actors import Actor
from tandem.core.scrubbing import scrub_when_done
from tandem.prospecting.models import Fact, FactSheet, Stakeholder

SUBJECT = "contact:"
TABLES = frozenset({"prospecting_fact", "prospecting_factsheet", "prospecting_stakeholder"})


class ResearchStore:
    """Facts, fact sheets and roles. Mentions in texts about companies are swept with every other table."""

    name, title = "prospecting.research", "Research on people"

    def widen(self, person: PersonKeys) -> PersonKeys:
        """Nothing that the contacts do not know."""
        return PersonKeys()

    def collect(self, person: PersonKeys) -> Iterator[StoredItem]:
        """See `PersonStore.collect`."""
        ids = _ids(person)
        for fact in Fact.objects.filter(contact_id__in=ids).order_by("id"):
            yield StoredItem(
                store=self.name, what="fact", key=f"fact:{fact.id}", at=fact.found_at, origin=fact.source,
                data={"statement": fact.statement, "quote": fact.quote, "url": fact.url},
            )  # fmt: skip
        for sheet in FactSheet.objects.filter(contact_id__in=ids).order_by("id"):
            yield StoredItem(
                store=self.name, what="fact sheet", key=f"factsheet:{sheet.id}", at=sheet.made_at,
                data={"sections": sheet.sections, "made_by": sheet.engine},
            )  # fmt: skip
        for row in Stakeholder.objects.filter(contact_id__in=ids).order_by("id"):
            yield StoredItem(
                store=self.name, what="part in a purchase", key=f"stakeholder:{row.id}", at=row.made_at,
                data={"role": row.role, "confidence": row.confidence, "evidence": row.evidence},
            )  # fmt: skip

    def correct(
        self, person: PersonKeys, changes: Mapping[str, str], *, request: str, actor: Actor, now: datetime
    ) -> int:
        """Nothing: a correction of the contact is told beside it, and research is made anew from it."""
        return 0

    def erase(self, person: PersonKeys, *, request: str, actor: Actor, now: datetime) -> int:
        """See `PersonStore.erase`. Raises NotAllowed without "request.manage"."""
        require(actor, "request.manage")
        ids = _ids(person)
        with transaction.atomic():
            gone = sum(model.objects.filter(contact_id__in=ids).delete()[0] for model in (Fact, FactSheet, Stakeholder))
            if gone:
                ledger.append(actor, "prospecting.person_erased", subject=request, contacts=sorted(ids), rows=gone)
                scrub_when_done(TABLES)
        return gone


def _ids(person: PersonKeys) -> set[int]:
    told = (subject.removeprefix(SUBJECT) for subject in person.subjects if subject.startswith(SUBJECT))
    return {int(number) for number in told if number.isdecimal()}
