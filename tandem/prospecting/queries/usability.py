"""Why people may not be written to, for many people at once, as the opening contact needs it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from tandem.accounts.queries.involvement import AccountPerson
from tandem.prospecting.queries.sources import ContactState, contact_states


def unusable_reasons(people: Iterable[AccountPerson], *, now: datetime) -> dict[int, str]:
    """The strongest reason by contact; who may be written to is not among them.

    That an address is still to be checked is no reason here: the check is made before anybody writes, and the map is to
    say whom to check first.
    """
    ids = [one.contact_id for one in people]
    if not ids:
        return {}
    states = contact_states(ids, now=now)
    found = {pk: _reasons(states[pk]) for pk in ids if pk in states}
    return {pk: reasons[0].rstrip(".") for pk, reasons in found.items() if reasons}


def _reasons(state: ContactState) -> tuple[str, ...]:
    """What speaks against it beside a check that nobody has made yet, which is the last of the reasons."""
    return state.reasons[:-1] if state.check is None and state.email else state.reasons
