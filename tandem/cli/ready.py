"""Brings up Django for commands that need the database, with a clear word when it is not there."""

from __future__ import annotations

from tandem.core.actors import Actor, built_in_agent
from tandem.core.errors import AppError


class NotSetUp(AppError):
    """The database is missing or of an older version."""

    code, title = "setup.missing", "Tandem is not set up here"


def start_django() -> None:
    """Load settings and models."""
    import django

    django.setup()


def require_database() -> None:
    """Load Django and refuse with a remedy unless every migration is applied.

    Raises NotSetUp.
    """
    start_django()
    from django.conf import settings
    from django.db import DatabaseError, connection
    from django.db.migrations.executor import MigrationExecutor

    try:
        executor = MigrationExecutor(connection)
        missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError as error:
        raise NotSetUp(
            f"The database does not answer: {str(error).strip()}",
            hint="Check TANDEM_DATABASE_URL and that the server runs; `tandem doctor` tells more.",
        ) from error
    if missing:
        raise NotSetUp(
            f"The database in {settings.DATA_DIR} is not ready: {len(missing)} migrations are missing.",
            hint="Run `tandem setup` once; it keeps all data.",
        )


def shell_actor() -> Actor:
    """The identity under which the shell acts: software, never a person."""
    return built_in_agent("shell", "shell")
