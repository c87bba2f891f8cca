"""JSON answers of web services, saved as they came: one in a file, one a line, or a folder of such files."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tandem.accounts.connectors.files.limits import KEPT_RAW_CHARACTERS, MAX_UNPACKED_BYTES
from tandem.accounts.connectors.files.packed import unpacked
from tandem.accounts.connectors.files.rows import Unread
from tandem.accounts.domain.parsing import storable
from tandem.core.errors import AppError

ENDINGS = frozenset({".json", ".jsonl", ".ndjson"})
HEAD_BYTES = 16_384
MAX_FILE_BYTES = 200_000_000
LINES = frozenset({".jsonl", ".ndjson"})


def begins_with(path: Path, *shapes: tuple[str, ...]) -> bool:
    """Whether a JSON file holds, near its beginning, all the words of one of the shapes.

    A folder does when it holds nothing but JSON files, and its first, middle and last one do.
    """
    if path.is_dir():
        files = sorted(entry for entry in path.iterdir() if not entry.name.startswith("."))
        if not files or any(file.suffix.lower() not in ENDINGS or not file.is_file() for file in files):
            return False
        return all(begins_with(files[place], *shapes) for place in {0, len(files) // 2, len(files) - 1})
    if path.suffix.lower() not in ENDINGS or not path.is_file():
        return False
    try:
        with unpacked(path) as plain:
            head = plain.head[:HEAD_BYTES]
    except (AppError, OSError):
        return False
    return any(all(f'"{word}"'.encode() in head for word in words) for words in shapes)


def documents(path: Path) -> Iterator[tuple[str, Any] | Unread]:
    """Each answer with the name of its file, in a stable order; those that are no JSON as unread."""
    files = [path] if path.is_file() else sorted(entry for entry in path.rglob("*") if entry.suffix.lower() in ENDINGS)
    for file in files:
        if file.suffix.lower() in LINES:
            yield from _lines(file)
        else:
            yield _whole(file)


def _whole(file: Path) -> tuple[str, Any] | Unread:
    if file.stat().st_size > min(MAX_FILE_BYTES, MAX_UNPACKED_BYTES):
        return Unread(f"{file.name} is larger than {MAX_FILE_BYTES // 1_000_000} MB")
    text = file.read_bytes().decode("utf-8", "replace")
    found = _parsed(text)
    return Unread(f"{file.name} is no JSON", text[:KEPT_RAW_CHARACTERS]) if found is None else (file.stem, found)


def _lines(file: Path) -> Iterator[tuple[str, Any] | Unread]:
    with file.open("rb") as stream:
        for number, line in enumerate(stream, start=1):
            if line.strip():
                text = line.decode("utf-8", "replace")
                found = _parsed(text)
                yield (
                    Unread(f"{file.name}, line {number}: no JSON", text[:KEPT_RAW_CHARACTERS])
                    if found is None
                    else (file.stem, found)
                )


def _parsed(text: str) -> Any:
    """The value; None: no JSON, or the word null."""
    try:
        return json.loads(storable(text))
    except (ValueError, RecursionError):
        return None


def text_at(found: Any, *keys: str) -> str:
    """The text under nested keys; "" where there is none."""
    for key in keys:
        found = found.get(key) if isinstance(found, dict) else None
    return "" if found is None or isinstance(found, dict | list) else str(found)


def rows_at(found: Any, *keys: str) -> list[dict[str, Any]]:
    """The objects of the list under nested keys, or of the value itself; others are left out."""
    for key in keys:
        found = found.get(key) if isinstance(found, dict) else None
    return [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []
