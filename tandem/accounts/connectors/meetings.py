"""Meetings: transcripts (.vtt, .srt, .sbv) with or without the recording's metadata.

Read are a folder a meeting, a folder of such folders, and loose caption files, as Zoom cloud recordings, Teams and
Meet give them. "meeting.json" beside a transcript (or "<transcript>.json") is Zoom's recording metadata: uuid, topic,
start_time, duration in minutes, host_email, participants [{name, user_email}], consent. One activity a meeting; every
utterance is kept raw in the column "utterances" of the warehouse.

A caption file does not say on which day it was spoken: without metadata the day is read from the file's or folder's
name, and a meeting without any day is refused. Where the metadata says that consent to record was refused, what was
said is not taken.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from tandem.accounts.connectors.base import Connector, Table
from tandem.accounts.connectors.files.rows import RowTable, Unread
from tandem.accounts.connectors.files.text import open_text
from tandem.accounts.connectors.files.told import date_in_name
from tandem.accounts.contracts import ActivityKind, Entity, SourceKind
from tandem.accounts.domain.captions import Captions, Utterance, read_captions
from tandem.core.errors import AppError

SYSTEM = "meetings"
HEADERS = (
    "meeting_id", "kind", "at", "duration_seconds", "topic", "transcript", "participants", "host_email", "details",
    "utterances",
)  # fmt: skip
CAPTION_ENDINGS = frozenset({".vtt", ".srt", ".sbv"})
MAX_CAPTION_CHARACTERS = 20_000_000
MAX_BODY = 50_000  # characters of the dialogue on the activity itself; the whole of it is in the warehouse
METADATA_NAMES = ("meeting.json", "metadata.json", "recording.json")
REFUSED_CONSENT = frozenset({"refused", "denied", "declined", "no", "false", "withdrawn"})
_CLOCK = re.compile(r"20\d{2}[-_.]?\d{2}[-_.]?\d{2}[-_T .]+([01]\d|2[0-3])[-_:.]?([0-5]\d)")
_TIMED_LINE = re.compile(r"\d{1,2}:\d{2}[.,:]\d{1,3}.{0,8}(?:-->|,)\s*\d{1,2}:\d{2}")


def meeting_parts(path: Path) -> list[tuple[Path | None, Path | None]]:
    """The meetings below a path, in a stable order: transcript and metadata of each, either of them perhaps missing."""
    if path.is_file():
        return [(path, _metadata_of(path))]
    found: list[tuple[Path | None, Path | None]] = []
    folders = [path, *sorted(entry for entry in path.rglob("*") if entry.is_dir())]
    for folder in folders:
        captions = _captions_in(folder)
        found += [(one, _metadata_of(one)) for one in captions]
        metadata = next((folder / name for name in METADATA_NAMES if (folder / name).is_file()), None)
        if metadata is not None and not captions:
            found.append((None, metadata))
    return found


def _captions_in(folder: Path) -> list[Path]:
    """Caption files of a folder; Zoom's closed captions are left out where the transcript itself is there."""
    entries = sorted(entry for entry in folder.iterdir() if entry.suffix.lower() in CAPTION_ENDINGS)
    kept = [entry for entry in entries if not entry.name.lower().endswith(".cc.vtt")]
    return kept or entries


def _metadata_of(caption: Path) -> Path | None:
    names = [f"{caption.name}.json", f"{caption.stem}.json", f"{caption.name.split('.')[0]}.json"]
    if len(_captions_in(caption.parent)) == 1:
        names += METADATA_NAMES
    return next((caption.parent / name for name in names if (caption.parent / name).is_file()), None)


