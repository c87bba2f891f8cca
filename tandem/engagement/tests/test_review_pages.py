"""Pages of review: what stands beside the draft, who sees it, moving on, and nothing approved that was not ticked."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tandem.core import clock
from tandem.engagement.contracts import DraftState, TouchState
from tandem.engagement.models import Draft, Review, Showing
from tandem.engagement.tests.review_desk import Desk, lay_out
from tests.outreach import OPEN_HOUR, SITE

if TYPE_CHECKING:
    from tests.company import Company

ClientOf = Callable[..., Client]
PART = {"HX-Request": "true"}
MOST_QUERIES = 25
FACT = {
    "id": "signal:news/1", "text": "Our Portland clinic opens in May.", "source": "Oregon Health News",
    "url": "https://news.example/1", "date": "2026-11-02", "start": 11, "end": 41,
}  # fmt: skip


@pytest.fixture(autouse=True)
def reachable(settings: Any) -> None:
    settings.PUBLIC_URL = SITE


@pytest.fixture
def now() -> Iterator[datetime]:
    with clock.at(OPEN_HOUR) as moment:
        yield moment


@pytest.fixture
def desk(company: Company, now: datetime) -> Desk:
    found = lay_out(company)
    Draft.objects.filter(id=found.drafts["paula"].id).update(facts=[FACT], opening_fact=FACT["id"])
    return found


def test_one_page_has_all_that_is_needed_and_asks_little(desk: Desk, client_of: ClientOf) -> None:
    client = client_of("liam")
    client.get("/review")
    draft = desk.drafts["paula"]
    with CaptureQueriesContext(connection) as queries:
        text = client.get(f"/review?at={draft.id}").content.decode()
    assert len(queries) <= MOST_QUERIES, [one["sql"][:90] for one in queries]
    for part in (
        "3 drafts wait", "Paula Reyes", "Cascade Health Systems", "paula.reyes@cascade-health.example",
        "Oregon Health News", "<mark>Our Portland </mark>clinic opens in May.", "first message of 4, campaign New sites",
        "A person approves every message", "GATE-APPROVAL", "maya@mail.aislewright.example", 'data-cite="1"',
    ):  # fmt: skip
        assert part in text, part
    assert not Showing.objects.exists(), "fetched ahead is not shown"
    client.post(f"/review/{draft.id}/shown")
    assert Showing.objects.get(draft=draft, seconds=None).reviewer.name == "Liam O'Connor"


def test_a_press_answers_the_script_and_a_form_goes_to_the_next(desk: Desk, client_of: ClientOf) -> None:
    client, paula, oscar = client_of("liam"), desk.drafts["paula"], desk.drafts["oscar"]
    answer = client.post(f"/review/{paula.id}/approve", {"content_hash": paula.content_hash}, headers=PART)
    assert answer.status_code == 204
    told = json.loads(answer["HX-Trigger"])
    review = Review.objects.get()
    assert told["review-decided"] == {"draft": paula.id, "undo": f"/review/answers/{review.id}/undo"}
    seen = {"content_hash": oscar.content_hash, "next": "/review?at=1"}
    assert client.post(f"/review/{oscar.id}/approve", seen)["Location"] == "/review?at=1"
    assert client.post(told["review-decided"]["undo"])["Location"] == f"/review?at={paula.id}"
    assert desk.again("paula").state == DraftState.PROPOSED
    assert desk.again("oscar").touch.state == TouchState.READY


def test_a_refusal_says_why_and_changes_nothing(desk: Desk, client_of: ClientOf) -> None:
    paula = desk.drafts["paula"]
    answer = client_of("liam").post(f"/review/{paula.id}/approve", {"content_hash": "0" * 64}, headers=PART)
    told = json.loads(answer["HX-Trigger"])
    assert (answer.status_code, told["toast"]["kind"]) == (204, "error")
    assert told["toast"]["text"].startswith("The text has changed since you saw it.")
    assert not Review.objects.exists()


def test_a_no_by_its_number_and_the_queue_is_empty_in_the_end(desk: Desk, client_of: ClientOf) -> None:
    client = client_of("liam")
    for draft in desk.drafts.values():
        client.post(f"/review/{draft.id}/reject", {"reason": "bad_timing"}, headers=PART)
    assert {one.touch.state for one in map(desk.again, desk.drafts)} == {TouchState.CANCELLED}
    text = client.get("/review").content.decode()
    assert "The queue is empty" in text
    assert "Open the inbox" in text
    figures = client.get("/review/numbers").content.decode()
    assert "Bad timing" in figures
    assert "3 answers; too few for a share" in figures


def test_only_what_was_ticked_is_approved_together(desk: Desk, client_of: ClientOf) -> None:
    client = client_of("liam")
    text = client.get("/review/batch").content.decode()
    paula, oscar = desk.drafts["paula"], desk.drafts["oscar"]
    assert text.count('name="draft"') == 3
    assert "<b>1</b> Oregon Health News, 2026-11-02" in text
    assert "checked" not in text
    ticked = [f"{one.id}:{one.content_hash}" for one in (paula, oscar)]
    client.post("/review/batch/approve", {"draft": ticked})
    assert [desk.again(who).touch.state for who in ("paula", "oscar", "nora")] == [
        TouchState.READY, TouchState.READY, TouchState.WRITTEN,
    ]  # fmt: skip
    batch = Review.objects.first()
    assert batch is not None
    client.post(f"/review/batch/{batch.batch}/undo")
    assert desk.again("paula").touch.state == TouchState.WRITTEN


def test_words_are_checked_while_they_are_typed(desk: Desk, client_of: ClientOf) -> None:
    typed = {"subject": "Hi", "body": "Dear {{name}}, I hope this finds you well."}
    answer = client_of("liam").post(f"/review/{desk.drafts['paula'].id}/lint", typed, headers=PART)
    assert answer.status_code == 200
    assert "to mend before it can leave" in answer.content.decode()
    assert Draft.objects.count() == 3, "nothing is stored"


def test_who_may_not_decide_sees_no_buttons_and_others_see_nothing(desk: Desk, client_of: ClientOf) -> None:
    looking = client_of("victor").get("/review").content.decode()
    assert "Your Portland site" in looking
    assert 'data-key="a"' not in looking
    assert "Your Portland site" not in client_of("priya").get("/review").content.decode()
    assert client_of("priya").get(f"/review/{desk.drafts['paula'].id}/pane", headers=PART).status_code == 404
    answer: Any = client_of("liam").get("/review.csv?text=paula")
    file = b"".join(answer.streaming_content).decode()
    assert file.splitlines()[1].startswith(f"{desk.drafts['paula'].id},Paula Reyes,Cascade Health Systems,New sites")
    assert "Oscar" not in file


def test_programs_read_the_queue_and_people_answer_through_it(desk: Desk, client_of: ClientOf) -> None:
    client, paula, oscar, nora = client_of("liam"), desk.drafts["paula"], desk.drafts["oscar"], desk.drafts["nora"]
    page = client.get("/api/v1/drafts?limit=2").json()
    assert [one["id"] for one in page["items"]] == [paula.id, oscar.id]
    assert [one["id"] for one in client.get(f"/api/v1/drafts?cursor={page['next']}").json()["items"]] == [nora.id]
    told = client.get(f"/api/v1/drafts/{paula.id}").json()
    assert (told["name"], told["outcome"], told["facts"][0]["source"]) == (
        "Paula Reyes",
        "review",
        "Oregon Health News",
    )

    def post(path: str, **body: object) -> Any:
        return client.post(f"/api/v1/{path}", body, content_type="application/json")

    wrong = post(f"drafts/{paula.id}/approve", content_hash="0" * 64)
    assert (wrong.status_code, wrong.json()["code"]) == (409, "gate.text_changed")
    said = post(f"drafts/{paula.id}/approve", content_hash=told["content_hash"]).json()
    assert (said["people_missing"], desk.again("paula").touch.state) == (0, TouchState.READY)
    assert post(f"reviews/{said['review_id']}/undo").json() == {"draft_id": paula.id}
    assert post(f"drafts/{oscar.id}/reject", reason="wrong_person").status_code == 200
    assert desk.again("oscar").touch.state == TouchState.CANCELLED
    assert client_of("priya").get(f"/api/v1/drafts/{nora.id}").status_code == 404
