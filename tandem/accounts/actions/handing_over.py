"""Rows that may not be kept here go, sealed, to the installation that keeps that region; and its rows come in here.

The sender reads its source files anew, takes the rows that were put aside for the receiver's regions, keeps no copy.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.conf import settings

from tandem.access.actions import require
from tandem.accounts.actions import barring, imports, landing
from tandem.accounts.actions.partitioning import Planned
from tandem.accounts.actions.records import NEVER_KEPT
from tandem.accounts.actions.surveying import Progress, pieces_of, survey_file
from tandem.accounts.connectors import handed
from tandem.accounts.domain import conversion
from tandem.compliance.actions import partitions
from tandem.compliance.actions.sealing import open_from_partner, seal_for_partner
from tandem.compliance.contracts.residency import AsideRow, PartnerInfo
from tandem.compliance.queries import partitions as marks
from tandem.compliance.queries import residency
from tandem.core import exits, ledger
from tandem.core.actors import Actor
from tandem.core.errors import Conflict, InvalidInput

MOST_SEALED_BYTES = 2 * 1024**3


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedOver:
    """What a sealed file holds.

    rows : of people of the partner's regions, in so many files
    refused : rows put aside that are not in it: they can't be read as what they are, or somebody was erased since
    """

    partner: str
    regions: tuple[str, ...]
    files: int
    rows: int
    refused: int

    def as_dict(self) -> dict[str, Any]:
        """Ready for JSON."""
        return asdict(self)


def hand_over(
    path: Path,
    *,
    to: str,
    out: Path,
    actor: Actor,
    now: datetime,
    source_key: str | None = None,
    mapping: Path | None = None,
) -> HandedOver:
    """Seal the rows of a file or folder that were put aside for a partner's regions, for that partner alone.

    path, source_key, mapping : as they were when the files were imported here
    out : the file to write

    Raises NotAllowed without "region.manage", NotFound for an unknown partner, Conflict when `out` exists, InvalidInput
    when nothing of it was put aside for the partner.
    """
    require(actor, "region.manage")
    partner = residency.find_partner(to)
    if out.exists():
        raise Conflict(f"{out} exists already.", hint="Name a new file.", context={"file": str(out)})
    planned = imports.list_planned(path, source_key=source_key, mapping=mapping)
    parts, numbers = _collect(planned, partner)
    if not parts:
        raise InvalidInput(
            f"Nothing of {path.name} was put aside for {partner.name}.",
            hint="Import it here first, with a policy against the partner's regions and under the same source.",
        )
    rows = sum(len(part.rows) for part in parts)
    wanted = sum(len(some) for by_key in numbers.values() for some in by_key.values())
    regions = tuple(sorted(region.value for region in partner.regions))
    head = {"made_at": now.isoformat(timespec="seconds"), "regions": regions, "rows": rows, "files": len(parts)}
    exits.leave(actor, what=f"partner:{partner.id}", rows=rows, files=len(parts))
    _write(out, seal_for_partner(handed.pack(parts), partner, head, actor=actor))
    for sha256, by_key in numbers.items():
        partitions.mark_handed_over(
            by_key, file_sha256=sha256, partner_id=partner.id, regions=partner.regions, actor=actor, now=now
        )
    return HandedOver(partner=partner.name, regions=regions, files=len(parts), rows=rows, refused=wanted - rows)


def receive(sealed: Path, *, actor: Actor, now: datetime, progress: Progress | None = None) -> imports.ImportReport:
    """Open a partner's file and land its rows, as words of the sources they came from. Again changes nothing.

    Raises NotAllowed without "region.manage" and "source.manage", DataUnreadable when it is altered, for another
    installation, or from one that is not entered here.
    """
    require(actor, "region.manage")
    if sealed.stat().st_size > MOST_SEALED_BYTES:
        raise InvalidInput(f"{sealed.name} is larger than 2 GiB.", hint="Have it sent in parts.")
    partner, content = open_from_partner(sealed.read_bytes(), actor=actor)
    with TemporaryDirectory(prefix="received-", dir=settings.DATA_DIR) as folder:
        laid = handed.unpack(content, Path(folder))
        planned = [Planned(one.file, one.connector, one.source_key) for one in laid]
        report = imports.import_planned(planned, actor=actor, now=now, progress=progress)
    ledger.append(
        actor, "accounts.rows_received", subject=f"partner:{partner.id}", files=len(laid), landed=report.rows_landed,
        refused=report.rows_refused,
    )  # fmt: skip
    return report


def _collect(
    planned: Sequence[Planned], partner: PartnerInfo
) -> tuple[list[handed.Part], dict[str, dict[tuple[str, str], list[int]]]]:
    """Everything put aside for the partner: the rows, and their numbers by file hash and (entity, source key)."""
    parts: list[handed.Part] = []
    numbers: dict[str, dict[tuple[str, str], list[int]]] = {}
    for one in planned:
        sha256, key = landing.sha256_of(one.unit), (one.connector.entity.value, one.source_key)
        aside = marks.rows_put_aside(sha256, regions=partner.regions).get(key, {})
        if aside:
            parts.append(_part(one, aside))
            numbers.setdefault(sha256, {})[key] = sorted(aside)
    return parts, numbers


def _part(one: Planned, aside: Mapping[int, AsideRow]) -> handed.Part:
    """The rows of one file that were put aside, read as what they are."""
    survey = survey_file(one.unit, one.connector, size=landing.ROWS_AT_ONCE)
    styles = survey.styles(one.connector)
    rows: list[dict[str, Any]] = []
    for batch, told in pieces_of(one.unit, one.connector, survey, skip_rows=0, size=landing.ROWS_AT_ONCE):
        texts = barring.without_erased(batch, told, one.connector.entity, one.source_key).texts
        chosen = texts.loc[[number for number in texts.index if int(number) in aside]]
        if len(chosen):
            found = conversion.convert(chosen, one.connector.entity, styles)
            rows += conversion.row_data(found.rows) if len(found.rows) else []
    kept = [{name: value for name, value in row.items() if name not in NEVER_KEPT} for row in rows]
    return handed.Part(
        file_name=one.unit.name,
        system=one.connector.system,
        entity=one.connector.entity,
        source_kind=one.connector.source_kind,
        source_key=one.source_key,
        rows=kept,
    )


def _write(out: Path, content: bytes) -> None:
    half = out.with_name(out.name + ".half")
    half.write_bytes(content)
    half.replace(out)
