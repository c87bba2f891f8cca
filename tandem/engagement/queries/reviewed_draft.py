"""Everything a person needs to decide on one draft: to whom, why now, what it rests on, what the gate says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from tandem.compliance.contracts.gate import Mode
from tandem.compliance.queries.messages import Said, decisions_in_sight, standing_answers
from tandem.core.actors import Actor
from tandem.core.errors import NotFound
from tandem.engagement.contracts import CHANNELS, MODE_WORDS, DraftState, TouchState
from tandem.engagement.domain.norms import norms_of
from tandem.engagement.domain.review import Marked, Piece, around, paragraphs, people_needed
from tandem.engagement.domain.sentences import count_words
from tandem.engagement.domain.texts import Text, parts_of
from tandem.engagement.models import Draft, Touch
from tandem.engagement.queries.context import ColleagueSeen, ReplySeen, TouchSeen, shared_context
from tandem.engagement.queries.review import WaitingDraft, drafts_in_sight
from tandem.engagement.queries.worth import touches_above
from tandem.prospecting.contracts import Rank
from tandem.prospecting.queries.ranking import latest_ranks
from tandem.prospecting.queries.research import RationaleView, rationale_of

SHOWN_TOUCHES, SHOWN_MAILS, SHOWN_COLLEAGUES = 12, 6, 5
LEFT_WITH = (
    DraftState.APPROVED.value,
    DraftState.PROPOSED.value,
)  # of a touch that was sent: in autopilot nobody approved
WIDEST_MARK = 0.5  # of the body; what is about more of it is told below, not marked
STRICTEST = ("block", "review", "hold")


@dataclass(frozen=True, slots=True, kw_only=True)
class UsedFact:
    """A fact that the draft uses.

    number : its mark in the text, from 1; url : outside, empty: none
    said : what the source says around it: before, the words that the text has too, after
    """

    number: int
    id: str
    text: str
    said: tuple[str, str, str]
    source: str
    url: str
    date: str
    is_opening: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A violation. start, end : characters of the body; both 0: the whole"""

    rule: str
    message: str
    is_hard: bool
    start: int = 0
    end: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class GateWord:
    """What the gate said about the text.

    rules : (id, version, why) of those that decide
    must_have : what laws want in it; missing : facts nobody knows
    people_needed, approved_by : approvals asked for, and given for these very words
    """

    id: int
    outcome: str
    hold_until: datetime | None
    basis: str
    explanation: str
    rules: Sequence[tuple[str, str, str]]
    must_have: Sequence[str]
    missing: Sequence[str]
    message_key: str
    people_needed: int
    approved_by: Sequence[Said]


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadMail:
    """A message of the conversation so far. is_theirs : they wrote it"""

    at: datetime
    subject: str
    text: str
    is_theirs: bool
    label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftInReview:
    """One draft with all that is known around it.

    is_waiting : somebody may still decide on it
    mode : who decides about such messages, in words
    sends_at : in the recipient's own time, where it is known
    most_words : what the step allows; None: the channel's own limit
    gate : None: the gate was not asked yet
    """

    id: int
    touch_id: int
    is_waiting: bool
    state: str
    is_by_ai: bool
    engine: str
    written_at: datetime
    written_by: str
    subject: str
    body: str
    language: str
    channel: str
    channel_words: str
    paragraphs: Sequence[Sequence[Piece]]
    facts: Sequence[UsedFact]
    faults: Sequence[Fault]
    words: int
    sentences: int
    questions: int
    most_words: int | None
    content_hash: str
    contact_id: int | None
    name: str
    title: str
    address: str
    account_id: int | None
    account: str
    about: str
    sender: str
    sender_name: str
    campaign_id: int | None
    campaign: str
    segment: str
    step: int | None
    steps: int
    is_reply: bool
    mode: str
    sends_at: datetime
    zone: str
    why: RationaleView | None
    rank: Rank | None
    gate: GateWord | None
    touches: Sequence[TouchSeen]
    colleagues: Sequence[ColleagueSeen]
    thread: Sequence[ThreadMail]

    @property
    def leaves_on(self) -> str:
        """Day and time in the recipient's zone, in words; UTC where the zone is not known."""
        at = self.sends_at
        return f"{at:%a} {at.day} {at:%b}, {at:%H:%M} {f'in {self.place}' if self.zone else 'UTC'}"

    @property
    def place(self) -> str:
        """The city that names the recipient's zone; empty: not known."""
        return self.zone.rpartition("/")[2].replace("_", " ")

    @property
    def hard_faults(self) -> Sequence[Fault]:
        """What must be mended before it may leave."""
        return [one for one in self.faults if one.is_hard]

    @property
    def people_needed(self) -> int:
        """How many people must approve."""
        return self.gate.people_needed if self.gate else 1


