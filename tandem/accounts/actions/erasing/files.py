"""Files of the data folder without a person: rejects, the inbox, uploads, archives, whatever else lies there.

Rows are taken out of what has still to be imported; a copy whose rows have landed is removed, with a note on its load.
The database, the warehouse's own files and keys are not touched here; what can't be mended is told by the crawl.
"""

from __future__ import annotations

import csv
import hashlib
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from django.conf import settings

from tandem.accounts import warehouse
from tandem.accounts.actions import rejects
from tandem.accounts.actions.inbox import inbox_folder
from tandem.accounts.actions.landing import sha256_of
from tandem.accounts.connectors.files.delimited import delimiter_of
from tandem.accounts.connectors.registry import files_of, list_units
from tandem.accounts.domain.person_rows import PersonRows, replaced
from tandem.accounts.models import Load, LoadState
from tandem.core.file_texts import PARQUET, UTF16, texts_of
from tandem.core.redaction import Redactor

KEEP = ("tandem.sqlite3", "test.sqlite3", "registry_keys", "secret_key", "erasures.jsonl", "ledger_key")
KEEP_FOLDERS = ("build", "checkpoints")
TABLES, LINES, MAILBOXES = (".csv", ".tsv", ".txt"), (".jsonl", ".ndjson"), (".mbox", ".mbx")
SAMPLE_LINES = 50
NOTE = "The copy in the data folder was removed: it held somebody who was erased. Its rows had landed."


def erase_from_files(redactor: Redactor) -> int:
    """Take the person out of every file that holds them; returns files changed or removed."""
    done = _empty_inbox(redactor)
    return done + sum(_mend(file, redactor) for file in other_files() if holds(file, redactor))


def holds(file: Path, redactor: Redactor) -> bool:
    """Whether a file, or its name, mentions the person."""
    return named_after(file, redactor) or any(
        redactor.mentions_in_long(text) for _, text in texts_of(file, redactor.loose)
    )


def named_after(file: Path, redactor: Redactor) -> bool:
    """Whether the file's name tells of the person."""
    return redactor.mentions(f"{file.name}\n{file.stem}")


def other_files() -> list[Path]:
    """The files of the data folder that no database and no warehouse looks after."""
    root, own = Path(settings.DATA_DIR), {*warehouse.part_files()}
    return [
        file
        for file in sorted(root.rglob("*"))
        if file.is_file()
        and file not in own
        and not file.name.startswith(KEEP)
        and file.relative_to(root).parts[0] not in KEEP_FOLDERS
    ]


def _empty_inbox(redactor: Redactor) -> int:
    """Unit by unit, as an import sees them: what has landed goes, of the rest the person's rows."""
    folder = inbox_folder()
    done = 0
    for unit in list_units(folder) if folder.is_dir() else ():
        held = [file for file in files_of(unit) if holds(file, redactor)]
        landed = (
            Load.objects.filter(file_sha256=sha256_of(unit), state=LoadState.LANDED) if held else Load.objects.none()
        )
        loads = list(landed)
        for file in held:
            if loads:
                file.unlink()
            else:
                take_out_rows(file, redactor)
        for load in loads:
            load.notes = [*load.notes, NOTE]
            load.save(update_fields=["notes"])
        done += len(held)
    return done


def _mend(file: Path, redactor: Redactor) -> int:
    """One file that holds the person; returns 1 when it was changed or removed."""
    top = file.relative_to(settings.DATA_DIR).parts[0]
    if file.suffix == ".half" or top == "warehouse" or named_after(file, redactor):
        file.unlink()  # left by a kill, or the engine's own
        return 1
    if top == "rejects" and file.suffix == ".csv":
        return min(1, rejects.without_person(file, redactor.mentions))
    if top in ("inbox", "uploads"):
        take_out_rows(file, redactor)
        return 1
    if _head(file, 4) == PARQUET:
        return _mend_parquet(file, redactor)
    return _mend_text(file, redactor)


