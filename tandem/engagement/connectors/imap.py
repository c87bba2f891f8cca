"""Mail out of a folder of an IMAP server (RFC 3501, IDLE RFC 2177): by number, never marked as read, never changed.

A folder numbers its mail upwards (UID) under one UIDVALIDITY. Who remembers both can go on behind the last number after
any break; when the server gives the folder another UIDVALIDITY, numbers mean nothing any more and all is read again.
"""

from __future__ import annotations

import imaplib
import re
import ssl
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from types import TracebackType

from imap_tools import BaseMailBox, MailBox, MailBoxStartTls, MailBoxUnencrypted
from imap_tools.errors import ImapToolsError

from tandem.core.errors import InvalidInput, ProviderFailed

PORTS = {"tls": 993, "starttls": 143, "none": 143}
HERE = ("127.0.0.1", "::1", "localhost")
SECONDS = 30.0
MOST_BYTES = 25 * 1024**2  # of one mail; of a larger one the beginning is fetched
AT_ONCE = 100  # numbers asked for together
IDLE_SECONDS = 540.0  # servers may hang up after half an hour, and many routers after ten minutes (RFC 2177)
BROKEN = (OSError, imaplib.IMAP4.error, ImapToolsError)
_UID = re.compile(rb"\bUID (\d+)")
_SIZE = re.compile(rb"\bRFC822\.SIZE (\d+)")
_DATE = re.compile(rb'\bINTERNALDATE "([^"]+)"')


@dataclass(frozen=True, slots=True, kw_only=True)
class ImapServer:
    """Where mail is read.

    tls : "tls" from the first byte, "starttls" after the greeting, "none" only to this machine
    token : OAuth access token, used in the place of a password (XOAUTH2); empty: none
    """

    host: str
    user: str
    tls: str = "tls"
    port: int = 0
    password: str = ""
    token: str = ""
    folder: str = "INBOX"
    seconds: float = SECONDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """One mail of a folder. left_out : bytes of a large mail that were not fetched"""

    uid: int
    raw: bytes
    received_at: datetime
    left_out: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class NotFetched:
    """A mail the server has and does not hand out."""

    uid: int
    why: str


