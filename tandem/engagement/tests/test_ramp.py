"""The ramp of a new sender and the judgement of its rates: invariants, and simulations whose truth is known."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tandem.core.intervals import Share
from tandem.engagement.domain.providers import cap_of_provider, cap_of_recipient_domain, provider_of_hosts
from tandem.engagement.domain.ramp import (
    JUMP,
    SHORTEST_DAYS,
    STEPS,
    Ramp,
    allowed,
    climbed,
    is_weekend,
    planned,
    schedule,
)  # fmt: skip
from tandem.engagement.domain.reputation import (
    THRESHOLDS,
    Counts,
    Level,
    Threshold,
    is_sudden,
    judge,
    level_of,
    limit_today,
    share_left,
    strictest,
)  # fmt: skip

MONDAY = date(2026, 11, 2)
RAMP = Ramp(first=10, full=400, started_on=MONDAY)
COMPLAINTS, HARD, SOFT, UNSUBSCRIBES = THRESHOLDS


def used(ramp: Ramp, days: int, *, share: float = 1.0, idle: tuple[int, ...] = ()) -> dict[date, int]:
    """Days of a sender that sends a share of what it may, on all days but the idle ones."""
    sent: dict[date, int] = {}
    for number in range(days):
        day = MONDAY + timedelta(days=number)
        if number not in idle:
            sent[day] = int(allowed(ramp, sent, today=day).limit * share)
    return sent


def test_a_ramp_that_is_used_reaches_the_full_volume_after_28_days_and_not_a_day_before() -> None:
    sent = used(RAMP, 28)
    assert max(sent.values()) == planned(RAMP, STEPS - 1) == 332
    assert sum(one == 0 for one in sent.values()) == 8, "weekends"
    day = allowed(RAMP, sent, today=MONDAY + timedelta(days=SHORTEST_DAYS))
    assert (day.limit, day.is_over, day.step) == (400, True, 20)


def test_the_schedule_is_what_a_used_ramp_gives() -> None:
    assert dict(schedule(RAMP)) == {**used(RAMP, 28), MONDAY + timedelta(days=28): 400}


def test_nothing_leaves_before_the_ramp_has_begun() -> None:
    assert allowed(Ramp(first=10, full=400, started_on=None), {}, today=MONDAY).limit == 0
    assert allowed(RAMP, {}, today=MONDAY - timedelta(days=1)).limit == 0


def test_waiting_alone_climbs_nothing() -> None:
    assert allowed(RAMP, {}, today=MONDAY + timedelta(days=60)).limit == 10


def test_two_idle_days_are_free_and_a_longer_gap_goes_back() -> None:
    sent = used(RAMP, 19)  # to Friday of the third week: 15 working days
    assert climbed(RAMP, sent, today=MONDAY + timedelta(days=21)) == 15
    assert climbed(RAMP, sent, today=MONDAY + timedelta(days=23)) == 15, "Monday and Tuesday idle"
    assert climbed(RAMP, sent, today=MONDAY + timedelta(days=35)) == 7, "two weeks idle: ten days less two"


def test_a_finished_ramp_resumes_lower_after_a_gap() -> None:
    sent = used(RAMP, 40)
    assert allowed(RAMP, sent, today=MONDAY + timedelta(days=42)).limit == 400
    later = allowed(RAMP, sent, today=MONDAY + timedelta(days=42 + 28))
    assert later.limit < 100
    assert not later.is_over


def test_a_sender_that_used_little_may_not_jump() -> None:
    sent = dict.fromkeys(used(RAMP, 26), 0) | {MONDAY: 10, MONDAY + timedelta(days=1): 8}
    day = allowed(RAMP, sent, today=MONDAY + timedelta(days=2))
    assert (day.step, day.plan, day.limit) == (2, 14, 14)
    quiet = {MONDAY + timedelta(days=number): 30 for number in range(40) if number % 7 < 5}
    day = allowed(RAMP, quiet, today=MONDAY + timedelta(days=42))
    assert day.limit == 45, "one and a half times what left"


days_of_mail = st.dictionaries(st.integers(0, 120), st.integers(0, 2_000), max_size=120)
ramps = st.builds(Ramp, first=st.integers(1, 50), full=st.integers(1, 2_000), started_on=st.just(MONDAY))


@settings(max_examples=200, deadline=None)
@given(ramps, days_of_mail, st.integers(0, 130))
def test_what_is_allowed_never_exceeds_the_plan_the_full_volume_or_a_jump(
    ramp: Ramp, mail: dict[int, int], number: int
) -> None:
    sent = {MONDAY + timedelta(days=at): count for at, count in mail.items()}
    today = MONDAY + timedelta(days=number)
    day = allowed(ramp, sent, today=today)
    workdays = sum(not is_weekend(MONDAY + timedelta(days=at)) for at in range(number))
    most = max((count for at, count in sent.items() if at < today), default=0)
    assert 0 <= day.limit <= ramp.full
    assert day.limit <= planned(ramp, workdays)
    assert day.limit <= max(ramp.first, JUMP * most + 1)
    assert day.step <= min(STEPS, workdays)
    if number < SHORTEST_DAYS:
        assert not day.is_over
        assert not is_weekend(today) or day.limit == 0


@given(st.integers(0, 5_000), st.floats(-1, 2, allow_nan=False), st.booleans())
def test_a_slowed_limit_is_never_more_and_a_paused_one_is_nothing(limit: int, throttle: float, paused: bool) -> None:
    left = limit_today(limit, throttle=throttle, is_paused=paused)
    assert 0 <= left <= limit
    assert not paused or left == 0


@given(st.integers(0, 3_000))
def test_shares_of_recipients_are_never_more_than_the_whole(limit: int) -> None:
    assert cap_of_recipient_domain(limit) <= cap_of_provider(limit) <= limit


@pytest.mark.parametrize(
    ("hits", "n", "level"),
    [
        (1, 20, "fine"), (2, 20, "stop"), (1, 999, "fine"), (1, 1_000, "slow"), (2, 1_000, "slow"),
        (3, 1_000, "stop"), (9, 10_000, "fine"), (10, 10_000, "slow"), (29, 10_000, "slow"), (30, 10_000, "stop"),
    ],
)  # fmt: skip
def test_complaints_slow_at_a_thousandth_and_stop_at_three(hits: int, n: int, level: str) -> None:
    assert level_of(COMPLAINTS, Share(hits=hits, n=n)).value == level


@pytest.mark.parametrize(
    ("hits", "n", "level"),
    [(1, 20, "fine"), (1, 50, "fine"), (2, 50, "slow"), (2, 100, "fine"), (5, 100, "slow"), (6, 100, "stop"), (2, 10, "stop")],
)  # fmt: skip
def test_hard_bounces_slow_above_two_and_stop_above_five_in_a_hundred(hits: int, n: int, level: str) -> None:
    assert level_of(HARD, Share(hits=hits, n=n)).value == level


def test_unsubscribes_and_deferrals_slow_and_never_stop() -> None:
    assert {level_of(one, Share(hits=90, n=100)) for one in (SOFT, UNSUBSCRIBES)} == {Level.SLOW}


@settings(max_examples=200)
@given(st.sampled_from(THRESHOLDS), st.integers(0, 400), st.integers(0, 10), st.integers(0, 5_000))
def test_more_events_never_make_a_verdict_milder(threshold: Threshold, hits: int, more: int, n: int) -> None:
    first = judge({7: Counts(**{"sent": n, threshold.events: hits})}).level
    second = judge({7: Counts(**{"sent": n, threshold.events: hits + more})}).level
    assert strictest([first, second]) is second


def test_a_verdict_names_what_it_rests_on() -> None:
    verdict = judge({7: Counts(sent=1_000, complained=3), 30: Counts(sent=4_000, complained=3)})
    assert (verdict.level, verdict.why) == (Level.STOP, "3 complaints of 1,000 sent in 7 days (0.30%)")


def first_day(complaints: float, bounces: float, *, seed: int, days: int = 60, a_day: int = 200) -> dict[Level, int]:
    """First day on which a sender of known true rates is slowed or stopped; 999: never."""
    random = np.random.default_rng(seed)
    rows: list[Counts] = []
    found = {Level.SLOW: 999, Level.STOP: 999}
    for day in range(days):
        rows.append(Counts(sent=a_day, complained=int(random.binomial(a_day, complaints)),
                           bounced_hard=int(random.binomial(a_day, bounces))))  # fmt: skip
        windows = {span: sum(rows[-span:], Counts()) for span in (7, 30)}
        level = judge(windows).level
        if level is not Level.FINE:
            found[Level.SLOW] = min(found[Level.SLOW], day)
        if level is Level.STOP:
            return {**found, Level.STOP: day}
    return found


def test_senders_whose_truth_is_known_are_judged_rightly() -> None:
    """200 messages a day for 60 days, 40 senders each: a clean one, a bad list, a crowd that complains."""
    clean = [first_day(0.0001, 0.005, seed=seed) for seed in range(40)]
    bad_list = [first_day(0.0001, 0.08, seed=seed) for seed in range(40)]
    hated = [first_day(0.006, 0.005, seed=seed) for seed in range(40)]
    assert sum(one[Level.STOP] < 999 for one in clean) == 0, "no clean sender is stopped"
    assert sum(one[Level.SLOW] < 999 for one in clean) == 7, "one complaint among the first 1,000 slows"
    assert max(one[Level.STOP] for one in bad_list) <= 2
    assert np.median([one[Level.STOP] for one in hated]) <= 4
    assert max(one[Level.STOP] for one in hated) <= 20


def test_a_volume_that_stands_out_is_seen() -> None:
    assert is_sudden(100, [30, 40, 35])
    assert not is_sudden(60, [30, 40, 35])
    assert not is_sudden(15, [2, 3])
    assert not is_sudden(100, [])


def test_levels_leave_all_half_or_nothing() -> None:
    assert [share_left(level) for level in Level] == [1.0, 0.5, 0.0]


@pytest.mark.parametrize(
    ("host", "provider"),
    [
        ("acme-com.mail.protection.outlook.com", "microsoft"), ("aspmx.l.google.com", "google"),
        ("mta5.am0.yahoodns.net", "yahoo"), ("mx00.ionos.de", "ionos"), ("mx01.emig.gmx.net", "ionos"),
        ("mail.acme.example", "other"), ("google.com.evil.example", "other"),
    ],
)  # fmt: skip
def test_a_provider_is_known_by_the_end_of_its_hosts_name(host: str, provider: str) -> None:
    assert provider_of_hosts([host]) == provider
