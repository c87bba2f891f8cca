"""The golden values of deals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from tandem.accounts.contracts import Entity, Motion
from tandem.accounts.domain.vocabulary import read_category, read_motion
from tandem.accounts.queries.choosing import readings
from tandem.accounts.queries.choosing.accounts import with_its_currency
from tandem.accounts.queries.choosing.links import Links
from tandem.accounts.queries.choosing.records import EMPTIED, Choices, Record, Rules, Tell, choose_all, value_of

ENTITY = Entity.OPPORTUNITY


def tellings(links: Links) -> Mapping[str, Tell]:
    """How a source record tells each golden field."""
    return {
        "name": deal_name,
        "account": links.accounts.of,
        "owner": links.people.owner,
        "motion": readings.text("motion", 10, read_motion),
        "stage": readings.text("stage", 80),
        "amount": readings.money("amount"),
        "currency": readings.text("currency", 3),
        "probability": readings.number("probability"),
        "forecast_category": readings.text("forecast_category", 20, read_category),
        "close_on": readings.day("close_on"),
        "is_closed": _is_closed,
        "is_won": readings.yes("is_won"),
        "closed_on": _closed_on,
        "lost_reason": readings.text("lost_reason", 255),
        "competitor": links.competitors.of,
        "next_step": readings.text("next_step", 255),
        "lead_source": readings.text("lead_source", 80),
        "opened_on": _opened_on,
    }


def choose_deal(records: Sequence[Record], told: Mapping[str, Tell], rules: Rules) -> Choices:
    """The deal's fields; a deal that is not over has no day on which it ended."""
    choices = with_its_currency(choose_all(records, told, rules), "amount", records)
    if not value_of(choices, "is_closed", False):
        choices.pop("closed_on", None)
        if value_of(choices, "is_won", False):
            choices.pop("is_won")
    return choices


def deal_name(record: Record) -> str | None:
    """What the deal is called; sources without deal names give account and product, else their own id."""
    data = record.data
    if data.get("name"):
        return str(data["name"])[:255]
    if record.is_correction:
        return None
    told = ": ".join(str(data[field]) for field in ("account_name", "product_name") if data.get(field))
    return (told or f"Deal {record.key}")[:255]


def motion_of(choices: Choices) -> str:
    """The motion; new business where no source tells."""
    return str(value_of(choices, "motion", Motion.NEW.value))


def _is_closed(record: Record) -> bool | None:
    """A won deal is over, also where the source forgets to say so."""
    closed, won = record.data.get("is_closed"), record.data.get("is_won")
    return True if won else None if closed is None else bool(closed)


def _closed_on(record: Record) -> date | None:
    told = record.data.get("closed_at") or (record.data.get("close_on") if _is_closed(record) else None)
    return readings.as_day(told) if told else None


def _opened_on(record: Record) -> Any:
    told = record.data.get("opened_on")
    if told == EMPTIED and record.is_correction:
        return EMPTIED
    told = told or record.data.get("created_at")
    return readings.as_day(told) if told else None
