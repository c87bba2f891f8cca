"""Who is the same: precision, recall, F1 and calibration on known truth. `python -m benchmarks.bench_matching [SET...] [--full]`.

Sets: fake, febrl1, febrl2, low, middle, high (this folder's generator), sim-low, sim-middle, sim-high (simulated company),
and million (a million account records: time and memory). All but low, high and million unless said; in full all of them.
Nothing is trained on the truth: the model learns without labels.
"""

from __future__ import annotations

import argparse
import itertools
import resource
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from benchmarks.figures import print_table
from benchmarks.matching_data import LEVELS, account_records, contact_records
from tandem.accounts.contracts import Entity
from tandem.accounts.domain import normalise
from tandem.accounts.domain.matching import calibration, clusters, engine
from tandem.accounts.domain.matching.clusters import Decisions
from tandem.accounts.domain.matching.contracts import MatchedEntity, MatchResult, Thresholds
from tandem.accounts.domain.matching.employers import Employers
from tandem.accounts.queries import match_files

DATA = Path(__file__).parent / "data"
SEED = 505
SELLERS = 12  # of the simulated company
STRETCH = 50_000  # rows of the million read at a time
THRESHOLDS = Thresholds()
MEASURED: dict[str, MatchResult] = {}
REAL = ("fake", "febrl1", "febrl2")
QUICK = (*REAL, "middle", *(f"sim-{level}" for level in LEVELS))
FULL = (*REAL, *LEVELS, *(f"sim-{level}" for level in LEVELS), "million")
LINES: list[tuple[str, ...]] = []
SIMULATED = {
    Entity.ACCOUNT: {"Account": "salesforce/Account.csv", "hubspot-companies": "hubspot/hubspot-companies.csv"},
    Entity.CONTACT: {
        "Contact": "salesforce/Contact.csv",
        "hubspot-contacts": "hubspot/hubspot-contacts.csv",
        "zoominfo-contacts": "vendor/zoominfo-contacts.csv",
    },
}


@dataclass(frozen=True, slots=True)
class Case:
    """Records with their truth by record id."""

    name: str
    entity: MatchedEntity
    records: pd.DataFrame
    truth: Mapping[int, int]


def real(name: str) -> Iterator[Case]:
    """A published set, read as the shell reads it."""
    files = match_files.read_match_files([DATA / f"{name}.csv"], Entity.CONTACT)
    records = pd.concat(match_files.as_frames(files))
    if name == "fake_1000":
        told = pd.read_csv(DATA / "fake_1000.csv", dtype=str).set_index("unique_id")["cluster"].to_dict()
        truth = {pk: int(told[key]) for pk, key in zip(records["record_id"], records["source_id"], strict=True)}
    else:
        numbers = records["source_id"].str.extract(r"rec-(\d+)-")[0].astype(int)
        truth = dict(zip(records["record_id"].tolist(), numbers.tolist(), strict=True))
    yield Case(name, "contact", records, truth)


def generated(level: str, companies: int = 500) -> Iterator[Case]:
    """Business records of three sources at a level of noise."""
    for entity, make in (("account", account_records), ("contact", contact_records)):
        made = make(companies, noise=LEVELS[level], seed=SEED)
        truth = dict(zip(made["record_id"].tolist(), made["truth"].tolist(), strict=True))
        yield Case(f"{level} {entity}s", entity, made.drop(columns="truth"), truth)  # type: ignore[arg-type]


