"""What agents that a vendor runs have sent and got back: Outreach, Salesloft, Apollo, as their services answer.

Read are saved answers, one in a file, one a line, or a folder of them: Outreach GET /api/v2/mailings?include=prospect
(JSON:API), Salesloft GET /v2/activities/emails, Apollo GET /api/v1/emailer_messages/search. Each mail that went out is
a touch; an answer is a second one at the moment the vendor gives (Salesloft and Apollo give none: then of the mail).
Bounces, opt-outs and complaints go into the suppression registry like those of mail servers. Drafts and what is only
scheduled are refused. 11x and Artisan document no export: their lists come in by a mapping file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from tandem.accounts.connectors import shaping
from tandem.accounts.connectors.base import Connector, Table
from tandem.accounts.connectors.files.json_documents import begins_with, documents, rows_at, text_at
from tandem.accounts.connectors.files.rows import RowTable, Unread
from tandem.accounts.connectors.news import moment_of
from tandem.accounts.contracts import ActivityKind, Entity, SourceKind

OUTREACH, SALESLOFT, APOLLO = "outreach", "salesloft", "apollo-sequences"
HEADERS = ("key", "kind", "at", "subject", "body", "inbound", "thread", "participants", "details", "contact")
OPT_OUT = "unsubscribe"  # the one of Apollo's classes of replies that forbids further mail


@dataclass(frozen=True, slots=True, kw_only=True)
class _Mail:
    """One mail as its vendor tells of it. told : what became of it, only what is so"""

    key: str
    at: str
    to: str
    name: str = ""
    sender: str = ""
    subject: str = ""
    body: str = ""
    replied_at: str = ""
    has_reply: bool = False
    bounced: bool = False
    opted_out: bool = False
    complained: bool = False
    contact: str = ""
    told: Mapping[str, Any] = field(default_factory=dict)


def _object(row: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """An object under a key; empty where there is none."""
    found = row.get(name)
    return found if isinstance(found, dict) else {}


def _outreach(answer: Any) -> Iterator[_Mail | Unread]:
    prospects = {text_at(one, "id"): one for one in rows_at(answer, "included") if text_at(one, "type") == "prospect"}
    for row in rows_at(answer, "data"):
        if text_at(row, "type") != "mailing":
            continue
        told = _object(row, "attributes")
        contact = text_at(row, "relationships", "prospect", "data", "id")
        person = prospects.get(contact, {})
        addresses = _object(person, "attributes").get("emails")
        names = (text_at(person, "attributes", "firstName"), text_at(person, "attributes", "lastName"))
        yield _Mail(
            key=text_at(row, "id"), at=moment_of(text_at(told, "deliveredAt")), contact=contact,
            to=text_at(told, "toAddress") or (str(addresses[0]) if isinstance(addresses, list) and addresses else ""),
            name=" ".join(filter(None, names)),
            sender=text_at(told, "mailboxAddress"), subject=text_at(told, "subject"), body=text_at(told, "bodyText"),
            replied_at=moment_of(text_at(told, "repliedAt")), has_reply=bool(told.get("repliedAt")),
            bounced=bool(told.get("bouncedAt")), opted_out=bool(told.get("unsubscribedAt")),
            complained=bool(told.get("markedAsSpamAt")),
            told={"state": told.get("state"), "opens": told.get("openCount"), "clicks": told.get("clickCount")},
        )  # fmt: skip


def _salesloft(answer: Any) -> Iterator[_Mail | Unread]:
    for row in rows_at(answer, "data"):
        counts = _object(row, "counts")
        yield _Mail(
            key=text_at(row, "id"), at=moment_of(text_at(row, "sent_at")), contact=text_at(row, "recipient", "id"),
            to=text_at(row, "recipient_email_address"), subject=text_at(row, "subject"),
            has_reply=bool(counts.get("replies")), bounced=bool(row.get("bounced") or counts.get("bounces")),
            told={"state": row.get("status"), "opens": counts.get("views"), "clicks": counts.get("clicks"),
                  "cadence": text_at(row, "cadence", "id")},
        )  # fmt: skip


def _apollo(answer: Any) -> Iterator[_Mail | Unread]:
    for row in rows_at(answer, "emailer_messages"):
        reply = text_at(row, "reply_class")
        yield _Mail(
            key=text_at(row, "id"), at=moment_of(text_at(row, "completed_at")), contact=text_at(row, "contact_id"),
            to=text_at(row, "to_email"), name=text_at(row, "to_name"), sender=text_at(row, "from_email"),
            subject=text_at(row, "subject"), body=text_at(row, "body_text"),
            has_reply=bool(row.get("replied")) or bool(reply), bounced=bool(row.get("bounce")),
            opted_out=reply == OPT_OUT,
            told={"state": row.get("status"), "reply": reply, "sequence": text_at(row, "campaign_name")},
        )  # fmt: skip


def _rows(vendor: str, mail: _Mail) -> Iterator[Mapping[str, str] | Unread]:
    if not mail.key or not mail.to:
        yield Unread("the mail has no id or nobody it went to", mail.subject)
        return
    if not mail.at:
        yield Unread("the mail has not been sent", mail.key)
        return
    address = mail.to.strip().lower()
    people = [{"address": address, "name": mail.name, "role": "to"}]
    people += [{"address": mail.sender.strip().lower(), "name": "", "role": "from"}] if mail.sender else []
    reported = {
        "bounced": [address] if mail.bounced else [], "unsubscribed": [address] if mail.opted_out else [],
        "complained": [address] if mail.complained else [],
    }  # fmt: skip
    told = {"agent": vendor, **mail.told, **reported}
    details = {word: value for word, value in told.items() if value not in (None, "", [], 0)}
    shared = {
        "kind": ActivityKind.EMAIL.value,
        "subject": mail.subject,
        "thread": f"{vendor}:{mail.key}",
        "contact": mail.contact,
    }
    yield {
        "key": mail.key, "at": mail.at, "body": mail.body, "inbound": "false", "participants": shaping.as_json(people),
        "details": shaping.as_json(details), **shared,
    }  # fmt: skip
    if mail.has_reply:
        turned = [{**one, "role": {"to": "from", "from": "to"}[one["role"]]} for one in people]
        yield {
            "key": f"{mail.key}:reply", "at": mail.replied_at or mail.at, "body": "", "inbound": "true",
            "participants": shaping.as_json(turned), "details": shaping.as_json({"agent": vendor}), **shared,
        }  # fmt: skip


Shape = Callable[[Any], Iterator[_Mail | Unread]]


def _read(path: Path, vendor: str, shape: Shape) -> Iterator[Mapping[str, str] | Unread]:
    for found in documents(path):
        if isinstance(found, Unread):
            yield found
            continue
        for mail in shape(found[1]):
            if isinstance(mail, Unread):
                yield mail
            else:
                yield from _rows(vendor, mail)


def _open(path: Path, vendor: str, shape: Shape) -> Table:
    return RowTable(HEADERS, partial(_read, path, vendor, shape))


class _Recognise:
    """Whether a file holds the words of a vendor's answers. A class, so that it travels to another process."""

    def __init__(self, *words: str) -> None:
        self.words = words

    def __call__(self, path: Path) -> bool:
        return begins_with(path, self.words)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Recognise) and self.words == other.words

    def __hash__(self) -> int:
        return hash(self.words)


def _agent(vendor: str, label: str, words: tuple[str, ...], shape: Shape) -> Connector:
    return Connector(
        system=vendor,
        entity=Entity.ACTIVITY,
        source_kind=SourceKind.MAIL,
        file_names=(f"*{vendor}*.json", f"*{vendor}*.jsonl"),
        columns={
            "key": "key", "kind": "kind", "at": "at", "subject": "subject", "body": "body", "inbound": "is_inbound",
            "thread": "thread_key", "participants": "participants", "details": "details", "contact": "contact_key",
        },
        recognise=_Recognise(*words),
        open_table=partial(_open, vendor=vendor, shape=shape),
        label=label,
    )  # fmt: skip


CONNECTORS: tuple[Connector, ...] = (
    _agent(OUTREACH, "Outreach mailings", ("data", "mailing", "attributes"), _outreach),
    _agent(SALESLOFT, "Salesloft emails", ("data", "recipient_email_address"), _salesloft),
    _agent(APOLLO, "Apollo sequence mails", ("emailer_messages",), _apollo),
)
