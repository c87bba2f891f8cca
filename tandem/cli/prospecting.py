"""`tandem prospecting`: rank this company's accounts, judge the ranking by its past, evaluate it on made companies."""

from __future__ import annotations

import json as jsonlib
import os
import subprocess
import sys
import tempfile
import time
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock_time
from pathlib import Path
from typing import Annotated, Any

import typer

from tandem.cli import output, prospecting_claims, prospecting_lists
from tandem.cli.ready import require_database, shell_actor
from tandem.core import clock
from tandem.core.errors import AppError, InvalidInput

app = typer.Typer(add_completion=False, no_args_is_help=True)
app.command()(prospecting_lists.search)
app.command()(prospecting_lists.run)
app.command()(prospecting_claims.check_claims)

TANDEM = (sys.executable, "-m", "tandem.cli.main")
FIRST_SEED, SEEDS = 101, 10
CUTS = 7


@app.callback()
def prospecting() -> None:
    """Whom to talk to this week, and how well that was told before."""


@app.command()
def rank(json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False) -> None:
    """Rank all accounts for this week now, as the night does."""
    require_database()
    from tandem.prospecting.actions.ranking import rank_accounts

    with output.progress_bar("Ranking", quiet=json) as bar:
        found = rank_accounts(actor=shell_actor(), now=clock.now(), progress=bar)
    if found.reason:
        raise AppError(found.reason, hint="`tandem prospecting icp --propose` drafts one.", code="icp.none")
    if json:
        output.print_json({"week": found.week, "accounts": found.accounts, "excluded": found.excluded})
    else:
        output.people.print(f"{found.week}: {found.accounts:,} accounts ranked, {found.excluded:,} of them excluded.")


@app.command()
def icp(
    propose: Annotated[bool, typer.Option("--propose", help="Draft one from own won deals.")] = False,
    publish: Annotated[bool, typer.Option("--publish", help="Put the draft in force for a quarter.")] = False,
    file: Annotated[Path | None, typer.Option(help="Take the draft from a JSON file.")] = None,
) -> None:
    """Print the ideal customer profile in force as JSON; with options draft and publish one."""
    require_database()
    from tandem.prospecting.actions import icp as actions
    from tandem.prospecting.domain.icp import read_icp_text
    from tandem.prospecting.queries import icp as queries

    actor, now = shell_actor(), clock.now()
    if propose:
        actions.propose_icp(actor, now)
    if file is not None:
        body, _ = read_icp_text(file.read_text(encoding="utf-8"))
        actions.save_draft(body, note=f"From {file.name}.", actor=actor, now=now)
    drafted = queries.draft()
    if publish:
        if drafted is None:
            raise InvalidInput("There is no draft to publish.", hint="Add --propose or --file FILE.", code="usage")
        actions.publish(drafted.number, actor=actor, now=now)
    shown = drafted if (propose or file) and not publish else queries.live_version()
    if shown is None:
        raise InvalidInput("No profile is in force.", hint="Add --propose and --publish.", code="icp.none")
    output.print_json(shown.body)


