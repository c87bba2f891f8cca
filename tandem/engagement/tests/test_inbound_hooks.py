"""What providers post: taken in once, from whoever knows the door's secret, and acted on like any mail."""

from __future__ import annotations

import base64
import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest

from tandem.accounts.models import ContactPoint
from tandem.compliance.contracts import Channel
from tandem.compliance.queries.suppression import is_suppressed
from tandem.core.secrets import seal
from tandem.engagement.channels import twilio
from tandem.engagement.contracts import EnrollmentState
from tandem.engagement.models import Enrollment, Inbound, TextSender
from tandem.engagement.tests.incoming import ARRIVED, sent
from tests.outreach import Outreach, plant

if TYPE_CHECKING:
    from tests.company import Company

pytestmark = pytest.mark.django_db
NUMBER = "+15035550187"


@pytest.fixture
def outreach(company: Company) -> Outreach:
    found = plant(company, "paula")
    found.mailbox.receiving = {"hook": "postmark"}
    found.mailbox.secrets = seal(json.dumps({"hook_secret": "opensesame"}))
    found.mailbox.save()
    return found


def posted(company: Company, touch: Any) -> dict[str, Any]:
    address = str(company.contacts["paula"].email)
    return {
        "FromFull": {"Email": address, "Name": "Paula"}, "ToFull": [], "CcFull": [], "BccFull": [],
        "Subject": "Re: Your Portland site", "MessageID": "pm-1", "Date": "Tue, 24 Nov 2026 19:00:00 +0000",
        "TextBody": "Please take me off your list.", "HtmlBody": "<p>Please take me off your list.</p>",
        "Headers": [
            {"Name": "Message-ID", "Value": "<r1@alpine.example>"},
            {"Name": "In-Reply-To", "Value": f"<{touch.message_id}>"},
        ],
        "Attachments": [],
    }  # fmt: skip


def test_mail_that_an_esp_posts_comes_in_once_and_is_acted_on(
    company: Company, outreach: Outreach, client: Any
) -> None:
    touch = sent(outreach, "paula")
    door, body = f"/hooks/mail/{outreach.mailbox.id}", json.dumps(posted(company, touch))
    key = base64.b64encode(b"hook:opensesame").decode()
    for taken in (1, 0):
        answer = client.post(door, body, content_type="application/json", HTTP_AUTHORIZATION=f"Basic {key}")
        assert (answer.status_code, answer.json()) == (200, {"taken": taken})
    inbound = Inbound.objects.get()
    assert (inbound.touch_id, inbound.label) == (touch.id, "unsubscribe")
    assert is_suppressed([str(company.contacts["paula"].email)], Channel.SMS) is not None


def test_a_reply_with_a_large_attachment_comes_in_too(company: Company, outreach: Outreach, client: Any) -> None:
    file = {
        "Name": "plan.pdf",
        "ContentType": "application/pdf",
        "Content": base64.b64encode(b"x" * 3_000_000).decode(),
    }
    body = json.dumps(posted(company, sent(outreach, "paula")) | {"Attachments": [file]})
    key = base64.b64encode(b"hook:opensesame").decode()
    door = f"/hooks/mail/{outreach.mailbox.id}"
    answer = client.post(door, body, content_type="application/json", HTTP_AUTHORIZATION=f"Basic {key}")
    assert (answer.status_code, answer.json()) == (200, {"taken": 1})
    assert Inbound.objects.get().label == "unsubscribe"


def test_who_does_not_know_the_secret_leaves_nothing(company: Company, outreach: Outreach, client: Any) -> None:
    touch = sent(outreach, "paula")
    door, body = f"/hooks/mail/{outreach.mailbox.id}", json.dumps(posted(company, touch))
    wrong = base64.b64encode(b"hook:guess").decode()
    for told in ({}, {"HTTP_AUTHORIZATION": f"Basic {wrong}"}, {"HTTP_AUTHORIZATION": "Basic !"}):
        assert client.post(door, body, content_type="application/json", **told).status_code == 401
    assert client.post("/hooks/mail/999", body, content_type="application/json").status_code == 401
    assert not Inbound.objects.exists()


@pytest.fixture
def number(company: Company, outreach: Outreach, settings: Any) -> TextSender:
    settings.PUBLIC_URL = "https://tandem.aislewright.example"
    ContactPoint.objects.create(
        contact=company.contacts["paula"], kind="mobile", value=NUMBER, source=next(iter(company.sources.values()))
    )
    return TextSender.objects.create(
        channel="sms", number="+15035550100", account="AC1", secret=seal("token"), added_at=ARRIVED, added_by="Olga"
    )


def text(client: Any, sender: TextSender, secret: str = "token", **fields: str) -> Any:
    told = {"MessageSid": "SM1", "From": NUMBER, "To": sender.number, **fields}
    signed = f"https://tandem.aislewright.example/hooks/text/{sender.id}" + "".join(
        name + told[name] for name in sorted(told)
    )
    key = twilio._signature(signed, secret)
    return client.post(f"/hooks/text/{sender.id}", told, HTTP_X_TWILIO_SIGNATURE=key)


@pytest.mark.parametrize("words", ["STOP", "Stop.", "arret", "Opt-Out"])
def test_a_stop_by_sms_ends_mail_as_well(
    words: str, company: Company, outreach: Outreach, number: TextSender, client: Any, now: datetime
) -> None:
    answer = text(client, number, Body=words)
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/xml")
    assert text(client, number, Body=words).status_code == 200
    inbound = Inbound.objects.get()
    assert (inbound.channel, inbound.label, inbound.contact) == ("sms", "unsubscribe", company.contacts["paula"])
    for channel in (Channel.SMS, Channel.EMAIL):
        assert is_suppressed([str(company.contacts["paula"].email)], channel) is not None
    assert is_suppressed([NUMBER], Channel.SMS) is not None
    assert Enrollment.objects.get().state == EnrollmentState.OBJECTED


def test_a_forged_text_leaves_nothing(number: TextSender, client: Any) -> None:
    assert text(client, number, secret="guess", Body="STOP").status_code == 401
    assert not Inbound.objects.exists()
