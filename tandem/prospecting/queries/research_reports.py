"""Whether more threads and a brief go with more replies and meetings: counts with intervals, or "not enough data".

Nothing here shows a cause: sellers bring in more people where things go well, and brief themselves on what looks good.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from tandem.accounts.contracts import ActivityKind
from tandem.accounts.queries.involvement import Touch, touches_by_account
from tandem.core.intervals import Z95, wilson
from tandem.prospecting.models import Brief

LEAST = 30  # accounts on each side; fewer say nothing
WINDOW = timedelta(days=180)
ANSWERED_WITHIN = timedelta(days=30)
WRITTEN = (ActivityKind.EMAIL, ActivityKind.SOCIAL, ActivityKind.SMS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """How many of how many, with a 95% interval (Wilson 1927)."""

    hits: int
    of: int

    @property
    def rate(self) -> float | None:
        """None: nothing to divide by."""
        return self.hits / self.of if self.of else None

    @property
    def interval(self) -> tuple[float, float]:
        """Both ends, 0 to 1."""
        return wilson(self.hits, self.of)


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Two groups side by side.

    ratio : of the first rate to the second with a 95% interval on the logarithm (Katz et al. 1978); None: either group
        has fewer than 30 accounts, or no hit
    """

    first: Share
    second: Share

    @property
    def is_enough(self) -> bool:
        """Whether both groups are large enough to say anything."""
        return min(self.first.of, self.second.of) >= LEAST

    @property
    def ratio(self) -> tuple[float, float, float] | None:
        """(ratio, low, high)."""
        if not self.is_enough or not self.first.hits or not self.second.hits:
            return None
        ratio = (self.first.hits / self.first.of) / (self.second.hits / self.second.of)
        spread = Z95 * math.sqrt(
            1 / self.first.hits - 1 / self.first.of + 1 / self.second.hits - 1 / self.second.of
        )  # fmt: skip
        return ratio, ratio * math.exp(-spread), ratio * math.exp(spread)


def threads_and_replies(account_ids: Iterable[int], *, at: datetime) -> Comparison:
    """People answered of people written to: accounts where several were written to against those with one.

    Counted by person, so that writing to more people alone raises nothing. The last 180 days; an answer counts within
    30 days. The caller has checked sight.
    """
    several, one = [0, 0], [0, 0]
    for touches in touches_by_account(account_ids, since=at - WINDOW, until=at).values():
        written = _first_written(touches)
        group = several if len(written) > 1 else one
        group[0] += sum(_answered(touches, contact, since) for contact, since in written.items())
        group[1] += len(written)
    return Comparison(first=Share(hits=several[0], of=several[1]), second=Share(hits=one[0], of=one[1]))


def briefs_and_meetings(account_ids: Iterable[int], *, at: datetime) -> Comparison:
    """Accounts met within 30 days of the first mail to them: with a brief by then, against without.

    The last 180 days. The caller has checked sight.
    """
    ids = list(account_ids)
    briefed = dict(Brief.objects.filter(account_id__in=ids).values_list("account_id", "first_made_at"))
    groups: dict[bool, list[int]] = defaultdict(lambda: [0, 0])
    for account_id, touches in touches_by_account(ids, since=at - WINDOW, until=at).items():
        written = _first_written(touches)
        if not written:
            continue
        first = min(written.values())
        made = briefed.get(account_id)
        group = groups[made is not None and made <= first]
        group[0] += any(
            one.kind == ActivityKind.MEETING and first < one.at <= first + ANSWERED_WITHIN for one in touches
        )
        group[1] += 1
    return Comparison(
        first=Share(hits=groups[True][0], of=groups[True][1]), second=Share(hits=groups[False][0], of=groups[False][1])
    )


def _first_written(touches: Iterable[Touch]) -> dict[int, datetime]:
    """When each person was first written to by us."""
    found: dict[int, datetime] = {}
    for one in touches:
        if one.kind in WRITTEN and one.is_inbound is False:
            reached = {part.contact_id for part in one.people if part.role == "to" and part.contact_id is not None}
            for contact in reached or ({one.contact_id} if one.contact_id is not None else set()):
                found.setdefault(contact, one.at)
    return found


def _answered(touches: Iterable[Touch], contact: int, since: datetime) -> bool:
    return any(
        since < one.at <= since + ANSWERED_WITHIN
        and one.kind in WRITTEN
        and bool(one.is_inbound)
        and (one.contact_id == contact or any(p.contact_id == contact and p.role == "from" for p in one.people))
        for one in touches
    )
