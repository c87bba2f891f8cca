"""Files of the data folder lose a person and nothing else: what waits to be imported, what has landed, archives, logs."""

from __future__ import annotations

import csv
import json
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from tandem.accounts import warehouse
from tandem.accounts.actions.erasing.files import NOTE, erase_from_files, take_out_rows
from tandem.accounts.actions.imports import import_path
from tandem.accounts.domain.person_rows import PersonRows, replaced
from tandem.accounts.domain.speech import without_speaker
from tandem.accounts.models import ErasedContact, Load
from tandem.core.actors import built_in_agent
from tandem.core.redaction import MARK, Redactor
from tests.company import Company

NOW = datetime(2026, 11, 24, 8, 40, tzinfo=UTC)
SHELL = built_in_agent("shell", "shell")
ANN = Redactor(emails=["ann@acme.example"], phones=["+4915712345678"], names=["Ann Lee"])
HEAD, OTHER = '"Id","Name","Email","Notes"\r\n', '"2","Bo Lund","bo.ann@acme.example","two\r\nlines, Ann"\r\n'
HERS = '"1","Ann Lee","ANN@acme.example","says ""no""\r\nin two lines"\r\n'


@pytest.fixture
def data(settings: Any, tmp_path: Path) -> Path:
    settings.DATA_DIR = tmp_path / "data"
    settings.WAREHOUSE_DIR = settings.DATA_DIR / "warehouse"
    return Path(settings.DATA_DIR)


def put(file: Path, content: str | bytes) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return file


def test_rows_that_wait_to_be_imported_go_and_the_others_stay_byte_for_byte(tmp_path: Path) -> None:
    table = put(tmp_path / "people.csv", HEAD + HERS + OTHER)
    take_out_rows(table, ANN)
    assert table.read_bytes().decode() == HEAD + OTHER
    lines = put(tmp_path / "events.jsonl", '{"e":"ann@acme.example"}\n{"e":"bo.ann@acme.example"}\n')
    take_out_rows(lines, ANN)
    assert lines.read_text() == '{"e":"bo.ann@acme.example"}\n'
    box = put(tmp_path / "a.mbox", "From a\nTo: ann@acme.example\n\nHi\n\nFrom b\nTo: c@d.example\n\nHo\n")
    take_out_rows(box, ANN)
    assert box.read_text() == "From b\nTo: c@d.example\n\nHo\n"
    wide = put(tmp_path / "wide.csv", ("Id;Email\r\n1;ann@acme.example\r\n2;ö@acme.example\r\n").encode("utf-16"))
    take_out_rows(wide, ANN)
    assert wide.read_bytes().decode("utf-16") == "Id;Email\r\n2;ö@acme.example\r\n"
    west = put(tmp_path / "west.csv", "Id,Name\n1,Ann Lee\n2,M\xfcller\n".encode("latin-1"))
    take_out_rows(west, ANN)
    assert west.read_bytes() == "Id,Name\n2,M\xfcller\n".encode("latin-1")
    speech = put(tmp_path / "talk.vtt", "WEBVTT\n\nAnn Lee: no\n")
    take_out_rows(speech, ANN)
    assert not speech.exists()


@given(
    st.lists(st.tuples(st.text(max_size=12), st.sampled_from(["ann@acme.example", "Ann Lee", "bo@acme.example", ""])))
)
def test_a_table_keeps_every_row_that_does_not_name_the_person(cells: list[tuple[str, str]]) -> None:
    rows = [["word", "who"], *([word.replace("\r", "").replace("\x00", ""), who] for word, who in cells)]
    with TemporaryDirectory() as folder:
        file = Path(folder) / "t.csv"
        with file.open("w", newline="", encoding="utf-8", errors="ignore") as stream:
            csv.writer(stream, quoting=csv.QUOTE_ALL).writerows(rows)
        before = _rows(file)
        take_out_rows(file, ANN)
        kept = _rows(file)
    assert kept == [row for row in before if not ANN.mentions("\n".join(row))]


def _rows(file: Path) -> list[list[str]]:
    with file.open(newline="", encoding="utf-8") as stream:
        return list(csv.reader(stream))


@pytest.mark.django_db
def test_a_copy_whose_rows_have_landed_is_removed_with_a_note(data: Path) -> None:
    landed = put(data / "inbox/Contact.csv", "Id,FirstName,LastName,Email\r\n1,Ann,Lee,ann@acme.example\r\n")
    import_path(landed, actor=SHELL, now=NOW)
    waiting = put(data / "inbox/later/people.csv", HEAD + HERS + OTHER)
    clean = put(data / "inbox/Account.csv", "Id,Name\r\n1,Acme\r\n")
    upload = put(data / "uploads/ab12/people.csv", HEAD + HERS + OTHER)
    assert erase_from_files(ANN) == 3
    assert not landed.exists()
    assert Load.objects.get().notes[-1] == NOTE
    assert waiting.read_bytes() == upload.read_bytes() == (HEAD + OTHER).encode()
    assert clean.read_bytes() == b"Id,Name\r\n1,Acme\r\n"
    assert erase_from_files(ANN) == 0


