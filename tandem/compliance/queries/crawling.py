"""A look for a person in everything this installation keeps, after an erasure: the proof that only a hash is left.

Every file of the data folder is read as bytes and, where it is packed, unpacked; every text, JSON and binary column of
every table through the database. Findings never hold what was found. Memory stays bounded, whatever lies there.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import connection, models

from tandem.compliance.contracts.rights import CrawlFinding, CrawlReport, PersonKeys
from tandem.compliance.domain.traces import NAME, Traces
from tandem.compliance.models import Suppression
from tandem.compliance.queries.keys import hashes_of, read_all
from tandem.core.file_texts import SQLITE, texts_of
from tandem.core.mentions import rows_that_may_mention, text_columns
from tandem.core.redaction import MARK

BLOCK_BYTES = 1 << 22
MOST_OF_A_PLACE = 20
LOGS = ("-wal", "-journal")
NAMESAKES = frozenset({"name", "email"})  # a table with both holds people


def crawl(person: PersonKeys) -> CrawlReport:
    """Look for every key of the person everywhere. Reads only; a name that somebody else bears too is expected."""
    look = _Crawl(person)
    look.tables()
    look.files()
    return look.report()


class _Crawl:
    """One look; what it has seen so far."""

    def __init__(self, person: PersonKeys) -> None:
        self._person = person
        self._traces = Traces(emails=person.emails, phones=person.phones, names=person.names)
        self._longer: set[bytes] = set()
        self._has_namesake = False
        self._places = self._bytes = 0
        self._found: dict[tuple[str, str], list[CrawlFinding]] = {}

    def report(self) -> CrawlReport:
        """What was looked at and found. What blocks the person is named first; it has to stay."""
        hashes = list(hashes_of(read_all(self._person.addresses)))
        standing = Suppression.objects.filter(key_hash__in=hashes, superseded_at=None).order_by("id")
        kept = [
            CrawlFinding(place="compliance_suppression", what="keyed hash", where=f"row {pk}", is_expected=True)
            for pk in standing.values_list("id", flat=True)
        ]
        found = [one for some in self._found.values() for one in some]
        told = [replace(one, is_expected=self._has_namesake) if one.what == NAME else one for one in found]
        return CrawlReport(places=self._places, bytes_read=self._bytes, findings=(*kept, *told))

    def tables(self) -> None:
        """Every table of the database; sessions and packed columns unpacked."""
        people = {model._meta.db_table for model in apps.get_models() if _holds_people(model)}
        for table, columns in text_columns().items():
            self._places += 1
            for place, *cells in rows_that_may_mention(table, columns, self._traces.redactor):
                self._look_at_row(table, str(place), [str(cell) for cell in cells if cell is not None], table in people)
        for row in Session.objects.iterator(chunk_size=1_000):
            self._text(str(Session._meta.db_table), "", str(row.get_decoded()))
        for table, place, text in _packed_columns():
            self._text(table, place, text)

    def _look_at_row(self, table: str, place: str, cells: list[str], holds_people: bool) -> None:
        names = {name.casefold() for name in self._person.names}
        for cell in cells:
            self._longer |= self._traces.longer_in(cell)
            self._has_namesake |= holds_people and cell.casefold() in names
            self._text(table, f"row {place}", cell)

    def files(self) -> None:
        """Every file, as it lies there and unpacked."""
        for file in _files():
            name = _told(file)
            self._places += 1
            self._text(name, "its name", f"{name}\n{file.stem}")
            with suppress(FileNotFoundError):  # gone since it was listed
                self._raw(file, name)
                for place, text in texts_of(file, self._traces.redactor.loose):
                    if self._traces.redactor.mentions_in_long(text):
                        self._text(name, place, text)

    def _raw(self, file: Path, name: str) -> None:
        """The bytes of a file. In a database's pages texts stand side by side, so that no edge tells where one ends."""
        is_database = _is_database(file)
        longer: Collection[bytes] = self._longer if is_database else ()
        before, offset = b"", 0
        with file.open("rb") as stream:
            while block := stream.read(BLOCK_BYTES):
                self._bytes += len(block)
                whole = before + block
                for spot in self._traces.spots(whole, longer):
                    if is_database or spot.kind in self._traces.redactor.kinds_in(spot.around):
                        self._note(name, spot.kind, f"byte {offset - len(before) + spot.offset} ({spot.coding})")
                offset += len(block)
                before = whole[-self._traces.overlap :]

    def _text(self, place: str, where: str, text: str) -> None:
        for kind in self._traces.redactor.kinds_in(text):
            self._note(place, kind, where)

    def _note(self, place: str, kind: str, where: str) -> None:
        """Some of each kind at each place: who has to look needs no thousand."""
        found = self._found.setdefault((place, kind), [])
        if len(found) < MOST_OF_A_PLACE:
            told = _without(where, self._traces)
            found.append(CrawlFinding(place=_without(place, self._traces), what=kind, where=told))


def _without(text: str, traces: Traces) -> str:
    """A place's name without the person, who may stand in the name of a file, also where an ending follows at once."""
    redactor = traces.redactor
    for key in (*redactor.emails, *redactor.phones, *(" ".join(words) for words in redactor.names)):
        text = re.sub(re.escape(key), MARK, text, flags=re.IGNORECASE)
    return redactor.clean(text)


def _holds_people(model: type[models.Model]) -> bool:
    return {field.name for field in model._meta.concrete_fields} >= NAMESAKES


def _packed_columns() -> Iterator[tuple[str, str, str]]:
    """Table, row and text of every binary column that holds packed text."""
    for model in apps.get_models():
        packed = [field.name for field in model._meta.concrete_fields if isinstance(field, models.BinaryField)]
        for row in model._default_manager.values_list("pk", *packed).iterator(chunk_size=100) if packed else ():
            for cell in filter(None, row[1:]):
                content = bytes(cell)
                with suppress(zlib.error):
                    content = zlib.decompress(content)
                yield str(model._meta.db_table), f"row {row[0]}", content.decode("utf-8", "replace")


def _files() -> list[Path]:
    """Every file of the installation: the data folder, and SQLite's files wherever they lie."""
    found = {file for file in Path(settings.DATA_DIR).rglob("*") if file.is_file()}
    if connection.vendor == "sqlite":
        database = Path(str(connection.settings_dict["NAME"]))
        found |= {file for file in database.parent.glob(f"{database.name}*") if file.is_file()}
    return sorted(found)


def _is_database(file: Path) -> bool:
    if file.name.endswith(LOGS):
        return True
    with file.open("rb") as stream:
        return stream.read(len(SQLITE)) == SQLITE


def _told(file: Path) -> str:
    """A file as findings name it: below the data folder, else by its own name."""
    root = Path(settings.DATA_DIR)
    return str(file.relative_to(root)) if file.is_relative_to(root) else file.name
