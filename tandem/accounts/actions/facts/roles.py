"""People's parts in deals."""

from __future__ import annotations

from tandem.accounts.actions.facts.batch import FactBatch, FactResult, column, row_numbers, text_column
from tandem.accounts.actions.facts.deal_links import link_again_at
from tandem.accounts.actions.facts.history import unknown_deal
from tandem.accounts.actions.facts.keys import deal_ids, ids_in
from tandem.accounts.contracts import Entity
from tandem.accounts.domain.conversion import Refusal
from tandem.accounts.models import OpportunityContact
from tandem.core import bulk

PART = ("opportunity_id", "contact_id", "role", "is_primary", "is_of_own_row")


def load_contact_roles(batch: FactBatch) -> FactResult:
    """One row a person and deal; of several rows on the same pair the last one stands."""
    refused: list[Refusal] = []
    parts: dict[tuple[int, int], tuple[int, int, str, bool, bool]] = {}
    rows = zip(
        row_numbers(batch), deal_ids(batch), ids_in(batch, Entity.CONTACT, "contact_key"),
        text_column(batch, "opportunity_key"), text_column(batch, "contact_key"), text_column(batch, "role"),
        column(batch, "is_primary"), strict=True,
    )  # fmt: skip
    for number, deal, contact, deal_key, contact_key, role, is_primary in rows:
        if deal is None:
            refused.append(unknown_deal(number, deal_key))
        elif contact is None:
            reason = "no contact with this key is known; import the contacts first"
            refused.append(Refusal(number, "contact_key", contact_key[:200], reason))
        else:
            parts[deal, contact] = (deal, contact, role[:80], bool(is_primary), False)
    counts = bulk.upsert(
        OpportunityContact, PART, parts.values(), conflict=("opportunity_id", "contact_id"), update=PART[2:],
    )  # fmt: skip
    landed = counts.inserted + counts.updated
    if landed:
        link_again_at({deal for deal, _ in parts}, now=batch.now)
    return FactResult(landed=landed, unchanged=len(batch.typed) - landed - len(refused), refused=refused)
