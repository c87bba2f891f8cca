"""What is remembered of erasures outside the database, so that a restored archive brings nobody back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol, runtime_checkable


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasureNote:
    """One erasure as the log holds it: hashes only.

    at : ISO 8601
    keys : (kind, keyed hash, name of the key) of each address the person had
    """

    at: str
    request: str
    keys: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayReport:
    """What applying the log again did.

    noted : erasures in the log
    suppressed : hashes that were not in the registry and are now
    found : people who were here again and were erased again
    changed : rows and files changed or gone with them
    """

    noted: int
    suppressed: int
    found: int
    changed: int


@runtime_checkable
class ListsAddresses(Protocol):
    """A `PersonStore` that can name every address it holds, so that those of erased people are found by their hash."""

    def addresses(self) -> Iterator[str]:
        """Mail addresses and phone numbers, in any order, repeated or not."""
        ...
