"""Sums that carry nobody's data: a tree of cells in which every number is about at least so many companies.

Threshold rule with complementary suppression in a hierarchical table (Willenborg and de Waal, Elements of Statistical
Disclosure Control, 2001, chapter 4; k-anonymity after Sweeney 2002): at every level, cells with fewer than `threshold`
companies are put together under OTHER, and further cells, the smallest first, join them until OTHER holds at least two
cells and `threshold` companies. So the published cells below a cell split its companies into groups of at least
`threshold`, and every difference of published numbers is about whole groups. There is one tree and no other margins.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tandem.compliance.contracts.residency import RollupCell, RollupUnit
from tandem.core.errors import InvalidInput

THRESHOLD = 5
OTHER = "(other)"
LEVELS = ("region", "segment", "stage", "quarter")
LONGEST_LABEL = 80
MOST_CELLS = 200_000


def build(units: Iterable[RollupUnit], *, threshold: int = THRESHOLD) -> RollupCell | None:
    """The tree of everything told; None when it is about fewer than `threshold` companies in all.

    Raises InvalidInput for a threshold below 5.
    """
    if threshold < THRESHOLD:
        raise InvalidInput(f"The threshold can't be below {THRESHOLD} companies.", hint=f"Take {THRESHOLD} or more.")
    told = list(units)
    return _cell((), told, threshold) if _companies(told) >= threshold else None


def _cell(path: tuple[str, ...], told: Sequence[RollupUnit], threshold: int) -> RollupCell:
    groups: dict[str, list[RollupUnit]] = defaultdict(list)
    for one in told:
        if len(one.path) > len(path):
            groups[one.path[len(path)]].append(one)
    hidden = _hidden(groups, threshold)
    children = [_cell((*path, label), groups[label], threshold) for label in sorted(groups) if label not in hidden]
    rest = [one for label in sorted(hidden) for one in groups[label]]
    if rest:
        children.append(_sum((*path, OTHER), rest))
    return _sum(path, told, tuple(children))


def _hidden(groups: Mapping[str, Sequence[RollupUnit]], threshold: int) -> frozenset[str]:
    """Which cells of one level may not stand alone."""
    sizes = {label: _companies(rows) for label, rows in groups.items()}
    hidden = [label for label in groups if sizes[label] < threshold]
    shown = sorted((label for label in groups if sizes[label] >= threshold), key=lambda label: (sizes[label], label))
    while hidden and shown and (len(hidden) == 1 or _together(groups, hidden) < threshold):
        hidden.append(shown.pop(0))
    return frozenset(hidden)


def _together(groups: Mapping[str, Sequence[RollupUnit]], labels: Iterable[str]) -> int:
    return len({one.unit for label in labels for one in groups[label]})


def _companies(told: Iterable[RollupUnit]) -> int:
    return len({one.unit for one in told})


def _sum(path: tuple[str, ...], told: Iterable[RollupUnit], children: tuple[RollupCell, ...] = ()) -> RollupCell:
    rows = list(told)
    deals, amount = sum(one.deals for one in rows), sum(one.amount for one in rows)
    return RollupCell(path=path, deals=deals, amount=amount, children=children)


def merge(trees: Iterable[RollupCell]) -> RollupCell | None:
    """The trees of several installations as one: cells of the same path are added; None for no tree."""
    given = list(trees)
    if not given:
        return None
    by_label: dict[str, list[RollupCell]] = defaultdict(list)
    for tree in given:
        for child in tree.children:
            by_label[child.path[-1]].append(child)
    ordered = sorted(by_label, key=lambda label: (label == OTHER, label))
    children = tuple(found for label in ordered if (found := merge(by_label[label])) is not None)
    return RollupCell(
        path=given[0].path, deals=sum(one.deals for one in given), amount=sum(one.amount for one in given),
        children=children,
    )  # fmt: skip


def flatten(tree: RollupCell) -> list[RollupCell]:
    """Every cell, each before those below it."""
    return [tree, *(cell for child in tree.children for cell in flatten(child))]


def as_dict(tree: RollupCell) -> dict[str, Any]:
    """Ready for JSON: label, deals, amount, cells."""
    told: dict[str, Any] = {"label": tree.path[-1] if tree.path else "", "deals": tree.deals, "amount": tree.amount}
    return told | ({"cells": [as_dict(child) for child in tree.children]} if tree.children else {})


def read(told: object) -> RollupCell:
    """A tree from its JSON form. Raises InvalidInput when it is none or its cells do not add up."""
    left = [MOST_CELLS]
    tree = _read(told, (), left)
    for cell in flatten(tree):
        if cell.children and cell.deals != sum(child.deals for child in cell.children):
            raise InvalidInput("The roll-up's cells do not add up.", hint="Have it made again.")
    return tree


def _read(told: object, path: tuple[str, ...], left: list[int]) -> RollupCell:
    left[0] -= 1
    match told:
        case {"label": str(label), "deals": int(deals), "amount": int(amount), **more} if set(more) <= {"cells"}:
            here = (*path, label) if path or label else ()
            below = more.get("cells", [])
            if len(here) <= len(LEVELS) and len(label) <= LONGEST_LABEL and left[0] >= 0 and isinstance(below, list):
                children = tuple(_read(child, here, left) for child in below)
                return RollupCell(path=here, deals=deals, amount=amount, children=children)
    raise InvalidInput("That is no roll-up of Tandem.", hint="Give a file that `tandem rollup export` wrote.")


def signed_words(document: Mapping[str, Any]) -> bytes:
    """What the signature of a roll-up file covers: everything but itself."""
    told = {name: value for name, value in document.items() if name != "signature"}
    return json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
