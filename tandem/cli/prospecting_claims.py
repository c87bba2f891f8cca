"""`tandem prospecting check-claims`: how many stored statements their evidence does not bear out."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from rich.table import Table

from tandem.cli import output
from tandem.cli.ready import require_database
from tandem.core import clock
from tandem.core.errors import AppError


def check_claims(
    limit: Annotated[int, typer.Option(min=0, help="Check at most so many accounts; 0 for all.")] = 0,
    json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Check every stored rationale and brief against its evidence; exit 1 above one unsupported statement in 200."""
    require_database()
    from tandem.prospecting.queries.claims import LIMIT, check_claims, researched_accounts

    ids = researched_accounts()
    report = check_claims(ids[:limit] if limit else ids, at=clock.now())
    if json:
        output.print_json(_document(report))
    elif not report.claims:
        output.people.print("Nothing has been researched yet. `tandem prospecting rank` and the night come first.")
    else:
        _print(report)
    if not report.is_within_limit:
        raise AppError(
            f"{report.rate:.2%} of statements are unsupported; at most {LIMIT:.1%} may be.",
            hint="Have these accounts researched anew, and look at which engine wrote them under AI.",
            code="claims.unsupported",
        )


def _document(report: Any) -> dict[str, Any]:
    return {
        "accounts": report.accounts,
        "statements": report.claims,
        "unsupported": report.unsupported,
        "rate": report.rate,
        "evidence_gone": report.gone,
        "examples": [
            {"account": one.account_id, "text": one.text, "because": one.because} for one in report.examples
        ],
    }  # fmt: skip


def _print(report: Any) -> None:
    output.people.print(
        f"{report.accounts:,} accounts, {report.claims:,} statements: {report.unsupported:,} unsupported "
        f"({report.rate:.2%}); the evidence of {report.gone:,} more has changed since."
    )
    if not report.examples:
        return
    table = Table("Account", "Statement", "Why")
    for one in report.examples:
        table.add_row(str(one.account_id), one.text, one.because)
    output.people.print(table)
