"""The kill criteria: what keeps a contact back or sends it to a person, whatever the rules of law say. Pure.

They come from the house, not from law: an open deal, a dispute, a fresh objection, a touch of yesterday, an industry's
quiet weeks, a valuable account, a complaint, a reply, a broken policy, a thrown switch. All that speak are told; the
strictest wins. Method and reasons: docs/methods/kill-criteria.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tandem.compliance.contracts.decisions import Outcome, Spoken
from tandem.compliance.contracts.gate import TO_PEOPLE, Mode, RecipientFacts, Road
from tandem.compliance.contracts.switches import KillSettings, QuietSpan, ThrownSwitch

KILL_VERSION = "2026-11-24"
SOURCE = "House rule, kill criteria"
SWITCHES, LIMITS, QUIET = "/compliance/switches", "/compliance/switches/limits", "/compliance/quiet"
TRANSACTIONAL, REPLY, EXISTING_CUSTOMER = "transactional", "reply", "existing_customer"
# What a person asked for or needs: an open deal, quiet weeks or a touch of yesterday are no reason to leave it out.
EXPECTED = frozenset({TRANSACTIONAL, REPLY})
# Every other purpose, an unknown word too, is judged as the strictest one.
KNOWN_WARM = EXPECTED | {EXISTING_CUSTOMER}
COLLEAGUE_DAYS = 30
DAY_ENDS_EVERYWHERE = timedelta(hours=12)  # the last zone on earth is UTC-12


@dataclass(frozen=True, slots=True, kw_only=True)
class KillAsked:
    """What somebody wants to let out, as far as the kill criteria ask.

    purpose : cold_outreach, reply, existing_customer, transactional; any other word counts as cold outreach
    is_reply : it answers a reply of the recipient
    policy_violations : what in it breaks the campaign's written policy, in words
    four_eyes_above : the campaign's own value above which two people must approve; None: the organisation's alone
    """

    channel: Road
    purpose: str
    is_reply: bool = False
    policy_violations: Sequence[str] = ()
    four_eyes_above: Decimal | None = None
    mode: Mode = Mode.EVERY

    @property
    def is_cold(self) -> bool:
        """Whether nothing is known that would make it expected."""
        return self.purpose not in KNOWN_WARM

    @property
    def is_expected(self) -> bool:
        """Whether the person asked for it or needs it."""
        return self.purpose in EXPECTED


@dataclass(frozen=True, slots=True, kw_only=True)
class KillVerdict:
    """What the criteria say together.

    hold_until : the first moment at which those that hold no longer do, whatever else speaks; None: none holds
    approvals_needed : people who must approve when it goes to review: 1, or 2 where four eyes are asked for
    missing : facts that are not known and were judged strictly
    """

    outcome: Outcome
    hold_until: datetime | None
    spoken: tuple[Spoken, ...]
    approvals_needed: int
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    facts: RecipientFacts | None
    asked: KillAsked
    limits: KillSettings
    quiet: Sequence[QuietSpan]
    thrown: Sequence[ThrownSwitch]
    touches: Sequence[tuple[str, datetime]]
    now: datetime
    today: date


@dataclass(frozen=True, slots=True, kw_only=True)
class _Voice:
    """One criterion speaking. `until` is there for a hold only."""

    spoken: Spoken
    until: datetime | None = None
    missing: str = ""
    approvals: int = 1


def voices(
    facts: RecipientFacts | None,
    asked: KillAsked,
    limits: KillSettings,
    quiet: Sequence[QuietSpan],
    thrown: Sequence[ThrownSwitch],
    touches: Sequence[tuple[str, datetime]],
    now: datetime,
    today: date,
) -> KillVerdict:
    """Let every kill criterion speak on one contact.

    Parameters
    ----------
    facts : RecipientFacts or None
        What the rooms above know of the recipient; None when they know nobody.
    asked : KillAsked
    limits : KillSettings
        Which criteria are on, and how far they go.
    quiet : sequence of QuietSpan
        Periods that fit the recipient's industry, places and account, or can't be told not to fit.
    thrown : sequence of ThrownSwitch
        Switches that stand and fit.
    touches : sequence of (road, moment)
        What we let out to the person or the account; those in `facts` count too.
    now : datetime
        With zone.
    today : date
        The recipient's day.

    Returns
    -------
    KillVerdict
        Never laxer than with fewer spans, switches, touches or violations. A hold ends after `now`.
    """
    case = _Case(
        facts=facts, asked=asked, limits=limits, quiet=quiet, thrown=thrown, touches=touches, now=now, today=today
    )
    criteria = (*FOR_ALL, *(FOR_PEOPLE if asked.channel in TO_PEOPLE else ()))
    said = [voice for criterion in criteria for voice in criterion(case)]
    outcome = max((Outcome(voice.spoken.effect) for voice in said), key=lambda one: one.severity, default=Outcome.ALLOW)
    ends = [voice.until for voice in said if voice.until is not None]
    return KillVerdict(
        outcome=outcome,
        hold_until=max(ends, default=None),
        spoken=tuple(voice.spoken for voice in said),
        approvals_needed=max((voice.approvals for voice in said), default=1),
        missing=tuple(dict.fromkeys(voice.missing for voice in said if voice.missing)),
    )


def _say(criterion: str, effect: Outcome, why: str, url: str = LIMITS) -> Spoken:
    return Spoken(
        id=f"KILL-{criterion}", version=KILL_VERSION, effect=effect.value, source=SOURCE, why=why, url=url,
        confidence="high",
    )  # fmt: skip


def _switches(case: _Case) -> Iterator[_Voice]:
    for switch in case.thrown:
        yield _Voice(spoken=_say(f"SWITCH-{switch.scope.value.upper()}", Outcome.BLOCK, switch.sentence, url=SWITCHES))


def _erased(case: _Case) -> Iterator[_Voice]:
    if case.facts is not None and case.facts.is_erased:
        yield _Voice(spoken=_say("ERASED", Outcome.BLOCK, "The person was erased; nobody may contact them again."))


def _policy(case: _Case) -> Iterator[_Voice]:
    if case.asked.policy_violations:
        told = "; ".join(case.asked.policy_violations)
        yield _Voice(spoken=_say("POLICY", Outcome.REVIEW, f"It breaks the written policy: {told}."))


def _reply(case: _Case) -> Iterator[_Voice]:
    if case.asked.is_reply or case.asked.purpose == REPLY:
        why = "It answers a reply: a person reads it first, in every mode."
        yield _Voice(spoken=_say("REPLY", Outcome.REVIEW, why))


def _open_deal(case: _Case) -> Iterator[_Voice]:
    if not case.limits.stop_on_open_deal or case.asked.is_expected:
        return
    if case.facts is not None and case.facts.open_deals:
        told = ", ".join(case.facts.open_deals)
        why = f"A deal is open ({told}): its seller speaks with them, and nobody beside."
        yield _Voice(spoken=_say("OPEN-DEAL", Outcome.BLOCK, why))
    elif case.facts is None and case.asked.is_cold:
        why = "Nobody of this address is known: whether a deal is open can't be told."
        yield _Voice(spoken=_say("OPEN-DEAL", Outcome.REVIEW, why), missing="account.open_deals")


def _dispute(case: _Case) -> Iterator[_Voice]:
    if not case.limits.stop_on_legal_dispute or case.asked.purpose == TRANSACTIONAL:
        return
    known = case.facts.has_legal_dispute if case.facts is not None else None
    if known:
        why = "There is a legal dispute with the account: only lawyers write to the other side."
        yield _Voice(spoken=_say("LEGAL-DISPUTE", Outcome.BLOCK, why))
    elif known is None and case.asked.is_cold:
        why = "Whether there is a legal dispute with the account is not known."
        yield _Voice(spoken=_say("LEGAL-DISPUTE", Outcome.REVIEW, why), missing="account.legal_dispute")


def _objection(case: _Case) -> Iterator[_Voice]:
    """Outreach stops; an answer to what they ask later is for a person to judge."""
    days, at = case.limits.objection_days, case.facts.last_objection_at if case.facts is not None else None
    if days is None or at is None or case.asked.purpose == TRANSACTIONAL or case.now >= at + timedelta(days=days):
        return
    ends = at + timedelta(days=days)
    why = f"They said on {at:%d %b %Y} that they want no contact; that holds until {ends:%d %b %Y}."
    effect = Outcome.REVIEW if case.asked.is_expected else Outcome.BLOCK
    yield _Voice(spoken=_say("OBJECTION", effect, why))


def _colleague(case: _Case) -> Iterator[_Voice]:
    """One who is angry talks; the next message to the same company is a person's to judge."""
    at = case.facts.colleague_objected_at if case.facts is not None else None
    if at is None or case.asked.is_expected or case.now >= at + timedelta(days=COLLEAGUE_DAYS):
        return
    why = f"Somebody else at the account asked on {at:%d %b %Y} to be left alone: a person reads first."
    yield _Voice(spoken=_say("COLLEAGUE", Outcome.REVIEW, why))


