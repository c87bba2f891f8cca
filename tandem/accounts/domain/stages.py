"""The order of sales stages, read from the deals themselves: no CRM export says which stage comes first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class StageFacts:
    """What the data tell about one stage.

    probability : mean of the CRM's own probability over its deals, 0 to 1; None when the CRM gives none
    is_closed, is_won : as its deals stand
    """

    name: str
    probability: float | None = None
    is_closed: bool = False
    is_won: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay:
    """A deal's time in one stage. `until` None: still there."""

    stage: str
    since: datetime
    until: datetime | None

    def length(self, now: datetime) -> timedelta:
        """How long, up to now when the deal is still there."""
        return (self.until or now) - self.since


def order_stages(stages: Iterable[StageFacts], moves: Mapping[tuple[str, str], int]) -> tuple[str, ...]:
    """Stages from first to last: open ones, then won, then lost.

    Open stages go by the CRM's probability. Where the CRM gives none, they go by how often deals moved out of a
    stage into the others against the other way (Copeland's count of pairwise wins); names settle ties.

    moves : (from stage, to stage) to how many deals made that move

    >>> order_stages([StageFacts(name="Engaging"), StageFacts(name="Prospecting")], {("Prospecting", "Engaging"): 3})
    ('Prospecting', 'Engaging')
    """
    known = list(stages)
    names = [stage.name for stage in known if not stage.is_closed]

    def ahead(name: str) -> int:
        """Pairs in which the stage comes earlier, less those in which it comes later."""
        wins = 0
        for other in names:
            forth, back = moves.get((name, other), 0), moves.get((other, name), 0)
            wins += (forth > back) - (forth < back)
        return wins

    def place(stage: StageFacts) -> tuple[bool, bool, float, int, str]:
        chance = stage.probability if stage.probability is not None else 0.0
        return (stage.is_closed, stage.is_closed and not stage.is_won, chance, -ahead(stage.name), stage.name)

    return tuple(stage.name for stage in sorted(known, key=place))


def stays(
    changes: Iterable[tuple[datetime, str | None, str | None]], *, stage: str, opened_at: datetime
) -> tuple[Stay, ...]:
    """A deal's way through the stages.

    changes : (moment, stage before, stage after) in order of time; None where the source does not tell
    stage : where the deal stands now
    opened_at : when it began; used for the first stage

    A stage before the first change is taken from that change's old value; without changes the deal has always
    been where it is.
    """
    found: list[Stay] = []
    here, since = "", opened_at
    for at, old, new in changes:
        here = here or (old or "")
        if here and at > since and here != new:
            found.append(Stay(stage=here, since=since, until=at))
        if here != new:
            here, since = new or "", at if here else max(at, opened_at)
    last = here or stage
    if last:
        found.append(Stay(stage=last, since=since, until=None))
    return tuple(found)
