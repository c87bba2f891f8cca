"""Reads of compliance."""

from __future__ import annotations

from tandem.compliance.queries.ledger import (
    LEDGER,
    VERIFIED,
    all_entries,
    each_line,
    entries_about,
    get_entry,
    head,
    last_checkpoint,
    last_verification,
    list_entries,
    read_checkpoint,
    take_checkpoint,
    verify,
)

__all__ = [
    "LEDGER",
    "VERIFIED",
    "all_entries",
    "each_line",
    "entries_about",
    "get_entry",
    "head",
    "last_checkpoint",
    "last_verification",
    "list_entries",
    "read_checkpoint",
    "take_checkpoint",
    "verify",
]
