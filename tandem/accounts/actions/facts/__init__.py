"""Keyed facts: history, activities, people, calls, quotas, products, contracts, signals.

Landing calls `FACT_LOADERS[entity](FactBatch(...)) -> FactResult` inside its chunk's transaction, for every entity
other than account, contact and opportunity. Loaders are idempotent: the same rows again are all `unchanged`.
Keys are looked up in the batch's own source first, then in the others where the key is used once only.
People keep their source keys as `SourceRecord(entity="person", golden_id=<Person id>)`; see `keys.Colleagues`.
"""

from __future__ import annotations

from tandem.accounts.actions.facts.activities import load_activities
from tandem.accounts.actions.facts.batch import FactBatch, FactLoader, FactResult
from tandem.accounts.actions.facts.calls import load_quotas, load_seller_calls
from tandem.accounts.actions.facts.history import load_changes, load_snapshots
from tandem.accounts.actions.facts.people import load_people
from tandem.accounts.actions.facts.products import load_competitors, load_lines, load_products
from tandem.accounts.actions.facts.rates import load_rates
from tandem.accounts.actions.facts.renewals import load_renewals
from tandem.accounts.actions.facts.roles import load_contact_roles
from tandem.accounts.actions.facts.signals import load_signals
from tandem.accounts.contracts import Entity
from tandem.accounts.domain.conversion import Refusal

FACT_LOADERS: dict[Entity, FactLoader] = {
    Entity.PERSON: load_people,
    Entity.PRODUCT: load_products,
    Entity.COMPETITOR: load_competitors,
    Entity.OPPORTUNITY_CHANGE: load_changes,
    Entity.OPPORTUNITY_SNAPSHOT: load_snapshots,
    Entity.OPPORTUNITY_CONTACT: load_contact_roles,
    Entity.OPPORTUNITY_PRODUCT: load_lines,
    Entity.ACTIVITY: load_activities,
    Entity.SELLER_CALL: load_seller_calls,
    Entity.QUOTA: load_quotas,
    Entity.RENEWAL: load_renewals,
    Entity.SIGNAL: load_signals,
    Entity.EXCHANGE_RATE: load_rates,
}

__all__ = ["FACT_LOADERS", "FactBatch", "FactLoader", "FactResult", "Refusal"]
