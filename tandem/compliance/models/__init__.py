"""Tables of compliance."""

from __future__ import annotations

from tandem.compliance.models.ledger import LedgerEntry

__all__ = ["LedgerEntry"]
