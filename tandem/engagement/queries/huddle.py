"""What a morning's pack is made of, and packs as pages show them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count

from tandem.access.queries import get_organisation
from tandem.accounts.queries.afterwards import meetings_since
from tandem.accounts.queries.totals import Rates
from tandem.core.actors import Actor
from tandem.core.intervals import Difference
from tandem.engagement.contracts import CHANNELS, MODE_WORDS, MailKind, ReplyLabel, TouchState
from tandem.engagement.domain.huddle import Pack, Week, drift_of
from tandem.engagement.domain.outcomes import OPT_OUT_LABELS, POSITIVE_LABELS, Measure
from tandem.engagement.models import (
    Draft,
    Enrollment,
    HuddlePack,
    Inbound,
    InboundEffect,
    OutreachDecision,
    ReplyTask,
    Review,
    Touch,
    TuningItem,
)
from tandem.engagement.queries.outcomes import Chosen, added_up, follow
from tandem.engagement.queries.sight import inbound_in_sight, touches_in_sight

MOST_KILLS, MOST_CASES, MOST_TEXTS = 12, 40, 5_000
EFFECT_WEEKS = 4
PACKS_SHOWN = 30


def bounds_of(day: date) -> tuple[datetime, datetime]:
    """First and last moment of the organisation's day."""
    zone = ZoneInfo(get_organisation().time_zone or "UTC")
    first = datetime.combine(day, time(), zone)
    return first, datetime.combine(day + timedelta(days=1), time(), zone)


def yesterday(day: date) -> Pack:
    """The pack of a day, without what to talk about."""
    since, until = bounds_of(day)
    came = Inbound.objects.filter(received_at__gte=since, received_at__lt=until)
    kinds = Counter(dict(came.values_list("kind").annotate(number=Count("id")).order_by()))
    labels = came.filter(kind__in=(MailKind.REPLY, MailKind.AUTO_REPLY))
    before, now = _week(until - timedelta(days=14), until - timedelta(days=7)), _week(until - timedelta(days=7), until)
    return Pack(
        messages=_messages(since, until),
        replies=dict(labels.values_list("label").annotate(number=Count("id")).order_by()),
        bounces=kinds[MailKind.BOUNCE],
        complaints=kinds[MailKind.COMPLAINT],
        meetings=_meetings(since, until),
        kills=_kills(since, until),
        edge_cases=_edge_cases(since, until),
        drift=drift_of(before, now),
    )


def _messages(since: datetime, until: datetime) -> dict[str, int]:
    rows = Touch.objects.filter(state=TouchState.SENT, sent_at__gte=since, sent_at__lt=until).order_by()
    counted = rows.values_list("channel", "mode").annotate(number=Count("id"))
    return {f"{channel}/{mode}": number for channel, mode, number in counted}


def _meetings(since: datetime, until: datetime) -> int:
    people = set(Enrollment.objects.filter(touches__state=TouchState.SENT).values_list("contact_id", flat=True))
    return sum(since <= at < until for moments in meetings_since(people, since).values() for at in moments)


def _kills(since: datetime, until: datetime) -> list[tuple[str, int]]:
    """What did not leave, and which plans ended, by reason."""
    skipped = Touch.objects.filter(state=TouchState.SKIPPED, due_at__gte=since, due_at__lt=until).order_by()
    counted: Counter[str] = Counter(dict(skipped.values_list("why").annotate(number=Count("id"))))
    effects = InboundEffect.objects.filter(done_at__gte=since, done_at__lt=until, kind__in=("suppress", "stop"))
    for rule, number in effects.values_list("rule").annotate(number=Count("id")).order_by():
        counted[f"Plan ended: {rule.replace('_', ' ')}"] += number
    return [(why or "no reason told", number) for why, number in counted.most_common(MOST_KILLS)]


def _edge_cases(since: datetime, until: datetime) -> dict[str, list[int]]:
    came = Inbound.objects.filter(received_at__gte=since, received_at__lt=until)
    found = {
        "unsure": came.filter(kind=MailKind.REPLY, label=""),
        "corrected": came.exclude(labelled_by=""),
        "uncertain": Touch.objects.filter(state=TouchState.UNCERTAIN, due_at__lt=until),
        "late": ReplyTask.objects.filter(breached_at__gte=since, breached_at__lt=until),
    }
    columns = {"late": "inbound_id"}
    return {
        kind: list(rows.order_by("id").values_list(columns.get(kind, "id"), flat=True)[:MOST_CASES])
        for kind, rows in found.items()
    }


