"""`tandem rights` takes requests in, carries out what a person has checked, and explains; it never checks identity."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from tandem.cli.main import main
from tandem.compliance.actions.rights import check_identity
from tandem.compliance.contracts.requests import IdentityProof
from tandem.compliance.models import RightsRequest
from tests.company import NOW, Company

pytestmark = pytest.mark.django_db


@pytest.fixture
def tandem(
    company: Company, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, settings: Any
) -> Any:
    settings.DATA_DIR = tmp_path

    def call(*words: object, code: int = 0) -> str:
        monkeypatch.setattr(sys, "argv", ["tandem", "rights", *map(str, words)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        told = capsys.readouterr()
        assert (ended.value.code or 0) == code, told.out + told.err
        return told.out if code in {0, 1} and told.out else told.err

    return call


def test_a_request_is_opened_listed_and_run_once_a_person_has_checked_who_asks(tandem: Any, company: Company) -> None:
    opened = json.loads(tandem("open", "access", "ann@acme.example", "--place", "DE", "--json"))
    assert (opened["state"], opened["due_on"], opened["is_new"]) == ("received", "2026-12-24", True)
    assert [row["id"] for row in json.loads(tandem("list", "--json"))] == [opened["id"]]
    assert "ann@acme.example" in tandem("list")
    assert "Work begins once the identity is checked" in tandem("run", opened["id"], code=1)
    check_identity(opened["id"], IdentityProof.REPLY, actor=company.actor("compliance"), now=NOW)
    done = json.loads(tandem("run", opened["id"], "--json"))
    assert (done["state"], {one["state"] for one in done["work"]}) == ("done", {"done"})


def test_an_objection_is_carried_out_by_opening_it(tandem: Any) -> None:
    assert "done" in tandem("open", "objection", "ann@acme.example")
    told = json.loads(tandem("explain", "ann@acme.example", "--place", "DE", "--json"))
    assert "EU-GDPR-007" in told["sentence"]
    assert "Suppressed on every channel" in tandem("explain", "ann@acme.example")


@pytest.mark.parametrize(
    "words", [("open", "love", "ann@acme.example"), ("open", "access", "nobody"), ("open", "access"), ("run", "x")]
)
def test_what_can_not_be_understood_is_refused(tandem: Any, words: tuple[str, ...]) -> None:
    tandem(*words, code=2)
    assert not RightsRequest.objects.exists()