def simulated(level: str) -> Iterator[Case]:
    """The simulated company's exports against its own truth; contacts know their resolved employer."""
    from tandem.simulation import CompanyConfig, Noise, simulate

    with tempfile.TemporaryDirectory() as folder:
        out, truth_file = Path(folder) / "files", Path(folder) / "truth.sqlite"
        simulate(
            CompanyConfig(sellers=SELLERS, months=3, seed=SEED, noise=Noise(level)),
            out,
            truth_file,
            lambda done, total, note: None,
        )
        employers: Employers | None = None
        for entity, names in SIMULATED.items():
            files = match_files.read_match_files([out / path for path in names.values()], entity)
            records = pd.concat(match_files.as_frames(files))
            if employers is not None:
                records = records.assign(account_id=employers.of(records))
            known = _truth(truth_file, f"{entity.value}_records")
            systems = {stem: Path(path).parts[0].replace("vendor", "zoominfo") for stem, path in names.items()}
            keys = zip(records["source"].map(systems), records["source_id"], strict=True)
            named = [known.get(key) for key in keys]
            truth = {pk: one for pk, one in zip(records["record_id"].tolist(), named, strict=True) if one is not None}
            case = Case(f"sim-{level} {entity.value}s", entity.value, records, truth)  # type: ignore[arg-type]
            yield case
            if entity is Entity.ACCOUNT:
                employers = Employers(records.merge(MEASURED[case.name].clusters, on="record_id"))


def _truth(path: Path, table: str) -> dict[tuple[str, str], int]:
    with sqlite3.connect(path) as con:
        rows = con.execute(f"SELECT source, source_id, entity FROM {table}").fetchall()
    return {(source, key): entity for source, key, entity in rows}


