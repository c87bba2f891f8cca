"""Kill criteria: each speaks when it should, all are told, the strictest wins, and more of them never let more out."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import settings as searched
from hypothesis import strategies as st

from tandem.compliance.contracts.decisions import Outcome
from tandem.compliance.contracts.gate import TO_PEOPLE, Mode, RecipientFacts, Road
from tandem.compliance.contracts.switches import KillSettings, QuietSpan, SwitchScope, ThrownSwitch
from tandem.compliance.domain.kill import KILL_VERSION, KillAsked, KillVerdict, voices

NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
TODAY = NOW.date()
COLD = KillAsked(channel=Road.EMAIL, purpose="cold_outreach", mode=Mode.TARGETS)
KNOWN = RecipientFacts(
    subject="contact:12",
    account="account:3",
    country="DE",
    time_zone="Europe/Berlin",
    industry="Retail",
    has_legal_dispute=False,
    value=Decimal(5_000),
)
STOP = ThrownSwitch(
    id=1, scope=SwitchScope.GLOBAL, key="", reason="Outage", thrown_at=NOW, thrown_by="Cleo Marsh"
)  # fmt: skip
PEAK = QuietSpan(
    id=7, name="Retail peak", starts_on=date(2026, 11, 20), ends_on=date(2026, 12, 26), industries=("retail",)
)


def verdict(
    facts: RecipientFacts | None = KNOWN,
    asked: KillAsked = COLD,
    limits: KillSettings | None = None,
    *,
    quiet: tuple[QuietSpan, ...] = (),
    thrown: tuple[ThrownSwitch, ...] = (),
    touches: tuple[tuple[str, datetime], ...] = (),
    now: datetime = NOW,
) -> KillVerdict:
    return voices(facts, asked, limits or KillSettings(), quiet, thrown, touches, now, now.date())


def told(found: KillVerdict) -> dict[str, str]:
    return {one.id: one.effect for one in found.spoken}


def for_purpose(purpose: str, **fields: object) -> KillAsked:
    return KillAsked(channel=Road.EMAIL, purpose=purpose, **fields)  # type: ignore[arg-type]


def test_nothing_speaks_where_everything_is_known_and_in_order() -> None:
    found = verdict()
    assert (found.outcome, found.hold_until, found.spoken, found.approvals_needed, found.missing) == (
        Outcome.ALLOW, None, (), 1, (),
    )  # fmt: skip


def test_an_open_deal_stops_outreach_and_not_what_they_asked_for() -> None:
    facts = replace(KNOWN, open_deals=("deal:7",))
    for purpose in ("cold_outreach", "existing_customer", "something_new"):
        found = verdict(facts, for_purpose(purpose))
        assert (found.outcome, told(found)) == (Outcome.BLOCK, {"KILL-OPEN-DEAL": "block"})
        assert "deal:7" in found.spoken[0].why
    assert told(verdict(facts, for_purpose("transactional"))) == {}
    assert told(verdict(facts, for_purpose("reply"))) == {"KILL-REPLY": "review"}
    assert told(verdict(facts, limits=KillSettings(stop_on_open_deal=False))) == {}


def test_a_legal_dispute_stops_all_but_what_is_transactional() -> None:
    facts = replace(KNOWN, has_legal_dispute=True)
    for purpose in ("cold_outreach", "existing_customer", "reply"):
        assert told(verdict(facts, for_purpose(purpose)))["KILL-LEGAL-DISPUTE"] == "block"
    assert told(verdict(facts, for_purpose("transactional"))) == {}
    assert told(verdict(facts, limits=KillSettings(stop_on_legal_dispute=False))) == {}


def test_cold_outreach_to_somebody_nobody_knows_goes_to_a_person() -> None:
    found = verdict(None)
    assert found.outcome is Outcome.REVIEW
    assert found.missing == ("account.legal_dispute", "account.open_deals")
    assert told(found) == {"KILL-LEGAL-DISPUTE": "review", "KILL-OPEN-DEAL": "review"}
    assert verdict(None, for_purpose("transactional")).outcome is Outcome.ALLOW
    off = KillSettings(stop_on_open_deal=False, stop_on_legal_dispute=False)
    assert verdict(None, limits=off).outcome is Outcome.ALLOW


def test_a_dispute_that_nobody_has_ruled_out_goes_to_a_person() -> None:
    found = verdict(replace(KNOWN, has_legal_dispute=None))
    assert (told(found), found.missing) == ({"KILL-LEGAL-DISPUTE": "review"}, ("account.legal_dispute",))


def test_an_objection_holds_for_its_days_to_the_second() -> None:
    facts = replace(KNOWN, last_objection_at=NOW - timedelta(days=365) + timedelta(seconds=1))
    assert told(verdict(facts)) == {"KILL-OBJECTION": "block"}
    assert told(verdict(facts, now=NOW + timedelta(seconds=1))) == {}
    assert told(verdict(facts, for_purpose("reply"))) == {"KILL-OBJECTION": "review", "KILL-REPLY": "review"}
    assert told(verdict(facts, for_purpose("transactional"))) == {}
    assert told(verdict(facts, limits=KillSettings(objection_days=None))) == {}


def test_days_must_lie_between_touches_on_any_channel() -> None:
    last = NOW - timedelta(days=2)
    for found in (
        verdict(touches=(("phone_manual", last), ("email", NOW - timedelta(days=9)))),
        verdict(replace(KNOWN, touches=(("linkedin", last),))),
    ):
        assert told(found) == {"KILL-TOUCH-GAP": "hold"}
        assert (found.outcome, found.hold_until) == (Outcome.HOLD, last + timedelta(days=3))
    at_end = verdict(touches=(("email", last),), now=last + timedelta(days=3))
    assert at_end.outcome is Outcome.ALLOW
    assert told(verdict(asked=for_purpose("reply"), touches=(("email", last),))) == {"KILL-REPLY": "review"}


def test_quiet_weeks_hold_until_the_first_day_after_at_the_recipients() -> None:
    found = verdict(quiet=(PEAK,))
    assert told(found) == {"KILL-QUIET-7": "hold"}
    assert found.hold_until == datetime(2026, 12, 26, 23, 0, tzinfo=UTC), "27 December begins in Berlin"
    somewhere = verdict(replace(KNOWN, time_zone=""), quiet=(PEAK,))
    assert somewhere.hold_until == datetime(2026, 12, 27, 12, 0, tzinfo=UTC), "and now everywhere on earth"
    assert told(verdict(asked=for_purpose("reply"), quiet=(PEAK,))) == {"KILL-REPLY": "review"}


def test_quiet_weeks_of_an_industry_that_is_not_known_go_to_a_person() -> None:
    found = verdict(replace(KNOWN, industry=""), quiet=(PEAK,))
    assert (found.outcome, found.missing) == (Outcome.REVIEW, ("account.industry",))


@pytest.mark.parametrize(
    ("value", "effect", "approvals"),
    [(Decimal(100_000), None, 1), (Decimal("100000.01"), "review", 1), (Decimal(500_001), "review", 2)],
)
def test_valuable_accounts_go_to_one_person_or_two(value: Decimal, effect: str | None, approvals: int) -> None:
    limits = KillSettings(review_above=Decimal(100_000), four_eyes_above=Decimal(500_000))
    found = verdict(replace(KNOWN, value=value), limits=limits)
    assert told(found).get("KILL-VALUE") == effect
    assert found.approvals_needed == approvals


@pytest.mark.parametrize("own", [None, Decimal(900_000)])
def test_a_campaign_asks_for_four_eyes_at_a_value_of_its_own(own: Decimal | None) -> None:
    asked, limits = replace(COLD, four_eyes_above=Decimal(4_000)), KillSettings(four_eyes_above=own)
    found = verdict(KNOWN, asked, limits)
    assert (told(found), found.approvals_needed) == ({"KILL-VALUE": "review"}, 2)
    assert "above 4,000 two people must approve" in found.spoken[0].why
    assert verdict(replace(KNOWN, value=Decimal(4_000)), asked, limits).outcome is Outcome.ALLOW
    lax = replace(asked, four_eyes_above=Decimal(10_000_000))
    assert verdict(replace(KNOWN, value=Decimal(900_001)), lax, limits).approvals_needed == (2 if own else 1)


def test_a_campaigns_own_value_does_not_ask_about_accounts_of_unknown_worth() -> None:
    asked, unknown = replace(COLD, four_eyes_above=Decimal(4_000)), replace(KNOWN, value=None)
    assert verdict(unknown, asked).outcome is Outcome.ALLOW
    found = verdict(unknown, asked, KillSettings(review_above=Decimal(50_000)))
    assert (found.outcome, found.missing) == (Outcome.REVIEW, ("account.value",))


def test_an_unknown_worth_goes_to_a_person_once_worth_counts() -> None:
    found = verdict(replace(KNOWN, value=None), limits=KillSettings(review_above=Decimal(1)))
    assert (found.outcome, found.missing) == (Outcome.REVIEW, ("account.value",))
    assert verdict(replace(KNOWN, value=None)).outcome is Outcome.ALLOW


@pytest.mark.parametrize("mode", list(Mode))
def test_complaints_replies_and_broken_policy_go_to_a_person_in_every_mode(mode: Mode) -> None:
    facts = replace(KNOWN, last_complaint_at=NOW - timedelta(days=900))
    found = verdict(facts, for_purpose("reply", mode=mode, policy_violations=("names a price",)))
    assert told(found) == {"KILL-POLICY": "review", "KILL-COMPLAINT": "review", "KILL-REPLY": "review"}
    assert found.outcome is Outcome.REVIEW
    assert verdict(asked=for_purpose("existing_customer", is_reply=True, mode=mode)).outcome is Outcome.REVIEW


@pytest.mark.parametrize("channel", list(Road))
def test_a_switch_and_an_erasure_stop_every_road(channel: Road) -> None:
    asked = KillAsked(channel=channel, purpose="transactional")
    assert told(verdict(asked=asked, thrown=(STOP,))) == {"KILL-SWITCH-GLOBAL": "block"}
    assert told(verdict(replace(KNOWN, is_erased=True), asked)) == {"KILL-ERASED": "block"}


def test_what_is_no_contact_with_a_person_is_not_kept_back_by_deals() -> None:
    facts = replace(KNOWN, open_deals=("deal:7",), has_legal_dispute=True)
    assert verdict(facts, KillAsked(channel=Road.EXPORT, purpose="cold_outreach")).outcome is Outcome.ALLOW


def test_all_that_speak_are_told_and_the_strictest_wins() -> None:
    facts = replace(KNOWN, open_deals=("deal:7",), last_complaint_at=NOW, last_objection_at=NOW)
    found = verdict(facts, quiet=(PEAK,), thrown=(STOP,), touches=(("sms", NOW),))
    assert set(told(found)) == {
        "KILL-SWITCH-GLOBAL", "KILL-OPEN-DEAL", "KILL-OBJECTION", "KILL-COMPLAINT", "KILL-TOUCH-GAP", "KILL-QUIET-7",
    }  # fmt: skip
    assert found.outcome is Outcome.BLOCK
    assert {one.version for one in found.spoken} == {KILL_VERSION}


moments = st.datetimes(datetime(2024, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC))
amounts = st.none() | st.decimals(0, 10**9, places=2)
days = st.none() | st.integers(0, 1_000)
touch = st.tuples(st.sampled_from([road.value for road in TO_PEOPLE]), moments)
dates = st.dates(date(2025, 1, 1), date(2027, 12, 31))


@st.composite
def spans(draw: st.DrawFn) -> QuietSpan:
    start = draw(dates)
    return QuietSpan(
        id=draw(st.integers(1, 99)),
        name="quiet",
        starts_on=start,
        ends_on=start + timedelta(days=draw(st.integers(0, 400))),
        industries=draw(st.sampled_from([(), ("retail",)])),
        places=draw(st.sampled_from([(), ("DE",)])),
    )


recipients = st.none() | st.builds(
    RecipientFacts,
    subject=st.just("contact:1"),
    country=st.sampled_from(["", "DE", "US"]),
    industry=st.sampled_from(["", "Retail"]),
    time_zone=st.sampled_from(["", "Europe/Berlin", "Pacific/Kiritimati", "America/Los_Angeles", "Mars/Base"]),
    open_deals=st.lists(st.just("deal:1"), max_size=1),
    has_legal_dispute=st.none() | st.booleans(),
    is_erased=st.booleans(),
    last_objection_at=st.none() | moments,
    last_complaint_at=st.none() | moments,
    value=amounts,
    touches=st.lists(touch, max_size=2),
)
requests = st.builds(
    KillAsked,
    channel=st.sampled_from(Road),
    purpose=st.sampled_from(["cold_outreach", "reply", "existing_customer", "transactional", ""]),
    is_reply=st.booleans(),
    policy_violations=st.lists(st.just("too long"), max_size=1),
    mode=st.sampled_from(Mode),
)
settings = st.builds(
    KillSettings,
    days_between_touches=days,
    objection_days=days,
    review_above=amounts,
    four_eyes_above=amounts,
    stop_on_open_deal=st.booleans(),
    stop_on_legal_dispute=st.booleans(),
)


def is_no_laxer(later: KillVerdict, before: KillVerdict) -> bool:
    if later.outcome.severity != before.outcome.severity:
        return later.outcome.severity > before.outcome.severity
    if later.outcome is Outcome.HOLD:
        assert later.hold_until is not None
        assert before.hold_until is not None
        return later.hold_until >= before.hold_until
    return later.approvals_needed >= before.approvals_needed


def stricter_facts(facts: RecipientFacts | None) -> list[RecipientFacts]:
    if facts is None:
        return []
    return [
        replace(facts, is_erased=True),
        replace(facts, has_legal_dispute=True),
        replace(facts, open_deals=("deal:1",)),
    ]


@searched(deadline=None)
@given(
    recipients, requests, settings, st.lists(spans(), max_size=2), spans(), st.lists(touch, max_size=2), touch, moments
)
def test_one_criterion_more_never_lets_more_out(
    facts: RecipientFacts | None,
    asked: KillAsked,
    limits: KillSettings,
    quiet: list[QuietSpan],
    more_quiet: QuietSpan,
    touches: list[tuple[str, datetime]],
    more_touch: tuple[str, datetime],
    now: datetime,
) -> None:
    today = now.date()
    before = voices(facts, asked, limits, quiet, [], touches, now, today)
    for later in (
        voices(facts, asked, limits, [*quiet, more_quiet], [], touches, now, today),
        voices(facts, asked, limits, quiet, [STOP], touches, now, today),
        voices(facts, asked, limits, quiet, [], [*touches, more_touch], now, today),
        voices(facts, replace(asked, policy_violations=("broken",)), limits, quiet, [], touches, now, today),
        voices(facts, replace(asked, is_reply=True), limits, quiet, [], touches, now, today),
        *(voices(stricter, asked, limits, quiet, [], touches, now, today) for stricter in stricter_facts(facts)),
    ):
        assert is_no_laxer(later, before)


@searched(deadline=None)
@given(recipients, requests, settings, st.lists(spans(), max_size=3), st.lists(touch, max_size=3), moments)
def test_a_hold_ends_later_than_now_and_whatever_is_said_has_its_words(
    facts: RecipientFacts | None,
    asked: KillAsked,
    limits: KillSettings,
    quiet: list[QuietSpan],
    touches: list[tuple[str, datetime]],
    now: datetime,
) -> None:
    found = voices(facts, asked, limits, quiet, [], touches, now, now.date())
    assert (found.hold_until is not None) == any(voice.effect == Outcome.HOLD for voice in found.spoken)
    assert found.hold_until is None or found.hold_until > now
    assert all(one.why and one.source and one.id.startswith("KILL-") for one in found.spoken)
    assert found.outcome.severity == max((Outcome(one.effect).severity for one in found.spoken), default=0)
    assert found.approvals_needed in (1, 2)


@searched(deadline=None)
@given(recipients, requests, settings, st.lists(touch, max_size=3), moments)
def test_at_the_end_of_a_hold_the_touch_gap_no_longer_speaks(
    facts: RecipientFacts | None,
    asked: KillAsked,
    limits: KillSettings,
    touches: list[tuple[str, datetime]],
    now: datetime,
) -> None:
    found = voices(facts, asked, limits, [], [], touches, now, now.date())
    if found.outcome is Outcome.HOLD:
        assert found.hold_until is not None
        later = voices(facts, asked, limits, [], [], touches, found.hold_until, found.hold_until.date())
        assert all(voice.effect != Outcome.HOLD for voice in later.spoken)
