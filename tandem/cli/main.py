"""The shell door: `tandem ...`. Each command is thin; its work lives in the rooms.

Commands are imported when they are called, so that `tandem --help` and engines on files start fast.
"""

from __future__ import annotations

import os
import sys
import tempfile
import traceback
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup

from tandem.cli import output
from tandem.core.errors import AppError, InvalidInput

# name -> (module below tandem.cli, attribute, one line of help shown before the module is loaded)
COMMANDS: dict[str, tuple[str, str, str]] = {
    "demo": ("demo", "app", "Build or reuse the demo company and open it."),
    "setup": ("running", "setup_app", "Prepare database and static files; add the first person."),
    "serve": ("running", "serve_app", "Run the web server."),
    "worker": ("running", "worker_app", "Run the background worker."),
    "nightly": ("running", "nightly_app", "Run tonight's steps; resumable."),
    "doctor": ("doctor", "app", "Check settings, database, warehouse, keys and the seven layers."),
    "simulate": ("simulating", "app", "Write a company's exported files, and the truth behind them."),
    "import": ("importing", "app", "Load real exports; refused row by row, never silently."),
    "export": ("archiving", "app", "Everything out in open formats."),
    "resolve": ("resolving", "app", "Match accounts and contacts across files."),
    "intent": ("intent", "app", "What signals say about the interest of accounts."),
    "prospecting": ("prospecting", "app", "Whom to talk to: rank, profile, back-test, evaluation."),
    "inbox": ("inbox", "app", "Read what came back: replies, bounces, complaints."),
    "ledger": ("ledger", "app", "Verify the ledger, or show the record of one thing."),
    "comply": ("comply", "app", "Decide whether a contact may happen; list the rules."),
    "suppress": ("registries", "suppress_app", "Whom nobody may contact: add, check, import, export."),
    "consent": ("registries", "consent_app", "Who agreed to what: add, state, import, revoke."),
    "dnc": ("registries", "dnc_app", "Do-not-call registers: import a file, check a number."),
    "region": ("region", "app", "Where personal data may lie and go; hand rows over to a partner."),
    "rollup": ("rollup", "app", "Sums over all installations, without anybody's data."),
    "rights": ("rights", "app", "Requests of people: take in, carry out, explain, prove."),
    "domain": ("domains", "app", "Check a domain that sends: SPF, DKIM, DMARC, BIMI, MX."),
    "stop": ("stopping", "app", "The red button: stop what leaves at once; report; lift."),
    "draft": ("drafts", "app", "Check a text of outreach: form, facts, language, voice."),
    "agents": ("agents", "app", "Agent identities: list, instant stop."),
}


class LazyGroup(TyperGroup):
    """A command group that imports a command's module only when the command is used."""

    def list_commands(self, ctx: Any) -> list[str]:
        """All names, in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Import and return one command."""
        if cmd_name not in COMMANDS:
            return None
        module, attribute, _ = COMMANDS[cmd_name]
        command: Any = typer.main.get_command(getattr(import_module(f"tandem.cli.{module}"), attribute))
        command.name = cmd_name
        return command

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """The list of commands from the table alone."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry[2]) for name, entry in COMMANDS.items()])


app = typer.Typer(
    cls=LazyGroup,
    name="tandem",
    help="Tandem: people and AI selling in tandem.",
    no_args_is_help=True,
    rich_markup_mode=None,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.callback()
def root() -> None:
    """Tandem: the open, self-hosted revenue stack for B2B sales."""


def main() -> None:
    """Run the shell; every refusal ends in one form and one of three exit codes."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tandem.config.settings")
    as_json = "--json" in sys.argv
    try:
        sys.exit(app(standalone_mode=False) or 0)
    except AppError as error:
        output.print_error(error, as_json=as_json)
        sys.exit(output.exit_code(error))
    except typer.TyperException as error:
        refusal = AppError(error.format_message(), hint="`tandem COMMAND --help` shows how to call it.", code="usage")
        output.print_error(refusal, as_json=as_json)
        sys.exit(output.EXIT_USAGE)
    except (typer.Abort, KeyboardInterrupt):
        sys.exit(130)
    except BrokenPipeError:
        sys.exit(output.EXIT_FAILED)
    except OSError as error:
        refusal = _of_the_system(error)
        output.print_error(refusal, as_json=as_json)
        sys.exit(output.exit_code(refusal))
    except Exception as error:  # noqa: BLE001  the last stop before a person: a defect is told, not dumped
        output.print_error(_defect(error), as_json=as_json)
        sys.exit(output.EXIT_FAILED)


def _of_the_system(error: OSError) -> AppError:
    """A file or folder that can't be used is a wrong call; anything else (a full disk) is work that failed."""
    told = f"{error.filename}: {error.strerror}." if error.filename else f"{error.strerror or error}."
    if isinstance(
        error, FileNotFoundError | FileExistsError | NotADirectoryError | IsADirectoryError | PermissionError
    ):
        return InvalidInput(told, hint="Name another file or folder, or mend its rights.", code="file.unusable")
    return AppError(told, hint="`tandem doctor` looks at disk and folders.", code="system.failed")


def _defect(error: Exception) -> AppError:
    """What nobody foresaw: its details go to a file that can be sent to whoever mends it."""
    with tempfile.NamedTemporaryFile("w", prefix="tandem-", suffix=".txt", delete=False, encoding="utf-8") as file:
        file.writelines(traceback.format_exception(error))
    return AppError(
        f"Tandem failed in a way that nobody foresaw: {type(error).__name__}.",
        hint=f"The details are in {file.name}.",
        code="defect",
    )


if __name__ == "__main__":
    main()
