"""Writes of compliance."""

from __future__ import annotations

from tandem.compliance.actions.ledger import append, append_many, export_ledger, verify_ledger

__all__ = [
    "append",
    "append_many",
    "export_ledger",
    "verify_ledger",
]
