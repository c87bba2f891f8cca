"""What is expected of sources, and what they are called."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from tandem.access.actions import require
from tandem.accounts.contracts import SourceKind
from tandem.accounts.models import Source
from tandem.core import ledger
from tandem.core.actors import Actor
from tandem.core.errors import InvalidInput, NotFound

MOST_HOURS = 24 * 366


def expect_source(key: str, every_hours: int | None, *, actor: Actor, now: datetime) -> None:
    """Say how often a source must be heard; None: nobody waits for it.

    Raises NotAllowed, NotFound, InvalidInput (less than an hour, more than a year, or people's corrections).
    """
    require(actor, "source.manage")
    source = Source.objects.filter(key=key).first()
    if source is None:
        raise NotFound(f"There is no source {key!r}.", hint="Open the list of sources.")
    if source.kind == SourceKind.CORRECTION:
        raise InvalidInput("Nobody can be expected to make corrections.", hint="Choose a source that is loaded.")
    if every_hours is not None and not 1 <= every_hours <= MOST_HOURS:
        raise InvalidInput(
            f"{every_hours} hours can't be expected.", hint=f"Give 1 to {MOST_HOURS:,} hours, or nothing.",
            context={"field": "every_hours"},
        )  # fmt: skip
    with transaction.atomic():
        changed = Source.objects.filter(key=key).exclude(expected_every_hours=every_hours)
        if changed.update(expected_every_hours=every_hours):
            ledger.append(actor, "accounts.source_expected", subject=f"source:{key}", every_hours=every_hours)
