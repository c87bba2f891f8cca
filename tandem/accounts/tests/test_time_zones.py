"""Time zones: only names that can be reckoned with, and none where none is known."""

from __future__ import annotations

from tandem.accounts.domain.time_zones import known_zone, zone_of


def test_a_number_that_lies_nowhere_has_no_zone() -> None:
    assert zone_of("", "+881612345678") == "", "a satellite phone"
    assert zone_of("", "+12125550123") == "America/New_York"


def test_what_is_no_zone_is_left_out() -> None:
    assert [known_zone(name) for name in ("Eastern Time", "", "Europe/Paris")] == ["", "", "Europe/Paris"]
