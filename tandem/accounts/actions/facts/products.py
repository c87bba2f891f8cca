"""What is sold: products, the lines of deals, and whom we meet there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

from tandem.accounts.actions.assembling.deal_parts import OWN_ROW, drop_own_lines
from tandem.accounts.actions.facts.batch import FactBatch, FactResult, column, row_numbers, text_column
from tandem.accounts.actions.facts.history import unknown_deal
from tandem.accounts.actions.facts.keys import deal_ids, keys_of
from tandem.accounts.contracts import Entity
from tandem.accounts.domain.conversion import Refusal
from tandem.accounts.models import Competitor, OpportunityProduct, Product
from tandem.core import bulk

PRODUCT = ("source_id", "key", "name", "family", "list_price", "currency", "is_listed")
LINE = ("opportunity_id", "product_id", "key", "quantity", "unit_price", "amount")
MOST_MONEY = Decimal(10) ** 18
MOST_QUANTITY = Decimal(10) ** 10


def load_products(batch: FactBatch) -> FactResult:
    """Products as the source lists them."""
    facts = zip(
        keys_of(batch, Entity.PRODUCT), text_column(batch, "name"), text_column(batch, "family"),
        column(batch, "list_price"), text_column(batch, "currency"), strict=True,
    )  # fmt: skip
    rows = {
        key: (batch.source.id, key, name[:255], family[:120], cents(price), currency, True)
        for key, name, family, price, currency in facts
    }
    _take_over_unlisted(batch, {row[2].casefold(): key for key, row in rows.items()})
    counts = bulk.upsert(Product, PRODUCT, rows.values(), conflict=("source_id", "key"), update=PRODUCT[2:])
    landed = counts.inserted + counts.updated
    return FactResult(landed=landed, unchanged=len(batch.typed) - landed, refused=[])


def _take_over_unlisted(batch: FactBatch, keys: Mapping[str, str]) -> None:
    """A product that only deals named so far is the one of this name that is listed now."""
    own = Product.objects.filter(source=batch.source)
    taken = set(own.filter(key__in=keys.values()).values_list("key", flat=True))
    unlisted = own.filter(is_listed=False).values_list("id", "name")
    named = {keys[name.casefold()]: pk for pk, name in unlisted if name.casefold() in keys}
    bulk.update_many(Product, "id", ("key",), [(pk, key) for key, pk in named.items() if key not in taken])


def load_competitors(batch: FactBatch) -> FactResult:
    """Competitors by name; of a name written in two cases the first is kept."""
    known = {name.casefold(): name for name in Competitor.objects.values_list("name", flat=True)}
    rows = {}
    for name, domain, aliases in zip(
        text_column(batch, "name"), text_column(batch, "domain"), text_column(batch, "aliases"), strict=True
    ):
        kept = known.setdefault(name[:120].casefold(), name[:120])
        others = sorted({alias.strip() for alias in aliases.split(";")} - {"", kept})
        rows[kept] = (kept, domain, others)
    counts = bulk.upsert(
        Competitor, ("name", "domain", "aliases"), rows.values(), conflict=("name",), update=("domain", "aliases")
    )
    landed = counts.inserted + counts.updated
    return FactResult(landed=landed, unchanged=len(batch.typed) - landed, refused=[])


def load_lines(batch: FactBatch) -> FactResult:
    """Lines of deals. A product that no product file names is kept as not listed."""
    refused: list[Refusal] = []
    rows: dict[tuple[int, str], tuple[object, ...]] = {}
    names, codes = text_column(batch, "product_name"), text_column(batch, "product_key")
    shelf = _Shelf(batch, zip(codes, names, strict=True))
    facts = zip(
        row_numbers(batch), deal_ids(batch), keys_of(batch, Entity.OPPORTUNITY_PRODUCT), codes, names,
        text_column(batch, "opportunity_key"), column(batch, "quantity"), column(batch, "unit_price"),
        column(batch, "amount"), strict=True,
    )  # fmt: skip
    for number, deal, key, code, name, deal_key, quantity, unit_price, amount in facts:
        if deal is None:
            refused.append(unknown_deal(number, deal_key))
        elif not code and not name:
            refused.append(Refusal(number, "product_name", "", "the line names no product"))
        elif quantity is not None and abs(quantity) >= MOST_QUANTITY:
            refused.append(Refusal(number, "quantity", str(quantity), "is larger than any quantity sold"))
        else:
            count = Decimal(1) if quantity is None else quantity.quantize(Decimal("0.01"))
            price = cents(unit_price) if unit_price is not None or not amount or not count else cents(amount / count)
            rows[deal, key] = (deal, shelf.product(code, name), key, count, price, cents(amount))
    counts = bulk.upsert(OpportunityProduct, LINE, rows.values(), conflict=("opportunity_id", "key"), update=LINE[1:])
    drop_own_lines(sorted({deal for deal, key in rows if key != OWN_ROW}))
    landed = counts.inserted + counts.updated
    return FactResult(landed=landed, unchanged=len(batch.typed) - landed - len(refused), refused=refused)


def cents(amount: Decimal | None) -> Decimal | None:
    """An amount as it is kept, with two places; None when there is none or it is beyond any money."""
    return None if amount is None or abs(amount) >= MOST_MONEY else amount.quantize(Decimal("0.01"))


class _Shelf:
    """The products that the lines of a batch name; those nobody lists are added, not listed."""

    def __init__(self, batch: FactBatch, named: Iterable[tuple[str, str]]) -> None:
        self._source_id = batch.source.id
        self._by_key: dict[tuple[int, str], int] = {}
        self._by_name: dict[tuple[int, str], int] = {}
        self._read()
        unknown = {(code, name) for code, name in named if (code or name) and self._find(code, name) is None}
        if unknown:
            rows = {key: self._unlisted(key, name) for key, name in map(_key_and_name, sorted(unknown))}
            bulk.upsert(Product, PRODUCT, rows.values(), conflict=("source_id", "key"), update=None)
            self._read()

    def product(self, code: str, name: str) -> int:
        """Id of the product a line names."""
        found = self._find(code, name)
        return found if found is not None else self._by_key[self._source_id, _key_and_name((code, name))[0]]

    def _read(self) -> None:
        for pk, source_id, key, name in Product.objects.order_by("-is_listed", "id").values_list(
            "id", "source_id", "key", "name"
        ):
            self._by_key[source_id, key] = pk
            self._by_name.setdefault((source_id, name.casefold()), pk)
            self._by_name.setdefault((0, name.casefold()), pk)

    def _find(self, code: str, name: str) -> int | None:
        word = name.casefold()
        found = self._by_key.get((self._source_id, code)) if code else None
        if found is None and word:
            found = self._by_name.get((self._source_id, word)) or self._by_name.get((0, word))
        return found

    def _unlisted(self, key: str, name: str) -> tuple[object, ...]:
        return (self._source_id, key, name[:255], "", None, "", False)


def _key_and_name(named: tuple[str, str]) -> tuple[str, str]:
    """A line's product as it would be kept: under its code, else under its name in small letters."""
    code, name = named
    return (code or name.casefold())[:200], name or code
