"""The client: limits on time, size and tries; redirects followed hop by hop; failures as `ProviderFailed`.

Nothing of a call is logged but its method, host, path, status and duration: never the query, headers or bodies.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Any

import httpx
from django.conf import settings

from tandem.core import clock
from tandem.core.errors import ProviderFailed
from tandem.core.outside.addresses import Resolve, is_allowed, resolve
from tandem.core.outside.transport import CheckedTransport

log = logging.getLogger(__name__)
for _chatty in ("httpx", "httpcore"):  # they would log whole addresses with their queries
    logging.getLogger(_chatty).setLevel(logging.WARNING)

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
IDEMPOTENT = SAFE | {"PUT", "DELETE"}
PASSING = frozenset({429, 500, 502, 503, 504})
REDIRECTS = frozenset({301, 302, 303, 307, 308})
MOST_REDIRECTS = 5
# What may go along to another host; everything else could be a secret meant for the first.
PLAIN_HEADERS = frozenset({"accept", "accept-language", "user-agent"})
SUCCESS = range(200, 300)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How long, how large, how often. Seconds and bytes.

    total_seconds : for the whole call with its retries and redirects; a body that drips is cut there
    most_bytes : of a decoded body
    tries : of safe and idempotent calls; others are tried again only when no connection came about
    first_wait : before the second try, doubled for each further one
    longest_wait : a server that asks for more is given up
    """

    connect_seconds: float = 5.0
    read_seconds: float = 20.0
    total_seconds: float = 60.0
    most_bytes: int = 10_000_000
    tries: int = 3
    first_wait: float = 0.5
    longest_wait: float = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back. `headers` have lower-case names; `url` is where the last redirect led."""

    status: int
    url: str
    headers: Mapping[str, str]
    body: bytes = field(repr=False)

    def json(self) -> Any:
        """The body as JSON. Raises ProviderFailed when it is none."""
        try:
            return json.loads(self.body)
        except ValueError as error:
            raise ProviderFailed(
                f"{_plain(httpx.URL(self.url))} answered with something that is no JSON.", code="outside.no_json"
            ) from error


@dataclass(frozen=True, slots=True, kw_only=True)
class _Call:
    method: str
    url: httpx.URL
    headers: Mapping[str, str]
    content: bytes | None
    deadline: float


class _Again(Exception):
    """This try failed in a way that may pass. `wait`: seconds the server asked for; None: it did not say."""

    def __init__(self, failure: ProviderFailed, *, wait: float | None = None, unsent: bool = False) -> None:
        super().__init__(failure.message)
        self.failure, self.wait, self.unsent = failure, wait, unsent


class OutsideClient:
    """Calls one provider. Use as a context manager; safe to share between threads.

    provider : its name, for messages
    allowed_hosts : hosts that may be private and without TLS, "name" or "name:port", lower case
    """

    def __init__(
        self,
        provider: str,
        *,
        allowed_hosts: frozenset[str] = frozenset(),
        limits: Limits | None = None,
        resolve: Resolve = resolve,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.provider = provider
        self._allowed_hosts = allowed_hosts
        self._limits = limits or Limits()
        self._sleep = sleep
        timeout = httpx.Timeout(self._limits.read_seconds, connect=self._limits.connect_seconds)
        trust = httpx.create_ssl_context(trust_env=False)
        self._client = httpx.Client(
            transport=CheckedTransport(allowed_hosts, resolve, trust),
            timeout=timeout,
            trust_env=False,
            follow_redirects=False,
            headers={"Accept-Encoding": "identity", "User-Agent": "tandem"},
        )

    def __enter__(self) -> OutsideClient:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of open connections."""
        self._client.close()

    def call(
        self,
        method: str,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        json_body: Any = None,
        content: bytes | None = None,
        is_idempotent: bool = False,
        accepts: Container[int] = SUCCESS,
    ) -> Answer:
        """One call with its retries; the answer when its status is in `accepts`.

        is_idempotent : sending it twice does no harm (it carries an idempotency key); GET, HEAD, OPTIONS, PUT and
            DELETE are anyway
        Raises ProviderFailed for every other answer, for none, and for an address that may not be called. When its
        context says `sent: False`, nothing reached the other side; `retry_after` is what it asked for, in seconds.
        """
        sent = dict(headers or {})
        if json_body is not None:
            content, sent = json.dumps(json_body).encode(), {"Content-Type": "application/json"} | sent
        target = self._read_url(url)
        call = _Call(
            method=method.upper(),
            url=target.copy_merge_params(params) if params else target,
            headers=sent,
            content=content,
            deadline=time.monotonic() + self._limits.total_seconds,
        )
        answer = self._with_retries(call, may_repeat=is_idempotent or call.method in IDEMPOTENT)
        if answer.status not in accepts:
            raise self._failure(call, f"answered {answer.status}", status=answer.status)
        return answer

    def _with_retries(self, call: _Call, *, may_repeat: bool) -> Answer:
        wait = self._limits.first_wait
        for tries_left in range(self._limits.tries - 1, -1, -1):
            try:
                return self._follow(call, may_repeat=may_repeat)
            except _Again as again:
                pause = wait if again.wait is None else again.wait
                too_long = pause > self._limits.longest_wait or time.monotonic() + pause >= call.deadline
                if tries_left == 0 or too_long or not (may_repeat or again.unsent):
                    again.failure.context |= {"sent": not again.unsent, "retry_after": again.wait}
                    raise again.failure from again.__cause__
                self._sleep(pause)
                wait *= 2
        raise AssertionError("the last try answers or raises")

    def _follow(self, call: _Call, *, may_repeat: bool) -> Answer:
        """Send, and follow redirects of safe calls, each hop checked as the first was."""
        for _ in range(MOST_REDIRECTS + 1):
            answer = self._send(call, may_repeat=may_repeat)
            location = answer.headers.get("location")
            if answer.status not in REDIRECTS or location is None:
                return answer
            if call.method not in SAFE:
                raise self._failure(call, "sends a write elsewhere", status=answer.status, code="outside.redirected")
            call = self._next_hop(call, location)
        raise self._failure(call, f"redirects more than {MOST_REDIRECTS} times", code="outside.redirected")

    def _send(self, call: _Call, *, may_repeat: bool) -> Answer:
        self._require_callable(call)
        started = time.monotonic()
        try:
            with self._client.stream(
                call.method, call.url, headers=dict(call.headers), content=call.content
            ) as response:
                status = response.status_code
                log.info("%s %s: %s in %.2f s", call.method, _plain(call.url), status, time.monotonic() - started)
                if status in PASSING and may_repeat:
                    failure = self._failure(call, f"answered {status}", status=status)
                    raise _Again(failure, wait=retry_after(response.headers.get("retry-after"), clock.now()))
                body = self._read(call, response)
                headers = {name.lower(): value for name, value in response.headers.items()}
                return Answer(status=status, url=str(call.url), headers=headers, body=body)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise _Again(self._failure(call, "can't be reached"), unsent=True) from error
        except httpx.TimeoutException as error:
            raise _Again(self._failure(call, "did not answer in time")) from error
        except httpx.DecodingError as error:
            raise self._failure(call, "sent a body that can't be decoded") from error
        except httpx.TransportError as error:
            raise _Again(self._failure(call, "broke off the call")) from error

    def _read(self, call: _Call, response: httpx.Response) -> bytes:
        body = bytearray()
        for chunk in response.iter_bytes():
            body += chunk
            if len(body) > self._limits.most_bytes:
                raise self._failure(call, f"sent more than {self._limits.most_bytes:,} bytes", code="outside.too_large")
            if time.monotonic() > call.deadline:
                raise self._failure(call, f"took longer than {self._limits.total_seconds:g} s")
        return bytes(body)

    def _require_callable(self, call: _Call) -> None:
        url = call.url
        port = url.port or (443 if url.scheme == "https" else 80)
        if url.userinfo:
            raise self._failure(call, "can't be called with a password in the address", code="outside.address")
        named = is_allowed(url.host, port, self._allowed_hosts)
        if not url.host or url.scheme not in {"https", "http"} or (url.scheme == "http" and not named):
            raise self._failure(
                call, "can't be called without HTTPS", code="outside.address", hint="Give an https:// address."
            )

    def _next_hop(self, call: _Call, location: str) -> _Call:
        target = self._read_url(location, base=call.url)
        same = (target.scheme, target.host, target.port) == (call.url.scheme, call.url.host, call.url.port)
        kept = call.headers if same else {name: v for name, v in call.headers.items() if name.lower() in PLAIN_HEADERS}
        return _Call(method=call.method, url=target, headers=kept, content=None, deadline=call.deadline)

    def _read_url(self, text: str, *, base: httpx.URL | None = None) -> httpx.URL:
        try:
            return base.join(text) if base is not None else httpx.URL(text)
        except httpx.InvalidURL as error:
            raise ProviderFailed(
                f"{self.provider}: the address can't be understood.",
                hint="Give an https:// address.",
                code="outside.address",
                context={"provider": self.provider},
            ) from error

    def _failure(
        self, call: _Call, what: str, *, status: int | None = None, code: str | None = None, hint: str | None = None
    ) -> ProviderFailed:
        return ProviderFailed(
            f"{self.provider}: {_plain(call.url)} {what}.",
            hint=hint or "Try again later; if it stays so, check the provider's state and our credentials.",
            code=code or "outside.failed",
            context={"provider": self.provider, "host": call.url.host, "status": status},
        )


def open_client(provider: str, *, limits: Limits | None = None) -> OutsideClient:
    """A client with the operator's list of own hosts (TANDEM_OUTSIDE_HOSTS)."""
    return OutsideClient(provider, allowed_hosts=frozenset(settings.OUTSIDE_HOSTS), limits=limits)


def retry_after(header: str | None, now: datetime) -> float | None:
    """Seconds that a Retry-After header asks for, 0 or more; None: it says nothing that can be read.

    >>> retry_after("Tue, 24 Nov 2026 08:41:00 GMT", datetime(2026, 11, 24, 8, 40, tzinfo=UTC))
    60.0
    """
    text = (header or "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        until = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError):
        return None
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return max((until - now).total_seconds(), 0.0)


def _plain(url: httpx.URL) -> str:
    """An address that is safe to show: no user, no query, no fragment."""
    port = f":{url.port}" if url.port else ""
    return f"{url.scheme}://{url.host}{port}{url.path}"
