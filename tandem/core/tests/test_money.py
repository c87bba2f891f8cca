"""Money is exact, never mixed, and converted only by a dated rate of the installation."""

from __future__ import annotations

import doctest
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tandem.core import ledger
from tandem.core.actors import built_in_agent
from tandem.core.errors import InvalidInput, NotFound
from tandem.core.models import ExchangeRate
from tandem.core.money import Money, Rate, Rates, amounts, convert, minor_unit
from tandem.core.money.store import load_rates, set_rate

DAY = date(2026, 11, 24)
amounts_of_money = st.decimals(-(10**18), 10**18, places=6)
currencies = st.sampled_from(["EUR", "USD", "JPY", "KWD"])


def eur(text: str) -> Money:
    return Money(Decimal(text), "EUR")


def rate(base: str, quote: str, value: str, *, days_ago: int = 0) -> Rate:
    return Rate(base=base, quote=quote, on=DAY - timedelta(days=days_ago), rate=Decimal(value))


@given(one=amounts_of_money, other=amounts_of_money, factor=st.decimals(-1000, 1000, places=8))
def test_sums_and_products_are_exact(one, other, factor):
    left, right = Money(one, "EUR"), Money(other, "EUR")
    assert Fraction((left + right).amount) == Fraction(one) + Fraction(other)
    assert (left + right) - right == left
    assert Fraction((left * factor).amount) == Fraction(one) * Fraction(factor)
    assert (left < right) is (one < other)


def test_currencies_do_not_mix():
    dollars = Money(Decimal(1), "USD")
    for mix in (lambda: eur("1") + dollars, lambda: eur("1") - dollars, lambda: eur("1") < dollars):
        with pytest.raises(InvalidInput, match="EUR and USD do not mix"):
            mix()
    assert eur("1") != dollars


def test_a_binary_fraction_is_refused():
    for wrong in (lambda: Money(1.5, "EUR"), lambda: eur("1") * 1.5, lambda: eur("1") * True, lambda: eur("1") + 1):
        with pytest.raises(TypeError):
            wrong()


@pytest.mark.parametrize("code", ["eur", "EURO", "", "XXX", "E1R"])
def test_what_is_no_currency_is_refused(code):
    with pytest.raises(InvalidInput, match="is no currency"):
        Money(Decimal(1), code)


@pytest.mark.parametrize("text", ["NaN", "Infinity", "1e30", "1e-41"])
def test_what_is_no_amount_is_refused(text):
    with pytest.raises(InvalidInput, match="no amount of money"):
        Money(Decimal(text), "EUR")


@pytest.mark.parametrize(
    ("currency", "unit", "rounded"),
    [("JPY", "1", "2"), ("EUR", "0.01", "2.34"), ("KWD", "0.001", "2.344")],
)
def test_rounding_is_to_the_currencys_minor_unit(currency, unit, rounded):
    assert minor_unit(currency) == Decimal(unit)
    assert str(Money(Decimal("2.3445"), currency).rounded().amount) == rounded


@given(amount=amounts_of_money, currency=currencies, parts=st.integers(1, 30))
def test_shares_add_up_and_differ_by_one_minor_unit_at_most(amount, currency, parts):
    money = Money(amount, currency)
    shares = money.split(parts)
    assert sum((share.amount for share in shares), Decimal(0)) == money.rounded().amount
    assert max(shares).amount - min(shares).amount <= minor_unit(currency)


def test_formats_follow_the_locale():
    assert eur("48600").format() == "€48,600.00"
    assert eur("48600").format("de-DE") == "48.600,00\u00a0€"
    assert Money(Decimal("48600.4"), "JPY").format() == "¥48,600"
    assert eur("-1234567890").format_compact() == "-€1.2B"
    assert eur("12").format_compact() == "€12"
    assert eur("999960").format_compact() == "€1M"
    assert eur("0").format_compact() == "€0"


def test_the_examples_in_the_text_are_true():
    assert doctest.testmod(amounts).failed == 0


def test_the_latest_rate_on_or_before_the_day_counts():
    table = Rates([rate("EUR", "USD", "1.1", days_ago=3), rate("EUR", "USD", "1.2", days_ago=1)])
    assert convert(eur("10"), "USD", DAY, table) == Money(Decimal("12.0"), "USD")
    assert convert(eur("10"), "USD", DAY - timedelta(days=2), table) == Money(Decimal("11.0"), "USD")


