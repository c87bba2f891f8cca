"""Taking in what comes: stored as it came, read, brought to the touch it answers, and its consequences drawn.

Two short transactions. The first keeps the bytes, so that a mailbox may move on; the second draws the consequences
(`actions.consequences`). Whatever happens between them, `resume` finds what is not handled and goes on. The same
message comes in once, however often it is handed over.
"""

from __future__ import annotations

import hashlib
import mailbox
import zlib
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

from django.db import IntegrityError, transaction

from tandem.access.actions import require
from tandem.compliance.contracts.gate import Road
from tandem.core import ledger
from tandem.core.actors import Actor
from tandem.core.errors import InvalidInput, NotFound
from tandem.engagement.actions.consequences import draw
from tandem.engagement.contracts import MailKind, MailReading
from tandem.engagement.domain.mail.parsing import Mail, headers_in, message_ids, parse, sender_of
from tandem.engagement.domain.reading import read_mail
from tandem.engagement.models import Inbound, Mailbox
from tandem.engagement.queries.threading import Incoming, Place, place_of

MOST_BYTES = 25 * 1024**2  # what is longer is kept without its end: attachments
OTHER_FIELDS = ("bounce", "returns_on", "redirect_name", "redirect_email", "references")
Progress = Callable[[int, int], object]


@dataclass(slots=True)
class ReceiveReport:
    """What became of files of mail. broken : what could not be taken in, with the reason"""

    taken: int = 0
    known: int = 0
    broken: dict[str, str] = field(default_factory=dict)


def receive(
    raw: bytes, *, mailbox_id: int | None, channel: str = "email", received_at: datetime, actor: Actor, now: datetime
) -> int | None:
    """Take one mail in; returns its id, None when it was known already.

    mailbox_id : where it came in; None: in none of ours, e.g. a file
    received_at : when it arrived, which clocks and laws count from

    Raises NotAllowed without "campaign.manage". Any bytes will do: what can't be read goes to a person.
    """
    require(actor, "campaign.manage")
    inbound_id = keep(raw, mailbox_id=mailbox_id, channel=channel, received_at=received_at, actor=actor, now=now)
    if inbound_id is not None:
        draw(inbound_id, actor=actor, now=now)
    return inbound_id


def keep(
    raw: bytes, *, mailbox_id: int | None, channel: str, received_at: datetime, actor: Actor, now: datetime,
    left_out: int = 0, identity: str = "",
) -> int | None:  # fmt: skip
    """The first step alone: stored, read and brought to its touch. None: known already. For this room alone.

    left_out : bytes at its end that are not in `raw`
    identity : what tells the same mail where its bytes differ each time it is handed over; empty: its bytes
    """
    digest = hashlib.sha256(identity.encode() or raw).hexdigest()
    same: dict[str, Any] = {"channel": channel, "mailbox_id": mailbox_id, "content_hash": digest}
    if Inbound.objects.filter(**same).exists():
        return None
    reading, mail = read(raw, received_at), parse(raw)
    place = place_of(_incoming(mail, reading, mailbox_id=mailbox_id, channel=channel, received_at=received_at))
    values = _columns(mail, reading, place) | {
        "channel": channel, "mailbox_id": mailbox_id, "content_hash": digest, "received_at": received_at,
        "content": zlib.compress(raw[:MOST_BYTES], 6), "read_at": now,
    }  # fmt: skip
    if cut := left_out + max(0, len(raw) - MOST_BYTES):
        values["reading"]["bytes_left_out"] = cut
    return store(values, actor=actor)


def read(raw: bytes, received_at: datetime) -> MailReading:
    """What a mail says; days in it are understood from the day it came in."""
    return read_mail(raw, today=received_at.date())


def store(values: dict[str, Any], *, actor: Actor) -> int | None:
    """Write one message down with its entry in the ledger; None when another process was first. For this room alone."""
    try:
        with transaction.atomic():
            row = Inbound.objects.create(**values)
            ledger.append(
                actor, "engagement.received", subject=f"inbound:{row.id}", channel=row.channel, kind=row.kind,
                label=row.label, confidence=round(row.confidence, 3), to_human=row.to_human,
                touch=row.touch_id, by=row.reading.get("by"), received_at=row.received_at.isoformat(),
            )  # fmt: skip
    except IntegrityError:
        same = {name: values[name] for name in ("channel", "mailbox_id", "content_hash")}
        if Inbound.objects.filter(**same).exists():
            return None
        raise
    return row.id


def resume(*, actor: Actor, now: datetime, most: int = 500) -> int:
    """Draw the consequences of what was kept and not handled yet, oldest first; returns how many. The job's way.

    One that fails does not stop the others; the first failure is raised at the end.
    """
    require(actor, "campaign.manage")
    waiting = Inbound.objects.filter(handled_at=None).order_by("id").values_list("id", flat=True)[:most]
    done, failed = 0, None
    for inbound_id in list(waiting):
        try:
            done += draw(inbound_id, actor=actor, now=now)
        except Exception as error:  # noqa: BLE001  whatever one message breaks, the others are handled
            failed = failed or error
    if failed is not None:
        raise failed
    return done


