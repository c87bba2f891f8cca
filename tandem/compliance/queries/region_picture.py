"""The picture of where data goes: people of each region, and whether each destination may see them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Q

from tandem.compliance.contracts.residency import Destination, PlaceCounts, Region, TransferDecision
from tandem.compliance.domain.regions import laws, region_of, strictest
from tandem.compliance.models import PutAside
from tandem.compliance.queries.residency import decision_as_dict, load_transfers, own_region, policies


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionCount:
    """People of a region that are kept here, with whether they may be.

    unknown : of `people`, those for whom no place speaks; they count under the strictest region
    put_aside : rows of files that were not kept here; waiting : of these, not handed over yet
    """

    region: Region
    people: int
    unknown: int
    stores_here: bool
    put_aside: int
    waiting: int

    @property
    def is_out_of_place(self) -> bool:
        """Whether people are kept here who may not be."""
        return bool(self.people) and not self.stores_here


_counters: list[Callable[[], PlaceCounts]] = []


def register_region_counts(count: Callable[[], PlaceCounts]) -> None:
    """At start-up: `count` tells how many people there are by the places that speak for each."""
    if count not in _counters:
        _counters.append(count)


def count_people() -> list[RegionCount]:
    """Every region with people, a policy against it or rows put aside; the strictest first. Three queries."""
    people: dict[Region, int] = {}
    unknown = 0
    for count in _counters:
        for places, number in count().items():
            answer = region_of(places)
            people[answer.region] = people.get(answer.region, 0) + number
            unknown += 0 if answer.is_known else number
    stores, aside = policies(), count_put_aside()
    return [
        RegionCount(
            region=region, people=people.get(region, 0), unknown=unknown if region is strictest(()) else 0,
            stores_here=stores[region], put_aside=aside.get(region, (0, 0))[0], waiting=aside.get(region, (0, 0))[1],
        )
        for region in laws()
        if people.get(region) or not stores[region] or region in aside
    ]  # fmt: skip


def count_put_aside() -> dict[Region, tuple[int, int]]:
    """Region to rows of files not kept here, and how many of them nobody has been given yet."""
    waiting = Count("id", filter=Q(handed_over_at=None))
    rows = PutAside.objects.values_list("region").annotate(all=Count("id"), waiting=waiting).order_by()
    return {Region(region): (count, left) for region, count, left in rows}


# --- the picture


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """Whether data of a region's people may go to a destination."""

    region: Region
    destination: Destination
    decision: TransferDecision


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """Regions, destinations, and the flow from each region with people to each destination."""

    region: Region | None
    regions: Sequence[RegionCount]
    destinations: Sequence[Destination]
    flows: Sequence[Flow]

    def as_dict(self) -> dict[str, Any]:
        """Ready for JSON."""
        return {
            "region": self.region.value if self.region else None,
            "regions": [
                {
                    "region": one.region.value, "people": one.people, "unknown": one.unknown,
                    "stores_here": one.stores_here, "put_aside": one.put_aside, "not_handed_over": one.waiting,
                }
                for one in self.regions
            ],
            "destinations": [
                {
                    "key": one.key, "name": one.name, "kind": one.kind.value, "places": list(one.places),
                    "address": one.address, "has_personal_data": one.has_personal_data,
                    "kinds_of_data": one.kinds_of_data, "opts_out_of_training": one.opts_out_of_training,
                }
                for one in self.destinations
            ],
            "flows": [decision_as_dict(one.decision) for one in self.flows],
        }  # fmt: skip


def picture(*, today: date) -> Picture:
    """Every flow of data out of every region that has people here or a policy. Some seven queries.

    Without any people the strictest region stands for all.
    """
    counts, transfers = count_people(), load_transfers(today=today)
    regions = [one.region for one in counts if one.people or one.stores_here] or [strictest(())]
    flows = [
        Flow(region=region, destination=one, decision=transfers.decide(one.key, region))
        for one in transfers.destinations.values()
        for region in regions
    ]
    destinations = list(transfers.destinations.values())
    return Picture(region=own_region(), regions=counts, destinations=destinations, flows=flows)
