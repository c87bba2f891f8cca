"""Reading mailboxes: what is new since the last look, each mail once, whatever breaks in between.

The cursor moves behind a mail only after the mail is kept; a mail that is read again after a crash is known already.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import close_old_connections

from tandem.access.actions import require
from tandem.core import clock, jobs
from tandem.core.actors import Actor
from tandem.core.errors import AppError, InvalidInput, NotFound
from tandem.engagement.actions.consequences import draw
from tandem.engagement.actions.receiving import keep
from tandem.engagement.actions.roads import access_token, secrets_of
from tandem.engagement.connectors.imap import Fetched, ImapFolder, ImapServer, NotFetched
from tandem.engagement.models import Mailbox, MailboxCursor

TASK = "engagement.poll_mailbox"
BEFORE_ADDED = timedelta(days=1)  # mail older than the mailbox is here answers nothing of ours
OVERLAP = timedelta(days=2)  # read again when the folder was numbered anew
MOST_SKIPPED = 100
LONGEST_WHY = 300
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 300.0  # seconds between tries of a watcher whose server is away


@dataclass(slots=True)
class Polled:
    """What one look did. skipped : mail that could not be taken, which the mailbox's page names"""

    taken: int = 0
    known: int = 0
    skipped: int = 0

    def __add__(self, other: Polled) -> Polled:
        return Polled(
            taken=self.taken + other.taken, known=self.known + other.known, skipped=self.skipped + other.skipped
        )


def enqueue_polls(*, actor: Actor, now: datetime) -> int:
    """Have workers look into every mailbox that has a server to read from, once a minute; returns how many."""
    require(actor, "campaign.manage")
    rows = Mailbox.objects.filter(is_active=True).exclude(receiving={}).order_by("id").values_list("id", flat=True)
    for mailbox_id in rows:
        jobs.enqueue(TASK, {"mailbox": mailbox_id}, unique_key=f"{TASK}:{mailbox_id}:{now:%Y%m%d%H%M}")
    return len(rows)


def poll(mailbox_id: int, *, actor: Actor, now: datetime) -> Polled:
    """Take in what is new in a mailbox's folder.

    Raises NotAllowed without "campaign.manage", NotFound, InvalidInput for a mailbox without a server, ProviderFailed
    when the server does not answer; what was taken before stays taken.
    """
    require(actor, "campaign.manage")
    mailbox = _mailbox(mailbox_id)
    try:
        with ImapFolder(server_of(mailbox)) as folder:
            return _take_new(mailbox, folder, actor=actor, now=now)
    except AppError as error:
        MailboxCursor.objects.filter(mailbox=mailbox).update(why=str(error)[:LONGEST_WHY])
        raise


def watch(
    mailbox_id: int, *, actor: Actor, stop: threading.Event, told: Callable[[Polled], object] | None = None
) -> Polled:
    """Take in mail as it arrives (IDLE) until `stop` is set; returns what was done all together.

    A connection that breaks is opened again, after longer and longer pauses up to five minutes.
    """
    require(actor, "campaign.manage")
    done, pause = Polled(), FIRST_PAUSE
    while not stop.is_set():
        try:
            mailbox = _mailbox(mailbox_id)
            with ImapFolder(server_of(mailbox)) as folder:
                while not stop.is_set():
                    some = _take_new(mailbox, folder, actor=actor, now=clock.now())
                    done, pause = done + some, FIRST_PAUSE
                    if told is not None and (some.taken or some.skipped):
                        told(some)
                    close_old_connections()
                    _wait(folder, stop)
        except InvalidInput:
            raise
        except AppError as error:
            MailboxCursor.objects.filter(mailbox=mailbox_id).update(why=str(error)[:LONGEST_WHY])
            stop.wait(pause)
            pause = min(2 * pause, LONGEST_PAUSE)
    return done


def server_of(mailbox: Mailbox) -> ImapServer:
    """The IMAP server of a mailbox. Raises InvalidInput when it has none."""
    told: Mapping[str, Any] = mailbox.receiving or {}
    if not told.get("host"):
        raise InvalidInput(f"{mailbox.address} has no server to read from.", hint="Set its IMAP server.")
    secrets = secrets_of(mailbox)
    return ImapServer(
        host=str(told["host"]), port=int(told.get("port") or 0), tls=str(told.get("tls", "tls")),
        user=str(told.get("user") or mailbox.address),
        password=secrets.get("imap_password", secrets.get("password", "")),
        token=access_token(mailbox) if told.get("auth") == "xoauth2" else "",
        folder=str(told.get("folder") or "INBOX"),
    )  # fmt: skip


