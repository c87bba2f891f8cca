"""Sums convert by the dated rates of core.money and say what they leave out."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from tandem.accounts.queries.totals import Piece, Rates
from tandem.core.models import ExchangeRate

pytestmark = pytest.mark.django_db
DAY = date(2026, 11, 24)


def rate(base: str, quote: str, on: date, value: str) -> None:
    ExchangeRate.objects.create(base=base, quote=quote, on=on, rate=Decimal(value), source="crm")


def test_a_rate_holds_until_the_next_one_and_counts_backwards_and_across() -> None:
    rate("EUR", "USD", date(2026, 1, 1), "1.25")
    rate("EUR", "USD", date(2026, 11, 1), "2")
    rate("USD", "GBP", date(2026, 1, 1), "0.5")
    rates = Rates()
    assert rates.currency == "EUR"
    assert rates.convert(Decimal(100), "USD", date(2026, 10, 31)) == Decimal("80.00")
    assert rates.convert(Decimal(100), "USD", DAY) == Decimal("50.00")
    assert rates.convert(Decimal(100), "GBP", DAY) == Decimal("100.00")
    assert rates.factors(DAY) == {"EUR": Decimal(1), "USD": Decimal("0.5"), "GBP": Decimal(1)}


@pytest.mark.parametrize("currency", ["CHF", "", "XQX"])
def test_where_no_rate_is_known_the_amount_is_left_out_and_said_so(currency: str) -> None:
    rate("EUR", "CHF", date(2026, 11, 25), "1.1")  # a day too late
    pieces = [Piece(currency=currency, amount=Decimal(7), on=DAY), Piece(currency="EUR", amount=Decimal(5), on=DAY)]
    total = Rates().total(pieces)
    assert total.amount == Decimal(5)
    assert [(part.currency, part.amount, part.converted) for part in total.left_out] == [(currency, Decimal(7), None)]