def draft_in_review(
    actor: Actor, draft_id: int, verb: str = "view", *, listed: WaitingDraft | None = None
) -> DraftInReview:
    """One draft, also one that was answered already. Some twelve queries. Raises NotFound, also out of sight.

    listed : the same draft as the queue has it, which spares two of them
    """
    rows = drafts_in_sight(actor, verb).select_related(
        "touch__contact__account", "touch__mailbox", "touch__enrollment__mailbox",
        "touch__enrollment__campaign__version", "touch__enrollment__seller",
    )  # fmt: skip
    draft = rows.filter(id=draft_id).first()
    if draft is None:
        raise NotFound(f"There is no draft {draft_id}.", hint="Look for it under Review.")
    return DraftInReview(**_text(draft), **_around(draft), rank=_rank(draft, listed), gate=_gate(actor, draft, listed))


def _text(draft: Draft) -> dict[str, Any]:
    """What stands in the draft itself."""
    facts = [
        UsedFact(
            number=number, id=str(one.get("id", "")), text=str(one.get("text", "")), source=str(one.get("source", "")),
            said=around(draft.body[int(one.get("start") or 0) : int(one.get("end") or 0)], str(one.get("text", ""))),
            url=_web_address(one.get("url")), date=str(one.get("date") or ""),
            is_opening=bool(draft.opening_fact) and one.get("id") == draft.opening_fact,
        )
        for number, one in enumerate(draft.facts, 1)
    ]  # fmt: skip
    faults = [
        Fault(
            rule=str(one.get("rule", "")), message=str(one.get("message", "")), is_hard=bool(one.get("is_hard", True)),
            start=int(one.get("start") or 0), end=int(one.get("end") or 0),
        )
        for one in draft.violations
    ]  # fmt: skip
    text = Text(subject=draft.subject, body=draft.body, language=draft.language)
    told = parts_of(text, norms_of(draft.language)).sentences
    return {
        "id": draft.id, "state": draft.state, "is_by_ai": draft.is_by_ai, "engine": draft.engine,
        "written_at": draft.written_at, "written_by": draft.written_by, "subject": draft.subject, "body": draft.body,
        "language": draft.language, "content_hash": draft.content_hash, "facts": facts, "faults": faults,
        "paragraphs": paragraphs(draft.body, _marked(draft, faults)), "words": count_words(draft.body),
        "sentences": len(told), "questions": sum(one.is_question for one in told),
    }  # fmt: skip


def _web_address(told: object) -> str:
    text = str(told or "")
    return text if text.startswith(("https://", "http://")) else ""


def _marked(draft: Draft, faults: Sequence[Fault]) -> list[Marked]:
    """Stretches with a fault before those that rest on facts: what is wrong must be seen."""
    narrow = [one for one in faults if 0 < one.end - one.start < len(draft.body) * WIDEST_MARK]
    wrong = [Marked(start=one.start, end=one.end, fault=one.message) for one in narrow]
    sound = [
        Marked(start=int(one.get("start") or 0), end=int(one.get("end") or 0), cite=number)
        for number, one in enumerate(draft.facts, 1)
    ]
    return wrong + [one for one in sound if not any(one.start < two.end and two.start < one.end for two in wrong)]