@app.command()
def backtest(
    as_of: Annotated[str, typer.Option(help="Day to look back from; without it today.")] = "",
    cuts: Annotated[int, typer.Option(help="Moments four weeks apart.", min=1, max=26)] = CUTS,
    json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """How the ranking would have done at this company: precision in the top decile against deals opened later."""
    moment = _moment(as_of)
    require_database()
    from tandem.prospecting.actions.evaluating import backtest as reckon

    with output.progress_bar("Ranking the past", quiet=json) as bar:
        found = reckon(moment, cuts=cuts, progress=bar)
    if json:
        output.print_json(found)
        return
    if found["reason"]:
        output.people.print(f"Not enough data: {found['reason']}")
        return
    _print(f"{len(found['cuts'])} moments, {found['candidates']:,} candidates", found["results"])


@app.command()
def evaluate(
    seeds: Annotated[int, typer.Option(help="How many made companies.", min=1, max=100)] = SEEDS,
    first_seed: Annotated[int, typer.Option(help="Seed of the first.", min=0)] = FIRST_SEED,
    sellers: Annotated[int, typer.Option(help="Sellers of each.", min=5, max=200)] = 15,
    cuts: Annotated[int, typer.Option(help="Moments four weeks apart.", min=1, max=26)] = CUTS,
    json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Make companies, bring their files in, rank their past; precision and lift with intervals over the companies.

    Only the exported files are read: what a deal's CRM row says of when it was created decides, never the truth behind.
    """
    found: list[dict[str, Any]] = []
    started = time.monotonic()
    with output.progress_bar("Evaluating", quiet=json) as bar:
        for nth in range(seeds):
            bar(nth, seeds, f"company {first_seed + nth}")
            found.append(_company(first_seed + nth, sellers, cuts))
        bar(seeds, seeds, "")
    if all(one["reason"] for one in found):
        raise AppError(
            "No company had enough deals to judge the ranking by.",
            hint="Name more --sellers or more --cuts.",
            code="evaluate.not_enough_data",
        )
    document = _judgement(found, sellers=sellers, seconds=time.monotonic() - started)
    if json:
        output.print_json(document)
    else:
        _print_judgement(document)


def _judgement(found: list[dict[str, Any]], *, sellers: int, seconds: float) -> dict[str, Any]:
    """All companies together, as the command prints it."""
    from tandem.prospecting.domain.backtest import HORIZONS, METHODS

    judged = [one for one in found if not one["reason"]]
    return {
        "seeds": [one["seed"] for one in found],
        "sellers": sellers,
        "candidates": sum(one["candidates"] for one in found),
        "opened": {str(weeks): sum(one["opened"][str(weeks)] for one in found) for weeks in HORIZONS},
        "results": [_result(judged, method, weeks) for weeks in HORIZONS for method in METHODS],
        "over": _over(judged),
        "not_enough_data": [one["seed"] for one in found if one["reason"]],
        "seconds": round(seconds, 1),
        "companies": found,
    }


def _result(judged: list[dict[str, Any]], method: str, weeks: int) -> dict[str, Any]:
    """One method at one horizon, with intervals over the companies."""
    from tandem.prospecting.domain.backtest import over_companies

    rows = [_row(one, method, weeks) for one in judged]
    precision = over_companies(rows, lambda many: sum(one[0] for one in many) / len(many))
    lift = over_companies(rows, lambda many: sum(one[0] for one in many) / sum(one[1] for one in many))
    return {
        "method": method, "weeks": weeks, "precision": precision[0], "low": precision[1], "high": precision[2],
        "lift": lift[0], "lift_low": lift[1], "lift_high": lift[2],
        "value_share": sum(one[2] for one in rows) / len(rows),
    }  # fmt: skip


def _print_judgement(document: dict[str, Any]) -> None:
    """For people: the table, then the ranking against each plainer one."""
    title = f"{len(document['seeds'])} companies of {document['sellers']} sellers"
    _print(f"{title}, {document['candidates']:,} candidates", document["results"])
    for one in document["over"]:
        output.people.print(
            f"{one['weeks']} weeks: {one['method']} over {one['against']} × {one['lift']:.2f} "
            f"({one['low']:.2f} to {one['high']:.2f})",
            highlight=False,
        )


def _over(judged: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Lift of the ranking over each plainer one, with intervals over the companies."""
    from tandem.prospecting.domain.backtest import (
        CHANCE,
        FIT,
        HORIZONS,
        INTENT,
        RANDOM,
        RECENCY,
        TANDEM,
        over_companies,
    )

    told = []
    for weeks in HORIZONS:
        for method in (TANDEM, CHANCE):
            for against in (FIT, INTENT, RECENCY, RANDOM):
                rows = [(_row(one, method, weeks)[0], _row(one, against, weeks)[0]) for one in judged]
                lift = over_companies(rows, lambda many: sum(a for a, _ in many) / max(sum(b for _, b in many), 1e-12))
                told.append(
                    {"method": method, "against": against, "weeks": weeks, "lift": lift[0], "low": lift[1],
                     "high": lift[2]}
                )  # fmt: skip
    return told


def _row(company: dict[str, Any], method: str, weeks: int) -> tuple[float, float, float]:
    """Precision of a method, of random, and share of value."""
    by = {(one["method"], one["weeks"]): one for one in company["results"]}
    own = by[(method, weeks)]
    return own["precision"], by[("random", weeks)]["precision"], own["value_share"]


def _company(seed: int, sellers: int, cuts: int) -> dict[str, Any]:
    """One made company, in a folder of its own that goes with it."""
    from tandem.simulation import CompanyConfig

    with tempfile.TemporaryDirectory(prefix="tandem-evaluate-") as folder:
        place = Path(folder)
        environment = {
            **os.environ,
            "TANDEM_DATA_DIR": str(place / "data"),
            "TANDEM_DATABASE_URL": "",
            "TANDEM_DEMO": "on",
        }
        end = CompanyConfig(sellers=sellers, seed=seed).end + timedelta(days=1)
        _run(["simulate", "--out", str(place / "files"), "--sellers", str(sellers), "--seed", str(seed)], environment)
        _run(["setup"], environment)
        _run(["import", str(place / "files"), "--json"], environment, may_refuse=True)
        _run(["nightly", "--only", "intent.score"], environment)
        told = _run(
            ["prospecting", "backtest", "--as-of", end.isoformat(), "--cuts", str(cuts), "--json"], environment
        )  # fmt: skip
        return {"seed": seed, **jsonlib.loads(told)}


def _run(words: list[str], environment: dict[str, str], *, may_refuse: bool = False) -> str:
    """One command of this program in its own process; its output. Refused rows of an import are no failure."""
    done = subprocess.run([*TANDEM, *words], env=environment, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode and not (may_refuse and done.returncode == output.EXIT_FAILED):
        raise AppError(
            f"`tandem {' '.join(words[:2])}` failed while a company was made.", hint=done.stderr.strip()[-400:] or None
        )
    return done.stdout


def _moment(text: str) -> datetime:
    if not text:
        return clock.now()
    try:
        return datetime.combine(date.fromisoformat(text), clock_time(), UTC)
    except ValueError as error:
        raise InvalidInput(f"--as-of {text!r} is no day.", hint="Write it as 2026-11-25.", code="usage") from error


def _print(title: str, results: list[dict[str, Any]]) -> None:
    from tandem.prospecting.domain.backtest import METHOD_WORDS

    output.print_table(
        title,
        ("weeks", "ranked by", "precision in the top decile", "80%", "lift", "80%", "share of value"),
        [
            (
                one["weeks"], METHOD_WORDS[one["method"]], f"{one['precision']:.1%}",
                f"{one['low']:.1%} to {one['high']:.1%}", f"{one['lift']:.2f}",
                f"{one['lift_low']:.2f} to {one['lift_high']:.2f}", f"{one['value_share']:.0%}",
            )
            for one in results
        ],
    )  # fmt: skip
