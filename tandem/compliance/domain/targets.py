"""Whether a place can be an anchor's or a stream's: told when it is entered, not in the night. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from tandem.compliance.contracts.anchors import AnchorKind, StreamKind
from tandem.compliance.domain import addresses
from tandem.core.errors import InvalidInput

HIGHEST_PORT = 65_535
PLACE = re.compile(r"(?P<host>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+):(?P<port>\d{1,5})")


def anchor_target(kind: AnchorKind, text: str, *, folders: Sequence[Path]) -> str:
    """The target in its plain form.

    folders : below which files and repositories may lie
    Raises InvalidInput with the remedy.
    """
    text = text.strip()
    if kind is AnchorKind.WEBHOOK:
        return _url(text)
    if kind is AnchorKind.MAIL:
        address = addresses.read(text)
        if address is None or "@" not in text:
            raise _refusal(text, "no mail address", "Give one, for example ledger@auditor.example.")
        return text
    folder = Path(text).expanduser()
    if not folder.is_absolute() or not any(folder.resolve().is_relative_to(one.resolve()) for one in folders):
        allowed = ", ".join(str(one) for one in folders)
        raise _refusal(text, f"no folder below {allowed}", "Name one, or add its folder to TANDEM_ANCHOR_FOLDERS.")
    return str(folder.resolve())


def stream_target(kind: StreamKind, text: str) -> str:
    """The target in its plain form; empty for streams that the shell drives. Raises InvalidInput with the remedy."""
    text = text.strip()
    if kind is StreamKind.SHELL:
        return ""
    if kind is StreamKind.WEBHOOK:
        return _url(text)
    host, port = host_and_port(text)
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def host_and_port(text: str) -> tuple[str, int]:
    """ "siem.example:6514" taken apart. Raises InvalidInput.

    >>> host_and_port("[::1]:514")
    ('::1', 514)
    """
    found = PLACE.fullmatch(text.strip())
    if found is None or not 0 < int(found["port"]) <= HIGHEST_PORT:
        raise _refusal(text, "no host and port", "Write host:port, for example siem.example:6514.")
    return found["host"].strip("[]").lower(), int(found["port"])


def _url(text: str) -> str:
    try:
        parts = urlsplit(text)
        is_address = parts.scheme in {"https", "http"} and bool(parts.hostname) and parts.username is None
    except ValueError:
        is_address = False
    if not is_address:
        raise _refusal(text, "no web address", "Give one that begins with https://, without user and password.")
    return text


def _refusal(text: str, what: str, hint: str) -> InvalidInput:
    return InvalidInput(f"{text!r} is {what}.", hint=hint, code="ledger.target")
