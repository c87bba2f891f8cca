"""Files with people in them that somebody takes out: only where the law of each person's region lets them go."""

from __future__ import annotations

from datetime import datetime

from tandem.accounts.queries.contacts import ContactFilters, filter_contacts
from tandem.accounts.queries.regions import regions_of_contacts
from tandem.compliance.actions.residency import require_transfer
from tandem.compliance.queries import residency
from tandem.core.actors import Actor

EXPORT = "export"


def require_contacts_may_leave(
    actor: Actor, filters: ContactFilters, *, now: datetime, destination: str = EXPORT
) -> None:
    """Refuse unless everybody on a list of contacts may go where files are taken to; a refusal is in the ledger.

    Raises NotAllowed that says what is missing.
    """
    if residency.is_bound(destination, today=now.date()):
        regions = regions_of_contacts(filter_contacts(actor, filters, verb="export"))
        require_transfer(destination, regions, purpose="contacts.csv", actor=actor, now=now)


def require_everybody_may_leave(actor: Actor, *, now: datetime, destination: str = EXPORT) -> None:
    """The same for everybody who is here, as an archive holds them. Raises NotAllowed."""
    if residency.is_bound(destination, today=now.date()):
        require_transfer(destination, regions_of_contacts(), purpose="archive", actor=actor, now=now)
