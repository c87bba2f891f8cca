"""What a message says, read from the very bytes that will leave, so that nobody need be believed about them.

An approval is bound to `content_hash`: SHA-256 over everything the recipient reads and everything that decides where an
answer goes. What only machines read (Date, Message-ID, List-Unsubscribe, signatures) is outside it and is bound by the
hash of the whole bytes.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from email import policy
from email.errors import MessageError
from email.message import EmailMessage
from email.parser import BytesParser
from html.parser import HTMLParser

from tandem.compliance.contracts.gate import Road
from tandem.compliance.domain import addresses
from tandem.core.errors import InvalidInput

MOST_BYTES = 25_000_000  # what large mailbox providers take at most
_VERSION = "tandem content 1"
_ADDRESSING = ("From", "Sender", "Reply-To", "To", "Cc", "Bcc", "Subject")
_LINK = re.compile(r"<\s*(https?://[^>\s]+)\s*>", re.IGNORECASE)
_BARE = re.compile(rb"(?<!\r)\n|\r(?!\n)")  # two servers that read line ends differently see two mails
_SPACE = re.compile(r"\s+")
ONE_CLICK = "list-unsubscribe=one-click"
_TINY = frozenset({"0", "1"})


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageContent:
    """What was read.

    recipients : all addresses in To, Cc and Bcc, in normal form
    sender_domain : of the From address
    text : all a person reads, HTML without its marks
    unsubscribe_links : https links of List-Unsubscribe; empty without the one-click header beside it (RFC 8058)
    is_answer : points at an earlier message (In-Reply-To, References)
    """

    content_hash: str
    recipients: Sequence[str] = ()
    sender: str = ""
    sender_domain: str = ""
    subject: str = ""
    text: str = ""
    message_id: str = ""
    unsubscribe_links: Sequence[str] = ()
    is_answer: bool = False
    has_tracking_pixel: bool = False

    def says(self, words: str) -> bool:
        """Whether a text stands in it, whatever its line breaks and letter case. Never true for no text."""
        wanted = _folded(words)
        return bool(wanted) and wanted in _folded(self.text)


def sha256(raw: bytes) -> str:
    """The hash of the whole bytes, hex."""
    return hashlib.sha256(raw).hexdigest()


def read(channel: Road, raw: bytes) -> MessageContent:
    """What the bytes say on their channel. Raises InvalidInput for what can't be sent."""
    if not raw or len(raw) > MOST_BYTES:
        raise InvalidInput(
            f"The message has {len(raw):,} bytes.", hint=f"Give 1 to {MOST_BYTES:,}.", code="gate.message_size"
        )
    if channel is not Road.EMAIL:
        return _plain(raw)
    if _BARE.search(raw) or not raw.endswith(b"\r\n"):
        raise InvalidInput(
            "The mail has a line that does not end in CR LF.",
            hint="Lines end so (RFC 5321).",
            code="gate.message_unreadable",
        )
    return _mail(raw)


def _plain(raw: bytes) -> MessageContent:
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InvalidInput("The text is no UTF-8.", code="gate.message_unreadable") from error
    return MessageContent(content_hash=_hash([["text", _lines(text)]]), text=text)


def _mail(raw: bytes) -> MessageContent:
    message = _parsed(raw)
    shown, attached = _parts(message)
    told = [[name.lower(), *(str(value) for value in message.get_all(name, []))] for name in _ADDRESSING]
    sender = addresses.email(_beyond_ascii(str(message.get("From", ""))))
    return MessageContent(
        content_hash=_hash([*told, *([kind, text] for kind, text in shown), *attached]),
        recipients=tuple(_recipients(message)),
        sender=sender,
        sender_domain=sender.rpartition("@")[2],
        subject=str(message.get("Subject", "")),
        text="\n".join(_seen(text) if kind == "text/html" else text for kind, text in shown),
        message_id=str(message.get("Message-ID", "")).strip(" <>"),
        unsubscribe_links=_one_click(message),
        is_answer=bool(message.get("In-Reply-To") or message.get("References")),
        has_tracking_pixel=any(_has_pixel(text) for kind, text in shown if kind == "text/html"),
    )


