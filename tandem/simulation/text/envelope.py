"""Letters as bytes: headers, transfer encodings and parts as RFC 5322, 2045 and 2047 have them, and the mbox around.

Written by hand because the standard library's generator takes longer for a message than everything else together.
"""

from __future__ import annotations

import base64
import binascii
import html
import re
from email.utils import format_datetime

from tandem.simulation.dice import Dice
from tandem.simulation.text.letters import Letter
from tandem.simulation.text.voice import Voice
from tandem.simulation.times import Moment, utc_to_local

_FROM_LINE = re.compile(rb"^(>*From )", re.MULTILINE)
_SPECIAL = re.compile(r'[()<>@,;:\\".\[\]]')
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def header_text(text: str) -> str:
    """Text of a header: as it is in ASCII, else encoded words of at most 75 characters."""
    if text.isascii():
        return text
    words, piece = [], ""
    for letter in text:
        if len((piece + letter).encode()) > 42:
            words.append(piece)
            piece = ""
        piece += letter
    words.append(piece)
    return "\r\n ".join(f"=?utf-8?B?{base64.b64encode(word.encode()).decode()}?=" for word in words)


def address(voice: Voice) -> str:
    """Name and address."""
    name = header_text(voice.name)
    if name.isascii() and name == voice.name and _SPECIAL.search(name):
        name = f'"{name}"'
    return f"{name} <{voice.email}>"


def message_id(dice: Dice, voice: Voice) -> str:
    """An id in the style of the sender's mail program."""
    bits = f"{dice.getrandbits(128):032x}"
    if voice.client == "gmail":
        return f"<CA+{base64.urlsafe_b64encode(bytes.fromhex(bits)).decode().rstrip('=')}{bits[:8]}@mail.gmail.com>"
    if voice.client == "outlook":
        host = f"{bits[:2].upper()}0PR0{dice.between(1, 9)}MB{dice.between(1000, 9999)}"
        return f"<{host}{bits[2:30].upper()}@{host}.eurprd0{dice.between(1, 9)}.prod.outlook.com>"
    mark = f"{bits[:8]}-{bits[8:12]}-{bits[12:16]}-{bits[16:20]}-{bits[20:]}".upper()
    return f"<{mark}@{voice.email.split('@')[1]}>"


def _encoded(text: str, kind: str, client: str) -> tuple[str, bytes]:
    """Content headers and body of a text part."""
    if text.isascii() and max(map(len, text.split("\n"))) < 900 and client != "outlook":
        charset = "UTF-8" if client == "gmail" else "us-ascii"
        return f'Content-Type: text/{kind}; charset="{charset}"\nContent-Transfer-Encoding: 7bit\n', text.encode()
    charset = "utf-8"
    if client == "outlook" and kind == "plain":
        for charset in ("iso-8859-1", "windows-1252", "utf-8"):
            try:
                text.encode(charset)
                break
            except UnicodeEncodeError:
                continue
    raw = text.encode(charset)
    if client == "outlook" and charset == "utf-8":
        body = base64.encodebytes(raw)
        return f'Content-Type: text/{kind}; charset="{charset}"\nContent-Transfer-Encoding: base64\n', body
    body = binascii.b2a_qp(raw, istext=True)
    return f"Content-Type: text/{kind}; charset={charset}\nContent-Transfer-Encoding: quoted-printable\n", body


def _html(letter: Letter) -> str:
    """The HTML twin of a letter."""
    own = html.escape(letter.own_text, quote=False).replace("\n\n", "<br><br>").replace("\n", "<br>\n")
    if not letter.history:
        return f'<html><head></head><body><div dir="ltr">{own}</div></body></html>'
    head = html.escape(letter.head, quote=False).replace("\n", "<br>\n")
    history = html.escape(letter.history, quote=False).replace("\n", "<br>\n")
    wrap = {
        "gmail": '<div class="gmail_quote"><div class="gmail_attr">{head}</div><blockquote class="gmail_quote">{history}</blockquote></div>',
        "outlook": '<hr><div id="divRplyFwdMsg">{head}</div><div>{history}</div>',
    }.get(letter.sender.client, '<br><blockquote type="cite"><div>{head}</div>{history}</blockquote>')
    return f"<html><body><div>{own}</div>{wrap.format(head=head, history=history)}</body></html>"