def _week(since: datetime, until: datetime) -> Week:
    left = Touch.objects.filter(state=TouchState.SENT, sent_at__gte=since, sent_at__lt=until)
    bodies = Draft.objects.filter(touch__in=left, state="approved").values_list("body", flat=True)[:MOST_TEXTS]
    edits = Review.objects.filter(reviewed_at__gte=since, reviewed_at__lt=until, taken_back_at=None)
    people = set(left.exclude(contact=None).values_list("contact_id", flat=True))
    came = Inbound.objects.filter(kind=MailKind.REPLY, touch__in=left).exclude(label=ReplyLabel.OOO)
    said = list(came.values_list("contact_id", "label"))
    return Week(
        words=[len(body.split()) for body in bodies],
        edits=[one for one in edits.values_list("edit_distance", flat=True) if one is not None],
        written_to=len(people),
        answered=len({contact for contact, _ in said} & people),
        positive=len({contact for contact, label in said if label in POSITIVE_LABELS} & people),
        opted_out=len({contact for contact, label in said if label in OPT_OUT_LABELS} & people),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """People enrolled in the four weeks before a tuning item was done against those since. It shows no cause."""

    difference: Difference
    is_over: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A tuning item as pages show it. effect : None while it is open"""

    row: TuningItem
    effect: Effect | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PackView:
    """A stored pack with what the reader may see of its rows."""

    row: HuddlePack
    messages: Sequence[tuple[str, str, int]]
    replies: Sequence[tuple[str, int]]
    cases: Sequence[tuple[str, Sequence[Inbound]]]
    uncertain: Sequence[Touch]
    hidden: int

    @property
    def content(self) -> Mapping[str, Any]:
        """As it is stored."""
        return dict(self.row.content)


CASE_WORDS = {
    "unsure": "Nobody could label it",
    "corrected": "A person put the label right",
    "late": "Waited too long for a person",
}
NO_LABEL = "No label"


def packs(limit: int = PACKS_SHOWN) -> list[HuddlePack]:
    """The latest packs, newest first."""
    return list(HuddlePack.objects.order_by("-day")[:limit])


def pack_view(actor: Actor, row: HuddlePack) -> PackView:
    """One pack for one reader: rows out of sight are counted, not shown."""
    content = row.content
    cases = content.get("edge_cases", {})
    wanted = {one for kind in CASE_WORDS for one in cases.get(kind, ())}
    mails = {one.id: one for one in inbound_in_sight(actor).filter(id__in=wanted).select_related("contact", "account")}
    touches = touches_in_sight(actor).filter(id__in=cases.get("uncertain", ())).select_related("contact")
    uncertain = list(touches)
    shown = [(words, [mails[one] for one in cases.get(kind, ()) if one in mails]) for kind, words in CASE_WORDS.items()]
    return PackView(
        row=row,
        messages=[_message_line(key, number) for key, number in sorted(content.get("messages", {}).items())],
        replies=sorted(
            ((label or NO_LABEL, number) for label, number in content.get("replies", {}).items()), key=_most
        ),
        cases=[(words, rows) for words, rows in shown if rows],
        uncertain=uncertain,
        hidden=len(wanted) - len(mails) + len(cases.get("uncertain", ())) - len(uncertain),
    )


def _message_line(key: str, number: int) -> tuple[str, str, int]:
    channel, _, mode = key.partition("/")
    return str(CHANNELS.get(channel, channel)), str(MODE_WORDS.get(mode, mode)), number  # type: ignore[call-overload]


def _most(line: tuple[str, int]) -> tuple[int, str]:
    return -line[1], line[0]


def tuning_items(actor: Actor, *, now: datetime, limit: int = 50) -> list[Item]:
    """Open items first, then those that were closed last, with what was seen since."""
    rows = list(
        TuningItem.objects.select_related("owner", "campaign", "pack").order_by("closed_at", "due_on", "-id")[:limit]
    )
    rows.sort(key=lambda one: (one.closed_at is not None, -(one.closed_at or one.opened_at).timestamp()))
    done = [one for one in rows if one.state == "done" and one.closed_at]
    if not done:
        return [Item(row=one, effect=None) for one in rows]
    first = min(one.closed_at for one in done if one.closed_at) - timedelta(weeks=EFFECT_WEEKS)
    people, rates = follow(actor, Chosen(since=first, until=now)), Rates()

    def effect_of(one: TuningItem) -> Effect | None:
        if one.state != "done" or one.closed_at is None:
            return None
        cut, span = one.closed_at, timedelta(weeks=EFFECT_WEEKS)
        mine = [who for who in people if one.campaign_id in (None, who.campaign_id)]
        measure = Measure(one.measure)
        before = added_up([who for who in mine if cut - span <= who.enrolled_at < cut], rates).shares[measure]
        after = added_up([who for who in mine if cut <= who.enrolled_at < cut + span], rates).shares[measure]
        return Effect(difference=Difference(first=after, second=before), is_over=now >= cut + span)

    return [Item(row=one, effect=effect_of(one)) for one in rows]


def decisions(limit: int = 100) -> list[OutreachDecision]:
    """The decision log, newest first."""
    rows = OutreachDecision.objects.select_related("campaign", "decided_by")
    return list(rows.order_by("-decided_on", "-id")[:limit])
