"""Writes of partitions: whose law somebody is under, and rows of files that may not be kept here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from django.db import transaction

from tandem.access.actions import require
from tandem.compliance.actions.ledger import append
from tandem.compliance.contracts.residency import AsideRow, Evidence, Region
from tandem.compliance.domain.regions import strictest
from tandem.compliance.models import PutAside, RegionMark
from tandem.compliance.queries.keys import registry_keys
from tandem.compliance.queries.partitions import evidence_hash, marked_regions
from tandem.core import bulk
from tandem.core.actors import Actor

MARK = ("kind", "key_hash", "region", "seen_at")
ASIDE = ("file_sha256", "entity", "source_key", "row_number", "row_hash", "region", "reason", "seen_at")
AT_ONCE = 900


def mark_regions(told: Iterable[tuple[Evidence, Region]], *, actor: Actor, now: datetime) -> int:
    """Keep whose law people, companies and deals are under; what was told before and is stricter stays.

    Only keyed hashes are kept. Returns how many marks are new or became stricter.
    Raises NotAllowed without "source.manage".
    """
    require(actor, "source.manage")
    strongest: dict[Evidence, Region] = {}
    for one, region in told:
        strongest[one] = strictest((region, strongest.get(one, region)))
    if not strongest:
        return 0
    known = marked_regions(strongest)
    changed = {
        one: strictest((region, known.get(one, region)))
        for one, region in strongest.items()
        if strictest((region, known.get(one, region))) is not known.get(one)
    }
    key = registry_keys()[0]
    rows = [(one[0].value, evidence_hash(*one, key), region.value, now) for one, region in changed.items()]
    bulk.upsert(RegionMark, MARK, rows, conflict=("kind", "key_hash"), update=("region",), stamp=("seen_at",))
    return len(changed)


def forget_marks(found: Iterable[Evidence], *, request: str, actor: Actor) -> int:
    """Remove what is known of whose law somebody is under; returns how many marks went.

    request : what it follows, for the ledger: "request:12"
    Raises NotAllowed without "suppression.manage", as erasing does.
    """
    require(actor, "suppression.manage")
    hashes = [evidence_hash(*one, key) for one in found for key in registry_keys()]
    with transaction.atomic():
        gone, _ = RegionMark.objects.filter(key_hash__in=hashes).delete()
        if gone:
            append(actor=actor, action="compliance.region_marks_erased", subject=request, facts={"marks": gone})
    return gone


def put_aside(
    rows: Sequence[AsideRow],
    *,
    file_sha256: str,
    entity: str,
    source_key: str,
    subject: str,
    actor: Actor,
    now: datetime,
) -> None:
    """Write down rows of a file that are not kept here: number, hash, region and reason, nothing of what they say.

    subject : what the ledger calls the load, e.g. "load:7"
    Raises NotAllowed without "source.manage".
    """
    require(actor, "source.manage")
    if not rows:
        return
    told = [
        (file_sha256, entity, source_key, row.number, row.row_hash, row.region.value, row.reason, now) for row in rows
    ]
    counts = Counter(row.region.value for row in rows)
    with transaction.atomic():
        written = bulk.upsert(PutAside, ASIDE, told, conflict=ASIDE[:4], update=("row_hash", "region", "reason"))
        if written.inserted or written.updated:
            append(actor=actor, action="compliance.rows_put_aside", subject=subject, facts=dict(counts))


def release(*, file_sha256: str, entity: str, source_key: str, forbidden: Collection[Region], actor: Actor) -> int:
    """Rows of a file that were put aside for regions that may be kept by now are no longer put aside; returns how many.

    Raises NotAllowed without "source.manage".
    """
    require(actor, "source.manage")
    rows = PutAside.objects.filter(file_sha256=file_sha256, entity=entity, source_key=source_key)
    gone, _ = rows.exclude(region__in=[region.value for region in forbidden]).delete()
    return gone


def mark_handed_over(
    numbers: Mapping[tuple[str, str], Collection[int]],
    *,
    file_sha256: str,
    partner_id: int,
    regions: Iterable[Region],
    actor: Actor,
    now: datetime,
) -> None:
    """Write down that rows of a file have been sealed for a partner.

    numbers : (entity, source key) to row numbers
    Raises NotAllowed without "region.manage".
    """
    require(actor, "region.manage")
    with transaction.atomic():
        for (entity, source_key), wanted in numbers.items():
            rows = PutAside.objects.filter(file_sha256=file_sha256, entity=entity, source_key=source_key)
            ordered = sorted(wanted)
            for place in range(0, len(ordered), AT_ONCE):
                some = ordered[place : place + AT_ONCE]
                rows.filter(row_number__in=some).update(handed_over_at=now, partner_id=partner_id)
        facts = {
            "rows": sum(map(len, numbers.values())), "regions": sorted(region.value for region in regions),
            "sha256": file_sha256,
        }  # fmt: skip
        append(actor=actor, action="compliance.rows_handed_over", subject=f"partner:{partner_id}", facts=facts)
