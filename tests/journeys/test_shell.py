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
    expect(page.get_by_role("button", name="Lena Hartmann")).to_be_visible()
    shot(page, f"sign-in-{size}-light")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    main = page.locator("main").bounding_box()
    assert main["width"] > 0.85 * min(page.viewport_size["width"], 960)
    assert_accessible(page)


@pytest.fixture
def guide(client_of, open_page):
    return open_page("/styleguide", client_of("revops"))


def test_typing_into_a_filter_replaces_the_list_and_the_address_and_back_undoes_it(guide):
    rows = guide.locator("#list-samples tbody tr")
    expect(rows).to_have_count(4)
    guide.locator("#list-samples-text").type("kj", delay=30)
    expect(rows).to_have_count(1)
    expect(guide).to_have_url(re.compile(r"/styleguide\?text=kj$"))
    expect(guide.locator("#list-samples-text")).to_be_focused()
    guide.locator("#list-samples-country").select_option("DE")
    expect(guide.get_by_text("Nothing fits these filters")).to_be_visible()
    guide.get_by_role("link", name="Clear the filters").click()
    expect(rows).to_have_count(4)
    guide.go_back()
    expect(guide).to_have_url(re.compile("country=DE"))


def test_a_head_sorts_up_and_down_by_keyboard(guide):
    first = guide.locator("#list-samples tbody tr .who").first
    expect(first).to_have_text("Brennholt Logistik")
    guide.locator("a.sort", has_text="Value").press("Enter")
    expect(first).to_have_text("Rheintal Ersatzteile")
    expect(guide).to_have_url(re.compile(r"sort=value$"))


def test_why_opens_beside_the_page_keeps_its_address_and_gives_the_focus_back(guide):
    link = guide.locator("#why a[data-why]").first
    link.click()
    panel = guide.locator("#why-sample")
    expect(panel).to_be_visible()
    expect(panel.locator("h2")).to_be_focused()
    expect(guide).to_have_url(re.compile("#why-sample$"))
    guide.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    expect(link).to_be_focused()
    guide.goto("/styleguide#why-field")
    guide.reload()
    expect(guide.locator("#why-field")).to_be_visible()


def test_the_theme_changes_at_once_recolours_charts_and_is_kept(guide):
    def line() -> str:
        return guide.locator("#chart-fan path[stroke-dasharray]").first.get_attribute("stroke") or ""

    expect(guide.locator("#chart-fan path[stroke-dasharray]").first).to_be_attached()
    before = line()
    guide.locator("summary.me").click()
    guide.locator(".mast .theme-seg").get_by_text("Dark").click()
    expect(guide.locator("html")).to_have_attribute("data-theme", "dark")
    guide.wait_for_function(
        "(was) => document.querySelector('#chart-fan path[stroke-dasharray]')?.getAttribute('stroke') !== was",
        arg=before,
    )
    guide.reload()
    expect(guide.locator("html")).to_have_attribute("data-theme", "dark")


def test_the_palette_goes_to_a_record_by_keyboard(company, client_of, open_page):
    page = open_page("/", client_of("seller"))
    page.watch.expected.append("404")
    page.keyboard.press("Control+k")
    page.keyboard.type("kröger mas", delay=15)
    expect(page.locator("[role=option]").first).to_contain_text("Kröger Maschinenbau GmbH")
    expect(page.locator("#palette-text")).to_have_attribute("aria-activedescendant", "palette-0")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"/accounts/{company.accounts['kroeger'].id}$"))


def test_keys_move_through_rows_go_to_places_and_explain_themselves(company, client_of, open_page):
    page = open_page("/search?q=kr", client_of("revops"))
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(page.locator("[data-row].is-cur .who")).to_be_focused()
    assert page.locator("[data-row]").nth(1).get_attribute("class") == "hit is-cur"
    page.keyboard.press("?")
    expect(page.locator("dialog.help")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    expect(page.locator("#palette-text")).to_be_focused()
    page.keyboard.press("Escape")
    page.keyboard.press("g")
    page.keyboard.press("t")
    expect(page).to_have_url(re.compile("/$"))


def test_letters_typed_into_a_field_stay_there(company, client_of, open_page):
    page = open_page("/search", client_of("revops"))
    page.locator("#search-text").type("gt/?jk")
    expect(page.locator("#search-text")).to_have_value("gt/?jk")
    expect(page.locator("dialog[open]")).to_have_count(0)


def test_a_refusal_read_by_script_stands_in_its_place_and_one_that_was_sent_is_a_toast(guide):
    guide.watch.expected += ["404", "Response Status Error Code", "405"]
    guide.evaluate("htmx.ajax('GET', '/nowhere', {target: '#panel', swap: 'innerHTML'})")
    expect(guide.locator("#panel [role=alert]")).to_contain_text("There is nothing here")
    guide.evaluate("htmx.ajax('POST', '/nowhere', {target: '#words', swap: 'innerHTML'})")
    expect(guide.locator(".toast-error")).to_contain_text("There is no page at this address.")
    expect(guide.locator("#words h2")).to_have_text("Words")
    guide.locator(".toast-error [data-toast-close]").click()
    expect(guide.locator(".toast-error")).to_have_count(0)


def test_a_visitor_comes_in_through_a_demo_door_and_goes_out_again(company, open_page, settings):
    settings.DEMO_MODE = True
    page = open_page("/")
    page.get_by_role("button", name="Lena Hartmann").click()
    expect(page).to_have_url(re.compile("/$"))
    page.locator("summary.me").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_pages_work_without_script(company, client_of, browser, live_server):
    context = browser.new_context(java_script_enabled=False, base_url=live_server.url)
    session = client_of("revops").cookies["sessionid"].value
    context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
    page = context.new_page()
    page.goto("/styleguide?country=DE")
    expect(page.locator("#list-samples tbody tr")).to_have_count(2)
    page.locator("#list-samples-text").fill("rhein")
    page.locator("#list-samples").get_by_role("button", name="Apply").click()
    expect(page.locator("#list-samples tbody tr")).to_have_count(1)
    page.goto("/styleguide#why-sample")
    expect(page.locator("#why-sample")).to_be_visible()
    context.close()
