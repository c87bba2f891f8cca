"""Cells in other people's dresses come out as what they mean, or with the reason why not."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tandem.accounts.domain import parsing
from tandem.accounts.domain.fields import FieldType
from tandem.accounts.domain.parsing import Evidence, Style, Unreadable

PLAIN = Style()


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1,234.56", "1234.56"), ("1.234,56", "1234.56"), ("1 234,56", "1234.56"), ("1'234.56", "1234.56"),
        ("(123)", "-123"), ("€1.2k", "1200.0"), ("12%", "12"), ("$ 5,000", "5000"), ("1,234,567", "1234567"),
        ("EUR 99,90", "99.90"), ("1.234.567", "1234567"), ("-42", "-42"), ("3 Mio", "3000000"), ("12,5", "12.5"),
        ("0.500", "0.500"), ("1,234", "1234"), ("250-", "-250"), ("99 kr", "99"),
    ],
)  # fmt: skip
def test_amounts_are_read_in_their_usual_dresses(text: str, number: str) -> None:
    assert parsing.read_decimal(text, PLAIN) == Decimal(number)


def test_a_column_of_decimal_commas_decides_what_three_digits_mean() -> None:
    evidence = Evidence()
    evidence.observe(["12,50", "1,234", "7,1"], FieldType.DECIMAL)
    assert parsing.read_decimal("1,234", evidence.style()) == Decimal("1.234")


@pytest.mark.parametrize("text", ["abc", "1.2.3,4,5", "--", "1e999", "12abc", "∞", "9" * 40])
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(Unreadable):
        parsing.read_decimal(text, PLAIN)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-11-24", date(2026, 11, 24)), ("24.11.2026", date(2026, 11, 24)), ("11/24/2026", date(2026, 11, 24)),
        ("24/11/2026", date(2026, 11, 24)), ("24 Nov 2026", date(2026, 11, 24)), ("November 24, 2026", date(2026, 11, 24)),
        ("24. Dezember 2026", date(2026, 12, 24)), ("3 août 2026", date(2026, 8, 3)), ("46350", date(2026, 11, 24)),
        ("20261124", date(2026, 11, 24)), ("24-Nov-26", date(2026, 11, 24)), ("1/2/98", date(1998, 1, 2)),
    ],
)  # fmt: skip
def test_dates_are_read_in_their_usual_dresses(text: str, day: date) -> None:
    assert parsing.read_moment(text, PLAIN).date() == day


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-01-01T09:30:00.000Z", datetime(2026, 1, 1, 9, 30, tzinfo=UTC)),
        ("2026-01-01T09:30:00.000+0000", datetime(2026, 1, 1, 9, 30, tzinfo=UTC)),
        ("2026-01-01 09:30", datetime(2026, 1, 1, 9, 30, tzinfo=UTC)),
        ("01.01.2026 09:30:05", datetime(2026, 1, 1, 9, 30, 5, tzinfo=UTC)),
        ("1/1/2026, 9:30 PM", datetime(2026, 1, 1, 21, 30, tzinfo=UTC)),
        ("2026-01-01T00:30:00+02:00", datetime(2025, 12, 31, 22, 30, tzinfo=UTC)),
        ("1767259800000", datetime(2026, 1, 1, 9, 30, tzinfo=UTC)),
    ],
)
def test_times_become_utc(text: str, moment: datetime) -> None:
    assert parsing.read_moment(text, PLAIN) == moment


@pytest.mark.parametrize(
    "text", ["31.02.2026", "2026-13-01", "soon", "99/99/9999", "12", "0001-01-01", "1/1/2026 25:00"]
)
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(Unreadable):
        parsing.read_moment(text, PLAIN)


def test_the_whole_column_decides_between_day_and_month() -> None:
    evidence = Evidence()
    evidence.observe(["03/04/2026", "25/12/2025"], FieldType.DATE)
    assert parsing.read_moment("03/04/2026", evidence.style()).date() == date(2026, 4, 3)
    assert parsing.read_moment("03/04/2026", evidence.style("mdy")).date() == date(2026, 3, 4)


def test_a_guess_about_dates_is_told() -> None:
    evidence = Evidence()
    evidence.observe(["03/04/2026"], FieldType.DATE)
    assert evidence.note("Close Date") is not None
    assert "month first" in str(evidence.note("Close Date"))


@given(
    st.dates(date(1970, 1, 1), date(2069, 12, 31)), st.sampled_from(["%Y-%m-%d", "%d.%m.%Y", "%d %B %Y", "%d-%b-%y"])
)
def test_written_dates_come_back(day: date, form: str) -> None:
    assert parsing.read_moment(day.strftime(form), PLAIN).date() == day


@given(st.decimals(min_value=-(10**12), max_value=10**12, places=2, allow_nan=False))
def test_written_amounts_come_back_in_both_styles(number: Decimal) -> None:
    english = f"{number:,.2f}"
    german = english.replace(",", "_").replace(".", ",").replace("_", ".")
    assert parsing.read_decimal(english, Style(comma_decimal=False)) == number
    assert parsing.read_decimal(german, Style(comma_decimal=True)) == number


@given(st.text(max_size=40), st.sampled_from(list(FieldType)))
def test_no_text_breaks_a_reader(text: str, kind: FieldType) -> None:
    column = pd.Series([text], index=[7], dtype=object)
    parsed = parsing.parse_column(column, kind, style=PLAIN, region="DE")
    assert set(parsed.reasons) <= {7}
    assert parsed.values[7] is None or not parsed.reasons


def test_missing_words_are_missing_and_other_cells_keep_their_row_numbers() -> None:
    column = pd.Series(["Select", "10/24/2026", "N/A", "soon", ""], index=[3, 4, 5, 6, 7], dtype=object)
    parsed = parsing.parse_column(column, FieldType.DATE, style=PLAIN)
    assert parsed.values.tolist() == [None, date(2026, 10, 24), None, None, None]
    assert parsed.reasons == {6: "is no date"}


@pytest.mark.parametrize(
    ("read", "text", "value"),
    [
        (parsing.read_email, "Sabine Kröger <Sabine.Kroeger@Brennholt.de>", "sabine.kroeger@brennholt.de"),
        (parsing.read_domain, "https://www.shop.brennholt.co.uk/x?y", "brennholt.co.uk"),
        (parsing.read_country, "Deutschland", "DE"),
        (parsing.read_country, "united states", "US"),
        (parsing.read_currency, "€", "EUR"),
        (parsing.read_boolean, "Ja", True),
    ],
)
def test_other_types_are_normalised(read: object, text: str, value: object) -> None:
    assert read(text) == value  # type: ignore[operator]


def test_phones_become_e164_with_the_country_of_the_row() -> None:
    assert parsing.read_phone("0203 1234567", "DE") == "+492031234567"
    assert parsing.read_phone("+1 (415) 555-0100", "") == "+14155550100"
    with pytest.raises(Unreadable):
        parsing.read_phone("none yet", "DE")


@pytest.mark.parametrize(
    "text",
    [
        "+49 731 1234567",
        "+1 (415) 555-2671",
        "+44 20 7946 0958",
        "+39 06 6982",
        "+49 (0)731 123456",
        "+999 123 456 78",
        "+43 1 58858",
    ],
)
def test_a_phone_number_written_out_reads_as_the_numbering_plan_has_it(text: str) -> None:
    assert parsing.read_phone(text, "") == parsing._phone(text, "")
