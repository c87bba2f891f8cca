"""Shares and their differences hold what was seen, and the figures of the papers."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tandem.core.intervals import Difference, Share


@given(st.integers(0, 500), st.integers(0, 500), st.integers(0, 500), st.integers(0, 500))
def test_intervals_hold_the_share_and_the_difference(first: int, n: int, second: int, m: int) -> None:
    one, other = Share(hits=min(first, n), n=n), Share(hits=min(second, m), n=m)
    assert 0 <= one.low <= one.high <= 1
    if one.value is not None:
        assert one.low - 1e-12 <= one.value <= one.high + 1e-12
    found = Difference(first=one, second=other)
    if found.value is None:
        assert (found.low, found.high) == (-1.0, 1.0)
    else:
        assert found.low - 1e-12 <= found.value <= found.high + 1e-12
    assert not (found.differs and min(n, m) < 30)


def test_the_figures_are_those_of_the_sources() -> None:
    found = Difference(
        first=Share(hits=56, n=70), second=Share(hits=48, n=80)
    )  # Newcombe 1998, table II, example (a), method 10
    assert (round(found.value, 4), round(found.low, 4), round(found.high, 4)) == (0.2, 0.0524, 0.3339)
    assert found.differs
