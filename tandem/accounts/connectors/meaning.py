"""Which column titles mean a field, over every declared connector and the words of the schema."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import lru_cache

from tandem.accounts.connectors.registry import list_connectors
from tandem.accounts.contracts import Entity
from tandem.accounts.domain.fields import fields_of
from tandem.accounts.domain.headers import header_word


def columns_meaning(headers: Iterable[str], entity: Entity, fields: Collection[str]) -> tuple[str, ...]:
    """Those of the headers that some system, or the schema's synonyms, read as one of the fields."""
    words = _words(entity, tuple(sorted(fields)))
    return tuple(header for header in headers if header_word(header) in words)


@lru_cache(maxsize=64)
def _words(entity: Entity, fields: tuple[str, ...]) -> frozenset[str]:
    told = (one.columns.items() for one in list_connectors() if one.entity is entity)
    words = {word for columns in told for word, field in columns if field in fields}
    for name in fields:
        words |= {name.replace("_", ""), *(fields_of(entity)[name].synonyms if name in fields_of(entity) else ())}
    return frozenset(words)