def _read(path: Path, notes: list[str]) -> Iterator[Mapping[str, str] | Unread]:
    for caption, metadata in meeting_parts(path):
        place = (caption or metadata or path).relative_to(path.parent if path.is_file() else path)
        try:
            told = _metadata(metadata)
            people = _people(told)
            captions = Captions(())
            if caption is not None and not _is_refused(told):
                captions = read_captions(_text(caption), [one["name"] for one in people])
        except (AppError, ValueError, OSError, RecursionError) as error:
            yield Unread(f"{place}: {error}")
            continue
        if caption is not None and _is_refused(told):
            notes.append(f"{place}: consent to record was refused, so what was said is not taken.")
        notes += [f"{place}: {note}" for note in captions.notes]
        yield _row(str(place), caption, metadata, told, captions)


def _text(caption: Path) -> str:
    """The file's text, cut past any length a meeting has."""
    pieces: list[str] = []
    used = 0
    for line in open_text(caption).lines():
        pieces.append(line)
        used += len(line)
        if used > MAX_CAPTION_CHARACTERS:
            break
    return "".join(pieces)


def _metadata(path: Path | None) -> dict[str, Any]:
    """Zoom's metadata, whether bare or inside a webhook's `payload.object`."""
    if path is None:
        return {}
    found = json.loads("".join(open_text(path).lines()))
    for word in ("payload", "object"):
        if isinstance(found, dict) and isinstance(found.get(word), dict):
            found = found[word]
    if not isinstance(found, dict):
        raise ValueError("the metadata is no JSON object")
    return found


def _people(told: Mapping[str, Any]) -> list[dict[str, str]]:
    """Participants with the host first; somebody without an address is listed by name."""
    host = str(told.get("host_email") or "").strip().lower()
    found: dict[str, dict[str, str]] = {}
    if host:
        found[host] = {"address": host, "name": "", "role": "organizer"}
    listed = told.get("participants")
    for one in listed if isinstance(listed, list) else []:
        if not isinstance(one, dict):
            continue
        name = " ".join(str(one.get("name") or one.get("user_name") or "").split())[:200]
        address = str(one.get("user_email") or one.get("email") or name).strip().lower()[:254]
        if address in found:
            found[address]["name"] = found[address]["name"] or name
        elif address:
            found[address] = {"address": address, "name": name, "role": "attendee"}
    return list(found.values())


def _is_refused(told: Mapping[str, Any]) -> bool:
    """Whether consent to record was refused by word; a missing word refuses nothing here."""
    consent = told.get("consent")
    if isinstance(consent, Mapping):
        consent = consent.get("status", consent.get("given"))
    return consent is False or str(consent).strip().lower() in REFUSED_CONSENT


def _row(
    place: str, caption: Path | None, metadata: Path | None, told: Mapping[str, Any], captions: Captions
) -> dict[str, str]:
    people = _with_speakers(_people(told), captions.utterances)
    minutes = told.get("duration")
    seconds = int(minutes) * 60 if isinstance(minutes, int) and minutes > 0 else round(captions.seconds)
    key = str(told.get("uuid") or told.get("id") or "") or place
    details = {
        "consent": told.get("consent"),
        "speakers": _speakers(captions.utterances),
        "utterances": len(captions.utterances),
        "transcript": caption.name if caption else None,
        "notes": list(captions.notes),
        "kind": told.get("meeting_kind") or told.get("recording_type"),
    }
    dialogue = "\n".join(f"{one.speaker}: {one.text}" if one.speaker else one.text for one in captions.utterances)
    return {
        "meeting_id": key[:250],
        "kind": ActivityKind.MEETING.value,
        "at": _moment(told, caption or metadata),
        "duration_seconds": str(seconds) if seconds else "",
        "topic": str(told.get("topic") or "")[:400] or (caption.stem if caption else "")[:400],
        "transcript": dialogue[:MAX_BODY],
        "participants": json.dumps(people, ensure_ascii=False),
        "host_email": str(told.get("host_email") or "").strip().lower(),
        "details": json.dumps({word: value for word, value in details.items() if value}, ensure_ascii=False),
        "utterances": json.dumps(
            [[one.start, one.end, one.speaker, one.text] for one in captions.utterances], ensure_ascii=False
        ),
    }


