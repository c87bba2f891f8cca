"""The score of one account: by hand, and by search over signals and kinds."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tandem.core.errors import InvalidInput
from tandem.intent.contracts import KindTable, Signal, SignalKind
from tandem.intent.domain.kinds import built_in_kinds, checked
from tandem.intent.domain.scoring import saturated, score_account

NOW = datetime(2026, 11, 25, 6, 0, tzinfo=UTC)
PAGE = SignalKind(kind="page", weight=2.0, half_life_days=7.0)
REPLY = SignalKind(kind="reply", weight=10.0, half_life_days=14.0, saturation=25.0)
KINDS = KindTable(known={"page": PAGE, "reply": REPLY})


def seen(days_ago: float, kind: str = "page", strength: float = 1.0) -> Signal:
    return Signal(kind=kind, at=NOW - timedelta(days=days_ago), strength=strength)


def score(*signals: Signal, kinds: KindTable = KINDS) -> float:
    return score_account("a", signals, kinds=kinds, as_of=NOW).score


strengths = st.floats(0, 100)
signals = st.builds(
    Signal,
    kind=st.sampled_from(["page", "reply"]),
    at=st.integers(-(10**11), 2 * 10**13).map(lambda age: NOW - timedelta(microseconds=age)),
    strength=strengths,
)
many = st.lists(signals, max_size=30)


def test_one_fresh_signal_is_worth_its_strength_times_its_weight() -> None:
    assert score(seen(0, strength=3.0)) == 6.0


def test_a_signal_counts_half_after_a_half_life_and_a_quarter_after_two() -> None:
    found = score_account("a", [seen(7), seen(14)], kinds=KINDS, as_of=NOW)
    assert [(one.decay, one.points) for one in found.contributions] == [(0.5, 1.0), (0.25, 0.5)]
    assert found.score == 1.5


def test_a_kind_approaches_its_bound_and_its_signals_share_what_is_left() -> None:
    found = score_account("a", [seen(0, "reply", 2.0), seen(14, "reply")], kinds=KINDS, as_of=NOW)
    assert found.score == pytest.approx(25 * (1 - math.exp(-1)), abs=1e-12)  # 20 + 5 of a bound of 25
    assert found.contributions[0].points == pytest.approx(4 * found.contributions[1].points, abs=1e-12)


def test_what_comes_after_the_moment_does_not_count_and_what_comes_at_it_is_fresh() -> None:
    later = replace(seen(0), at=NOW + timedelta(microseconds=1))
    found = score_account("a", [seen(0), later], kinds=KINDS, as_of=NOW)
    assert [(one.at, one.decay) for one in found.contributions] == [(NOW, 1.0)]


def test_kinds_nobody_described_count_only_where_the_table_says_how() -> None:
    assert score(seen(0, "odd")) == 0
    other = SignalKind(kind="other", weight=3.0, half_life_days=14.0)
    found = score_account("a", [seen(14, "odd")], kinds=replace(KINDS, other=other), as_of=NOW)
    assert [(one.kind, one.weight, one.points) for one in found.contributions] == [("odd", 3.0, 1.5)]


def test_an_account_without_signals_has_no_score_and_no_surge() -> None:
    found = score_account("a", [], kinds=KINDS, as_of=NOW)
    assert (found.score, found.surge, found.contributions) == (0.0, None, ())


def test_zones_do_not_matter() -> None:
    there = seen(7).at.astimezone(tz=datetime.fromisoformat("2026-01-01T00:00:00+09:00").tzinfo)
    assert score(replace(seen(7), at=there)) == score(seen(7))


@given(many)
def test_contributions_sum_to_the_score_however_they_are_added(found: list[Signal]) -> None:
    scored = score_account("a", found, kinds=KINDS, as_of=NOW)
    assert sum(one.points for one in scored.contributions) == pytest.approx(scored.score, abs=1e-9)
    assert all(one.points >= 0 for one in scored.contributions)


@given(many, signals, strengths)
def test_a_stronger_signal_never_lowers_the_score(found: list[Signal], one: Signal, more: float) -> None:
    stronger = replace(one, strength=one.strength + more)
    assert score(*found, stronger) >= score(*found, one) - 1e-9


@given(many, signals, st.floats(0, 200))
def test_an_older_signal_never_counts_more(found: list[Signal], one: Signal, days: float) -> None:
    one = replace(one, at=min(one.at, NOW))
    older = replace(one, at=one.at - timedelta(days=days))
    assert score(*found, older) <= score(*found, one) + 1e-9


@given(many)
def test_no_kind_exceeds_its_bound(found: list[Signal]) -> None:
    scored = score_account("a", found, kinds=KINDS, as_of=NOW)
    assert sum(one.points for one in scored.contributions if one.kind == "reply") <= 25.0 + 1e-9


@given(st.floats(0, 1e9), st.floats(0, 1e9), st.floats(1e-3, 1e9))
def test_saturation_rises_ever_more_slowly_and_leaves_small_sums_alone(one: float, other: float, bound: float) -> None:
    low, high = sorted((one, other))
    slack = 1e-9 * bound
    assert saturated(low, bound) <= saturated(high, bound) + slack
    assert saturated(high, bound) <= min(high, bound) + slack
    middle = saturated((low + high) / 2, bound)
    assert middle >= (saturated(low, bound) + saturated(high, bound)) / 2 - slack
    assert saturated(bound * 1e-9, bound) == pytest.approx(bound * 1e-9, rel=1e-8)


@given(many, st.randoms(use_true_random=False))
def test_order_does_not_matter(found: list[Signal], luck: object) -> None:
    mixed = list(found)
    luck.shuffle(mixed)  # type: ignore[attr-defined]
    one, other = (score_account("a", each, kinds=KINDS, as_of=NOW) for each in (found, mixed))
    assert one.score == other.score
    assert one.surge == other.surge
    assert [each.points for each in one.contributions] == [each.points for each in other.contributions]


def test_surge_is_the_last_week_in_standard_deviations_above_the_usual_one() -> None:
    weekly = [seen(7 * week + 3, strength=week % 2) for week in range(1, 14)]  # 2 points every other week
    found = score_account("a", [*weekly, *[seen(1)] * 3], kinds=KINDS, as_of=NOW)
    assert found.surge == pytest.approx((6 - 1) / math.sqrt(1 + 1), abs=1e-12)


def test_a_usual_week_is_no_surge_and_a_silent_one_is_below() -> None:
    weekly = [seen(7 * week + 3) for week in range(14)]
    assert score_account("a", weekly, kinds=KINDS, as_of=NOW).surge == 0
    assert score_account("a", weekly[1:], kinds=KINDS, as_of=NOW).surge == -2


def test_the_first_visit_after_silent_weeks_is_bounded() -> None:
    assert score_account("a", [seen(200), seen(1)], kinds=KINDS, as_of=NOW).surge == 2


@pytest.mark.parametrize(("days", "surge"), [(6, None), (34.9, None), (35, 2.0), (1_000, 2.0)])
def test_surge_needs_four_whole_weeks_before_the_last(days: float, surge: float | None) -> None:
    assert score_account("a", [seen(days), seen(0)], kinds=KINDS, as_of=NOW).surge == surge


def test_weeks_before_the_first_signal_are_not_silence() -> None:
    weekly = [seen(7 * week + 3) for week in range(7)]  # five whole weeks are known, not twelve
    assert score_account("a", [*weekly, seen(1)], kinds=KINDS, as_of=NOW).surge == 2


@given(many)
def test_surge_is_a_number_or_not_known(found: list[Signal]) -> None:
    surge = score_account("a", found, kinds=KINDS, as_of=NOW).surge
    assert surge is None or math.isfinite(surge)


def test_the_kinds_that_come_with_the_product_hold_the_rules() -> None:
    kinds = built_in_kinds()
    assert {
        "page",
        "download",
        "topic_surge",
        "crm_activity",
        "email_reply",
        "meeting_held",
        "job_post",
        "news",
    } <= set(kinds.known)
    assert kinds.other is not None
    assert (kinds.other.weight, kinds.other.half_life_days, kinds.other.saturation) == (1.0, 14.0, None)
    assert all(one.saturation is not None for one in kinds.known.values())


@pytest.mark.parametrize(
    "wrong",
    [
        {"weight": -1.0},
        {"weight": math.nan},
        {"half_life_days": 0.0},
        {"half_life_days": math.inf},
        {"saturation": 0.0},
    ],
)
def test_kinds_out_of_range_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(InvalidInput, match=f"{next(iter(wrong))} .* can't be used"):
        checked(replace(REPLY, **wrong))
