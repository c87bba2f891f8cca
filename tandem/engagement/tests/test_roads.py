"""Roads that end at a provider's web interface, against servers on this machine that speak as the providers do."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from datetime import datetime
from email import message_from_bytes, policy
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote_plus

import pytest

from tandem.compliance.contracts.gate import Clearance, ClearanceState, Permit, Road
from tandem.compliance.models import Clearance as ClearanceRow
from tandem.core import clock, secrets
from tandem.core.actors import built_in_agent
from tandem.core.errors import InvalidInput
from tandem.engagement.actions import roads
from tandem.engagement.actions.asking import ask_gate
from tandem.engagement.actions.dispatch import Dispatched, dispatch_due
from tandem.engagement.actions.roads import mail_line, open_line, text_line
from tandem.engagement.channels.handing_over import HandOff, NotTaken
from tandem.engagement.channels.sms import SmsLine
from tandem.engagement.channels.twilio import TextAccount, is_signed
from tandem.engagement.channels.voicemail import VoicemailLine
from tandem.engagement.channels.whatsapp import WhatsAppLine
from tandem.engagement.contracts import MailboxKind
from tandem.engagement.models import Mailbox, TextSender
from tandem.prospecting.tests.outside_servers import Heard, Outside, Reply, outside
from tests.outreach import OPEN_HOUR, SITE, Outreach, plant

if TYPE_CHECKING:
    from tests.company import Company

WORKER = built_in_agent("worker", "worker")
GRANT = {"client_id": "c", "client_secret": "s", "refresh_token": "r"}
TOKEN = Reply(body={"access_token": "T", "expires_in": 3600})


@pytest.fixture
def server(settings: Any) -> Iterator[Outside]:
    with outside() as made:
        settings.OUTSIDE_HOSTS, settings.PUBLIC_URL = [made.host], SITE
        yield made


@pytest.fixture
def now() -> Iterator[datetime]:
    with clock.at(OPEN_HOUR) as moment:
        yield moment


@pytest.fixture
def planted(company: Company, now: datetime) -> Outreach:
    return plant(company, "paula", "marcus")


def answers(**by_path: Reply) -> Callable[[Heard], Reply]:
    """Answers by the last word of the path."""
    return lambda heard: by_path.get(heard.path.rstrip("/").rpartition("/")[2].partition(".")[0], Reply(status=404))


def connected(planted: Outreach, server: Outside, kind: MailboxKind, told: dict[str, str], **sending: Any) -> Mailbox:
    mailbox = planted.mailbox
    mailbox.kind, mailbox.secrets = kind.value, secrets.seal(json.dumps(told))
    mailbox.sending = {"base": server.url, "tokens": f"{server.url}/token", **sending}
    mailbox.save()
    return mailbox


def handed(planted: Outreach, who: str = "paula") -> tuple[HandOff, bytes]:
    touch = planted.touch(who)
    asked = ask_gate([touch.id], actor=WORKER, now=clock.now(), is_leaving=True)
    clearance = asked.answers[touch.id].clearance
    assert clearance is not None
    message = asked.messages[touch.id].content
    line = mail_line(Mailbox.objects.get(id=planted.mailbox.id))
    try:
        return line.hand_over(clearance, message, sender="", actor=WORKER, moment=clock.now), message
    finally:
        line.close()


def test_gmail_gets_the_very_bytes_and_a_fresh_token(planted: Outreach, server: Outside) -> None:
    connected(planted, server, MailboxKind.GMAIL, GRANT)
    server.answerer = answers(
        token=TOKEN,
        profile=Reply(body={"emailAddress": "maya@mail.aislewright.example"}),
        send=Reply(body={"id": "g1"}),
    )
    ended, message = handed(planted)
    assert (ended.state, ended.told) == (ClearanceState.DEPARTED, "Gmail took it as g1")
    assert [one.path for one in server.heard] == [
        "/token", "/gmail/v1/users/me/profile", "/gmail/v1/users/me/messages/send",
    ]  # fmt: skip
    assert parse_qs(server.heard[0].body.decode())["grant_type"] == ["refresh_token"]
    assert base64.urlsafe_b64decode(server.heard[2].json["raw"]) == message
    assert server.heard[2].headers["authorization"] == "Bearer T"


def test_microsoft_gets_the_very_bytes_as_mime(planted: Outreach, server: Outside) -> None:
    connected(planted, server, MailboxKind.MICROSOFT, GRANT, oauth="microsoft")
    server.answerer = answers(token=TOKEN, sentitems=Reply(body={"displayName": "Sent"}), sendMail=Reply(status=202))
    ended, message = handed(planted)
    assert ended.state is ClearanceState.DEPARTED
    assert server.heard[-1].path == "/users/maya%40mail.aislewright.example/sendMail"
    assert base64.b64decode(server.heard[-1].body) == message
    assert server.heard[-1].headers["content-type"] == "text/plain"


GOOGLE_LIMIT = {"error": {"code": 403, "message": "slow", "errors": [{"reason": "userRateLimitExceeded"}]}}


@pytest.mark.parametrize(
    ("reply", "state", "is_temporary"),
    [
        (Reply(status=403, body=GOOGLE_LIMIT), ClearanceState.REFUSED, True),
        (Reply(status=429, body={}), ClearanceState.REFUSED, True),
        (Reply(status=401, body={}), ClearanceState.REFUSED, True),
        (Reply(status=400, body={"error": {"message": "Invalid To header"}}), ClearanceState.REFUSED, False),
        (Reply(status=500, body={}), ClearanceState.UNCERTAIN, False),
        (Reply(breaks_off=True), ClearanceState.UNCERTAIN, False),
    ],
)
def test_a_provider_that_says_no_refused_it_and_one_that_says_nothing_leaves_it_uncertain(
    planted: Outreach, server: Outside, reply: Reply, state: ClearanceState, is_temporary: bool
) -> None:
    connected(planted, server, MailboxKind.GMAIL, GRANT)
    server.answerer = answers(token=TOKEN, profile=Reply(body={}), send=reply)
    ended, _ = handed(planted)
    assert (ended.state, ended.is_temporary) == (state, is_temporary), ended.told
    assert ClearanceRow.objects.get().state == state
    assert [one.path for one in server.heard].count("/gmail/v1/users/me/messages/send") == 1


def test_a_mailbox_that_must_be_connected_again_costs_no_clearance(planted: Outreach, server: Outside) -> None:
    connected(planted, server, MailboxKind.GMAIL, GRANT)
    server.answerer = answers(token=Reply(status=400, body={"error": "invalid_grant"}))
    with pytest.raises(NotTaken, match="Connect the mailbox again"):
        handed(planted)
    assert ClearanceRow.objects.get().state == "issued"


@pytest.mark.parametrize("provider", ["mailgun", "postmark"])
def test_a_mail_provider_gets_the_cleared_words_headers_and_key_and_counts_no_readers(
    planted: Outreach, server: Outside, provider: str
) -> None:
    connected(planted, server, MailboxKind.ESP, {"key": "k"}, provider=provider)
    server.says(Reply(body={"id": "<e1>", "message": "Queued"} if provider == "mailgun" else
                      {"ErrorCode": 0, "MessageID": "e1", "Message": "OK", "To": "paula.reyes@cascade-health.example"}))  # fmt: skip
    ended, message = handed(planted)
    assert ended.state is ClearanceState.DEPARTED, ended.told
    said = unquote_plus(server.heard[0].body.decode())
    read = message_from_bytes(message, policy=policy.default)
    assert str(read["Message-ID"]).strip("<>") in said
    assert "List-Unsubscribe=One-Click" in said
    assert "enrollment:" in said
    assert "Your Portland site opens in May" in said


@pytest.mark.parametrize(
    ("reply", "state"),
    [
        (Reply(status=422, body={"ErrorCode": 300, "Message": "Invalid"}), ClearanceState.REFUSED),
        (Reply(status=500, body={}), ClearanceState.UNCERTAIN),
        (Reply(breaks_off=True), ClearanceState.UNCERTAIN),
    ],
)
def test_what_a_mail_provider_does_not_answer_is_uncertain(
    planted: Outreach, server: Outside, reply: Reply, state: ClearanceState
) -> None:
    connected(planted, server, MailboxKind.ESP, {"key": "k"}, provider="postmark")
    server.says(reply)
    assert handed(planted)[0].state is state


def test_due_mail_goes_by_its_mailboxs_own_road(planted: Outreach, server: Outside, now: datetime) -> None:
    connected(planted, server, MailboxKind.GMAIL, GRANT)
    server.answerer = answers(token=TOKEN, profile=Reply(body={}), send=Reply(body={"id": "g1"}))
    planted.touch("paula")
    planted.touch("marcus")
    assert dispatch_due(actor=WORKER, now=now) == Dispatched(taken=2, sent=2)
    assert [one.path for one in server.heard].count("/token") == 1


@pytest.fixture
def cleared(monkeypatch: pytest.MonkeyPatch) -> list[ClearanceState]:
    """A gate that lets everything go, and what it was told: what it decides has tests of its own."""
    told: list[ClearanceState] = []
    monkeypatch.setattr(
        "tandem.compliance.actions.gate.claim",
        lambda clearance, message, **more: Permit(
            clearance_id=1, channel=clearance.channel, address=clearance.address, message=message,
            claimed_at=OPEN_HOUR, hand_off_by=0.0,
        ),
    )  # fmt: skip
    monkeypatch.setattr("tandem.compliance.actions.gate.check_hand_off", lambda permit, **more: None)
    monkeypatch.setattr(
        "tandem.compliance.actions.gate.depart", lambda permit, *, outcome, **more: told.append(outcome)
    )
    return told


def clearance_for(road: Road) -> Clearance:
    return Clearance(
        token="t",
        channel=road,
        address="+15035550160",
        message_hash="",
        touch="enrollment:1:step:1",
        expires_at=OPEN_HOUR,
    )


@pytest.mark.parametrize(
    ("line", "road", "resource", "said"),
    [
        (SmsLine, Road.SMS, "Messages", {"To": "+15035550160", "From": "+15035550100", "Body": "Hi & <you>"}),
        (WhatsAppLine, Road.WHATSAPP, "Messages", {"To": "whatsapp:+15035550160", "From": "whatsapp:+15035550100"}),
        (VoicemailLine, Road.VOICEMAIL_AI, "Calls", {"Twiml": "<Response><Say>Hi &amp; &lt;you&gt;</Say></Response>"}),
    ],
)
def test_text_messages_and_voicemails_are_posted_as_the_provider_wants_them(
    server: Outside, cleared: list[ClearanceState], line: Any, road: Road, resource: str, said: dict[str, str]
) -> None:
    account = TextAccount(account="AC1", user="SK1", secret="s", sender="+15035550100", base=server.url)
    server.answerer = answers(
        AC1=Reply(body={}), **{resource: Reply(status=201, body={"sid": "SM1", "status": "queued"})}
    )
    opened = line(account)
    ended = opened.hand_over(clearance_for(road), b"Hi & <you>", sender="", actor=WORKER)
    opened.close()
    assert (ended.state, cleared) == (ClearanceState.DEPARTED, [ClearanceState.DEPARTED])
    posted = {name: values[0] for name, values in parse_qs(server.heard[-1].body.decode()).items()}
    assert said.items() <= posted.items()
    with pytest.raises(InvalidInput):
        line(account).hand_over(clearance_for(Road.EMAIL), b"x", sender="", actor=WORKER)


@pytest.mark.parametrize(
    ("reply", "state", "is_temporary"),
    [
        (Reply(status=400, body={"code": 21211, "message": "Invalid To"}), ClearanceState.REFUSED, False),
        (Reply(status=429, body={"code": 20429}), ClearanceState.REFUSED, True),
        (Reply(breaks_off=True), ClearanceState.UNCERTAIN, False),
    ],
)
def test_a_text_message_without_an_answer_is_never_repeated(
    server: Outside, cleared: list[ClearanceState], reply: Reply, state: ClearanceState, is_temporary: bool
) -> None:
    account = TextAccount(account="AC1", user="SK1", secret="s", sender="MG1", base=server.url)
    server.answerer = answers(AC1=Reply(body={}), Messages=reply)
    ended = SmsLine(account).hand_over(clearance_for(Road.SMS), b"Hi", sender="", actor=WORKER)
    assert (ended.state, ended.is_temporary) == (state, is_temporary)
    assert sum(one.method == "POST" for one in server.heard) == 1


def test_a_road_that_is_not_set_up_is_told_before_anything_is_claimed(planted: Outreach) -> None:
    with pytest.raises(InvalidInput, match="No number sends by sms"):
        text_line(Road.SMS)
    with pytest.raises(InvalidInput, match="gone"):
        open_line(Road.EMAIL, 999_999)
    TextSender.objects.create(channel="sms", number="+1", account="AC1", added_at=OPEN_HOUR, added_by="Olga")
    assert isinstance(text_line(Road.SMS), SmsLine)
    with roads.Roads() as opened, pytest.raises(NotTaken):
        opened.line_for(Road.WHATSAPP, None)


def test_only_the_provider_can_sign_what_it_posts() -> None:
    told = {"From": ["+15035550160"], "Body": ["STOP"]}
    url = "https://tandem.aislewright.example/hooks/text/1"
    from tandem.engagement.channels import twilio

    good = twilio._signature(url + "BodySTOPFrom+15035550160", "s")
    assert is_signed(url, told, good, secret="s")
    assert is_signed(url.replace(".example/", ".example:443/"), told, good, secret="s")
    assert not is_signed(url, told | {"Body": ["START"]}, good, secret="s")
    assert not is_signed(url, told, good, secret="")
