"""`tandem resolve`: who is the same across files, with no database and no server."""

from __future__ import annotations

import csv
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import pandas as pd
import typer

from tandem.accounts.contracts import Entity
from tandem.accounts.domain.matching import engine
from tandem.accounts.domain.matching.contracts import MatchedEntity, MatchResult, Thresholds
from tandem.accounts.domain.matching.employers import Employers
from tandem.accounts.queries import match_files
from tandem.accounts.queries.match_files import MatchFile
from tandem.cli import output
from tandem.core.errors import InvalidInput

app = typer.Typer(add_completion=False)

COLUMNS = ("source", "source_id", "entity", "cluster_id", "probability")
PAIR_COLUMNS = ("entity", "source_l", "source_id_l", "source_r", "source_id_r", "probability", "together")
AUTOMATIC = 0.5  # nobody reviews here: the more likely of "the same" and "not the same" stands
REVIEW = 0.4

Bar = Callable[[int, int | None, str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """One entity's files and what was found in them."""

    entity: Entity
    files: tuple[MatchFile, ...]
    result: MatchResult
    thresholds: Thresholds

    @property
    def records(self) -> int:
        """Rows that were compared."""
        return len(self.result.clusters)

    @property
    def clusters(self) -> int:
        """Different things they tell of."""
        return int(self.result.clusters["cluster_id"].nunique())

    @property
    def for_review(self) -> int:
        """Pairs that a person should look at."""
        return int((self.result.pairs["probability"] < self.thresholds.automatic).sum())


@app.command()
def resolve_(
    out: Annotated[Path, typer.Option(help="Folder for clusters.csv and pairs.csv.")],
    accounts: Annotated[list[Path] | None, typer.Option(help="File of companies; repeat for more.")] = None,
    contacts: Annotated[list[Path] | None, typer.Option(help="File of people; repeat for more.")] = None,
    mapping: Annotated[Path | None, typer.Option(help="TOML file that says what the columns mean.")] = None,
    automatic: Annotated[float, typer.Option(help="Probability from which records are put together.")] = AUTOMATIC,
    review: Annotated[float, typer.Option(help="Probability from which a pair is written for review.")] = REVIEW,
    json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Match accounts and contacts across files; every file is a source."""
    started = time.perf_counter()
    thresholds = _thresholds(automatic, review)
    if not accounts and not contacts:
        raise InvalidInput("No file was named.", hint="`tandem resolve --accounts FILE --out DIR`.", code="usage")
    _make(out)
    with output.progress_bar("Matching", quiet=json) as bar:
        found = list(_resolve(accounts or [], contacts or [], mapping, thresholds, bar))
    _write(out / "clusters.csv", COLUMNS, (row for one in found for row in _members(one)))
    _write(out / "pairs.csv", PAIR_COLUMNS, (row for one in found for row in _pairs(one)))
    document = {
        "records": sum(one.records for one in found),
        "clusters": sum(one.clusters for one in found),
        "pairs_reviewed": sum(one.for_review for one in found),
        "pairs_compared": sum(one.result.compared for one in found),
        "rows_unread": sum(file.broken for one in found for file in one.files),
        "seconds": round(time.perf_counter() - started, 2),
    }
    if json:
        output.print_json(document)
    else:
        _print(found, out)


def _thresholds(automatic: float, review: float) -> Thresholds:
    try:
        return Thresholds(automatic=automatic, review=min(review, automatic))
    except ValueError as error:
        raise InvalidInput(
            f"--automatic {automatic} and --review {review} can't be used.",
            hint="Both are probabilities above 0 and below 1.",
            code="usage",
        ) from error


def _make(out: Path) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InvalidInput(f"{out} can't be used as a folder.", hint="Name another one.", code="usage") from error


def _resolve(
    accounts: Sequence[Path], contacts: Sequence[Path], mapping: Path | None, thresholds: Thresholds, bar: Bar
) -> Iterator[Resolved]:
    """Accounts first: contacts are compared by whom they work for, too."""
    read = [
        (entity, match_files.read_match_files(paths, entity, mapping=mapping))
        for entity, paths in ((Entity.ACCOUNT, accounts), (Entity.CONTACT, contacts))
        if paths
    ]
    employers: Employers | None = None
    for entity, files in read:
        name: MatchedEntity = "account" if entity is Entity.ACCOUNT else "contact"
        frames = match_files.as_frames(files)
        if employers is not None:
            frames = _with_employers(frames, employers)
        result = engine.match_records(frames, name, thresholds=thresholds, progress=bar)
        found = Resolved(entity=entity, files=files, result=result, thresholds=thresholds)
        if entity is Entity.ACCOUNT:
            employers = Employers(_all_records(found))
        yield found


def _with_employers(frames: Iterable[pd.DataFrame], employers: Employers) -> Iterator[pd.DataFrame]:
    for frame in frames:
        yield frame.assign(account_id=employers.of(frame))


def _all_records(found: Resolved) -> pd.DataFrame:
    """Records of all files with cluster and probability."""
    ids = match_files.record_ids(found.files)
    told = ["source", "source_id", "key", "domain", "name"]
    frames = [
        file.records.reindex(columns=told).assign(record_id=own) for file, own in zip(found.files, ids, strict=True)
    ]
    return pd.concat(frames).merge(found.result.clusters, on="record_id")


def _members(found: Resolved) -> Iterator[tuple[Any, ...]]:
    records = _all_records(found)
    entity = found.entity.value
    for row in records.itertuples(index=False):
        cluster = f"{entity}-{row.cluster_id}"
        yield row.source, row.source_id, entity, cluster, round(float(str(row.probability)), 6)


def _pairs(found: Resolved) -> Iterator[tuple[Any, ...]]:
    records = _all_records(found).set_index("record_id")
    source, source_id = records["source"].to_dict(), records["source_id"].to_dict()
    cluster = records["cluster_id"].to_dict()
    pairs = found.result.pairs
    for left, right, probability in zip(
        pairs["record_id_l"].tolist(), pairs["record_id_r"].tolist(), pairs["probability"].tolist(), strict=True
    ):
        together = "yes" if cluster[left] == cluster[right] else "no"
        yield (
            found.entity.value, source[left], source_id[left], source[right], source_id[right],
            round(float(probability), 6), together,
        )  # fmt: skip


def _write(path: Path, columns: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> None:
    try:
        with path.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream, lineterminator="\n")
            writer.writerow(columns)
            writer.writerows(rows)
    except OSError as error:
        raise InvalidInput(f"{path} can't be written.", hint="Name another folder.", code="usage") from error


def _print(found: Sequence[Resolved], out: Path) -> None:
    rows = [
        (one.entity.value, one.records, one.clusters, one.result.compared, one.for_review, round(one.result.seconds, 1))
        for one in found
    ]
    output.print_table("Matched", ["what", "records", "different", "pairs compared", "for review", "seconds"], rows)
    for one in found:
        for file in one.files:
            for note in (*file.notes, *((f"{file.broken:,} rows can't be read.",) if file.broken else ())):
                output.people.print(f"{file.path.name}: {note}", style="dim", markup=False, highlight=False)
        for note in one.result.model.notes:
            output.people.print(note, style="dim", markup=False, highlight=False)
    output.people.print(f"Written to {out}: clusters.csv, pairs.csv.", markup=False, highlight=False)
