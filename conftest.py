"""Fixtures that every room's tests may use."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from importlib import import_module
from typing import TYPE_CHECKING, Any

import hypothesis
import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.db.backends.base.operations import BaseDatabaseOperations
from django.test import Client
from django.test.utils import teardown_databases
from pytest_socket import disable_socket, enable_socket, socket_allow_hosts

from tandem.core import clock

if TYPE_CHECKING:
    from tests.company import Company


# Tests that name no number of examples of their own take half of Hypothesis's hundred, or with
# `--hypothesis-profile=full` (make test-all) all of it.
hypothesis.settings.register_profile("full", max_examples=100)
hypothesis.settings.register_profile("everyday", max_examples=50)
hypothesis.settings.load_profile("everyday")


@pytest.fixture(autouse=True)
def no_network() -> Iterator[None]:
    """Tests talk to this machine only."""
    disable_socket(allow_unix_socket=True)
    enable_socket()
    socket_allow_hosts(["127.0.0.1", "::1", "localhost"], allow_unix_socket=True)
    yield
    enable_socket()


@pytest.fixture(scope="session")
def django_db_setup(
    request: pytest.FixtureRequest,
    django_test_environment: None,
    django_db_blocker: Any,
    django_db_createdb: bool,
    django_db_modify_db_settings: None,
) -> Iterator[None]:
    """A copy of the migrated database that is kept; `--create-db` migrates anew."""
    from tests import databases

    verbosity = request.config.option.verbose
    with django_db_blocker.unblock():
        settings = databases.set_up(verbosity=verbosity, anew=django_db_createdb)
    yield
    with django_db_blocker.unblock():
        teardown_databases(settings, verbosity=verbosity)


@pytest.fixture
def now() -> Iterator[datetime]:
    """A Tuesday morning at which the clock stands still."""
    with clock.at(datetime(2026, 11, 24, 8, 40, tzinfo=UTC)) as moment:
        yield moment


@pytest.fixture(scope="session", autouse=True)
def passwords_are_hashed_quickly() -> Iterator[None]:
    """By the product's method, with the least work it allows: tests guess no passwords."""
    with pytest.MonkeyPatch.context() as patch:
        for name, least in {"time_cost": 1, "memory_cost": 8, "parallelism": 1}.items():
            patch.setattr(Argon2PasswordHasher, name, least)
        yield


@pytest.fixture
def company(db: None, now: datetime) -> Company:
    """The small company of tests/company.py, stored, with the clock held at its moment."""
    from tests.company import build

    return build()


@pytest.fixture
def client_of(company: Company) -> Callable[..., Client]:
    """`client_of("manager")` is a test client signed in as that role (or as a person: "liam").

    `checks_csrf=True` makes it refuse forms without a token, as a browser's would be.
    """
    from tests.company_facts import FACES

    def sign_in(who: str, *, checks_csrf: bool = False) -> Client:
        client = Client(enforce_csrf_checks=checks_csrf)
        client.force_login(
            company.people[FACES.get(who, who)], backend="allauth.account.auth_backends.AuthenticationBackend"
        )
        return client

    return sign_in


@pytest.fixture(scope="session", autouse=True)
def tests_may_empty_the_ledger() -> Iterator[None]:
    """Tests with real transactions empty all tables afterwards; the ledger's triggers stand aside for just that.

    So do those of the suppression registry, which is never emptied either.
    """
    kept: list[Any] = [
        import_module(f"tandem.compliance.migrations.{name}") for name in ("0002_append_only", "0004_suppression_stays")
    ]
    flush = BaseDatabaseOperations.execute_sql_flush

    def flush_all(self: BaseDatabaseOperations, sql_list: list[str]) -> None:
        away, back = [], []
        for locks in kept:
            sqlite, table = self.connection.vendor == "sqlite", f"ALTER TABLE {locks.TABLE}"
            away += locks.SQLITE_UNDO if sqlite else [f"{table} DISABLE TRIGGER USER"]
            back += locks.SQLITE if sqlite else [f"{table} ENABLE TRIGGER USER"]
        flush(self, [*away, *sql_list, *back])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BaseDatabaseOperations, "execute_sql_flush", flush_all)
        yield


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--with-database` leaves out what no database can change: engines, files, shapes of the code, rights of doors."""
    parser.addoption("--with-database", action="store_true", help="only tests that use the database")


def pytest_collection_finish() -> None:
    """What is loaded by now stays; the garbage collector need not look through it again in every test."""
    gc.collect()
    gc.freeze()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep the tests that ask for the database, by mark or by a fixture of theirs."""
    if not config.getoption("--with-database"):
        return
    kept = [item for item in items if _uses_database(item)]
    config.hook.pytest_deselected(items=[item for item in items if not _uses_database(item)])
    items[:] = kept


def _uses_database(item: pytest.Item) -> bool:
    if "architecture" in item.path.parts:
        return False
    fixtures = set(getattr(item, "fixturenames", ()))
    return item.get_closest_marker("django_db") is not None or bool(fixtures & {"db", "transactional_db"})
