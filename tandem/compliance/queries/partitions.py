"""Whose law somebody is under, by what was told in any file: looked up by keyed hash, many at a time."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from functools import lru_cache
from itertools import islice

from django.db.models import QuerySet

from tandem.compliance.contracts.residency import AsideRow, Evidence, EvidenceKind, Region
from tandem.compliance.domain.regions import strictest
from tandem.compliance.models import PutAside, RegionMark
from tandem.compliance.queries.keys import registry_keys

AT_ONCE = 900
HASH_BYTES = 16


def evidence_hash(kind: EvidenceKind, value: str, key: str) -> str:
    """Keyed BLAKE2b (RFC 7693) of one piece of evidence, 128 bits in hex: without the key it tells nothing."""
    said = f"{kind.value}:{value}".encode("utf-8", "surrogatepass")
    return hashlib.blake2b(said, digest_size=HASH_BYTES, key=_secret(key)).hexdigest()


@lru_cache(maxsize=64)
def _secret(key: str) -> bytes:
    return hashlib.sha256(b"tandem region mark:" + key.encode()).digest()


def marked_regions(asked: Iterable[Evidence]) -> dict[Evidence, Region]:
    """The region of each piece of evidence that is marked; others are absent. One query for some 900 of a kind."""
    wanted: dict[EvidenceKind, dict[str, Evidence]] = defaultdict(dict)
    for one in set(asked):
        for key in registry_keys():
            wanted[one[0]][evidence_hash(*one, key)] = one
    found: dict[Evidence, Region] = {}
    for kind, hashes in wanted.items():
        for some in _slices(list(hashes)):
            rows = RegionMark.objects.filter(kind=kind.value, key_hash__in=some)
            for key_hash, region in rows.values_list("key_hash", "region"):
                one = hashes[key_hash]
                found[one] = strictest((Region(region), found.get(one, Region(region))))
    return found


def name_hashes(regions: Collection[Region]) -> frozenset[str]:
    """The hashes of all names of people of these regions, to look for them in texts. One query."""
    rows = RegionMark.objects.filter(kind=EvidenceKind.NAME.value, region__in=[region.value for region in regions])
    return frozenset(rows.values_list("key_hash", flat=True))


def has_marks() -> bool:
    """Whether anything has been marked yet."""
    return RegionMark.objects.exists()


def rows_put_aside(file_sha256: str, *, regions: Collection[Region] = ()) -> dict[tuple[str, str], dict[int, AsideRow]]:
    """Rows of a file that were not kept here: (entity, source key) to row number to the row. regions: only of these."""
    rows: QuerySet[PutAside] = PutAside.objects.filter(file_sha256=file_sha256)
    if regions:
        rows = rows.filter(region__in=[region.value for region in regions])
    found: dict[tuple[str, str], dict[int, AsideRow]] = defaultdict(dict)
    for row in rows.order_by("row_number").iterator(chunk_size=5_000):
        found[row.entity, row.source_key][row.row_number] = AsideRow(
            number=row.row_number, row_hash=row.row_hash, region=Region(row.region), reason=row.reason
        )
    return dict(found)


def _slices(values: Sequence[str]) -> Iterable[list[str]]:
    rest = iter(values)
    while some := list(islice(rest, AT_ONCE)):
        yield some
