"""Rows of people whose data may not be kept in this installation: known before anything is written, and put aside.

Where a policy says so, every row's region is the strictest of all that speaks for it: its country, phone and mail
ending, the company it belongs to, and what any other file has told of the same person, company or deal. Where nothing
speaks, the strictest region there is counts. Of a row that is put aside only its number, a keyed hash and the region
are kept; neither the warehouse nor the file of rejects gets it. Without such a policy nothing here costs anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple, cast

import pandas as pd

from tandem.accounts.actions.facts.keys import Colleagues
from tandem.accounts.actions.facts.linking import OurSide
from tandem.accounts.actions.rejects import ROW_REFUSED, Line
from tandem.accounts.actions.surveying import Survey, pieces_of
from tandem.accounts.connectors.base import Connector, RawBatch
from tandem.accounts.contracts import Entity
from tandem.accounts.domain import place_evidence as evidence
from tandem.accounts.domain.place_evidence import OF_NOBODY, RowEvidence
from tandem.accounts.models import Load, SourceRecord
from tandem.compliance.actions import partitions
from tandem.compliance.contracts.residency import REGION_NAMES, AsideRow, Evidence, EvidenceKind, Region
from tandem.compliance.queries import partitions as marks
from tandem.compliance.queries import residency
from tandem.compliance.queries.keys import registry_keys
from tandem.core.actors import Actor
from tandem.core.errors import AppError

ROWS_AT_ONCE = 20_000
TELLING = (Entity.ACCOUNT, Entity.CONTACT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What of a batch stays. lines : of the rejects file, one for each row that does not"""

    batch: RawBatch
    texts: pd.DataFrame
    lines: tuple[Line, ...] = ()


class Planned(NamedTuple):
    """One file about to be landed."""

    unit: Path
    connector: Connector
    source_key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Verdict:
    """Whose law a row is under. is_known : something spoke for it. because : in words, without anybody's data"""

    region: Region
    is_known: bool
    because: str


def learn_regions(planned: Iterable[Planned], *, actor: Actor, now: datetime) -> None:
    """Before anything is landed: read all companies and people once, so that the order of files decides nothing.

    Nothing is done where everything may be kept. A file that can't be read is passed over; landing says why.
    """
    if not residency.forbidden_regions():
        return
    if not marks.has_marks():
        _learn_stored(actor=actor, now=now)
    telling = [one for one in planned if one.connector.entity in TELLING]
    for one in sorted(telling, key=lambda one: TELLING.index(one.connector.entity)):
        try:
            for _, texts in pieces_of(one.unit, one.connector, Survey(), skip_rows=0, size=ROWS_AT_ONCE):
                rows = evidence.rows_of(texts, one.connector.entity, one.source_key)
                _learn(rows, judge(rows), actor=actor, now=now)
        except AppError:
            continue


def keep_here(
    load: Load, connector: Connector, batch: RawBatch, texts: pd.DataFrame, *, actor: Actor, now: datetime
) -> Kept:
    """The batch without the rows that may not be kept here; those are written down as put aside.

    Doing a batch again changes nothing. Of rows that could not be read at all nothing is kept either: nobody knows
    whose they are.
    """
    forbidden = residency.forbidden_regions()
    if not forbidden or connector.entity in OF_NOBODY:
        return Kept(batch=batch, texts=texts)
    rows = evidence.rows_of(texts, connector.entity, load.source.key)
    verdicts = judge(rows)
    _learn(rows, verdicts, actor=actor, now=now)
    spoken_of = _spoken_of(batch, rows, forbidden)
    aside = [
        _aside(batch, row, verdict, spoken_of.get(row.number))
        for row, verdict in zip(rows, verdicts, strict=True)
        if row.is_of_somebody and (verdict.region in forbidden or row.number in spoken_of)
    ]
    partitions.put_aside(
        aside, file_sha256=load.file_sha256, entity=load.entity, source_key=load.source.key,
        subject=f"load:{load.id}", actor=actor, now=now,
    )  # fmt: skip
    numbers = [row.number for row in aside]
    stays = replace(
        batch, rows=batch.rows.drop(index=numbers), broken=tuple(replace(one, raw="") for one in batch.broken)
    )
    lines = tuple((row.number, ROW_REFUSED, "", "", row.reason, "") for row in aside)
    return Kept(batch=stays, texts=texts.drop(index=numbers), lines=lines)


def may_keep_more(load: Load, *, actor: Actor) -> bool:
    """Whether rows of a landed file that were put aside may be kept by now; they then are no longer put aside."""
    forbidden = residency.forbidden_regions()
    found = {"file_sha256": load.file_sha256, "entity": str(load.entity), "source_key": load.source.key}
    return bool(partitions.release(**found, forbidden=forbidden, actor=actor))


def judge(rows: Sequence[RowEvidence]) -> list[_Verdict]:
    """Whose law each row is under, by its own places and by everything marked so far. A few queries for all."""
    ours = OurSide(Colleagues())
    people = {mail: evidence.mails_of(mail) for row in rows for mail in row.people if not ours.is_ours(mail)}
    asked = {one for row in rows for one in (*row.own, *row.around)}
    asked.update(one for told in people.values() for one in told)
    marked = marks.marked_regions(asked)
    return [_judge(row, people, marked) for row in rows]


