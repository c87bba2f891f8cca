"""`tandem inbox`: what came back, read from files, with no database and no server."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from tandem.cli import output
from tandem.core.errors import InvalidInput
from tandem.engagement.contracts import MailReading
from tandem.engagement.domain.mail.mailboxes import messages_in
from tandem.engagement.domain.reading import read_mail

app = typer.Typer(add_completion=False, no_args_is_help=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One mail to read: where it stands, and its bytes; error: why it has none."""

    name: str
    raw: bytes = b""
    error: str = ""


@app.callback()
def inbox() -> None:
    """What came back: read replies, bounces and complaints from files."""


@app.command()
def read(
    paths: Annotated[list[Path], typer.Argument(help="Mails (.eml), mailboxes (mbox), or folders of them.")],
    json: Annotated[bool, typer.Option("--json", help="JSON lines, one a mail.")] = False,
    today: Annotated[str, typer.Option(help="Day from which mails without a date count; YYYY-MM-DD.")] = "",
) -> None:
    """Read mails: kind, label, evidence, new text, bounce, day of return, redirect."""
    day = _day(today)
    files = list(_files(paths))
    rows: list[tuple[str, str, str, str]] = []
    failed = 0
    with output.progress_bar("Reading", quiet=json) as bar:
        for place, file in enumerate(files, start=1):
            for source in _sources(file):
                failed += bool(source.error)
                document = _document(source, day)
                if json:
                    output.print_json(document)
                else:
                    rows.append(_row(document))
            bar(place, len(files), file.name)
    if not json:
        output.print_table(f"{len(rows):,} mails", ("mail", "kind", "says", "rests on"), rows)
    if failed:
        raise typer.Exit(output.EXIT_FAILED)


def _day(today: str) -> date:
    try:
        return date.fromisoformat(today) if today else datetime.now(tz=UTC).date()
    except ValueError as error:
        raise InvalidInput(f"{today} is no day.", hint="Write it as 2026-12-01.", code="usage") from error


def _files(paths: Sequence[Path]) -> Iterator[Path]:
    """The files named, and those in the folders named, in a stable order."""
    for path in paths:
        if not path.exists():
            raise InvalidInput(f"{path} is not there.", hint="Name a file or folder of mails.", code="file.missing")
        if path.is_dir():
            yield from sorted(one for one in path.rglob("*") if one.is_file() and not one.name.startswith("."))
        else:
            yield path


def _sources(file: Path) -> Iterator[Source]:
    """The mails of a file; one with an error where it can't be read."""
    try:
        raw = file.read_bytes()
    except OSError as error:
        yield Source(name=str(file), error=f"It can't be read: {error.strerror or error}.")
        return
    mails = list(messages_in(raw))
    for number, mail in enumerate(mails, start=1):
        yield Source(name=str(file) if len(mails) == 1 else f"{file}#{number}", raw=mail)


def _document(source: Source, today: date) -> Mapping[str, Any]:
    if source.error:
        told = {"code": "file.unreadable", "message": source.error, "hint": "Mend its rights.", "where": source.name}
        return {"file": source.name, "error": told}
    return {"file": source.name, **as_document(read_mail(source.raw, today=today))}


def as_document(reading: MailReading) -> dict[str, Any]:
    """A reading in the words of the shell contract."""
    bounce = reading.bounce
    has_redirect = bool(reading.redirect_name or reading.redirect_email)
    return {
        "kind": reading.kind.value,
        "label": reading.label.value if reading.label else None,
        "confidence": round(reading.confidence, 3),
        "to_human": reading.to_human,
        "evidence": reading.evidence,
        "new_text": reading.new_text,
        "language": reading.language,
        "bounce": {"recipient": bounce.recipient, "type": bounce.type, "status": bounce.status, "reason": bounce.reason}
        if bounce
        else None,
        "returns_on": reading.returns_on.isoformat() if reading.returns_on else None,
        "redirect": {"name": reading.redirect_name, "email": reading.redirect_email} if has_redirect else None,
        "references": list(reading.references),
    }


def _row(document: Mapping[str, Any]) -> tuple[str, str, str, str]:
    """A mail as a line of the table."""
    name = Path(document["file"]).name
    if "error" in document:
        return name, "unread", "", document["error"]["message"]
    bounce = document["bounce"]
    if bounce:
        return name, document["kind"], f"{bounce['type']}: {bounce['reason']} {bounce['status']}", bounce["recipient"]
    says = document["label"] or ("for a person" if document["to_human"] else "")
    if document["returns_on"]:
        says = f"{says}, back {document['returns_on']}"
    return name, document["kind"], says, " ".join(document["evidence"].split())[:60]
