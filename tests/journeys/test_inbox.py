"""A seller works the inbox without touching the mouse: reads, corrects, answers, and what waits gets less."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tandem.compliance.contracts.gate import Mode
from tandem.core.actors import built_in_agent
from tandem.engagement.actions.answering import draft_answers
from tandem.engagement.contracts import ReplyLabel
from tandem.engagement.models import Draft, Inbound, ReplyTask
from tandem.engagement.tests.incoming import ARRIVED, Post, mail, reading, sent
from tests.outreach import SITE, plant

WORKER = built_in_agent("inbox", "worker")
QUESTION = "How do you keep our patient data inside the EU? Our last vendor could not say."


@pytest.fixture
def inbox(company, settings, monkeypatch):
    """A question and a misread absence that wait for Liam, and an unsubscribe that does not."""
    settings.PUBLIC_URL = SITE
    outreach = plant(company, "paula", "oscar", "nora", mode=Mode.POLICY)
    outreach.mailbox.seller = company.people["liam"]
    outreach.mailbox.save()
    post = Post(outreach, monkeypatch)
    texts = {
        "paula": (QUESTION, ReplyLabel.POSITIVE_INFO),
        "oscar": ("Away until Monday, then please send me more.", ReplyLabel.POSITIVE_INFO),
        "nora": ("Unsubscribe me.", ReplyLabel.UNSUBSCRIBE),
    }
    for who, (text, label) in texts.items():
        outreach.enrollments[who].seller = company.people["liam"]
        outreach.enrollments[who].save()
        raw = mail(str(company.contacts[who].email), text, answers=sent(outreach, who))
        post.arrives(raw, reading(label, text=text))
    draft_answers(actor=WORKER, now=ARRIVED)
    return outreach


@pytest.mark.parametrize("size", ["wide"])
def test_replies_are_worked_off_by_keyboard(inbox, size, client_of, open_page, assert_accessible, shot):
    page = open_page("/inbox", client_of("liam"), size=size)
    page.watch.expected.append("422")  # an answer that is refused
    rows = page.locator("#inbox-rows > li")
    expect(rows).to_have_count(2)
    expect(page.locator(".letter mark").first).to_be_visible()
    shot(page, f"inbox-{size}")
    assert_accessible(page)
    page.reload()  # pictures and the checker leave empty style attributes behind, which the policy would report
    page.wait_for_load_state("networkidle")
    expect(page.locator(".letter")).to_contain_text("patient data")

    page.keyboard.press("a")
    expect(page.locator("#answer-body")).to_be_focused()
    page.locator("#answer-body").fill("I hear you, and I will be in touch.")
    expect(page.locator("#answer-faults")).to_contain_text("This answers nothing they said", timeout=20_000)
    page.keyboard.press("Control+Enter")
    expect(page.locator(".refusal")).to_contain_text("This answers nothing they said")
    page.locator("#answer-body").fill("Patient data stays on servers in Frankfurt, never outside the EU.")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".toast")).to_contain_text("Sent to the gate.")
    assert ReplyTask.objects.filter(closed_as="answered").count() == 1
    assert Draft.objects.get(touch__answers__new_text__startswith="How do you").is_by_ai is False

    page.goto(f"{page.url.split('/inbox')[0]}/inbox")
    expect(rows).to_have_count(1)
    page.keyboard.press("6")
    expect(page.locator(".verdict")).to_contain_text("said by Liam")
    expect(page.locator(".effect").first).to_contain_text("All plans with them ended.")
    assert Inbound.objects.filter(labelled_by__startswith="Liam", label="ooo").count() == 1

    page.goto(f"{page.url.split('/inbox')[0]}/inbox")
    expect(page.locator("h3")).to_contain_text("Nothing is here")
    page.keyboard.press("/")
    expect(page.locator("#inbox-text")).to_be_focused()


def test_the_inbox_fits_a_phone(inbox, client_of, open_page, assert_accessible):
    page = open_page("/inbox?view=all", client_of("liam"), size="phone", theme="dark")
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]
    assert_accessible(page)