def _content(letter: Letter, dice: Dice) -> tuple[str, bytes]:
    """Content headers and body of the whole message."""
    client = letter.sender.client
    headers, body = _encoded(letter.body, "plain", client)
    if client != "mobile" and dice.chance(0.3):
        mark = _boundary(dice)
        html_headers, html_body = _encoded(_html(letter), "html", client)
        body = _parts(mark, [(headers, body), (html_headers, html_body)])
        headers = f'Content-Type: multipart/alternative; boundary="{mark}"\n'
    if letter.attachments:
        mark = _boundary(dice)
        parts = [(headers, body), *(_attachment(name, dice) for name in letter.attachments)]
        headers, body = f'Content-Type: multipart/mixed; boundary="{mark}"\n', _parts(mark, parts)
    return headers, body


def _boundary(dice: Dice) -> str:
    return f"----=_{dice.getrandbits(80):020x}"


def _parts(mark: str, parts: list[tuple[str, bytes]]) -> bytes:
    blocks = [f"--{mark}\n{headers}\n".encode() + body.rstrip(b"\n") + b"\n" for headers, body in parts]
    return b"\n".join(blocks) + f"--{mark}--\n".encode()


def _attachment(name: str, dice: Dice) -> tuple[str, bytes]:
    """A file with the right name and kind; its content is a stub, for nobody reads it here."""
    kind = {
        "pdf": "application/pdf",
        "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    }.get(name.rsplit(".", 1)[-1], "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
    raw = b"%PDF-1.4\n" + dice.getrandbits(400).to_bytes(50)
    headers = f'Content-Type: {kind}; name="{name}"\nContent-Disposition: attachment; filename="{name}"\nContent-Transfer-Encoding: base64\n'
    return headers, base64.encodebytes(raw)


def mbox_bytes(letter: Letter, dice: Dice, thread_number: int, labels: str) -> bytes:
    """The message with its mbox separator, as a mailbox archive holds it."""
    local = utc_to_local(letter.sender.zone, letter.at)
    lines = [
        f"X-GM-THRID: {thread_number}",
        f"X-Gmail-Labels: {labels}",
        *(f"{name}: {value}" for name, value in letter.headers),
        f"Message-ID: {letter.id}",
        f"Date: {format_datetime(local)}",
        f"From: {address(letter.sender)}",
        "To: " + ", ".join(address(voice) for voice in letter.to),
        f"Subject: {header_text(letter.subject)}",
    ]
    if letter.cc:
        lines.append("Cc: " + ", ".join(address(voice) for voice in letter.cc))
    if letter.parent is not None:
        lines += [f"In-Reply-To: {letter.parent.id}", "References: " + "\n ".join(letter.references)]
    lines.append("MIME-Version: 1.0")
    headers, body = (
        (letter.report.split("\n\n", 1)[0] + "\n", letter.report.split("\n\n", 1)[1].encode())
        if letter.report
        else _content(letter, dice)
    )
    raw = (
        "\n".join(lines).replace("\r\n", "\n").encode()
        + b"\n"
        + headers.encode()
        + b"\n"
        + _FROM_LINE.sub(rb">\1", body)
    )
    return _separator(letter.sender.email, letter.at) + raw.rstrip(b"\n") + b"\n\n"


def _separator(sender: str, at: Moment) -> bytes:
    day = (
        f"{_DAYS[at.weekday()]} {_MONTHS[at.month - 1]} {at.day:2} {at.hour:02}:{at.minute:02}:{at.second:02} {at.year}"
    )
    return f"From {sender} {day}\n".encode()
