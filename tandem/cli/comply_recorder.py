"""`tandem comply recorder`: a meeting recorder's settings against the law of the places where people take part."""

from __future__ import annotations

import tomllib
from json import JSONDecodeError, loads
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tandem.cli import output
from tandem.cli.comply_rules import packs_in_force
from tandem.core import clock
from tandem.core.errors import DataUnreadable

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


def recorder(
    file: Annotated[Path, typer.Argument(help="The recorder's settings, JSON or TOML.")],
    where: Annotated[str, typer.Option(help="Places of those who take part, DE,US-CA; else as the file says.")] = "",
    json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Check how Zoom, Teams, Meet, Gong or another recorder is set. Not legal advice."""
    from tandem.compliance.domain.recorder import Severity, check_recorder, places_of, read_settings

    told = _read(file)
    places = places_of(told, [one.strip() for one in where.split(",") if one.strip()])
    found = check_recorder(read_settings(told), places, packs_in_force(), now=clock.now())
    stops = sum(one.severity is Severity.STOP for one in found)
    if json:
        output.print_json({"ok": stops == 0, "places": list(places), "findings": [one.as_dict() for one in found]})
    else:
        rows = [(one.severity.value, one.place or "everywhere", one.says, one.remedy, one.rule) for one in found]
        output.print_table(
            f"{len(rows)} findings, {stops} stop it", ["how bad", "where", "what", "remedy", "rule"], rows
        )
        output.people.print("This is not legal advice.", markup=False, highlight=False)
    raise typer.Exit(output.EXIT_FAILED if stops else 0)


def _read(file: Path) -> Mapping[str, Any]:
    """The settings of a file. Raises DataUnreadable."""
    hint = "Give a JSON object or a TOML file; docs/how-to/check-a-recorder.md lists the fields."
    try:
        text = file.read_text(encoding="utf-8-sig")
        told = tomllib.loads(text) if file.suffix.lower() == ".toml" else loads(text)
    except (OSError, UnicodeDecodeError, JSONDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise DataUnreadable(f"The settings can't be read: {error}.", hint=hint, context={"file": str(file)}) from error
    if not isinstance(told, dict):
        raise DataUnreadable("The settings are no table.", hint=hint, context={"file": str(file)})
    return told
