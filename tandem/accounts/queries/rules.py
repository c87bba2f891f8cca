"""The survivorship rules in force, in words, for the page of settings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tandem.accounts.contracts import Entity, SourceKind
from tandem.accounts.domain.survivorship import DEFAULT_RULES, STRATEGIES, WORDS, Rule
from tandem.accounts.models import SurvivorshipRule
from tandem.accounts.queries.choosing import accounts, contacts, deals
from tandem.accounts.queries.choosing.links import Links

STRATEGY_TITLES = {
    "correction": "A person's correction",
    "source_rank": "The most trusted source",
    "most_recent": "The latest change",
    "most_sources": "What most sources say",
    "longest": "The longest text",
    "any_true": "Any yes (the strictest)",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleRow:
    """The rule of one field.

    field : "*" for all fields without a rule of their own
    strategies : words in the order in which they are tried
    source_rank : kinds of sources, most trusted first; those not named come last
    is_own : RevOps has set it; else it is the one the product comes with
    sentence : the rule as a person would say it
    """

    entity: Entity
    field: str
    strategies: tuple[str, ...]
    source_rank: tuple[str, ...]
    is_own: bool
    sentence: str


def list_rules() -> Sequence[RuleRow]:
    """Every rule in force, entity by entity, the one for all other fields first."""
    own = {(row.entity, row.field): Rule(tuple(row.strategies), tuple(row.source_rank)) for row in _rows()}
    rules = {(str(entity), field): rule for (entity, field), rule in DEFAULT_RULES.items()} | own
    order = [entity.value for entity in ruled_fields()]
    return [
        RuleRow(
            entity=Entity(entity),
            field=field,
            strategies=rule.strategies,
            source_rank=rule.source_rank,
            is_own=(entity, field) in own,
            sentence=sentence_of(rule),
        )
        for (entity, field), rule in sorted(
            rules.items(), key=lambda one: (order.index(one[0][0]), one[0][1] != "*", one[0][1])
        )
    ]


def _rows() -> Sequence[SurvivorshipRule]:
    return list(SurvivorshipRule.objects.all())


def ruled_fields() -> dict[Entity, tuple[str, ...]]:
    """The fields of each entity that a rule can be about."""
    links = Links()
    return {
        Entity.ACCOUNT: (*accounts.tellings(links), "parent"),
        Entity.CONTACT: (*contacts.tellings(links), "email", "account"),
        Entity.OPPORTUNITY: tuple(deals.tellings(links)),
    }


def known_strategies() -> tuple[tuple[str, str, str], ...]:
    """Every strategy as (word, title, what it says when it decides)."""
    return tuple((word, STRATEGY_TITLES[word], WORDS[word]) for word in STRATEGIES)


def known_kinds() -> tuple[str, ...]:
    """Kinds of sources that can be ranked."""
    return tuple(kind.value for kind in SourceKind if kind is not SourceKind.CORRECTION)


def sentence_of(rule: Rule) -> str:
    """A rule as a person would say it.

    >>> sentence_of(Rule(("correction", "most_recent")))
    "A person's correction; then the latest change; then what came first."
    """
    titles = [STRATEGY_TITLES[word] for word in rule.strategies]
    rest = [title[0].lower() + title[1:] for title in titles[1:]]
    return "; then ".join([*titles[:1], *rest, "what came first"]) + "."
