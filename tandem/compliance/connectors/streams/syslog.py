"""Entries to a syslog receiver over TCP, TLS (RFC 5425) or UDP (RFC 5426)."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Sequence
from contextlib import suppress

from django.conf import settings

from tandem.compliance.domain.event_words import counted
from tandem.core.errors import ProviderFailed
from tandem.core.outside.addresses import checked_addresses, resolve

SECONDS = 10.0
SECONDS_FOR_FAREWELL = 1.0


def hand_over(messages: Sequence[bytes], host: str, port: int, *, encrypted: bool = False) -> None:
    """Send messages over one connection, each with its length before it.

    Syslog has no receipts. The connection is closed on our side first, and what the receiver's machine did not take by
    then shows as a failure.
    Raises ProviderFailed.
    """
    try:
        with _connect(host, port, encrypted=encrypted) as connection:
            connection.sendall(b"".join(map(counted, messages)))
            _say_farewell(connection)
    except OSError as error:
        raise _failure(host, port, error) from error


def hand_over_datagrams(messages: Sequence[bytes], host: str, port: int) -> None:
    """Send each message as a datagram: nobody is told of those that get lost on the way. Raises ProviderFailed."""
    address = _addresses(host, port)[0]
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as sender:
            for message in messages:
                sender.sendto(message, (address, port))
    except OSError as error:
        raise _failure(host, port, error) from error


def _connect(host: str, port: int, *, encrypted: bool) -> socket.socket:
    """A connection to the first address that answers."""
    *others, last = _addresses(host, port)
    for address in others:
        with suppress(OSError):
            return _connect_to(address, host, port, encrypted=encrypted)
    return _connect_to(last, host, port, encrypted=encrypted)


def _connect_to(address: str, host: str, port: int, *, encrypted: bool) -> socket.socket:
    plain = socket.create_connection((address, port), timeout=SECONDS)
    if not encrypted:
        return plain
    try:
        return ssl.create_default_context().wrap_socket(plain, server_hostname=host)
    except OSError:
        plain.close()
        raise


def _say_farewell(connection: socket.socket) -> None:
    """Wait a moment for the receiver to have read everything: it answers our close with its own, or with a reset."""
    if isinstance(connection, ssl.SSLSocket):
        connection.settimeout(SECONDS_FOR_FAREWELL)
        with suppress(TimeoutError, ssl.SSLError):
            connection.unwrap()
        return
    connection.shutdown(socket.SHUT_WR)
    connection.settimeout(SECONDS_FOR_FAREWELL)
    with suppress(TimeoutError):
        while connection.recv(1024):
            pass


def _addresses(host: str, port: int) -> Sequence[str]:
    allowed = frozenset(settings.OUTSIDE_HOSTS)
    return checked_addresses(host, port, allowed_hosts=allowed, resolve=resolve)


def _failure(host: str, port: int, error: OSError) -> ProviderFailed:
    return ProviderFailed(
        f"{host}:{port} did not take the entries: {error.strerror or error}.",
        hint="Check that the receiver runs and listens there.",
        code="stream.syslog",
    )