def test_a_rate_that_is_too_old_or_of_a_later_day_is_no_rate():
    table = Rates([rate("EUR", "USD", "1.1", days_ago=11), rate("EUR", "USD", "1.1", days_ago=-1)])
    with pytest.raises(NotFound) as refused:
        convert(eur("10"), "USD", DAY, table, max_age_days=10)
    assert refused.value.context == {"base": "EUR", "quote": "USD", "on": "2026-11-24"}
    assert convert(eur("10"), "USD", DAY - timedelta(days=1), table, max_age_days=10).currency == "USD"
    with pytest.raises(NotFound):
        convert(eur("10"), "USD", DAY - timedelta(days=12), table)


def test_a_rate_holds_until_the_next_one_unless_somebody_says_how_old_it_may_be():
    table = Rates([rate("EUR", "USD", "1.1", days_ago=400), rate("EUR", "USD", "1.2", days_ago=1)])
    assert convert(eur("10"), "USD", DAY - timedelta(days=2), table).amount == Decimal("11.0")
    assert convert(eur("10"), "USD", DAY + timedelta(days=300), table).amount == Decimal("12.0")


def test_a_missing_pair_is_found_backwards_or_through_another_currency():
    table = Rates([rate("EUR", "USD", "1.25"), rate("EUR", "GBP", "0.8", days_ago=2)])
    assert convert(Money(Decimal(10), "USD"), "EUR", DAY, table) == eur("8")
    factor = table.find_factor("USD", "GBP", DAY)
    assert factor is not None
    assert (factor.value, factor.on) == (Decimal("0.64"), DAY - timedelta(days=2))
    assert table.find_factor("USD", "JPY", DAY) is None
    same = table.find_factor("USD", "USD", DAY)
    assert same is not None
    assert (same.value, same.rates) == (Decimal(1), ())


@given(value=st.decimals("0.0001", "10000", places=6), amount=st.decimals(1, 10**9, places=2))
def test_there_and_back_is_the_same_amount(value, amount):
    table = Rates([Rate(base="EUR", quote="USD", on=DAY, rate=value)])
    back = convert(convert(Money(amount, "EUR"), "USD", DAY, table), "EUR", DAY, table)
    assert back.rounded() == Money(amount, "EUR").rounded()


@pytest.fixture
def entries(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    written: list[tuple[str, str]] = []

    def write(*, actor, action, subject, facts):
        written.append((action, f"{subject} {facts['rate']}"))
        return ledger.Receipt(number=len(written), hash="0")

    monkeypatch.setattr(ledger, "_writer", write)
    return written


def put(value: str, **changes):
    given = {"base": "EUR", "quote": "USD", "on": DAY, "rate": Decimal(value), "source": "ECB", **changes}
    return set_rate(**given, actor=built_in_agent("shell"))


@pytest.mark.django_db
def test_a_rate_is_kept_with_its_day_and_source_and_written_to_the_ledger_once(entries):
    assert put("1.1")
    assert not put("1.1")
    assert put("1.123456789")
    assert entries == [
        ("core.exchange_rate_set", "rate:EUR-USD 1.10000000"),
        ("core.exchange_rate_set", "rate:EUR-USD 1.12345679"),
    ]
    assert convert(eur("1"), "USD", DAY, load_rates(DAY)).amount == Decimal("1.12345679")
    assert load_rates(DAY - timedelta(days=1)).find_factor("EUR", "USD", DAY) is None
    assert load_rates().find_factor("EUR", "USD", DAY + timedelta(days=200)) is not None


@pytest.mark.django_db
@pytest.mark.parametrize(
    "changes",
    [
        {"rate": Decimal(0)},
        {"rate": Decimal("1e-9")},
        {"rate": Decimal("1e10")},
        {"rate": Decimal("NaN")},
        {"quote": "EUR"},
        {"base": "EU"},
        {"source": " "},
    ],
)
def test_what_is_no_rate_is_refused_and_changes_nothing(entries, changes):
    with pytest.raises(InvalidInput):
        put("1.1", **changes)
    assert ExchangeRate.objects.count() == 0
    assert entries == []
