"""Legal holds: what must stay while a dispute or an inquiry lasts."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Q, QuerySet

from tandem.compliance.contracts.requests import HoldScope
from tandem.compliance.contracts.rights import PersonKeys
from tandem.compliance.models import LegalHold
from tandem.compliance.queries.keys import hashes_of, read_all


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldView:
    """Everything that is held on a day, for stores that delete.

    everything : nothing at all may go
    hashes : keyed hashes of people's addresses that are held
    subjects : "contact:12", "account:3": a store also keeps everybody of a held account
    """

    everything: bool = False
    hashes: frozenset[str] = frozenset()
    subjects: frozenset[str] = frozenset()

    def keeps(self, *, key_hash: str = "", subjects: Collection[str] = ()) -> bool:
        """Whether somebody of this hash, or one of these names, is held."""
        return self.everything or key_hash in self.hashes or not self.subjects.isdisjoint(subjects)


def standing_holds(today: date) -> QuerySet[LegalHold]:
    """Holds that are in force on a day, the newest first."""
    rows = LegalHold.objects.filter(lifted_at=None, starts_on__lte=today)
    return rows.filter(Q(ends_on=None) | Q(ends_on__gte=today)).order_by("-set_at", "-id")


def all_holds(limit: int = 200) -> list[LegalHold]:
    """Holds that were ever set, the newest first."""
    return list(LegalHold.objects.order_by("-set_at", "-id")[:limit])


def hold_on(person: PersonKeys, today: date, *, accounts: Sequence[str] = ()) -> LegalHold | None:
    """The hold that keeps a person's data on a day; None: none does.

    accounts : where the person works or worked ("account:3"); a hold on an account keeps everybody there
    """
    hashes = list(hashes_of(read_all([*person.addresses, *person.subjects])))
    about = Q(scope=HoldScope.EVERYTHING.value) | Q(subject__in=[*person.subjects, *accounts])
    about |= Q(key_hash__in=hashes, scope=HoldScope.PERSON.value)
    return standing_holds(today).filter(about).first()


def held(today: date) -> HoldView:
    """Everything that is held on a day. One query."""
    rows = list(standing_holds(today))
    return HoldView(
        everything=any(row.scope == HoldScope.EVERYTHING for row in rows),
        hashes=frozenset(row.key_hash for row in rows if row.key_hash),
        subjects=frozenset(row.subject for row in rows if row.subject),
    )
