"""Every page, for every role, in a real browser: it answers, says nothing on the console, and everybody can use it."""

from __future__ import annotations

import re

import pytest

from tandem.access.contracts import Role
from tandem.console.web import navigation

# What stands behind the overview of compliance.
COMPLIANCE = (
    "messages", "approvals", "alarms", "quiet", "quiet/new", "disputes", "scores", "suppression", "recordings",
    "requests", "requests/new", "retention", "notices", "logic", "regions", "regions/rollup", "rules/changes", "try",
    "disclosure", "recorder", "consent/import", "switches/limits",
)  # fmt: skip
# What stands behind AI tasks, intent, prospecting and outreach.
BEHIND = (
    "ai/models", "ai/budgets", "ai/evals", "ai/prompts", "ai/prompts/prospecting.brief", "ai/work", "ai/requests",
    "intent/keys", "intent/kinds", "prospecting/search", "prospecting/lists", "prospecting/effect", "prospecting/accuracy",
    "prospecting/sources", "prospecting/icp", "prospecting/icp/edit", "outreach/calendars",
    "outreach/calendars/cover", "review/batch", "review/numbers",
    "outreach/sequences", "outreach/sequences/new", "outreach/campaigns", "outreach/campaigns/new", "outreach/policies",
    "outreach/domains", "outreach/domains/new", "outreach/domains/report", "outreach/mailboxes",
    "outreach/domains/alarms",
    "outreach/mailboxes/new", "outreach/mailboxes/number", "outreach/tasks", "outreach/uncertain",
)  # fmt: skip
OF_ACCOUNT = ("prospecting/accounts/{}/brief", "prospecting/accounts/{}/people", "intent/accounts/{}")


def pages_of(company) -> list[str]:
    """One address of each kind that the small company can fill."""
    places = [place.address for place in navigation.PLACES]
    return [
        *places,
        f"/accounts/{company.accounts['kroeger'].id}",
        f"/contacts/{company.contacts['anna'].id}",
        f"/deals/{company.deals['kroeger_line'].id}",
        "/deals/board",
        "/data/sources/salesforce",
        f"/data/loads/{company.loads['leads'].id}",
        "/profile",
        "/search?q=kr",
        *(f"/compliance/{page}" for page in COMPLIANCE),
        *(f"/{page}" for page in BEHIND),
        *(f"/{page.format(company.accounts['kroeger'].id)}" for page in OF_ACCOUNT),
        f"/prospecting/contacts/{company.contacts['anna'].id}/facts",
        f"/prospecting/contacts/{company.contacts['anna'].id}/check",
        "/ledger/anchors",
        "/privacy/request",
    ]


@pytest.mark.parametrize("role", [role.value for role in Role])
def test_every_page_answers_and_is_silent(role, company, client_of, open_page):
    client = client_of(role)
    answers = {address: client.get(address).status_code for address in pages_of(company)}
    assert set(answers.values()) <= {200, 403, 404}
    page = open_page("/", client)
    for address in (address for address, status in answers.items() if status == 200):
        page.goto(address)
        assert page.locator("h1").count() == 1, address
        is_for_strangers = address.startswith("/privacy")  # bears the company's name
        assert page.title().endswith("· Tandem") or is_for_strangers, address


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", ["wide", "middle", "phone"])
def test_every_page_is_accessible_and_fits_the_screen(
    size, theme, company, client_of, open_page, assert_accessible, shot
):
    client = client_of("revops")
    page = open_page("/", client, size=size, theme=theme)
    wrong = []
    for address in pages_of(company):
        if client.get(address).status_code != 200:
            continue
        page.goto(address)
        name = re.sub(r"\W+", "-", re.sub(r"\d+", "n", address)).strip("-") or "today"
        shot(page, f"{name}-{size}-{theme}")
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            wrong.append(f"{address} scrolls sideways")
        try:
            assert_accessible(page)
        except AssertionError as error:
            wrong.append(str(error))
    assert not wrong, "\n".join(wrong)
