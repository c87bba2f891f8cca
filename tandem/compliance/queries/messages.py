"""Messages as people look them up: what the gate decided, what waits for a person, and the whole record of one."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from tandem.access.contracts import Reach
from tandem.access.queries import sight_of
from tandem.compliance.contracts import Entry
from tandem.compliance.contracts.gate import Road
from tandem.compliance.domain import chain, message_content
from tandem.compliance.domain.message_content import MessageContent
from tandem.compliance.models import Approval, Clearance, GateDecision, MessageCopy
from tandem.compliance.queries.gate import names_of
from tandem.compliance.queries.ledger import entries_about
from tandem.core.actors import Actor
from tandem.core.errors import InvalidInput, NotFound

LEFT = ("claimed", "departed", "uncertain")
SORTS = {"at": "decided_at", "channel": "channel", "outcome": "outcome", "campaign": "campaign"}


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionRow:
    """A decision as lists show it. whom : name and company, or the key where they are not known (any more)"""

    id: int
    at: datetime
    key: str
    whom: str
    subject: str
    channel: str
    purpose: str
    campaign: str
    place: str
    mode: str
    outcome: str
    hold_until: datetime | None
    basis: str
    explanation: str
    owner: str
    content_hash: str
    message_hash: str
    people_needed: int
    decision: Mapping[str, Any]

    @property
    def deciding(self) -> Sequence[Mapping[str, Any]]:
        """The rules that made it what it is."""
        effects = {"allow": ("allow",), "hold": ("hold",), "review": ("review",), "block": ("block",)}[self.outcome]
        return [rule for rule in self.decision["rules"] if rule["effect"] in effects]


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionFilters:
    """What a list asks for; empty: not asked. text : a message key, a contact key, or a campaign"""

    text: str = ""
    outcome: str = ""
    channel: str = ""
    rule: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One person's answer to a text."""

    id: int
    person_id: int
    person: str
    is_yes: bool
    at: datetime
    reason: str
    withdrawn_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """The bytes of a message, as they are kept. `raw` None: removed, and why."""

    message_hash: str
    size: int
    raw: bytes | None
    content: MessageContent | None
    removed_at: datetime | None
    removed_why: str

    def as_dict(self) -> dict[str, Any]:
        """Ready for JSON; the bytes as base64."""
        return {
            "message_hash": self.message_hash,
            "size": self.size,
            "bytes": base64.b64encode(self.raw).decode() if self.raw is not None else None,
            "removed_at": self.removed_at,
            "removed_why": self.removed_why,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A text in the queue. newest : the latest decision about it"""

    newest: DecisionRow
    heading: str
    approvals: Sequence[Said]
    approvals_missing: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageRecord:
    """Everything about one message, oldest first.

    entries : of the ledger; intact : how many of them still have the hash they were written with
    """

    key: str
    whom: str
    decisions: Sequence[DecisionRow]
    approvals: Sequence[Said]
    clearances: Sequence[Mapping[str, Any]]
    copies: Sequence[Copy]
    entries: Sequence[Entry]
    intact: int

    @property
    def newest(self) -> DecisionRow:
        """The latest decision."""
        return self.decisions[-1]

    @property
    def left(self) -> Mapping[str, Any] | None:
        """The clearance that was used; None: nothing left."""
        return next((one for one in self.clearances if one["state"] in LEFT), None)

    def as_dict(self) -> dict[str, Any]:
        """Ready for JSON; the bytes as base64."""
        return {
            "message": self.key,
            "whom": self.whom,
            "decisions": [asdict(one) for one in self.decisions],
            "approvals": [asdict(one) for one in self.approvals],
            "clearances": [dict(one) for one in self.clearances],
            "copies": [copy.as_dict() for copy in self.copies],
            "entries": [entry.as_dict() for entry in self.entries],
            "intact": self.intact,
        }


def decisions_in_sight(actor: Actor, verb: str = "view") -> QuerySet[GateDecision]:
    """Decisions the actor may touch: of contacts in their sight, and those they asked for themselves."""
    sight = sight_of(actor, verb, "gate")
    rows = GateDecision.objects.all()
    if sight.reach is Reach.ALL:
        return rows
    mine = Q(owner_id__in=sight.person_ids)
    if sight.reach is not Reach.NONE:
        mine |= Q(actor_kind=actor.kind.value, actor_id=actor.id)
    return rows.filter(mine)


def list_decisions(
    actor: Actor, filters: DecisionFilters, *, sort: str = "-at", offset: int = 0, limit: int | None = 50
) -> list[DecisionRow]:
    """Decisions in the actor's sight, newest first unless sorted otherwise. limit None: all that follow."""
    word, down = sort.lstrip("-"), sort.startswith("-")
    rows = _chosen(actor, filters).order_by(("-" if down else "") + SORTS.get(word, "decided_at"), "-id")
    return _rows(rows[offset:] if limit is None else rows[offset : offset + limit])


def count_decisions(actor: Actor, filters: DecisionFilters) -> int:
    """How many decisions the list has."""
    return _chosen(actor, filters).count()


def get_decision(actor: Actor, decision_id: int, verb: str = "view") -> DecisionRow:
    """One decision. Raises NotFound, also when it is out of sight."""
    found = _rows(decisions_in_sight(actor, verb).filter(id=decision_id))
    if not found:
        raise NotFound(f"There is no decision {decision_id}.", hint="Look for the message under Messages.")
    return found[0]


def _chosen(actor: Actor, filters: DecisionFilters) -> QuerySet[GateDecision]:
    rows = decisions_in_sight(actor)
    wanted = {"outcome": filters.outcome, "channel": filters.channel}
    rows = rows.filter(**{name: value for name, value in wanted.items() if value})
    if filters.text:
        text = filters.text.strip(" <>")
        rows = rows.filter(Q(message_key=text) | Q(subject=text) | Q(campaign=text) | Q(touch=text))
    if filters.rule:
        rows = rows.filter(decision__rules__icontains=f'"{filters.rule}"')
    return rows


def _rows(rows: QuerySet[GateDecision]) -> list[DecisionRow]:
    found = list(rows.select_related("owner"))
    names = names_of([(row.subject, row.account) for row in found])
    return [_row(row, names) for row in found]


def _row(row: GateDecision, names: Mapping[tuple[str, str], str]) -> DecisionRow:
    return DecisionRow(
        id=row.id,
        at=row.decided_at,
        key=row.message_key,
        whom=names.get((row.subject, row.account)) or row.subject or "somebody unknown",
        subject=row.subject,
        channel=row.channel,
        purpose=row.purpose,
        campaign=row.campaign,
        place=row.place,
        mode=row.mode,
        outcome=row.outcome,
        hold_until=row.hold_until,
        basis=row.basis,
        explanation=row.decision["explanation"],
        owner=row.owner.name if row.owner else "",
        content_hash=row.content_hash,
        message_hash=row.message_hash,
        people_needed=row.facts.get("people_needed", 1),
        decision=row.decision,
    )


def waiting(actor: Actor, *, limit: int = 100) -> list[Waiting]:
    """Texts that a person must look at, that this actor may decide on, oldest first; each once, by its newest decision.

    A text that has left, was changed since, or was answered with enough approvals is not in it.
    """
    later = GateDecision.objects.filter(touch=OuterRef("touch"), id__gt=OuterRef("id"))
    gone = Clearance.objects.filter(touch=OuterRef("touch"), state__in=LEFT)
    rows = decisions_in_sight(actor, "decide").filter(outcome="review").exclude(Exists(later)).exclude(Exists(gone))
    rows = rows.order_by("decided_at", "id")[:limit]
    decisions = _rows(rows)
    said = _said({one.content_hash for one in decisions})
    copies = _copies({one.message_hash for one in decisions}, {one.message_hash: one.channel for one in decisions})
    found = []
    for one in decisions:
        standing = [two for two in said.get(one.content_hash, []) if two.withdrawn_at is None]
        missing = one.people_needed - sum(two.is_yes for two in standing)
        if missing > 0 and all(two.is_yes for two in standing):
            copy = copies.get(one.message_hash)
            heading = copy.content.subject if copy and copy.content else ""
            found.append(
                Waiting(newest=one, heading=heading or one.whom, approvals=standing, approvals_missing=missing)
            )
    return found


def count_waiting(actor: Actor) -> int:
    """How many texts wait for this person, who has not answered for them yet. One query."""
    later = GateDecision.objects.filter(touch=OuterRef("touch"), id__gt=OuterRef("id"))
    gone = Clearance.objects.filter(touch=OuterRef("touch"), state__in=LEFT)
    answered = Approval.objects.filter(
        content_hash=OuterRef("content_hash"), touch=OuterRef("touch"), person_id=actor.id, withdrawn_at=None
    )
    rows = decisions_in_sight(actor, "decide").filter(outcome="review")
    return rows.exclude(Exists(later)).exclude(Exists(gone)).exclude(Exists(answered)).count()


def copy_of(actor: Actor, decision_id: int, verb: str = "view") -> Copy | None:
    """The bytes a decision was about; None: none were kept. Raises NotFound out of sight."""
    row = get_decision(actor, decision_id, verb)
    return _copies({row.message_hash}, {row.message_hash: row.channel}).get(row.message_hash)


def message_record(actor: Actor, key: str) -> MessageRecord:
    """The whole record of a message, by its Message-ID or its key. A handful of indexed queries.

    Raises NotFound, also when it is out of the actor's sight.
    """
    key = key.strip().strip("<>")
    decisions = _rows(decisions_in_sight(actor).filter(message_key=key).order_by("id"))
    if not decisions:
        raise NotFound(f"There is no message {key!r}.", hint="Give the Message-ID, or look under Messages.")
    clearances = list(
        Clearance.objects.filter(message_key=key)
        .order_by("id")
        .values("id", "state", "issued_at", "expires_at", "claimed_at", "departed_at", "reference", "reason",
                "message_hash", "touch")
    )  # fmt: skip
    said = _said({one.content_hash for one in decisions})
    entries = entries_about(f"message:{key}")
    roads = {one.message_hash: one.channel for one in decisions}
    return MessageRecord(
        key=key,
        whom=decisions[-1].whom,
        decisions=decisions,
        approvals=sorted((one for some in said.values() for one in some), key=lambda one: one.at),
        clearances=clearances,
        copies=list(_copies(set(roads), roads).values()),
        entries=entries,
        intact=sum(chain.entry_hash(one) == one.hash for one in entries),
    )


def find_message_record(actor: Actor, key: str) -> MessageRecord | None:
    """The record, or None when there is no such message in sight."""
    try:
        return message_record(actor, key)
    except NotFound:
        return None


def standing_answers(texts: Iterable[tuple[str, str]]) -> dict[tuple[str, str], list[Said]]:
    """What people said to texts and have not taken back, by (content hash, touch); who was not answered is left out.

    One query. The caller has checked sight.
    """
    wanted = set(texts)
    rows = Approval.objects.filter(
        content_hash__in={one for one, _ in wanted}, touch__in={touch for _, touch in wanted}, withdrawn_at=None
    )
    found: dict[tuple[str, str], list[Said]] = {}
    for row in rows.select_related("person").order_by("at", "id"):
        if (row.content_hash, row.touch) in wanted:
            found.setdefault((row.content_hash, row.touch), []).append(_answer(row))
    return found


def _answer(row: Approval) -> Said:
    return Said(
        id=row.id, person_id=row.person_id, person=row.person.name, is_yes=row.is_yes, at=row.at, reason=row.reason,
        withdrawn_at=row.withdrawn_at,
    )  # fmt: skip


def _said(content_hashes: set[str]) -> dict[str, list[Said]]:
    rows = Approval.objects.filter(content_hash__in=content_hashes).select_related("person").order_by("at", "id")
    found: dict[str, list[Said]] = {}
    for row in rows:
        found.setdefault(row.content_hash, []).append(_answer(row))
    return found


def _copies(hashes: set[str], roads: Mapping[str, str]) -> dict[str, Copy]:
    rows = MessageCopy.objects.filter(message_hash__in=hashes).order_by("id")
    return {row.message_hash: _copy(row, Road(roads[row.message_hash])) for row in rows}


def _copy(row: MessageCopy, road: Road) -> Copy:
    raw = zlib.decompress(bytes(row.content)) if row.content is not None else None
    content: MessageContent | None = None
    if raw is not None:
        try:
            content = message_content.read(road, raw)
        except InvalidInput:  # kept by an older version that took what this one does not
            content = None
    return Copy(
        message_hash=row.message_hash,
        size=row.size,
        raw=raw,
        content=content,
        removed_at=row.removed_at,
        removed_why=row.removed_why,
    )
