"""A wrong call of the shell is told in the common form, never by a traceback."""

from __future__ import annotations

import json
import sys

import pytest

from tandem.cli.main import main


@pytest.mark.parametrize("call", [["nosuch"], ["serve", "--bogus"], ["ledger", "show"], ["ledger", "verify", "--port"]])
def test_wrong_usage_ends_with_two_and_says_why(
    call: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["tandem", *call, "--json"] if call != ["nosuch"] else ["tandem", *call])
    with pytest.raises(SystemExit) as ended:
        main()
    said = capsys.readouterr()
    assert (ended.value.code, said.out) == (2, "")
    assert "Traceback" not in said.err
    if "--json" in sys.argv:
        assert json.loads(said.err)["error"]["code"] == "usage"
