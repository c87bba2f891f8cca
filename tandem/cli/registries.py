"""`tandem suppress | consent | dnc`: the registries from the shell, by the same actions and queries as the pages."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tandem.cli import output
from tandem.cli.ready import require_database, shell_actor
from tandem.core.errors import Conflict, InvalidInput

if TYPE_CHECKING:
    from enum import StrEnum

    from tandem.compliance.contracts import Reject

suppress_app = typer.Typer(add_completion=False, no_args_is_help=True)
consent_app = typer.Typer(add_completion=False, no_args_is_help=True)
dnc_app = typer.Typer(add_completion=False, no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="One JSON document.")]
Country = Annotated[str, typer.Option(help="Two letters, for phone numbers without +.")]
File = Annotated[Path, typer.Argument(help="The file to read.", exists=True, dir_okay=False)]
Rejects = Annotated[Path | None, typer.Option(help="CSV file for refused rows with their reasons; must not exist.")]
Addresses = Annotated[list[str], typer.Argument(help="Mail addresses, numbers, domains or keys like account:12.")]
At = Annotated[str, typer.Option(help="ISO 8601, such as 2026-11-24T15:00:00Z.")]
REJECTS_SHOWN = 10


@suppress_app.command("add")
def add(
    addresses: Addresses,
    reason: Annotated[str, typer.Option(help="legal, objection, complaint, unsubscribe, manual or bounce.")] = "manual",
    channel: Annotated[str, typer.Option(help="all, email, sms, voice, social or postal.")] = "all",
    purpose: Annotated[str, typer.Option(help="any, sales, newsletter, events, product or research.")] = "any",
    source: Annotated[str, typer.Option(help="Where it comes from.")] = "shell",
    evidence: Annotated[str, typer.Option(help="Where it can be looked up.")] = "",
    country: Country = "",
    json: Json = False,
) -> None:
    """Take addresses out of everything, now and for good."""
    require_database()
    from tandem.compliance import actions
    from tandem.compliance.contracts import Channel, Purpose, SuppressionEntry, SuppressionReason
    from tandem.core import clock

    said = {"reason": _word(SuppressionReason, reason, "reason"), "channel": _word(Channel, channel, "channel"),
            "purpose": _word(Purpose, purpose, "purpose"), "evidence": evidence, "country": country}  # fmt: skip
    entries = [SuppressionEntry(address=one, **said) for one in addresses]  # type: ignore[arg-type]
    report = actions.suppress_many(entries, source=source, actor=shell_actor(), now=clock.now())
    _tell(report, None, json=json)


@suppress_app.command("check")
def check(
    addresses: Addresses,
    channel: Annotated[str, typer.Option(help="The road that is meant; all: any road counts.")] = "all",
    purpose: Annotated[str, typer.Option(help="What for; any: a refusal of any one purpose counts.")] = "any",
    country: Country = "",
    json: Json = False,
) -> None:
    """Whether a person with these addresses may not be contacted; exit code 1 when they may not."""
    require_database()
    from tandem.compliance import queries
    from tandem.compliance.contracts import Channel, Purpose

    found = queries.is_suppressed(
        addresses, _word(Channel, channel, "channel"), purpose=_word(Purpose, purpose, "purpose"), country=country
    )
    told: dict[str, Any] = {"suppressed": found is not None}
    if found is not None:
        told |= {"id": found.id, "reason": found.reason.value, "channel": found.channel.value,
                 "purpose": found.purpose.value, "kind": found.kind.value, "at": found.at.isoformat()}  # fmt: skip
    _say(told, found.sentence if found else "Not suppressed.", json=json)
    raise typer.Exit(output.EXIT_FAILED if found else 0)


@suppress_app.command("import")
def import_suppressions(file: File, rejects: Rejects = None, country: Country = "", json: Json = False) -> None:
    """Take a CSV file in: a column address, email, phone or domain; kind, channel, purpose, reason, hash if there."""
    require_database()
    from tandem.compliance import actions
    from tandem.core import clock

    _refuse_existing(rejects)
    report = actions.import_suppressions(
        _bytes(file), name=file.name, country=country, actor=shell_actor(), now=clock.now()
    )
    _tell(report, rejects, json=json)


@suppress_app.command("export")
def export(
    out: Annotated[Path, typer.Option(help="CSV file to write; must not exist.")],
    json: Json = False,
) -> None:
    """Everybody who is suppressed as CSV, hashes too; another installation with the same keys reads it."""
    require_database()
    from tandem.compliance import actions

    _refuse_existing(out)
    count = actions.export_suppressions(out, actor=shell_actor())
    _say({"file": str(out), "rows": count}, f"{count:,} rows written to {out}.", json=json)


@consent_app.command("add")
def add_consent(
    address: Annotated[str, typer.Argument(help="Mail address or phone number.")],
    kind: Annotated[str, typer.Option(help="express, double_opt_in, written, soft_opt_in, implied_business, ...")],
    channel: Annotated[str, typer.Option(help="email, sms, voice, social or postal.")],
    proof: Annotated[str, typer.Option(help="Where it can be looked up.")],
    source: Annotated[str, typer.Option(help="Where it was given: a form, a call.")],
    purpose: Annotated[str, typer.Option(help="sales, newsletter, events, product or research.")] = "sales",
    wording: Annotated[str, typer.Option(help="The text that was agreed to.")] = "",
    given_at: At = "",
    counts_from: At = "",
    country: Country = "",
    json: Json = False,
) -> None:
    """Keep a consent with its proof; its end follows from its kind."""
    require_database()
    from tandem.compliance import actions
    from tandem.compliance.contracts import Channel, ConsentKind, Purpose
    from tandem.core import clock

    now = clock.now()
    consent_id = actions.record_consent(
        address, kind=_word(ConsentKind, kind, "kind"), channel=_word(Channel, channel, "channel"),
        purpose=_word(Purpose, purpose, "purpose"), proof=proof, source=source, wording=wording, country=country,
        given_at=_moment(given_at) or now, counts_from=_moment(counts_from), actor=shell_actor(), now=now,
    )  # fmt: skip
    _say({"id": consent_id}, f"Consent {consent_id} kept.", json=json)


@consent_app.command("state")
def consent_state(
    addresses: Addresses,
    channel: Annotated[str, typer.Option(help="email, sms, voice, social or postal.")] = "email",
    purpose: Annotated[str, typer.Option(help="sales, newsletter, events, product or research.")] = "sales",
    country: Country = "",
    json: Json = False,
) -> None:
    """Whether a consent holds now for this channel and purpose; exit code 1 when none does."""
    require_database()
    from tandem.compliance import queries
    from tandem.compliance.contracts import Channel, Purpose
    from tandem.core import clock

    state = queries.consent_state(
        addresses, _word(Channel, channel, "channel"), _word(Purpose, purpose, "purpose"), now=clock.now(),
        country=country,
    )  # fmt: skip
    told = {"holds": state.holds, "id": state.id, "kind": state.kind, "given_at": state.given_at,
            "expires_at": state.expires_at, "missing": state.missing}  # fmt: skip
    _say(told, f"Consent {state.id} holds." if state.holds else f"None holds: {state.missing}.", json=json)
    raise typer.Exit(0 if state.holds else output.EXIT_FAILED)


@consent_app.command("import")
def import_consents(file: File, rejects: Rejects = None, country: Country = "", json: Json = False) -> None:
    """Take a CSV file in: address, kind, purpose, channel, wording, proof, source, given_at."""
    require_database()
    from tandem.compliance import actions
    from tandem.core import clock

    _refuse_existing(rejects)
    report = actions.import_consents(
        _bytes(file), name=file.name, country=country, actor=shell_actor(), now=clock.now()
    )
    _tell(report, rejects, json=json)


@consent_app.command("revoke")
def revoke(
    addresses: Addresses,
    how: Annotated[str, typer.Option(help="The road on which it was said: a reply, a call, a letter.")],
    evidence: Annotated[str, typer.Option(help="Where it can be looked up.")] = "",
    country: Country = "",
    json: Json = False,
) -> None:
    """Take back everything a person agreed to, and suppress the addresses on every channel."""
    require_database()
    from tandem.compliance import actions
    from tandem.core import clock

    ended = actions.revoke_consent(
        addresses, how=how, evidence=evidence, country=country, actor=shell_actor(), now=clock.now()
    )
    _say({"ended": ended}, f"{ended:,} ended, and the addresses are suppressed on every channel.", json=json)


@dnc_app.command("import")
def import_screenings(
    file: File,
    register: Annotated[str, typer.Option(help="us_national, ca_dncl, uk_tps ...; a TPS answer names its own.")] = "",
    screened_at: At = "",
    numbers: Annotated[
        Path | None,
        typer.Option(
            help="Our numbers, one a line: only these are looked up in the list.", exists=True, dir_okay=False
        ),
    ] = None,
    rejects: Rejects = None,
    country: Country = "",
    json: Json = False,
) -> None:
    """Take a do-not-call file in: the FTC's download, answers of TPS and CTPS, or a scrubbing vendor's result."""
    require_database()
    from tandem.compliance import actions
    from tandem.core import clock

    _refuse_existing(rejects)
    now = clock.now()
    ours = _bytes(numbers).decode("utf-8-sig", "replace").splitlines() if numbers is not None else None
    report = actions.import_screenings(
        _bytes(file), name=file.name, register=register, screened_at=_moment(screened_at) or now, numbers=ours,
        country=country, actor=shell_actor(), now=now,
    )  # fmt: skip
    _tell(report, rejects, json=json)


@dnc_app.command("check")
def check_number(
    number: Annotated[str, typer.Argument(help="A phone number.")], country: Country = "", json: Json = False
) -> None:
    """In which registers a number was looked up, when, and whether that still counts; exit code 1 if listed."""
    require_database()
    from tandem.compliance import queries
    from tandem.core import clock

    if not queries.read_all([number], country=country):
        raise InvalidInput(f"{number!r} is no phone number.", hint="Give it with + or with --country.")
    states = queries.dnc_states(number, now=clock.now(), country=country).values()
    if json:
        output.print_json([{"register": one.register, "listed": one.is_listed, "screened_at": one.screened_at,
                            "age_days": one.age_days, "fresh": one.is_fresh} for one in states])  # fmt: skip
    else:
        rows = [(one.register, "listed" if one.is_listed else "clear", f"{one.screened_at:%Y-%m-%d}",
                 "fresh" if one.is_fresh else "too old") for one in states]  # fmt: skip
        output.print_table("Screenings", ["register", "answer", "looked up", "state"], rows)
    raise typer.Exit(output.EXIT_FAILED if any(one.is_listed for one in states) else 0)


def _word(words: type[StrEnum], text: str, name: str) -> Any:
    try:
        return words(text.strip().lower().replace("-", "_"))
    except ValueError as error:
        known: Sequence[StrEnum] = list(words)
        raise InvalidInput(
            f"{text!r} is no {name}.", hint=f"Known: {', '.join(one.value for one in known)}."
        ) from error


def _moment(text: str) -> datetime | None:
    if not text:
        return None
    try:
        read = datetime.fromisoformat(text)
    except ValueError as error:
        raise InvalidInput(f"{text!r} is no time.", hint="Give ISO 8601, such as 2026-11-24T15:00:00Z.") from error
    return read if read.tzinfo else read.replace(tzinfo=UTC)


def _bytes(file: Path) -> bytes:
    """The file, one byte more than is taken at most, so that the action can refuse it."""
    from tandem.compliance import actions

    with file.open("rb") as stream:
        return stream.read(actions.MOST_BYTES + 1)


def _refuse_existing(file: Path | None) -> None:
    if file is not None and file.exists():
        raise Conflict(f"{file} exists already.", hint="Name a new file.", context={"file": str(file)})


def _say(told: object, sentence: str, *, json: bool) -> None:
    if json:
        output.print_json(told)
    else:
        output.people.print(sentence, markup=False, highlight=False)


def _tell(report: Any, rejects: Path | None, *, json: bool) -> None:
    """What a batch did; refused rows go to the file with their reasons, else the first are shown."""
    refused: Sequence[Reject] = report.rejects
    if rejects is not None and refused:
        with rejects.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow(["row", "value", "reason"])
            writer.writerows((one.number, one.value, one.reason) for one in refused)
    if json:
        rows = [{"row": one.number, "value": one.value, "reason": one.reason} for one in refused]
        told = {"added": report.added, "known": report.known, "refused": len(refused), "rejects": rows}
        output.print_json(told | ({"rejects_file": str(rejects)} if rejects is not None and refused else {}))
        return
    output.people.print(report.sentence, markup=False, highlight=False)
    for one in refused[: 0 if rejects is not None else REJECTS_SHOWN]:
        output.people.print(f"row {one.number}: {one.value}: {one.reason}", markup=False, highlight=False)