def _with_speakers(people: list[dict[str, str]], utterances: tuple[Utterance, ...]) -> list[dict[str, str]]:
    """Who spoke and is on no list takes part too."""
    known = {one["name"].casefold() for one in people} | {one["address"] for one in people}
    speakers = dict.fromkeys(one.speaker for one in utterances if one.speaker)
    more = [name for name in speakers if name.casefold() not in known]
    return [*people, *({"address": name.lower()[:254], "name": name[:200], "role": "attendee"} for name in more)]


def _speakers(utterances: tuple[Utterance, ...]) -> dict[str, dict[str, float]]:
    """Words and seconds of talk by speaker."""
    words: dict[str, int] = defaultdict(int)
    seconds: dict[str, float] = defaultdict(float)
    for one in utterances:
        words[one.speaker] += len(one.text.split())
        if one.start is not None and one.end is not None and one.end > one.start:
            seconds[one.speaker] += one.end - one.start
    return {name: {"words": words[name], "seconds": round(seconds[name], 1)} for name in words if name}


def _moment(told: Mapping[str, Any], named: Path | None) -> str:
    """When it began: told by the metadata, else by the name of file or folder, else ""."""
    start = told.get("start_time") or told.get("started_at")
    if isinstance(start, int | float):
        return datetime.fromtimestamp(start / 1000 if start > 1e11 else start, UTC).isoformat(timespec="seconds")
    if start:
        return str(start)
    for path in (named, named.parent) if named is not None else ():
        day = date_in_name(path)
        if day:
            clock = _CLOCK.search(path.name)
            return f"{day}T{clock[1]}:{clock[2]}:00Z" if clock else day
    return ""


def open_meetings(path: Path) -> Table:
    """Meetings as a table, one a row."""
    notes: list[str] = []
    return RowTable(HEADERS, partial(_read, path, notes), row_estimate=len(meeting_parts(path)), told=notes)


def is_meeting(path: Path) -> bool:
    """Whether a file is a transcript, a folder a meeting, or a folder one of nothing but meetings."""
    if path.is_file():
        return path.suffix.lower() in CAPTION_ENDINGS and _is_caption(path)
    entries = [entry for entry in sorted(path.iterdir()) if not entry.name.startswith(".")]
    if not entries:
        return False
    if any(entry.is_file() for entry in entries):
        return _is_meeting_folder(entries)
    return all(_is_meeting_folder(list(entry.iterdir())) for entry in entries[:50])


def _is_meeting_folder(entries: list[Path]) -> bool:
    """Transcripts with nothing beside them but metadata, chat, notes and recordings; or Zoom's metadata alone."""
    has_transcript = any(entry.suffix.lower() in CAPTION_ENDINGS for entry in entries)
    has_metadata = any(entry.name in METADATA_NAMES for entry in entries)
    beside = CAPTION_ENDINGS | {".json", ".txt", ".m4a", ".mp4", ".mp3", ".wav", ".md", ".pdf", ""}
    return (has_transcript or has_metadata) and all(entry.suffix.lower() in beside for entry in entries)


def _is_caption(path: Path) -> bool:
    try:
        head = "".join(line for _, line in zip(range(200), open_text(path).lines(), strict=False))
    except (AppError, OSError):
        return False
    return head.lstrip("\ufeff \n").startswith("WEBVTT") or bool(_TIMED_LINE.search(head))


MEETINGS = Connector(
    system=SYSTEM,
    entity=Entity.ACTIVITY,
    source_kind=SourceKind.MEETINGS,
    file_names=("*.vtt", "*.srt", "*.sbv"),
    columns={
        "meetingid": "key", "kind": "kind", "at": "at", "durationseconds": "duration_seconds", "topic": "subject",
        "transcript": "body", "participants": "participants", "hostemail": "owner_email", "details": "details",
    },
    recognise=is_meeting,
    open_table=open_meetings,
    label="Meetings",
)  # fmt: skip

CONNECTORS: tuple[Connector, ...] = (MEETINGS,)
