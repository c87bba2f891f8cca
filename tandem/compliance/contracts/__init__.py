"""What other rooms may hold of compliance: the ledger's entries, and what the registries know of an address."""

from __future__ import annotations

from tandem.compliance.contracts.ledger import Checkpoint, Entry, Verification

__all__ = ["Checkpoint", "Entry", "Verification"]
