"""The night of the unified model: the inbox, uploads, and the steps in their order."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from tandem.access.models import Person
from tandem.accounts.actions import inbox
from tandem.accounts.jobs import import_file
from tandem.accounts.models import Account, Contact, Load
from tandem.accounts.queries.sufficiency import sufficiency
from tandem.accounts.tests.telling import NOW, SHELL
from tandem.compliance import queries
from tandem.core import clock, jobs, nightly
from tandem.core.actors import Actor, ActorKind, built_in_agent
from tandem.core.errors import InvalidInput, NotAllowed, NotFound
from tandem.core.models import Job, JobState

ACCOUNTS = b"Id,Name,Website,BillingCountry,NumberOfEmployees\n001A,Alpine Tools,https://alpine.at,Austria,80\n"
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(settings, "DATA_DIR", tmp_path)
    monkeypatch.setattr(settings, "WAREHOUSE_DIR", tmp_path / "warehouse")
    monkeypatch.setattr(inbox, "SETTLE_SECONDS", 0)
    return tmp_path


def run(*names: str) -> dict[str, str]:
    with clock.at(NOW):
        night = nightly.run(NOW.date(), actor=SHELL, from_step=None)
    return {step.name: step.state.value for step in night.steps if step.name.startswith("accounts.")}


def test_a_file_in_the_inbox_is_imported_once(data_folder: Path) -> None:
    assert inbox.import_new_files(actor=SHELL, now=NOW) is None
    folder = data_folder / "inbox"
    folder.mkdir()
    (folder / "Account.csv").write_bytes(ACCOUNTS)
    (folder / ".Contact.csv.half").write_bytes(b"junk")
    report = inbox.import_new_files(actor=SHELL, now=NOW)
    assert report is not None
    assert (report.rows_landed, report.failed) == (1, False)
    assert inbox.import_new_files(actor=SHELL, now=NOW) is None
    (folder / "Account-2.csv").write_bytes(ACCOUNTS.replace(b"80", b"90"))
    again = inbox.import_new_files(actor=SHELL, now=NOW + timedelta(days=1))
    assert again is not None
    assert again.rows_landed == 1
    assert Account.objects.values_list("name", "employees").get() == ("Alpine Tools", 90)


def test_a_file_that_is_still_being_written_waits_for_the_next_time(
    data_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = data_folder / "inbox"
    folder.mkdir()
    (folder / "Account.csv").write_bytes(ACCOUNTS)
    growing = folder / "Contact.csv"
    growing.write_bytes(b"Id,Ema")

    def write_on(seconds: float) -> None:
        growing.write_bytes(b"Id,Email,LastName\n003A,ada@alpine.at,")

    monkeypatch.setattr("time.sleep", write_on)
    report = inbox.import_new_files(actor=SHELL, now=NOW)
    assert report is not None
    assert [file.file_name for file in report.files] == ["Account.csv"]
    growing.write_bytes(b"Id,Email,LastName\n003A,ada@alpine.at,Vogel\n")
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    again = inbox.import_new_files(actor=SHELL, now=NOW + timedelta(days=1))
    assert again is not None
    assert (again.rows_landed, Contact.objects.get().email) == (1, "ada@alpine.at")


def test_uploads_that_nobody_will_import_go_after_a_week(data_folder: Path) -> None:
    kept, dead, fresh = (inbox.keep_upload("a.csv", iter([ACCOUNTS]), actor=SHELL) for _ in range(3))
    Job.objects.filter(id__in=(dead, fresh)).update(state=JobState.DEAD, next_due_at=None)
    folders = {pk: str(Job.objects.get(id=pk).payload["folder"]) for pk in (kept, dead, fresh)}
    now = datetime.now(UTC)
    for pk in (kept, dead):
        old = (now - timedelta(days=8)).timestamp()
        os.utime(data_folder / "uploads" / folders[pk], (old, old))
    assert inbox.sweep_uploads(actor=SHELL, now=now) == 1
    assert {path.name for path in (data_folder / "uploads").iterdir()} == {folders[kept], folders[fresh]}
    assert queries.entries_about(f"upload:{folders[dead]}")[-1].action == "accounts.upload_swept"
    with pytest.raises(NotAllowed):
        inbox.sweep_uploads(actor=built_in_agent("stranger"), now=now)


def test_the_night_pulls_matches_assembles_and_measures(data_folder: Path) -> None:
    (data_folder / "inbox").mkdir()
    (data_folder / "inbox" / "Account.csv").write_bytes(ACCOUNTS)
    assert run() == {
        "accounts.pull": "done", "accounts.resolve": "done", "accounts.assemble": "done", "accounts.opt_outs": "done",
        "accounts.sufficiency": "done",
    }  # fmt: skip
    assert Account.objects.get().name == "Alpine Tools"
    assert sufficiency().measured_at == NOW


def progress_of(job_id: int) -> Any:
    def tell(done: int, total: int | None = None, note: str = "") -> None:
        assert Job.objects.filter(id=job_id).exists()

    return tell


def test_an_upload_is_imported_by_the_worker_on_behalf_of_whoever_sent_it(data_folder: Path) -> None:
    row = Person.objects.create(email="olga@us.example", name="Olga", role="revops")
    olga = Actor(kind=ActorKind.PERSON, id=row.id, name="Olga", role="revops")
    job_id = inbox.keep_upload("C:\\exports\\Account.csv", iter([ACCOUNTS[:20], ACCOUNTS[20:]]), actor=olga)
    job = Job.objects.get(id=job_id)
    assert (job.task, job.payload["file"], job.payload["person"]) == (inbox.IMPORT_TASK, "Account.csv", row.id)
    import_file(job.payload, progress_of(job_id))
    assert Account.objects.get().domain == "alpine.at"
    assert Load.objects.get().file_name == "Account.csv"
    assert not list((data_folder / "uploads").iterdir())
    with pytest.raises(NotFound):
        import_file(job.payload, progress_of(job_id))


@pytest.mark.parametrize(("name", "content"), [("", b"x"), ("../..", b"x"), ("Account.csv", b"")])
def test_a_nameless_or_empty_upload_leaves_nothing_behind(data_folder: Path, name: str, content: bytes) -> None:
    with pytest.raises(InvalidInput):
        inbox.keep_upload(name, iter([content]), actor=SHELL)
    assert not list((data_folder / "uploads").glob("*"))
    assert not Job.objects.exists()


def test_a_payload_cannot_reach_out_of_the_uploads(data_folder: Path) -> None:
    (data_folder / "secret.csv").write_bytes(ACCOUNTS)
    with pytest.raises(NotFound):
        inbox.import_upload({"folder": "..", "file": "secret.csv"}, now=NOW)
    assert (data_folder / "secret.csv").exists()


def test_only_those_who_manage_sources_may_upload(data_folder: Path) -> None:
    seller = Actor(kind=ActorKind.PERSON, id=1, name="Maya", role="seller")
    for who in (seller, built_in_agent("reader", "accounts.read")):
        with pytest.raises(NotAllowed):
            inbox.keep_upload("a.csv", iter([b"x"]), actor=who)
    assert not (data_folder / "uploads").exists()
    assert inbox.IMPORT_TASK in jobs.list_tasks()
