"""When accounts' opportunities were opened and closed, for rooms that learn from what came of earlier moments."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date

from tandem.accounts.contracts import Motion
from tandem.accounts.models import Account, Opportunity


def living_account_ids() -> list[int]:
    """All accounts that were not merged away, in order. One query; the caller limits what is shown to sight."""
    return list(Account.objects.filter(merged_into=None).order_by("id").values_list("id", flat=True))


def openings_by_account() -> Mapping[int, Sequence[tuple[date, date | None]]]:
    """(opened, closed) of each account's opportunities; closed is None while it is open. Renewals, which come by the
    calendar, are not among them. One query.
    """
    found: defaultdict[int, list[tuple[date, date | None]]] = defaultdict(list)
    rows = Opportunity.objects.exclude(account=None).exclude(opened_on=None).exclude(motion=Motion.RENEWAL)
    for account, opened, closed in rows.values_list("account_id", "opened_on", "closed_on"):
        if account is not None and opened is not None:
            found[account].append((opened, closed))
    return found
