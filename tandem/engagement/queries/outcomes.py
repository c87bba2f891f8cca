"""What came of outreach, person by person and added up: six queries whatever the number of people up to a thousand."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import Count, Min, Q

from tandem.accounts.queries.afterwards import OpenedDeal, deals_opened_since, meetings_since
from tandem.accounts.queries.totals import Piece, Rates, Total
from tandem.core.actors import Actor
from tandem.engagement.contracts import EnrollmentState, MailKind, ReplyLabel, TouchState
from tandem.engagement.domain.outcomes import Outcomes, PersonOutcome, outcomes_of
from tandem.engagement.models import Inbound, OutreachSpend, Touch
from tandem.engagement.queries.sight import enrollments_in_sight

MEETING_WITHIN, DEAL_WITHIN = timedelta(days=60), timedelta(days=120)
IN_OWN_WORDS = (MailKind.REPLY, MailKind.OTHER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """Which people are looked at: enrolled in a period, in one campaign, of one mode or arm. None or empty: all."""

    since: datetime | None = None
    until: datetime | None = None
    campaign_id: int | None = None
    mode: str = ""
    arm: str = ""
    segment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """One person with what came of it, and what pages tell of them.

    deals : opened at the account within 120 days of the first touch
    """

    enrollment_id: int
    outcome: PersonOutcome
    campaign_id: int
    campaign: str
    mode: str
    arm: str
    segment: str
    name: str
    account: str
    enrolled_at: datetime
    first_at: datetime | None
    state: str
    deals: Sequence[OpenedDeal] = ()


@dataclass(slots=True)
class _Heard:
    """What one person wrote."""

    labels: set[ReplyLabel] = field(default_factory=set)
    has_replied: bool = False
    complained: bool = False
    bounced_hard: bool = False


def follow(actor: Actor, chosen: Chosen) -> list[Followed]:
    """Everybody in sight who was enrolled, with what came of it, in the order of enrollment."""
    rows = enrollments_in_sight(actor).select_related("campaign", "contact", "account").order_by("id")
    wanted = {
        "enrolled_at__gte": chosen.since,
        "enrolled_at__lt": chosen.until,
        "campaign_id": chosen.campaign_id,
        "campaign__mode": chosen.mode,
        "arm": chosen.arm,
        "campaign__segment": chosen.segment,
    }
    enrolled = list(rows.filter(**{name: value for name, value in wanted.items() if value}))
    sent = _sent([one.id for one in enrolled])
    heard = _heard([one.id for one in enrolled])
    first = [moment for _, moment in sent.values()]
    if not first:
        meetings: Mapping[int, Sequence[datetime]] = {}
        deals: Mapping[int, Sequence[OpenedDeal]] = {}
    else:
        meetings = meetings_since({one.contact_id for one in enrolled}, min(first))
        deals = deals_opened_since({one.account_id for one in enrolled if one.account_id}, min(first).date())
    found: list[Followed] = []
    for one in enrolled:
        count, began = sent.get(one.id, (0, None))
        said = heard.get(one.id, _Heard())
        met = began is not None and any(began < at <= began + MEETING_WITHIN for at in meetings.get(one.contact_id, ()))
        opened = _opened(deals.get(one.account_id or 0, ()), began)
        outcome = PersonOutcome(
            contact_id=one.contact_id, account_id=one.account_id, messages=count, has_replied=said.has_replied,
            labels=frozenset(said.labels), had_meeting=met, deal_opened=bool(opened), complained=said.complained,
            opted_out=one.state == EnrollmentState.OBJECTED,
            undeliverable=said.bounced_hard or one.state == EnrollmentState.UNREACHABLE,
        )  # fmt: skip
        found.append(
            Followed(
                enrollment_id=one.id, outcome=outcome, campaign_id=one.campaign_id, campaign=one.campaign.name,
                mode=one.campaign.mode, arm=one.arm, segment=one.campaign.segment, name=one.contact.name,
                account=one.account.name if one.account else "", enrolled_at=one.enrolled_at,
                first_at=began, state=one.state, deals=opened,
            )
        )  # fmt: skip
    return found


def _opened(deals: Sequence[OpenedDeal], began: datetime | None) -> tuple[OpenedDeal, ...]:
    if began is None:
        return ()
    return tuple(one for one in deals if began.date() <= one.opened_on <= (began + DEAL_WITHIN).date())


def _sent(enrollment_ids: Sequence[int]) -> dict[int, tuple[int, datetime]]:
    """How many touches left, and when the first did, by enrollment."""
    rows = Touch.objects.filter(enrollment_id__in=enrollment_ids, state=TouchState.SENT).exclude(sent_at=None)
    counted = rows.values("enrollment_id").annotate(number=Count("id"), first=Min("sent_at")).order_by()
    return {row["enrollment_id"]: (row["number"], row["first"]) for row in counted}


def _heard(enrollment_ids: Sequence[int]) -> dict[int, _Heard]:
    """What came back, by enrollment."""
    found: defaultdict[int, _Heard] = defaultdict(_Heard)
    rows = Inbound.objects.filter(touch__enrollment_id__in=enrollment_ids).order_by()
    for enrollment_id, kind, label, reading in rows.values_list("touch__enrollment_id", "kind", "label", "reading"):
        one = found[enrollment_id]
        if kind == MailKind.COMPLAINT:
            one.complained = True
        elif kind == MailKind.BOUNCE:
            one.bounced_hard |= ((reading or {}).get("bounce") or {}).get("type") == "hard"
        elif kind in IN_OWN_WORDS and label != ReplyLabel.OOO:
            one.has_replied = True
            if label:
                one.labels.add(ReplyLabel(label))
    return found


def added_up(people: Sequence[Followed], rates: Rates, *, spent: Decimal | None = None) -> Outcomes:
    """Outcomes of a group. A deal counts once, however many of its people were written to."""
    pipeline = pipeline_of(people, rates)
    return outcomes_of([one.outcome for one in people], pipeline=pipeline.amount, spent=spent)


def pipeline_of(people: Iterable[Followed], rates: Rates) -> Total:
    """Deals that opened afterwards, in the organisation's currency at the rates of their days."""
    deals = {deal.id: deal for one in people for deal in one.deals}
    return rates.total(Piece(currency=deal.currency, amount=deal.amount, on=deal.opened_on) for deal in deals.values())


def spent(rates: Rates, *, since: datetime, until: datetime, campaign_ids: Collection[int] = ()) -> Decimal | None:
    """What was written down as spent in the months of a period; None: nothing was, or no rate leads there."""
    rows = OutreachSpend.objects.filter(month__gte=since.date().replace(day=1), month__lt=until.date())
    if campaign_ids:
        rows = rows.filter(Q(campaign_id__in=campaign_ids) | Q(campaign=None))
    pieces = [Piece(currency=row.currency, amount=row.amount, on=row.month) for row in rows]
    total = rates.total(pieces)
    return None if not pieces or total.left_out else total.amount
