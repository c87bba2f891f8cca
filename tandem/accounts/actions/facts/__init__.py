"""Keyed facts: history, activities, people, calls, quotas, products, contracts, signals.

Landing calls `FACT_LOADERS[entity](FactBatch(...)) -> FactResult` inside its chunk's transaction, for every entity
other than account, contact and opportunity. Loaders are idempotent: the same rows again are all `unchanged`.
Keys are looked up in the batch's own source first, then in the others where the key is used once only.
People keep their source keys as `SourceRecord(entity="person", golden_id=<Person id>)`; see `keys.person_ids`.
"""

from __future__ import annotations

from tandem.accounts.actions.facts.batch import FactBatch, FactLoader, FactResult, Refusal
from tandem.accounts.contracts import Entity

FACT_LOADERS: dict[Entity, FactLoader] = {}

__all__ = ["FACT_LOADERS", "FactBatch", "FactLoader", "FactResult", "Refusal"]
