"""OpportunityContactRole and OpportunityLineItem."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from tandem.simulation.deals.habits import CrmStory
from tandem.simulation.deals.paths import Deal
from tandem.simulation.deals.touches import people_on
from tandem.simulation.dice import Dice
from tandem.simulation.lexicon import load
from tandem.simulation.market import Person
from tandem.simulation.outputs import CsvFile
from tandem.simulation.times import stamp
from tandem.simulation.world import World
from tandem.simulation.writers.salesforce.records import ALL_TIMES, FOLDER, CrmRecords, money, yes

ROLE = ("Id", "IsDeleted", "OpportunityId", "ContactId", "Role", "IsPrimary", *ALL_TIMES)
LINE = (
    "Id", "IsDeleted", "OpportunityId", "Product2Id", "ProductCode", "Name", "Quantity", "UnitPrice", "TotalPrice", "ListPrice",
    "CurrencyIsoCode", *ALL_TIMES,
)  # fmt: skip
USUAL_ROLES = {
    "operations": "Business User", "it": "Technical Buyer", "finance": "Economic Buyer", "executive": "Decision Maker",
    "procurement": "Evaluator", "user": "Business User",
}  # fmt: skip


class DealParts:
    """Who takes part in a deal and what is in it, as far as the seller noted it."""

    def __init__(self, world: World, records: CrmRecords, products: list[str]) -> None:
        self.world, self.records, self.products = world, records, products
        self._catalogue = load("own")["products"]
        self._roles = CsvFile(world.out / FOLDER / "OpportunityContactRole.csv", ROLE, world.summary)
        self._lines = CsvFile(world.out / FOLDER / "OpportunityLineItem.csv", LINE, world.summary)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._roles.__exit__(kind, error, trace)
        self._lines.__exit__(kind, error, trace)

    def deal(self, deal: Deal, story: CrmStory) -> str:
        """Write the rows of one deal; returns the primary contact's id, or an empty text."""
        dice = self.world.dice("crm parts", deal.index)
        at = stamp(story.created_at)
        if dice.chance(0.55 + 0.4 * deal.owner.hygiene):
            self._products(dice, deal, story, at)
        return self._people(dice, deal, at)

    def _people(self, dice: Dice, deal: Deal, at: str) -> str:
        noted = [
            (person, contact)
            for person in people_on(deal, deal.opened_on)
            if (contact := self.records.contact_of(person, deal.company))
            and dice.chance(0.35 + 0.6 * deal.owner.hygiene)
        ]
        for place, (person, contact) in enumerate(noted):
            self._roles.write((
                self.world.ids.new("OpportunityContactRole"), "false", self.world.opportunity_ids[deal.index], contact,
                self._role(dice, deal, person), yes(place == 0), at, at, at,
            ))  # fmt: skip
        return noted[0][1] if noted else ""

    def _role(self, dice: Dice, deal: Deal, person: Person) -> str:
        if dice.chance(0.18):
            return dice.pick(("", "Other", "Influencer"))
        if person is deal.buyer:
            return "Economic Buyer"
        return "Influencer" if person is deal.champion and dice.chance(0.4) else USUAL_ROLES[person.part]

    def _products(self, dice: Dice, deal: Deal, story: CrmStory, at: str) -> None:
        """Lines whose total is the deal's amount, to the cent."""
        amount = story.now["Amount"]
        if not isinstance(amount, float):
            return
        chosen = list(deal.products)
        if deal.motion == "New Business" and dice.chance(0.5):
            chosen.append(5 if dice.chance(0.7) else 6)
        weights = [self._catalogue[place]["price"] for place in chosen]
        rest = round(amount * 100)
        for position, place in enumerate(chosen):
            cents = rest if position == len(chosen) - 1 else round(amount * 100 * weights[position] / sum(weights))
            rest -= cents
            self._line(deal, place, cents, dice.pick((1, 1, 1, 2, 4)) if cents % 4 == 0 else 1, at)

    def _line(self, deal: Deal, place: int, cents: int, quantity: int, at: str) -> None:
        product = self._catalogue[place]
        self._lines.write((
            self.world.ids.new("OpportunityLineItem"), "false", self.world.opportunity_ids[deal.index], self.products[place],
            product["code"], product["name"], f"{quantity}.0", money(cents / 100 / quantity), money(cents / 100),
            money(float(product["price"])), deal.currency, at, at, at,
        ))  # fmt: skip
