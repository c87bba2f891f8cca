"""Everything the writers of files share: the company, the market, its deals, ids, drift and the truth."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from pathlib import Path

from tandem.simulation.config import CompanyConfig, Summary
from tandem.simulation.deals.paths import Book, Deal
from tandem.simulation.deals.touches import Touch, touches_of
from tandem.simulation.dice import Dice
from tandem.simulation.drift import Drift
from tandem.simulation.market import Company, Market, Person
from tandem.simulation.outputs import Truth
from tandem.simulation.staff import Member
from tandem.simulation.systems import CrmIds


@dataclass(slots=True)
class World:
    """What every writer reads.

    The id maps and `tracked` are filled by the CRM writer, which runs first, and read by later ones.
    user_ids: by member. account_ids: main CRM account by company. contact_ids: newest CRM contact by person.
    opportunity_ids: by deal; a deal that was over before the exported period has none.
    tracked: companies that the CRM knows.
    """

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
    _origin: dt.date = field(init=False)
    _last_week: int = field(init=False)

    def __post_init__(self) -> None:
        self._origin, self._last_week = self.config.origin, self.config.weeks - 1

    def dice(self, *names: object) -> Dice:
        """A stream of draws for a part."""
        return Dice.of(self.config.seed, *names)

    def heir(self, member: Member) -> Member | None:
        """Who keeps the deals of a seller who left: a colleague of region and segment, else the manager."""
        if member.ended is None:
            return None
        mates = [
            mate
            for mate in self.sellers
            if mate.ended is None and (mate.region, mate.segment) == (member.region, member.segment)
        ]
        return mates[member.index % len(mates)] if mates else member.manager

    def touches(self, deal: Deal) -> list[Touch]:
        """What truly passed between both sides of a deal."""
        config = self.config
        return touches_of(deal, seed=config.seed, origin=config.origin, end=config.end, heir=self.heir(deal.owner))

    @property
    def exported_deals(self) -> list[Deal]:
        """Deals that were open on the first exported day or later, in order of opening."""
        start = self.config.start
        return [deal for deal in self.book.deals if deal.ended is None or deal.ended >= start]

    @property
    def sellers(self) -> list[Member]:
        """All sellers, also those who left."""
        return [member for member in self.staff if member.role == "seller"]

    def day(self, week: int) -> dt.date:
        """Monday of a week."""
        return self._origin + dt.timedelta(weeks=week)

    def need(self, company: Company, week: int) -> float:
        """Latent need of a company in a week."""
        return float(self.market.need[company.index, min(max(week, 0), self._last_week)])

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
