"""Everything the writers of files share: the company, the market, its deals, ids, drift and the truth."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from pathlib import Path

from tandem.simulation.config import CompanyConfig, Summary
from tandem.simulation.deals.paths import Book, Deal
from tandem.simulation.dice import Dice
from tandem.simulation.drift import Drift
from tandem.simulation.market import Company, Market, Person
from tandem.simulation.outputs import Truth
from tandem.simulation.staff import Member
from tandem.simulation.systems import CrmIds


@dataclass(slots=True)
class World:
    """What every writer reads. The id maps are filled by the CRM writer and read by later ones."""

    config: CompanyConfig
    staff: list[Member]
    market: Market
    book: Book
    out: Path
    truth: Truth
    summary: Summary
    drift: Drift
    ids: CrmIds
    user_ids: dict[int, str] = field(default_factory=dict)
    account_ids: dict[int, str] = field(default_factory=dict)
    contact_ids: dict[int, str] = field(default_factory=dict)
    opportunity_ids: dict[int, str] = field(default_factory=dict)
    tracked: set[int] = field(default_factory=set)

    def dice(self, *names: object) -> Dice:
        """A stream of draws for a part."""
        return Dice.of(self.config.seed, *names)

    @property
    def sellers(self) -> list[Member]:
        """All sellers, also those who left."""
        return [member for member in self.staff if member.role == "seller"]

    def day(self, week: int) -> dt.date:
        """Monday of a week."""
        return self.config.origin + dt.timedelta(weeks=week)

    def need(self, company: Company, week: int) -> float:
        """Latent need of a company in a week."""
        return float(self.market.need[company.index, min(max(week, 0), self.config.weeks - 1)])

    def account_key(self, company: Company, record: str, source: str) -> None:
        """Keep in the truth which company a record stands for."""
        self.truth.add("account_records", source, record, company.index)

    def contact_key(self, person: Person, record: str, source: str, employment: int) -> None:
        """Keep in the truth which person, at which of the two jobs, a record stands for."""
        self.truth.add("contact_records", source, record, person.index, employment)

    def company_deals(self) -> dict[int, list[Deal]]:
        """Deals by company."""
        result: dict[int, list[Deal]] = {}
        for deal in self.book.deals:
            result.setdefault(deal.company.index, []).append(deal)
        return result
