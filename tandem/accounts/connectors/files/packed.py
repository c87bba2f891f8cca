"""Opens plain, gzipped and zipped files alike, and refuses bombs before they unfold."""

from __future__ import annotations

import gzip
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from tandem.accounts.connectors.files.limits import (
    MAX_PACKING_RATIO,
    MAX_UNPACKED_BYTES,
    MAX_ZIP_ENTRIES,
    SAMPLE_BYTES,
)
from tandem.core.errors import DataUnreadable

GZIP_MAGIC = b"\x1f\x8b"
ZIP_MAGIC = b"PK\x03\x04"


@dataclass(frozen=True, slots=True)
class Plain:
    """An opened file: its first bytes, and the stream from the beginning."""

    head: bytes
    stream: BinaryIO


class _Metered:
    """A stream that stops when it has given more than a sane file holds."""

    def __init__(self, stream: BinaryIO, name: str, packed_bytes: int) -> None:
        self._stream, self._name = stream, name
        self._limit = min(MAX_UNPACKED_BYTES, max(packed_bytes, 1_000_000) * MAX_PACKING_RATIO)
        self._given = 0

    def readline(self, size: int = -1) -> bytes:
        return self._count(self._stream.readline(size))

    def read(self, size: int = -1) -> bytes:
        return self._count(self._stream.read(size))

    def _count(self, data: bytes) -> bytes:
        self._given += len(data)
        if self._given > self._limit:
            raise DataUnreadable(
                f"{self._name} unpacks to more than {self._limit:,} bytes.",
                hint="Unpack it yourself and import the files.",
                code="data.bomb",
            )
        return data


@contextmanager
def unpacked(path: Path) -> Iterator[Plain]:
    """The file's plain bytes; a zip must hold exactly one file (XLSX files pass as they are).

    Raises DataUnreadable for damaged or suspicious packing.
    """
    with path.open("rb") as raw:
        magic = raw.read(4)
        raw.seek(0)
        try:
            if magic.startswith(GZIP_MAGIC):
                with gzip.open(raw) as stream:
                    head = stream.read(SAMPLE_BYTES)
                    stream.seek(0)
                    yield Plain(
                        head, cast("BinaryIO", _Metered(cast("BinaryIO", stream), path.name, path.stat().st_size))
                    )
            elif magic == ZIP_MAGIC and not is_workbook(path):
                with _single_member(path) as stream:
                    head = stream.read(SAMPLE_BYTES)
                    stream.seek(0)
                    yield Plain(head, cast("BinaryIO", _Metered(stream, path.name, path.stat().st_size)))
            else:
                head = raw.read(SAMPLE_BYTES)
                raw.seek(0)
                yield Plain(head, raw)
        except (EOFError, zlib.error, gzip.BadGzipFile, zipfile.BadZipFile) as error:
            raise DataUnreadable(
                f"{path.name} is damaged: {error}.", hint="Copy or export it again.", context={"file": str(path)}
            ) from error


def is_workbook(path: Path) -> bool:
    """Whether a zip holds an Excel workbook."""
    try:
        with zipfile.ZipFile(path) as archive:
            return any(name.startswith("xl/") for name in archive.namelist()[:MAX_ZIP_ENTRIES])
    except zipfile.BadZipFile:
        return False


def check_zip(path: Path, *, most_bytes: int) -> None:
    """Refuse a zip by its own directory, before anything is unpacked. Raises DataUnreadable."""
    with zipfile.ZipFile(path) as archive:
        entries = archive.infolist()
    unpacked_bytes = sum(entry.file_size for entry in entries)
    packed_bytes = max(path.stat().st_size, 1)
    if (
        len(entries) > MAX_ZIP_ENTRIES
        or unpacked_bytes > most_bytes
        or unpacked_bytes / packed_bytes > MAX_PACKING_RATIO
    ):
        raise DataUnreadable(
            f"{path.name} holds {len(entries):,} parts that unpack to {unpacked_bytes:,} bytes from {packed_bytes:,}.",
            hint="Save the sheet as CSV and import that.",
            code="data.bomb",
            context={"file": str(path)},
        )


@contextmanager
def _single_member(path: Path) -> Iterator[BinaryIO]:
    check_zip(path, most_bytes=MAX_UNPACKED_BYTES)
    with zipfile.ZipFile(path) as archive:
        members = [
            entry for entry in archive.infolist() if not entry.is_dir() and not entry.filename.startswith("__MACOSX")
        ]
        if len(members) != 1:
            raise DataUnreadable(
                f"{path.name} holds {len(members)} files.",
                hint="Unpack it and import the folder.",
                context={"file": str(path)},
            )
        with archive.open(members[0]) as stream:
            yield cast("BinaryIO", stream)
