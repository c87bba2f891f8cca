"""Where checkpoints of the ledger are kept outside, and where its entries are streamed to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class AnchorKind(StrEnum):
    """How a checkpoint leaves the house."""

    FILE = "file"
    MAIL = "mail"
    GIT = "git"
    WEBHOOK = "webhook"


class StreamKind(StrEnum):
    """How entries leave the house. SHELL streams only keep their place; `tandem ledger stream` drives them."""

    SYSLOG_TCP = "syslog_tcp"
    SYSLOG_TLS = "syslog_tls"
    SYSLOG_UDP = "syslog_udp"
    WEBHOOK = "webhook"
    SHELL = "shell"


class StreamFormat(StrEnum):
    """ECS: Elastic Common Schema. RAW: the line that `tandem ledger export` writes."""

    ECS = "ecs"
    RAW = "raw"


@dataclass(frozen=True, slots=True, kw_only=True)
class AnchorDocument:
    """A checkpoint on its way out.

    name : of the file, unlike that of any other checkpoint
    body : the JSON, UTF-8
    title : one line for a subject or a commit
    """

    name: str
    body: bytes
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AnchorState:
    """One place outside that keeps checkpoints.

    target : folder, address or URL
    anchored_at, anchored_number : the last checkpoint that arrived; None: none yet
    kept_as : what the place said of it: file, Message-ID, commit, status
    error : of the last try; empty when it worked
    failures : tries in a row that failed
    next_due_at : when it is tried again; None: with the next night
    """

    id: int
    kind: AnchorKind
    name: str
    target: str
    is_on: bool
    added_at: datetime
    anchored_at: datetime | None = None
    anchored_number: int | None = None
    kept_as: str = ""
    error: str = ""
    failures: int = 0
    next_due_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamState:
    """One receiver of the ledger's entries.

    cursor : number of the last entry that was handed over; what follows comes next, and nothing is left out
    behind : entries that it has not got yet
    sent_at : when the last ones were handed over; None: none yet
    error, failures, next_due_at : as with anchors; None: with the next minute
    """

    id: int
    kind: StreamKind
    name: str
    target: str
    format: StreamFormat
    is_on: bool
    added_at: datetime
    cursor: int
    behind: int = 0
    sent_at: datetime | None = None
    error: str = ""
    failures: int = 0
    next_due_at: datetime | None = None
