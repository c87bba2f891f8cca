"""`tandem domain check` on zone files, with its exit codes."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from tandem.cli.main import main

WHOLE = """@ TXT "v=spf1 ip4:192.0.2.1 -all"
@ MX 10 mail
mail A 192.0.2.1
s1._domainkey TXT "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
_dmarc TXT "v=DMARC1; p=reject; rua=mailto:dmarc@example.com"
"""


@pytest.fixture
def check(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    def call(zone: str, *words: str) -> tuple[int, str, str]:
        file = tmp_path / "zone.txt"
        file.write_text(zone, encoding="utf-8")
        monkeypatch.setattr(sys, "argv", ["tandem", "domain", "check", "example.com", "--zone", str(file), *words])
        with pytest.raises(SystemExit) as ended:
            main()
        told = capsys.readouterr()
        return int(str(ended.value.code or 0)), told.out, told.err

    return call


def test_a_sound_domain_ends_with_0_and_one_document(check: Any) -> None:
    code, out, _ = check(WHOLE, "--json")
    told = json.loads(out)
    assert (code, told["verdict"], told["sound"], told["dkim_selectors"]) == (0, "sound", True, ["s1"])
    assert [one["rule"] for one in told["spf"]] == ["spf.ok"]


def test_an_unsound_domain_ends_with_1_and_shows_the_record_to_set(check: Any) -> None:
    code, out, _ = check(WHOLE.replace("-all", "+all"), "--json")
    (spf,) = json.loads(out)["spf"]
    assert (code, spf["rule"], spf["level"]) == (1, "spf.plus_all", "error")
    assert spf["record"] == {"name": "example.com", "type": "TXT", "value": "v=spf1 ip4:192.0.2.1 ~all"}
    code, out, _ = check(WHOLE.replace("-all", "+all"))
    assert (code, "example.com TXT v=spf1 ip4:192.0.2.1 ~all" in out) == (1, True)


def test_a_zone_file_that_can_not_be_read_ends_with_2_and_its_line(check: Any) -> None:
    code, _, err = check(WHOLE + "@ MX ten mail\n", "--json")
    error = json.loads(err)["error"]
    assert (code, error["code"], error["where"]["line"]) == (2, "zone.syntax", 6)
