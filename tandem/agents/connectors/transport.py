"""Connections of the models' SDKs: the same rules as `core.outside`, for clients that wait asynchronously.

Names are resolved once and the connection goes to the very address that was checked; private hosts only if the operator
named them; no redirects, no proxies of the environment; an answer that never ends is cut.
"""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Iterable
from functools import cache
from typing import Any

import anyio
import httpcore2
import httpx2

from tandem.agents.connectors.addresses import allowed_hosts
from tandem.core.errors import ProviderFailed
from tandem.core.outside.addresses import Resolve, checked_addresses, resolve

MOST_BYTES = 10_000_000
CONNECT_SECONDS = 5.0
MOST_CONNECTIONS = 4


class CheckedBackend(httpcore2.AsyncNetworkBackend):
    """Opens sockets to addresses that were resolved and checked in the same breath."""

    def __init__(self, allowed_hosts: frozenset[str], resolve: Resolve) -> None:
        self._allowed_hosts, self._resolve, self._inner = allowed_hosts, resolve, httpcore2.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        """Connect to the first checked address that answers. Raises ProviderFailed for addresses not allowed."""
        found = await anyio.to_thread.run_sync(
            lambda: checked_addresses(host, port, allowed_hosts=self._allowed_hosts, resolve=self._resolve)
        )
        failure: Exception | None = None
        for address in found:
            try:
                return await self._inner.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failure = error
        raise failure or httpcore2.ConnectError(f"{host} has no address")

    async def connect_unix_socket(self, *args: Any, **kwargs: Any) -> httpcore2.AsyncNetworkStream:
        """Local sockets are never outside."""
        raise httpcore2.ConnectError("Local sockets are not outside")

    async def sleep(self, seconds: float) -> None:
        """As httpcore2 asks for it between its own tries."""
        await self._inner.sleep(seconds)


class CheckedTransport(httpx2.AsyncHTTPTransport):
    """httpx2's transport on `CheckedBackend`, with a bound on what an answer may weigh."""

    def __init__(self, allowed_hosts: frozenset[str], resolve: Resolve = resolve) -> None:
        trust = _trust()
        super().__init__(verify=trust, trust_env=False)
        self._pool = httpcore2.AsyncConnectionPool(
            ssl_context=trust,
            max_connections=MOST_CONNECTIONS,
            http1=True,
            http2=False,
            network_backend=CheckedBackend(allowed_hosts, resolve),
        )

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send, and hand the body on as it comes, up to its bound."""
        response = await super().handle_async_request(request)
        if isinstance(response.stream, httpx2.AsyncByteStream):
            response.stream = _Bounded(response.stream)
        return response


@cache
def _trust() -> ssl.SSLContext:
    """Authorities are read once: it takes longer than a call on loopback."""
    return httpx2.create_ssl_context(trust_env=False)


class _Bounded(httpx2.AsyncByteStream):
    def __init__(self, inner: httpx2.AsyncByteStream) -> None:
        self._inner = inner

    async def __aiter__(self) -> AsyncIterator[bytes]:
        weight = 0
        async for chunk in self._inner:
            weight += len(chunk)
            if weight > MOST_BYTES:
                raise httpx2.ReadError(f"The answer weighs more than {MOST_BYTES:,} bytes")
            yield chunk

    async def aclose(self) -> None:
        await self._inner.aclose()


def client(seconds: float) -> httpx2.AsyncClient:
    """A client for one call of an SDK."""
    return httpx2.AsyncClient(
        transport=CheckedTransport(allowed_hosts()),
        timeout=httpx2.Timeout(seconds, connect=min(CONNECT_SECONDS, seconds)),
        trust_env=False,
        follow_redirects=False,
    )


def refusal(error: BaseException) -> ProviderFailed | None:
    """The refusal of an address at the root of what an SDK raised; None: it was something else."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, ProviderFailed):
            return seen
        seen = seen.__cause__ or seen.__context__
    return None
