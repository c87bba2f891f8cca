"""`tandem inbox read`: files of mail in, one line a mail out, a clear word about what can't be read."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from tandem.cli.main import main

FIELDS = {
    "file", "kind", "label", "confidence", "to_human", "evidence", "new_text", "language", "bounce", "returns_on", "redirect",
}  # fmt: skip
ANSWER = "From: Pat <pat@firm.example>\nSubject: Re: Hi\nDate: Tue, 1 Dec 2026 10:00:00 +0100\n\n{}\n"


def say(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *words: str) -> tuple[int, str, str]:
    monkeypatch.setattr(sys, "argv", ["tandem", "inbox", "read", *words])
    with pytest.raises(SystemExit) as ended:
        main()
    captured = capsys.readouterr()
    assert "Traceback" not in captured.out + captured.err
    return int(ended.value.code or 0), captured.out, captured.err


def test_a_folder_is_read_mail_by_mail_in_the_words_of_the_contract(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.eml").write_text(ANSWER.format("Please take me off your list."))
    (tmp_path / "b.eml").write_text(ANSWER.format("I am out of the office until Friday. Ask Jo Hale, jo@firm.example."))
    (tmp_path / "c.eml").write_bytes(b"")
    (tmp_path / "d.eml").write_bytes(b"\xff\x00garbage\xfe")
    code, out, _ = say(capsys, monkeypatch, str(tmp_path), "--json")
    told: list[dict[str, Any]] = [json.loads(line) for line in out.splitlines()]
    assert code == 0
    assert [Path(one["file"]).name for one in told] == ["a.eml", "b.eml", "c.eml", "d.eml"]
    assert all(one.keys() >= FIELDS for one in told)
    assert (told[0]["label"], told[0]["to_human"]) == ("unsubscribe", False)
    assert (told[1]["label"], told[1]["returns_on"]) == ("ooo", "2026-12-04")
    assert told[1]["redirect"] == {"name": "Jo Hale", "email": "jo@firm.example"}


def test_a_mailbox_gives_a_line_a_mail(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    mails = [f"From a@b.example Tue Dec  1 10:0{number}:00 2026\n{ANSWER.format('Yes')}\n" for number in range(3)]
    (tmp_path / "box.mbox").write_text("".join(mails))
    _, out, _ = say(capsys, monkeypatch, str(tmp_path / "box.mbox"), "--json")
    assert [json.loads(line)["file"].rpartition("#")[2] for line in out.splitlines()] == ["1", "2", "3"]


def test_what_is_not_there_is_said(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    code, out, err = say(capsys, monkeypatch, "no-such-folder", "--json")
    assert (code, out) == (2, "")
    assert json.loads(err)["error"]["code"] == "file.missing"


def test_people_get_a_table(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.eml").write_text(ANSWER.format("STOP"))
    code, _, _ = say(capsys, monkeypatch, str(tmp_path / "a.eml"))
    assert code == 0
