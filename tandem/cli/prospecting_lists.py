"""`tandem prospecting search` and `run`: accounts by a condition or a sentence, a list through the pipeline."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from tandem.cli import output
from tandem.cli.ready import require_database, shell_actor
from tandem.core import clock
from tandem.core.errors import InvalidInput, NotFound

SHOWN = 20


def search(
    what: Annotated[str, typer.Argument(help="A JSON file with a condition, or a sentence.")],
    as_of: Annotated[str, typer.Option(help="Moment with its zone to ask it of; without it now.")] = "",
    save_list: Annotated[str, typer.Option("--list", help="Make a list of this name of what is found.")] = "",
    json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Accounts that a condition finds, each with what made it true; a sentence is shown as the query it became."""
    require_database()
    from tandem.prospecting.domain import conditions
    from tandem.prospecting.queries.searches import find

    actor, now = shell_actor(), clock.now()
    body, not_understood = _condition(what)
    moment = _moment(as_of)
    found = find(actor, conditions.read(body), now=now, as_of=moment)
    list_id = None
    if save_list:
        from tandem.prospecting.actions.lists import list_from_search

        list_id = list_from_search(save_list, body, actor=actor, now=now, as_of=moment).list_id
    if json:
        output.print_json(_document(found, body, not_understood, list_id))
        return
    _print(found, body, not_understood)
    if list_id is not None:
        output.people.print(f"List {list_id} holds them. `tandem prospecting run {list_id}` carries it on.")


def _condition(what: str) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The condition of a file, or of a sentence with the words that were not understood."""
    from tandem.prospecting.actions.searches import read_sentence
    from tandem.prospecting.domain import conditions

    path = Path(what)
    if what.endswith(".json") or path.is_file():
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise InvalidInput(
                f"{what} can't be read.", hint="Name a UTF-8 file with a condition.", code="search.file"
            ) from error
        return conditions.as_json(conditions.read_text(text, file=path.name)), ()
    read = read_sentence(what, actor=shell_actor(), now=clock.now())
    if read.condition is None:
        raise InvalidInput(
            f"Nothing of “{what}” was understood.",
            hint="Say what they did, use or are, e.g. “retailers in France hiring a warehouse manager”.",
            code="search.sentence",
        )
    return dict(read.condition), read.not_understood


def _moment(text: str) -> datetime | None:
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise InvalidInput(
            f"--as-of {text!r} is no moment.", hint="Write ISO 8601: 2026-11-25T09:30:00Z.", code="usage"
        ) from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _document(found: Any, body: dict[str, Any], not_understood: tuple[str, ...], list_id: int | None) -> dict[str, Any]:
    hits = [
        {"account_id": hit.account_id, "name": hit.name, "because": hit.because, "evidence_ids": list(hit.evidence_ids)}
        for hit in found.hits
    ]
    return {
        "condition": body, "not_understood": list(not_understood), "as_of": found.as_of.isoformat(),
        "count": len(hits), "considered": found.considered, "unknown": found.unknown, "changed": found.changed,
        "hits": hits, "list_id": list_id,
    }  # fmt: skip


def _print(found: Any, body: dict[str, Any], not_understood: tuple[str, ...]) -> None:
    from tandem.prospecting.domain import conditions
    from tandem.prospecting.domain.condition_editing import in_words

    output.people.print(f"Asked: {in_words(conditions.read(body))}")
    if not_understood:
        output.people.print(f"Not understood, and not asked: {', '.join(not_understood)}")
    output.people.print(
        f"{len(found.hits):,} of {found.considered:,} accounts; {found.unknown:,} more may be meant, what is known "
        "does not settle it."
    )
    table = Table("account", "name", "what made it true")
    for hit in found.hits[:SHOWN]:
        table.add_row(str(hit.account_id), hit.name, hit.because)
    output.people.print(table)
    if len(found.hits) > SHOWN:
        output.people.print(f"The first {SHOWN}; all with --json.")


def run(
    list_: Annotated[str, typer.Argument(metavar="LIST", help="Number or name of a list.")],
    json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Carry a list's accounts to engagement now: exclude, enrich, research, check contacts, ask the rules of contact.

    A run over the list that goes on already is carried on from where it stands.
    """
    require_database()
    from tandem.prospecting.actions import pipeline
    from tandem.prospecting.queries import runs

    actor = shell_actor()
    list_id = _list_id(list_)
    going = next((one for one in runs.last_runs(actor, list_id) if one.phase == "running"), None)
    run_id = going.id if going else pipeline.start_run(list_id, actor=actor, now=clock.now())
    with output.progress_bar("Carrying", quiet=json) as bar:
        pipeline.carry_here(run_id, tell=bar)
    head = runs.get_run(actor, run_id)
    if json:
        output.print_json({"run": run_id, "phase": head.phase, "counts": dict(head.counts)})
        return
    table = Table("stage", "went on", "ended here")
    for stage in head.stages:
        ended = ", ".join(f"{count:,} {state}" for state, count in stage.ended.items())
        table.add_row(stage.title, f"{stage.passed:,}", ended)
    output.people.print(table)
    output.people.print(f"Run {run_id}: {head.counts.get('ready', 0):,} of {head.size:,} are ready for engagement.")


def _list_id(told: str) -> int:
    from tandem.prospecting.queries.lists import list_lists

    known = {one.id: one.name for one in list_lists(shell_actor())}
    found = [pk for pk, name in known.items() if str(pk) == told or name.casefold() == told.casefold()]
    if not found:
        names = ", ".join(f"{pk} {name}" for pk, name in list(known.items())[:10]) or "none yet"
        raise NotFound(f"There is no list {told!r}.", hint=f"Lists: {names}.")
    return found[0]
