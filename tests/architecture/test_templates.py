"""Templates hold the content policy: no inline script, no inline style, no handler, nothing from another machine."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[2] / "tandem"
TEMPLATES = sorted(PACKAGE.glob("*/templates/**/*.html"))
SCRIPTS = sorted(PACKAGE.glob("*/static/**/*.js"))
SHEETS = sorted(PACKAGE.glob("*/static/**/*.css"))
LONGEST = 500
TAG = re.compile(r"{%.*?%}")
UNREAD = "text taken as markup unread"

FORBIDDEN = {
    "an inline script": re.compile(r"<script(?![^>]*\bsrc=)(?![^>]*type=\"application/json\")", re.I),
    "an inline style sheet": re.compile(r"<style\b", re.I),
    "a style attribute": re.compile(r"\sstyle\s*=", re.I),
    "an event handler": re.compile(r"<[^>]*\son[a-z]+\s*=", re.I),
    "script in an address": re.compile(r"javascript:", re.I),
    "code in an htmx attribute": re.compile(r"hx-on|hx-vars|hx-(?:vals|headers)\s*=\s*['\"]\s*js:|\bhx-trigger=\"[^\"]*\w\[(?!type)", re.I),
    "something from another machine": re.compile(r"(?:src|href|action|hx-\w+)\s*=\s*[\"'](?:https?:)?//", re.I),
    UNREAD: re.compile(r"\|\s*safe\b|autoescape\s+off"),
}  # fmt: skip


def name_of(path: Path) -> str:
    return str(path.relative_to(PACKAGE))


def breaches(text: str) -> list[str]:
    """What a template has that it must not have. Tags of the template language are no markup, so they are left out."""
    markup = TAG.sub("", text)
    return [
        what
        for what, pattern in FORBIDDEN.items()
        if pattern.search(markup) or (what == UNREAD and pattern.search(text))
    ]


def test_there_are_templates_to_read():
    assert len(TEMPLATES) > 30


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_a_template_holds_the_content_policy(path):
    found = breaches(path.read_text(encoding="utf-8"))
    assert not found, f"{name_of(path)} has {', '.join(found)}"


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_every_form_that_posts_carries_its_protection_token(path):
    text = path.read_text(encoding="utf-8")
    for form in re.findall(r"<form\b[^>]*method=\"post\".*?</form>", text, re.S | re.I):
        assert "{% csrf_token %}" in form, f"{name_of(path)}: {form[:80]}"


@pytest.mark.parametrize("path", SCRIPTS, ids=name_of)
def test_a_script_neither_evaluates_text_nor_writes_markup_nor_leaves_the_machine(path):
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"\beval\(|new Function|innerHTML|outerHTML\s*=|insertAdjacentHTML|document\.write", text)
    addresses = [one for one in re.findall(r"https?://[^\s\"'`]+", text) if one != "http://www.w3.org/2000/svg"]
    assert not addresses


@pytest.mark.parametrize("path", SHEETS, ids=name_of)
def test_a_sheet_loads_nothing(path):
    text = path.read_text(encoding="utf-8")
    assert "@import" not in text
    assert not re.search(r"url\((?!#)", text)


@pytest.mark.parametrize("path", [*SCRIPTS, *SHEETS, *TEMPLATES], ids=name_of)
def test_files_of_the_face_stay_short_enough_to_read(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) < LONGEST


def test_the_rules_catch_what_they_name():
    bad = {
        "an inline script": "<script>x</script>",
        "an inline style sheet": "<style>",
        "a style attribute": '<p style="x">',
        "an event handler": '<p class="a" onclick="x">',
        "script in an address": '<a href="javascript:x">',
        "code in an htmx attribute": "<p hx-on:click='x'>",
        "something from another machine": '<img src="//cdn">',
        UNREAD: "{% autoescape off %}",
    }
    assert set(bad) == set(FORBIDDEN)
    for what, text in bad.items():
        assert breaches(text) == [what]
    assert breaches("{{ a|safe }}") == [UNREAD]
    assert not breaches("<p {% for one in many %}class='{% if one == 1 %}on{% endif %}'{% endfor %}>")
    fine = '<script type="module" src="a.js"></script><script type="application/json">{}</script><a href="/x">'
    assert not breaches(fine)
