"""Reads of roll-ups: what this installation would tell, and all installations together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from tandem.compliance.contracts.residency import RollupCell, RollupUnit
from tandem.compliance.domain import rollup
from tandem.compliance.models import RollupFile

Provider = Callable[[str, date], Iterable[RollupUnit]]
LEVELS, OTHER, THRESHOLD = rollup.LEVELS, rollup.OTHER, rollup.THRESHOLD

_providers: list[Provider] = []


@dataclass(frozen=True, slots=True, kw_only=True)
class MergedInstallation:
    """Whose roll-up is in the whole, and of when it is."""

    name: str
    as_of: datetime
    deals: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MergedRollup:
    """All installations of one currency together. cells : each before those below it, the whole first"""

    currency: str
    installations: Sequence[MergedInstallation]
    cells: Sequence[RollupCell]


def register_rollup(provider: Provider) -> None:
    """At start-up: `provider(currency, today)` tells what each company contributes to each cell."""
    if provider not in _providers:
        _providers.append(provider)


def own_tree(*, currency: str, today: date, threshold: int = THRESHOLD) -> RollupCell | None:
    """This installation's tree; None when it is about too few companies. Raises InvalidInput for a low threshold."""
    return rollup.build((one for provider in _providers for one in provider(currency, today)), threshold=threshold)


def merged_rollups() -> list[MergedRollup]:
    """The latest roll-up of every installation, together, one for each currency."""
    rows = list(RollupFile.objects.order_by("currency", "installation"))
    found = []
    for currency in dict.fromkeys(row.currency for row in rows):
        mine = [row for row in rows if row.currency == currency]
        trees = [rollup.read(row.tree) for row in mine]
        whole = rollup.merge(trees)
        if whole is not None:
            named = [
                MergedInstallation(name=row.installation, as_of=row.as_of, deals=tree.deals)
                for row, tree in zip(mine, trees, strict=True)
            ]
            found.append(MergedRollup(currency=currency, installations=named, cells=rollup.flatten(whole)))
    return found
