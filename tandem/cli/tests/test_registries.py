"""The registries from the shell: by the same rules as the pages, in one form, with what was refused told row by row."""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from tandem.cli.main import main
from tandem.compliance import actions, queries
from tandem.compliance.contracts import Channel
from tandem.compliance.models import Consent, DncScreening, LedgerEntry, Suppression
from tandem.core import clock
from tandem.core.actors import built_in_agent

pytestmark = pytest.mark.django_db


@pytest.fixture
def tandem(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, now: Any) -> Any:
    def call(*words: object) -> tuple[int, Any]:
        monkeypatch.setattr(sys, "argv", ["tandem", *map(str, words), "--json"])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        assert "Traceback" not in said.out + said.err
        code = int(ended.value.code or 0)
        return code, json.loads(said.out or said.err)

    return call


def test_who_is_added_is_found_under_every_spelling_and_channel(tandem: Any) -> None:
    assert tandem("suppress", "check", "ann@acme.example") == (0, {"suppressed": False})
    code, told = tandem("suppress", "add", "Ann+x@acme.example", "nobody", "--reason", "objection", "--source", "call")
    assert (code, told["added"], told["refused"], told["rejects"][0]["value"]) == (0, 1, 1, "nobody")
    code, told = tandem("suppress", "check", "ann@acme.example", "--channel", "voice")
    assert (code, told["suppressed"], told["reason"]) == (1, True, "objection")


def test_an_export_comes_in_again_elsewhere_with_its_hashes(tandem: Any, tmp_path: Path) -> None:
    out, columns = tmp_path / "out.csv", ("key_hash", "kind", "channel", "purpose", "reason", "at")
    with transaction.atomic():
        tandem("suppress", "add", "ann@acme.example", "020 7946 0958", "--country", "GB")
        worker = built_in_agent("worker", "worker")
        actions.erase_person(["ann@acme.example"], request="request:1", actor=worker, now=clock.now())
        assert tandem("suppress", "export", "--out", out) == (0, {"file": str(out), "rows": 3})
        assert tandem("suppress", "export", "--out", out)[1]["error"]["code"] == "conflict"
        before = set(Suppression.objects.values_list(*columns))
        transaction.set_rollback(True)  # another installation: nothing of it stands there
    assert b"ann@" not in out.read_bytes()
    assert queries.is_suppressed(["ann@acme.example"], Channel.EMAIL) is None
    code, told = tandem("suppress", "import", out)
    assert (code, told["added"], told["refused"]) == (0, 3, 0)
    assert queries.is_suppressed(["Ann@acme.example"], Channel.EMAIL) is not None
    assert set(Suppression.objects.values_list(*columns)) == before


def test_refused_rows_go_to_a_file_with_their_reasons(tandem: Any, tmp_path: Path) -> None:
    file, rejects = tmp_path / "in.csv", tmp_path / "bad.csv"
    file.write_text("email,reason\nann@acme.example,objection\nnobody,objection\nbo@acme.example,mood\n")
    code, told = tandem("suppress", "import", file, "--rejects", rejects)
    assert (code, told["added"], told["refused"], told["rejects_file"]) == (0, 1, 2, str(rejects))
    with rejects.open() as stream:
        assert [row["row"] for row in csv.DictReader(stream)] == ["2", "3"]
    assert tandem("suppress", "import", file, "--rejects", rejects)[0] == 1


def test_a_consent_is_kept_holds_and_is_taken_back(tandem: Any) -> None:
    add = ("consent", "add", "ann@acme.example", "--channel", "email", "--proof", "form 7", "--source", "web")
    assert tandem(*add, "--kind", "express")[1]["error"]["code"] == "input.invalid"
    assert not Consent.objects.exists()
    assert tandem(*add, "--kind", "express", "--wording", "Yes")[0] == 0
    code, told = tandem("consent", "state", "ann@acme.example")
    assert (code, told["holds"], told["kind"]) == (0, True, "express")
    assert tandem("consent", "revoke", "ann@acme.example", "--how", "a call") == (0, {"ended": 1})
    assert tandem("consent", "state", "ann@acme.example")[1]["missing"] == "withdrawn"
    assert queries.is_suppressed(["ann@acme.example"], Channel.SMS) is not None


def test_consents_come_in_by_file(tandem: Any, tmp_path: Path) -> None:
    file = tmp_path / "consents.csv"
    file.write_text(
        "address,kind,purpose,channel,wording,proof,source,given_at\n"
        "ann@acme.example,express,sales,email,Yes,form 7,web,2026-11-20T10:00:00Z\n"
        "bo@acme.example,express,sales,email,,form 8,web,2026-11-20\n"
    )
    code, told = tandem("consent", "import", file)
    assert (code, told["added"], told["refused"]) == (0, 1, 1)
    assert "wording" in told["rejects"][0]["reason"]


def test_a_do_not_call_list_answers_for_our_numbers(tandem: Any, tmp_path: Path) -> None:
    file, ours = tmp_path / "201.txt", tmp_path / "ours.txt"
    file.write_text("201,5550100\n201,5550101\n")
    ours.write_text("+1 201 555 0100\n(201) 555-0199\n+1 512 555 0100\n")
    code, told = tandem("dnc", "import", file, "--numbers", ours)
    assert (code, told["added"]) == (0, 2)
    assert tandem("dnc", "check", "+12015550100")[0] == 1
    code, states = tandem("dnc", "check", "201 555 0199", "--country", "US")
    assert (code, states[0]["register"], states[0]["listed"], states[0]["fresh"]) == (0, "us_national", False, True)
    assert tandem("dnc", "check", "+15125550100") == (0, [])
    assert DncScreening.objects.count() == 2


@pytest.mark.parametrize(
    "call",
    [
        "suppress check nobody", "suppress add ann@acme.example --reason mood", "suppress import F/nosuch",
        "suppress import F/binary", "consent state nobody --channel pigeon", "consent revoke nobody --how x",
        "consent import F/binary", "dnc check 12", "dnc import F/binary", "dnc import F/text",
        "dnc import F/list --screened-at later", "dnc import F/list --screened-at 2030-01-01", "suppress export",
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_and_nothing_is_kept(tandem: Any, tmp_path: Path, call: str) -> None:
    (tmp_path / "binary").write_bytes(bytes(range(256)))
    (tmp_path / "text").write_text("hello\n")
    (tmp_path / "list").write_text("201,5550100\n")
    code, told = tandem(*call.replace("F/", f"{tmp_path}/").split())
    assert code == 2
    assert set(told["error"]) == {"code", "message", "hint", "where"}
    assert not LedgerEntry.objects.exists()