def _judge(row: RowEvidence, people: dict[str, tuple[Evidence, ...]], marked: dict[Evidence, Region]) -> _Verdict:
    told = [*row.countries, *residency.places_of(row.phones, row.endings)]
    regions = {found for place in told if (found := residency.region_of_place(place)) is not None}
    because = "by its country, phone or mail ending"
    known = {marked[one] for one in (*row.own, *row.around) if one in marked}
    if known - regions and residency.strictest(known | regions) in known:
        because = "by what other rows tell of the same person, company or deal"
    regions |= known
    for mail in row.people:
        if mail in people:
            regions.add(_region_of_person(mail, people[mail], marked, regions))
    if not regions:
        return _Verdict(region=residency.strictest(()), is_known=False, because="nothing tells where it belongs")
    return _Verdict(region=residency.strictest(regions), is_known=True, because=because)


def _region_of_person(
    mail: str, told: Iterable[Evidence], marked: dict[Evidence, Region], company: set[Region]
) -> Region:
    """Of somebody who took part: by address and domain, else as the company that the touch belongs to."""
    places = residency.places_of((), (mail,))
    found = {marked[one] for one in told if one in marked}
    found |= {region for place in places if (region := residency.region_of_place(place)) is not None}
    return residency.strictest(found or company)


def _learn(rows: Sequence[RowEvidence], verdicts: Sequence[_Verdict], *, actor: Actor, now: datetime) -> None:
    """Keep what is known of those whom other rows point at, as keyed hashes; names only of people kept nowhere here."""
    forbidden = residency.forbidden_regions()
    told: list[tuple[Evidence, Region]] = []
    for row, verdict in zip(rows, verdicts, strict=True):
        if verdict.is_known:
            told += [(one, verdict.region) for one in row.own]
        if verdict.region in forbidden:
            told += [((EvidenceKind.NAME, name), verdict.region) for name in row.names]
    partitions.mark_regions(told, actor=actor, now=now)


def _learn_stored(*, actor: Actor, now: datetime) -> None:
    """What is here already when the first policy comes: companies, then people, then deals."""
    for entity in (*TELLING, Entity.OPPORTUNITY):
        stored = SourceRecord.objects.filter(entity=entity).order_by("source__key", "id")
        told = stored.values_list("source__key", "key", "data").iterator(chunk_size=5_000)
        while some := list(islice(told, ROWS_AT_ONCE)):
            for source_key in dict.fromkeys(key for key, _, _ in some):
                cells = [{**data, "key": key} for source, key, data in some if source == source_key]
                texts = pd.DataFrame(cells).fillna("").astype(str)
                rows = evidence.rows_of(texts, entity, source_key)
                _learn(rows, judge(rows), actor=actor, now=now)


def _spoken_of(batch: RawBatch, rows: Sequence[RowEvidence], forbidden: frozenset[Region]) -> dict[int, Region]:
    """Rows whose text names somebody of a forbidden region, by mail, phone or full name; with that region."""
    names = marks.name_hashes(forbidden)
    own = {row.number: set(row.names) for row in rows}
    mails: dict[int, set[str]] = {}
    phones: dict[int, set[str]] = {}
    found: dict[int, Region] = {}
    known: dict[str, bool] = {}
    for number, text in _texts_of(batch):
        mails[number], phones[number] = evidence.mails_in(text), evidence.phones_in(text)
        if names and any(_is_marked(name, names, known) for name in evidence.names_in(text) - own.get(number, set())):
            found[number] = residency.strictest(forbidden)
    asked: set[Evidence] = {(EvidenceKind.EMAIL, mail) for some in mails.values() for mail in some}
    asked |= {(EvidenceKind.PHONE, phone) for some in phones.values() for phone in some}
    marked = {one: region for one, region in marks.marked_regions(asked).items() if region in forbidden}
    for number in mails:
        hits = {marked.get((EvidenceKind.EMAIL, mail)) for mail in mails[number]}
        hits |= {marked.get((EvidenceKind.PHONE, phone)) for phone in phones[number]}
        regions = {region for region in hits if region is not None}
        if regions:
            found[number] = residency.strictest(regions)
    return found


def _is_marked(name: str, names: frozenset[str], known: dict[str, bool]) -> bool:
    if name not in known:
        known[name] = any(marks.evidence_hash(EvidenceKind.NAME, name, key) in names for key in registry_keys())
    return known[name]


def _texts_of(batch: RawBatch) -> Iterable[tuple[int, str]]:
    """Each row as one text, with every column that would be kept."""
    columns: list[list[Any]] = [batch.rows[name].tolist() for name in batch.rows.columns]
    cells = zip(*columns, strict=True) if columns else [()] * len(batch.rows)
    for number, row in zip(batch.rows.index, cells, strict=True):
        yield int(number), " | ".join(str(cell) for cell in row if cell)


def _aside(batch: RawBatch, row: RowEvidence, verdict: _Verdict, named: Region | None) -> AsideRow:
    region = verdict.region if named is None else residency.strictest((named, verdict.region))
    because = verdict.because if named is None or verdict.region is region else "it speaks of somebody from there"
    return AsideRow(
        number=row.number, region=region, row_hash=hash_of(cast("pd.Series[Any]", batch.rows.loc[row.number])),
        reason=f"{REGION_NAMES[region]}: may not be kept in this installation ({because})",
    )  # fmt: skip


def hash_of(row: pd.Series[Any]) -> str:
    """A keyed hash of a row as it came."""
    cells = "\x1f".join(f"{name}\x1e{cell}" for name, cell in row.items())
    return marks.evidence_hash(EvidenceKind.KEY, f"row/{cells}", registry_keys()[0])
