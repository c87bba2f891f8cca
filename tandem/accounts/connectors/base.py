"""What every connector is: a way to recognise a file, and the meaning of its columns."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import pandas as pd

from tandem.accounts.contracts import Entity, SourceKind
from tandem.accounts.domain.conversion import REFUSE

__all__ = ["REFUSE", "BrokenRow", "Connector", "RawBatch", "Table"]


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokenRow:
    """A row the reader could not split into cells, kept as it stood.

    row_number : from 1, header not counted
    reason : what is wrong, in words for the rejects file
    raw : the row as text, cut to 10,000 characters
    """

    row_number: int
    reason: str
    raw: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RawBatch:
    """Consecutive rows as they came.

    first_row_number : of the first row of `rows`, from 1
    rows : one column per header, all text; missing cells are ""; index = row number
    broken : rows of this stretch that could not be read
    """

    first_row_number: int
    rows: pd.DataFrame
    broken: tuple[BrokenRow, ...] = ()


class Table(Protocol):
    """A readable table: a CSV, a sheet, a mailbox, a chat export. Bounded memory: one batch at a time."""

    @property
    def headers(self) -> tuple[str, ...]:
        """Column titles as they stand, made distinct."""
        ...

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader should know of how the file was read; whole after the last batch."""
        ...

    @property
    def row_estimate(self) -> int | None:
        """Rows to come, for progress bars; None: not known without reading it all."""
        ...

    def batches(self, *, skip_rows: int = 0, size: int = 20_000) -> Iterator[RawBatch]:
        """The rows after the first `skip_rows`, in file order; the same batches for the same arguments."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Connector:
    """How one kind of file of one system is read.

    system : "salesforce", "hubspot", ... ; also the default source key
    file_names : lower-case glob patterns of file names this is for
    columns : header word (`domain.headers.header_word`) to canonical field of `domain.fields.SCHEMA[entity]`. Several
        words may mean one field: the first of them, in this mapping's order, that is not empty counts. A name that
        starts with "_" is scratch for `prepare`, which takes it away
    required_headers : header words without which the file is something else
    telling_headers : header words of which at least one must be there, unless the file's name fits; empty: no such rule
    prepare : last touch on the canonical text columns before typing (split values, fixed kinds); None: nothing.
        Keeps every row and its index. A text column `REFUSE` refuses the rows where it is not empty, for that reason
    open_table : reader for files that are not plain tables (mbox, transcripts, chat exports); None: by file ending
    ambiguity : how dates are written where the file alone does not tell ("mdy", "dmy"); None: worked out per column
    decimal_comma : numbers are written "1.234,56"; None: worked out per column
    recognise : looks into a file or folder that has no header row; None: recognised by name and headers alone
    inspect : notes on the file as a whole (spelling drift), for the load; None: nothing to look for
    label : for people, e.g. "Salesforce opportunities"; empty: made of system and entity
    """

    system: str
    entity: Entity
    source_kind: SourceKind
    file_names: tuple[str, ...] = ()
    columns: Mapping[str, str] = field(default_factory=dict)
    required_headers: frozenset[str] = frozenset()
    prepare: Callable[[pd.DataFrame], pd.DataFrame] | None = None
    open_table: Callable[[Path], Table] | None = None
    ambiguity: str | None = None
    telling_headers: frozenset[str] = frozenset()
    decimal_comma: bool | None = None
    recognise: Callable[[Path], bool] | None = None
    inspect: Callable[[Path, Table], tuple[str, ...]] | None = None
    label: str = ""
