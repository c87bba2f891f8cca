"""The CRM: Data Export Service files, every value quoted, API names as headers, 18-character ids, times in UTC."""

from __future__ import annotations

from tandem.simulation.world import World
from tandem.simulation.writers.salesforce.accounts import write_accounts
from tandem.simulation.writers.salesforce.activities import Activities
from tandem.simulation.writers.salesforce.calls import write_calls, write_quotas, write_rates
from tandem.simulation.writers.salesforce.contacts import write_contacts
from tandem.simulation.writers.salesforce.contracts import write_contracts
from tandem.simulation.writers.salesforce.leads import write_leads
from tandem.simulation.writers.salesforce.opportunities import assign_opportunity_ids, write_opportunities
from tandem.simulation.writers.salesforce.records import CrmRecords
from tandem.simulation.writers.salesforce.users import write_products, write_users


def write_salesforce(world: World) -> None:
    """All files of the CRM; fills the world's id maps on the way."""
    records = CrmRecords()
    write_users(world)
    products = write_products(world)
    write_accounts(world, records)
    write_contacts(world, records)
    assign_opportunity_ids(world)
    write_leads(world, records)
    with Activities(world, records) as activities:
        calls = write_opportunities(world, records, products, activities)
        activities.prospect()
    write_calls(world, calls)
    write_quotas(world)
    write_contracts(world, records)
    write_rates(world)