def _wait(folder: ImapFolder, stop: threading.Event) -> None:
    """Until something new is told; looks every few seconds whether it should end."""
    for _ in range(100):
        if stop.is_set() or folder.wait(5.0):
            return


def _take_new(mailbox: Mailbox, folder: ImapFolder, *, actor: Actor, now: datetime) -> Polled:
    """Keep every new mail and move the cursor behind each; then draw consequences, so that a slow one holds up none."""
    cursor, since = _cursor(mailbox, folder, now)
    done, kept = Polled(), []
    for found in folder.after(cursor.last_uid, since=since):
        if isinstance(found, NotFetched):
            _skip(cursor, found.uid, found.why)
            done.skipped += 1
        else:
            inbound_id = _keep(cursor, mailbox, found, actor=actor, now=now, done=done)
            kept += [inbound_id] if inbound_id is not None else []
        _advance(cursor, found.uid)
        if len(kept) >= 50:
            _draw(kept, actor=actor, now=now)
            kept = []
    _draw(kept, actor=actor, now=now)
    MailboxCursor.objects.filter(id=cursor.id).update(read_at=now, why="")
    return done


def _cursor(mailbox: Mailbox, folder: ImapFolder, now: datetime) -> tuple[MailboxCursor, Any]:
    """How far the folder was read, and from which day on its mail is wanted; None: all behind the cursor."""
    name, validity = str((mailbox.receiving or {}).get("folder") or "INBOX"), folder.uid_validity
    first_day = (mailbox.added_at - BEFORE_ADDED).date()
    cursor, is_new = MailboxCursor.objects.get_or_create(
        mailbox=mailbox, folder=name, defaults={"uid_validity": validity}
    )
    if is_new or (cursor.read_at is None and cursor.last_uid == 0):
        return cursor, first_day
    if cursor.uid_validity != validity:
        last = (cursor.read_at - OVERLAP).date() if cursor.read_at else first_day
        MailboxCursor.objects.filter(id=cursor.id).update(uid_validity=validity, last_uid=0)
        cursor.refresh_from_db()
        return cursor, max(last, first_day)
    return cursor, None


def _keep(
    cursor: MailboxCursor, mailbox: Mailbox, found: Fetched, *, actor: Actor, now: datetime, done: Polled
) -> int | None:
    """One mail; whatever is wrong with it is told and does not stop the others."""
    try:
        inbound_id = keep(
            found.raw, mailbox_id=mailbox.id, channel="email", received_at=min(found.received_at, now), actor=actor,
            now=now, left_out=found.left_out,
        )  # fmt: skip
    except (ValueError, TypeError, LookupError, ArithmeticError, AttributeError, RecursionError) as error:
        _skip(cursor, found.uid, f"{type(error).__name__}: {error}")
        done.skipped += 1
        return None
    done.taken += inbound_id is not None
    done.known += inbound_id is None
    return inbound_id


def _draw(inbound_ids: list[int], *, actor: Actor, now: datetime) -> None:
    """Consequences of each; one that fails stays unhandled, and `receiving.resume` tries again and tells."""
    for inbound_id in inbound_ids:
        try:
            draw(inbound_id, actor=actor, now=now)
        except (AppError, ValueError, TypeError, LookupError):
            continue


def _advance(cursor: MailboxCursor, uid: int) -> None:
    """Move on; never back, whichever of two workers is faster."""
    MailboxCursor.objects.filter(id=cursor.id, uid_validity=cursor.uid_validity, last_uid__lt=uid).update(last_uid=uid)


def _skip(cursor: MailboxCursor, uid: int, why: str) -> None:
    row = MailboxCursor.objects.get(id=cursor.id)
    skipped = [*row.skipped, {"uid": uid, "why": why[:200], "uid_validity": cursor.uid_validity}]
    MailboxCursor.objects.filter(id=cursor.id).update(skipped=skipped[-MOST_SKIPPED:])


def _mailbox(mailbox_id: int) -> Mailbox:
    found = Mailbox.objects.filter(id=mailbox_id).first()
    if found is None:
        raise NotFound(f"There is no mailbox {mailbox_id}.")
    return found
