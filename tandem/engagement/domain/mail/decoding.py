"""Bytes as text: true and false charsets, encoded words, base64 and quoted-printable that hide what they are."""

from __future__ import annotations

import base64
import binascii
import quopri
import re

from charset_normalizer import from_bytes

MAX_GUESSED = 50_000  # bytes that a charset is guessed from
# Charsets as mail programs call them, and those that hold more than the one that is claimed (WHATWG Encoding).
_TRUE_NAMES = {
    "unicode-1-1-utf-7": "utf-7", "uft-8": "utf-8", "utf8": "utf-8", "utf-8mb4": "utf-8", "gb2312": "gb18030",
    "gbk": "gb18030", "gb_2312-80": "gb18030", "x-gbk": "gb18030", "ks_c_5601-1987": "cp949", "euc-kr": "cp949",
    "shift_jis": "cp932", "shift-jis": "cp932", "sjis": "cp932", "x-sjis": "cp932", "windows-31j": "cp932",
    "iso-2022-jp": "iso2022_jp_ext", "cp-850": "cp850", "iso-8859-1": "cp1252", "latin1": "cp1252",
    "iso-8859-8-i": "iso-8859-8", "iso-8859-9": "cp1254", "tis-620": "cp874", "windows-874": "cp874", "ansi": "cp1252",
    "us-ascii": "cp1252", "ascii": "cp1252", "x-mac-roman": "mac_roman", "macintosh": "mac_roman",
    "8bit": "utf-8", "default": "utf-8", "unknown-8bit": "utf-8", "x-unknown": "utf-8", "unicode": "utf-8",
}  # fmt: skip
_WORD = re.compile(r"=\?([^?\s*]+)(?:\*[^?\s]*)?\?([bBqQ])\?((?:[^?]|\?(?!=))*)\?=")
_BETWEEN = re.compile(r"(\?=)[ \t\r\n]+(?==\?[^?\s]+\?[bBqQ]\?)")
_BASE64_LINES = re.compile(rb"\s*(?:[A-Za-z0-9+/]{40,}\r?\n)+[A-Za-z0-9+/]*={0,2}\s*")
_QUOTED = re.compile(rb"=(?:[0-9A-F]{2}|\r?\n)")


def as_text(data: bytes, charset: str = "") -> str:
    """Text of bytes. What they claim to be comes first, unless they are plainly UTF-8; then what they look like.

    >>> as_text("Grüße".encode(), "iso-8859-1"), as_text("Grüße".encode("cp1252"), "x-nonsense")
    ('Grüße', 'Grüße')
    """
    if b"\x1b$" in data[:MAX_GUESSED] or b"\x1b(" in data[:MAX_GUESSED]:
        decoded = _tried(data, "iso2022_jp_ext")
        if decoded is not None:
            return _clean(decoded)
    name = charset.strip("\"' ").lower()
    for one in _candidates(data, _TRUE_NAMES.get(name, name)):
        decoded = _tried(data, one)
        if decoded is not None:
            return _clean(decoded)
    return _clean(_guessed(data))


def as_header(value: str) -> str:
    """A header as people read it: encoded words decoded also where they break the rules, white space folded.

    >>> as_header("=?UTF-8?Q?Auto_R=C3=A9ponse?= : =?utf-8?b?w6k=?= =?utf-8?B?w6k?=")
    'Auto Réponse : éé'
    """
    text = value
    if not text.isascii():
        text = as_text(text.encode("utf-8", "surrogateescape")) if _has_raw_bytes(text) else text
    if "=?" in text:
        text = _WORD.sub(_decoded_word, _joined(_BETWEEN.sub(r"\1", text)))
    return " ".join(_clean(text).split())


def plain_bytes(data: bytes, encoding: str) -> bytes:
    """A body's bytes without their transfer encoding; a body that is not what it claims to be comes back as it is.

    encoding : of the header; empty: none. A body of nothing but base64 lines is decoded all the same.
    """
    name = encoding.strip().lower()
    if name == "base64" or (not name and _BASE64_LINES.fullmatch(data[:200_000])):
        return _from_base64(data, is_claimed=name == "base64")
    if name == "quoted-printable" or (name in {"", "7bit"} and _looks_quoted(data)):
        return quopri.decodestring(data)
    if name in {"x-uuencode", "uuencode", "x-uue"}:
        return _from_uuencode(data)
    return data


def _has_raw_bytes(text: str) -> bool:
    return any("\udc80" <= sign <= "\udcff" for sign in text)


def _candidates(data: bytes, name: str) -> list[str]:
    """Charsets in the order in which they are tried. Valid UTF-8 beyond ASCII is hardly ever anything else."""
    is_stateful = name.startswith(("utf-7", "utf-16", "utf-32", "iso2022", "hz"))
    order = [name] if name and is_stateful else []
    order.append("utf-8")
    if name and not is_stateful:
        order.append(name)
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        order.insert(0, "utf-16")
    return order


def _tried(data: bytes, name: str) -> str | None:
    try:
        return data.decode(name)
    except (LookupError, ValueError, TypeError, OverflowError):
        return None


def _guessed(data: bytes) -> str:
    """By what the bytes look like; Windows-1252 where nothing fits."""
    try:
        best = from_bytes(data[:MAX_GUESSED]).best()
    except (ValueError, LookupError, TypeError, RecursionError):
        best = None
    name = best.encoding if best is not None and len(data) >= 12 else "cp1252"
    try:
        return data.decode(name, "replace")
    except LookupError:
        return data.decode("cp1252", "replace")


def _clean(text: str) -> str:
    """Text that every database takes: no NUL, no half characters."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")


def _joined(text: str) -> str:
    """Neighbouring words of one charset as one, so that a character cut in two is whole again."""
    return re.sub(r"=\?([^?\s]+)\?([qQ])\?([^?]*)\?==\?\1\?\2\?", r"=?\1?\2?\3", text)


def _decoded_word(match: re.Match[str]) -> str:
    charset, kind, payload = match.groups()
    raw = payload.encode("ascii", "ignore")
    if kind in "bB":
        return as_text(_from_base64(raw, is_claimed=True), charset)
    return as_text(quopri.decodestring(raw.replace(b"_", b" ")), charset)


def _from_base64(data: bytes, *, is_claimed: bool) -> bytes:
    """Decoded, damage aside: foreign signs are passed over and missing padding is put back."""
    if is_claimed and len(re.findall(rb"[^A-Za-z0-9+/=\s]| [A-Za-z]", data[:4_000])) > len(data[:4_000]) // 50:
        return data  # words and sentences: it says base64 and is none
    letters = re.sub(rb"[^A-Za-z0-9+/]", b"", data)
    letters = letters[: len(letters) - 1] if len(letters) % 4 == 1 else letters
    try:
        return base64.b64decode(letters + b"=" * (-len(letters) % 4))
    except (binascii.Error, ValueError):
        return data


def _from_uuencode(data: bytes) -> bytes:
    found = bytearray()
    for line in data.splitlines():
        if line[:6] == b"begin " or line.strip() in (b"end", b"`", b""):
            continue
        try:
            found += binascii.a2b_uu(line)
        except (binascii.Error, ValueError):
            continue
    return bytes(found)


def _looks_quoted(data: bytes) -> bool:
    """Quoted-printable without saying so: soft line ends or escapes, and no sign that would have been escaped."""
    start = data[:20_000]
    return len(_QUOTED.findall(start)) >= 3 and all(sign < 128 for sign in start) and b"==" not in start
