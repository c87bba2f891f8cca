"""`tandem ledger verify | show | export | checkpoint | keys | anchor | stream`: proof, and the record of one thing."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from json import dumps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tandem.cli import output
from tandem.cli.ready import require_database, shell_actor, start_django
from tandem.compliance.contracts.anchors import AnchorKind, StreamFormat, StreamKind
from tandem.core.errors import DataUnreadable, InvalidInput, NotFound

if TYPE_CHECKING:
    from tandem.compliance.contracts import Checkpoint, Entry, Verification
    from tandem.compliance.contracts.anchors import AnchorState
    from tandem.compliance.verifier import Finding

app = typer.Typer(add_completion=False, no_args_is_help=True)
anchor_app = typer.Typer(add_completion=False, no_args_is_help=True, help="Places outside that keep checkpoints.")
app.add_typer(anchor_app, name="anchor")
ENTRIES_AT_ONCE = 500
SECONDS_BETWEEN_LOOKS = 1.0


@app.command()
def verify(
    file: Annotated[
        Path | None,
        typer.Argument(
            help="An exported ledger, a SQLite database or what COPY wrote; this installation's when left out."
        ),
    ] = None,
    checkpoint: Annotated[
        list[Path] | None,
        typer.Option(help="A checkpoint kept outside; finds a cut tail. Several.", exists=True, dir_okay=False),
    ] = None,
    key: Annotated[list[str] | None, typer.Option(help="A public key that you trust, with FILE. Several.")] = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Recompute the chain; names the first entry that does not hold."""
    seen = [_read(one) for one in checkpoint or []]
    result = _verify_file(file, seen, key or []) if file is not None else _verify_here(seen, quiet=json)
    if json:
        output.print_json(asdict(result) | {"holds": result.holds, "sentence": result.sentence})
    else:
        for line in (result.sentence, *getattr(result, "notes", ())):
            output.people.print(line, markup=False, highlight=False, soft_wrap=True)
    raise typer.Exit(0 if result.holds else output.EXIT_FAILED)


def _verify_file(file: Path, checkpoints: list[Checkpoint], keys: list[str]) -> Finding:
    """Needs no database and no set-up: a stranger's machine will do."""
    from tandem.compliance import verifier

    start_django()
    try:
        return verifier.verify_file(file, checkpoints=[one.as_dict() for one in checkpoints], keys=keys)
    except (OSError, UnicodeDecodeError) as error:
        raise DataUnreadable(
            f"{file} can't be read as an exported ledger.",
            hint="Give a file written by `tandem ledger export`, or a copy of the database.",
            context={"file": str(file)},
        ) from error


def _verify_here(checkpoints: list[Checkpoint], *, quiet: bool) -> Verification:
    require_database()
    from tandem.compliance import queries

    with output.progress_bar("Verifying", quiet=quiet) as report:
        return queries.verify(checkpoints=checkpoints, report=report)


