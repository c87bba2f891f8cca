"""`tandem simulate`: a company's exported files, and the truth behind them."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Annotated

import typer

from tandem.cli import output
from tandem.core.errors import InvalidInput
from tandem.simulation import CompanyConfig, Noise, Summary, simulate
from tandem.simulation.config import DEFAULT_SEED

app = typer.Typer(add_completion=False)

MOST_SELLERS = 5_000


@app.command()
def simulate_(
    out: Annotated[Path, typer.Option(help="Folder for the files; new or empty.")],
    sellers: Annotated[int, typer.Option(help="Active sellers on the last day.", min=1, max=MOST_SELLERS)] = 50,
    months: Annotated[int, typer.Option(help="Months of history.", min=3, max=60)] = 18,
    seed: Annotated[int, typer.Option(help="The same seed gives the same bytes.", min=0)] = DEFAULT_SEED,
    noise: Annotated[Noise, typer.Option(help="How much the systems disagree about who is who.")] = Noise.MIDDLE,
    truth: Annotated[
        Path | None, typer.Option(help="SQLite file for the truth, outside the folder; without it none is kept.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Write a company's exported files, and the truth behind them."""
    _refuse_filled(out)
    if truth is not None:
        _refuse_truth(truth, out)
    config = CompanyConfig(sellers=sellers, months=months, seed=seed, noise=noise)
    with output.progress_bar("Simulating", quiet=json) as bar:
        summary = simulate(config, out, truth, bar)
    if json:
        output.print_json(
            {
                **dataclasses.asdict(summary),
                "out": out,
                "truth": truth,
                "seed": seed,
                "sellers": sellers,
                "months": months,
            }
        )
    else:
        _print_summary(summary, out, truth)


def _refuse_filled(out: Path) -> None:
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise InvalidInput(
            f"{out} is not an empty folder.",
            hint="Name a new folder with --out; nothing is overwritten.",
            code="simulate.not_empty",
            context={"folder": str(out)},
        )


def _refuse_truth(truth: Path, out: Path) -> None:
    """The truth stands outside the files, so that no import can read it, and replaces nothing."""
    if truth.resolve().is_relative_to(out.resolve()):
        raise InvalidInput(
            f"The truth may not lie in {out}: what is imported must not know it.",
            hint="Name a file elsewhere with --truth.",
            code="simulate.truth_inside",
            context={"file": str(truth)},
        )
    if truth.exists():
        raise InvalidInput(
            f"{truth} exists already.",
            hint="Name another file with --truth; nothing is overwritten.",
            code="simulate.truth_exists",
            context={"file": str(truth)},
        )


def _print_summary(summary: Summary, out: Path, truth: Path | None) -> None:
    """Rows by system, then where everything is."""
    systems: dict[str, list[int]] = {}
    for kind, rows in summary.counts.items():
        entry = systems.setdefault(kind.partition("/")[0], [0, 0])
        entry[0] += 1
        entry[1] += rows
    output.print_table("Written", ["system", "kinds", "rows"], [(name, *entry) for name, entry in systems.items()])
    output.people.print(
        f"{summary.files:,} files, {summary.bytes / 1e6:,.1f} MB in {summary.seconds:.1f} s: {out}", highlight=False
    )
    if truth is not None:
        output.people.print(f"The truth: {truth}", highlight=False)
