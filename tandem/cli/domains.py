"""`tandem domain`: a domain's entries for mail, from DNS or a zone file. No database is needed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from tandem.cli import output
from tandem.engagement.domain.domain_checks import check_domain, name_of
from tandem.engagement.domain.domain_findings import TOPIC_WORDS, DomainReport, FindingLevel, Topic, Verdict
from tandem.engagement.domain.zones import ZoneFile

app = typer.Typer(help="Domains that send: check their entries.", no_args_is_help=True, rich_markup_mode=None)
STYLES = {
    FindingLevel.ERROR: "bold red",
    FindingLevel.WARNING: "yellow",
    FindingLevel.ADVICE: "dim",
    FindingLevel.OK: "green",
}


@app.callback()
def root() -> None:
    """Domains that send."""


@app.command("check")
def check_command(
    domain: Annotated[str, typer.Argument(help="For example mail.example.com.")],
    zone: Annotated[Path | None, typer.Option(help="Read this zone file instead of DNS.")] = None,
    selector: Annotated[list[str] | None, typer.Option(help="Name of a DKIM key; may be given again.")] = None,
    include: Annotated[
        list[str] | None, typer.Option(help="What a provider that sends for it wants in SPF, e.g. _spf.google.com.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Check MX, SPF, DKIM, DMARC, BIMI, MTA-STS and TLS-RPT; exit 1 when mail should not leave from it."""
    report = _report(domain, zone, selector or (), include or ())
    if json:
        output.print_json(report.as_dict())
    else:
        _print(report)
    if report.verdict is not Verdict.SOUND:
        raise typer.Exit(output.EXIT_FAILED)


def _report(domain: str, zone: Path | None, selectors: Sequence[str], includes: Sequence[str]) -> DomainReport:
    if zone is None:
        from tandem.engagement.queries.domain_checks import check

        return check(domain, selectors=selectors, includes=includes)
    name = name_of(domain)
    lookup = ZoneFile(zone.read_text(encoding="utf-8", errors="replace"), domain=name, file=str(zone))
    return check_domain(name, lookup=lookup, selectors=selectors, includes=includes)


def _print(report: DomainReport) -> None:
    for topic in Topic:
        if not (found := report.of(topic)):
            continue
        output.people.print(Text(TOPIC_WORDS[topic], style="bold"))
        for one in found:
            told = Text.assemble((f"  {one.level.value:<8}", STYLES[one.level]), one.text, (f" ({one.source})", "dim"))
            output.people.print(told, highlight=False, soft_wrap=True)
            if one.remedy:
                output.people.print(Text(f"           {one.remedy}"), highlight=False, soft_wrap=True)
            if one.record is not None:
                line = f"           {one.record.name} {one.record.type} {one.record.value}"
                output.people.print(Text(line, style="cyan"), highlight=False, soft_wrap=True)
    words = {
        Verdict.SOUND: "Sound: mail may leave from it.",
        Verdict.UNSOUND: "Not sound: mend what is marked as error first.",
        Verdict.UNDECIDED: "Not decided: something could not be looked up.",
    }
    output.people.print(Text(f"{report.domain}: {words[report.verdict]}", style="bold"))