def take_out_rows(file: Path, redactor: Redactor) -> None:
    """The person's rows, lines or mails out of a file that has still to be imported; other kinds of file go whole."""
    records = _reader_of(file)
    if records is None or named_after(file, redactor):
        file.unlink()
        return
    half, coding = file.with_name(f".{file.name}.half"), _coding(file)
    try:
        with file.open(encoding=coding, newline="") as stream, half.open("w", encoding=coding, newline="") as out:
            out.writelines(record for record in records(stream) if not redactor.mentions(record))
    except (csv.Error, UnicodeError):
        half.unlink()
        file.unlink()
        return
    shutil.copymode(file, half)
    half.replace(file)


def _reader_of(file: Path) -> Callable[[Iterator[str]], Iterator[str]] | None:
    suffix = file.suffix.lower()
    if suffix in TABLES:
        return _table_rows
    if suffix in LINES:
        return iter
    return _mails if suffix in MAILBOXES else None


def _table_rows(lines: Iterator[str]) -> Iterator[str]:
    """Rows of a table as they stand in the file, with the line breaks inside their cells."""
    sample = [line for _, line in zip(range(SAMPLE_LINES), lines, strict=False)]
    taken: list[str] = []

    def noted() -> Iterator[str]:
        for line in (*sample, *lines):
            taken.append(line)
            yield line

    for _ in csv.reader(noted(), delimiter=delimiter_of(sample)):
        yield "".join(taken)
        taken.clear()


def _mails(lines: Iterator[str]) -> Iterator[str]:
    """Mails of a mailbox as they stand in the file."""
    mail: list[str] = []
    for line in lines:
        if line.startswith("From ") and mail:
            yield "".join(mail)
            mail = []
        mail.append(line)
    if mail:
        yield "".join(mail)


def _head(file: Path, size: int) -> bytes:
    with file.open("rb") as stream:
        return stream.read(size)


def _coding(file: Path) -> str:
    """How the file's text is written; Latin-1 where it is no UTF, since that reads and writes any byte."""
    if _head(file, 2) in UTF16:
        return "utf-16"
    try:
        with file.open(encoding="utf-8") as stream:
            while stream.read(1 << 20):
                continue
    except UnicodeDecodeError:
        return "latin-1"
    return "utf-8"


def _mend_text(file: Path, redactor: Redactor) -> int:
    """A mark in place of each key in a text file; other kinds of file are left for a person to look at."""
    if b"\x00" in _head(file, 1 << 12) and _coding(file) != "utf-16":
        return 0
    half, coding = file.with_name(f".{file.name}.half"), _coding(file)
    with file.open(encoding=coding, newline="") as stream, half.open("w", encoding=coding, newline="") as out:
        out.writelines(redactor.clean(line) for line in stream)
    shutil.copymode(file, half)
    half.replace(file)
    return 1


def _mend_parquet(file: Path, redactor: Redactor) -> int:
    """A mark in place of each key in a Parquet file; of an archive the manifest as well."""
    table = pq.read_table(file)
    look = PersonRows(redactor=redactor)
    left = replaced(table, look.places(table), look.cleaned)
    if left is None:
        return 0
    half = file.with_suffix(".half")
    pq.write_table(left, half, compression="zstd")
    half.replace(file)
    _renew_manifest(file, left)
    return 1


def _renew_manifest(file: Path, table: pa.Table) -> None:
    """Put the new hash of an archive's table into its manifest, so that it can still be restored."""
    manifest = file.parent.parent / "manifest.json"
    if file.parent.name != "tables" or not manifest.is_file():
        return
    document = json.loads(manifest.read_text())
    for told in document.get("tables", ()):
        if told.get("name") == file.stem:
            told["sha256"], told["rows"] = hashlib.sha256(file.read_bytes()).hexdigest(), len(table)
    half = manifest.with_suffix(".half")
    half.write_text(json.dumps(document, indent=2))
    half.replace(manifest)