def receive_file(
    path: Path, *, mailbox_address: str = "", actor: Actor, now: datetime, progress: Progress | None = None
) -> ReceiveReport:
    """Take in a file of mail: an mbox, one mail, or a folder of such, and of Maildirs.

    mailbox_address : one of ours that they came to; empty: none
    Each mail counts as received when its last server took it, else at its date; never later than now.
    Raises NotAllowed without "campaign.manage", NotFound, InvalidInput for a path that is not there.
    """
    require(actor, "campaign.manage")
    mailbox_id = _mailbox_id(mailbox_address)
    if not path.exists():
        raise InvalidInput(f"{path} is not there.", hint="Give an mbox file, a mail, or a folder of them.")
    report = ReceiveReport()
    for number, (name, raw) in enumerate(mails_in(path), 1):
        at = min(arrived_at(raw) or now, now)
        taken = receive(raw, mailbox_id=mailbox_id, received_at=at, actor=actor, now=now)
        report.taken += taken is not None
        report.known += taken is None
        if not raw.strip():
            report.broken[name] = "It is empty."
        if progress is not None:
            progress(number, 0)
    return report


def mails_in(path: Path) -> Iterator[tuple[str, bytes]]:
    """Every mail of a file or folder with a name for it, in the order of names."""
    if path.is_dir():
        if (path / "cur").is_dir() or (path / "new").is_dir():
            for key, message in mailbox.Maildir(path, create=False).items():
                yield f"{path.name}/{key}", message.as_bytes()
            return
        for file in sorted(one for one in path.iterdir() if not one.name.startswith(".")):
            yield from mails_in(file)
        return
    with path.open("rb") as stream:
        is_mbox = stream.read(5) == b"From "
    if not is_mbox:
        yield path.name, path.read_bytes()
        return
    box = mailbox.mbox(path, create=False)
    try:
        for number, key in enumerate(box.iterkeys(), 1):
            yield f"{path.name}#{number}", box.get_bytes(key)
    finally:
        box.close()


def arrived_at(raw: bytes) -> datetime | None:
    """When a mail came in: what the last server wrote, else its Date; None when neither can be read."""
    headers = headers_in(raw[:65_536].partition(b"\r\n\r\n")[0].partition(b"\n\n")[0].decode("utf-8", "replace"))
    stamps = [value.rpartition(";")[2] for value in headers.get("received", ())[:1]] + list(headers.get("date", ())[:1])
    for stamp in stamps:
        try:
            at = parsedate_to_datetime(stamp.strip())
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
        return at if at.tzinfo else at.replace(tzinfo=UTC)
    return None


def _mailbox_id(address: str) -> int | None:
    if not address:
        return None
    found = Mailbox.objects.filter(address=address.strip().lower()).values_list("id", flat=True).first()
    if found is None:
        raise NotFound(f"There is no mailbox {address}.", hint="Mailboxes are under Outreach, Mailboxes.")
    return found


def _incoming(
    mail: Mail, reading: MailReading, *, mailbox_id: int | None, channel: str, received_at: datetime
) -> Incoming:
    pointed = (*reading.references, *message_ids(mail.header("in-reply-to")))
    references = (*pointed, *reversed(message_ids(mail.header("references"))))
    return Incoming(
        kind=reading.kind, sender=sender_of(mail.headers)[1], subject=mail.subject, received_at=received_at,
        references=tuple(dict.fromkeys(references)), headers=mail.headers, text=mail.text, mailbox_id=mailbox_id,
        channel=Road.EMAIL.value if channel == "email" else channel,
        failed=reading.bounce.recipient if reading.bounce else "",
    )  # fmt: skip


def _columns(mail: Mail, reading: MailReading, place: Place) -> dict[str, Any]:
    """What is stored of a mail beside its bytes."""
    own = message_ids(mail.header("message-id"))
    name, address = sender_of(mail.headers)
    rest = {key: value for key, value in asdict(reading).items() if key in OTHER_FIELDS and value}
    rest |= {"by": place.by.value, "sender": place.sender.value, "to_address": mail.header("to")[:254]}
    if isinstance(rest.get("returns_on"), date):
        rest["returns_on"] = rest["returns_on"].isoformat()
    return {
        "message_id": own[0][:255] if own else "", "sender": address[:254], "sender_name": name[:200],
        "subject": mail.subject[:300], "touch_id": place.touch_id, "contact_id": place.contact_id,
        "account_id": place.account_id, "kind": reading.kind.value,
        "label": reading.label.value if reading.label else "", "confidence": reading.confidence,
        "to_human": reading.to_human or (reading.label is None and reading.kind is MailKind.REPLY),
        "evidence": reading.evidence, "new_text": reading.new_text, "language": reading.language[:8],
        "reading": rest,
    }  # fmt: skip
