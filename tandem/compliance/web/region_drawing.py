"""The picture of where data goes: regions on the left, destinations on the right, an arrow for each flow.

Only numbers and words are made here; the template draws them with classes of the style sheet, so that the strict
content policy holds and both themes work. Flows to one destination that are carried by the same thing share a line.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tandem.compliance.contracts.residency import REGION_NAMES, Destination, Region, TransferDecision
from tandem.compliance.queries.region_picture import Flow, Picture
from tandem.core import words

LINE, HEAD, GAP, MARGIN, BOX = 18, 26, 14, 8, 44
WIDE, NARROW = (960, 190, 400, 88), (360, 84, 128, 36)  # whole, left boxes, where destinations begin, letters of a line


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionBox:
    """A region. y : of its top; middle : where its arrows begin"""

    name: str
    short: str
    people: str
    y: int
    middle: int
    is_bad: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowLine:
    """Flows that share a line of text. y : of the middle of its text"""

    text: str
    y: int
    allowed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DestinationBox:
    """A destination with its lines."""

    name: str
    where: str
    y: int
    height: int
    is_bad: bool
    lines: Sequence[FlowLine]


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrow:
    """A curve from a region to a line. d : of an SVG path; tip : points of its head"""

    d: str
    tip: str
    allowed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """Everything to be drawn, in units of the picture's own box. Left boxes begin at 0, destinations at `right`."""

    width: int
    height: int
    left: int
    right: int
    right_width: int
    regions: Sequence[RegionBox]
    destinations: Sequence[DestinationBox]
    arrows: Sequence[Arrow]
    told: str


def draw(picture: Picture, *, is_narrow: bool = False) -> Drawing:
    """Lay the picture out for a wide or a narrow screen."""
    width, left, right, letters = NARROW if is_narrow else WIDE
    destinations, lanes, bottom = _destinations(picture, letters)
    shown = list(dict.fromkeys(flow.region for flow in picture.flows))
    regions = _regions(picture, shown, bottom)
    starts = {region: box.middle for region, box in zip(shown, regions, strict=True)}
    arrows = [_arrow(left, starts[region], right, line.y, line.allowed) for region, line in lanes]
    return Drawing(
        width=width,
        height=max(bottom, MARGIN + len(shown) * (BOX + GAP)),
        left=left,
        right=right,
        right_width=width - right - 1,
        regions=regions,
        destinations=destinations,
        arrows=sorted(arrows, key=lambda arrow: not arrow.allowed),
        told=_told(picture),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowGroup:
    """Flows to one destination that have the same answer. whose : their regions in words"""

    destination: Destination
    whose: str
    decision: TransferDecision
    regions: tuple[Region, ...]
    sources: tuple[str, ...]


def grouped(picture: Picture) -> list[FlowGroup]:
    """All flows, those with the same answer as one; what is not allowed first at each destination."""
    found = []
    for destination in picture.destinations:
        flows = [flow for flow in picture.flows if flow.destination.key == destination.key]
        groups: dict[tuple[bool, str, tuple[str, ...]], list[Flow]] = {}
        for flow in flows:
            told = flow.decision
            groups.setdefault((told.allowed, _carried(told), told.missing), []).append(flow)
        for _, some in sorted(groups.items(), key=lambda one: one[0][0]):
            codes = ", ".join(flow.region.value.upper() for flow in some)
            whose = "all" if len(some) == len(flows) > 1 else codes
            regions = tuple(flow.region for flow in some)
            sources = tuple(dict.fromkeys(flow.decision.source for flow in some if flow.decision.source))
            found.append(
                FlowGroup(
                    destination=destination, whose=whose, decision=some[0].decision, regions=regions, sources=sources
                )
            )
    return found


def _destinations(picture: Picture, letters: int) -> tuple[list[DestinationBox], list[tuple[Region, FlowLine]], int]:
    boxes: list[DestinationBox] = []
    lanes: list[tuple[Region, FlowLine]] = []
    groups, y = grouped(picture), MARGIN
    for destination in picture.destinations:
        lines = []
        for place, group in enumerate(one for one in groups if one.destination.key == destination.key):
            text = _cut(f"{group.whose}: {_carried(group.decision)}", letters)
            allowed = group.decision.allowed
            line = FlowLine(text=text, y=y + HEAD + place * LINE + LINE // 2, allowed=allowed)
            lines.append(line)
            lanes += [(region, line) for region in group.regions]
        height, where = HEAD + len(lines) * LINE + 4, _cut(_where(destination), letters // 3)
        boxes.append(
            DestinationBox(
                name=_cut(destination.name, letters - 6 - len(where)), where=where, y=y,
                height=height, lines=lines, is_bad=any(not line.allowed for line in lines),
            )
        )  # fmt: skip
        y += height + GAP
    return boxes, lanes, y


def _regions(picture: Picture, shown: Sequence[Region], bottom: int) -> list[RegionBox]:
    """Spread over the height of the destinations."""
    counts = {one.region: one for one in picture.regions}
    step = max(BOX + GAP, (bottom - MARGIN) // max(1, len(shown)))
    boxes = []
    for place, region in enumerate(shown):
        top = MARGIN + place * step + (step - BOX - GAP) // 2
        count = counts.get(region)
        people = words.count(count.people, "person,people") if count else "nobody yet"
        boxes.append(
            RegionBox(
                name=REGION_NAMES[region], short=region.value.upper(), people=people, y=top, middle=top + BOX // 2,
                is_bad=count is not None and count.is_out_of_place,
            )
        )  # fmt: skip
    return boxes


def _arrow(left: int, start: int, right: int, end: int, allowed: bool) -> Arrow:
    bend, tip = (left + right) // 2, right - 6
    return Arrow(
        d=f"M{left} {start}C{bend} {start} {bend} {end} {tip} {end}",
        tip=f"{tip},{end - 3} {right},{end} {tip},{end + 3}",
        allowed=allowed,
    )


def _carried(decision: TransferDecision) -> str:
    if not decision.allowed:
        return f"not allowed, missing {decision.missing[0]}"
    until = f", until {decision.expires_on:%d %b %Y}" if decision.expires_on else ""
    return f"{decision.mechanism.partition(',')[0]}{until}"


def _where(destination: Destination) -> str:
    if destination.places:
        return ", ".join(destination.places)
    return "here" if destination.is_here else "place unknown"


def _cut(text: str, letters: int) -> str:
    return text if len(text) <= letters else text[: letters - 1].rstrip() + "…"


def _told(picture: Picture) -> str:
    """The picture in words, for whoever does not see it."""
    refused = [flow for flow in picture.flows if not flow.decision.allowed]
    told = f"{words.count(len(picture.flows), 'flow')} from regions to destinations; {len(refused)} not allowed."
    return " ".join([told, *(_refusal(flow) for flow in refused)])


def _refusal(flow: Flow) -> str:
    return f"{REGION_NAMES[flow.region]} to {flow.destination.name}: not allowed."
