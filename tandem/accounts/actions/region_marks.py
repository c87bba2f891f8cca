"""The marks that tell whose law somebody is under, as a store that holds people: keyed hashes alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from tandem.accounts.domain import normalise
from tandem.compliance.actions.partitions import forget_marks
from tandem.compliance.contracts.residency import Evidence, EvidenceKind
from tandem.compliance.contracts.rights import PersonKeys, StoredItem
from tandem.compliance.queries.partitions import marked_regions
from tandem.core.actors import Actor


class MarksStore:
    """Whose law somebody is under, by mail address and phone number. Names are never enough to erase by."""

    name = "accounts.region_marks"
    title = "Marks of regions"

    def widen(self, person: PersonKeys) -> PersonKeys:
        """A hash tells nothing further."""
        return PersonKeys()

    def collect(self, person: PersonKeys) -> Iterator[StoredItem]:
        """The region of each address that is marked."""
        for (kind, value), region in sorted(marked_regions(_evidence(person)).items()):
            yield StoredItem(
                store=self.name, what="mark of a region", key=f"mark:{kind.value}", at=None,
                data={kind.value: value, "region": region.value}, origin="worked out from imported files",
            )  # fmt: skip

    def correct(
        self, person: PersonKeys, changes: Mapping[str, str], *, request: str, actor: Actor, now: datetime
    ) -> int:
        """The next import marks the new address; the old one stays as strict as it was."""
        return 0

    def erase(self, person: PersonKeys, *, request: str, actor: Actor, now: datetime) -> int:
        """The marks of all addresses go."""
        return forget_marks(_evidence(person), request=request, actor=actor)


def _evidence(person: PersonKeys) -> list[Evidence]:
    mails = [(EvidenceKind.EMAIL, mail) for one in person.emails if (mail := normalise.email_match_key(one))]
    phones = [(EvidenceKind.PHONE, phone) for one in person.phones if (phone := normalise.phone_e164(one))]
    return [*mails, *phones]
