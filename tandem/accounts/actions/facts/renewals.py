"""Contracts that end on a day."""

from __future__ import annotations

from tandem.accounts.actions.facts.batch import FactBatch, FactResult, column, row_numbers, text_column
from tandem.accounts.actions.facts.keys import deal_ids, ids_in, keys_of
from tandem.accounts.actions.facts.products import cents
from tandem.accounts.contracts import Entity
from tandem.accounts.domain.conversion import Refusal
from tandem.accounts.models import Opportunity, Product, Renewal
from tandem.accounts.queries.choosing.links import Accounts
from tandem.accounts.queries.choosing.records import Record
from tandem.core import bulk

RENEWAL = (
    "account_id", "opportunity_id", "product_id", "ends_on", "amount", "currency", "source_id", "key",
)  # fmt: skip


def load_renewals(batch: FactBatch) -> FactResult:
    """Contracts of known accounts: by the source's key, by name, or through their renewal deal."""
    refused: list[Refusal] = []
    rows: dict[str, tuple[object, ...]] = {}
    deals = deal_ids(batch)
    customers = dict(
        Opportunity.objects.filter(id__in={deal for deal in deals if deal}).values_list("id", "account_id")
    )
    products = _products_by_name()
    names = text_column(batch, "account_name")
    facts = zip(
        row_numbers(batch), keys_of(batch, Entity.RENEWAL), _accounts(batch, names), deals,
        text_column(batch, "account_key"), names, text_column(batch, "product_name"), column(batch, "ends_on"),
        column(batch, "amount"), text_column(batch, "currency"), strict=True,
    )  # fmt: skip
    for number, key, account, deal, account_key, name, product, ends_on, amount, currency in facts:
        customer = account or customers.get(deal)
        if customer is None:
            reason = "no account with this key or name is known; import the accounts first"
            refused.append(Refusal(number, "account_key", (account_key or name)[:200], reason))
        else:
            of = products.get(product.casefold())
            rows[key] = (customer, deal, of, ends_on, cents(amount), currency, batch.source.id, key)
    counts = bulk.upsert(Renewal, RENEWAL, rows.values(), conflict=("source_id", "key"), update=RENEWAL[:-2])
    landed = counts.inserted + counts.updated
    return FactResult(landed=landed, unchanged=len(batch.typed) - landed - len(refused), refused=refused)


def _accounts(batch: FactBatch, names: list[str]) -> list[int | None]:
    """The account of each row by key, else by name."""
    found = ids_in(batch, Entity.ACCOUNT, "account_key")
    if all(found) or not any(names):
        return found
    about = [Record(0, 0, batch.source.id, batch.source.kind, "", {"account_name": name}, batch.now) for name in names]
    known = Accounts()
    known.prepare(about)
    told = zip(found, about, names, strict=True)
    return [one or (known.by_name(record, name) if name else None) for one, record, name in told]


def _products_by_name() -> dict[str, int]:
    rows = Product.objects.order_by("is_listed", "-id").values_list("name", "id")
    return {name.casefold(): pk for name, pk in rows}
