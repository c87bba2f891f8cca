"""Bytes to lines of text: which encoding a file has, and what becomes of the lines that do not fit it."""

from __future__ import annotations

import codecs
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import charset_normalizer

from tandem.accounts.connectors.files.limits import MAX_LINE_BYTES, SAMPLE_BYTES
from tandem.accounts.connectors.files.packed import unpacked
from tandem.core.errors import DataUnreadable

BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
FALLBACK = "cp1252"
TOO_LONG = "\x00too long\x00"  # stands for a line past the limit; a real line never holds NUL


@dataclass(slots=True)
class TextFile:
    """A text file read line by line. `fallback_lines` counts lines read in the second encoding."""

    path: Path
    encoding: str
    fallback_lines: int = field(default=0)

    def lines(self) -> Iterator[str]:
        """Every line with its ending, decoded; lines that do not fit the encoding are read as Windows-1252."""
        self.fallback_lines = 0
        with unpacked(self.path) as plain:
            if self.encoding.startswith("utf-16"):
                decoded = io.TextIOWrapper(plain.stream, encoding=self.encoding, errors="replace", newline="")
                try:
                    yield from decoded
                finally:
                    decoded.detach()  # the stream is closed by who opened it
                return
            encoding = self.encoding
            first = True
            while raw := plain.stream.readline(MAX_LINE_BYTES):
                if first:
                    raw, first = raw.removeprefix(codecs.BOM_UTF8), False
                if len(raw) >= MAX_LINE_BYTES and not raw.endswith(b"\n"):
                    while len(plain.stream.readline(MAX_LINE_BYTES)) >= MAX_LINE_BYTES:
                        pass
                    yield TOO_LONG + "\n"
                    continue
                try:
                    yield raw.decode(encoding)
                except UnicodeDecodeError:
                    self.fallback_lines += 1
                    yield raw.decode(FALLBACK, errors="replace")


def open_text(path: Path) -> TextFile:
    """The file with its encoding found: a byte order mark, else UTF-8 where it fits, else the likeliest.

    Raises DataUnreadable for a binary file.
    """
    with unpacked(path) as plain:
        sample = plain.head[:SAMPLE_BYTES]
    for mark, encoding in BOMS:
        if sample.startswith(mark):
            return TextFile(path, "utf-8" if encoding == "utf-8-sig" else encoding)
    _refuse_binary(path, sample)
    return TextFile(path, _encoding_of(sample))


def _refuse_binary(path: Path, sample: bytes) -> None:
    """A text has no NUL bytes and hardly any other control characters."""
    controls = sum(sample.count(bytes([code])) for code in (*range(1, 9), *range(14, 27), *range(28, 32)))
    if sample.count(0) > len(sample) / 1_000 or controls > len(sample) / 20:
        raise DataUnreadable(
            f"{path.name} is a binary file, not a table.",
            hint="Export it as CSV, XLSX, Parquet or JSON lines.",
            code="data.binary",
            context={"file": str(path)},
        )


def _encoding_of(sample: bytes) -> str:
    cut = sample[: sample.rfind(b"\n") + 1] or sample
    try:
        cut.decode("utf-8")
    except UnicodeDecodeError:
        good = sum(1 for line in cut.splitlines() if _is_utf8(line))
        if good >= 0.9 * max(len(cut.splitlines()), 1) and any(
            _is_utf8(line) and not line.isascii() for line in cut.splitlines()
        ):
            return "utf-8"
        best = charset_normalizer.from_bytes(
            cut[:65_536], cp_isolation=["cp1252", "cp1250", "cp1251", "latin_1", "shift_jis", "gb18030", "cp932"]
        ).best()
        return best.encoding if best is not None else FALLBACK
    return "utf-8"


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
