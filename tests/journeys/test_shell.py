"""The frame in a browser: every own page of the console at three widths and in two themes, keyboard, palette, theme."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

SIZES = ("wide", "middle", "phone")


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("address", ["/", "/search?q=kr", "/profile", "/styleguide", "/nowhere"])
def test_a_page_is_accessible_and_does_not_scroll_sideways(
    address, size, theme, company, client_of, open_page, assert_accessible, shot
):
    page = open_page("/healthz", client_of("revops"), size=size, theme=theme)
    page.watch.expected.append("404")
    page.goto(address)
    if address == "/styleguide":
        expect(page.locator(".vega-view svg")).to_have_count(2)
    name = re.sub(r"\W+", "-", address).strip("-") or "home"
    shot(page, f"{name}-{size}-{theme}")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert_accessible(page)


@pytest.mark.parametrize("size", SIZES)
def test_the_sign_in_page_is_accessible(size, company, open_page, assert_accessible, shot, settings):
    settings.DEMO_MODE = True
    page = open_page("/sign-in/", size=size)
    shot(page, f"sign-in-{size}-light")
    assert_accessible(page)
