"""`tandem comply check | changes | impact`: own rule packs, what comes into force, and what a change does."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from json import JSONDecodeError, loads
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tandem.cli import output
from tandem.cli.ready import require_database, start_django
from tandem.core import clock
from tandem.core.errors import DataUnreadable, InvalidInput

if TYPE_CHECKING:
    from tandem.compliance.contracts.subjects import DecisionSubject
    from tandem.compliance.domain.rules.impact import Impact
    from tandem.compliance.domain.rules.packs import Packs

DAYS_AHEAD = 365
CHANGES_SHOWN = 25

AsJson = Annotated[bool, typer.Option("--json", help="One JSON document.")]


def packs_in_force() -> Packs:
    """The product's rules with those of TANDEM_RULEPACKS_DIR over them; no database is touched."""
    from django.conf import settings

    from tandem.compliance.domain.rules.packs import built_in, layered

    return built_in() if settings.RULEPACKS_DIR is None else layered(built_in(), settings.RULEPACKS_DIR)


def check(
    folder: Annotated[Path, typer.Argument(help="A folder of rule packs (*.toml), laid over the product's.")],
    json: AsJson = False,
) -> None:
    """Check own rule packs: everything that is wrong, with file, rule, field and remedy."""
    start_django()
    from tandem.compliance.queries import rules

    packs, problems = rules.check_packs(folder)
    own = len(packs.rules) - len(rules.product_packs().rules) + len(packs.replaced)
    replaced = sorted({rule.id for rule in packs.replaced})
    if json:
        told = {"ok": not problems, "rules": own, "replaced": replaced, "problems": [one.as_dict() for one in problems]}
        output.print_json(told)
    elif problems:
        for problem in problems:
            output.print_error(problem, as_json=False)
    else:
        takes = f"; they take the place of {', '.join(replaced)}" if replaced else ""
        output.people.print(f"{own} rules are in order{takes}.", markup=False, highlight=False)
    raise typer.Exit(output.EXIT_FAILED if problems else 0)


def changes(
    since: Annotated[str, typer.Option("--from", help="First day, 2026-08-02; today when left out.")] = "",
    until: Annotated[str, typer.Option("--to", help="Last day; a year later when left out.")] = "",
    json: AsJson = False,
) -> None:
    """List the rules that come into force or end in a span of days: the next twelve months by default."""
    start_django()
    from tandem.compliance.queries import rules

    first = _day(since, "--from") if since else clock.now().date()
    last = _day(until, "--to") if until else first + timedelta(days=DAYS_AHEAD)
    found = rules.changes_between(first, last)
    if json:
        output.print_json(
            [{"on": one.on.isoformat(), "turn": one.turn.value, "rule": rules.as_dict(one.rule)} for one in found]
        )
        return
    rows = [(one.on, one.turn, one.rule.id, ", ".join(one.rule.where), one.rule.title) for one in found]
    output.print_table(f"{len(rows)} changes, {first} to {last}", ["on", "what", "rule", "where", "title"], rows)


def impact(
    packs: Annotated[Path | None, typer.Option(help="A folder of changed packs, laid over the product's.")] = None,
    as_of: Annotated[str, typer.Option(help="The law of this day ...")] = "",
    against: Annotated[str, typer.Option(help="... against the law of this day.")] = "",
    requests: Annotated[
        Path | None, typer.Option(help="Requests as JSON lines; this installation's contacts when left out.")
    ] = None,
    json: AsJson = False,
) -> None:
    """Which contacts and campaigns a change of rules touches, and because of which rules."""
    start_django()
    before, after = _states(packs, as_of, against)
    with output.progress_bar("Deciding", quiet=json) as bar:
        found = _of_file(before, after, requests, bar) if requests is not None else _of_contacts(before, after, bar)
    if json:
        output.print_json(found.as_dict())
    else:
        _print(found)


