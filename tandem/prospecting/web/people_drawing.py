"""The stakeholder map as a picture: we in the middle, people around, lines as thick as there were touches.

A solid ring is a role that a person confirmed, a dashed one is inferred, a red one must not be written to or blocks.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from tandem.prospecting.contracts import BuyingRole
from tandem.prospecting.queries.stakeholders import StakeholderView

WIDTH, CENTRE_X, CENTRE_Y = 360, 180, 170
RADIUS_X, RADIUS_Y = 128, 112
HEIGHT, NODE, US = 360, 17, 14
MOST_DRAWN = 9
THINNEST, THICKEST = 1.0, 5.0
LONGEST_NAME = 18
SHORT = {
    BuyingRole.CHAMPION: "champion", BuyingRole.ECONOMIC_BUYER: "econ. buyer",
    BuyingRole.TECHNICAL_BUYER: "tech. buyer", BuyingRole.USER: "user", BuyingRole.BLOCKER: "blocker",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One person in the picture. edge : width of the line to us; 0: none"""

    contact_id: int
    initials: str
    name: str
    label: str
    css: str
    x: float
    y: float
    label_y: float
    edge: float
    edge_css: str
    edge_x: float
    edge_y: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """The picture. left_out : people who are in the table only"""

    nodes: tuple[Node, ...]
    summary: str
    left_out: int
    width: int = WIDTH
    height: int = HEIGHT
    x: int = CENTRE_X
    y: int = CENTRE_Y


def draw_people(people: Sequence[StakeholderView]) -> Drawing | None:
    """The picture of an account's people, those with the most touches and the surest roles; None without people."""
    if not people:
        return None
    chosen = sorted(people, key=lambda one: (-one.touches, -one.confidence, one.contact_id))[:MOST_DRAWN]
    drawn = [one for one in people if one in chosen]
    most = max(one.touches for one in drawn)
    nodes = tuple(_node(one, place, len(drawn), most) for place, one in enumerate(drawn))
    roles = len({one.role for one in drawn})
    told = ", ".join(f"{one.name}: {SHORT[one.role]} {one.confidence:.2f}" for one in drawn)
    return Drawing(
        nodes=nodes,
        summary=f"{len(drawn)} people, {roles} roles. {told}.",
        left_out=len(people) - len(drawn),
    )


def _node(one: StakeholderView, place: int, count: int, most: int) -> Node:
    angle = 2 * math.pi * place / count - math.pi / 2
    x, y = CENTRE_X + RADIUS_X * math.cos(angle), CENTRE_Y + RADIUS_Y * math.sin(angle)
    is_bad = one.role is BuyingRole.BLOCKER or (one.state is not None and _is_barred(one))
    css = "c-node-bad" if is_bad else "c-node" if one.is_confirmed else "c-node-guess"
    edge = THINNEST + (THICKEST - THINNEST) * one.touches / most if one.touches and most else 0.0
    short = 1 - US / max(math.hypot(x - CENTRE_X, y - CENTRE_Y), 1)
    return Node(
        contact_id=one.contact_id,
        initials="".join(part[0] for part in one.name.split()[:1] + one.name.split()[-1:])[:2].upper(),
        name=one.name if len(one.name) <= LONGEST_NAME else f"{one.name[: LONGEST_NAME - 1]}…",
        label=f"{SHORT[one.role]} {one.confidence:.2f}".replace(" 0.", " ."),
        css=css,
        x=round(x, 1),
        y=round(y, 1),
        label_y=round(y - NODE - 18 if y < CENTRE_Y else y + NODE + 14, 1),
        edge=round(edge, 1),
        edge_css="c-edge-bad" if is_bad else "c-edge",
        edge_x=round(x + (CENTRE_X - x) * short, 1),
        edge_y=round(y + (CENTRE_Y - y) * short, 1),
    )


def _is_barred(one: StakeholderView) -> bool:
    """Whether a person asked for silence or is gone; a check that is still to be made bars nobody."""
    state = one.state
    return state is not None and any(reason.startswith(("Asked", "Has left")) for reason in state.reasons)
