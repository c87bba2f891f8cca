"""Which tier does a task: the first rule that fits, else the task's own. Pure, and told in words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from fnmatch import fnmatchcase

from tandem.agents.contracts import Provider, Tier


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """A model that may be asked. Without its key; prices in US dollars a million tokens."""

    id: int
    name: str
    provider: Provider
    model: str
    base_url: str
    tier: Tier
    place: int
    price_in: Decimal
    price_out: Decimal
    destination: str
    timeout: int
    most_tokens: int

    @property
    def engine(self) -> str:
        """As runs name it: "provider:model"."""
        return f"{self.provider.value}:{self.model}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A row of the routing policy. task : pattern; least_value : None any; region : empty any"""

    place: int
    task: str
    tier: Tier
    least_value: Decimal | None = None
    region: str = ""
    note: str = ""

    def fits(self, task: str, value: Decimal | None, region: str) -> bool:
        """Whether the rule speaks for this request. A value that is not known reaches no least value."""
        if self.least_value is not None and (value is None or value < self.least_value):
            return False
        return fnmatchcase(task, self.task) and self.region in ("", region)

    @property
    def told(self) -> str:
        """The rule in words."""
        parts = [self.task if self.task != "*" else "every task"]
        parts += [f"from a value of {self.least_value:,.0f}"] if self.least_value is not None else []
        parts += [f"of people in {self.region.upper()}"] if self.region else []
        return f"Rule {self.place} ({', '.join(parts)}): {self.tier.value}."


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The tier that is to do it, and why in words."""

    tier: Tier
    because: str


def choose_tier(task: str, own: Tier, *, value: Decimal | None, region: str, rules: Iterable[Rule]) -> Choice:
    """The tier of the first rule that fits, in the order of their places; else the task's own.

    >>> rule = Rule(place=1, task="prospecting.*", tier=Tier.STRONG, least_value=Decimal(50_000))
    >>> choose_tier("prospecting.brief", Tier.FAST, value=Decimal(60_000), region="", rules=[rule]).because
    'Rule 1 (prospecting.*, from a value of 50,000): strong.'
    """
    for rule in sorted(rules, key=lambda one: one.place):
        if rule.fits(task, value, region):
            return Choice(tier=rule.tier, because=rule.told)
    return Choice(tier=own, because=f"The task's own tier: {own.value}.")
