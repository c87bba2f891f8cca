"""`tandem stop` stops, reports and lifts; software alone never lifts."""

from __future__ import annotations

import json
import sys
from typing import Any

import pytest

from tandem.cli.main import main
from tandem.compliance.models import Switch
from tests.company import Company

pytestmark = pytest.mark.django_db


@pytest.fixture
def tandem(company: Company, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Any:
    def call(*words: object, code: int = 0) -> str:
        monkeypatch.setattr(sys, "argv", ["tandem", "stop", *map(str, words)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        told = capsys.readouterr()
        assert (ended.value.code or 0) == code, told.out + told.err
        return told.out if code == 0 else told.err

    return call


def test_one_line_stops_everything_and_prints_the_report(tandem: Any) -> None:
    told = json.loads(tandem("--reason", "Outage", "--json"))
    switch = Switch.objects.get()
    assert told["switch"]["id"] == switch.id
    assert (told["switch"]["scope"], told["claims_after"], told["holds"]) == ("global", 0, True)
    assert json.loads(tandem("report", switch.id, "--json"))["entry"] == told["entry"]
    assert "Nothing was taken for sending after the stop" in tandem("report", switch.id)
    assert [row["id"] for row in json.loads(tandem("list", "--json"))] == [switch.id]
    assert "Outage" in tandem("list")


def test_one_domain_is_stopped_and_a_person_lifts_it(tandem: Any, company: Company) -> None:
    tandem("--scope", "domain", "--key", "mail.northwind.example", "--reason", "Blocklisted")
    switch = Switch.objects.get()
    assert (switch.scope, switch.key) == ("domain", "mail.northwind.example")
    assert "Nobody active" in tandem("lift", switch.id, "--reason", "Over", "--as", "x@nowhere.example", code=1)
    seller, revops = company.people["maya"].email, company.people["olga"].email
    assert "role" in tandem("lift", switch.id, "--reason", "Over", "--as", seller, code=1)
    assert Switch.objects.get().lifted_at is None
    told = json.loads(tandem("lift", switch.id, "--reason", "Over", "--as", revops, "--json"))
    assert told["switch"]["lifted_by"] == company.people["olga"].name


@pytest.mark.parametrize(
    "words", [("--reason", " "), (), ("--scope", "moon", "--reason", "x"), ("--scope", "region", "--reason", "x")]
)
def test_a_stop_without_reason_or_thing_is_refused(tandem: Any, words: tuple[str, ...]) -> None:
    tandem(*words, code=2)
    assert not Switch.objects.exists()
