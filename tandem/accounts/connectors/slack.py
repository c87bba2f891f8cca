"""Slack: the official workspace export, as a folder or the zip it comes in.

Read are users.json, channels.json (and groups, dms, mpims where the export has them) and the messages in
"<channel>/<YYYY-MM-DD>.json". One activity a channel and day, and one a thread and day; joins, topic changes and other
notices are left out. Participants come from users.json; people of other companies in Slack Connect channels (another
`team_id`, or marked as strangers) are told apart as guests, even when the export names them only by id.
"""

from __future__ import annotations

import html
import json
import re
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any

from tandem.accounts.connectors.base import Connector, Table
from tandem.accounts.connectors.files.limits import MAX_UNPACKED_BYTES
from tandem.accounts.connectors.files.packed import check_zip
from tandem.accounts.connectors.files.rows import RowTable, Unread
from tandem.accounts.contracts import ActivityKind, Entity, SourceKind
from tandem.core.errors import AppError, DataUnreadable

SYSTEM = "slack"
HEADERS = ("key", "kind", "at", "subject", "text", "thread", "participants", "details", "messages")
CHANNEL_LISTS = ("channels.json", "groups.json", "dms.json", "mpims.json")
MAX_FILE_BYTES = 200_000_000
NOTICES = frozenset(
    {"channel_join", "channel_leave", "channel_topic", "channel_purpose", "channel_name", "channel_archive",
     "channel_unarchive", "group_join", "group_leave", "group_topic", "group_purpose", "group_name", "pinned_item",
     "unpinned_item", "bot_add", "bot_remove", "reminder_add", "tombstone", "message_deleted", "sh_room_created"}
)  # fmt: skip
_DAY = re.compile(r"^\d{4}-\d{2}-\d{2}$")
_MENTION = re.compile(r"<@([A-Z0-9]+)(?:\|([^>]*))?>")
_CHANNEL = re.compile(r"<#[A-Z0-9]+\|([^>]*)>")
_SPECIAL = re.compile(r"<!(?:subteam\^[A-Z0-9]+\|)?@?([^>|]+)(?:\|[^>]*)?>")
_LINK = re.compile(r"<((?:https?|mailto):[^>|]+)(?:\|([^>]*))?>")


class _Export:
    """The files of an export by their place in it, from a folder or a zip."""

    def __init__(self, path: Path) -> None:
        self._path = path
        if path.is_file():
            check_zip(path, most_bytes=MAX_UNPACKED_BYTES)
            with zipfile.ZipFile(path) as archive:
                names = [entry.filename for entry in archive.infolist() if not entry.is_dir()]
        else:
            names = [str(PurePosixPath(entry.relative_to(path))) for entry in path.rglob("*.json")]
        root = next((name.removesuffix("users.json") for name in names if name.endswith("users.json")), "")
        self._root = root
        self.names = sorted(name.removeprefix(root) for name in names if name.startswith(root))

    def read(self, name: str) -> Any:
        """A file's JSON; None when there is no such file. Raises ValueError when it is no JSON."""
        if name not in self.names:
            return None
        return json.loads(self._bytes(self._root + name))

    def _bytes(self, name: str) -> bytes:
        if self._path.is_dir():
            return (self._path / name).read_bytes()
        with zipfile.ZipFile(self._path) as archive, archive.open(name) as stream:
            return stream.read(MAX_FILE_BYTES)


@dataclass(frozen=True, slots=True)
class _Member:
    """Somebody in the workspace. `is_outside`: of another company (Slack Connect)."""

    name: str
    email: str
    is_outside: bool
    is_bot: bool


@dataclass(slots=True)
class _People:
    """Members by id, and the workspace's own team."""

    members: dict[str, _Member] = field(default_factory=dict)
    team: str = ""

    def of(self, message: Mapping[str, Any]) -> tuple[str, _Member]:
        """Who wrote a message: id and member; somebody the list lacks is outside when the message's team says so."""
        key = str(message.get("user") or message.get("bot_id") or "")
        known = self.members.get(key)
        if known is not None:
            return key, known
        team = str(message.get("user_team") or message.get("source_team") or message.get("team") or "")
        profile = message.get("user_profile")
        told = profile if isinstance(profile, dict) else {}
        name = str(told.get("real_name") or message.get("username") or key)
        outside = bool(team and self.team and team != self.team)
        return key, _Member(name, "", outside, bool(message.get("bot_id")))

    def name(self, key: str) -> str:
        """A member's name for a mention; the id where it is not known."""
        found = self.members.get(key)
        return found.name if found else key


def _people(listed: Any) -> _People:
    users = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    teams = Counter(str(one.get("team_id") or "") for one in users if not one.get("is_stranger"))
    team = max(teams, key=lambda key: (teams[key], key), default="")
    members: dict[str, _Member] = {}
    for one in users:
        told = one.get("profile")
        profile: Mapping[str, Any] = told if isinstance(told, dict) else {}
        name = profile.get("real_name") or one.get("real_name") or profile.get("display_name") or one.get("name")
        outside = bool(one.get("is_stranger")) or bool(one.get("team_id") and one["team_id"] != team)
        email = str(profile.get("email") or "").strip().lower()
        bot = bool(one.get("is_bot")) or one.get("id") == "USLACKBOT"
        members[str(one.get("id"))] = _Member(str(name or one.get("id")), email, outside, bot)
    return _People(members, team)


def _channels(export: _Export) -> dict[str, dict[str, Any]]:
    """Channels by the name of their folder: the channel's name, or the id of a direct conversation."""
    found: dict[str, dict[str, Any]] = {}
    for name in CHANNEL_LISTS:
        listed = export.read(name)
        for one in listed if isinstance(listed, list) else []:
            if isinstance(one, dict):
                found[str(one.get("name") or one.get("id"))] = one
    return found


