"""Charts: an Altair chart becomes a picture with a summary in words and the table behind it.

    import altair as alt

    drawn = charts.draw(
        alt.Chart(frame).mark_line(color=charts.PERSON).encode(x="day:T", y="value:Q"),
        key="intent",
        summary="Seven signals give 76 today.",
        heads=("Day", "Points"),
        rows=[("24 Nov", 76)],
    )
    {% chart drawn %}

Colours are names of design tokens ("var(--pencil)"); the browser puts in the values of the present theme, so a chart
turns dark with its page. Vega runs under the strict content policy: expressions are interpreted, never evaluated.
The Vega bundle comes out of vl_convert at set-up (`build_bundle`) and is served with the other static files.
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol

from django.conf import settings

from tandem.core.errors import InvalidInput

BUNDLE_NAME = "vega-bundle.js"

PERSON, PERSON_LIGHT = "var(--ink)", "var(--ink-3)"
AI, AI_LINE = "var(--pencil)", "var(--pencil-line)"
HISTORY = "var(--history)"
GAIN, LOSS = "var(--gain-area)", "var(--block-area)"
HOLD, ALLOW, BLOCK = "var(--hold)", "var(--allow)", "var(--block)"
PARTS = tuple(f"var(--g{number})" for number in range(1, 8))

_FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'Liberation Sans', sans-serif"
_AXIS = {
    "labelColor": "var(--ink-3)",
    "titleColor": "var(--ink-3)",
    "labelFont": _FONT,
    "titleFont": _FONT,
    "labelFontSize": 11,
    "titleFontSize": 11,
    "titleFontWeight": "normal",
    "gridColor": "var(--line)",
    "domainColor": "var(--line-strong)",
    "tickColor": "var(--line-strong)",
    "tickSize": 4,
}
THEME: Mapping[str, Any] = {
    "background": "transparent",
    "font": _FONT,
    "view": {"stroke": None},
    "axis": _AXIS,
    "axisY": {"domain": False, "ticks": False},
    "axisX": {"grid": False},
    "legend": {
        "labelColor": "var(--ink-2)", "titleColor": "var(--ink-3)", "labelFont": _FONT, "titleFont": _FONT,
        "labelFontSize": 11, "titleFontSize": 11, "titleFontWeight": "normal",
        "orient": "top", "symbolType": "square", "symbolSize": 60,
    },
    "title": {"color": "var(--ink)", "font": _FONT, "fontSize": 13, "anchor": "start"},
    "header": {"labelColor": "var(--ink-2)", "titleColor": "var(--ink-3)", "labelFont": _FONT, "titleFont": _FONT},
    "range": {"category": list(PARTS), "ordinal": list(PARTS)},
    "mark": {"color": PERSON},
    "line": {"strokeWidth": 2},
    "rule": {"color": "var(--line-strong)"},
    "text": {"color": "var(--ink-2)", "font": _FONT, "fontSize": 11},
    "bar": {"color": HISTORY},
    "point": {"filled": True, "size": 40},
}  # fmt: skip


class Drawable(Protocol):
    """Anything that gives a Vega-Lite specification: an Altair chart."""

    def to_dict(self) -> dict[str, Any]:
        """The specification."""


@dataclass(frozen=True, slots=True)
class Spec:
    """A Vega-Lite specification written out, for pages that draw one small chart and can't wait for Altair."""

    wanted: Mapping[str, Any]

    def to_dict(self) -> dict[str, Any]:
        """The specification."""
        return dict(self.wanted)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A chart as the template draws it.

    key : makes the id
    spec : Vega-Lite, with the house's theme
    summary : what the picture says, in words; the picture's name for people who can't see it, and its caption
    heads, rows : the table behind the picture
    """

    key: str
    spec: Mapping[str, Any]
    summary: str
    heads: tuple[str, ...]
    rows: tuple[tuple[object, ...], ...]

    @property
    def dom_id(self) -> str:
        """Id of the figure."""
        return f"chart-{self.key}"

    @property
    def spec_id(self) -> str:
        """Id of the element that carries the specification."""
        return f"{self.dom_id}-spec"

    @property
    def bundle(self) -> str:
        """Static name of the Vega bundle."""
        return BUNDLE_NAME


def draw(
    chart: Drawable,
    *,
    key: str,
    summary: str,
    heads: Sequence[str],
    rows: Sequence[Sequence[object]],
    height: int = 220,
) -> Chart:
    """A chart for `{% chart %}`; as wide as its place unless the chart says otherwise.

    key : letters, digits and hyphens, unique on the page
    rows : what is drawn, as a table; each row as long as `heads`
    height : pixels, for charts that do not set their own

    Raises InvalidInput for a chart without words or with a table that does not fit its heads.
    """
    if not re.fullmatch(r"[a-z0-9-]+", key):
        raise InvalidInput(f"{key!r} can't be a chart's key.", hint="Small letters, digits and hyphens.", code="chart")
    if not summary.strip() or not heads or any(len(row) != len(heads) for row in rows):
        raise InvalidInput(f"The chart {key} needs a summary and a table that fits its heads.", code="chart")
    spec = chart.to_dict()
    is_single = not {"hconcat", "vconcat", "concat", "facet", "repeat"} & set(spec)
    if is_single:
        spec.setdefault("width", "container")
        spec.setdefault("height", height)
        spec.setdefault("autosize", {"type": "fit", "contains": "padding"})
    spec["config"] = _merged(THEME, _without_defaults(spec.get("config", {})))
    table = tuple(tuple(row) for row in rows)
    return Chart(key=key, spec=spec, summary=summary.strip(), heads=tuple(heads), rows=table)


def _without_defaults(config: Mapping[str, Any]) -> dict[str, Any]:
    """The chart's own wishes, without the sizes that Altair writes into every chart."""
    own = {name: value for name, value in config.items() if name != "view"}
    view = {k: v for k, v in config.get("view", {}).items() if k not in {"continuousWidth", "continuousHeight"}}
    return own | ({"view": view} if view else {})


def _merged(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for name, value in over.items():
        below = merged.get(name)
        is_nested = isinstance(below, Mapping) and isinstance(value, Mapping)
        merged[name] = _merged(below, value) if is_nested else value  # type: ignore[arg-type]
    return merged


def bundle_path() -> Path:
    """Where the Vega bundle lies: among the static files made at set-up."""
    folder: Path = settings.DATA_DIR / "build"
    return folder / BUNDLE_NAME


def build_bundle(*, again: bool = False) -> Path:
    """Write the Vega bundle unless the installed vl_convert has written it before; returns its place. About 3 s.

    again : write it in any case
    """
    import vl_convert

    path = bundle_path()
    mark = f"/* vl_convert {version('vl-convert-python')} */\n"
    if not again and path.exists() and path.read_text(encoding="utf-8").startswith(mark):
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_suffix(".part")
    bundle: str = vl_convert.javascript_bundle()  # type: ignore[call-arg]
    half.write_text(mark + bundle, encoding="utf-8")
    packed = path.with_name(BUNDLE_NAME + ".gz")  # the static files' server prefers it where the browser can take it
    packed.write_bytes(gzip.compress((mark + bundle).encode(), mtime=0))
    half.replace(path)
    return path
