"""Figures, days and counts read as people write them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tandem.core import words
from tandem.core.money import Money


@pytest.mark.parametrize(
    ("amount", "currency", "told"),
    [
        (Decimal(48_600), "EUR", "€48.6k"),
        (Decimal(312_000), "EUR", "€312k"),
        (Decimal("709100.55"), "EUR", "€709k"),
        (Decimal(999_960), "EUR", "€1.0M"),
        (Decimal("950.4"), "EUR", "€950"),
        (Decimal("2.34"), "EUR", "€2.3"),
        (Decimal(12_000), "EUR", "€12.0k"),
        (Decimal("16900000"), "EUR", "€16.9M"),
        (95, "USD", "$95"),
        (-1500, "USD", "−$1.5k"),
        (Decimal(0), "EUR", "€0"),
        (Money(Decimal(5_000), "JPY"), "", "¥5.0k"),
        (1234.4, "", "1,234"),
        (1234, "not a currency", "1,234"),
    ],
)
def test_money_is_short_and_never_invents_a_currency(amount, currency, told):
    assert words.money(amount, currency) == told


def test_an_interval_has_both_ends_in_one_form_and_the_lower_one_first():
    assert words.money_range(70_000, 31_000, "EUR") == "€31k to €70k"
    assert words.money_range(Decimal(-500), Decimal(1_250_000), "EUR") == "−€500 to €1.2M"


@given(st.floats(-1e9, 1e9), st.integers(0, 3))
def test_numbers_have_a_true_minus_sign_and_no_minus_zero(value, places):
    told = words.number(value, places)
    assert "-" not in told
    back = float(told.replace("−", "-").replace(",", ""))
    assert abs(back - value) <= 0.5 * 10**-places + 1e-6
    assert not (back == 0 and "−" in told)


@pytest.mark.parametrize(
    ("value", "noun", "told"), [(1, "deal", "1 deal"), (0, "deal", "0 deals"), (1200, "entry,entries", "1,200 entries")]
)
def test_counts_agree_with_their_noun(value, noun, told):
    assert words.count(value, noun) == told


@pytest.mark.parametrize(
    ("on", "told"),
    [
        (date(2026, 11, 24), "today"),
        (date(2026, 11, 25), "Wed 25 Nov"),
        (date(2026, 11, 17), "Tue 17 Nov"),
        (date(2026, 12, 2), "2 Dec"),
        (date(2027, 1, 29), "29 Jan 2027"),
        (date(2025, 11, 24), "24 Nov 2025"),
    ],
)
def test_days_have_their_weekday_when_near_and_their_year_when_far(on, told, now):
    assert words.day(on) == told


def test_a_moment_is_told_in_the_readers_zone(now, settings):
    from django.utils import timezone

    with timezone.override("Asia/Tokyo"):
        assert words.moment(datetime(2026, 11, 24, 16, 5, tzinfo=UTC)) == "Wed 25 Nov 01:05"
        assert words.iso_day(datetime(2026, 11, 24, 16, 5, tzinfo=UTC)) == "2026-11-25"


@pytest.mark.parametrize(
    ("gap", "told"),
    [
        (timedelta(seconds=0), "now"),
        (timedelta(seconds=-90), "now"),
        (timedelta(seconds=40), "40 s ago"),
        (timedelta(minutes=59, seconds=59), "59 min ago"),
        (timedelta(hours=23), "23 h ago"),
        (timedelta(days=1), "1 day ago"),
        (timedelta(days=12), "12 days ago"),
    ],
)
def test_how_long_since_has_one_unit(gap, told, now):
    assert words.ago(now - gap) == told


def test_any_cell_is_told_in_the_houses_form(now):
    cells = [Money(Decimal(1500), "EUR"), True, 1234, 0.5, Decimal("2.345"), now, now.date(), "text", ""]
    assert [words.plain(cell) for cell in cells] == [
        "€1.5k", "yes", "1,234", "0.50", "2.34", "today 08:40", "today", "text", "",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("True", "yes"),
        ("false", "no"),
        ("2024-07-04", "4 Jul 2024"),
        ("2024-07-04T10:36:00+00:00", "4 Jul 2024 10:36"),
        ("2024-17-04", "2024-17-04"),
        ("20 Main St", "20 Main St"),
    ],
)
def test_a_value_that_came_as_text_is_told_in_words(now, text, told):
    assert words.told(text) == told


def test_codes_of_exports_are_told_in_words():
    assert [words.uncoded(text) for text in ("WINE_AND_SPIRITS", "AUTOMOTIVE", "Retail", "IT", "")] == [
        "Wine and spirits",
        "Automotive",
        "Retail",
        "IT",
        "",
    ]
