"""Why people may not be written to, for many people at once, as the opening contact needs it.

The hard gate before anything is sent is another one (`queries.sources`): here only who can't be
opened with is left out.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from tandem.accounts.queries.contacts import AGREEING_FOR_OUTREACH
from tandem.accounts.queries.involvement import AccountPerson


def unusable_reasons(people: Iterable[AccountPerson], *, now: datetime) -> dict[int, str]:
    """The reason by contact; who may be written to is not among them."""
    return {one.contact_id: reason for one in people if (reason := _reason(one))}


def _reason(person: AccountPerson) -> str:
    if person.has_left:
        return "has left the company"
    if person.opted_out:
        return "asked not to be contacted"
    if not person.email:
        return "no mail address is known"
    if person.agreeing_sources < AGREEING_FOR_OUTREACH:
        return "only one source knows them"
    return ""
