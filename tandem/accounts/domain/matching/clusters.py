"""From likely pairs to groups: average linkage under people's decisions, so that weak links do not chain.

Joining everything that one strong pair connects would let a single wrong pair glue two companies together. So groups
grow from the strongest pair down, and two groups join only when their records agree on average (Sokal and Michener
1958). A person's "apart" is never crossed, a person's "together" is always followed unless it crosses one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

JOIN_AT = 0.5  # mean probability over all couples of records of two groups; below, they stay two groups
UNSEEN = 0.45  # what a couple counts that no block brought together: nearly neutral, so only big chains break
ROUNDS = 20
Pair = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Decisions:
    """What people said about pairs of records; the smaller id stands first."""

    together: tuple[Pair, ...] = ()
    apart: frozenset[Pair] = frozenset()


NO_DECISIONS = Decisions()


def group(
    record_ids: Sequence[int],
    pairs: pd.DataFrame,
    *,
    automatic: float,
    decisions: Decisions = NO_DECISIONS,
    held: Mapping[int, int] | None = None,
    unseen: float = UNSEEN,
) -> dict[int, int]:
    """Which group every record belongs to.

    Parameters
    ----------
    record_ids : all records
    pairs : record_id_l, record_id_r, probability; every scored pair that is not hopeless, strong or not
    automatic : probability from which a pair may join two groups
    held : record id to a group it stood in before; those records start together
    unseen : probability counted for couples that are not among `pairs`

    Returns
    -------
    Record id to the smallest record id of its group.
    """
    forest = _Forest(decisions.apart)
    forest.hold(held or {})
    for left, right in sorted(decisions.together):
        forest.join(left, right)
    strong = pairs[pairs["probability"] >= automatic]
    strong = strong.sort_values(["probability", "record_id_l", "record_id_r"], ascending=[False, True, True])
    edges = list(zip(strong["record_id_l"].tolist(), strong["record_id_r"].tolist(), strong["probability"].tolist()))  # noqa: B905
    contested = _contested(edges, forest)
    _join_uncontested(edges, contested, forest)
    rest = [edge for edge in edges if edge[0] in contested]
    _agglomerate(rest, _Linkage(pairs, contested, forest, unseen), forest)
    return {record: forest.root(record) for record in record_ids}


def connected(
    strong: pd.DataFrame, *, decisions: Decisions = NO_DECISIONS, held: Mapping[int, int] | None = None
) -> pd.DataFrame:
    """The parts that strong pairs, "together" and former groups connect: record_id, part. Nothing joins across them."""
    first: dict[int, int] = {}
    links = [
        *decisions.together,
        *((first.setdefault(former, record), record) for record, former in (held or {}).items()),
    ]
    told = np.asarray(links, dtype=np.int64).reshape(-1, 2)
    edges = np.concatenate([strong[["record_id_l", "record_id_r"]].to_numpy(dtype=np.int64), told])
    ids, places = np.unique(edges, return_inverse=True)
    left, right = places.reshape(-1, 2).T
    graph = coo_array((np.ones(len(left), dtype=np.int8), (left, right)), shape=(len(ids), len(ids)))
    _, part = connected_components(graph, directed=False)
    return pd.DataFrame({"record_id": ids, "part": part})


class _Forest:
    """Disjoint groups, each named by its smallest record, that never cross an "apart"."""

    def __init__(self, apart: Iterable[Pair]) -> None:
        self._parent: dict[int, int] = {}
        self.members: dict[int, list[int]] = {}
        self.enemies: dict[int, set[int]] = defaultdict(set)
        for left, right in apart:
            self.enemies[left].add(right)
            self.enemies[right].add(left)

    def root(self, record: int) -> int:
        """The smallest record of the group."""
        path = []
        while (above := self._parent.get(record, record)) != record:
            path.append(record)
            record = above
        for passed in path:
            self._parent[passed] = record
        return record

    def size(self, root: int) -> int:
        """Records in the group of this root."""
        return len(self.members.get(root, ())) or 1

    def of(self, root: int) -> list[int]:
        """Records in the group of this root."""
        return self.members.get(root) or [root]

    def may_join(self, left: int, right: int) -> bool:
        """Whether no "apart" stands between two groups, given by their roots."""
        return not any(self.root(enemy) == right for enemy in self.enemies.get(left, ()))

    def join(self, left: int, right: int) -> bool:
        """Make one group of two; False when they are one already or must stay apart."""
        left, right = self.root(left), self.root(right)
        if left == right or not self.may_join(left, right):
            return False
        kept, absorbed = min(left, right), max(left, right)
        self._parent[absorbed] = kept
        self.members[kept] = self.of(kept) + self.of(absorbed)
        self.members.pop(absorbed, None)
        if absorbed in self.enemies:
            self.enemies[kept] = self.enemies.get(kept, set()) | self.enemies.pop(absorbed)
        return True

    def hold(self, held: Mapping[int, int]) -> None:
        """Put records of one former group together again."""
        first: dict[int, int] = {}
        for record, former in sorted(held.items()):
            if former in first:
                self.join(first[former], record)
            else:
                first[former] = record


def _contested(edges: Sequence[tuple[int, int, float]], forest: _Forest) -> set[int]:
    """Records in connected parts of three and more, or with a decision or former group: there linkage is weighed."""
    neighbours: dict[int, set[int]] = defaultdict(set)
    for left, right, _ in edges:
        neighbours[left].add(right)
        neighbours[right].add(left)
    busy = {record for record, known in neighbours.items() if len(known) > 1 or forest.size(forest.root(record)) > 1}
    busy |= {record for record in neighbours if forest.enemies.get(forest.root(record))}
    return busy | {other for record in busy for other in neighbours[record]}


def _join_uncontested(edges: Sequence[tuple[int, int, float]], contested: set[int], forest: _Forest) -> None:
    for left, right, _ in edges:
        if left not in contested:
            forest.join(left, right)


class _Linkage:
    """Sums of pair probabilities between groups, kept up to date while groups join."""

    def __init__(self, pairs: pd.DataFrame, contested: set[int], forest: _Forest, unseen: float) -> None:
        self.unseen = unseen
        self.sums: dict[int, dict[int, tuple[float, int]]] = defaultdict(dict)
        wanted = {member for record in contested for member in forest.of(forest.root(record))}
        inside = pairs["record_id_l"].isin(wanted) & pairs["record_id_r"].isin(wanted)
        some = pairs[inside]
        for left, right, probability in zip(
            some["record_id_l"].tolist(), some["record_id_r"].tolist(), some["probability"].tolist(), strict=True
        ):
            left, right = forest.root(left), forest.root(right)
            if left != right:
                self._add(left, right, probability, 1)

    def _add(self, left: int, right: int, total: float, count: int) -> None:
        before, seen = self.sums[left].get(right, (0.0, 0))
        self.sums[left][right] = self.sums[right][left] = (before + total, seen + count)

    def mean(self, left: int, right: int, couples: int) -> float:
        """Mean probability between two groups of `couples` couples."""
        total, seen = self.sums[left].get(right, (0.0, 0))
        return (total + self.unseen * (couples - seen)) / couples

    def joined(self, kept: int, absorbed: int) -> None:
        """Two groups became one."""
        for other, (total, seen) in self.sums.pop(absorbed, {}).items():
            del self.sums[other][absorbed]
            if other != kept:
                self._add(kept, other, total, seen)


def _agglomerate(edges: Sequence[tuple[int, int, float]], linkage: _Linkage, forest: _Forest) -> None:
    """Join along strong pairs, strongest first, as long as the groups agree on average; until nothing changes."""
    waiting = list(edges)
    for _ in range(ROUNDS):
        later = []
        for left, right, probability in waiting:
            one, other = forest.root(left), forest.root(right)
            if one == other:
                continue
            mean = linkage.mean(one, other, forest.size(one) * forest.size(other))
            if mean >= JOIN_AT and forest.join(one, other):
                linkage.joined(min(one, other), max(one, other))
            else:
                later.append((left, right, probability))
        if len(later) == len(waiting) or not later:
            return
        waiting = later


def memberships(groups: Mapping[int, int], pairs: pd.DataFrame, decisions: Decisions = NO_DECISIONS) -> pd.DataFrame:
    """How surely each record stands where it stands.

    Returns
    -------
    DataFrame
        record_id, cluster_id, probability: of the strongest tie to its group; for a record alone, one minus the
        strongest tie to anybody else. A person's "together" counts as 1.
    """
    ids = np.fromiter(groups, dtype=np.int64, count=len(groups))
    cluster = pd.Series(np.fromiter(groups.values(), dtype=np.int64, count=len(groups)), index=ids)
    left, right = pairs["record_id_l"].to_numpy(), pairs["record_id_r"].to_numpy()
    same = cluster.reindex(left).to_numpy() == cluster.reindex(right).to_numpy()
    tie = _strongest(ids, pairs[same])
    for couple in decisions.together:
        if groups.get(couple[0]) is not None and groups.get(couple[0]) == groups.get(couple[1]):
            tie.loc[list(couple)] = 1.0
    elsewhere = _strongest(ids, pairs[~same])
    alone = cluster.map(cluster.value_counts()) == 1
    frame = pd.DataFrame({"record_id": ids, "cluster_id": cluster.to_numpy()})
    frame["probability"] = np.where(alone.to_numpy(), 1.0 - elsewhere.to_numpy(), tie.to_numpy())
    return frame


def _strongest(ids: np.ndarray, pairs: pd.DataFrame) -> pd.Series:
    """The highest probability of each record's pairs; 0 where it has none."""
    ends = pd.concat(
        [
            pairs[["record_id_l", "probability"]].set_axis(["record_id", "probability"], axis=1),
            pairs[["record_id_r", "probability"]].set_axis(["record_id", "probability"], axis=1),
        ]
    )
    return ends.groupby("record_id")["probability"].max().reindex(ids).fillna(0.0).astype(float)
