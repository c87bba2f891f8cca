"""Which touch of ours a message answers, and who wrote it: by its headers first, then by what it says itself."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.db.models import QuerySet

from tandem.accounts.queries.by_address import Person, account_at, get_person, person_at, ways_to
from tandem.compliance.contracts.gate import Road
from tandem.engagement.contracts import MailKind, TouchState
from tandem.engagement.domain.consequences import Sender
from tandem.engagement.models import Draft, Touch
from tandem.engagement.queries.messages import touch_named_by

Headers = Mapping[str, Sequence[str]]
LEFT = (TouchState.SENT.value, TouchState.UNCERTAIN.value)
WINDOW = timedelta(days=60)  # a later mail without a pointer is a new conversation
MOST_LOOKED_AT = 200  # touches whose words are compared
SHORTEST_QUOTE = 40  # characters of a line that nobody writes twice
TO_US = ("to", "cc", "delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "x-failed-recipients", "bcc")
_MARKS = re.compile(r"^\s*(?:(?:re|aw|antw|sv|vs|fw|fwd|wg|tr|rv|res|返信|转发|回复)\s*(?:\[\d+\])?\s*[::]\s*)+", re.I)
_VERP = re.compile(r"[^\s<>,;:\"]+\+b-[0-9a-z]+-[0-9a-f]{16}@[^\s<>,;:\"]+", re.I)


class Threaded(StrEnum):
    """By what a message was brought to a touch."""

    HEADERS = "headers"
    ENVELOPE = "envelope"
    RECIPIENT = "recipient"
    SUBJECT = "subject"
    QUOTE = "quote"
    SENDER = "sender"
    NOTHING = "nothing"


THREADED_WORDS = {
    Threaded.HEADERS: "its headers name our message",
    Threaded.ENVELOPE: "it came back to the address that our message left from",
    Threaded.RECIPIENT: "it reports the address we wrote to",
    Threaded.SUBJECT: "the same subject, from the same person or company",
    Threaded.QUOTE: "it quotes our words",
    Threaded.SENDER: "it is from somebody we wrote to lately",
    Threaded.NOTHING: "it answers nothing of ours",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """What of a message tells where it belongs.

    references : Message-IDs it points at, nearest first; text : the whole of it, quotes too
    failed : of a delivery report, the address that failed; else empty
    """

    kind: MailKind
    sender: str
    subject: str
    received_at: datetime
    references: Sequence[str]
    headers: Headers
    text: str
    mailbox_id: int | None
    channel: str = Road.EMAIL.value
    failed: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a message belongs. contact_id : whom we wrote to, or who wrote where it answers nothing of ours"""

    touch_id: int | None
    contact_id: int | None
    account_id: int | None
    sender: Sender
    by: Threaded


def place_of(message: Incoming) -> Place:
    """The touch, the person and the writer of a message. Some five queries."""
    writer = person_at(message.sender)
    touch, by = _touch_of(message, writer)
    if touch is None:
        account_id = writer.account_id if writer else account_at(message.sender)
        sender = Sender.ADDRESSEE if writer else Sender.COLLEAGUE if account_id else Sender.UNKNOWN
        contact_id = writer.contact_id if writer else None
        return Place(touch_id=None, contact_id=contact_id, account_id=account_id, sender=sender, by=by)
    contact_id = contact_of(touch)
    account_id = touch.enrollment.account_id if touch.enrollment else _account_of(contact_id)
    sender = _sender(message, writer, contact_id, account_id)
    return Place(touch_id=touch.id, contact_id=contact_id, account_id=account_id, sender=sender, by=by)


def contact_of(touch: Touch) -> int | None:
    """Whom a touch goes to."""
    return touch.contact_id or (touch.enrollment.contact_id if touch.enrollment else None)


def subject_core(subject: str) -> str:
    """A subject without the marks of replies and forwards, for comparing.

    >>> subject_core("AW: Re: Your  Portland site")
    'your portland site'
    """
    return " ".join(_MARKS.sub("", subject).split()).casefold()


def _touch_of(message: Incoming, writer: Person | None) -> tuple[Touch | None, Threaded]:
    if found := _by_message_id(message.references):
        return found, Threaded.HEADERS
    if found := _by_envelope(message.headers):
        return found, Threaded.ENVELOPE
    if message.failed:
        failed = person_at(message.failed)
        found = _lately(message).filter(contact_id=failed.contact_id).first() if failed else None
        return (found, Threaded.RECIPIENT) if found else (None, Threaded.NOTHING)
    return _by_itself(message, writer)


