"""`tandem comply prove`: try the gate against a model that knows what may never leave, and print what came out.

Works in scratch databases and never touches the installation. docs/how-to/prove-suppression.md reads the report.
"""

from __future__ import annotations

import json as json_text
import os
import subprocess
import time
from collections import deque
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tandem.cli import output
from tandem.core.errors import AppError, InvalidInput

if TYPE_CHECKING:
    from tandem.cli.proof.report import FuzzReport
    from tandem.cli.proof.scratch import Scratch

MOST_EVENTS = 10_000_000
EXAMPLES, STEPS = 60, 40


class Leaked(AppError):
    """Something left that may not, or the proof itself did not hold."""

    code, title = "proof.leaked", "The gate let something through"


def prove(
    events: Annotated[int, typer.Option(help="Events of the fuzz; the acceptance run has 1000000.")] = 20_000,
    races: Annotated[float, typer.Option(help="Seconds of the race; 0: none.")] = 10.0,
    stories: Annotated[int, typer.Option(help="Stories of the state machine; 0: none.")] = EXAMPLES,
    database: Annotated[
        str, typer.Option(help="sqlite, or postgresql://... of a server where databases may be created.")
    ] = "sqlite",
    seed: Annotated[int, typer.Option(help="The same seed gives the same stories and events.")] = 20261124,
    out: Annotated[Path | None, typer.Option(help="Also write the report to this file, as JSON.")] = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Prove that nothing leaves after a no: state machine, fuzz and races against the real gate."""
    from tandem.cli.proof.scratch import scratch

    _refuse_wrong(events, races, stories, database)
    began = time.monotonic()
    report: dict[str, Any] = {
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "version": version("tandem"),
        "database": "sqlite" if database == "sqlite" else "postgresql",
        "seed": seed,
    }
    with scratch("" if database == "sqlite" else database) as place, output.progress_bar("Proving", quiet=json) as bar:
        report["machine"] = _machine(place, stories, seed, bar)
        report["fuzz"] = _fuzz(place, events, seed, bar)
        report["races"] = _races(place, races, seed, bar)
    report["leaks"] = [leak for part in ("machine", "fuzz", "races") for leak in report[part].get("leaks", [])]
    report["seconds"] = round(time.monotonic() - began, 1)
    _give(report, out, json=json)


def _refuse_wrong(events: int, races: float, stories: int, database: str) -> None:
    if not 0 <= events <= MOST_EVENTS or not 0 <= races <= 86_400 or not 0 <= stories <= 1_000_000:
        raise InvalidInput(
            "So many events, seconds or stories can't be.", hint=f"Give 0 to {MOST_EVENTS:,} events, up to a day."
        )
    if database != "sqlite" and not database.startswith(("postgresql://", "postgres://")):
        raise InvalidInput(f"{database!r} is no database.", hint="Give sqlite, or postgresql://user@host:port/name.")


def _machine(place: Scratch, stories: int, seed: int, bar: output.Bar) -> dict[str, Any]:
    if not stories:
        return {"ran": False, "why": "not asked for", "leaks": []}
    if find_spec("hypothesis") is None:
        return {"ran": False, "why": "Hypothesis is not installed: pip install hypothesis", "leaks": []}
    bar(0, None, "state machine")
    began = time.monotonic()
    found = _child(place, "machine", "machine", {"examples": stories, "steps": STEPS, "seed": seed}, lambda _: None)
    return {"ran": True, "stories": stories, "steps": STEPS, "seconds": _since(began), **found}


def _fuzz(place: Scratch, events: int, seed: int, bar: output.Bar) -> dict[str, Any]:
    """All parts, as many at a time as there are processors."""
    from concurrent.futures import ThreadPoolExecutor

    from tandem.cli.proof import report

    parts = report.parts_of(events)
    done, began = [0] * len(parts), time.monotonic()

    def run(number: int) -> FuzzReport:
        def said(told: Mapping[str, Any]) -> None:
            done[number] = told.get("done", done[number])
            bar(sum(done), events, "events")

        asked = {"part": number, "events": parts[number], "seed": seed}
        return report.FuzzReport.read(_child(place, f"part-{number}", "fuzz", asked, said))

    with ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:
        found = report.sum_of(pool.map(run, range(len(parts))))
    taken = _since(began)
    return {
        **found.as_dict(),
        "parts": len(parts),
        "seconds": taken,
        "events_a_second": round(found.events / taken) if taken else 0,
    }


def _races(place: Scratch, seconds: float, seed: int, bar: output.Bar) -> dict[str, Any]:
    if not seconds:
        return {"ran": False, "why": "not asked for", "leaks": []}
    from tandem.cli.proof.races import run_race

    found = run_race(place, seconds=seconds, seed=seed, progress=lambda at: bar(int(at), int(seconds), "race"))
    return {"ran": True, **found}


def _since(began: float) -> float:
    return round(time.monotonic() - began, 1)


def _child(
    place: Scratch, name: str, work: str, told: Mapping[str, Any], said: Callable[[Mapping[str, Any]], None]
) -> dict[str, Any]:
    """One piece of work in a process and a database of its own; returns its report. Raises AppError when it fails."""
    from tandem.cli.proof.scratch import CHILD

    env = place.fresh(name)
    report: dict[str, Any] | None = None
    errors: deque[str] = deque(maxlen=1)
    with subprocess.Popen(  # noqa: S603  our own program
        [*CHILD, work, json_text.dumps(told)], env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as child:
        assert child.stdout is not None
        for line in child.stdout:
            if not line.startswith("{"):
                errors.append(line.strip())
                continue
            heard = json_text.loads(line)
            report = heard.get("report", report)
            said(heard)
    place.drop(env)
    if report is None:
        raise AppError(f"A part of the proof failed: {''.join(errors)}", hint="Run it again; report it if it stays.")
    return report


def _give(report: Mapping[str, Any], out: Path | None, *, json: bool) -> None:
    """Print the report, write it, and end with a refusal if anything leaked."""
    if out is not None:
        out.write_text(json_text.dumps(report, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    if json:
        output.print_json(report)
    else:
        _print(report)
    if report["leaks"]:
        raise Leaked(
            f"{len(report['leaks'])} leaks, the first: {report['leaks'][0]}",
            hint=f"`tandem comply prove --seed {report['seed']}` shows it again.",
        )


def _print(report: Mapping[str, Any]) -> None:
    machine, fuzz, races = report["machine"], report["fuzz"], report["races"]
    rows: list[tuple[str, object]] = [("database", report["database"]), ("seed", report["seed"])]
    told = f"{machine['stories']:,} of up to {machine['steps']} steps" if machine["ran"] else machine["why"]
    rows += [("state machine, stories", told), ("fuzz, events", fuzz["events"]), ("fuzz, people", fuzz["people"])]
    rows += [(f"decisions, {name}", count) for name, count in sorted(fuzz["outcomes"].items())]
    rows += [("departures", fuzz["departures"]), ("events a second", fuzz["events_a_second"])]
    rows += [(f"refused {why}", count) for why, count in sorted(fuzz["refusals"].items())]
    if races["ran"]:
        rows += [
            ("race, seconds", races["seconds"]), ("race, workers that send", races["senders"]),
            ("race, workers killed", races["killed"]), ("race, people who said no", races["refused_people"]),
            ("race, stops", races["stops"]), ("race, mails that arrived", races["arrivals"]),
            ("race, longest seconds from a no to an arrival", races["longest_gap_seconds"]),
        ]  # fmt: skip
    rows += [("seconds", report["seconds"]), ("leaks", len(report["leaks"]))]
    output.print_table("Proof of the gate", ["what", "figure"], [(name, _figure(value)) for name, value in rows])


def _figure(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)
