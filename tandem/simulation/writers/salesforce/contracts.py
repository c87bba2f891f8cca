"""Contracts with the day they end and the deal that renews them."""

from __future__ import annotations

import datetime as dt

from tandem.simulation.outputs import CsvFile
from tandem.simulation.times import noon, stamp
from tandem.simulation.world import World
from tandem.simulation.writers.salesforce.records import ALL_TIMES, FOLDER, CrmRecords, money

HEADER = (
    "Id", "IsDeleted", "ContractNumber", "AccountId", "Status", "StartDate", "EndDate", "ContractTerm", "AnnualValue__c",
    "CurrencyIsoCode", "RenewalOpportunity__c", "OwnerId", *ALL_TIMES,
)  # fmt: skip


def write_contracts(world: World, records: CrmRecords) -> None:
    """Contract.csv in order of start."""
    contracts = sorted(world.book.contracts, key=lambda contract: (contract.starts, contract.company.index))
    with CsvFile(world.out / FOLDER / "Contract.csv", HEADER, world.summary) as file:
        for number, contract in enumerate(contracts, start=1):
            company = contract.company
            signed = min(world.config.end, contract.starts - dt.timedelta(days=3))
            renewal = world.opportunity_ids.get(contract.renewal.index, "") if contract.renewal else ""
            at = stamp(noon(signed))
            status = "Expired" if contract.ends < world.config.end else "Activated"
            assert company.owner is not None
            file.write((
                world.ids.new("Contract"), "false", f"{number:08}", records.accounts[company.index][0], status, contract.starts, contract.ends,
                max(1, round((contract.ends - contract.starts).days / 30.4)), money(float(contract.annual)), contract.currency, renewal,
                world.user_ids[company.owner.index], at, at, at,
            ))  # fmt: skip
