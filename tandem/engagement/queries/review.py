"""The review queue: drafts that wait for a person, in the actor's sight, in the order in which to read them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from tandem.access.contracts import Reach
from tandem.access.queries import sight_of
from tandem.compliance.queries.messages import Said, decisions_in_sight, standing_answers
from tandem.core.actors import Actor
from tandem.engagement.contracts import CHANNELS, DraftState, TouchState
from tandem.engagement.domain.review import Marked, Piece, paragraphs, people_needed
from tandem.engagement.models import Draft, Review
from tandem.engagement.queries.sight import touches_in_sight
from tandem.engagement.queries.worth import touches_above
from tandem.prospecting.contracts import Rank
from tandem.prospecting.queries.ranking import latest_ranks

SHOWN_ROWS = 50
ORDERED_BY_VALUE = 2_000  # the soonest due; later ones come once these are read
DECISION_FIELDS = ("id", "outcome", "hold_until", "content_hash", "facts")


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueFilters:
    """What the queue is narrowed to; empty or False: not.

    campaign : id; text : part of a name, company or subject; mine : of one's own plans alone
    faulty : with a violation of voice or form; two_people : one more person must approve, or two must
    """

    text: str = ""
    campaign: int | None = None
    segment: str = ""
    channel: str = ""
    language: str = ""
    mine: bool = False
    faulty: bool = False
    two_people: bool = False

    @property
    def is_set(self) -> bool:
        """Whether anything is asked for."""
        return self != QueueFilters()


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingDraft:
    """A draft as lists show it.

    outcome : of the gate's last answer; empty: not asked yet
    people_needed : how many must approve, by the gate and the campaign's threshold; said : what people have answered
    faults, hard_faults : violations; hard ones must be mended before it may leave
    rank : of the account this week; None: not ranked
    facts : as the draft keeps them
    """

    id: int
    touch_id: int
    heading: str
    whom: str
    account: str
    account_id: int | None
    contact_id: int | None
    campaign: str
    campaign_id: int | None
    segment: str
    channel: str
    language: str
    step: int | None
    is_reply: bool
    due_at: datetime
    outcome: str
    hold_until: datetime | None
    content_hash: str
    people_needed: int
    said: Sequence[Said]
    faults: int
    hard_faults: int
    rank: Rank | None
    body: str
    facts: Sequence[Mapping[str, Any]]
    written_at: datetime

    @property
    def paragraphs(self) -> Sequence[Sequence[Piece]]:
        """The body with the stretches that rest on facts, numbered from 1."""
        return paragraphs(
            self.body,
            [
                Marked(start=int(one.get("start") or 0), end=int(one.get("end") or 0), cite=number)
                for number, one in enumerate(self.facts, 1)
            ],
        )

    @property
    def approved_by(self) -> Sequence[str]:
        """Who has approved these very words."""
        return [one.person for one in self.said if one.is_yes]

    @property
    def value(self) -> Decimal | None:
        """Expected of the account, in the organisation's currency; None: not ranked."""
        return self.rank.expected_value if self.rank else None

    @property
    def place(self) -> str:
        """Which message it is, in words."""
        if self.is_reply:
            return "Reply"
        if self.step is None:
            return CHANNELS.get(self.channel, self.channel)
        return "First message" if self.step == 1 else f"Step {self.step}"

    @property
    def lacks_second(self) -> bool:
        """Whether more than one person must approve and not enough have."""
        return self.people_needed > max(1, len(self.approved_by))

    @property
    def may_be_batched(self) -> bool:
        """Whether it may be approved with others: no reply, no hard fault, nothing blocked, one person is enough."""
        return not (self.is_reply or self.hard_faults or self.outcome == "block" or self.people_needed > 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueCounts:
    """How many wait for this person: all, with a fault, past their due time, answers to somebody, seen by another."""

    total: int
    faulty: int
    late: int
    replies: int


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueChoices:
    """What the queue can be narrowed to, with how many each has."""

    campaigns: Sequence[tuple[str, str]]
    segments: Sequence[tuple[str, str]]
    channels: Sequence[tuple[str, str]]
    languages: Sequence[tuple[str, str]]


def drafts_in_sight(actor: Actor, verb: str = "view") -> QuerySet[Draft]:
    """Drafts of touches in the actor's sight, whatever became of them."""
    return Draft.objects.filter(touch__in=touches_in_sight(actor, verb).order_by().values("id"))


def waiting_drafts(actor: Actor, filters: QueueFilters | None = None, *, verb: str = "view") -> QuerySet[Draft]:
    """Drafts that wait for a person who is not done with them; who has approved one does not see it again.

    verb : "decide" leaves out what the gate would not let this person decide
    """
    said = Review.objects.filter(draft=OuterRef("pk"), reviewer_id=_person_id(actor), taken_back_at=None)
    rows = drafts_in_sight(actor, verb).filter(state=DraftState.PROPOSED.value, touch__state=TouchState.WRITTEN.value)
    if verb == "decide" and sight_of(actor, verb, "gate").reach is not Reach.ALL:
        rows = rows.filter(Q(decision=None) | Q(decision__in=decisions_in_sight(actor, verb).order_by().values("id")))
    return _narrowed(rows.exclude(Exists(said)), filters or QueueFilters(), actor)


def _person_id(actor: Actor) -> int:
    return 0 if actor.is_agent else actor.id


def _narrowed(rows: QuerySet[Draft], filters: QueueFilters, actor: Actor) -> QuerySet[Draft]:
    wanted = {
        "touch__enrollment__campaign_id": filters.campaign,
        "touch__enrollment__campaign__segment": filters.segment,
        "touch__channel": filters.channel,
        "language": filters.language,
    }
    rows = rows.filter(**{name: value for name, value in wanted.items() if value})
    if filters.text:
        text = filters.text.strip()
        rows = rows.filter(
            Q(subject__icontains=text)
            | Q(touch__contact__name__icontains=text)
            | Q(touch__contact__account__name__icontains=text)
        )
    if filters.mine:
        rows = rows.filter(touch__enrollment__seller_id=_person_id(actor))
    if filters.faulty:
        rows = rows.exclude(violations=[])
    if filters.two_people:
        begun = Review.objects.filter(draft=OuterRef("pk"), taken_back_at=None)
        several = decisions_in_sight(actor).filter(facts__people_needed__gt=1).values("id")
        rows = rows.filter(Q(decision__in=several) | Exists(begun))
    return rows


def queue(
    actor: Actor, filters: QueueFilters, *, now: datetime, limit: int | None = SHOWN_ROWS, verb: str = "view"
) -> list[WaitingDraft]:
    """Drafts in the order in which to read them: by day due, late ones with today's, and by value within a day.

    limit : None: all
    """
    rows = waiting_drafts(actor, filters, verb=verb).order_by("touch__due_at", "id")
    due = list(rows.values_list("id", "touch__due_at", "touch__contact__account_id")[:ORDERED_BY_VALUE])
    ranks = latest_ranks({account for _, _, account in due if account})
    today = timezone.localdate(now)

    def urgency(one: tuple[int, datetime, int | None]) -> tuple[date, Decimal, datetime, int]:
        rank = ranks.get(one[2] or 0)
        day = max(timezone.localdate(one[1]), today)
        return day, -(rank.expected_value if rank else Decimal(0)), one[1], one[0]

    ids = [pk for pk, _, _ in sorted(due, key=urgency)[:limit]]
    if limit is None and len(due) == ORDERED_BY_VALUE:
        ids += rows.values_list("id", flat=True)[ORDERED_BY_VALUE:]
    found = {one.id: one for one in _rows(actor, ids, ranks)}
    return [found[pk] for pk in ids if pk in found]


def drafts_after(actor: Actor, filters: QueueFilters, *, after_id: int, limit: int) -> Sequence[WaitingDraft]:
    """Waiting drafts by id, for cursors."""
    ids = waiting_drafts(actor, filters).filter(id__gt=after_id).order_by("id").values_list("id", flat=True)[:limit]
    return sorted(_rows(actor, list(ids), None), key=lambda one: one.id)


def waiting_among(actor: Actor, draft_ids: Sequence[int], verb: str = "decide") -> dict[int, WaitingDraft]:
    """Those of the drafts that wait for this person, as lists show them. Some six queries for any number."""
    ids = waiting_drafts(actor, verb=verb).filter(id__in=draft_ids).values_list("id", flat=True)
    return {one.id: one for one in _rows(actor, list(ids), None)}


def _rows(actor: Actor, ids: Sequence[int], ranks: Mapping[int, Rank] | None) -> list[WaitingDraft]:
    """The rows with what the gate and people said; in no order."""
    drafts = list(
        Draft.objects.filter(id__in=ids).select_related("touch__enrollment__campaign", "touch__contact__account")
    )
    decided = decisions_in_sight(actor).filter(id__in=[one.decision for one in drafts if one.decision])
    decisions = {row["id"]: row for row in decided.values(*DECISION_FIELDS)}
    said = standing_answers((one.content_hash, one.touch.key) for one in drafts if one.content_hash)
    if ranks is None:
        accounts = {
            one.touch.contact.account_id for one in drafts if one.touch.contact and one.touch.contact.account_id
        }
        ranks = latest_ranks(accounts)
    above = touches_above([one.touch_id for one in drafts])
    return [
        _row(
            one, decisions.get(one.decision or 0, {}), said.get((one.content_hash, one.touch.key), []), ranks,
            is_above=one.touch_id in above,
        )
        for one in drafts
    ]  # fmt: skip


def _row(
    draft: Draft, decision: Mapping[str, Any], said: Iterable[Said], ranks: Mapping[int, Rank], *, is_above: bool
) -> WaitingDraft:
    touch, contact = draft.touch, draft.touch.contact
    account = contact.account if contact else None
    campaign = touch.enrollment.campaign if touch.enrollment else None
    return WaitingDraft(
        id=draft.id,
        touch_id=touch.id,
        heading=draft.subject or draft.body.strip().split("\n", 1)[0][:90],
        whom=contact.name if contact else "somebody unknown",
        account=account.name if account else "",
        account_id=account.id if account else None,
        contact_id=contact.id if contact else None,
        campaign=campaign.name if campaign else "",
        campaign_id=campaign.id if campaign else None,
        segment=campaign.segment if campaign else "",
        channel=touch.channel,
        language=draft.language,
        step=touch.step,
        is_reply=touch.answers_id is not None,
        due_at=touch.due_at,
        outcome=decision.get("outcome", ""),
        hold_until=decision.get("hold_until"),
        content_hash=draft.content_hash,
        people_needed=people_needed(decision.get("facts", {}).get("people_needed") or 1, is_above=is_above),
        said=list(said),
        faults=len(draft.violations),
        hard_faults=sum(bool(one.get("is_hard", True)) for one in draft.violations),
        rank=ranks.get(account.id) if account else None,
        body=draft.body,
        facts=draft.facts,
        written_at=draft.written_at,
    )


def queue_counts(actor: Actor, filters: QueueFilters, *, now: datetime, verb: str = "view") -> QueueCounts:
    """How many wait, by what needs attention. One query."""
    return QueueCounts(**waiting_drafts(actor, filters, verb=verb).aggregate(**_counted(now)))


def _counted(now: datetime) -> dict[str, Count]:
    return {
        "total": Count("id"),
        "faulty": Count("id", filter=~Q(violations=[])),
        "late": Count("id", filter=Q(touch__due_at__lt=now)),
        "replies": Count("id", filter=Q(touch__answers__isnull=False)),
    }


def count_waiting_drafts(actor: Actor) -> int:
    """How many drafts wait for this person. One query."""
    return waiting_drafts(actor, verb="decide").count()


def queue_choices(actor: Actor, *, now: datetime, verb: str = "view") -> tuple[QueueChoices, QueueCounts]:
    """What the whole queue can be narrowed to, and its counts without any filter. One query."""
    rows = waiting_drafts(actor, verb=verb).order_by()
    grouped = rows.values_list(
        "touch__enrollment__campaign_id", "touch__enrollment__campaign__name", "touch__enrollment__campaign__segment",
        "touch__channel", "language",
    ).annotate(**_counted(now))  # fmt: skip
    sums: list[dict[tuple[str, str], int]] = [{}, {}, {}, {}]
    counts = [0, 0, 0, 0]
    for pk, name, segment, channel, language, *numbers in grouped:
        told = (str(pk or ""), name or ""), (segment or "", segment or ""), (channel, CHANNELS.get(channel, channel))
        for total, choice in zip(sums, (*told, (language, language)), strict=True):
            if choice[0]:
                total[choice] = total.get(choice, 0) + numbers[0]
        counts = [sum(pair) for pair in zip(counts, numbers, strict=True)]
    offered = [[(value, f"{label} ({n})") for (value, label), n in sorted(total.items())] for total in sums]
    campaigns, segments, channels, languages = offered
    choices = QueueChoices(campaigns=campaigns, segments=segments, channels=channels, languages=languages)
    return choices, QueueCounts(**dict(zip(_counted(now), counts, strict=True)))


def last_answer(actor: Actor) -> int | None:
    """The person's last answer that can still be taken back; None: there is none."""
    if actor.is_agent:
        return None
    rows = Review.objects.filter(reviewer_id=actor.id, taken_back_at=None).order_by("-reviewed_at", "-id")
    found = rows.values_list("id", "draft__touch__state", "draft__touch__claim").first()
    back = (TouchState.READY, TouchState.TO_DO, TouchState.WRITTEN, TouchState.CANCELLED, TouchState.PLANNED)
    return found[0] if found and found[1] in back and not found[2] else None
