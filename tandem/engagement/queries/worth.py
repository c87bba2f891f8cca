"""Which touches go to accounts worth more than their campaign's threshold: two people must approve these, in any mode.

What an account is worth is the gate's own figure: its open deals and what it bought within a year, in the
organisation's currency. An account of which nothing is known is not above: a threshold picks out those known to matter,
and who wants the unknown ones read as well sets the organisation's limit, which asks for that.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from tandem.accounts.queries.choosing.records import in_slices
from tandem.compliance.queries.gate import recipient_facts
from tandem.engagement.models import Touch

COLUMNS = (
    "id", "contact_id", "contact__account_id", "enrollment__account_id", "enrollment__campaign__value_threshold",
)  # fmt: skip


def touches_above(touch_ids: Iterable[int]) -> frozenset[int]:
    """Those of the touches whose account is worth more than its campaign's threshold.

    One query, and a handful more where a campaign names a threshold. What is worth exactly the threshold is not above.
    """
    threshold: dict[int, Decimal] = {}
    whom: dict[int, tuple[str, str, str]] = {}
    for some in in_slices(sorted(set(touch_ids))):
        rows = Touch.objects.filter(id__in=some, enrollment__campaign__value_threshold__isnull=False)
        for touch, contact, account, enrolled, limit in rows.values_list(*COLUMNS):
            account = enrolled or account
            threshold[touch] = limit
            whom[touch] = (f"contact:{contact}" if contact else "", f"account:{account}" if account else "", "")
    facts = recipient_facts(list(dict.fromkeys(whom.values()))) if whom else {}
    value = {touch: facts[who].value for touch, who in whom.items() if who in facts}
    return frozenset(touch for touch, worth in value.items() if worth is not None and worth > threshold[touch])