@pytest.mark.django_db
def test_rejects_logs_half_files_and_archives_are_mended(data: Path) -> None:
    rejects = put(data / "rejects/load-1.csv", "row,outcome,column,value,reason,as it came\r\n"
                  "1,row refused,amount,x,is no number,Name=Ann Lee | Email=ann@acme.example\r\n"
                  "2,row refused,amount,y,is no number,Name=Bo\r\n")  # fmt: skip
    log = put(data / "worker.log", "mail to ann@acme.example\nmail to bo.ann@acme.example\n")
    half = put(data / "rejects/load-2/part-1.half", "ann@acme.example")
    zipped = data / "old.zip"
    with zipfile.ZipFile(zipped, "w") as archive:
        archive.writestr("a.txt", "ann@acme.example")
    table = pa.table({"id": [1, 2], "name": ["Ann Lee", "Bo"], "at": [NOW, NOW]})
    (data / "archive/tables").mkdir(parents=True)
    pq.write_table(table, data / "archive/tables/accounts.contact.parquet")
    manifest = put(
        data / "archive/manifest.json", json.dumps({"tables": [{"name": "accounts.contact", "sha256": "0"}]})
    )
    assert erase_from_files(ANN) == 4
    assert rejects.read_text().splitlines()[1:] == [
        "1,row refused,,,erased at their request,", "2,row refused,amount,y,is no number,Name=Bo",
    ]  # fmt: skip
    assert log.read_text() == f"mail to {MARK}\nmail to bo.ann@acme.example\n"
    assert not half.exists()
    assert pq.read_table(data / "archive/tables/accounts.contact.parquet").to_pylist() == [
        {"id": 1, "name": MARK, "at": NOW}, {"id": 2, "name": "Bo", "at": NOW},
    ]  # fmt: skip
    told = json.loads(manifest.read_text())["tables"][0]
    assert (len(told["sha256"]), told["rows"]) == (64, 2)
    assert zipped.exists()  # nobody can mend it; the crawl tells of it


@given(
    st.lists(st.sampled_from(["ann@acme.example", "x", "Ann Lee", "", None, "+49 1571 2345678", "bo.ann@acme.example"]))
)
def test_other_rows_of_a_parquet_file_stay_equal(cells: list[str | None]) -> None:
    table = pa.table({"n": pa.array(range(len(cells)), pa.int64()), "cell": pa.array(cells, pa.string())})
    look = PersonRows(redactor=ANN)
    places = look.places(table)
    assert places == [place for place, cell in enumerate(cells) if cell and ANN.mentions(cell)]
    left = replaced(table, places, lambda row: None)
    assert (left if left is not None else table).to_pylist() == [
        row for place, row in enumerate(table.to_pylist()) if place not in places
    ]
    assert left is None or left.schema == table.schema


def test_a_rewritten_file_of_the_warehouse_is_whole_at_every_moment(data: Path) -> None:
    file = warehouse.write_raw(source="s", entity="contact", load_id=1, first_row=1, table=pa.table({"a": ["x", "y"]}))
    warehouse.rewrite(file, pa.table({"a": ["y"]}))
    assert pq.read_table(file).to_pylist() == [{"a": "y"}]
    assert [one.name for one in file.parent.iterdir()] == [file.name]


NAMES = st.sampled_from(["Ann Lee", "Bo", "Bo Lund"])


@given(st.lists(st.tuples(NAMES, st.text(alphabet="abc :\n", max_size=12))))
def test_only_the_words_of_one_speaker_go(said: list[tuple[str, str]]) -> None:
    dialogue = "\n".join(f"{who}: {words}" for who, words in said)
    left = without_speaker(dialogue, {"ann lee"}, ["Bo", "Bo Lund"])
    assert "ann lee" not in left.casefold()
    assert left == "\n".join(f"{MARK}: {MARK}" if who == "Ann Lee" else f"{who}: {words}" for who, words in said)


@pytest.mark.django_db
def test_a_link_to_somebody_erased_says_so(client_of: Any, company: Company) -> None:
    client: Client = client_of("revops")
    ErasedContact.objects.create(contact_id=9_999, request="request:1", erased_at=NOW)
    page = client.get("/contacts/9999")
    assert page.status_code == 404
    assert "erased person" in page.content.decode()
    assert "erased person" not in client.get("/contacts/9998").content.decode()
