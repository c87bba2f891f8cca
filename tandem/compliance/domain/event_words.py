"""Ledger entries as other systems read them: Elastic Common Schema (ECS 8.11) and syslog (RFC 5424). Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tandem.compliance.contracts import Entry
from tandem.compliance.contracts.anchors import StreamFormat

ECS_VERSION = "8.11.0"
# What the beginning of an action means in ECS: event.category and event.type, whose words are fixed there.
CATEGORIES: Mapping[str, tuple[str, str]] = {
    "access.signed": ("authentication", "start"),
    "access.": ("iam", "change"),
    "core.setting": ("configuration", "change"),
    "compliance.switch": ("configuration", "change"),
    "engagement.": ("email", "info"),
}
OTHERWISE = ("database", "change")
TAKEN_OUT = ("file", "access")  # exports
FACILITY, SEVERITY = 13, 5  # log audit, notice
PRIORITY = FACILITY * 8 + SEVERITY
APP_NAME, NOTHING = "tandem", "-"
LEFT_OUT = '{"left_out":"longer than a datagram"}'
LONGEST_MESSAGE_ID, LONGEST_HOST = 32, 255  # RFC 5424, 6


def as_ecs(entry: Entry, *, installation: str) -> dict[str, Any]:
    """The entry as an ECS document. `tandem.facts` stays the text that was hashed, so that the hash can be checked.

    installation : by which name this ledger is known outside
    """
    category, kind = _category(entry.action)
    return {
        "@timestamp": entry.at.isoformat(timespec="microseconds"),
        "message": f"{entry.actor_name}: {entry.action} {entry.subject}",
        "ecs": {"version": ECS_VERSION},
        "event": {
            "kind": "event",
            "category": [category],
            "type": [kind],
            "action": entry.action,
            "outcome": "success",
            "module": "tandem",
            "dataset": "tandem.ledger",
            "provider": "ledger",
            "id": f"{installation}:{entry.number}",
            "sequence": entry.number,
            "hash": entry.hash,
        },
        "service": {"name": "tandem", "type": "tandem", "id": installation},
        "user": {"id": f"{entry.actor_kind}:{entry.actor_id}", "name": entry.actor_name, "roles": [entry.actor_kind]},
        "related": {"user": [entry.actor_name]},
        "tandem": {
            "actor_kind": entry.actor_kind,
            "actor_id": entry.actor_id,
            "subject": entry.subject,
            "facts": entry.facts,
            "previous_hash": entry.previous_hash,
        },
    }


def as_line(entry: Entry, form: StreamFormat, *, installation: str) -> str:
    """The entry as one line of JSON, without line break."""
    told = as_ecs(entry, installation=installation) if form is StreamFormat.ECS else entry.as_dict()
    return json.dumps(told, ensure_ascii=False)


def as_syslog(
    entry: Entry, form: StreamFormat, *, installation: str, host: str, most_bytes: int | None = None
) -> bytes:
    """The entry's line as a message of RFC 5424, UTF-8 with its mark.

    host : name of this machine
    most_bytes : of the message; one that is longer goes without its facts and says so. None: no limit
    """
    message = _message(entry, as_line(entry, form, installation=installation), host)
    if most_bytes is None or len(message) <= most_bytes:
        return message
    return _message(entry, as_line(replace(entry, facts=LEFT_OUT), form, installation=installation), host)


def _message(entry: Entry, line: str, host: str) -> bytes:
    at = entry.at.isoformat(timespec="microseconds").replace("+00:00", "Z")
    head = f"<{PRIORITY}>1 {at} {_word(host, LONGEST_HOST)} {APP_NAME} {NOTHING} "
    return f"{head}{_word(entry.action, LONGEST_MESSAGE_ID)} {NOTHING} ".encode() + b"\xef\xbb\xbf" + line.encode()


def counted(message: bytes) -> bytes:
    """A message framed for a connection: its length, a space, itself (RFC 6587, octet counting)."""
    return str(len(message)).encode() + b" " + message


def _category(action: str) -> tuple[str, str]:
    if action.endswith("_exported"):
        return TAKEN_OUT
    return next((words for start, words in CATEGORIES.items() if action.startswith(start)), OTHERWISE)


def _word(text: str, longest: int) -> str:
    """A word of printable ASCII, as the header wants it."""
    return "".join(letter for letter in text if "!" <= letter <= "~")[:longest] or NOTHING
