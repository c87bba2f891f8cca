"""The shape of the code: sizes, names, templates, and references that point down the layers."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.template import TemplateDoesNotExist
from django.template.loader import get_template

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "tandem"
LONGEST_FILE = 500
LONG_BY_NATURE = {
    "accounts/migrations/0001_initial.py",  # written by makemigrations
    "compliance/migrations/0005_gate.py",
    "accounts/domain/fields.py",  # one table
}
FORBIDDEN_NAMES = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "managers", "stuff", "base_utils"}
TEMPLATE_NAME = re.compile(r"\w[\w./-]*\.(?:html|txt)")
TEMPLATE_TAG = re.compile(r"{%\s*(?:include|extends)\s+\"([^\"]+)\"")
LAYERS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"][0]["layers"]
HEIGHT = {name: -place for place, row in enumerate(LAYERS) for name in re.findall(r"\w+", row)}


def sources() -> Iterator[Path]:
    for folder in (PACKAGE, ROOT / "tests", ROOT / "tools", ROOT / "benchmarks"):
        yield from sorted(folder.rglob("*.py"))


def product() -> Iterator[Path]:
    return (path for path in sorted(PACKAGE.rglob("*.py")) if "tests" not in path.parts)


def test_no_file_is_too_long_to_read() -> None:
    lengths = {path.relative_to(ROOT): len(path.read_text().splitlines()) for path in sources()}
    long = {str(path): lines for path, lines in lengths.items() if lines > LONGEST_FILE}
    assert {name: lines for name, lines in long.items() if name.removeprefix("tandem/") not in LONG_BY_NATURE} == {}


def test_no_file_has_a_name_that_says_nothing() -> None:
    assert [str(path) for path in sources() if {path.stem, path.parent.name} & FORBIDDEN_NAMES] == []


def test_every_public_definition_of_the_product_is_described() -> None:
    bare = []
    for path in product():
        if "migrations" in path.parts:
            continue
        tree = ast.parse(path.read_text())
        bare += [str(path.relative_to(ROOT))] if tree.body and not ast.get_docstring(tree) else []
        bare += [
            f"{path.relative_to(ROOT)}: {node.name}"
            for node in tree.body
            if isinstance(node, ast.FunctionDef | ast.ClassDef)
            and not node.name.startswith("_")
            and not ast.get_docstring(node)
        ]
    assert bare == []


def test_every_template_that_is_named_is_there() -> None:
    named: dict[str, str] = {}
    for path in product():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and TEMPLATE_NAME.fullmatch(node.value):
                named[node.value] = str(path.relative_to(ROOT))
    for path in sorted(PACKAGE.rglob("templates/**/*.html")):
        named |= dict.fromkeys(TEMPLATE_TAG.findall(path.read_text()), str(path.relative_to(ROOT)))
    missing = []
    for name, where in named.items():
        if "/" not in name and not name[0].isdigit():
            continue
        try:
            get_template(name)
        except TemplateDoesNotExist:
            missing.append(f"{where}: {name}")
    assert missing == []


def test_references_between_rooms_point_down_and_leave_no_trace_above() -> None:
    wrong = []
    for model in apps.get_models():
        if not model.__module__.startswith("tandem."):
            continue
        for field in model._meta.concrete_fields:
            target = field.related_model
            if target is None or isinstance(target, str) or target._meta.app_label == model._meta.app_label:
                continue
            if target._meta.app_label not in HEIGHT:
                continue
            is_down = HEIGHT[target._meta.app_label] < HEIGHT[model._meta.app_label]
            if not is_down or not field.remote_field.hidden:
                wrong.append(f"{model._meta.label}.{field.name} to {target._meta.label}")
    assert wrong == []


def test_nobody_reaches_upwards_through_the_registry_of_models() -> None:
    wrong = []
    for path in product():
        room = path.relative_to(PACKAGE).parts[0]
        if "migrations" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                continue
            first = node.args[0].value if node.args and isinstance(node.args[0], ast.Constant) else None
            if node.func.attr in {"get_model", "get_app_config"} and isinstance(first, str):
                target = first.split(".", 1)[0]
                if HEIGHT.get(target, 0) > HEIGHT.get(room, 0):
                    wrong.append(f"{path.relative_to(ROOT)}: {target}")
    assert wrong == []


@pytest.mark.parametrize("word", ["TODO", "FIXME", "HACK"])
def test_nothing_is_left_for_later(word: str) -> None:
    found = [str(path.relative_to(ROOT)) for path in product() if re.search(rf"\b{word}\b", path.read_text())]
    assert found == []
