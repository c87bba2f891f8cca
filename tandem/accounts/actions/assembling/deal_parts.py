"""Product and main contact of a deal whose own row names them: sources without line items and contact roles.

Lists say more than a row: where a deal has lines of a list, its own row makes none. What its row no longer names goes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from tandem.accounts.actions.assembling.context import Context
from tandem.accounts.contracts import Entity
from tandem.accounts.models import Contact, OpportunityContact, OpportunityProduct, Product
from tandem.accounts.queries.choosing.links import keyed_ids
from tandem.accounts.queries.choosing.records import Record, in_slices
from tandem.core import bulk

OWN_ROW = "row"  # key of the one line that a deal's own row makes


def write_deal_parts(found: Mapping[int, Sequence[Record]], context: Context) -> None:
    """One product line and one main contact a deal, where its row names them; both in the caller's transaction."""
    records = [(pk, record) for pk, told in found.items() for record in told]
    _write_lines(list(found), [(pk, record) for pk, record in records if record.data.get("product_name")])
    _write_people(list(found), [(pk, record) for pk, record in records if record.data.get("contact_key")])


def drop_own_lines(deal_ids: Sequence[int]) -> None:
    """Remove the lines that these deals' own rows made; a line with a price is of a list that calls its lines so."""
    for some in in_slices(deal_ids):
        made = OpportunityProduct.objects.filter(opportunity_id__in=some, key=OWN_ROW)
        made.filter(amount=None, unit_price=None).delete()


def _write_lines(deal_ids: Sequence[int], named: Sequence[tuple[int, Record]]) -> None:
    listed: set[int] = set()
    for some in in_slices(deal_ids):
        lines = OpportunityProduct.objects.filter(opportunity_id__in=some).exclude(key=OWN_ROW)
        listed.update(lines.values_list("opportunity_id", flat=True))
    named = [(pk, record) for pk, record in named if pk not in listed]
    products = _products({(record.source_id, str(record.data["product_name"])) for _, record in named})
    rows = {
        pk: (pk, products[record.source_id, str(record.data["product_name"]).casefold()], OWN_ROW)
        for pk, record in named
    }
    drop_own_lines([pk for pk in deal_ids if pk not in rows])
    bulk.upsert(
        OpportunityProduct,
        ("opportunity_id", "product_id", "key"),
        rows.values(),
        conflict=("opportunity_id", "key"),
        update=("product_id",),
    )


def _products(named: Iterable[tuple[int, str]]) -> dict[tuple[int, str], int]:
    """Products by (source, name in small letters): listed ones, else made on the spot as named by deals only."""
    wanted = {(source_id, name.casefold()): name for source_id, name in named}
    if not wanted:
        return {}
    known = _known_products(wanted)
    new = [
        Product(source_id=source_id, key=word[:200], name=wanted[source_id, word][:255], is_listed=False)
        for source_id, word in sorted(wanted)
        if (source_id, word) not in known
    ]
    if not new:
        return known
    Product.objects.bulk_create(new, ignore_conflicts=True)
    return known | _known_products(wanted)


def _known_products(wanted: Mapping[tuple[int, str], str]) -> dict[tuple[int, str], int]:
    """The source's own product of that name, else any source's; listed ones before those only deals name."""
    found: dict[tuple[int, str], int] = {}
    anywhere: dict[str, int] = {}
    for pk, source_id, name in Product.objects.order_by("-is_listed", "id").values_list("id", "source_id", "name"):
        found.setdefault((source_id, name.casefold()), pk)
        anywhere.setdefault(name.casefold(), pk)
    both = {key: found.get(key) or anywhere.get(key[1]) for key in wanted}
    return {key: pk for key, pk in both.items() if pk is not None}


def _write_people(deal_ids: Sequence[int], named: Sequence[tuple[int, Record]]) -> None:
    keyed = keyed_ids(Entity.CONTACT, [record for _, record in named], ("contact_key",))
    living = set(Contact.objects.filter(id__in=set(keyed.values()), merged_into=None).values_list("id", flat=True))
    rows = {}
    for pk, record in named:
        contact_id = keyed.get((record.source_id, str(record.data["contact_key"])))
        if contact_id in living:
            rows[pk, contact_id] = (pk, contact_id, "", True, True)
    gone: list[int] = []
    for some in in_slices(deal_ids):
        made = OpportunityContact.objects.filter(opportunity_id__in=some, is_of_own_row=True)
        told = made.values_list("id", "opportunity_id", "contact_id")
        gone += [part for part, pk, contact_id in told if (pk, contact_id) not in rows]
    for some in in_slices(gone):
        OpportunityContact.objects.filter(id__in=some).delete()
    bulk.upsert(
        OpportunityContact,
        ("opportunity_id", "contact_id", "role", "is_primary", "is_of_own_row"),
        rows.values(),
        conflict=("opportunity_id", "contact_id"),
        update=None,
    )