def couples(labels: Iterable[object]) -> int:
    """Pairs of records that bear the same label."""
    return sum(number * (number - 1) // 2 for number in Counter(labels).values())


def scores(groups: Mapping[int, object], truth: Mapping[int, int]) -> tuple[float, float, float]:
    """Pairwise precision, recall and F1 over the records whose truth is known."""
    found = couples(groups[pk] for pk in truth)
    right = couples((groups[pk], one) for pk, one in truth.items())
    precision, recall = right / max(found, 1), right / max(couples(truth.values()), 1)
    return precision, recall, 2 * precision * recall / max(precision + recall, 1e-9)


def after_review(result: MatchResult, truth: Mapping[int, int]) -> dict[int, int]:
    """Groups once a person has answered every pair for review, without mistakes."""
    asked = result.pairs[result.pairs["probability"] < THRESHOLDS.automatic]
    pairs = [(left, right) for left, right in zip(asked["record_id_l"], asked["record_id_r"], strict=True)]
    same = {pair: truth.get(pair[0], -1) == truth.get(pair[1], -2) for pair in pairs}
    said = Decisions(
        together=tuple(pair for pair in pairs if same[pair]), apart=frozenset(p for p in pairs if not same[p])
    )
    ids = result.clusters["record_id"].tolist()
    return clusters.group(ids, result.pairs, automatic=THRESHOLDS.automatic, decisions=said)


def exact(case: Case) -> dict[int, object]:
    """Baseline: the same mail address (contacts) or domain (accounts)."""
    column, function = ("domain", normalise.company_domain) if case.entity == "account" else (
        "email", normalise.email_match_key)  # fmt: skip
    if column not in case.records.columns:
        return {pk: pk for pk in case.truth}
    words = normalise.column(case.records[column], function)
    return {pk: word or pk for pk, word in zip(case.records["record_id"].tolist(), words, strict=True)}


def report(case: Case) -> None:
    """One set: ours at the automatic threshold, after review, at even odds; and two baselines."""
    result = engine.match_records(case.records, case.entity, thresholds=THRESHOLDS)
    MEASURED[case.name] = result
    pairs = result.pairs
    known = pairs["record_id_l"].isin(case.truth.keys()) & pairs["record_id_r"].isin(case.truth.keys())
    pairs = pairs[known]
    true = pairs["record_id_l"].map(case.truth).to_numpy() == pairs["record_id_r"].map(case.truth).to_numpy()
    plain = 1 / (1 + np.exp2(-np.clip(pairs["weight"].to_numpy(float), -60, 60)))
    ours = dict(zip(result.clusters["record_id"].tolist(), result.clusters["cluster_id"].tolist(), strict=True))
    even = clusters.group(list(ours), result.pairs, automatic=0.5)
    uncalibrated = clusters.group(list(ours), result.pairs.assign(probability=1 / (
        1 + np.exp2(-np.clip(result.pairs["weight"], -60, 60)))), automatic=THRESHOLDS.automatic)  # fmt: skip
    print(f"\n{case.name}: {len(case.records):,} records, {len(set(case.truth.values())):,} different, "
          f"{result.seconds:.1f} s, {result.compared:,} pairs weighed")  # fmt: skip
    for title, groups in (
        ("automatic", ours), ("after review", after_review(result, case.truth)), ("at even odds (shell)", even),
        ("Splink uncalibrated", uncalibrated), ("exact mail or domain", exact(case)),
    ):  # fmt: skip
        print(f"  {title:<22} precision {scores(groups, case.truth)[0]:.4f}  recall {scores(groups, case.truth)[1]:.4f}"
              f"  F1 {scores(groups, case.truth)[2]:.4f}")  # fmt: skip
    measured = calibration.expected_calibration_error(pairs["probability"].to_numpy(float), true)
    automatic, reviewed = scores(ours, case.truth), scores(after_review(result, case.truth), case.truth)
    LINES.append((case.name, f"{len(case.records):,}", *(f"{one:.3f}" for one in automatic), f"{reviewed[2]:.3f}",
                  f"{measured:.3f}", f"{result.seconds:.1f}", ""))  # fmt: skip
    print(f"  ECE {measured:.4f}, uncalibrated {calibration.expected_calibration_error(plain, true):.4f}, "
          f"{int((pairs['probability'] < THRESHOLDS.automatic).sum()):,} pairs for review", flush=True)  # fmt: skip


def million() -> None:
    """A million account records, read from a file a stretch at a time: seconds and peak memory of the process."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "million.parquet"
        with ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn")) as apart:
            truth = apart.submit(_write_million, path).result()
        before = resource.getrusage(resource.RUSAGE_SELF)
        result = engine.match_records(_stretches(path), "account", thresholds=THRESHOLDS)
        after = resource.getrusage(resource.RUSAGE_SELF)
    ours = dict(zip(result.clusters["record_id"].tolist(), result.clusters["cluster_id"].tolist(), strict=True))
    precision, recall, f1 = scores(ours, dict(enumerate(truth.tolist())))
    print(f"\nmillion: {len(truth):,} records, {result.compared:,} pairs weighed in {result.seconds:.0f} s, "
          f"{after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime:.0f} CPU s, "
          f"peak {after.ru_maxrss / 1e6:.2f} GB, precision {precision:.4f} recall {recall:.4f} F1 {f1:.4f}",
          flush=True)  # fmt: skip


def _write_million(path: Path) -> np.ndarray:
    """Make the file in a process of its own, so that its memory does not count; returns the truth by record id."""
    made = account_records(520_000, noise=LEVELS["middle"], seed=SEED)
    truth: np.ndarray = made.pop("truth").to_numpy()
    made.to_parquet(path)
    return truth


def _stretches(path: Path) -> Iterator[pd.DataFrame]:
    for batch in pq.ParquetFile(path).iter_batches(STRETCH):
        yield batch.to_pandas()


def main() -> None:
    """Run the sets named, or those of the size, and end with one table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sets", nargs="*", metavar="SET", help=", ".join(FULL))
    parser.add_argument("--full", action="store_true")
    said = parser.parse_args()
    unknown = [name for name in said.sets if name not in FULL]
    if unknown:
        parser.error(f"There is no set {unknown[0]!r}; there are {', '.join(FULL)}.")
    for name in said.sets or (FULL if said.full else QUICK):
        if name == "million":
            million()
            continue
        cases = simulated(name[4:]) if name.startswith("sim-") else generated(name) if name in LEVELS else real(
            name.replace("fake", "fake_1000"))  # fmt: skip
        for case in itertools.islice(cases, 4):
            report(case)
    head = ("set", "records", "precision", "recall", "F1", "F1 reviewed", "ECE", "seconds", "peak GB")
    print_table("Matching at the automatic threshold", head, LINES)


if __name__ == "__main__":
    main()
