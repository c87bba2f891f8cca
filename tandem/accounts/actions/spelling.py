"""Spelling drift between files: deals that name a product which no product file knows."""

from __future__ import annotations

from collections import Counter

from tandem.accounts.domain.drift import closest_word
from tandem.accounts.models import Product, Source

MOST_NOTES = 20


def notes_on_products(source: Source, words: Counter[str]) -> list[str]:
    """A sentence for each product word that is not among the source's listed products, with what it is likely to be.

    words : product names in a file, with how many rows name each
    Empty when the source has listed no products: there is nothing to compare with.
    """
    listed = set(Product.objects.filter(source=source, is_listed=True).values_list("name", flat=True))
    if not listed:
        return []
    notes = []
    for word, count in sorted(words.items()):
        if word in listed:
            continue
        likely = closest_word(word, listed)
        hint = f"; it looks like {likely!r}" if likely else ""
        notes.append(f"product_name: {word!r} ({count:,} rows) is in no product file{hint}.")
    return notes[:MOST_NOTES]
