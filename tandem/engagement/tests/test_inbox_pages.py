"""The inbox as people see it: what waits, one message with its words, answering, correcting, calendars; and the API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tandem.compliance.contracts.gate import Mode
from tandem.core.actors import built_in_agent
from tandem.engagement.actions.answering import draft_answers
from tandem.engagement.contracts import ReplyLabel
from tandem.engagement.models import Inbound, InboundEffect, ReplyTask, WorkCalendar
from tandem.engagement.tests.incoming import ARRIVED, Post, mail, reading, sent
from tests.outreach import plant

if TYPE_CHECKING:
    from tests.company import Company

pytestmark = pytest.mark.django_db
TEXT = "How do you keep our patient data inside the EU? <b>Our last vendor</b> could not say."
MOST_QUERIES = 25


@pytest.fixture
def inbound(company: Company, monkeypatch: pytest.MonkeyPatch) -> Inbound:
    post = Post(plant(company, "paula", "oscar", mode=Mode.POLICY), monkeypatch)
    raw = mail(str(company.contacts["paula"].email), TEXT, answers=sent(post.outreach, "paula"))
    found = post.arrives(raw, reading(ReplyLabel.POSITIVE_INFO, text=TEXT))
    away = mail(str(company.contacts["oscar"].email), "I am away.", answers=sent(post.outreach, "oscar"))
    post.arrives(away, reading(ReplyLabel.OOO, text="I am away."))
    draft_answers(actor=built_in_agent("inbox", "worker"), now=ARRIVED)
    return found


def test_the_page_shows_the_words_the_reading_the_clock_and_what_followed(
    inbound: Inbound, client_of: Any, django_assert_max_num_queries: Any
) -> None:
    client = client_of("seller")
    with django_assert_max_num_queries(MOST_QUERIES):
        answer = client.get("/inbox")
    text = answer.content.decode()
    assert answer.status_code == 200
    assert "<mark>How do you keep our</mark>" in text
    assert "&lt;b&gt;Our last vendor&lt;/b&gt;" in text
    assert "All plans with them ended." in text
    assert "wants to know more" in text
    assert "I am away." not in text
    assert "I am away." in client.get("/inbox?view=software").content.decode()


def test_who_has_no_sight_of_the_account_sees_nothing_of_it(inbound: Inbound, client_of: Any) -> None:
    client = client_of("priya")
    assert "patient data" not in client.get("/inbox?view=all").content.decode()
    assert client.get(f"/inbox/{inbound.id}").status_code == 404
    assert client.post(f"/inbox/{inbound.id}/label", {"label": "ooo"}).status_code == 404
    assert Inbound.objects.get(id=inbound.id).labelled_by == ""


def test_an_empty_answer_to_a_question_is_refused_with_the_words_kept_and_a_real_one_leaves(
    inbound: Inbound, client_of: Any
) -> None:
    client, address = client_of("seller"), f"/inbox/{inbound.id}/answer"
    refused = client.post(address, {"body": "I hear you, and I will be in touch."})
    assert refused.status_code == 422
    assert "This answers nothing they said" in refused.content.decode()
    assert "I hear you, and I will be in touch." in refused.content.decode()
    sent_to = client.post(address, {"body": "Patient data stays on servers in Frankfurt, never outside the EU."})
    assert sent_to.status_code == 302
    assert ReplyTask.objects.get(inbound=inbound).closed_as == "answered"


def test_a_press_corrects_the_label_and_takes_back_what_followed(inbound: Inbound, client_of: Any) -> None:
    client = client_of("seller")
    client.post(f"/inbox/{inbound.id}/label", {"label": "ooo"})
    told = client.get(f"/inbox?at={inbound.id}&view=all").content.decode()
    assert "said by Maya" in told
    pause = InboundEffect.objects.get(inbound=inbound, kind="pause")
    client.post(f"/inbox/{inbound.id}/effects/{pause.id}/undo", {})
    pause.refresh_from_db()
    assert pause.undone_by == "Maya Okafor"


def test_the_whole_message_has_its_headers_and_leaves_only_through_the_way_out(
    inbound: Inbound, client_of: Any, company: Company
) -> None:
    client = client_of("seller")
    assert "in-reply-to" in client.get(f"/inbox/{inbound.id}").content.decode()
    raw = client.get(f"/inbox/{inbound.id}/raw")
    assert raw["Content-Disposition"] == f'attachment; filename="message-{inbound.id}.eml"'
    assert b"In-Reply-To" in raw.content
    assert client_of("compliance").get(f"/inbox/{inbound.id}/raw").status_code == 403


def test_a_teams_hours_are_set_and_wrong_ones_are_named(company: Company, client_of: Any) -> None:
    client, team = client_of("revops"), company.people["maya"].team_id
    hours = {f"day_{day}": "08:30-12:00, 13:00-17:30" for day in range(5)}
    place = {"time_zone": "Europe/Berlin", "country": "DE", "region": "BY", "closed_on": "2026-12-24"}
    wrong = client.post(f"/outreach/calendars/{team}", {**place, **hours, "day_2": "9 to noon"})
    assert wrong.status_code == 422
    assert "Wednesday: &#x27;9 to noon&#x27; is no span of hours." in wrong.content.decode()
    assert not WorkCalendar.objects.exists()
    assert client.post(f"/outreach/calendars/{team}", {**place, **hours}).status_code == 302
    assert WorkCalendar.objects.get().working_hours["0"] == [["08:30", "12:00"], ["13:00", "17:30"]]
    assert "Monday to Friday: 08:30-12:00, 13:00-17:30" in client.get("/outreach/calendars").content.decode()
    assert client_of("seller").post(f"/outreach/calendars/{team}", {**place, **hours}).status_code == 403


def test_the_api_tells_the_same_and_does_the_same(inbound: Inbound, client_of: Any) -> None:
    client = client_of("seller")
    found = client.get("/api/v1/inbox").json()["items"]
    assert [(one["id"], one["label"]) for one in found] == [(inbound.id, "positive_info")]
    taken = client.post(f"/api/v1/inbox/{inbound.id}/take", content_type="application/json")
    assert taken.json()["clock"] in ("stopped", "stopped_late")
    numbers = client.get("/api/v1/inbox/numbers").json()
    assert set(numbers) >= {"median_minutes", "late", "by_software", "by_people"}