def _parsed(raw: bytes) -> EmailMessage:
    try:
        message = BytesParser(policy=policy.default).parsebytes(raw)
        found = [name for name in _ADDRESSING if len(message.get_all(name, [])) > 1]
    except (MessageError, ValueError, LookupError, AttributeError, IndexError) as error:
        raise InvalidInput(f"The mail can't be read: {error}.", code="gate.message_unreadable") from error
    if found or not message.get("From") or not isinstance(message, EmailMessage):
        said = f"{found[0]} stands in it twice" if found else "it has no From"
        raise InvalidInput(
            f"The mail can't leave: {said}.", hint="One of each (RFC 5322).", code="gate.message_unreadable"
        )
    return message


def _recipients(message: EmailMessage) -> Iterator[str]:
    for name in ("To", "Cc", "Bcc"):
        header = message.get(name)
        for one in getattr(header, "addresses", ()):
            told = _beyond_ascii(one.addr_spec)
            yield addresses.email(told) or told


def _beyond_ascii(text: str) -> str:
    """Letters that stand in a header as they are, in UTF-8 (RFC 6532)."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _parts(message: EmailMessage) -> tuple[list[tuple[str, str]], list[list[str]]]:
    """What is read, as (type, text), and what is attached, as hashes."""
    shown: list[tuple[str, str]] = []
    attached: list[list[str]] = []
    for part in message.walk():
        if part.is_multipart():
            continue
        kind, content = part.get_content_type(), part.get_payload(decode=True)
        raw = content if isinstance(content, bytes) else b""
        if kind.startswith("text/") and part.get_content_disposition() != "attachment":
            shown.append((kind, _lines(_decoded(raw, part.get_content_charset("utf-8")))))
        else:
            attached.append(["attached", part.get_filename() or "", kind, sha256(raw)])
    return shown, attached


def _decoded(raw: bytes, charset: str) -> str:
    try:
        return raw.decode(charset)
    except (LookupError, ValueError) as error:
        raise InvalidInput(f"A part of the mail can't be read: {error}.", code="gate.message_unreadable") from error


def _one_click(message: EmailMessage) -> tuple[str, ...]:
    posted = str(message.get("List-Unsubscribe-Post", "")).replace(" ", "").lower()
    found = _LINK.findall(str(message.get("List-Unsubscribe", "")))
    return tuple(link for link in found if link.lower().startswith("https://")) if posted == ONE_CLICK else ()


def _hash(parts: Sequence[Sequence[str]]) -> str:
    told = json.dumps([_VERSION, *parts], ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _folded(text: str) -> str:
    return _SPACE.sub(" ", text).strip().casefold()


class _Seen(HTMLParser):
    """Collects what a reader sees, and pictures too small to see."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self.has_pixel = False
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Skip scripts and styles; notice pictures of one pixel that are fetched."""
        self._hidden += tag in ("script", "style", "title")
        told = {name: (value or "").strip().lower() for name, value in attrs}
        if tag == "img" and told.get("src", "").startswith(("http:", "https:", "//")):
            sizes = {told.get("width", "").removesuffix("px"), told.get("height", "").removesuffix("px")}
            style = told.get("style", "").replace(" ", "")
            is_hidden = any(word in style for word in ("display:none", "width:1px", "height:1px", "opacity:0"))
            self.has_pixel |= bool(sizes & _TINY) or is_hidden
        self.words.append(" ")

    def handle_endtag(self, tag: str) -> None:
        """End of what is skipped."""
        self._hidden -= tag in ("script", "style", "title") and self._hidden > 0
        self.words.append(" ")

    def handle_data(self, data: str) -> None:
        """Words."""
        if not self._hidden:
            self.words.append(data)


def _walked(html: str) -> _Seen:
    seen = _Seen()
    seen.feed(html)
    seen.close()
    return seen


def _seen(html: str) -> str:
    return "".join(_walked(html).words)


def _has_pixel(html: str) -> bool:
    return _walked(html).has_pixel
