"""Modes of touches, what must stand before autonomy, and the figures by which growth is stopped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from tandem.accounts.queries.afterwards import meetings_since
from tandem.compliance.contracts.gate import Mode
from tandem.core.errors import NotFound
from tandem.core.intervals import Share
from tandem.core.nightly import today as company_day
from tandem.engagement.contracts import MODE_WORDS, DomainPurpose, MailKind, ReplyLabel, TouchState
from tandem.engagement.domain.modes import SPONSOR_ROLES, Order, Part, Period, Warned, early_warning
from tandem.engagement.domain.outcomes import POSITIVE_LABELS
from tandem.engagement.models import Campaign, Inbound, Touch, VoiceVersion
from tandem.engagement.queries.senders import domains_today
from tandem.prospecting.queries.icp import live_version

WEEKS = 4  # of each of the two periods that the early warning compares
IN_OWN_WORDS = (MailKind.REPLY.value, MailKind.OTHER.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModeOfTouch:
    """Who decides about one message, and since when that is so."""

    mode: Mode
    words: str
    autonomy_since: datetime | None
    autonomy_by: str


def mode_of(touch_id: int) -> ModeOfTouch:
    """The mode of a touch. Raises NotFound."""
    touch = Touch.objects.select_related("enrollment__campaign__autonomy_by").filter(id=touch_id).first()
    if touch is None:
        raise NotFound(f"There is no touch {touch_id}.")
    campaign = touch.enrollment.campaign if touch.enrollment is not None else None
    by = campaign.autonomy_by if campaign is not None else None
    return ModeOfTouch(
        mode=Mode(touch.mode),
        words=MODE_WORDS[Mode(touch.mode)],
        autonomy_since=campaign.autonomy_since if campaign is not None else None,
        autonomy_by=by.name if by else "",
    )


def order_of(campaign: Campaign, *, now: datetime) -> Order:
    """The four things that come before autonomy, as they stand for a campaign. Seven queries."""
    return Order(parts=(_profile(now), _voice(), _senders(now), sponsor_part(campaign)))


def _profile(now: datetime) -> Part:
    version = live_version(company_day(now))
    if version is None:
        told, is_ready = "None is in force.", False
    elif version.is_overdue:
        told, is_ready = f"Version {version.number} is past its last day, {version.valid_until}.", False
    else:
        told, is_ready = f"Version {version.number} is in force until {version.valid_until}.", True
    return Part(key="icp", title="Ideal customer profile", is_ready=is_ready, told=told, address="/prospecting/icp")


def _voice() -> Part:
    version = VoiceVersion.objects.order_by("-made_at", "-id").first()
    is_ready = version is not None
    told = (
        f"The guide “{version.language}”, version {version.number}, is in force."
        if version
        else "None was written yet."
    )
    return Part(key="voice", title="Voice guide", is_ready=is_ready, told=told, address="/outreach/voice")


def _senders(now: datetime) -> Part:
    found = [one for one in domains_today(now=now).values() if one.domain.purpose == DomainPurpose.OUTREACH]
    ready = [one for one in found if not one.needs_hand and one.ramp is not None and one.ramp.is_over]
    if ready:
        told = f"{ready[0].domain.name} is sound and past its ramp."
    elif not found:
        told = "There is no outreach domain."
    else:
        told = (
            next((one.why_not for one in found if one.why_not), "") or f"{found[0].domain.name} is still in its ramp."
        )
    return Part(key="senders", title="Outreach domain", is_ready=bool(ready), told=told, address="/outreach/domains")


def sponsor_part(campaign: Campaign) -> Part:
    """Whether somebody answers for the campaign: a person in office with a revenue role."""
    address = f"/outreach/campaigns/{campaign.id}#mode"
    told, is_ready = "Nobody is named.", False
    person = campaign.sponsor
    if person is not None:
        is_ready = person.is_active and person.role in {role.value for role in SPONSOR_ROLES}
        told = f"{person.name} answers for it."
        if not person.is_active:
            told = f"{person.name} has left."
        elif not is_ready:
            told = f"{person.name} has no revenue role; a CRO or head of sales operations is needed."
    return Part(key="sponsor", title="Executive sponsor", is_ready=is_ready, told=told, address=address)


def warning_of(campaign: Campaign, *, now: datetime) -> Warned | None:
    """The early warning of a campaign: its last four weeks beside the four before; None: no sign."""
    middle, start = now - timedelta(weeks=WEEKS), now - timedelta(weeks=2 * WEEKS)
    return early_warning(
        period_of(campaign, start, middle), period_of(campaign, middle, now, flags=_flags(campaign, now))
    )


def period_of(campaign: Campaign, since: datetime, until: datetime, *, flags: Sequence[str] = ()) -> Period:
    """What a campaign came to between two moments. Four queries."""
    reached = set(
        Touch.objects.filter(
            enrollment__campaign=campaign, state=TouchState.SENT, sent_at__gte=since, sent_at__lt=until
        ).values_list("contact_id", flat=True)
    ) - {None}
    came = Inbound.objects.filter(touch__enrollment__campaign=campaign, received_at__gte=since, received_at__lt=until)
    wrote = came.filter(kind__in=IN_OWN_WORDS).exclude(label=ReplyLabel.OOO.value)
    said = list(wrote.values_list("contact_id", "label"))
    people = {who for who, _ in said}
    positive = {who for who, label in said if label in POSITIVE_LABELS}
    complained = set(came.filter(kind=MailKind.COMPLAINT.value).values_list("contact_id", flat=True))
    held = meetings_since({who for who in reached if who is not None}, since) if reached else {}
    return Period(
        meetings=sum(1 for moments in held.values() for at in moments if since <= at < until),
        replies=Share(hits=min(len(people), len(reached | people)), n=len(reached | people)),
        positive=Share(hits=len(positive), n=len(people)),
        complaints=Share(hits=len(complained), n=len(reached | complained)),
        flags=flags,
    )


def _flags(campaign: Campaign, now: datetime) -> tuple[str, ...]:
    """What our own guards say of the domains the campaign sent from in the last weeks."""
    sent = Touch.objects.filter(
        enrollment__campaign=campaign, sent_at__gte=now - timedelta(weeks=WEEKS), mailbox__isnull=False
    )
    ids = set(sent.values_list("mailbox__domain_id", flat=True)) - {None}
    found = domains_today([one for one in ids if one is not None], now=now) if ids else {}
    return tuple(
        f"{one.domain.name} is {'paused' if one.domain.paused_at else 'slowed'}: {one.domain.why or 'by its guard'}"
        for one in found.values()
        if one.domain.paused_at is not None or one.domain.throttle < 1
    )
