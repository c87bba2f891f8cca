"""winmail.dat: the text that Outlook hid in its own format (MS-OXTNEF)."""

from __future__ import annotations

import logging
import re

from tnefparse import TNEF

from tandem.core.html_text import text_of_html
from tandem.engagement.domain.mail.decoding import as_text

_CONTROL = re.compile(r"\\'([0-9a-f]{2})|\\u(-?\d+)\??|\\([a-z]+)(-?\d+)? ?|[{}]|\r?\n", re.I)


def text_of_tnef(data: bytes) -> str:
    """The message's text, from its plain, HTML or rich text body; empty: it holds none, or is no TNEF.

    The library writes what it does not know to its log; that is of no use to anybody here.
    """
    logging.getLogger("tnefparse").setLevel(logging.CRITICAL)
    try:
        message = TNEF(data, do_checksum=False)
        plain, html, rich = message.body, message.htmlbody, message.rtfbody
    except Exception:  # noqa: BLE001  a parser of a closed format, fed by anybody: whatever it raises, there is no text
        return ""
    if plain:
        return plain if isinstance(plain, str) else as_text(bytes(plain))
    if html:
        return text_of_html(html if isinstance(html, str) else as_text(bytes(html)))
    return _text_of_rich(as_text(bytes(rich))) if rich else ""


def _text_of_rich(rich: str) -> str:
    """Letters and line ends of rich text, its controls left out."""

    def plain(match: re.Match[str]) -> str:
        code, number, word, _ = match.groups()
        if code:
            return bytes([int(code, 16)]).decode("cp1252", "replace")
        if number:
            return chr(int(number) % 65_536) if not 0xD800 <= int(number) % 65_536 <= 0xDFFF else "?"
        return "\n" if word in {"par", "line"} else ""

    body = re.sub(r"\{\\(?:\*|fonttbl|colortbl|stylesheet|info)[^{}]*(?:\{[^{}]*\}[^{}]*)*\}", "", rich)
    return _CONTROL.sub(plain, body).strip()
