"""Messages: what the gate said of each, the whole record of one, and the queue of those that wait for a person."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.http import urlencode

from tandem.access.guard import page
from tandem.access.queries import may
from tandem.compliance import queries
from tandem.compliance.actions import approving
from tandem.compliance.contracts import Entry
from tandem.compliance.contracts.decisions import Outcome
from tandem.compliance.contracts.gate import Road
from tandem.compliance.queries import messages as reading
from tandem.compliance.queries.messages import Copy, DecisionFilters, DecisionRow, MessageRecord, Waiting
from tandem.compliance.web.forms import words
from tandem.core import exits, fragments, lists
from tandem.core.actors import ActorKind
from tandem.core.api import actor_of, moment_of
from tandem.core.errors import Conflict, InvalidInput
from tandem.core.lists import ChoiceFilter, Column, ListSpec, ListState, TextFilter

HOME, QUEUE = "/compliance/messages", "/compliance/approvals"
DECIDED = "compliance.decided"
MODES = {"every": "A: a person approves each", "policy": "B: inside a written policy", "targets": "C: chosen people"}
LABELS = {
    "decided": "Decision", "claimed": "Clearance", "claim_refused": "Refused", "departed": "Sent",
    "refused": "Not sent", "uncertain": "Uncertain", "settled": "Settled", "approved": "Approval",
    "rejected": "Rejection",
}  # fmt: skip
LIST = ListSpec(
    name="messages",
    noun="decision",
    default_sort="-at",
    columns=(
        Column(key="whom", label="To", template="compliance/cells/message.html"),
        Column(key="outcome", label="Gate", template="compliance/cells/outcome.html", sort="outcome"),
        Column(key="channel", label="Channel", sort="channel", is_optional=True),
        Column(key="basis", label="Basis", value=lambda row: row.basis.replace("_", " "), is_optional=True),
        Column(key="campaign", label="Campaign", sort="campaign", is_optional=True),
        Column(key="at", label="Asked", sort="at"),
    ),
    filters=(
        TextFilter(key="text", label="Message-ID, contact:12 or campaign"),
        ChoiceFilter(key="outcome", label="Gate", choices=words(Outcome)),
        ChoiceFilter(key="channel", label="Channel", choices=words(Road)),
        TextFilter(key="rule", label="Rule that spoke"),
    ),
    empty_title="No message has asked to leave yet",
    empty_text="Everything that wants to leave is decided here first, and its record stays.",
    empty_address="/compliance/try",
    empty_action="Try a decision",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One entry of the record as the page draws it. mark : a hand or a ruling; gap : entries in between"""

    entry: Entry
    mark: str
    label: str
    heading: str
    ruling: str
    facts: Sequence[tuple[str, str]]
    day: date | None
    gap: int


def _filters(state: ListState) -> DecisionFilters:
    names = ("text", "outcome", "channel", "rule")
    return DecisionFilters(**{name: state.text(name) for name in names})


@page("gate", "view")
def message_list(request: HttpRequest) -> HttpResponse:
    """What the gate decided, newest first."""
    state, actor = LIST.read(request.GET), actor_of(request)
    filters = _filters(state)
    rows = reading.list_decisions(actor, filters, sort=state.sort, offset=state.offset, limit=state.limit)
    total = reading.count_decisions(actor, filters)
    context = {
        "title": "Messages",
        "note": "Everything that asked to leave, with what the gate said and why. Open one for its whole record.",
        "more": [(QUEUE, "Waiting for a person")] if may(actor, "gate.decide") else [],
    }
    csv_address = f"{HOME}.csv" if may(actor, "gate.export") else ""
    listing = LIST.listing(state, rows, total=total, csv_address=csv_address)
    return lists.respond(request, "compliance/list.html", listing, context)


@page("gate", "export")
def message_csv(request: HttpRequest) -> StreamingHttpResponse:
    """The same as a file."""
    state, actor = LIST.read(request.GET), actor_of(request)
    return LIST.csv(reading.list_decisions(actor, _filters(state), sort=state.sort, limit=None), actor=actor)


@page("gate", "view")
def record_page(request: HttpRequest, key: str) -> HttpResponse:
    """The whole record of one message."""
    actor = actor_of(request)
    record = reading.message_record(actor, key)
    shown = record.copies[-1] if record.copies else None
    verified = queries.last_verification()
    context = {
        "record": record,
        "lines": list(_lines(record)),
        "copy": shown,
        "paragraphs": _paragraphs(shown),
        "heading": shown.content.subject if shown and shown.content and shown.content.subject else record.key,
        "mode": MODES[record.newest.mode],
        "verified_at": verified[0] if verified else None,
        "may_export": may(actor, "ledger.export"),
        "may_view_ledger": may(actor, "ledger.view"),
    }
    return render(request, "compliance/message.html", context)


@page("ledger", "export")
def proof(request: HttpRequest, key: str) -> HttpResponse:
    """The record as one JSON file: entries with hashes, decisions, approvals, the bytes, a checkpoint."""
    actor = actor_of(request)
    record = reading.message_record(actor, key)
    exits.leave(actor, what=f"message:{record.key}", rows=len(record.entries))
    told = record.as_dict() | {"checkpoint": queries.take_checkpoint(now=moment_of(request)).as_dict()}
    answer = HttpResponse(json.dumps(told, indent=1, default=str), content_type="application/json")
    answer["Content-Disposition"] = 'attachment; filename="message-record.json"'
    return answer


