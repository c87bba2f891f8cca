"""Whose book is how large."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Count

from tandem.accounts.models import Opportunity


def busiest_owner(person_ids: Sequence[int]) -> int | None:
    """Who of these people owns most open deals, the earlier id among equals; None when nobody owns one."""
    owned = Opportunity.objects.filter(owner_id__in=person_ids, is_closed=False).order_by()
    counted = owned.values_list("owner_id").annotate(deals=Count("id")).order_by("-deals", "owner_id")
    found = counted.first()
    return None if found is None else int(found[0])
