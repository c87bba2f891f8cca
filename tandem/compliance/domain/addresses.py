"""Addresses in one form, so that equal ones meet whatever way they were written; and their keyed hashes.

Mail: lower case, the domain as ASCII (IDNA), without plus tag, at Gmail without dots: who unsubscribes under one
spelling is left alone under all. Phone: E.164. Domain: lower-case ASCII without scheme, "www." and path.
Hash: HMAC-SHA256 (RFC 2104) over "kind:value", cut to 128 bits; the key lies outside the database.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence

from tandem.compliance.contracts import Address, AddressKind

HASH_BYTES = 16
KEY_ID_BYTES = 4
LONGEST = 254  # RFC 5321: a path of 256 octets with its brackets
GMAIL = frozenset({"gmail.com", "googlemail.com"})
_ACCOUNT = re.compile(r"[a-z_]{1,20}:[A-Za-z0-9_-]{1,80}")
_LOCAL = re.compile(r"[^\s@<>()\[\]\\,;:\x00-\x1f\x7f]+")
_HOST = re.compile(r"(?=.{1,253}$)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}")
_PHONE = re.compile(r"[+0-9(][0-9 ()./\-\u00a0]{4,30}")


def read(text: str, *, country: str = "", kind: AddressKind | None = None) -> Address | None:
    """The address in its normal form; None when it can't be one of that kind.

    country : ISO 3166-1 alpha-2 for phone numbers without a country code
    kind : None: told from the look

    >>> read("Ann Lee <Ann.Lee+crm@GMAIL.com>").value, read("(020) 7946 0958", country="GB").value
    ('annlee@gmail.com', '+442079460958')
    """
    text = unicodedata.normalize("NFKC", text).strip()
    kind = kind or _kind_of(text)
    value = phone(text, country) if kind is AddressKind.PHONE else _READERS[kind](text)
    return Address(kind=kind, value=value) if value else None


def _kind_of(text: str) -> AddressKind:
    if "@" in text.removeprefix("@"):
        return AddressKind.EMAIL
    if _PHONE.fullmatch(text):
        return AddressKind.PHONE
    return AddressKind.ACCOUNT if _ACCOUNT.fullmatch(text) else AddressKind.DOMAIN


def email(text: str) -> str:
    """A mailbox without display name, plus tag and, at Gmail, dots; "" when it is none."""
    text = unicodedata.normalize("NFKC", text).strip().casefold().removeprefix("mailto:")
    if "<" in text and ">" in text:
        text = text[text.rfind("<") + 1 : text.rfind(">")]
    local, at, host = text.strip(" .;,<>\"'").rpartition("@")
    local, host = unicodedata.normalize("NFKC", local.split("+", 1)[0] or local), domain(host)
    if host in GMAIL:
        local, host = local.replace(".", ""), "gmail.com"
    whole = f"{local}@{host}"
    return whole if at and host and _LOCAL.fullmatch(local) and len(whole) <= LONGEST else ""


def domain(text: str) -> str:
    """A host name as lower-case ASCII; "" when it is none.

    >>> domain("https://www.Müller.example/impressum")
    'xn--mller-kva.example'
    """
    text = text.strip().casefold().removeprefix("http://").removeprefix("https://").removeprefix("@")
    host = text.split("/", 1)[0].strip(". ").removeprefix("www.")
    if not host.isascii():
        import idna

        try:
            host = idna.encode(host, uts46=True).decode("ascii").lower()
        except idna.IDNAError:
            return ""
    return host if _HOST.fullmatch(host) else ""


def phone(text: str, country: str = "") -> str:
    """A phone number as E.164; "" when it can't be one, or when its country is not known."""
    import phonenumbers

    text = text.strip().casefold().removeprefix("tel:")
    if text.startswith("00"):
        text = "+" + text[2:]
    try:
        number = phonenumbers.parse(text, country.strip().upper() or None)
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_possible_number(number):
        return ""
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def account_key(text: str) -> str:
    """An opaque key as other rooms give it, "account:12"; "" when it is none."""
    text = text.strip()
    return text if _ACCOUNT.fullmatch(text) else ""


def covering(address: Address) -> list[Address]:
    """The address and everything whose suppression covers it: for a mailbox, its domain and those above it."""
    found = [address]
    if address.kind is AddressKind.EMAIL:
        host = address.value.rpartition("@")[2]
    elif address.kind is AddressKind.DOMAIN:
        host = address.value.partition(".")[2]
    else:
        return found
    while "." in host:
        found.append(Address(kind=AddressKind.DOMAIN, value=host))
        host = host.partition(".")[2]
    return found


_READERS: dict[AddressKind, Callable[[str], str]] = {
    AddressKind.EMAIL: email,
    AddressKind.DOMAIN: domain,
    AddressKind.ACCOUNT: account_key,
}


def key_id(key: str) -> str:
    """The name of a key, made of the key itself: a lost or changed one can't pass for another."""
    return hashlib.sha256(b"tandem registry key:" + key.encode()).hexdigest()[: 2 * KEY_ID_BYTES]


def keyed_hash(address: Address, key: str) -> str:
    """The address as 32 hex digits that tell nothing to whoever lacks the key."""
    said = f"{address.kind.value}:{address.value}".encode()
    return hmac.digest(key.encode(), said, "sha256").hex()[: 2 * HASH_BYTES]


def hashes(found: Iterable[Address], keys: Sequence[str]) -> dict[str, Address]:
    """Every hash under which the addresses may stand in a registry, old keys included."""
    return {keyed_hash(address, key): address for address in found for key in keys}
