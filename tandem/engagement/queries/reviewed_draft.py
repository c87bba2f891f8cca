"""Everything a person needs to decide on one draft: to whom, why now, what it rests on, what the gate says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from tandem.compliance.contracts.gate import Mode
from tandem.compliance.queries.gate import recipient_facts
from tandem.compliance.queries.messages import Said, decisions_in_sight, standing_answers
from tandem.core.actors import Actor
from tandem.core.errors import NotFound
from tandem.engagement.contracts import CHANNELS, MODE_WORDS, DraftState, TouchState
from tandem.engagement.domain.norms import norms_of
from tandem.engagement.domain.review import Marked, Piece, around, paragraphs, people_needed
from tandem.engagement.domain.sentences import count_words
from tandem.engagement.domain.texts import Text, parts_of
from tandem.engagement.models import Draft, Inbound, Touch
from tandem.engagement.queries.review import drafts_in_sight
from tandem.prospecting.contracts import Rank
from tandem.prospecting.queries.ranking import latest_ranks
from tandem.prospecting.queries.research import RationaleView, rationale_of

SHOWN_TOUCHES, SHOWN_MAILS = 12, 6
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
class OtherTouch:
    """Another touch to the same person, on any channel and of any campaign."""

    channel: str
    step: int | None
    state: str
    at: datetime
    campaign: str
    is_this: bool


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
    touches: Sequence[OtherTouch]
    thread: Sequence[ThreadMail]

    @property
    def hard_faults(self) -> Sequence[Fault]:
        """What must be mended before it may leave."""
        return [one for one in self.faults if one.is_hard]

    @property
    def people_needed(self) -> int:
        """How many people must approve."""
        return self.gate.people_needed if self.gate else 1


def draft_in_review(actor: Actor, draft_id: int, verb: str = "view") -> DraftInReview:
    """One draft, also one that was answered already. Some twelve queries. Raises NotFound, also out of sight."""
    rows = drafts_in_sight(actor, verb).select_related(
        "touch__contact__account", "touch__mailbox", "touch__enrollment__mailbox",
        "touch__enrollment__campaign__version", "touch__enrollment__seller",
    )  # fmt: skip
    draft = rows.filter(id=draft_id).first()
    if draft is None:
        raise NotFound(f"There is no draft {draft_id}.", hint="Look for it under Review.")
    return DraftInReview(**_text(draft), **_around(draft), gate=_gate(actor, draft))


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
        "rank": latest_ranks([account.id]).get(account.id) if account else None,
        "touches": _touches(touch), "thread": _thread(touch),
    }  # fmt: skip


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name or "UTC")
    except (KeyError, ValueError, OSError):
        return ZoneInfo("UTC")


def _touches(touch: Touch) -> list[OtherTouch]:
    """What else is planned for, or went to, the same person; oldest first."""
    if touch.contact_id is None:
        return []
    rows = Touch.objects.filter(contact=touch.contact_id).select_related("enrollment__campaign")
    nearest = sorted(rows.order_by("-due_at")[:SHOWN_TOUCHES], key=lambda one: (one.sent_at or one.due_at, one.id))
    return [
        OtherTouch(
            channel=CHANNELS.get(one.channel, one.channel), step=one.step, state=one.state,
            at=one.sent_at or one.due_at, campaign=one.enrollment.campaign.name if one.enrollment else "",
            is_this=one.id == touch.id,
        )
        for one in nearest
    ]  # fmt: skip


def _thread(touch: Touch) -> list[ThreadMail]:
    """What was written to and fro with this person, newest last."""
    if touch.contact_id is None:
        return []
    ours = Draft.objects.filter(
        touch__contact=touch.contact_id, touch__state=TouchState.SENT.value, state=DraftState.APPROVED.value
    ).select_related("touch")
    theirs = Inbound.objects.filter(contact=touch.contact_id).defer("content")
    mails = [
        ThreadMail(at=one.touch.sent_at or one.touch.due_at, subject=one.subject, text=one.body, is_theirs=False)
        for one in ours.order_by("-touch__sent_at")[:SHOWN_MAILS]
    ] + [
        ThreadMail(at=one.received_at, subject=one.subject, text=one.new_text, is_theirs=True, label=one.label)
        for one in theirs.order_by("-received_at")[:SHOWN_MAILS]
    ]
    return sorted(mails, key=lambda one: one.at)[-SHOWN_MAILS:]


def _gate(actor: Actor, draft: Draft) -> GateWord | None:
    row = decisions_in_sight(actor).filter(id=draft.decision).first() if draft.decision else None
    if row is None:
        return None
    told: Mapping[str, Any] = row.decision
    said = standing_answers([(draft.content_hash, draft.touch.key)]).get((draft.content_hash, draft.touch.key), [])
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
    """How many people must approve a draft: what the gate asks, or two above the value its campaign names."""
    enrollment = draft.touch.enrollment
    threshold = enrollment.campaign.value_threshold if enrollment else None
    if threshold is None:
        return max(by_gate, 1)
    value = account_value(draft.touch)
    return people_needed(by_gate, value=float(value) if value is not None else None, threshold=float(threshold))


def account_value(touch: Touch) -> Decimal | None:
    """What the account is worth, as the gate counts it: open deals and what was won within a year. None: not known."""
    if touch.contact is None:
        return None
    account = f"account:{touch.contact.account_id}" if touch.contact.account_id else ""
    whom = (f"contact:{touch.contact_id}", account, "")
    facts = recipient_facts([whom]).get(whom)
    return facts.value if facts else None