def _around(draft: Draft) -> dict[str, Any]:
    """Whom it goes to, by which plan, and what went before."""
    touch = draft.touch
    contact, enrollment = touch.contact, touch.enrollment
    account = contact.account if contact else None
    campaign = enrollment.campaign if enrollment else None
    steps = campaign.version.steps if campaign else []
    mailbox = touch.mailbox or (enrollment.mailbox if enrollment else None)
    zone = (enrollment.time_zone if enrollment else "") or (contact.time_zone if contact else "")
    step: Mapping[str, Any] = next((one for one in steps if one.get("number") == touch.step), {})
    return {
        "touch_id": touch.id,
        "is_waiting": draft.state == DraftState.PROPOSED and touch.state == TouchState.WRITTEN,
        "channel": touch.channel, "channel_words": CHANNELS.get(touch.channel, touch.channel),
        "contact_id": contact.id if contact else None, "name": contact.name if contact else "Somebody unknown",
        "title": contact.title if contact else "", "address": contact.email if contact else "",
        "account_id": account.id if account else None, "account": account.name if account else "",
        "about": ", ".join(filter(None, (account.industry, account.city, account.country))) if account else "",
        "sender": mailbox.address if mailbox else "", "sender_name": mailbox.display_name if mailbox else "",
        "campaign_id": campaign.id if campaign else None, "campaign": campaign.name if campaign else "",
        "segment": campaign.segment if campaign else "", "step": touch.step, "steps": len(steps),
        "most_words": step.get("max_words"), "is_reply": touch.answers_id is not None,
        "mode": MODE_WORDS.get(Mode(touch.mode), touch.mode), "sends_at": touch.due_at.astimezone(_zone(zone)),
        "zone": zone if _zone(zone).key != "UTC" else "", "why": rationale_of(account.id) if account else None,
        **_context(touch),
    }  # fmt: skip


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name or "UTC")
    except (KeyError, ValueError, OSError):
        return ZoneInfo("UTC")


def _context(touch: Touch) -> dict[str, Any]:
    """What passed with this person on every channel, oldest first, and who else of the company is written to."""
    if touch.contact_id is None:
        return {"touches": (), "colleagues": (), "thread": ()}
    found = shared_context(touch.contact_id)
    return {
        "touches": sorted(found.touches, key=lambda one: (one.at, one.id))[-SHOWN_TOUCHES:],
        "colleagues": [one for one in found.colleagues if one.contact_id != touch.contact_id][:SHOWN_COLLEAGUES],
        "thread": sorted([*_sent(touch), *map(_theirs, found.replies)], key=lambda one: one.at)[-SHOWN_MAILS:],
    }


def _sent(touch: Touch) -> list[ThreadMail]:
    """Our own texts that left, the latest ones."""
    ours = Draft.objects.filter(
        touch__contact=touch.contact_id, touch__state=TouchState.SENT.value, state__in=LEFT_WITH
    ).select_related("touch")
    return [
        ThreadMail(at=one.touch.sent_at or one.touch.due_at, subject=one.subject, text=one.body, is_theirs=False)
        for one in ours.order_by("-touch__sent_at")[:SHOWN_MAILS]
    ]


def _theirs(reply: ReplySeen) -> ThreadMail:
    return ThreadMail(at=reply.at, subject="", text=reply.text, is_theirs=True, label=reply.label)


def _rank(draft: Draft, listed: WaitingDraft | None) -> Rank | None:
    if listed is not None:
        return listed.rank
    account = draft.touch.contact.account_id if draft.touch.contact else None
    return latest_ranks([account]).get(account) if account else None


def _gate(actor: Actor, draft: Draft, listed: WaitingDraft | None) -> GateWord | None:
    row = decisions_in_sight(actor).filter(id=draft.decision).first() if draft.decision else None
    if row is None:
        return None
    told: Mapping[str, Any] = row.decision
    key = (draft.content_hash, draft.touch.key)
    said = listed.said if listed is not None else standing_answers([key]).get(key, [])
    strict = [one for one in told["rules"] if one["effect"] in STRICTEST]
    return GateWord(
        id=row.id,
        outcome=row.outcome,
        hold_until=row.hold_until,
        basis=row.basis,
        explanation=told["explanation"],
        rules=[(one["id"], one["version"], one["why"]) for one in strict],
        must_have=told["required_content"],
        missing=told["missing"],
        message_key=row.message_key,
        people_needed=needed(draft, row.facts.get("people_needed") or 1),
        approved_by=[one for one in said if one.is_yes],
    )


def needed(draft: Draft, by_gate: int) -> int:
    """How many people must approve a draft: what the gate asked when it was asked, or two where the account is above
    the campaign's threshold by now.
    """
    return people_needed(by_gate, is_above=draft.touch_id in touches_above([draft.touch_id]))