def _complaint(case: _Case) -> Iterator[_Voice]:
    at = case.facts.last_complaint_at if case.facts is not None else None
    if at is not None:
        why = f"They complained on {at:%d %b %Y}: a person reads everything that goes to them."
        yield _Voice(spoken=_say("COMPLAINT", Outcome.REVIEW, why))


def _touch_gap(case: _Case) -> Iterator[_Voice]:
    days = case.limits.days_between_touches
    if days is None or case.asked.is_expected:
        return
    touches = [*case.touches, *(case.facts.touches if case.facts is not None else ())]
    road, last = max(touches, key=lambda touch: touch[1], default=("", None))
    if last is None or case.now >= last + timedelta(days=days):
        return
    until = last + timedelta(days=days)
    told = road.replace("_", " ") or "some road"
    unit = "day" if days == 1 else "days"
    why = f"The last touch was on {last:%d %b %Y %H:%M} UTC by {told}; {days} {unit} must lie between touches."
    yield _Voice(spoken=_say("TOUCH-GAP", Outcome.HOLD, why), until=until)


def _quiet(case: _Case) -> Iterator[_Voice]:
    if case.asked.is_expected:
        return
    for span in case.quiet:
        until = _start_of_day(span.ends_on + timedelta(days=1), case.facts)
        if not span.starts_on <= case.today <= span.ends_on or until <= case.now:
            continue
        unknown = _unknown_for(span, case.facts)
        told = f"Quiet: {span.name}, until {span.ends_on:%d %b %Y}"
        if unknown:
            why = f"{told}; whether it is meant for them can't be told."
            yield _Voice(spoken=_say(f"QUIET-{span.id}", Outcome.REVIEW, why, url=QUIET), missing=unknown)
        else:
            yield _Voice(spoken=_say(f"QUIET-{span.id}", Outcome.HOLD, f"{told}.", url=QUIET), until=until)


