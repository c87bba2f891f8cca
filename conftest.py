"""Fixtures that every room's tests may use."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from pytest_socket import disable_socket, enable_socket, socket_allow_hosts

from tandem.core import clock


@pytest.fixture(autouse=True)
def no_network() -> Iterator[None]:
    """Tests talk to this machine only."""
    disable_socket(allow_unix_socket=True)
    enable_socket()
    socket_allow_hosts(["127.0.0.1", "::1", "localhost"], allow_unix_socket=True)
    yield
    enable_socket()


@pytest.fixture
def now() -> Iterator[datetime]:
    """A Tuesday morning at which the clock stands still."""
    with clock.at(datetime(2026, 11, 24, 8, 40, tzinfo=UTC)) as moment:
        yield moment
