"""Drafts and their evidence in files: texts with or without a Subject line, whole mails; evidence as JSON or text."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from tandem.agents.contracts import Evidence
from tandem.core.errors import DataUnreadable
from tandem.engagement.domain.norms import has_pack, known_tag

MOST_BYTES = 1_000_000
HEADER = re.compile(r"^[A-Za-z][A-Za-z0-9-]{1,40}:[ \t]")
MAIL_HEADERS = frozenset({"from", "to", "date", "mime-version", "content-type", "message-id"})
CUT = re.compile(r"^(?:--|-- |—|_{3,}|-{3,})$")
FOOTER = re.compile(
    r"unsubscribe|opt[- ]out|abmelden|abbestellen|désabonn|désinscri|darse de baja|cancelar (?:la )?suscripción"
    r"|afmelden|uitschrijven|配信停止|購読解除",
    re.I,
)
TAGS = re.compile(r"<(?:br|/p|/div|/tr)[^>]*>", re.I)


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftFile:
    """A draft out of a file, without its footer. has_subject : the file names one, if empty"""

    subject: str
    body: str
    has_subject: bool


def read_draft(raw: bytes, *, name: str) -> DraftFile:
    """A draft from the bytes of a file. Raises DataUnreadable for what is no text, empty, or a mail without text."""
    if len(raw) > MOST_BYTES:
        raise DataUnreadable("A draft has at most one million bytes.", code="draft.too_large", context={"file": name})
    text = _decoded(raw, name)
    if _is_mail(text):
        subject, body, told = _mail(raw, name)
    else:
        subject, body, told = _headed(text)
    body = without_footer(body).strip("\n")
    if not body.strip():
        raise DataUnreadable("The draft is empty.", hint="Give a file with a text.", context={"file": name})
    return DraftFile(subject=subject, body=body, has_subject=told)


def _decoded(raw: bytes, name: str) -> str:
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        if _is_mail(raw.decode("latin-1")):
            return raw.decode("latin-1")
        hint = "Save it as UTF-8, or give the whole mail with its Content-Type."
        raise DataUnreadable("The draft is no UTF-8 text.", hint=hint, context={"file": name}) from None
    if "\x00" in text:
        raise DataUnreadable("The draft is no text file.", hint="Give plain text or a mail.", context={"file": name})
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _is_mail(text: str) -> bool:
    """Whether a file is a whole mail: its first lines are headers, and one of them is of mail alone."""
    names: list[str] = []
    for line in text.split("\n"):
        line = line.rstrip("\r")
        if not line.strip():
            break
        if line[0] in " \t" and names:
            continue
        if not HEADER.match(line):
            return False
        names.append(line.split(":", 1)[0].casefold())
    return any(one in MAIL_HEADERS for one in names)


def _headed(text: str) -> tuple[str, str, bool]:
    """Subject and body of a text that may begin with "Subject: ..."."""
    match = re.match(r"\s*(?:subject|betreff|objet|asunto|onderwerp|件名)\s*[:：][ \t]*(.*)(?:\n|$)", text, re.I)
    return (match[1].strip(), text[match.end() :], True) if match else ("", text, False)


def _mail(raw: bytes, name: str) -> tuple[str, str, bool]:
    try:
        message = message_from_bytes(raw, policy=policy.default)
        part = message.get_body(preferencelist=("plain", "html")) if isinstance(message, EmailMessage) else None
        body = str(part.get_content()) if part is not None else ""
        subject = str(message.get("Subject", ""))
    except (LookupError, ValueError, AttributeError, KeyError) as error:
        hint = "Give the text alone, with a Subject line on top."
        raise DataUnreadable(f"The mail can't be read: {error}.", hint=hint, context={"file": name}) from error
    if part is not None and part.get_content_subtype() == "html":
        body = re.sub(r"<[^>]+>", "", TAGS.sub("\n", body))
    return subject.strip(), body.replace("\r\n", "\n"), "Subject" in message


def without_footer(body: str) -> str:
    """A body without what the sender adds below: everything behind a dividing line, and last lines that unsubscribe.

    >>> without_footer("Hi Ada,\\n\\nText.\\n\\nMaya\\n\\n-- \\nAcme, 1 Road\\nUnsubscribe: https://a.example/u")
    'Hi Ada,\\n\\nText.\\n\\nMaya'
    """
    lines = body.split("\n")
    cut = next((place for place, line in enumerate(lines) if CUT.match(line.rstrip("\r"))), len(lines))
    kept = "\n".join(lines[:cut]).rstrip()
    parts = re.split(r"\n\s*\n", kept)
    while len(parts) > 1 and FOOTER.search(parts[-1]):
        parts.pop()
    return "\n\n".join(parts).rstrip()


def read_evidence(raw: bytes, *, name: str) -> tuple[tuple[Evidence, ...], str]:
    """Pieces of evidence with the id of the opening's fact (empty: any).

    A JSON list of {"id", "text", "source", "at", "url"} or texts, an object with "evidence" and "opening_fact", JSON
    lines, or a plain text, which is one piece. Raises DataUnreadable.
    """
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataUnreadable("The evidence is no UTF-8 text.", context={"file": name}) from error
    told = _json_of(text)
    if told is None:
        told = [text]
    opening = str(told.get("opening_fact") or "") if isinstance(told, Mapping) else ""
    rows = told.get("evidence", told.get("facts", [])) if isinstance(told, Mapping) else told
    if isinstance(told, Mapping) and not rows and "text" in told:
        rows = [told]
    if not isinstance(rows, Sequence) or isinstance(rows, str):
        raise DataUnreadable("The evidence is no list.", hint=EVIDENCE_HINT, context={"file": name})
    return tuple(_piece(row, place, name) for place, row in enumerate(rows, start=1)), opening


EVIDENCE_HINT = 'Such as [{"id": "news/1", "text": "...", "source": "Reuters", "at": "2026-11-03"}].'


def _json_of(text: str) -> Any:
    bare = text.strip()
    if not bare or bare[0] not in "[{":
        return None
    try:
        return json.loads(bare)
    except (ValueError, RecursionError):
        pass
    try:
        return [json.loads(line) for line in bare.splitlines() if line.strip()]
    except (ValueError, RecursionError):
        return None


def _piece(row: object, place: int, name: str) -> Evidence:
    if isinstance(row, str):
        row = {"text": row}
    if not isinstance(row, Mapping) or not isinstance(row.get("text"), str):
        raise DataUnreadable(
            "A piece of evidence has no text.", hint=EVIDENCE_HINT, context={"file": name, "entry": place}
        )
    return Evidence(
        id=str(row.get("id") or f"evidence:{place}"),
        text=row["text"],
        source=str(row.get("source") or ""),
        at=_moment(row.get("at") or row.get("date"), place, name),
        url=str(row.get("url") or ""),
    )


def _moment(told: object, place: int, name: str) -> datetime | None:
    if not told:
        return None
    try:
        moment = datetime.fromisoformat(str(told).replace("Z", "+00:00"))
    except ValueError as error:
        hint = "Write ISO 8601: 2026-11-03 or 2026-11-03T09:30:00Z."
        raise DataUnreadable(f"{told!r} is no day.", hint=hint, context={"file": name, "entry": place}) from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def tag_for(locale: str, found: str) -> str | None:
    """The norm pack for what was asked, else for the language a text was found to be in; None: there is none."""
    wanted = locale or found or "en-US"
    if not has_pack(wanted):
        return None
    return "en-US" if wanted.casefold() == "en" else known_tag(wanted)
