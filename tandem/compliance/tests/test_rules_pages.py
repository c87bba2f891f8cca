"""The pages of rules name sources and doubts; a decision can be tried with nothing but a country and a channel."""

from __future__ import annotations

import json
from typing import Any

import pytest
from typer.testing import CliRunner

from tandem.cli.comply import app
from tandem.core.errors import InvalidInput

pytestmark = pytest.mark.django_db


def test_rules_stand_with_source_dates_and_doubts(company: Any, client_of: Any) -> None:
    page = client_of("compliance").get("/compliance/rules").content.decode()
    assert "This is not legal advice." in page
    assert "US-CANSPAM-008" in page
    assert "15 USC 7704(a)(5)(A)(iii)" in page
    assert "needs a lawyer" in page


def test_rules_narrow_to_a_place_and_a_channel(company: Any, client_of: Any) -> None:
    page = client_of("manager").get("/compliance/rules?country=de&channel=recording").content.decode()
    assert "REC-DE-001" in page
    assert "REC-FR-001" not in page
    wrong = client_of("manager").get("/compliance/rules?country=Atlantis").content.decode()
    assert "is no country or state" in wrong


def test_a_decision_is_tried_and_shows_every_rule(company: Any, client_of: Any) -> None:
    facts = "channel=email&at=2026-11-17T10:00:00Z&recipient.country=DE&recipient.kind=corporate_named"
    page = client_of("executive").get(f"/compliance/try?{facts}").content.decode()
    assert "must not happen" in page
    assert "EU-DE-EMAIL-NAMED" in page
    assert "EU-DE-EMAIL-GEN" not in page


def test_what_can_not_be_read_is_said_beside_the_form(company: Any, client_of: Any) -> None:
    page = client_of("revops").get("/compliance/try?channel=email&at=tomorrow").content.decode()
    assert "at can&#x27;t be &#x27;tomorrow&#x27;." in page


def test_a_seller_does_not_see_the_rules(company: Any, client_of: Any) -> None:
    assert client_of("seller").get("/compliance/rules").status_code == 403
    assert client_of("seller").get("/compliance/try").status_code == 403


def test_the_shell_decides_from_standard_input() -> None:
    told = {"at": "2026-11-17T16:00:00Z", "channel": "phone_ai", "recipient": {"country": "US", "region": "TX"}}
    answer = CliRunner().invoke(app, ["decide", "--json"], input=json.dumps(told))
    decided = json.loads(answer.stdout)
    assert decided["decision"] == "block"
    assert decided["hold_until"] is None
    assert {"id", "version", "effect", "source", "why"} <= set(decided["rules"][0])
    assert "US-TCPA-002" in {rule["id"] for rule in decided["rules"]}
    assert {"basis", "required_content", "missing", "explanation"} <= set(decided)


def test_the_shell_tells_people_in_words() -> None:
    answer = CliRunner().invoke(app, ["decide"], input='{"at": "2026-11-17T16:00:00Z", "channel": "email"}')
    assert "BLOCK" in answer.stdout
    assert "This is not legal advice." in answer.stdout


@pytest.mark.parametrize("text", ["", "{", "[1]", '{"channel": "email"}', "\ud800"])
def test_the_shell_refuses_what_is_no_request(text: str) -> None:
    answer = CliRunner().invoke(app, ["decide"], input=text.encode("utf-8", "surrogatepass"))
    assert isinstance(answer.exception, InvalidInput)


def test_the_shell_lists_rules_of_a_place() -> None:
    answer = CliRunner().invoke(app, ["rules", "--country", "US-TX", "--channel", "phone_manual", "--json"])
    found = {rule["id"] for rule in json.loads(answer.stdout)}
    assert {"US-TX-HOURS-001", "US-TCPA-008"} <= found
    assert "US-FL-HOURS-001" not in found