def _unknown_for(span: QuietSpan, facts: RecipientFacts | None) -> str:
    """The fact without which nobody can say whether a period is meant for the recipient; empty: it is."""
    if span.industries and (facts is None or not facts.industry):
        return "account.industry"
    if span.places and (facts is None or not (facts.country or facts.candidate_locations)):
        return "recipient.country"
    return ""


def _start_of_day(day: date, facts: RecipientFacts | None) -> datetime:
    """The first moment of a day at the recipient's; where the zone is not known, when the day has begun everywhere."""
    try:
        zone = ZoneInfo(facts.time_zone) if facts is not None and facts.time_zone else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        zone = None
    if zone is None:
        return datetime.combine(day, time(), UTC) + DAY_ENDS_EVERYWHERE
    return datetime.combine(day, time(), zone).astimezone(UTC)


def _lowest(*limits: Decimal | None) -> Decimal | None:
    return min((one for one in limits if one is not None), default=None)


def _value(case: _Case) -> Iterator[_Voice]:
    limits, value = case.limits, case.facts.value if case.facts is not None else None
    own = _lowest(limits.review_above, limits.four_eyes_above)
    four_eyes = _lowest(limits.four_eyes_above, case.asked.four_eyes_above)
    lowest = _lowest(own, four_eyes)
    if lowest is None:
        return
    if value is None:
        # A campaign's own threshold picks out accounts known to be worth more; only the organisation's asks of unknown.
        if own is not None and case.asked.is_cold:
            why = f"What the account is worth is not known; above {own:,.0f} a person reads first."
            yield _Voice(spoken=_say("VALUE", Outcome.REVIEW, why), missing="account.value")
    elif four_eyes is not None and value > four_eyes:
        why = f"The account is worth {value:,.0f}; above {four_eyes:,.0f} two people must approve."
        yield _Voice(spoken=_say("VALUE", Outcome.REVIEW, why), approvals=2)
    elif value > lowest:
        why = f"The account is worth {value:,.0f}; above {lowest:,.0f} a person reads first."
        yield _Voice(spoken=_say("VALUE", Outcome.REVIEW, why))


# What stops every road, and what only a contact with a person asks for.
FOR_ALL = (_switches, _erased, _policy)
FOR_PEOPLE = (_dispute, _open_deal, _objection, _colleague, _complaint, _reply, _touch_gap, _quiet, _value)
