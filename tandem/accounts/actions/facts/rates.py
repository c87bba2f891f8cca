"""Exchange rates of a source, into the installation's own table."""

from __future__ import annotations

from tandem.accounts.actions.facts.batch import FactBatch, FactResult, column, row_numbers, text_column
from tandem.accounts.domain.conversion import Refusal
from tandem.core.errors import AppError
from tandem.core.money.store import set_rate


def load_rates(batch: FactBatch) -> FactResult:
    """One row a day and pair; the last told stands."""
    refused: list[Refusal] = []
    landed = 0
    rows = zip(
        row_numbers(batch), text_column(batch, "base"), text_column(batch, "quote"), column(batch, "on"),
        column(batch, "rate"), strict=True,
    )  # fmt: skip
    for number, base, quote, on, rate in rows:
        try:
            landed += set_rate(base=base, quote=quote, on=on, rate=rate, source=batch.source.name, actor=batch.actor)
        except AppError as error:
            refused.append(Refusal(number, "rate", f"{base}/{quote} {rate}", error.message))
    return FactResult(landed=landed, unchanged=len(batch.typed) - landed - len(refused), refused=refused)
