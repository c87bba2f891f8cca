"""`tandem draft lint`: one document, the right exit code, and no database."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from tandem.cli.main import main

GOOD = (
    "Subject: New site in Leeds\n\nHi Anna,\n\nOn 3 November you announced a new site in Leeds. A new hall often starts "
    "with the rules of the old one. Would 15 minutes next week be useful to compare notes?\n\nMaya\n"
)
FOOTER = "\n-- \nAcme Ltd, 1 Road, Leeds\nUnsubscribe: https://acme.example/u/1\n"
MAIL = (
    "From: Maya <maya@acme.example>\nTo: Anna <anna@kroeger.example>\nSubject: New site in Leeds\n"
    "MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n\n"
)
EVIDENCE = [{"id": "n1", "text": "Kröger opens a new site in Leeds.", "source": "Tradewire", "at": "2026-11-03"}]


@pytest.fixture
def lint(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Any:
    """Call the command on a text; gives exit code, document, error."""

    def call(text: str | bytes, *words: object) -> tuple[int, Any, Any]:
        file = tmp_path / "draft.txt"
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        monkeypatch.setattr(sys, "argv", ["tandem", "draft", "lint", str(file), "--json", *map(str, words)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return (
            int(ended.value.code or 0),
            json.loads(said.out) if said.out else None,
            json.loads(said.err)["error"] if said.err else None,
        )

    return call


@pytest.fixture
def evidence(tmp_path: Path) -> Path:
    """A file with one piece."""
    file = tmp_path / "evidence.json"
    file.write_text(json.dumps(EVIDENCE), encoding="utf-8")
    return file


@pytest.mark.parametrize("text", [GOOD, GOOD + FOOTER, GOOD.replace("\n", "\r\n"), MAIL + GOOD.split("\n\n", 1)[1]])
def test_a_good_draft_passes_as_text_with_footer_and_as_a_mail(lint: Any, evidence: Path, text: str):
    code, found, _ = lint(text, "--evidence", evidence, "--locale", "en-GB")
    assert (code, found["ok"], found["violations"]) == (0, True, [])


def test_a_broken_draft_ends_with_one_and_says_where(lint: Any):
    code, found, _ = lint(GOOD.replace("A new hall", "I hope this finds you well! A new hall"))
    assert (code, found["ok"]) == (1, False)
    by_rule = {one["rule"]: one for one in found["violations"]}
    assert set(by_rule) == {"stock_opener", "sentence_count", "exclamation_mark"}
    assert by_rule["stock_opener"]["span"]["quote"] == "hope this finds you well"
    assert set(by_rule["stock_opener"]) >= {"rule", "span", "message"}


def test_a_text_without_a_subject_line_is_not_faulted_for_having_none(lint: Any):
    assert lint(GOOD.split("\n\n", 1)[1])[1]["ok"] is True


def test_figures_that_the_evidence_does_not_have_are_found(lint: Any, evidence: Path):
    code, found, _ = lint(GOOD.replace("3 November", "9 November"), "--evidence", evidence)
    assert code == 1
    assert {one["rule"] for one in found["violations"]} == {"ungrounded"}


def test_a_voice_guide_is_followed(lint: Any, tmp_path: Path):
    guide = tmp_path / "voice.toml"
    guide.write_text('language = "en-GB"\n[forbidden]\nhall = "warehouse"\n', encoding="utf-8")
    code, found, _ = lint(GOOD, "--voice", guide)
    assert (code, [one["rule"] for one in found["violations"]]) == (1, ["forbidden_word"])
    assert "'warehouse'" in found["violations"][0]["message"]


def test_the_language_asked_for_is_the_one_it_must_be_in(lint: Any):
    rules = {one["rule"] for one in lint(GOOD, "--locale", "de")[1]["violations"]}
    assert {"wrong_language", "greeting"} <= rules


@pytest.mark.parametrize(
    ("text", "words", "code"),
    [
        (b"\xff\xfe\x00\x01", (), "data.unreadable"),
        ("", (), "data.unreadable"),
        (GOOD, ("--channel", "pigeon"), "usage"),
        (GOOD, ("--locale", "sv"), "usage"),
        (GOOD, ("--angle", "sideways"), "usage"),
        (GOOD, ("--evidence", "/nowhere.json"), "data.unreadable"),
        (GOOD, ("--voice", "/nowhere.json"), "data.unreadable"),
    ],
)
def test_what_can_not_be_read_or_asked_ends_with_two(lint: Any, text: str | bytes, words: tuple[str, ...], code: str):
    ended, found, error = lint(text, *words)
    assert (ended, found, error["code"]) == (2, None, code)
    assert error["message"].endswith(".")


@pytest.mark.parametrize("told", ["[1]", '{"evidence": 3}', '[{"text": "x", "at": "soon"}]'])
def test_evidence_that_is_none_is_refused(lint: Any, tmp_path: Path, told: str):
    file = tmp_path / "evidence.json"
    file.write_text(told, encoding="utf-8")
    assert lint(GOOD, "--evidence", file)[2]["code"] == "data.unreadable"
