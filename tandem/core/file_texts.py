"""The text in any file, piece by piece in bounded memory: plain, UTF-16, gzip, zip (also XLSX), Parquet.

Databases give none: their tables are read through the database. What can't be read gives its bytes as they are.
"""

from __future__ import annotations

import gzip
import zipfile
import zlib
from collections.abc import Iterator
from functools import reduce
from pathlib import Path
from typing import IO, cast

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

PIECE_BYTES = 1 << 16
OVERLAP_BYTES = 1 << 10  # longer than any address, number or name
ROWS_AT_ONCE = 2_000
DEEPEST = 3  # archives within archives
SQLITE, PARQUET, GZIP, ZIP = b"SQLite format 3\x00", b"PAR1", b"\x1f\x8b", b"PK\x03\x04"
UTF16 = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}
_UNREADABLE = (OSError, EOFError, zlib.error, zipfile.BadZipFile, pa.ArrowException, ValueError, NotImplementedError)


def texts_of(path: Path, narrow: str = "") -> Iterator[tuple[str, str]]:
    """Pieces of text with the place inside the file (a row, a member; "" for none). Neighbours overlap.

    narrow : pattern of RE2; rows of Parquet files in which no text fits it, in any case, are left out. Empty: none is

    Raises OSError when the file can't be opened.
    """
    with path.open("rb") as stream:
        head = stream.read(len(SQLITE))
        if head == SQLITE:
            return
        if head.startswith(PARQUET):
            yield from _of_parquet(path, narrow)
            return
        stream.seek(0)
        yield from _of_stream(stream, "", 0)


def _of_parquet(path: Path, narrow: str) -> Iterator[tuple[str, str]]:
    try:
        file = pq.ParquetFile(path)
        row = 0
        for batch in file.iter_batches(batch_size=ROWS_AT_ONCE):
            places = _likely(batch, narrow)
            for number, cells in zip(places, batch.take(pa.array(places, pa.int64())).to_pylist(), strict=True):
                yield f"row {row + number}", "\n".join(str(cell) for cell in cells.values() if cell is not None)
            row += len(batch)
    except _UNREADABLE:
        return


def _likely(batch: pa.RecordBatch, narrow: str) -> list[int]:
    """Rows with a text that fits; all of them where a column is neither plain text nor a plain number or time."""
    kinds = {field.name: field.type for field in batch.schema}
    texts = [name for name, kind in kinds.items() if pa.types.is_string(kind) or pa.types.is_large_string(kind)]
    plain = all(name in texts or pa.types.is_primitive(kind) for name, kind in kinds.items())
    if not narrow or not plain:
        return list(range(len(batch)))
    found = [pc.match_substring_regex(batch.column(name), narrow, ignore_case=True) for name in texts]
    if not found:
        return []
    return [int(place) for place in pc.indices_nonzero(pc.fill_null(reduce(pc.or_kleene, found), False)).to_pylist()]


def _of_stream(stream: IO[bytes], place: str, depth: int) -> Iterator[tuple[str, str]]:
    head = stream.read(4)
    stream.seek(0)
    try:
        if depth < DEEPEST and head.startswith(GZIP):
            with gzip.open(stream) as inner:
                yield from _pieces(cast(IO[bytes], inner), place)
            return
        if depth < DEEPEST and head.startswith(ZIP):
            yield from _of_zip(stream, place, depth)
            return
    except _UNREADABLE:
        stream.seek(0)
    yield from _pieces(stream, place)


def _of_zip(stream: IO[bytes], place: str, depth: int) -> Iterator[tuple[str, str]]:
    with zipfile.ZipFile(stream) as archive:
        for member in archive.infolist():
            inside = f"{place}{member.filename}"
            yield inside, member.filename
            with archive.open(member) as inner:
                yield from _of_stream(inner, f"{inside}/", depth + 1)


def _pieces(stream: IO[bytes], place: str) -> Iterator[tuple[str, str]]:
    """Text of a stream of bytes; bytes that are none become replacement marks."""
    coding, before, offset = "", b"", 0
    while block := stream.read(PIECE_BYTES):
        coding = (
            coding
            or UTF16.get(block[:2], "")
            or ("utf-16-le" if block[1:64:2].count(0) > len(block[1:64:2]) // 2 else "utf-8")
        )
        whole = before + block
        yield f"{place}byte {offset - len(before)}", whole.decode(coding, "replace")
        offset += len(block)
        before = whole[-OVERLAP_BYTES:]