def _lines(record: MessageRecord) -> Iterator[Line]:
    by_id = {one.id: one for one in record.decisions}
    before: Entry | None = None
    for entry in record.entries:
        decision = by_id.get(json.loads(entry.facts).get("decision")) if entry.action == DECIDED else None
        deed = entry.action.rpartition(".")[2]
        yield Line(
            entry=entry,
            mark=_mark(entry, decision),
            label=LABELS.get(deed, "Event"),
            heading="" if decision else _heading(entry, deed),
            ruling=decision.outcome if decision else "",
            facts=_decision_facts(decision) if decision else _entry_facts(entry),
            day=entry.at.date() if before is None or before.at.date() != entry.at.date() else None,
            gap=entry.number - before.number - 1 if before is not None else 0,
        )
        before = entry


def _mark(entry: Entry, decision: DecisionRow | None) -> str:
    if decision is not None:
        return decision.outcome
    if entry.actor_kind == ActorKind.PERSON:
        return "person"
    return "ai" if entry.actor_id else "sys"


def _heading(entry: Entry, deed: str) -> str:
    said = {
        "claimed": "Looked at again and taken", "claim_refused": "Refused at the claim", "departed": "Handed over",
        "refused": "Did not leave", "uncertain": "Nobody can tell whether it left", "settled": "A person settled it",
        "approved": "Approved for these words", "rejected": "Rejected",
    }  # fmt: skip
    return said.get(deed) or entry.action.replace(".", ": ").replace("_", " ")


def _decision_facts(row: DecisionRow) -> list[tuple[str, str]]:
    rules = row.decision["rules"]
    told = [("Rules", f"{len(rules)} spoke, rules {row.decision['rules_version']}")]
    told += [("Because of", f"{rule['id']} {rule['version']}: {rule['why']}") for rule in row.deciding[:4]]
    told += [("Basis", row.basis.replace("_", " ") or "none")]
    if row.decision["required_content"]:
        told.append(("Must be in it", ", ".join(row.decision["required_content"]).replace("_", " ")))
    if row.decision["missing"]:
        told.append(("Missing", ", ".join(row.decision["missing"])))
    if row.hold_until:
        told.append(("Not before", f"{row.hold_until:%d %b %Y %H:%M} UTC"))
    return told


def _entry_facts(entry: Entry) -> list[tuple[str, str]]:
    facts = json.loads(entry.facts)
    return [(name.replace("_", " ").capitalize(), str(value)) for name, value in facts.items() if value]


def _paragraphs(copy: Copy | None) -> list[str]:
    if copy is None or copy.content is None:
        return []
    return [part.strip() for part in copy.content.text.split("\n\n") if part.strip()]


@page("gate", "decide")
def approvals(request: HttpRequest) -> HttpResponse:
    """The queue: one text at a time, with what the gate says beside it."""
    actor = actor_of(request)
    rows = reading.waiting(actor)
    wanted = request.GET.get("at", "")
    shown = next((one for one in rows if str(one.newest.id) == wanted), rows[0] if rows else None)
    context: dict[str, Any] = {"rows": rows, "shown": shown}
    if shown is not None:
        place = rows.index(shown)
        copy = reading.copy_of(actor, shown.newest.id, "decide")
        context |= {
            "copy": copy,
            "paragraphs": _paragraphs(copy),
            "mode": MODES[shown.newest.mode],
            "following": _following(rows, place),
            "place": place + 1,
        }
    return render(request, "compliance/approvals.html", context)


def _following(rows: Sequence[Waiting], place: int) -> str:
    after = [*rows[place + 1 :], *rows[:place]]
    return f"{QUEUE}?{urlencode({'at': after[0].newest.id})}" if after else QUEUE


@page("gate", "decide", methods=("POST",))
def answer(request: HttpRequest, decision_id: int, word: str) -> HttpResponse:
    """A person's yes or no to the text they saw."""
    actor, now = actor_of(request), moment_of(request)
    seen = request.POST.get("content_hash", "")
    to = fragments.came_from(request, QUEUE)
    try:
        if word == "approve":
            said = approving.approve(decision_id, content_hash=seen, actor=actor, now=now)
            told = "Approved. It leaves when the gate lets it."
        else:
            reason = request.POST.get("reason", "")
            said = approving.reject(decision_id, content_hash=seen, reason=reason, actor=actor, now=now)
            told = "Rejected. It does not leave."
    except (Conflict, InvalidInput) as error:
        message = " ".join(filter(None, (error.message, error.hint)))
        return fragments.done(request, message, to=f"{QUEUE}?{urlencode({'at': decision_id})}")
    return fragments.done(request, told, to=to, undo=f"{QUEUE}/{said}/undo")


@page("gate", "decide", methods=("POST",))
def undo(request: HttpRequest, approval_id: int) -> HttpResponse:
    """Take one's own answer back."""
    approving.withdraw_approval(approval_id, actor=actor_of(request), now=moment_of(request))
    return fragments.done(request, "Taken back.", to=QUEUE)


@page("gate", "view")
def find(request: HttpRequest) -> HttpResponse:
    """A Message-ID typed or pasted leads to its record."""
    key = request.GET.get("key", "").strip().strip("<>")
    return HttpResponseRedirect(f"{HOME}/{key}" if key else HOME)


urlpatterns = [
    path("compliance/messages", message_list, name="messages"),
    path("compliance/messages.csv", message_csv, name="messages_csv"),
    path("compliance/messages/<path:key>", record_page, name="message"),
    path("compliance/find-message", find, name="find_message"),
    path("compliance/message-proof/<path:key>", proof, name="message_proof"),
    path("compliance/approvals", approvals, name="approvals"),
    path("compliance/approvals/<int:decision_id>/approve", answer, {"word": "approve"}, name="approval_yes"),
    path("compliance/approvals/<int:decision_id>/reject", answer, {"word": "reject"}, name="approval_no"),
    path("compliance/approvals/<int:approval_id>/undo", undo, name="approval_undo"),
]
