"""What matching reads: source records as frames, people's decisions, the kept model, thresholds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import pandas as pd
from django.db.models import Q, QuerySet

from tandem.accounts.contracts import Entity, SourceKind
from tandem.accounts.domain.matching.clusters import Decisions
from tandem.accounts.domain.matching.contracts import MatchModel, Thresholds
from tandem.accounts.domain.matching.employers import Employers
from tandem.accounts.models import GoldenLink, MatchPair, PairState, SourceRecord, StoredReport

ROWS_AT_ONCE = 50_000
THRESHOLDS = "match-thresholds"
READ: Mapping[Entity, tuple[str, ...]] = {
    Entity.ACCOUNT: (
        "name", "domain", "domain_2", "phone", "street", "city", "region", "postal_code", "country", "industry",
    ),
    Entity.CONTACT: (
        "first_name", "last_name", "name", "email", "email_2", "phone", "mobile", "linkedin", "title", "account_key",
        "account_name", "account_domain", "street", "city", "region", "postal_code", "country",
    ),
}  # fmt: skip


def matched_records(entity: Entity) -> QuerySet[SourceRecord]:
    """Source records that are compared: all but what people typed in, which belongs where they put it."""
    return SourceRecord.objects.filter(entity=entity).exclude(source__kind=SourceKind.CORRECTION)


def former_ids(entity: Entity) -> dict[int, int]:
    """Record id to golden id, of compared records that have one."""
    rows = matched_records(entity).filter(golden_id__isnull=False)
    told = rows.values_list("id", "golden_id").iterator(ROWS_AT_ONCE)
    return {record: golden for record, golden in told if golden is not None}


def fresh_ids(entity: Entity) -> frozenset[int]:
    """Compared records that are new, or changed since they were last put together."""
    rows = matched_records(entity).filter(Q(link=GoldenLink.PENDING) | Q(golden_id=None) | Q(is_dirty=True))
    return frozenset(rows.values_list("id", flat=True))


def record_frames(entity: Entity) -> Iterator[pd.DataFrame]:
    """The compared records with the fields that matching reads, oldest first; contacts with their employer's id."""
    employers = _employers() if entity is Entity.CONTACT else None
    rows = matched_records(entity).order_by("id").values_list("id", "source_id", "data").iterator(ROWS_AT_ONCE)
    batch: list[dict[str, Any]] = []
    for pk, source_id, data in rows:
        batch.append({"record_id": pk, "source": str(source_id), **{name: data.get(name) for name in READ[entity]}})
        if len(batch) >= ROWS_AT_ONCE:
            yield _frame(batch, employers)
            batch = []
    if batch:
        yield _frame(batch, employers)


def _frame(batch: list[dict[str, Any]], employers: Employers | None) -> pd.DataFrame:
    frame = pd.DataFrame(batch, dtype=object)
    return frame if employers is None else frame.assign(account_id=employers.of(frame))


def _employers() -> Employers:
    rows = SourceRecord.objects.filter(entity=Entity.ACCOUNT, golden_id__isnull=False).order_by("id")
    told = rows.values_list("source_id", "key", "golden_id", "data__domain", "data__name").iterator(ROWS_AT_ONCE)
    names = ["source", "key", "cluster_id", "domain", "name"]
    return Employers(pd.DataFrame(list(told), columns=names).astype({"source": str}))


def decisions_on(entity: Entity) -> Decisions:
    """What people said about pairs."""
    rows = MatchPair.objects.filter(entity=entity, state__in=(PairState.MERGED, PairState.APART))
    said = sorted(rows.values_list("left_id", "right_id", "state"))
    return Decisions(
        together=tuple((left, right) for left, right, state in said if state == PairState.MERGED),
        apart=frozenset((left, right) for left, right, state in said if state == PairState.APART),
    )


def thresholds_of(entity: Entity) -> Thresholds:
    """The thresholds in force; the product's own until somebody sets others."""
    stored = StoredReport.objects.filter(key=THRESHOLDS).first()
    told = (stored.body if stored else {}).get(str(entity.value))
    return Thresholds(**told) if told else Thresholds()


def kept_model(entity: Entity) -> tuple[MatchModel, int, datetime] | None:
    """The trained model, how many records it was learned from, and when; None: nothing was learned yet."""
    stored = StoredReport.objects.filter(key=model_key(entity)).first()
    if stored is None:
        return None
    told = stored.body["model"]
    model = MatchModel(
        entity=told["entity"],
        settings=told["settings"],
        calibration=told["calibration"],
        columns=tuple(told["columns"]),
        trained=tuple(told["trained"]),
        notes=tuple(told["notes"]),
    )
    return model, int(stored.body["records"]), stored.computed_at


def model_key(entity: Entity) -> str:
    """Where the model is kept: "match-model-account"."""
    return f"match-model-{entity.value}"
