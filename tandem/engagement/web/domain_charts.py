"""Charts of a sending domain: its ramp, plan against what left; and what receivers report."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tandem.core import charts, words
from tandem.core.charts import Chart, Spec
from tandem.engagement.queries.dmarc import ReportedDay
from tandem.engagement.queries.sending_domains import RampPoint

FEWEST_DAYS = 2
EVERY_FEW_DAYS = {"format": "%d %b", "tickCount": {"interval": "day", "step": 4}}


def ramp_chart(points: Sequence[RampPoint]) -> Chart | None:
    """The plan as a line, what left as bars; None: the ramp has not been started."""
    if len(points) < FEWEST_DAYS:
        return None
    values = [{"day": f"{one.day}T00:00", "planned": one.planned, "sent": one.sent} for one in points]
    sent = sum(one.sent or 0 for one in points)
    top = max(one.planned for one in points)
    x: dict[str, Any] = {"field": "day", "type": "temporal", "title": None}
    spec = {
        "data": {"values": values},
        "layer": [
            {
                "mark": {"type": "bar", "size": 7, "color": charts.HISTORY},
                "encoding": {"x": x, "y": {"field": "sent", "type": "quantitative", "title": "messages"}},
            },
            {
                "mark": {"type": "line", "interpolate": "step", "color": charts.PERSON, "strokeWidth": 1.5},
                "encoding": {"x": x, "y": {"field": "planned", "type": "quantitative"}},
            },
        ],
    }
    return charts.draw(
        Spec(spec),
        key="ramp",
        summary=f"The line is the plan of the ramp, from {points[0].planned:,} on {words.day(points[0].day)} to "
        f"{top:,} messages a day; the bars are the {sent:,} that left.",
        heads=("Day", "Plan", "Sent"),
        rows=[(one.day, one.planned, "" if one.sent is None else one.sent) for one in points],
    )


def reports_chart(days: Sequence[ReportedDay]) -> Chart | None:
    """Messages by day as receivers report them, aligned and not; None: on fewer than two days."""
    if len(days) < FEWEST_DAYS:
        return None
    values = [
        {"day": f"{one.day}T00:00", "what": what, "messages": number}
        for one in days
        for what, number in (("aligned", one.aligned), ("not aligned", one.other))
    ]
    colours = {"domain": ["aligned", "not aligned"], "range": [charts.HISTORY, charts.BLOCK]}
    spec = {
        "data": {"values": values},
        "mark": {"type": "bar", "size": 9},
        "encoding": {
            "x": {"field": "day", "type": "temporal", "title": None, "axis": EVERY_FEW_DAYS},
            "y": {"field": "messages", "type": "quantitative", "title": "messages"},
            "color": {"field": "what", "type": "nominal", "title": None, "scale": colours},
        },
    }
    aligned, other = sum(one.aligned for one in days), sum(one.other for one in days)
    return charts.draw(
        Spec(spec),
        key="dmarc",
        summary=f"Receivers report {aligned:,} messages aligned and {other:,} not, on {len(days)} days.",
        heads=("Day", "Aligned", "Not aligned"),
        rows=[(one.day, one.aligned, one.other) for one in days],
        height=160,
    )
