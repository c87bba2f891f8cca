"""Every command of the shell tells what is wrong in one form, with the right exit code, and never by a traceback."""

from __future__ import annotations

import json
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tandem.access import actions, queries
from tandem.access.contracts import Role
from tandem.cli.main import COMMANDS, main
from tandem.compliance.queries import take_checkpoint
from tandem.core import clock, jobs, ledger
from tandem.core.actors import built_in_agent
from tests.company import Company

SHELL = built_in_agent("shell", "shell")
ACCOUNTS = "Id,Name,Website,BillingCountry\n001A,Alpine Tools,https://alpine.at,Austria\n"
pytestmark = pytest.mark.django_db


class Said:
    """What a call ended with, wrote and complained of."""

    def __init__(self, code: Any, captured: Any) -> None:
        self.code = code or 0
        self.out, self.err = captured.out, captured.err
        assert "Traceback" not in self.out + self.err

    @property
    def error(self) -> dict[str, Any]:
        """The one error document on standard error."""
        return dict(json.loads(self.err)["error"])

    @property
    def document(self) -> Any:
        """The one document on standard output."""
        return json.loads(self.out)


@pytest.fixture
def tandem(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Any:
    def call(*words: object) -> Said:
        monkeypatch.setattr(sys, "argv", ["tandem", *map(str, words)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        return Said(ended.value.code, capsys.readouterr())

    return call


@pytest.fixture
def files(tmp_path: Path, settings: Any) -> Path:
    """A folder with one good file and every kind of broken one."""
    settings.DATA_DIR = tmp_path / "data"
    settings.WAREHOUSE_DIR = tmp_path / "data" / "warehouse"
    settings.CHECKPOINT_DIR = tmp_path / "data" / "checkpoints"
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "x.txt").write_text("x")
    (tmp_path / "void").mkdir()
    (tmp_path / "good.csv").write_text(ACCOUNTS)
    (tmp_path / "empty.csv").touch()
    (tmp_path / "binary.csv").write_bytes(bytes(range(256)) * 12)
    (tmp_path / "broken.toml").write_text("[[files")
    (tmp_path / "broken.json").write_text("nonsense")
    return tmp_path


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself(tandem: Any, name: str) -> None:
    said = tandem(name, "--help")
    assert said.code == 0
    assert "--help" in said.out


BROKEN = [
    "nosuch",
    "demo --sellers 3",
    "demo --bogus",
    "serve --port 0",
    "serve --port abc",
    "worker --bogus",
    "nightly --only nosuch",
    "nightly --from nosuch",
    "doctor --bogus",
    "simulate",
    "simulate --out F/full",
    "simulate --out F/good.csv",
    "simulate --out F/good.csv/below --sellers 1 --months 3",
    "simulate --out F/new --sellers 0",
    "simulate --out F/new --truth F/new/truth",
    "simulate --out F/new --noise deafening",
    "import",
    "import F/nosuch",
    "import F/binary.csv",
    "import F/empty.csv",
    "import F/void",
    "import F/good.csv --mapping F/broken.toml",
    "import F/good.csv --mapping F/nosuch.toml",
    "import F/good.csv --mapping F/void",
    "import F/good.csv --source bad/source!",
    "import F/binary.csv --propose",
    "import --archive F/nosuch",
    "import --archive F/full",
    "export",
    "export --out F/good.csv/below",
    "resolve",
    "resolve --accounts F/good.csv",
    "resolve --accounts F/nosuch.csv --out F/new",
    "resolve --accounts F/binary.csv --out F/new",
    "resolve --accounts F/empty.csv --out F/new",
    "resolve --accounts F/good.csv --out F/good.csv",
    "resolve --accounts F/good.csv --automatic 2 --out F/new",
    "ledger nosuch",
    "ledger verify F/nosuch",
    "ledger verify F/void",
    "ledger verify F/binary.csv",
    "ledger verify --checkpoint F/nosuch",
    "ledger verify --checkpoint F/broken.json",
    "ledger verify --checkpoint F/binary.csv",
    "ledger show",
    "ledger checkpoint --out F/nosuch/checkpoint",
    "agents nosuch",
    "agents revoke",
]


@pytest.mark.parametrize("call", BROKEN)
def test_wrong_usage_and_unreadable_input_end_with_two_and_an_error_in_json(
    tandem: Any, files: Path, call: str
) -> None:
    said = tandem(*call.replace("F/", f"{files}/").split(), "--json")
    assert said.code == 2
    assert {"code", "message", "hint", "where"} <= set(said.error)
    assert said.error["message"]
    assert said.error["hint"]
    if not call.startswith("import F/"):  # an import that read nothing still tells file by file
        assert said.out == ""


REFUSED = ["export --out F/full", "export --out F/good.csv", "ledger show account:1", "ledger export --out F/good.csv"]


@pytest.mark.parametrize("call", [*REFUSED, "agents revoke nosuch"])
def test_work_that_is_refused_ends_with_one(tandem: Any, files: Path, call: str) -> None:
    said = tandem(*call.replace("F/", f"{files}/").split(), "--json")
    assert (said.code, said.out) == (1, "")
    assert said.error["hint"]


def test_without_json_people_get_a_sentence_and_a_remedy(tandem: Any, files: Path) -> None:
    said = tandem("import", files / "no[/such]")
    assert (said.code, said.out) == (2, "")
    assert said.err == f"{files}/no[/such] does not exist. (file {files}/no[/such])\nCheck the spelling.\n"


def test_a_defect_is_told_without_its_innards(tandem: Any, files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*day: Any, **given: Any) -> None:
        raise ZeroDivisionError("inner workings")

    monkeypatch.setattr("tandem.core.nightly.run", fail)
    said = tandem("nightly", "--json")
    assert (said.code, said.error["code"]) == (1, "defect")
    assert "inner workings" not in said.err
    file = Path(said.error["hint"].removeprefix("The details are in ").removesuffix("."))
    assert "ZeroDivisionError: inner workings" in file.read_text()
    file.unlink()


def test_a_full_disk_is_work_that_failed(tandem: Any, files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*day: Any, **given: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("tandem.core.nightly.run", fail)
    said = tandem("nightly", "--json")
    assert (said.code, said.error["message"]) == (1, "No space left on device.")


def test_real_input_gives_one_document(tandem: Any, files: Path) -> None:
    imported = tandem("import", files / "good.csv", "--json")
    assert (imported.code, imported.document["rows_landed"]) == (0, 1)
    assert tandem("import", files / "good.csv", "--propose").code == 0
    night = tandem("nightly", "--only", "compliance.verify", "--json")
    assert (night.code, night.document["succeeded"]) == (0, True)
    resolved = tandem("resolve", "--accounts", files / "good.csv", "--out", files / "out", "--json")
    assert (resolved.code, resolved.document["records"]) == (0, 1)
    exported = tandem("export", "--out", files / "archive", "--json")
    assert exported.code == 0
    assert {table["name"] for table in exported.document["tables"]} >= {"accounts.account", "compliance.ledgerentry"}


def test_the_ledger_is_proved_here_and_from_a_file(tandem: Any, files: Path) -> None:
    ledger.append(SHELL, "a.done", subject="account:1")
    ledger.append(SHELL, "a.done", subject="account:2")
    (files / "seen.json").write_text(json.dumps(take_checkpoint(now=clock.now()).as_dict()))
    assert tandem("ledger", "verify", "--checkpoint", files / "seen.json", "--json").document["entries"] == 2
    exported = tandem("ledger", "export", "--out", files / "ledger.jsonl", "--json").document["entries"]
    assert exported > 2  # the export is an entry itself
    good = tandem("ledger", "verify", files / "ledger.jsonl", "--json")
    assert (good.code, good.document["holds"]) == (0, True)
    lines = (files / "ledger.jsonl").read_text().splitlines(keepends=True)
    (files / "cut.jsonl").write_text(lines[0])
    cut = tandem("ledger", "verify", files / "cut.jsonl", "--checkpoint", files / "seen.json", "--json")
    assert (cut.code, cut.document["broken_at"]) == (1, 2)
    (files / "edited.jsonl").write_text(lines[0].replace("account:1", "account:9") + lines[1])
    assert tandem("ledger", "verify", files / "edited.jsonl", "--json").code == 1
    assert len(tandem("ledger", "show", "account:1", "--json").document) == 1
    checkpoint = tandem("ledger", "checkpoint", "--json").document
    assert checkpoint["number"] == exported + 1  # the key that signs it became an entry


def test_an_agent_is_stopped_at_once(tandem: Any, company: Company) -> None:
    olga = company.actor("revops")
    actions.create_agent(
        name="research", purpose="Reads", scopes=["accounts.read"], answerable_id=olga.id, actor=olga, now=clock.now()
    )
    assert [agent["revoked_at"] for agent in tandem("agents", "list", "--json").document] == [None]
    stopped = tandem("agents", "revoke", "research", "--json")
    assert stopped.code == 0
    assert stopped.document["revoked_at"] is not None
    assert queries.get_agent_by_name("research").revoked_at is not None


def test_the_doctor_fails_on_problems_alone(tandem: Any, files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    well = tandem("doctor", "--json")
    states = {check["name"]: check["state"] for check in well.document}
    assert well.code == 0
    assert {name: states[name] for name in ("keys", "database", "warehouse", "ledger", "jobs")} == dict.fromkeys(
        ("keys", "database", "warehouse", "ledger", "jobs"), "ok"
    )
    assert (states["mail"], states["worker"]) == ("note", "note")
    assert sum(name.startswith("layer: ") for name in states) == 7
    assert not list((files / "data" / "warehouse").rglob("*.parquet"))
    monkeypatch.setenv("TANDEM_NO_SUCH", "x")
    assert tandem("doctor", "--json").code == 0


def test_the_doctor_finds_a_key_that_others_can_read_a_dead_worker_and_a_broken_warehouse(
    tandem: Any, files: Path, settings: Any
) -> None:
    key = files / "data" / "secret_key"
    key.parent.mkdir()
    key.write_text("x" * 64)
    key.chmod(0o644)
    jobs.enqueue("accounts.import_file", {}, due_at=clock.now() - timedelta(minutes=10))
    settings.WAREHOUSE_DIR = files / "good.csv"
    said = tandem("doctor", "--json")
    found = {check["name"]: check for check in said.document}
    assert said.code == 1
    assert [name for name, check in found.items() if check["state"] == "problem"] == ["keys", "warehouse", "worker"]
    assert found["keys"]["remedy"] == f"Run `chmod 600 {key}`."
    assert found["worker"]["remedy"] == "Run `tandem worker`."


def test_the_worker_does_what_is_due_and_stops(tandem: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bool] = []
    monkeypatch.setattr("tandem.core.jobs.run_worker", lambda *, once: asked.append(once))
    assert (tandem("worker", "--once").code, asked) == (0, [True])


def test_the_first_person_is_added_or_refused_by_the_shell(tandem: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tandem.cli.running.prepare", lambda **given: None)
    assert tandem("setup", "--email", "nonsense", "--password", "correct horse battery").code == 2
    assert tandem("setup", "--email", "olga@us.example", "--password", "correct horse battery").code == 0
    person = queries.find_person_by_email("olga@us.example")
    assert person is not None
    assert person.role == Role.REVOPS
