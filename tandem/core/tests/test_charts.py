"""Charts carry words and a table, take their colours from tokens, and the bundle is written once."""

from __future__ import annotations

import json
import re
from pathlib import Path
from types import SimpleNamespace

import altair as alt
import pytest
from django.contrib.staticfiles import finders
from django.template import Context, Template

from tandem.core import charts
from tandem.core.errors import InvalidInput


def bars() -> alt.Chart:
    rows = alt.InlineData([{"a": "</script><script>", "b": 1}])
    return alt.Chart(rows).mark_bar(color=charts.AI).encode(x="a:N", y="b:Q")


def draw(**changes: object) -> charts.Chart:
    wanted = {"key": "x", "summary": "One bar.", "heads": ("A", "B"), "rows": [("a", 1)]}
    return charts.draw(bars(), **(wanted | changes))


def test_a_chart_has_a_picture_words_and_a_table():
    drawn = Template("{% chart chart %}").render(Context({"chart": draw()}))
    assert 'role="img" aria-label="One bar."' in drawn
    assert "<figcaption>One bar.</figcaption>" in drawn
    assert "<td>a</td><td>1</td>" in drawn
    assert drawn.count("<script") == 1
    assert '<script id="chart-x-spec" type="application/json">' in drawn


def test_the_specification_is_as_wide_as_its_place_and_has_the_houses_theme():
    spec = draw(height=120).spec
    assert (spec["width"], spec["height"]) == ("container", 120)
    assert spec["config"]["axis"]["labelColor"] == "var(--ink-3)"
    assert spec["config"]["view"] == {"stroke": None}
    own = charts.draw(bars().properties(width=80), key="x", summary="s", heads=("A",), rows=[]).spec
    assert own["width"] == 80


@pytest.mark.parametrize(
    "changes", [{"summary": " "}, {"heads": ()}, {"rows": [("a",)]}, {"key": "Has Blanks"}, {"key": ""}]
)
def test_a_chart_without_words_or_with_a_table_that_does_not_fit_is_refused(changes):
    with pytest.raises(InvalidInput):
        draw(**changes)


def test_every_colour_of_the_theme_is_a_token_of_the_sheet():
    sheet = finders.find("console/tokens.css")
    known = set(re.findall(r"^\s*--([a-z0-9-]+):", Path(sheet).read_text(), re.M))
    constants = [value for name, value in vars(charts).items() if name.isupper()]
    used = set(re.findall(r"var\(--([a-z0-9-]+)\)", json.dumps([str(value) for value in constants])))
    assert used
    assert used <= known


def test_the_bundle_is_written_once_for_each_version_of_its_maker(tmp_path, settings, monkeypatch):
    settings.DATA_DIR = tmp_path
    made = []
    fake = SimpleNamespace(javascript_bundle=lambda: made.append(1) or "window.vegaEmbed = 1;")
    monkeypatch.setitem(__import__("sys").modules, "vl_convert", fake)
    path = charts.build_bundle()
    assert path == tmp_path / "build" / "vega-bundle.js"
    assert path.read_text().endswith("window.vegaEmbed = 1;")
    charts.build_bundle()
    assert made == [1]
    charts.build_bundle(again=True)
    assert made == [1, 1]
    assert sorted(file.name for file in path.parent.iterdir()) == ["vega-bundle.js", "vega-bundle.js.gz"]
