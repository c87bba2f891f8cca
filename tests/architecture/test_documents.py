"""The pages for readers keep up with the code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import typer

from tandem.cli.main import app
from tandem.config.environment import SETTINGS

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
ROOMS = ("core", "access", "compliance", "accounts")
LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#\s]+)")


def reference(name: str) -> str:
    return (DOCS / "reference" / name).read_text()


def test_every_setting_is_in_the_reference() -> None:
    text = reference("settings.md")
    assert [setting.name for setting in SETTINGS if f"`{setting.name}`" not in text] == []


def test_every_command_is_in_the_reference() -> None:
    root = typer.main.get_command(app)
    names = root.list_commands(typer.Context(root, info_name="tandem"))  # type: ignore[attr-defined]
    text = reference("shell.md")
    assert [name for name in names if f"## tandem {name}\n" not in text] == []


@pytest.mark.parametrize("room", ROOMS)
def test_every_room_says_what_it_is_for_and_names_its_tables(room: str) -> None:
    from django.apps import apps

    text = (ROOT / "tandem" / room / "README.md").read_text()
    missing = [model.__name__ for model in apps.get_app_config(room).get_models() if f"`{model.__name__}`" not in text]
    assert missing == []


def test_every_folder_of_the_product_has_a_page_that_the_contents_name() -> None:
    folders = sorted(path.parent.name for path in (ROOT / "tandem").glob("*/__init__.py"))
    contents = (DOCS / "README.md").read_text()
    assert [name for name in folders if not (ROOT / "tandem" / name / "README.md").exists()] == []
    assert [name for name in folders if f"(../tandem/{name}/README.md)" not in contents] == []


@pytest.mark.parametrize("folder", ["decisions", "how-to", "methods", "explanation", "reference"])
def test_the_contents_lead_to_every_page(folder: str) -> None:
    index = DOCS / "decisions" / "README.md" if folder == "decisions" else DOCS / "README.md"
    links = {(index.parent / target).resolve() for target in LINK.findall(index.read_text())}
    assert [page.name for page in (DOCS / folder).glob("*.md") if page != index and page.resolve() not in links] == []


def test_links_between_documents_lead_somewhere() -> None:
    pages = [
        *DOCS.rglob("*.md"),
        *(ROOT / "tandem").glob("*/README.md"),
        *ROOT.glob("*.md"),
        ROOT / "tests/README.md",
        ROOT / "benchmarks/README.md",
    ]
    broken = [
        f"{page.relative_to(ROOT)}: {target}"
        for page in pages
        for target in LINK.findall(page.read_text())
        if not (page.parent / target).exists()
    ]
    assert broken == []