def _sent() -> QuerySet[Touch]:
    return Touch.objects.filter(state__in=LEFT).select_related("enrollment", "contact")


def _by_message_id(references: Sequence[str]) -> Touch | None:
    """The touch that the nearest reference names."""
    ids = list(dict.fromkeys(one.strip(" <>") for one in references))[:50]
    found = {touch.message_id: touch for touch in _sent().filter(message_id__in=ids)} if ids else {}
    return next((found[one] for one in ids if one in found), None)


def _by_envelope(headers: Headers) -> Touch | None:
    """The touch whose signed envelope address the message came to."""
    values = " ".join(value for name in TO_US for value in headers.get(name, ()))
    for address in dict.fromkeys(_VERP.findall(values)):
        if (touch_id := touch_named_by(address)) and (touch := _sent().filter(id=touch_id).first()):
            return touch
    return None


def _by_itself(message: Incoming, writer: Person | None) -> tuple[Touch | None, Threaded]:
    """By subject, words and sender, among what left lately: only what one touch alone can be meant by."""
    own = list(_lately(message).filter(contact_id=writer.contact_id)[:MOST_LOOKED_AT]) if writer else []
    others = [] if own else _to_company(message)
    core, subjects = subject_core(message.subject), _subjects([*own, *others])
    if core:
        same = [one for one in (*own, *others) if subjects.get(one.id) == core]
        if same and len({one.contact_id for one in same}) == 1:
            return same[0], Threaded.SUBJECT
    quoted = _quoted(message.text, [*own, *others])
    if quoted is not None:
        return quoted, Threaded.QUOTE
    return (own[0], Threaded.SENDER) if own else (None, Threaded.NOTHING)


def _lately(message: Incoming) -> QuerySet[Touch]:
    """What left on the same channel in the window before the message, the latest first."""
    since, until = message.received_at - WINDOW, message.received_at + timedelta(hours=1)
    rows = _sent().filter(channel=message.channel, sent_at__gte=since, sent_at__lte=until)
    return rows.order_by("-sent_at", "-id")


def _to_company(message: Incoming) -> list[Touch]:
    """What went to people of the company that the sender's domain is of."""
    account_id = account_at(message.sender)
    if account_id is None:
        return []
    return list(_lately(message).filter(enrollment__account_id=account_id)[:MOST_LOOKED_AT])


def _subjects(touches: Iterable[Touch]) -> dict[int, str]:
    """The subject of each touch's newest text, for comparing."""
    rows = Draft.objects.filter(touch__in=[touch.id for touch in touches]).exclude(subject="").order_by("number")
    return {touch_id: subject_core(subject) for touch_id, subject in rows.values_list("touch_id", "subject")}


def _quoted(text: str, touches: Sequence[Touch]) -> Touch | None:
    """The one touch of which a long line stands in the message."""
    plain = _squeezed(text)
    rows = Draft.objects.filter(touch__in=[touch.id for touch in touches]).values_list("touch_id", "body")
    lines = ((touch_id, line) for touch_id, body in rows for line in body.splitlines())
    found = {one for one, line in lines if len(line) >= SHORTEST_QUOTE and _squeezed(line) in plain}
    return next((touch for touch in touches if touch.id in found), None) if len(found) == 1 else None


def _squeezed(text: str) -> str:
    """Letters and digits alone: quoting breaks lines anywhere."""
    return re.sub(r"\W+", "", text).casefold()


def _sender(message: Incoming, writer: Person | None, contact_id: int | None, account_id: int | None) -> Sender:
    """Who wrote, seen from whom we wrote to. Reports of servers speak for the addressee."""
    if message.kind in (MailKind.BOUNCE, MailKind.COMPLAINT):
        return Sender.ADDRESSEE
    if contact_id is None:
        return Sender.UNKNOWN
    if (writer and writer.contact_id == contact_id) or message.sender.lower() in ways_to(contact_id).addresses:
        return Sender.ADDRESSEE
    known = writer.account_id if writer else account_at(message.sender)
    return Sender.COLLEAGUE if known is not None and known == account_id else Sender.STRANGER


def _account_of(contact_id: int | None) -> int | None:
    person = get_person(contact_id) if contact_id else None
    return person.account_id if person else None
