"""On which days first touches of a campaign already fall, and of which accounts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from datetime import UTC, date, datetime, time, timedelta

from django.db.models import F
from django.db.models.functions import Coalesce

from tandem.core.bulk import BATCH_ROWS
from tandem.engagement.contracts import AHEAD, TouchState
from tandem.engagement.models import Campaign, Touch

APART_DAYS = 2  # days of the calendar between first touches to colleagues, at least
COUNTED = tuple(state.value for state in (*AHEAD, TouchState.SENT, TouchState.UNCERTAIN))


class OpeningDays:
    """Room left for first touches, by UTC day. It fills up as days are taken."""

    def __init__(self, a_day: int, taken: Counter[date], accounts: dict[int, list[date]]) -> None:
        self._a_day = a_day
        self._taken = taken
        self._accounts = accounts
        self._free_from: date | None = None

    def free_from(self, now: datetime) -> datetime:
        """The first moment whose day has room left."""
        day = self._free_from or now.astimezone(UTC).date()
        while self.is_full(day):
            day += timedelta(days=1)
        self._free_from = day
        return datetime.combine(day, time(), UTC)

    def is_full(self, day: date) -> bool:
        """Whether the campaign opens no further conversation that day."""
        return self._taken[day] >= self._a_day

    def is_close_to_colleague(self, account_id: int | None, day: date) -> bool:
        """Whether somebody else of the account is written to for the first time around that day."""
        if account_id is None:
            return False
        return any(abs((other - day).days) < APART_DAYS for other in self._accounts.get(account_id, ()))

    def take(self, account_id: int | None, day: date) -> None:
        """Use a place of the day."""
        self._taken[day] += 1
        if account_id is not None:
            self._accounts.setdefault(account_id, []).append(day)


def opening_days(campaign: Campaign, account_ids: Collection[int]) -> OpeningDays:
    """Days as they are planned now: of the campaign, and of the accounts in any campaign."""
    firsts = Touch.objects.filter(step=1, state__in=COUNTED).annotate(at=Coalesce(F("sent_at"), F("due_at"))).order_by()
    own = firsts.filter(enrollment__campaign=campaign).values_list("at", flat=True)
    taken = Counter(at.astimezone(UTC).date() for at in own.iterator())
    accounts: dict[int, list[date]] = {}
    ids = sorted(account_ids)
    for start in range(0, len(ids), BATCH_ROWS):
        rows = firsts.filter(enrollment__account_id__in=ids[start : start + BATCH_ROWS])
        for account_id, at in rows.values_list("enrollment__account_id", "at"):
            accounts.setdefault(account_id or 0, []).append(at.astimezone(UTC).date())
    return OpeningDays(campaign.new_per_day, taken, accounts)
