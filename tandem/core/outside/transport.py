"""Connections to checked addresses: TLS and the Host header keep the name, the socket goes to what was checked."""

from __future__ import annotations

import ssl
from collections.abc import Iterable
from typing import Any

import httpcore
import httpx

from tandem.core.outside.addresses import Resolve, checked_addresses

MOST_CONNECTIONS = 10


class CheckedBackend(httpcore.SyncBackend):
    """Opens sockets to addresses that were resolved and checked in the same breath."""

    def __init__(self, allowed_hosts: frozenset[str], resolve: Resolve) -> None:
        self._allowed_hosts = allowed_hosts
        self._resolve = resolve

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the first checked address that answers. Raises ProviderFailed for addresses not allowed."""
        found = checked_addresses(host, port, allowed_hosts=self._allowed_hosts, resolve=self._resolve)
        failure: Exception | None = None
        for address in found:
            try:
                return super().connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure or httpcore.ConnectError(f"{host} has no address")

    def connect_unix_socket(self, *args: Any, **kwargs: Any) -> httpcore.NetworkStream:
        """Local sockets are never outside."""
        raise httpcore.ConnectError("Local sockets are not outside")


class CheckedTransport(httpx.HTTPTransport):
    """httpx's transport on `CheckedBackend`; proxies of the environment are not used, for they would resolve anew."""

    def __init__(self, allowed_hosts: frozenset[str], resolve: Resolve, trust: ssl.SSLContext) -> None:
        super().__init__(verify=trust, trust_env=False)
        self._pool = httpcore.ConnectionPool(
            ssl_context=trust,
            max_connections=MOST_CONNECTIONS,
            keepalive_expiry=5.0,
            http1=True,
            http2=False,
            network_backend=CheckedBackend(allowed_hosts, resolve),
        )
