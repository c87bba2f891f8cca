"""Short ways for tests to have a source tell something."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import count
from typing import Any

from tandem.accounts.contracts import Entity, SourceKind
from tandem.accounts.domain.conversion import row_hash
from tandem.accounts.models import GoldenLink, Source, SourceRecord
from tandem.core.actors import built_in_agent

NOW = datetime(2026, 11, 24, 8, 40, tzinfo=UTC)
SHELL = built_in_agent("shell", "shell")
_keys = count(1)


def source(key: str = "crm", kind: SourceKind = SourceKind.CRM) -> Source:
    """The source of this key."""
    return Source.objects.get_or_create(
        key=key, defaults={"name": key.title(), "kind": kind, "system": key, "created_at": NOW}
    )[0]


def tell(
    entity: Entity,
    golden_id: int | None,
    of: Source,
    *,
    key: str | None = None,
    at: datetime = NOW,
    **data: Any,
) -> SourceRecord:
    """A source record, matched to a golden id and waiting to be put together."""
    return SourceRecord.objects.create(
        source=of,
        entity=entity,
        key=key or f"k{next(_keys)}",
        data=data,
        row_hash=row_hash(data),
        observed_at=at,
        golden_id=golden_id,
        link=GoldenLink.ALONE if golden_id else GoldenLink.PENDING,
    )
