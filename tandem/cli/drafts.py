"""`tandem draft`: the validators of outreach on a file, with no database and no server."""

from __future__ import annotations

import json as json_module
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tandem.cli import output
from tandem.core.errors import DataUnreadable, InvalidInput

if TYPE_CHECKING:
    from tandem.engagement.contracts import Violation
    from tandem.engagement.domain.draft_files import DraftFile
    from tandem.engagement.domain.texts import Text
    from tandem.engagement.domain.voice import VoiceGuide

app = typer.Typer(add_completion=False, no_args_is_help=True)
ANSWER = "answer"


@app.callback()
def draft() -> None:
    """Texts of outreach."""


@app.command()
def lint(
    file: Annotated[Path, typer.Argument(help="Plain text, text with a Subject line on top, or a whole mail.")],
    voice: Annotated[Path | None, typer.Option(help="A voice guide as JSON or TOML.")] = None,
    channel: Annotated[str, typer.Option(help="email, linkedin, sms, whatsapp, phone_manual, voicemail_ai.")] = "email",
    locale: Annotated[str, typer.Option(help="en-US, en-GB, de, fr, es, nl, ja; left out: that of the text.")] = "",
    evidence: Annotated[
        Path | None, typer.Option(help="What the text may rest on: JSON, JSON lines or plain text.")
    ] = None,
    angle: Annotated[
        str, typer.Option(help="opening, new_reason, reminder, case, last_word; answer: to somebody who wrote.")
    ] = "opening",
    first_name: Annotated[str, typer.Option(help="Of the recipient; left out: any.")] = "",
    last_name: Annotated[str, typer.Option(help="Of the recipient.")] = "",
    sender: Annotated[str, typer.Option(help="First name of the sender; left out: any.")] = "",
    json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Check a draft; exit code 1 when something stands against sending it."""
    from tandem.engagement.ai.checking import check
    from tandem.engagement.domain.draft_files import read_draft
    from tandem.engagement.domain.lint import is_sendable

    found = read_draft(_bytes(file), name=str(file))
    guide = _guide(voice) if voice is not None else None
    text = _text(found, channel, locale, angle, evidence, (first_name, last_name, sender), guide)
    violations = check(text, voice=guide)
    ok = is_sendable(violations)
    if json:
        told = [_as_dict(one, text) for one in violations]
        output.print_json({"ok": ok, "violations": told, "locale": text.language, "words": _words(text)})
    else:
        _print(violations, text, ok=ok)
    if not ok:
        raise typer.Exit(output.EXIT_FAILED)


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        hint = "Name a file that is there and can be read."
        raise DataUnreadable(
            f"The file can't be read: {error.strerror}.", hint=hint, context={"file": str(file)}
        ) from error


def _text(
    found: DraftFile,
    channel: str,
    locale: str,
    angle: str,
    evidence: Path | None,
    names: tuple[str, str, str],
    guide: VoiceGuide | None,
) -> Text:
    from tandem.engagement.contracts import Angle
    from tandem.engagement.domain.draft_files import read_evidence
    from tandem.engagement.domain.texts import Text

    pieces, opening = read_evidence(_bytes(evidence), name=str(evidence)) if evidence is not None else (None, "")
    if angle != ANSWER and angle not in list(Angle):
        raise InvalidInput(f"{angle!r} is no angle.", hint=f"One of {', '.join(Angle)}, answer.", code="usage")
    first_name, last_name, sender = names
    return Text(
        subject=found.subject,
        body=found.body,
        channel=_channel(channel),
        language=_tag(locale, found, guide),
        angle=None if angle == ANSWER else Angle(angle),
        first_name=first_name,
        last_name=last_name,
        seller_first_name=sender,
        evidence=pieces,
        opening_fact=opening,
        has_subject=found.has_subject,
    )


def _channel(told: str) -> Any:
    from tandem.compliance.contracts.gate import Road
    from tandem.engagement.contracts import CHANNELS

    names = {"voicemail": Road.VOICEMAIL_AI, "phone": Road.PHONE_MANUAL, "call": Road.PHONE_MANUAL}
    word = names.get(told, told)
    if word not in CHANNELS:
        raise InvalidInput(f"{told!r} is no channel.", hint=f"One of {', '.join(CHANNELS)}.", code="usage")
    return Road(word)


def _tag(locale: str, found: DraftFile, guide: VoiceGuide | None) -> str:
    from tandem.engagement.domain.draft_files import tag_for
    from tandem.engagement.domain.lint_language import identified
    from tandem.engagement.domain.norms import TAGS

    wanted = locale or (guide.language if guide is not None else "")
    tag = tag_for(wanted, "" if wanted else identified(found.body)[0])
    if tag is None and locale:
        raise InvalidInput(f"There are no norms for {locale!r}.", hint=f"One of {', '.join(TAGS)}.", code="usage")
    return tag or "en-US"


def _guide(file: Path) -> VoiceGuide:
    from tandem.engagement.domain.voice import read_guide

    raw = _bytes(file)
    try:
        text = raw.decode("utf-8-sig")
        told = tomllib.loads(text) if file.suffix.lower() == ".toml" else json_module.loads(text)
    except (ValueError, RecursionError) as error:
        hint = 'Give JSON or TOML such as {"forbidden": {"leverage": "use"}}.'
        raise DataUnreadable(
            f"The voice guide can't be read: {error}.", hint=hint, context={"file": str(file)}
        ) from error
    return read_guide(told)


def _words(text: Text) -> int:
    from tandem.engagement.domain.sentences import count_words

    return count_words(text.body)


def _as_dict(one: Violation, text: Text) -> dict[str, Any]:
    span = {"start": one.start, "end": one.end, "quote": text.body[one.start : one.end]}
    return {"rule": one.rule, "span": span, "message": one.message, "is_hard": one.is_hard}


def _print(violations: tuple[Violation, ...], text: Text, *, ok: bool) -> None:
    """What stands against it, for people."""
    told = "Nothing stands against sending it." if ok else "It may not be sent."
    output.people.print(f"{told} {_words(text)} words, {text.language}.", markup=False, highlight=False)
    rows = [(one.rule, _quote(one, text), one.message) for one in violations]
    if rows:
        output.print_table(f"{len(rows)} found", ["rule", "where", "what and how to mend it"], rows)


def _quote(one: Violation, text: Text) -> str:
    quote = " ".join(text.body[one.start : one.end].split())
    return quote if len(quote) <= 40 else f"{quote[:39]}…"
