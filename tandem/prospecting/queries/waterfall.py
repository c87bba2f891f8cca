"""The order in which providers are asked for each field: as RevOps wrote it, else by accuracy for the price."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, Q

from tandem.accounts.queries.missing_fields import ACCOUNT_FIELDS, CONTACT_FIELDS
from tandem.prospecting.domain.accuracy import PRIOR_HITS, PRIOR_N, Candidate
from tandem.prospecting.domain.providers import PROVIDERS, VERIFIERS, CallKind, Provider
from tandem.prospecting.domain.waterfall import Rule, usual_rules
from tandem.prospecting.models import FieldObservation, WaterfallRule
from tandem.prospecting.queries.providers import accounts_on, accuracy_guesses, price_of

ADDRESS_CHECK = "address_check"
LEAST_OBSERVED = 20
COMMON = PRIOR_HITS / PRIOR_N


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A provider at its place for a field. hit_rate : own, else the usual guess; price : of one call"""

    provider: str
    name: str
    accuracy: float
    hit_rate: float
    price: Decimal
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldOrder:
    """How one field is filled. is_own : RevOps wrote the order; choices : every provider that could stand in it"""

    field: str
    title: str
    places: tuple[Place, ...]
    enough: int
    is_own: bool
    choices: tuple[tuple[str, str], ...]


def rules_for(fields: Sequence[str], kind: CallKind) -> dict[str, Rule]:
    """The rules in force for these fields. Five queries at most."""
    own = {row.field: row for row in WaterfallRule.objects.filter(field__in=fields)}
    usual = usual_rules(fields, {field: list(some) for field, some in _candidates(fields, kind).items()})
    written = {field: Rule(providers=tuple(row.providers), enough=row.enough) for field, row in own.items()}
    return {**usual, **written}


def _candidates(fields: Sequence[str], kind: CallKind) -> Mapping[str, Sequence[Candidate]]:
    accounts, guesses = accounts_on(), accuracy_guesses()
    rates = _hit_rates(fields)
    return {
        field: [
            Candidate(
                key=provider.key,
                accuracy=guesses.get(provider.key, COMMON),
                hit_rate=rates.get((provider.key, field), COMMON),
                price=price_of(accounts[provider.key], provider, kind),
            )
            for provider in PROVIDERS
            if kind in provider.kinds and provider.key in accounts
        ]
        for field in fields
    }


def _hit_rates(fields: Sequence[str]) -> dict[tuple[str, str], float]:
    """How often each provider told each field when it was asked; only where it was asked often enough."""
    rows = FieldObservation.objects.filter(field__in=fields).values_list("provider__key", "field")
    counted = rows.annotate(n=Count("id"), hits=Count("id", filter=Q(has_value=True)))
    return {(key, field): hits / n for key, field, n, hits in counted if n >= LEAST_OBSERVED}


def verifiers_in_order() -> tuple[str, ...]:
    """Verifiers that are on, in the order in which they are asked."""
    rule = rules_for([ADDRESS_CHECK], CallKind.CHECK_ADDRESS).get(ADDRESS_CHECK)
    return tuple(key for key in rule.providers if key in VERIFIERS) if rule else ()


def orders() -> list[FieldOrder]:
    """Every field with its order, for the editor."""
    found = []
    groups = (
        (ACCOUNT_FIELDS, CallKind.ENRICH_ACCOUNT, "Company: "),
        (CONTACT_FIELDS, CallKind.ENRICH_PERSON, "Person: "),
        ((ADDRESS_CHECK,), CallKind.CHECK_ADDRESS, "Mail: "),
    )
    own = {row.field: row for row in WaterfallRule.objects.all()}
    for fields, kind, title in groups:
        words = [field_word(field, kind) for field in fields]
        candidates = _candidates(words, kind)
        usual = usual_rules(words, candidates)
        choices = tuple((one.key, one.name) for one in PROVIDERS if kind in one.kinds)
        for field, word in zip(fields, words, strict=True):
            row = own.get(word)
            keys = tuple(row.providers) if row else usual[word].providers if word in usual else ()
            found.append(
                FieldOrder(
                    field=word,
                    title=f"{title}{field.replace('_', ' ')}",
                    places=tuple(_places(keys, kind, candidates[word])),
                    enough=row.enough if row else 1,
                    is_own=row is not None,
                    choices=choices,
                )
            )
    return found


def field_word(field: str, kind: CallKind) -> str:
    """How a field of a company and one of a person are told apart: "account.industry", "contact.email"."""
    prefix = {CallKind.ENRICH_ACCOUNT: "account.", CallKind.ENRICH_PERSON: "contact."}.get(kind, "")
    return f"{prefix}{field}"


def _places(keys: Sequence[str], kind: CallKind, candidates: Sequence[Candidate]) -> list[Place]:
    by_key = {one.key: one for one in candidates}
    providers: Mapping[str, Provider] = {one.key: one for one in PROVIDERS}
    accounts = accounts_on()
    return [
        Place(
            provider=key,
            name=providers[key].name,
            accuracy=by_key[key].accuracy if key in by_key else COMMON,
            hit_rate=by_key[key].hit_rate if key in by_key else COMMON,
            price=price_of(accounts.get(key), providers[key], kind),
            currency=accounts[key].currency if key in accounts else "USD",
        )
        for key in keys
        if key in providers
    ]