class ImapFolder:
    """An open folder; use it in a `with` block."""

    def __init__(self, server: ImapServer) -> None:
        self._server = _checked(server)
        self._box: BaseMailBox | None = None

    def __enter__(self) -> ImapFolder:
        """Connect, sign in and open the folder for reading. Raises ProviderFailed."""
        server = self._server
        try:
            box = _connected(server)
            try:
                if server.token:
                    box.xoauth2(server.user, server.token, initial_folder=None)
                else:
                    box.login(server.user, server.password, initial_folder=None)
                box.folder.set(server.folder, readonly=True)
            except BaseException:
                box.client.shutdown()
                raise
        except BROKEN as error:
            raise _failed(server, error) from error
        self._box = box
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._box is not None:
            try:
                self._box.logout()
            except BROKEN:
                self._box.client.shutdown()
            self._box = None

    @property
    def uid_validity(self) -> int:
        """What the numbers of the folder hold under. Raises ProviderFailed."""
        try:
            return int(self._open().folder.status(self._server.folder, ["UIDVALIDITY"])["UIDVALIDITY"])
        except (*BROKEN, KeyError) as error:
            raise _failed(self._server, error) from error

    def after(self, uid: int, *, since: date | None = None) -> Iterator[Fetched | NotFetched]:
        """Mail behind a number, in the order of numbers. One that can't be fetched is told and passed over.

        since : only what came in on that day or later, by the server's calendar; None: all
        Raises ProviderFailed when the connection breaks; what was given before stands.
        """
        try:
            uids = self._uids_after(uid, since)
        except BROKEN as error:
            raise _failed(self._server, error) from error
        for start in range(0, len(uids), AT_ONCE):
            sizes = self._sizes(uids[start : start + AT_ONCE])
            for one in uids[start : start + AT_ONCE]:
                if one in sizes:
                    yield self._fetch(one, *sizes[one])

    def wait(self, seconds: float = IDLE_SECONDS) -> bool:
        """Wait until the server tells of something new; False: nothing came. Raises ProviderFailed."""
        try:
            return bool(self._open().idle.wait(timeout=min(seconds, IDLE_SECONDS)))
        except BROKEN as error:
            raise _failed(self._server, error) from error

    def _open(self) -> BaseMailBox:
        if self._box is None:
            raise ProviderFailed("The folder is not open.", code="imap.closed")
        return self._box

    def _uids_after(self, uid: int, since: date | None) -> list[int]:
        # "n:*" also gives the last mail when its number is smaller (RFC 3501, 6.4.8).
        wanted = f"UID {uid + 1}:*" + (f" SINCE {since:%d-%b-%Y}" if since else "")
        _, found = self._open().client.uid("SEARCH", wanted)
        numbers = {int(one) for line in found if line for one in line.split()}
        return sorted(one for one in numbers if one > uid)

    def _sizes(self, uids: Sequence[int]) -> dict[int, tuple[int, datetime]]:
        """Size and time of arrival of mails; one deleted meanwhile is missing."""
        wanted = ",".join(str(one) for one in uids)
        try:
            _, rows = self._open().client.uid("FETCH", wanted, "(UID RFC822.SIZE INTERNALDATE)")
        except BROKEN as error:
            raise _failed(self._server, error) from error
        found: dict[int, tuple[int, datetime]] = {}
        for row in rows:
            line = row[0] if isinstance(row, tuple) else row or b""
            uid, size = _UID.search(line), _SIZE.search(line)
            if uid and size:
                found[int(uid[1])] = (int(size[1]), _arrived(line))
        return found

    def _fetch(self, uid: int, size: int, at: datetime) -> Fetched | NotFetched:
        part = f"BODY.PEEK[]<0.{MOST_BYTES}>" if size > MOST_BYTES else "BODY.PEEK[]"
        try:
            status, rows = self._open().client.uid("FETCH", str(uid), f"({part})")
        except imaplib.IMAP4.abort as error:
            raise _failed(self._server, error) from error
        except imaplib.IMAP4.error as error:
            return NotFetched(uid=uid, why=str(error)[:200])
        except OSError as error:
            raise _failed(self._server, error) from error
        raw = next((row[1] for row in rows or () if isinstance(row, tuple) and len(row) > 1), None)
        if status != "OK" or not raw:
            return NotFetched(uid=uid, why="The server has the mail and does not hand it out.")
        return Fetched(uid=uid, raw=raw, received_at=at, left_out=max(0, size - len(raw)) if size > MOST_BYTES else 0)


def _arrived(line: bytes) -> datetime:
    """When the server took the mail in; now, where it does not tell."""
    told = _DATE.search(line)
    if told:
        try:
            return datetime.strptime(told[1].decode("ascii").strip(), "%d-%b-%Y %H:%M:%S %z").astimezone(UTC)
        except ValueError:
            pass  # a server that writes dates of its own: the moment of reading is near enough
    return datetime.now(UTC)


def _checked(server: ImapServer) -> ImapServer:
    if server.tls not in PORTS or (server.tls == "none" and server.host not in HERE):
        raise InvalidInput(
            f"tls={server.tls} can't be used with {server.host}.", hint="Use tls or starttls.", code="imap.clear_text"
        )
    return server


def _connected(server: ImapServer) -> BaseMailBox:
    port = server.port or PORTS[server.tls]
    if server.tls == "none":
        return MailBoxUnencrypted(server.host, port, timeout=server.seconds)
    context = ssl.create_default_context()
    if server.tls == "starttls":
        return MailBoxStartTls(server.host, port, timeout=server.seconds, ssl_context=context)
    return MailBox(server.host, port, timeout=server.seconds, ssl_context=context)


def _failed(server: ImapServer, error: BaseException) -> ProviderFailed:
    told = " ".join(str(error).split())[:160] or type(error).__name__
    return ProviderFailed(
        f"{server.host} did not let {server.user} read {server.folder}: {told}",
        hint="Look at the mailbox's server, user, password and folder.", code="imap.failed",
    )  # fmt: skip