def _read(path: Path, notes: list[str]) -> Iterator[Mapping[str, str] | Unread]:
    export = _Export(path)
    people = _people(export.read("users.json"))
    channels = _channels(export)
    for name in export.names:
        folder, _, file = name.rpartition("/")
        day = file.removesuffix(".json")
        if not folder or not _DAY.match(day):
            continue
        try:
            messages = export.read(name)
        except (ValueError, OSError, RecursionError, zipfile.BadZipFile):
            yield Unread(f"{name} is no JSON")
            continue
        if not isinstance(messages, list):
            yield Unread(f"{name} is no list of messages")
            continue
        if folder not in channels:
            notes.append(f"Channel {folder!r} is in no list of channels.")
        channel = {"id": folder, "name": folder} | channels.get(folder, {})
        yield from _day_rows(channel, day, [one for one in messages if isinstance(one, dict)], people)


def _day_rows(
    channel: Mapping[str, Any], day: str, messages: list[dict[str, Any]], people: _People
) -> Iterator[dict[str, str]]:
    """The day's talk outside threads as one row, and each thread's as one."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for message in messages:
        if message.get("subtype") in NOTICES or not message.get("ts"):
            continue
        thread = str(message.get("thread_ts") or "")
        is_thread = thread and (thread != str(message["ts"]) or bool(message.get("reply_count")))
        groups.setdefault(thread if is_thread else "", []).append(message)
    for thread in sorted(groups):
        ordered = sorted(groups[thread], key=lambda one: str(one["ts"]))
        yield _row(channel, day, thread, ordered, people)


def _row(
    channel: Mapping[str, Any], day: str, thread: str, messages: list[dict[str, Any]], people: _People
) -> dict[str, str]:
    part: dict[str, dict[str, str]] = {}
    lines = []
    for message in messages:
        key, member = people.of(message)
        lines.append(f"{member.name}: {plain_text(str(message.get('text') or ''), people)}".strip())
        if key and not member.is_bot:
            address = member.email or f"slack:{key}"
            role = "guest" if member.is_outside else "member"
            part.setdefault(address, {"address": address, "name": member.name[:200], "role": role})
    name = str(channel.get("name") or channel.get("id"))
    files = [
        str(one.get("name")) for message in messages for one in message.get("files") or [] if isinstance(one, dict)
    ]
    details = {
        "channel": name,
        "messages": len(messages),
        "is_shared": bool(channel.get("is_ext_shared") or channel.get("is_shared")),
        "outside": sorted(one["address"] for one in part.values() if one["role"] == "guest"),
        "files": files[:50],
    }
    identity = str(channel.get("id") or name)
    return {
        "key": ":".join(filter(None, (identity, thread, day))),
        "kind": ActivityKind.CHAT.value,
        "at": _moment(messages[0], day),
        "subject": f"#{name}",
        "text": "\n".join(lines),
        "thread": f"{identity}:{thread or day}",
        "participants": json.dumps(list(part.values()), ensure_ascii=False),
        "details": json.dumps({word: value for word, value in details.items() if value}, ensure_ascii=False),
        "messages": json.dumps(messages, ensure_ascii=False),
    }


def plain_text(text: str, people: _People) -> str:
    """Slack's markup as people read it: names for ids, labels for links."""
    text = _MENTION.sub(lambda found: "@" + (found[2] or people.name(found[1])), text)
    text = _CHANNEL.sub(r"#\1", text)
    text = _LINK.sub(lambda found: found[2] or found[1], text)
    text = _SPECIAL.sub(r"@\1", text)
    return html.unescape(text)


def _moment(message: Mapping[str, Any], day: str) -> str:
    """A message's `ts` in UTC; the day of its file where it can't be read."""
    try:
        return datetime.fromtimestamp(float(str(message["ts"])), UTC).isoformat(timespec="seconds")
    except (ValueError, OverflowError, OSError):
        return day


def open_export(path: Path) -> Table:
    """An export as a table. Raises DataUnreadable when its list of users can't be read."""
    try:
        export = _Export(path)
        export.read("users.json")
    except (ValueError, OSError, RecursionError, zipfile.BadZipFile) as error:
        raise DataUnreadable(
            f"{path.name} is no readable Slack export: {error}.",
            hint="Download the export again and import it as it is, zipped or unpacked.",
            context={"file": str(path)},
        ) from error
    notes: list[str] = []
    days = sum(bool(_DAY.match(PurePosixPath(name).stem)) for name in export.names)
    return RowTable(HEADERS, partial(_read, path, notes), row_estimate=days, told=notes)


def is_export(path: Path) -> bool:
    """Whether a folder or zip is a Slack export: users.json with a list of channels and days of messages."""
    if path.is_dir():
        return (path / "users.json").is_file() and any((path / name).is_file() for name in CHANNEL_LISTS)
    if path.suffix.lower() != ".zip":
        return False
    try:
        names = _Export(path).names
    except (AppError, OSError, zipfile.BadZipFile):
        return False
    return "users.json" in names and any(name in names for name in CHANNEL_LISTS)


EXPORT = Connector(
    system=SYSTEM,
    entity=Entity.ACTIVITY,
    source_kind=SourceKind.CHAT,
    file_names=("*slack*export*.zip",),
    columns={
        "key": "key", "kind": "kind", "at": "at", "subject": "subject", "text": "body", "thread": "thread_key",
        "participants": "participants", "details": "details",
    },
    recognise=is_export,
    open_table=open_export,
    label="Slack export",
)  # fmt: skip

CONNECTORS: tuple[Connector, ...] = (EXPORT,)