@app.command()
def show(
    subject: Annotated[str, typer.Argument(help='A message id, or "kind:id" such as account:42.')],
    json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """The whole record of one thing, oldest entry first; of a message with its decisions, approvals and bytes."""
    require_database()
    from tandem.compliance import queries

    record = queries.find_message_record(shell_actor(), subject)
    if record is not None and json:
        output.print_json(record.as_dict())
        return
    entries = (
        list(record.entries)
        if record
        else queries.entries_about(subject) or queries.entries_about(f"message:{subject}")
    )
    if not entries:
        raise NotFound(
            f"The ledger has no entry about {subject!r}.", hint="Subjects read kind:id, for example account:42."
        )
    if json:
        output.print_json([entry.as_dict() for entry in entries])
    else:
        for one in record.decisions if record else ():
            output.people.print(f"{one.outcome.upper()} {one.explanation}", markup=False, highlight=False)
        rows = [(entry.number, f"{entry.at:%Y-%m-%d %H:%M:%S}Z", entry.actor_name, entry.action) for entry in entries]
        output.print_table(subject, ["no.", "at", "by", "action"], rows)


@app.command()
def export(
    out: Annotated[Path, typer.Option(help="File to write, JSON lines; must not exist.")],
    json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """The whole ledger as JSON lines; `python -m tandem.compliance.verifier FILE` checks it anywhere."""
    require_database()
    from tandem.compliance import actions

    checkpoint = actions.export_ledger(out, actor=shell_actor())
    if json:
        output.print_json({"file": str(out), "entries": checkpoint.number, "checkpoint": checkpoint.as_dict()})
    else:
        output.people.print(f"{checkpoint.number:,} entries written to {out}.", markup=False, highlight=False)


@app.command()
def checkpoint(
    out: Annotated[Path | None, typer.Option(help="File to write; printed when left out.")] = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON document, as without.")] = False,
) -> None:
    """Where the ledger stands, signed: keep it where nobody here can change it, and verify against it later."""
    require_database()
    from tandem.compliance import actions
    from tandem.core import clock

    taken = actions.sign_checkpoint(actor=shell_actor(), now=clock.now()).as_dict()
    if out is not None:
        out.write_text(dumps(taken) + "\n", encoding="utf-8")
    if out is None or json:
        output.print_json(taken)


@app.command()
def stream(
    after: Annotated[int, typer.Option(min=0, help="Begin behind this entry; 0: with the first.")] = 0,
    name: Annotated[
        str, typer.Option(help="Keep the place under this name: the next call goes on where this one ended.")
    ] = "",
    follow: Annotated[bool, typer.Option(help="Wait for new entries until stopped.")] = False,
    form: Annotated[StreamFormat, typer.Option("--format", help="Elastic Common Schema, or as exported.")] = (
        StreamFormat.ECS
    ),
    syslog: Annotated[str, typer.Option(help="host:port of a syslog receiver; TCP unless said.")] = "",
    udp: Annotated[bool, typer.Option("--udp", help="With --syslog: datagrams.")] = False,
    tls: Annotated[bool, typer.Option("--tls", help="With --syslog: TLS.")] = False,
    webhook: Annotated[str, typer.Option(help="Web address that takes batches of JSON lines.")] = "",
) -> None:
    """Entries as JSON lines to standard output, or to a syslog or web receiver; each at least once, in order."""
    require_database()
    from tandem.compliance import actions, queries

    if (bool(syslog) and bool(webhook)) or (udp and tls):
        raise InvalidInput("There are two receivers.", hint="Name one: --syslog (with --udp or --tls) or --webhook.")
    send = _print_lines(form)
    if syslog or webhook:
        syslog_kind = StreamKind.SYSLOG_UDP if udp else StreamKind.SYSLOG_TLS if tls else StreamKind.SYSLOG_TCP
        kind = StreamKind.WEBHOOK if webhook else syslog_kind
        secret = queries.webhook_secret(name or webhook)
        send = actions.sender_to(kind, webhook or syslog, form, secret=secret)
    turn = _turn_by_name(name, form, after, send) if name else _turn_from(after, send)
    while (sent := turn()) or follow:
        if not sent:
            time.sleep(SECONDS_BETWEEN_LOOKS)


def _print_lines(form: StreamFormat) -> Callable[[Sequence[Entry]], None]:
    from tandem.compliance import queries
    from tandem.compliance.domain.event_words import as_line

    ledger = queries.installation()

    def send(entries: Sequence[Entry]) -> None:
        sys.stdout.writelines(as_line(entry, form, installation=ledger) + "\n" for entry in entries)
        sys.stdout.flush()

    return send


def _turn_by_name(
    name: str, form: StreamFormat, after: int, send: Callable[[Sequence[Entry]], None]
) -> Callable[[], int]:
    """Moves the stream of this name, which is made at the first call."""
    from tandem.compliance import actions, queries
    from tandem.core import clock

    if queries.find_stream(name) is None:
        actions.add_stream(
            kind=StreamKind.SHELL, name=name, target="", form=form, after=after, actor=shell_actor(), now=clock.now()
        )

    def turn() -> int:
        found = queries.find_stream(name)
        if found is None or found.kind is not StreamKind.SHELL:
            raise InvalidInput(f"Stream {name!r} is driven by the worker.", hint="Give another name.")
        return actions.advance(found, send)

    return turn


def _turn_from(after: int, send: Callable[[Sequence[Entry]], None]) -> Callable[[], int]:
    """Moves on without keeping the place."""
    from tandem.compliance import queries

    place = after

    def turn() -> int:
        nonlocal place
        entries = queries.entries_after(place, limit=ENTRIES_AT_ONCE)
        if entries:
            send(entries)
            place = entries[-1].number
        return len(entries)

    return turn


@app.command()
def keys(
    rotate: Annotated[bool, typer.Option("--rotate", help="Make a new key, endorsed by the present one.")] = False,
    json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """The public keys that sign or have signed checkpoints; give the first to your auditor by another way."""
    require_database()
    from tandem.compliance import actions, queries
    from tandem.core import clock

    if rotate:
        actions.rotate_signing_key(actor=shell_actor())
    elif not queries.signing_keys():
        actions.sign_checkpoint(actor=shell_actor(), now=clock.now())
    found = queries.signing_keys()
    if json:
        output.print_json({"installation": queries.installation(), "keys": [asdict(key) for key in found]})
        return
    output.people.print(f"Signing keys of ledger {queries.installation()}, the one in use last:", highlight=False)
    for key in found:
        by = "" if key.is_endorsed else ", NOT ENDORSED by the key before it"
        told = f"{key.public_key}  since {key.at:%Y-%m-%d %H:%M}Z, entry {key.number}{by}"
        output.people.print(told, highlight=False, soft_wrap=True)


@anchor_app.command("now")
def anchor_now(
    name: Annotated[str, typer.Argument(help="One anchor; all that are on when left out.")] = "",
    json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Sign a checkpoint and give it to the anchors; ends with 1 when one did not take it."""
    require_database()
    from tandem.compliance import actions, queries
    from tandem.core import clock

    named = [anchor.id for anchor in queries.list_anchors() if anchor.name == name]
    if name and not named:
        raise NotFound(f"There is no anchor {name!r}.", hint="`tandem ledger anchor list` shows them.")
    states = actions.anchor_checkpoint(actor=shell_actor(), now=clock.now(), anchor_id=named[0] if named else None)
    _print_anchors(states, json=json)
    raise typer.Exit(output.EXIT_FAILED if any(state.error for state in states) else 0)


@anchor_app.command("list")
def anchor_list(json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False) -> None:
    """The anchors, and what reached them last."""
    require_database()
    from tandem.compliance import queries

    _print_anchors(queries.list_anchors(), json=json)


@anchor_app.command("add")
def anchor_add(
    name: Annotated[str, typer.Argument(help="What it is called here.")],
    kind: Annotated[AnchorKind, typer.Argument(help="How checkpoints get there.")],
    target: Annotated[str, typer.Argument(help="Folder, repository, mail address or URL.")],
) -> None:
    """Enter a place outside that keeps checkpoints."""
    require_database()
    from tandem.compliance import actions
    from tandem.core import clock

    actions.add_anchor(kind=kind, name=name, target=target, actor=shell_actor(), now=clock.now())
    output.people.print(f"{name} gets its first checkpoint with `tandem ledger anchor now`, or tonight.", markup=False)


def _print_anchors(states: Sequence[AnchorState], *, json: bool) -> None:
    if json:
        output.print_json([asdict(state) for state in states])
        return
    rows = [
        (one.name, one.kind.value, one.anchored_number or "none", one.error or one.kept_as or "not yet")
        for one in states
    ]
    output.print_table("Anchors", ["name", "kind", "entry", "kept as"], rows)


def _read(file: Path) -> Checkpoint:
    start_django()
    from tandem.compliance import queries

    try:
        return queries.read_checkpoint(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise DataUnreadable(
            f"{file} can't be read as a checkpoint.", hint="Give a file written by `tandem ledger checkpoint`."
        ) from error
