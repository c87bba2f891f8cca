"""Golden ids that stay: which group keeps which id when groups grow, join and split. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Identities:
    """Who is called what.

    kept : group to golden id, groups that carry an id on
    new : groups that need a fresh id, in order of their smallest record
    absorbed : golden id to the golden id that took it in
    """

    kept: Mapping[int, int]
    new: tuple[int, ...]
    absorbed: Mapping[int, int]


def keep_ids(groups: Mapping[int, int], former: Mapping[int, int]) -> Identities:
    """Give groups their golden ids.

    An id stays with the group that holds most of its records (the older ones, if equal); a group that holds several
    keeps the oldest id and absorbs the others.

    groups : record id to group (the smallest record id in it)
    former : record id to golden id, of records that had one
    """
    shares: dict[int, dict[int, list[int]]] = defaultdict(lambda: defaultdict(list))
    for record in sorted(groups):
        golden = former.get(record)
        if golden is not None:
            shares[golden][groups[record]].append(record)
    won: dict[int, list[int]] = defaultdict(list)
    for golden, by_group in shares.items():
        heir = min(by_group, key=lambda group: (-len(by_group[group]), by_group[group][0]))
        won[heir].append(golden)
    kept = {group: min(ids) for group, ids in won.items()}
    absorbed = {golden: kept[group] for group, ids in won.items() for golden in ids if golden != kept[group]}
    new = tuple(sorted(set(groups.values()) - set(kept)))
    return Identities(kept=kept, new=new, absorbed=absorbed)