def _states(folder: Path | None, as_of: str, against: str) -> tuple[Packs, Packs]:
    from tandem.compliance.queries import rules

    if (folder is None) == (not as_of and not against) or bool(as_of) != bool(against):
        raise InvalidInput(
            "Say what is compared with what.",
            hint="Give --packs FOLDER, or --as-of DATE with --against DATE.",
            code="impact.question",
        )
    if folder is not None:
        return rules.packs(), rules.packs_with(folder)
    known = rules.packs()
    days = sorted((_day(as_of, "--as-of"), _day(against, "--against")))
    return known.as_of(days[0]), known.as_of(days[1])


def _of_contacts(before: Packs, after: Packs, bar: output.Bar) -> Impact:
    require_database()
    from tandem.compliance.actions.rule_impact import impact_on_contacts
    from tandem.compliance.queries.decision_subjects import count_decision_subjects

    total = count_decision_subjects()
    report = lambda done: bar(done, total, "")  # noqa: E731
    return impact_on_contacts(before, after, now=clock.now(), keep=None, report=report)


def _of_file(before: Packs, after: Packs, file: Path, bar: output.Bar) -> Impact:
    from tandem.compliance.domain.rules.impact import compare

    return compare(before, after, _read(file), report=lambda done: bar(done, None, ""))


def _read(file: Path) -> Iterator[DecisionSubject]:
    """Requests of a file, one JSON object a line: a request, or one under "request" beside "id" and "campaign"."""
    from tandem.compliance.contracts.subjects import DecisionSubject

    try:
        with file.open(encoding="utf-8-sig") as lines:
            for number, line in enumerate(lines, 1):
                if line.strip():
                    told = _object(line, file, number)
                    request = told.get("request", told)
                    key = str(told.get("id") or (request.get("recipient") or {}).get("id") or f"line {number}")
                    yield DecisionSubject(key=key, group=str(told.get("campaign") or ""), request=request)
    except (OSError, UnicodeDecodeError) as error:
        raise DataUnreadable(f"The requests can't be read: {error}.", context={"file": str(file)}) from error


def _object(line: str, file: Path, number: int) -> dict[str, Any]:
    where = {"file": str(file), "line": number}
    hint = 'Give one object a line, such as {"id": "7", "campaign": "spring", "request": {"at": ..., "channel": ...}}.'
    try:
        told = loads(line)
    except (JSONDecodeError, RecursionError) as error:
        raise DataUnreadable("The line is no JSON.", hint=hint, context=where) from error
    request = told.get("request", told) if isinstance(told, dict) else None
    if not isinstance(request, dict) or not isinstance(request.get("recipient") or {}, dict):
        raise DataUnreadable("The line is no request.", hint=hint, context=where)
    return dict(told)


def _day(text: str, option: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise InvalidInput(f"{option} can't be {text!r}.", hint="Give a day like 2026-08-02.") from error


def _print(found: Impact) -> None:
    said = f"{found.changed_count:,} of {found.decided:,} end otherwise."
    output.people.print(said, style="bold", markup=False, highlight=False)
    told = found.as_dict()
    for title, name in (("By rule", "by_rule"), ("By campaign or segment", "by_campaign"), ("By place", "by_place"),
                        ("From and to", "by_turn")):  # fmt: skip
        if told[name]:
            output.print_table(title, ["", "changes"], [(key or "none", count) for key, count in told[name].items()])
    rows = [
        (one.subject, one.channel, f"{one.before.value} to {one.after.value}", ", ".join(one.rules))
        for one in found.changed[:CHANGES_SHOWN]
    ]
    if rows:
        more = f", the first {len(rows)} of {found.changed_count:,}" if found.changed_count > len(rows) else ""
        output.print_table(f"Changes{more}", ["contact", "channel", "outcome", "because of"], rows)
    if found.unreadable_count:
        output.people.print(f"{found.unreadable_count:,} could not be read: {found.unreadable[0]}", markup=False)
