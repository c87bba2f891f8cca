"""The nightly check of contacts: this week's top accounts first, and how right each source was."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from tandem.accounts.queries.contact_evidence import contact_ids_at
from tandem.core.actors import Actor
from tandem.prospecting.actions.measuring import measure_sources
from tandem.prospecting.actions.verification import CheckReport, check_contacts
from tandem.prospecting.queries.ranking import latest_ranks

PLACES_OF_A_BOOK = 25  # what a seller can work on in a week, and some
Progress = Callable[[int, int | None, str], None]


def check_week(*, actor: Actor, now: datetime, progress: Progress | None = None) -> CheckReport:
    """Check contacts of the first 25 accounts of every owner's book; all contacts while nothing is ranked.

    Without a provider nothing leaves: the built-in check is made. Raises NotAllowed without "prospect.edit".
    """
    top = [account for account, rank in latest_ranks().items() if rank.place <= PLACES_OF_A_BOOK]
    report = check_contacts(contact_ids_at(top or None), actor=actor, now=now, progress=progress)
    measure_sources(actor=actor, now=now)
    return report
