"""`tandem comply`: whether a contact may happen, the rules that say so, and what their changes do."""

from __future__ import annotations

import sys
from json import JSONDecodeError, loads
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tandem.cli import comply_prove, comply_recorder, comply_rules, output
from tandem.cli.ready import start_django
from tandem.core.errors import DataUnreadable, InvalidInput

if TYPE_CHECKING:
    from tandem.compliance.contracts.decisions import Decision

app = typer.Typer(add_completion=False, no_args_is_help=True)
MOST_BYTES = 1_000_000
for command in (
    comply_rules.check,
    comply_rules.changes,
    comply_rules.impact,
    comply_recorder.recorder,
    comply_prove.prove,
):
    app.command()(command)


@app.command()
def decide(
    file: Annotated[Path | None, typer.Argument(help="The request as JSON; standard input when left out or -.")] = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Decide on one contact; names every rule that spoke. Not legal advice."""
    from tandem.compliance.domain.rules.decisions import decide as decided

    decision = decided(_read(file), comply_rules.packs_in_force())
    if json:
        output.print_json(decision.as_dict())
    else:
        _print(decision)


@app.command()
def rules(
    country: Annotated[str, typer.Option(help="Country or state, such as DE or US-TX.")] = "",
    channel: Annotated[str, typer.Option(help="email, sms, phone_manual, recording ...")] = "",
    json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """List the rules with version, source and confidence."""
    start_django()
    from tandem.compliance.queries import rules as packs

    found = packs.rules_of(country=country, channel=channel)
    if json:
        output.print_json([packs.as_dict(rule) for rule in found])
        return
    rows = [(rule.id, rule.effect, ", ".join(rule.where), rule.title, rule.confidence, rule.cite) for rule in found]
    output.print_table(f"{len(rows)} rules", ["rule", "effect", "where", "what", "confidence", "source"], rows)
    output.people.print("This is not legal advice.", markup=False, highlight=False)


def _read(file: Path | None) -> object:
    """The request from a file or standard input. Raises DataUnreadable."""
    name = "standard input" if file is None or str(file) == "-" else str(file)
    try:
        raw = sys.stdin.buffer.read(MOST_BYTES + 1) if name == "standard input" else Path(name).read_bytes()
        if len(raw) > MOST_BYTES:
            limit = "A request has at most one million bytes."
            raise InvalidInput(limit, code="decide.too_large", context={"file": name})
        told: object = loads(raw.decode("utf-8-sig"))
    except (OSError, UnicodeDecodeError, RecursionError) as error:
        raise DataUnreadable(f"The request can't be read: {error}.", context={"file": name}) from error
    except JSONDecodeError as error:
        raise DataUnreadable(
            f"The request is no JSON: {error.msg}.",
            hint='Give one object such as {"at": "2026-11-24T15:00:00Z", "channel": "email"}.',
            context={"file": name, "line": error.lineno, "column": error.colno},
        ) from error
    return told


def _print(decision: Decision) -> None:
    """The decision for people: outcome, explanation, rules, what must be in it, what is missing."""
    output.people.print(decision.outcome.value.upper(), style="bold", markup=False)
    output.people.print(decision.explanation, markup=False, highlight=False)
    rows = [(rule.id, rule.effect, rule.why, rule.source) for rule in decision.rules]
    output.print_table("Rules that spoke", ["rule", "effect", "why", "source"], rows)
    for title, words in (("Must be in it", decision.required_content), ("Missing", decision.missing)):
        if words:
            output.people.print(f"{title}: {', '.join(words)}", markup=False, highlight=False)
    output.people.print("This is not legal advice.", markup=False, highlight=False)
