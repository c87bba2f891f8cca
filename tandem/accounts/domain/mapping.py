"""Mapping files: what the columns of anybody's export mean, in TOML that a person can edit.

[source]
key = "oldcrm"                 # whose words these are
kind = "crm"                   # how much they are trusted: crm, marketing, vendor, product, hr, ...

[[files]]
match = "deals*.csv"           # file names, * and ? stand for anything
entity = "opportunity"
date_order = "dmy"             # only where the file does not tell
decimal_comma = true

[files.columns]                # header = canonical field, or several of them
"Deal" = "name"
"Phase" = "stage"

[files.constants]              # for cells that are empty or missing
currency = "EUR"

[files.values.stage]           # words of the source = words to keep
"Gewonnen (Q)" = "Closed Won"

[files.stages]                 # stages that end a deal
won = ["Closed Won"]
lost = ["Weg"]
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatch
from typing import Any, NoReturn

from rapidfuzz import process

from tandem.accounts.contracts import Entity, SourceKind
from tandem.accounts.domain.fields import FieldType, fields_of
from tandem.accounts.domain.headers import header_word
from tandem.core.errors import InvalidInput

KEYS_OF_FILE = (
    "match", "entity", "source", "kind", "date_order", "decimal_comma", "columns", "join", "constants", "values",
    "units", "stages",
)  # fmt: skip
KEYS_OF_SOURCE = ("key", "kind")
UNITS = ("k", "m", "b")
NUMBERS = frozenset({FieldType.DECIMAL, FieldType.INTEGER})
ORDERS = ("dmy", "mdy")
KINDS = tuple(kind.value for kind in SourceKind if kind is not SourceKind.CORRECTION)
SOURCE_KEY = re.compile(r"^[a-z0-9][a-z0-9_-]{0,59}$")
# What people call the things a row can be.
OTHER_WORDS = {
    "deal": Entity.OPPORTUNITY, "company": Entity.ACCOUNT, "organization": Entity.ACCOUNT, "lead": Entity.CONTACT,
    "user": Entity.PERSON, "seller": Entity.PERSON, "employee": Entity.PERSON, "task": Entity.ACTIVITY,
    "meeting": Entity.ACTIVITY, "line_item": Entity.OPPORTUNITY_PRODUCT, "contract": Entity.RENEWAL,
}  # fmt: skip
LEAST_LIKENESS = 70.0  # of 100, to offer a word as what was meant


@dataclass(frozen=True, slots=True, kw_only=True)
class FileMapping:
    """What one kind of file holds.

    match : glob of file names, without case
    columns : header as written to canonical fields
    join : canonical field to the headers whose cells make it, with a space between
    constants : canonical field to the text that stands where a cell is empty or the column is missing
    values : canonical field to (word of the source, case folded, to word to keep)
    units : canonical field to "k", "m" or "b", where numbers stand in thousands, millions or billions
    won, lost : stage words that end a deal, beyond those every CRM knows
    date_order : "dmy" or "mdy"; None: worked out per column
    decimal_comma : None: worked out per column
    """

    match: str
    entity: Entity
    source_key: str
    source_kind: SourceKind
    columns: Mapping[str, tuple[str, ...]]
    join: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)
    won: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    date_order: str | None = None
    decimal_comma: bool | None = None

    def fits(self, name: str) -> bool:
        """Whether a file of this name is meant."""
        return fnmatch(name.lower(), self.match.lower())


@dataclass(frozen=True, slots=True, kw_only=True)
class FileMappings:
    """A whole mapping file.

    leave_out : glob of file names to the reason why they are not imported
    sha256 : of the file's text, hex
    """

    files: tuple[FileMapping, ...]
    leave_out: Mapping[str, str]
    sha256: str

    def why_left_out(self, name: str) -> str | None:
        """Why a file of this name is not imported; None: it is."""
        found = (why for match, why in self.leave_out.items() if fnmatch(name.lower(), match.lower()))
        return next(found, None)

    def of(self, name: str) -> tuple[FileMapping, ...]:
        """What a file of this name holds; one file may feed several entities."""
        return tuple(file for file in self.files if file.fits(name))


def read_mapping(text: str, *, file_name: str = "mapping.toml") -> FileMappings:
    """Read and check a mapping.

    Raises InvalidInput that names line, key and remedy.
    """
    reader = _Reader(text, file_name)
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InvalidInput(
            f"{file_name} is no TOML: {error}.",
            hint="Texts stand in double quotes, tables begin with [name] or [[files]].",
            code="mapping.syntax",
            context={"file": file_name},
        ) from error
    reader.check_keys(document, ("source", "files", "leave_out"), place=None)
    source = document.get("source", {})
    reader.check_table(source, "source", place=None)
    reader.check_keys(source, KEYS_OF_SOURCE, place=None)
    files = document.get("files")
    if not isinstance(files, list) or not files:
        reader.fail("files", "It names no files.", "Add a table [[files]] with match, entity and columns.")
    read = tuple(reader.file(entry, source, place) for place, entry in enumerate(files))
    leave_out = document.get("leave_out", {})
    reader.check_table(leave_out, "leave_out", place=None)
    reasons = {match: str(why) for match, why in leave_out.items()}
    return FileMappings(files=read, leave_out=reasons, sha256=hashlib.sha256(text.encode()).hexdigest())


class _Reader:
    """Checks one mapping file and says where it is wrong."""

    def __init__(self, text: str, file_name: str) -> None:
        self._lines = text.splitlines()
        self._file_name = file_name

    def file(self, entry: Any, source: Mapping[str, Any], place: int) -> FileMapping:
        """One [[files]] table."""
        self.check_table(entry, "files", place=place)
        self.check_keys(entry, KEYS_OF_FILE, place=place)
        entity = self._entity(entry, place)
        match = entry.get("match")
        if not isinstance(match, str) or not match:
            self.fail("match", "It does not say which files are meant.", 'Add match = "name*.csv".', place)
        columns = self._columns(entry, entity, place)
        constants = self._constants(entry, entity, place)
        join = self._join(entry, entity, place)
        self._check_required(columns, {*constants, *join}, entity, place)
        won, lost = self._stages(entry, entity, place)
        return FileMapping(
            match=match,
            entity=entity,
            source_key=self._source_key(entry, source, place),
            source_kind=self._kind(entry, source, place),
            columns=columns,
            join=join,
            constants=constants,
            values=self._values(entry, entity, place),
            units=self._units(entry, entity, place),
            won=won,
            lost=lost,
            date_order=self._one_of(entry, "date_order", ORDERS, place),
            decimal_comma=self._yes_or_no(entry, "decimal_comma", place),
        )

    def check_table(self, value: Any, key: str, *, place: int | None) -> None:
        """Refuse what is no table."""
        if not isinstance(value, dict):
            self.fail(key, f"{key} is no table.", f"Write [{key}] on a line of its own.", place)

    def check_keys(self, table: Mapping[str, Any], allowed: Iterable[str], *, place: int | None) -> None:
        """Refuse keys that mean nothing: a typing mistake must not be passed over."""
        for key in table:
            if key not in allowed:
                self.fail(key, f"{key!r} is no key here.", self._offer(key, allowed), place)

    def fail(self, key: str, message: str, hint: str, place: int | None = None) -> NoReturn:
        """Refuse the file."""
        line = self._line_of(key, place)
        raise InvalidInput(
            f"{self._file_name}, line {line}: {message}",
            hint=hint,
            code="mapping.invalid",
            context={"file": self._file_name, "line": line, "key": key},
        )

    def _entity(self, entry: Mapping[str, Any], place: int) -> Entity:
        word = entry.get("entity")
        if word not in set(Entity):
            message = "It does not say what a row is." if word is None else f"{word!r} is nothing a row can be."
            meant = OTHER_WORDS.get(str(word).lower(), word)
            self.fail("entity", message, self._offer(str(meant or ""), [entity.value for entity in Entity]), place)
        return Entity(word)

    def _source_key(self, entry: Mapping[str, Any], source: Mapping[str, Any], place: int) -> str:
        key = entry.get("source", source.get("key"))
        if not isinstance(key, str) or not SOURCE_KEY.match(key):
            message = "It does not say whose words these are." if key is None else f"{key!r} is no key of a source."
            hint = 'Add [source] with key = "oldcrm": small letters, digits, - and _.'
            self.fail(
                "source" if "source" in entry or key is None else "key",
                message,
                hint,
                place if "source" in entry else None,
            )
        return str(key)

    def _kind(self, entry: Mapping[str, Any], source: Mapping[str, Any], place: int) -> SourceKind:
        word = entry.get("kind", source.get("kind", SourceKind.OTHER.value))
        if word not in KINDS:
            where = place if "kind" in entry else None
            self.fail("kind", f"{word!r} is no kind of source.", f"Kinds: {', '.join(KINDS)}.", where)
        return SourceKind(word)

    def _columns(self, entry: Mapping[str, Any], entity: Entity, place: int) -> dict[str, tuple[str, ...]]:
        table = entry.get("columns")
        if not isinstance(table, dict) or not table:
            self.fail("columns", "It maps no columns.", 'Add [files.columns] with "Header" = "field".', place)
        columns: dict[str, tuple[str, ...]] = {}
        seen: dict[str, str] = {}
        for header, told in table.items():
            names = tuple(told) if isinstance(told, list) else (told,)
            for name in names:
                self._check_field(name, entity, header, place)
            word = header_word(header)
            if word in seen:
                message = f"{seen[word]!r} and {header!r} are one column for us."
                self.fail(header, message, "Keep one of them; give several fields as a list.", place)
            seen[word] = header
            columns[header] = names
        return columns

    def _join(self, entry: Mapping[str, Any], entity: Entity, place: int) -> dict[str, tuple[str, ...]]:
        table = entry.get("join", {})
        self.check_table(table, "join", place=place)
        for name, headers in table.items():
            self._check_field(name, entity, name, place)
            if not isinstance(headers, list) or not all(isinstance(header, str) for header in headers):
                self.fail(name, f"{name} is no list of columns.", f'Write {name} = ["First name", "Last name"].', place)
        return {name: tuple(headers) for name, headers in table.items()}

    def _constants(self, entry: Mapping[str, Any], entity: Entity, place: int) -> dict[str, str]:
        table = entry.get("constants", {})
        self.check_table(table, "constants", place=place)
        for name in table:
            self._check_field(name, entity, name, place)
        return {name: _as_text(value) for name, value in table.items()}

    def _values(self, entry: Mapping[str, Any], entity: Entity, place: int) -> dict[str, dict[str, str]]:
        tables = entry.get("values", {})
        self.check_table(tables, "values", place=place)
        for name, table in tables.items():
            self._check_field(name, entity, name, place)
            self.check_table(table, name, place=place)
        return {
            name: {word.strip().casefold(): _as_text(value) for word, value in table.items()}
            for name, table in tables.items()
        }

    def _units(self, entry: Mapping[str, Any], entity: Entity, place: int) -> dict[str, str]:
        table = entry.get("units", {})
        self.check_table(table, "units", place=place)
        for name, unit in table.items():
            self._check_field(name, entity, name, place)
            if unit not in UNITS or fields_of(entity)[name].type not in NUMBERS:
                self.fail(name, f"{name} = {unit!r} is no unit.", f"A number takes one of: {', '.join(UNITS)}.", place)
        return dict(table)

    def _stages(self, entry: Mapping[str, Any], entity: Entity, place: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
        table = entry.get("stages", {})
        self.check_table(table, "stages", place=place)
        self.check_keys(table, ("won", "lost"), place=place)
        if table and entity is not Entity.OPPORTUNITY:
            self.fail("stages", f"Only deals have stages, not {entity.value}.", "Take [files.stages] away.", place)
        words = [table.get(name, []) for name in ("won", "lost")]
        if not all(isinstance(some, list) and all(isinstance(word, str) for word in some) for some in words):
            self.fail("stages", "won and lost are lists of texts.", 'For example won = ["Closed Won"].', place)
        both = set(words[0]) & set(words[1])
        if both:
            self.fail("stages", f"{min(both)!r} is both won and lost.", "Leave it in one of the lists.", place)
        return tuple(words[0]), tuple(words[1])

    def _check_required(
        self, columns: Mapping[str, tuple[str, ...]], others: Iterable[str], entity: Entity, place: int
    ) -> None:
        told = {name for names in columns.values() for name in names} | set(others)
        for name, known in fields_of(entity).items():
            if known.required and name not in told:
                hint = f'Map a column to "{name}", or set it under [files.constants].'
                self.fail("columns", f"Nothing gives {name!r} ({known.meaning}); {entity.value} needs it.", hint, place)

    def _check_field(self, name: Any, entity: Entity, key: str, place: int) -> None:
        known = fields_of(entity)
        if name not in known:
            self.fail(key, f"{name!r} is no field of {entity.value}.", self._offer(str(name), known), place)

    def _one_of(self, entry: Mapping[str, Any], key: str, words: tuple[str, ...], place: int) -> str | None:
        word = entry.get(key)
        if word is not None and word not in words:
            self.fail(key, f"{word!r} is no {key.replace('_', ' ')}.", f"It is one of: {', '.join(words)}.", place)
        return word

    def _yes_or_no(self, entry: Mapping[str, Any], key: str, place: int) -> bool | None:
        word = entry.get(key)
        if word is not None and not isinstance(word, bool):
            self.fail(key, f"{word!r} is neither true nor false.", f"Write {key} = true, without quotes.", place)
        return word

    @staticmethod
    def _offer(word: str, known: Iterable[str]) -> str:
        words = sorted(known)
        best = process.extractOne(word, words, score_cutoff=LEAST_LIKENESS) if word else None
        return f"{f'Do you mean {best[0]!r}? ' if best else ''}Known: {', '.join(words)}."

    def _line_of(self, key: str, place: int | None) -> int:
        """The line a key stands on, within the nth [[files]] table; that table's first line when it is missing."""
        starts = [number for number, line in enumerate(self._lines) if line.strip().startswith("[[files]]")]
        first, last = 0, len(self._lines)
        if place is not None and place < len(starts):
            first = starts[place]
            last = starts[place + 1] if place + 1 < len(starts) else last
        opening = re.compile(rf"""^\s*(?:\[\[?(?:files\.)?(?:values\.)?)?["']?{re.escape(key)}["']?\s*(?:=|\]|\.)""")
        lines = enumerate(self._lines[first:last], start=first + 1)
        return next((number for number, line in lines if opening.match(line)), first + 1)


def _as_text(value: Any) -> str:
    """A TOML value as a cell would hold it."""
    return ("true" if value else "false") if isinstance(value, bool) else str(value)
