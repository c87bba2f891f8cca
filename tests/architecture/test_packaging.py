"""What leaves the repository: the package holds what the product reads, requirements are whole, benchmarks run alike."""

from __future__ import annotations

import re
import tomllib
from fnmatch import fnmatch
from pathlib import Path

import pytest

from benchmarks.figures import chosen, print_table
from tools.check_wheel import must_hold

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
BENCHMARKS = sorted(path.stem for path in (ROOT / "benchmarks").glob("bench_*.py"))
PINNED = re.compile(r"^[A-Za-z0-9._-]+(\[[\w,-]+\])?==\S+( ;.*)? \\$")


def test_everything_the_product_reads_is_packaged() -> None:
    """`make wheel` builds it and looks; this asks the patterns, which is quick."""
    patterns = PROJECT["tool"]["setuptools"]["package-data"]["*"]
    kinds = {".py", *(Path(name).suffix for name in must_hold())}
    assert {".html", ".css", ".js", ".toml", ".svg"} <= kinds  # templates, style sheets, modules, words
    left_behind = [
        name for name in must_hold()
        if not name.endswith(".py") and not any(fnmatch(Path(name).name, pattern) for pattern in patterns)
    ]  # fmt: skip
    assert left_behind == []


def test_every_extra_is_pinned_with_hashes_and_names_no_place() -> None:
    sources = sorted((ROOT / "requirements").glob("*.in"))
    assert [path.stem for path in sources] == ["base", "dev", "explain", "semantic", "solver", "spark", "speech"]
    for source in sources:
        text = source.with_suffix(".txt").read_text()
        lines = [line for line in text.splitlines() if line and not line.startswith((" ", "#"))]
        assert [line for line in lines if not PINNED.match(line)] == [], source.stem
        assert text.count("--hash=sha256:") >= len(lines)
        assert "://" not in text + source.read_text()


def test_extras_agree_with_what_they_are_installed_into() -> None:
    """Two files of pins can be installed together only when they name the same versions."""
    pins = {
        path.stem: dict(re.findall(r"^([A-Za-z0-9._-]+)(?:\[[\w,-]+\])?==(\S+) ", path.read_text(), re.MULTILINE))
        for path in (ROOT / "requirements").glob("*.txt")
    }
    clashes = [
        (extra, name, version, pins["base"][name])
        for extra in pins
        for name, version in pins[extra].items()
        if pins["base"].get(name, version) != version
    ]
    assert clashes == []


@pytest.mark.parametrize("name", BENCHMARKS)
def test_every_benchmark_runs_as_a_module_ends_with_a_table_and_is_described(name: str) -> None:
    text = (ROOT / "benchmarks" / f"{name}.py").read_text()
    assert f"python -m benchmarks.{name}" in text.split('"""')[1]
    assert "print_table(" in text
    assert "--full" in text.split('"""')[1]
    assert f"| `{name}` |" in (ROOT / "benchmarks" / "README.md").read_text()


def test_a_table_has_words_to_the_left_and_figures_to_the_right(capsys: pytest.CaptureFixture[str]) -> None:
    print_table("Speed", ("way", "seconds"), [("by hand", "12.5"), ("by machine", 3)])
    assert capsys.readouterr().out == (
        "\nSpeed\nway         seconds\n----------  -------\nby hand        12.5\nby machine        3\n"
    )
    assert [chosen(None, quick=1, full=9, is_full=full) for full in (False, True)] == [1, 9]
    assert chosen(0, quick=1, full=9, is_full=True) == 0
