"""The seven layers of the stack as they stand: checks of the parts that this room and those below it bring."""

from __future__ import annotations

from django.db.models import Count, Q

from tandem.accounts.domain import layers
from tandem.accounts.domain.layers import Finding, Health, LayerHealth
from tandem.accounts.models import Load, LoadState, MatchPair, PairState, SourceRecord
from tandem.accounts.queries.sources import Freshness, list_sources
from tandem.compliance.queries import head, last_verification, proof_warnings
from tandem.core import clock

TOLERATED_REFUSED = 0.02  # of the rows of the last loads: more than every fiftieth row is a broken export
LATEST_LOADS = 50
MOST_WAITING_PAIRS = 500  # more is no queue that somebody works through


def list_layers() -> tuple[LayerHealth, ...]:
    """All seven layers from the ground up; parts that nobody brings are missing and name their risk."""
    return layers.examine()


def check_sources() -> Finding:
    """Sources that are watched are heard in time."""
    rows = [row for row in list_sources(now=clock.now()) if not row.is_typed_in]
    if not rows:
        return Finding(state=Health.MISSING, evidence="No source has told anything yet.")
    late = [row.name for row in rows if row.freshness in (Freshness.LATE, Freshness.SILENT)]
    watched = sum(row.freshness is not Freshness.UNWATCHED for row in rows)
    told = f"{len(rows)} sources, {watched} watched, {sum(row.records for row in rows):,} records."
    if late:
        return Finding(state=Health.DEGRADED, evidence=f"{told} Not heard in time: {', '.join(late)}.")
    return Finding(state=Health.HEALTHY, evidence=told)


def check_loads() -> Finding:
    """The last loads came in whole, and few of their rows were refused."""
    latest = list(Load.objects.order_by("-id").values_list("state", "rows_read", "rows_refused")[:LATEST_LOADS])
    if not latest:
        return Finding(state=Health.MISSING, evidence="Nothing has been loaded yet.")
    failed = sum(state == LoadState.FAILED for state, _, _ in latest)
    read, refused = sum(row[1] for row in latest), sum(row[2] for row in latest)
    share = refused / read if read else 0.0
    told = f"{read:,} rows in the last {len(latest)} loads, {refused:,} refused ({share:.1%}), {failed} loads failed."
    is_poor = failed > 0 or share > TOLERATED_REFUSED
    return Finding(state=Health.DEGRADED if is_poor else Health.HEALTHY, evidence=told)


def check_matching() -> Finding:
    """Records are matched, and people keep up with the pairs in doubt."""
    counts = SourceRecord.objects.filter(entity__in=("account", "contact")).aggregate(
        records=Count("id"), pending=Count("id", filter=Q(golden_id=None)), dirty=Count("id", filter=Q(is_dirty=True))
    )
    if not counts["records"]:
        return Finding(state=Health.MISSING, evidence="There is nothing to match yet.")
    waiting = MatchPair.objects.filter(state=PairState.REVIEW).count()
    told = (
        f"{counts['records']:,} records, {counts['pending']:,} not matched yet, "
        f"{counts['dirty']:,} to be put together, {waiting:,} pairs wait for a person."
    )
    is_behind = counts["pending"] > 0 or waiting > MOST_WAITING_PAIRS
    return Finding(state=Health.DEGRADED if is_behind else Health.HEALTHY, evidence=told)


def check_ledger() -> Finding:
    """The ledger is written, and its chain held when the night last recomputed it."""
    number, digest = head()
    if not number:
        return Finding(state=Health.DEGRADED, evidence="The ledger has no entry yet.")
    told = f"{number:,} entries; the last one's hash begins {digest[:12]}."
    checked = last_verification()
    if checked is None:
        return Finding(state=Health.HEALTHY, evidence=f"{told} Not verified by a night yet.")
    at, found = checked
    told = f"{told} Verified on {at:%d %b %Y}."
    if not found.holds:
        return Finding(state=Health.DEGRADED, evidence=f"{told} {found.sentence}")
    late = proof_warnings(now=clock.now())
    if late:
        return Finding(state=Health.DEGRADED, evidence=" ".join((told, *late)))
    return Finding(state=Health.HEALTHY, evidence=told)


layers.register("data.sources", check_sources)
layers.register("data.loads", check_loads)
layers.register("identity.matching", check_matching)
layers.register("observability.ledger", check_ledger)
