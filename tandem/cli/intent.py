"""`tandem intent`: scores of accounts from a file of signals, with no database and no server."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from tandem.cli import output
from tandem.core.errors import InvalidInput
from tandem.intent.contracts import AccountScore, Contribution, KindTable
from tandem.intent.domain.kinds import built_in_kinds
from tandem.intent.queries.scoring import FileScores, score_file
from tandem.intent.queries.signal_files import Reading, moment_of, read_kinds

app = typer.Typer(add_completion=False, no_args_is_help=True)

SHOWN = 20  # accounts in the table for people
NAMED_KINDS = 3
SHOWN_POINTS = 0.05  # less is 0.0 in the table
BAR_WIDTH = 16
SURGING = 2.0  # standard deviations above the usual week, where a control chart warns


@app.callback()
def intent() -> None:
    """What an account's signals say about its interest."""


@app.command()
def score(
    signals: Annotated[Path, typer.Option(help="Parquet or CSV: account_id, kind, at, strength.")],
    as_of: Annotated[
        str, typer.Option(help="Date (the end of that day in UTC) or moment; later signals do not count.")
    ],
    kinds: Annotated[
        Path | None,
        typer.Option(help="CSV: kind, weight, half_life_days, saturation, least_strength. Others are left out."),
    ] = None,
    top: Annotated[int | None, typer.Option(help="Only the best so many accounts.")] = None,
    json: Annotated[bool, typer.Option("--json", help="JSON lines, one an account.")] = False,
) -> None:
    """Score accounts from a file of signals; every score opens down to single signals."""
    moment = _as_of(as_of)
    if top is not None and top < 1:
        raise InvalidInput(f"--top {top} can't be used.", hint="Name 1 or more accounts.", code="usage")
    table = built_in_kinds() if kinds is None else read_kinds(kinds)
    keep = top if json or top is not None else SHOWN
    with score_file(signals, kinds=table, as_of=moment, top=keep) as found:
        _tell(found, table, as_json=json)
        if json:
            for account in found.accounts:
                output.print_json(_document(account))
        else:
            _print(found, moment)


def _as_of(text: str) -> datetime:
    try:
        return moment_of(text)
    except (ValueError, OverflowError) as error:
        raise InvalidInput(
            f"--as-of {text!r} is no date and no moment.",
            hint="Write ISO 8601: 2026-11-25 (the end of that day in UTC) or 2026-11-25T09:30:00Z.",
            code="usage",
        ) from error


def _tell(found: FileScores, kinds: KindTable, *, as_json: bool) -> None:
    """On standard error: rows left out, kinds that nobody described, and a file of which nothing counts."""
    reading = found.reading
    told = [*reading.reasons, *_of_more(reading), *_of_unknown(reading, kinds)]
    if not found.count:
        told.append(
            InvalidInput(
                f"No signal of {reading.path.name} counts: all are later than the moment, or too weak for their kind.",
                hint="Name a later --as-of, or kinds with a lower least_strength.",
                code="intent.nothing_counts",
                context={"file": reading.path.name},
            )
        )
    for one in told:
        output.print_error(one, as_json=as_json)


def _of_more(reading: Reading) -> list[InvalidInput]:
    if not reading.refused:
        return []
    verb = "was" if reading.refused == 1 else "were"
    told = f"{reading.refused:,} of {reading.rows:,} rows {verb} left out"
    first = f"; the first {len(reading.reasons)} are named." if reading.refused > len(reading.reasons) else "."
    return [
        InvalidInput(told + first, hint="The others count.", code="intent.rows", context={"file": reading.path.name})
    ]


def _of_unknown(reading: Reading, kinds: KindTable) -> list[InvalidInput]:
    if not reading.unknown or kinds.other is None:
        return []
    named = ", ".join(f"{kind!r} ({count:,})" for kind, count in reading.unknown.most_common(SHOWN))
    more = f" and {len(reading.unknown) - SHOWN} more" if len(reading.unknown) > SHOWN else ""
    return [
        InvalidInput(
            f"Kinds that are not known: {named}{more}. Their signals count with weight {kinds.other.weight:g}, "
            f"half-life {kinds.other.half_life_days:g} days, no saturation.",
            hint="Describe every kind in a file and name it with --kinds.",
            code="intent.unknown_kind",
            context={"file": reading.path.name, "column": "kind"},
        )
    ]


def _document(account: AccountScore) -> dict[str, Any]:
    return {
        "account_id": account.account_id,
        "score": account.score,
        "surge": account.surge,
        "contributions": [_contribution(one) for one in account.contributions],
    }


def _contribution(one: Contribution) -> dict[str, Any]:
    return {
        "kind": one.kind,
        "at": one.at.astimezone(UTC).isoformat()[: -len("+00:00")] + "Z",
        "strength": one.strength,
        "weight": one.weight,
        "decay": one.decay,
        "points": one.points,
        "reference": one.reference,
    }


def _print(found: FileScores, moment: datetime) -> None:
    table = Table(title=f"Intent as of {moment:%Y-%m-%d %H:%M} UTC", title_justify="left", box=None, header_style="dim")
    for name in ("account", "score", "", "surge", "signals", "most of it from"):
        table.add_column(name, justify="right" if name in ("score", "surge", "signals") else "left", overflow="fold")
    greatest, shown = 0.0, 0
    for account in found.accounts:
        greatest, shown = greatest or account.score, shown + 1
        table.add_row(
            account.account_id, f"{account.score:,.1f}", _bar(account.score, greatest), _surge(account.surge),
            f"{len(account.contributions):,}", _reasons(account),
        )  # fmt: skip
    output.people.print(table, markup=False)
    notes = [f"{found.count - shown:,} more; --top N shows the best N."] if found.count > shown else []
    later = "1 signal is later and does" if found.later == 1 else f"{found.later:,} signals are later and do"
    notes += [f"{later} not count."] if found.later else []
    for note in notes:
        output.people.print(note, style="dim", markup=False, highlight=False)


def _bar(value: float, greatest: float) -> str:
    return "█" * max(round(BAR_WIDTH * value / greatest), 1) if value > 0 else ""


def _surge(surge: float | None) -> str:
    """Empty: too little history. An arrow from two standard deviations."""
    return "" if surge is None else f"{surge:+.1f}{' ▲' if surge >= SURGING else ''}"


def _reasons(account: AccountScore) -> str:
    points: defaultdict[str, float] = defaultdict(float)
    for one in account.contributions:
        points[one.kind] += one.points
    best = sorted(points.items(), key=lambda one: (-one[1], one[0]))[:NAMED_KINDS]
    return ", ".join(f"{kind} {total:,.1f}" for kind, total in best if total >= SHOWN_POINTS)
